package print

import (
	"strconv"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// appendRow writes +I[1, a].
func appendRow(dst []byte, kind string, cols []*batch.Column, i int) []byte {
	dst = append(append(dst, kind...), '[')
	for k, c := range cols {
		if k > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendValue(dst, c, i)
	}
	return append(dst, ']')
}

// appendValue writes a value as Java prints the object that Flink holds: true, 1.0E10, 10:00,
// 2024-01-01T00:00, [120, 121] for bytes, {k=1}, +I[1, x] for a row, null.
func appendValue(dst []byte, c *batch.Column, i int) []byte {
	if c.IsNull(i) {
		return append(dst, "null"...)
	}
	switch t := c.Type; t.Kind {
	case types.Boolean:
		return strconv.AppendBool(dst, c.Bool(i))
	case types.Decimal:
		return format.AppendBigDecimal(dst, batch.Values[batch.Decimal](c)[i], t.Scale)
	case types.Time:
		return appendClock(dst, kernel.CivilOf(format.TimeTicks(c, i), t.Unit()))
	case types.Timestamp, types.TimestampLTZ:
		return appendTimestamp(dst, batch.Values[int64](c)[i], t)
	case types.Binary, types.Varbinary, types.Raw:
		dst = append(dst, '[')
		for k, v := range c.Bytes(i) {
			if k > 0 {
				dst = append(dst, ", "...)
			}
			dst = strconv.AppendInt(dst, int64(int8(v)), 10)
		}
		return append(dst, ']')
	case types.Array:
		return appendElements(append(dst, '['), c, i, ']')
	case types.Map, types.Multiset:
		return appendElements(append(dst, '{'), c, i, '}')
	case types.Row:
		kids := make([]*batch.Column, c.NumChildren())
		for k := range kids {
			kids[k] = c.Child(k)
		}
		return appendRow(dst, "+I", kids, i)
	}
	return kernel.AppendText(dst, c, i, nil)
}

func appendElements(dst []byte, c *batch.Column, i int, end byte) []byte {
	from, to := int(c.Offsets()[i]), int(c.Offsets()[i+1])
	for k := from; k < to; k++ {
		if k > from {
			dst = append(dst, ", "...)
		}
		dst = appendValue(dst, c.Child(0), k)
		if end == '}' {
			dst = appendValue(append(dst, '='), c.Child(1), k)
		}
	}
	return append(dst, end)
}

func appendTimestamp(dst []byte, v int64, t types.Type) []byte {
	c := kernel.CivilOf(v, t.Unit())
	dst = kernel.AppendDate(dst, kernel.Days(c.Year, c.Month, c.Day))
	dst = appendClock(append(dst, 'T'), c)
	if t.Kind != types.TimestampLTZ {
		return dst
	}
	if c.Second == 0 && c.Nano == 0 {
		dst = append(dst, ":00"...) // an instant shows its seconds
	}
	return append(dst, 'Z')
}

// appendClock writes HH:mm, the seconds unless they are zero, and the fraction in groups of three
// digits.
func appendClock(dst []byte, c kernel.Civil) []byte {
	pad := func(v, width int) {
		for p := width - 1; p > 0; p-- {
			if v < pow10[p] {
				dst = append(dst, '0')
			}
		}
		dst = strconv.AppendInt(dst, int64(v), 10)
	}
	pad(c.Hour, 2)
	dst = append(dst, ':')
	pad(c.Minute, 2)
	if c.Second == 0 && c.Nano == 0 {
		return dst
	}
	dst = append(dst, ':')
	pad(c.Second, 2)
	switch {
	case c.Nano == 0:
	case c.Nano%1_000_000 == 0:
		dst = append(dst, '.')
		pad(c.Nano/1_000_000, 3)
	case c.Nano%1000 == 0:
		dst = append(dst, '.')
		pad(c.Nano/1000, 6)
	default:
		dst = append(dst, '.')
		pad(c.Nano, 9)
	}
	return dst
}

var pow10 = [...]int{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}
