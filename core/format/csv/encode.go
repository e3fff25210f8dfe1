package csv

import (
	"encoding/base64"
	"strconv"
	"unicode/utf8"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// longText is the length from which text is quoted without a look at it.
const longText = 24

type encoder struct {
	dialect
	safe    byte // characters from here on need no quotes
	scratch []byte
}

func newEncoder(c *format.Config) (*encoder, error) {
	d, err := readDialect(c)
	if err != nil {
		return nil, err
	}
	return &encoder{dialect: d, safe: max(d.delimiter, d.quote, '\r') + 1}, nil
}

// Encode implements format.Encoder.
func (e *encoder) Encode(dst []byte, b *batch.Batch, from, to int, end []byte) ([]byte, error) {
	for r := from; r < to; r++ {
		for i, c := range b.Cols {
			if i > 0 {
				dst = append(dst, e.delimiter)
			}
			dst = e.value(dst, c, r)
		}
		dst = append(dst, end...)
	}
	return dst, nil
}

func (e *encoder) value(dst []byte, c *batch.Column, i int) []byte {
	if c.IsNull(i) {
		return append(dst, e.null...)
	}
	switch c.Type.Kind {
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt, types.Boolean, types.Float,
		types.Double, types.Decimal, types.IntervalYM, types.IntervalDT:
		return e.scalar(dst, c, i)
	case types.Char, types.Varchar:
		return e.text(dst, c.Bytes(i))
	}
	e.scratch = e.nested(e.scratch[:0], c, i)
	return e.text(dst, e.scratch)
}

func (e *encoder) nested(dst []byte, c *batch.Column, i int) []byte {
	part := func(c *batch.Column, i int, first bool) {
		if !first {
			dst = append(dst, e.element...)
		}
		if c.IsNull(i) {
			dst = append(dst, e.null...)
			return
		}
		dst = e.scalar(dst, c, i)
	}
	switch c.Type.Kind {
	case types.Array:
		from, to := int(c.Offsets()[i]), int(c.Offsets()[i+1])
		for k := from; k < to; k++ {
			part(c.Child(0), k, k == from)
		}
		return dst
	case types.Row:
		for k := range c.NumChildren() {
			part(c.Child(k), i, k == 0)
		}
		return dst
	}
	return e.scalar(dst, c, i)
}

func (e *encoder) scalar(dst []byte, c *batch.Column, i int) []byte {
	switch t := c.Type; t.Kind {
	case types.Boolean:
		return strconv.AppendBool(dst, c.Bool(i))
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt, types.IntervalYM,
		types.IntervalDT:
		return strconv.AppendInt(dst, kernel.IntAt(c, i), 10)
	case types.Float:
		return kernel.AppendFloat(dst, float64(batch.Values[float32](c)[i]), 32)
	case types.Double:
		return kernel.AppendFloat(dst, batch.Values[float64](c)[i], 64)
	case types.Decimal:
		d := batch.Values[batch.Decimal](c)[i]
		if e.plain {
			return kernel.AppendDecimal(dst, d, t.Scale)
		}
		return format.AppendNumber(dst, d, t.Scale)
	case types.Date:
		return kernel.AppendDate(dst, int64(batch.Values[int32](c)[i]))
	case types.Time:
		return format.AppendClock(dst, kernel.CivilOf(format.TimeTicks(c, i), t.Unit()), 0)
	case types.Timestamp, types.TimestampLTZ:
		return format.TimeStandard{}.Append(dst, batch.Values[int64](c)[i], t.Unit(), 0,
			t.Kind == types.TimestampLTZ)
	case types.Binary, types.Varbinary, types.Raw:
		return base64.StdEncoding.AppendEncode(dst, c.Bytes(i))
	}
	return append(dst, c.Bytes(i)...)
}

// text appends a field, quoted where it has to be or where looking would take too long.
func (e *encoder) text(dst, v []byte) []byte {
	if e.quote == 0 || !e.needsQuotes(v) {
		return append(dst, v...)
	}
	dst = append(dst, e.quote)
	for _, c := range v {
		if c == e.quote || e.escape != 0 && c == e.escape {
			dst = append(dst, c)
		}
		dst = append(dst, c)
	}
	return append(dst, e.quote)
}

func (e *encoder) needsQuotes(v []byte) bool {
	if len(v) > longText && utf8.RuneCount(v) > longText {
		return true
	}
	for _, c := range v {
		if c < e.safe || e.escape != 0 && c == e.escape {
			return true
		}
	}
	return false
}
