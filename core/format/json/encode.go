package json

import (
	"encoding/base64"
	"math"
	"strconv"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// Encoder writes rows as JSON objects.
type Encoder struct {
	times     format.TimeStandard
	plain     bool // decimals without exponent
	skipNulls bool
	nullKey   string // FAIL, DROP, LITERAL
	literal   []byte
	keys      [][]byte // `"name":` of each column
	nested    map[string][]byte
	err       error
}

var _ format.Encoder = (*Encoder)(nil)

// NewEncoder makes an encoder.
func NewEncoder(c *format.Config) (*Encoder, error) {
	o := c.Options
	e := &Encoder{
		plain:     o.Bool("encode.decimal-as-plain-number", false),
		skipNulls: o.Bool("encode.ignore-null-fields", false),
		nullKey:   o.Enum("map-null-key.mode", "FAIL", "FAIL", "DROP", "LITERAL"),
		literal:   []byte(o.String("map-null-key.literal", "null")),
		nested:    map[string][]byte{},
	}
	e.times.ISO = o.Enum("timestamp-format.standard", "SQL", "SQL", "ISO-8601") == "ISO-8601"
	if err := o.Err(); err != nil {
		return nil, err
	}
	for _, f := range c.Schema.Fields {
		if err := supported(c.Table, "json", f.Name, f.Type); err != nil {
			return nil, err
		}
		e.keys = append(e.keys, append(appendString(nil, []byte(f.Name)), ':'))
	}
	return e, nil
}

// Encode implements format.Encoder.
func (e *Encoder) Encode(dst []byte, b *batch.Batch, from, to int, end []byte) ([]byte, error) {
	for r := from; r < to; r++ {
		dst = append(e.Object(dst, b.Cols, r), end...)
	}
	return dst, e.err
}

// Object appends row i of the columns as an object. An error is kept for Err.
func (e *Encoder) Object(dst []byte, cols []*batch.Column, i int) []byte {
	dst = append(dst, '{')
	first := true
	for k, c := range cols {
		null := c.IsNull(i)
		if null && e.skipNulls {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, e.keys[k]...)
		if null {
			dst = append(dst, "null"...)
			continue
		}
		dst = e.value(dst, c, i)
	}
	return append(dst, '}')
}

// Err is the first error of Object.
func (e *Encoder) Err() error { return e.err }

func (e *Encoder) value(dst []byte, c *batch.Column, i int) []byte {
	if c.IsNull(i) {
		return append(dst, "null"...)
	}
	switch t := c.Type; t.Kind {
	case types.Boolean:
		return strconv.AppendBool(dst, c.Bool(i))
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt, types.IntervalYM,
		types.IntervalDT:
		return strconv.AppendInt(dst, kernel.IntAt(c, i), 10)
	case types.Float:
		return e.float(dst, float64(batch.Values[float32](c)[i]), 32)
	case types.Double:
		return e.float(dst, batch.Values[float64](c)[i], 64)
	case types.Decimal:
		d := batch.Values[batch.Decimal](c)[i]
		if e.plain {
			return kernel.AppendDecimal(dst, d, t.Scale)
		}
		return format.AppendNumber(dst, d, t.Scale)
	case types.Char, types.Varchar:
		return appendString(dst, c.Bytes(i))
	case types.Date:
		dst = kernel.AppendDate(append(dst, '"'), int64(batch.Values[int32](c)[i]))
	case types.Time:
		dst = format.AppendClock(append(dst, '"'),
			kernel.CivilOf(format.TimeTicks(c, i), t.Unit()), 0)
	case types.Timestamp, types.TimestampLTZ:
		dst = e.times.Append(append(dst, '"'), batch.Values[int64](c)[i], t.Unit(), 0,
			t.Kind == types.TimestampLTZ)
	case types.Binary, types.Varbinary, types.Raw:
		dst = base64.StdEncoding.AppendEncode(append(dst, '"'), c.Bytes(i))
	default:
		return e.container(dst, c, i)
	}
	return append(dst, '"')
}

// float writes what JSON has no number for as a string.
func (e *Encoder) float(dst []byte, f float64, size int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(kernel.AppendFloat(append(dst, '"'), f, size), '"')
	}
	return kernel.AppendFloat(dst, f, size)
}

func (e *Encoder) container(dst []byte, c *batch.Column, i int) []byte {
	switch c.Type.Kind {
	case types.Row:
		return e.row(dst, c, i)
	case types.Array:
		dst = append(dst, '[')
		from, to := int(c.Offsets()[i]), int(c.Offsets()[i+1])
		for k := from; k < to; k++ {
			if k > from {
				dst = append(dst, ',')
			}
			dst = e.value(dst, c.Child(0), k)
		}
		return append(dst, ']')
	case types.Null:
		return append(dst, "null"...)
	}
	return e.entries(dst, c, i)
}

func (e *Encoder) row(dst []byte, c *batch.Column, i int) []byte {
	dst = append(dst, '{')
	first := true
	for k, f := range c.Type.Fields {
		if e.skipNulls && c.Child(k).IsNull(i) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		key, ok := e.nested[f.Name]
		if !ok {
			key = append(appendString(nil, []byte(f.Name)), ':')
			e.nested[f.Name] = key
		}
		dst = e.value(append(dst, key...), c.Child(k), i)
	}
	return append(dst, '}')
}

func (e *Encoder) entries(dst []byte, c *batch.Column, i int) []byte {
	dst = append(dst, '{')
	first := true
	for k := int(c.Offsets()[i]); k < int(c.Offsets()[i+1]); k++ {
		keys := c.Child(0)
		key := e.literal
		if !keys.IsNull(k) {
			key = keys.Bytes(k)
		} else if e.nullKey == "DROP" {
			continue
		} else if e.nullKey == "FAIL" && e.err == nil {
			e.err = errs.Dataf("a MAP has the key NULL, which JSON cannot hold").
				Fix("set 'json.map-null-key.mode' to 'DROP' or 'LITERAL'")
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendString(dst, key), ':')
		dst = e.value(dst, c.Child(1), k)
	}
	return append(dst, '}')
}
