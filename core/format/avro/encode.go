package avro

import (
	"encoding/binary"
	"math"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// encoder writes rows as records.
type encoder struct {
	config   *format.Config
	registry *registry
	text     string
	root     *node
	column   []int // of each field of the schema
	id       []byte
}

func newEncoder(c *format.Config, r *registry) (*encoder, error) {
	e := &encoder{config: c, registry: r}
	var err error
	if e.text, err = schemaOf(c); err != nil {
		return nil, err
	}
	if r != nil && r.schema != "" {
		e.text = r.schema
	}
	if e.root, err = parse(e.text); err != nil {
		return nil, errs.Userf("table '%s': the Avro schema cannot be read", c.Table).Wrap(err)
	}
	for _, f := range e.root.fields {
		at := c.Schema.Index(f.name)
		if at < 0 {
			return nil, errs.Userf("table '%s': the Avro schema has a field '%s', the table no such "+
				"column", c.Table, f.name)
		}
		e.column = append(e.column, at)
	}
	return e, nil
}

// Encode implements format.Encoder.
func (e *encoder) Encode(dst []byte, b *batch.Batch, from, to int, end []byte) ([]byte, error) {
	if e.registry != nil && e.id == nil {
		id, err := e.registry.register(e.text)
		if err != nil {
			return nil, err
		}
		e.id = binary.BigEndian.AppendUint32([]byte{0}, id)
	}
	var err error
	for i := from; i < to; i++ {
		dst = append(dst, e.id...)
		for k, f := range e.root.fields {
			if dst, err = e.value(dst, f.node, b.Cols[e.column[k]], i); err != nil {
				return nil, errs.Dataf("column '%s'", f.name).Wrap(err)
			}
		}
		dst = append(dst, end...)
	}
	return dst, nil
}

func long(dst []byte, v int64) []byte { return binary.AppendVarint(dst, v) }

func (e *encoder) value(dst []byte, n *node, c *batch.Column, i int) ([]byte, error) {
	if n.kind == "union" {
		for k, branch := range n.branches {
			if (branch.kind == "null") == c.IsNull(i) {
				return e.value(long(dst, int64(k)), branch, c, i)
			}
		}
	}
	if n.kind == "null" {
		return dst, nil
	}
	if c.IsNull(i) {
		return nil, errs.Dataf("is NULL, which the Avro schema does not allow")
	}
	switch t := c.Type; n.kind {
	case "boolean":
		if c.Bool(i) {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case "int", "long":
		return e.integer(dst, n, c, i)
	case "float":
		if t.Kind == types.Float {
			return binary.LittleEndian.AppendUint32(dst, math.Float32bits(batch.Values[float32](c)[i])), nil
		}
	case "double":
		switch t.Kind {
		case types.Float:
			f := float64(batch.Values[float32](c)[i])
			return binary.LittleEndian.AppendUint64(dst, math.Float64bits(f)), nil
		case types.Double:
			return binary.LittleEndian.AppendUint64(dst, math.Float64bits(batch.Values[float64](c)[i])), nil
		}
	case "string", "bytes":
		if n.logical == "decimal" && t.Kind == types.Decimal && n.scale == t.Scale {
			v := twos(batch.Values[batch.Decimal](c)[i])
			return append(long(dst, int64(len(v))), v...), nil
		}
		if n.logical != "decimal" && (t.IsString() || t.IsBytes()) {
			v := c.Bytes(i)
			return append(long(dst, int64(len(v))), v...), nil
		}
	case "array", "map":
		return e.list(dst, n, c, i)
	case "record":
		if t.Kind == types.Row && len(n.fields) == len(t.Fields) {
			var err error
			for k, f := range n.fields {
				if dst, err = e.value(dst, f.node, c.Child(k), i); err != nil {
					return nil, err
				}
			}
			return dst, nil
		}
	}
	return nil, errs.Userf("%s cannot be written as Avro %s", c.Type.Nullable(true), n.kind)
}

func (e *encoder) integer(dst []byte, n *node, c *batch.Column, i int) ([]byte, error) {
	switch t := c.Type; t.Kind {
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt:
		return long(dst, kernel.IntAt(c, i)), nil
	case types.Date:
		return long(dst, int64(batch.Values[int32](c)[i])), nil
	case types.Time:
		if unit := units[n.logical]; unit > 0 {
			return long(dst, rescale(format.TimeTicks(c, i), t.Unit(), unit)), nil
		}
	case types.Timestamp, types.TimestampLTZ:
		if unit := units[n.logical]; unit > 0 {
			return long(dst, rescale(batch.Values[int64](c)[i], t.Unit(), unit)), nil
		}
	}
	return nil, errs.Userf("%s cannot be written as Avro %s", c.Type.Nullable(true), n.kind)
}

func (e *encoder) list(dst []byte, n *node, c *batch.Column, i int) ([]byte, error) {
	from, to := int(c.Offsets()[i]), int(c.Offsets()[i+1])
	if to > from {
		dst = long(dst, int64(to-from))
	}
	var err error
	values := c.Child(c.NumChildren() - 1)
	for k := from; k < to; k++ {
		if n.kind == "map" {
			key := c.Child(0).Bytes(k)
			dst = append(long(dst, int64(len(key))), key...)
		}
		if dst, err = e.value(dst, n.items, values, k); err != nil {
			return nil, err
		}
	}
	return long(dst, 0), nil
}

// twos is a number in two's complement, the highest byte first, as short as it goes.
func twos(d batch.Decimal) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(d.HighBits()))
	b = binary.BigEndian.AppendUint64(b, d.LowBits())
	for len(b) > 1 && (b[0] == 0 && b[1]&0x80 == 0 || b[0] == 0xff && b[1]&0x80 != 0) {
		b = b[1:]
	}
	return b
}
