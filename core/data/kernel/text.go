package kernel

import (
	"math"
	"strconv"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// AppendText appends row i as CAST AS STRING prints it: TRUE, -2.25E10, 1970-01-01 00:00:00.000,
// [1, NULL], (7, seven), {k=1}; NULL where it is null. zone is that of TIMESTAMP_LTZ, nil is UTC.
func AppendText(dst []byte, c *batch.Column, i int, zone *Zone) []byte {
	if c.IsNull(i) {
		return append(dst, "NULL"...)
	}
	switch t := c.Type; t.Kind {
	case types.Boolean:
		if c.Bool(i) {
			return append(dst, "TRUE"...)
		}
		return append(dst, "FALSE"...)
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt:
		return strconv.AppendInt(dst, IntAt(c, i), 10)
	case types.Float:
		return AppendFloat(dst, float64(batch.Values[float32](c)[i]), 32)
	case types.Double:
		return AppendFloat(dst, batch.Values[float64](c)[i], 64)
	case types.Decimal:
		return AppendDecimal(dst, batch.Values[batch.Decimal](c)[i], t.Scale)
	case types.Date:
		return AppendDate(dst, int64(batch.Values[int32](c)[i]))
	case types.Time:
		return AppendTime(dst, timeTicks(c, i), t.Unit(), t.Precision)
	case types.Timestamp:
		return AppendTimestamp(dst, batch.Values[int64](c)[i], t.Unit(), t.Precision)
	case types.TimestampLTZ:
		ticks := batch.Values[int64](c)[i]
		if zone != nil {
			ticks = zone.ToLocal(ticks, t.Unit())
		}
		return AppendTimestamp(dst, ticks, t.Unit(), t.Precision)
	case types.IntervalYM:
		return appendMonths(dst, int64(batch.Values[int32](c)[i]))
	case types.IntervalDT:
		return appendInterval(dst, batch.Values[int64](c)[i])
	case types.Array, types.Map, types.Multiset, types.Row:
		return appendNested(dst, c, i, zone)
	case types.Object:
		return strconv.AppendUint(dst, batch.Values[uint64](c)[i], 10)
	}
	return append(dst, c.Bytes(i)...)
}

func appendNested(dst []byte, c *batch.Column, i int, zone *Zone) []byte {
	if c.Type.Kind == types.Row {
		dst = append(dst, '(')
		for k := range c.NumChildren() {
			if k > 0 {
				dst = append(dst, ", "...)
			}
			dst = AppendText(dst, c.Child(k), i, zone)
		}
		return append(dst, ')')
	}
	from, to := int(c.Offsets()[i]), int(c.Offsets()[i+1])
	open, end := byte('{'), byte('}')
	if c.Type.Kind == types.Array {
		open, end = '[', ']'
	}
	dst = append(dst, open)
	for k := from; k < to; k++ {
		if k > from {
			dst = append(dst, ", "...)
		}
		dst = AppendText(dst, c.Child(0), k, zone)
		if c.Type.Kind != types.Array {
			dst = AppendText(append(dst, '='), c.Child(1), k, zone)
		}
	}
	return append(dst, end)
}

// AppendFloat appends a FLOAT (32) or DOUBLE (64) as Java prints it: 1.0, -2.25E10, 1.0E-7, NaN,
// Infinity.
func AppendFloat(dst []byte, f float64, bits int) []byte {
	abs := math.Abs(f)
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	case abs == 0 || abs >= 1e-3 && abs < 1e7:
		from := len(dst)
		dst = strconv.AppendFloat(dst, f, 'f', -1, bits)
		for _, c := range dst[from:] {
			if c == '.' {
				return dst
			}
		}
		return append(dst, ".0"...)
	}
	var buf [32]byte
	s := strconv.AppendFloat(buf[:0], f, 'e', -1, bits)
	e := len(s) - 1
	for s[e] != 'e' {
		e--
	}
	dst = append(dst, s[:e]...)
	if e == 1 || e == 2 && s[0] == '-' {
		dst = append(dst, ".0"...)
	}
	exp, _ := strconv.Atoi(string(s[e+1:]))
	dst = append(dst, 'E')
	return strconv.AppendInt(dst, int64(exp), 10)
}

func appendPadded(dst []byte, v, width int) []byte {
	if v < 0 {
		dst = append(dst, '-')
		v = -v
	}
	for p := width - 1; p > 0 && int64(v) < pow10[p]; p-- {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, int64(v), 10)
}

// AppendDate appends yyyy-MM-dd.
func AppendDate(dst []byte, days int64) []byte {
	y, m, d := CivilDate(days)
	dst = append(appendPadded(dst, y, 4), '-')
	dst = append(appendPadded(dst, m, 2), '-')
	return appendPadded(dst, d, 2)
}

func appendClock(dst []byte, c Civil) []byte {
	dst = append(appendPadded(dst, c.Hour, 2), ':')
	dst = append(appendPadded(dst, c.Minute, 2), ':')
	return appendPadded(dst, c.Second, 2)
}

// AppendTime appends HH:mm:ss with up to precision fraction digits, zeros at the end cut but for the
// first, as in Flink.
func AppendTime(dst []byte, ticks int64, unit, precision int) []byte {
	c := CivilOf(ticks, unit)
	dst = appendClock(dst, c)
	n := precision
	for n > 1 && int64(c.Nano)%pow10[9-n+1] == 0 {
		n--
	}
	if n == 0 {
		return dst
	}
	return appendPadded(append(dst, '.'), c.Nano/int(pow10[9-n]), n)
}

// AppendTimestamp appends yyyy-MM-dd HH:mm:ss with precision fraction digits.
func AppendTimestamp(dst []byte, ticks int64, unit, precision int) []byte {
	c := CivilOf(ticks, unit)
	dst = append(appendPadded(dst, c.Year, 4), '-')
	dst = append(appendPadded(dst, c.Month, 2), '-')
	dst = append(appendPadded(dst, c.Day, 2), ' ')
	dst = appendClock(dst, c)
	if precision == 0 {
		return dst
	}
	return appendPadded(append(dst, '.'), c.Nano/int(pow10[9-precision]), precision)
}

// appendMonths appends an INTERVAL YEAR TO MONTH: +1-02.
func appendMonths(dst []byte, v int64) []byte {
	v, dst = appendSign(dst, v)
	dst = append(strconv.AppendInt(dst, v/12, 10), '-')
	return appendPadded(dst, int(v%12), 2)
}

// appendInterval appends an INTERVAL DAY TO SECOND: +1 02:03:04.567.
func appendInterval(dst []byte, v int64) []byte {
	v, dst = appendSign(dst, v)
	dst = append(strconv.AppendInt(dst, v/msPerDay, 10), ' ')
	c := CivilOf(v%msPerDay, 3)
	dst = append(appendClock(dst, c), '.')
	return appendPadded(dst, c.Nano/1_000_000, 3)
}

func appendSign(dst []byte, v int64) (int64, []byte) {
	if v < 0 {
		return -v, append(dst, '-')
	}
	return v, append(dst, '+')
}
