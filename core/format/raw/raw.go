// Package raw reads and writes one column as it is: lines of text, or the bytes of a message.
package raw

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

func init() {
	format.Register(&format.Format{
		Name: "raw",
		Doc:  "One column: text or bytes as they are, numbers in binary.",
		Options: []connector.Option{
			{Name: "charset", Type: "enum(UTF-8|ISO-8859-1|US-ASCII)", Default: "UTF-8",
				Doc: "Encoding of text."},
			{Name: "endianness", Type: "enum(big-endian|little-endian)", Default: "big-endian",
				Doc: "Order of the bytes of a number."},
		},
		NewDecoder: func(c *format.Config) (format.Decoder, error) { return newDecoder(c) },
		NewEncoder: func(c *format.Config) (format.Encoder, error) { return newCodec(c) },
	})
}

// codec turns bytes into a value and back.
type codec struct {
	column types.Field
	latin  bool
	order  interface {
		binary.ByteOrder
		binary.AppendByteOrder
	}
}

func newCodec(c *format.Config) (*codec, error) {
	o := c.Options
	r := &codec{order: binary.BigEndian}
	charset := o.Enum("charset", "UTF-8", "UTF-8", "ISO-8859-1", "US-ASCII")
	r.latin = charset == "ISO-8859-1"
	if o.Enum("endianness", "big-endian", "big-endian", "little-endian") == "little-endian" {
		r.order = binary.LittleEndian
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	if c.Schema.Len() != 1 {
		return nil, errs.Userf("table '%s': format raw has one column, not %d (%s)", c.Table,
			c.Schema.Len(), strings.Join(c.Schema.Names(), ", ")).
			Fix("declare one column, or use format csv or json")
	}
	r.column = c.Schema.Fields[0]
	switch t := r.column.Type; {
	case t.IsString(), t.IsBytes(), t.IsInteger(), t.IsApprox(), t.Kind == types.Boolean:
		return r, nil
	}
	return nil, errs.Userf("table '%s': format raw cannot hold column '%s' of type %s", c.Table,
		r.column.Name, r.column.Type)
}

type decoder struct {
	*codec
	b    *batch.Builder
	out  *types.Schema
	none bool // the column is not asked for
	rows int
}

func newDecoder(c *format.Config) (*decoder, error) {
	r, err := newCodec(c)
	if err != nil {
		return nil, err
	}
	return &decoder{codec: r, b: batch.NewBuilder(r.column.Type, 0), out: c.Output(),
		none: len(c.Projection()) == 0}, nil
}

// Framing implements format.Decoder.
func (d *decoder) Framing() format.Framing { return format.Framing{} }

// Decode implements format.Decoder: a record is a line without its end.
func (d *decoder) Decode(data []byte, rows int) (int, error) {
	pos := 0
	for pos < len(data) && d.rows < rows {
		end := pos + format.Framing{}.First(format.AtRecord, data[pos:])
		next := end
		if end < pos {
			end, next = len(data), len(data)
		} else {
			end--
		}
		if end > pos && data[end-1] == '\r' && next > end {
			end--
		}
		if err := d.one(data[pos:end], pos); err != nil {
			return 0, err
		}
		pos = next
	}
	return pos, nil
}

// DecodeOne implements format.Decoder.
func (d *decoder) DecodeOne(data []byte) error { return d.one(data, 0) }

func (d *decoder) one(v []byte, at int) error {
	d.rows++
	if d.none {
		return nil
	}
	if v == nil { // a message without a value
		d.b.AppendNull()
		return nil
	}
	if d.read(v) {
		return nil
	}
	return format.BadField("raw", at, d.column.Name, v,
		"does not have the bytes of a "+d.column.Type.String())
}

var widths = map[types.Kind]int{types.Boolean: 1, types.TinyInt: 1, types.SmallInt: 2,
	types.Int: 4, types.BigInt: 8, types.Float: 4, types.Double: 8}

func (d *decoder) read(v []byte) bool {
	t := d.column.Type
	if w, fixed := widths[t.Kind]; fixed && len(v) != w {
		return false
	}
	switch t.Kind {
	case types.Boolean:
		d.b.AppendBool(v[0] != 0)
	case types.TinyInt:
		batch.Append(d.b, int8(v[0]))
	case types.SmallInt:
		batch.Append(d.b, int16(d.order.Uint16(v)))
	case types.Int:
		batch.Append(d.b, int32(d.order.Uint32(v)))
	case types.BigInt:
		batch.Append(d.b, int64(d.order.Uint64(v)))
	case types.Float:
		batch.Append(d.b, math.Float32frombits(d.order.Uint32(v)))
	case types.Double:
		batch.Append(d.b, math.Float64frombits(d.order.Uint64(v)))
	default:
		if d.latin && t.IsString() {
			runes := make([]rune, len(v))
			for i, c := range v {
				runes[i] = rune(c)
			}
			d.b.AppendString(string(runes))
			return true
		}
		if t.IsString() && !kernel.IsText(v) {
			v = kernel.AppendUTF8(nil, v)
		}
		d.b.AppendBytes(v)
	}
	return true
}

// Len implements format.Decoder.
func (d *decoder) Len() int { return d.rows }

// Finish implements format.Decoder.
func (d *decoder) Finish() *batch.Batch {
	n := d.rows
	d.rows = 0
	if d.none {
		return batch.New(d.out, nil, n)
	}
	return batch.New(d.out, []*batch.Column{d.b.Finish()}, n)
}

// Encode implements format.Encoder; NULL has no bytes.
func (r *codec) Encode(dst []byte, b *batch.Batch, from, to int, end []byte) ([]byte, error) {
	c := b.Cols[0]
	for i := from; i < to; i++ {
		if !c.IsNull(i) {
			dst = r.write(dst, c, i)
		}
		dst = append(dst, end...)
	}
	return dst, nil
}

func (r *codec) write(dst []byte, c *batch.Column, i int) []byte {
	switch c.Type.Kind {
	case types.Boolean:
		if c.Bool(i) {
			return append(dst, 1)
		}
		return append(dst, 0)
	case types.TinyInt:
		return append(dst, byte(batch.Values[int8](c)[i]))
	case types.SmallInt:
		return r.order.AppendUint16(dst, uint16(batch.Values[int16](c)[i]))
	case types.Int:
		return r.order.AppendUint32(dst, uint32(batch.Values[int32](c)[i]))
	case types.BigInt:
		return r.order.AppendUint64(dst, uint64(batch.Values[int64](c)[i]))
	case types.Float:
		return r.order.AppendUint32(dst, math.Float32bits(batch.Values[float32](c)[i]))
	case types.Double:
		return r.order.AppendUint64(dst, math.Float64bits(batch.Values[float64](c)[i]))
	}
	if r.latin && c.Type.IsString() {
		for _, x := range c.Str(i) {
			if x > 0xff {
				x = '?'
			}
			dst = append(dst, byte(x))
		}
		return dst
	}
	return append(dst, c.Bytes(i)...)
}
