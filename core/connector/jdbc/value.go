package jdbc

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// argument is row i of a column as the argument of a statement. Times go as text, which every
// database reads alike.
func argument(c *batch.Column, i int) any {
	if c.IsNull(i) {
		return nil
	}
	switch t := c.Type; t.Kind {
	case types.Boolean:
		return c.Bool(i)
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt:
		return kernel.IntAt(c, i)
	case types.Float:
		return float64(batch.Values[float32](c)[i])
	case types.Double:
		return batch.Values[float64](c)[i]
	case types.Decimal:
		return string(kernel.AppendDecimal(nil, batch.Values[batch.Decimal](c)[i], t.Scale))
	case types.Binary, types.Varbinary:
		return append([]byte{}, c.Bytes(i)...)
	case types.TimestampLTZ:
		return ticksText(t, batch.Values[int64](c)[i])
	case types.Array:
		return arrayText(c, i)
	}
	return string(kernel.AppendText(nil, c, i, nil))
}

// ticksText is a timestamp in UTC as text.
func ticksText(t types.Type, ticks int64) string {
	text := string(kernel.AppendTimestamp(nil, ticks, t.Unit(), min(t.Precision, 6)))
	return text
}

// constant is a value of a condition as an argument; ok false: it cannot be compared there.
func constant(t types.Type, v any) (arg any, ok bool) {
	switch t.Kind {
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt, types.Double, types.Boolean,
		types.Char, types.Varchar:
		return v, true
	case types.Date:
		if days, is := v.(int64); is {
			return string(kernel.AppendDate(nil, days)), true
		}
	case types.Timestamp:
		if ticks, is := v.(int64); is && t.Precision <= 6 {
			return ticksText(t, ticks), true
		}
	}
	return nil, false
}

// scanner appends values of a result to a column.
type scanner struct {
	field types.Field
	b     *batch.Builder
}

func (s *scanner) append(v any) error {
	if v == nil {
		s.b.AppendNull()
		return nil
	}
	if s.read(v) {
		return nil
	}
	if b, ok := v.([]byte); ok {
		v = string(b)
	}
	return errs.Dataf("column '%s': the database's value '%v' cannot be read as %s", s.field.Name, v,
		s.field.Type.Nullable(true)).Fix("declare the column with the type that it has there")
}

func (s *scanner) read(v any) bool {
	switch t := s.field.Type; t.Kind {
	case types.Boolean:
		b, ok := boolOf(v)
		if ok {
			s.b.AppendBool(b)
		}
		return ok
	case types.TinyInt:
		return integer[int8](s.b, v, 8)
	case types.SmallInt:
		return integer[int16](s.b, v, 16)
	case types.Int:
		return integer[int32](s.b, v, 32)
	case types.BigInt:
		return integer[int64](s.b, v, 64)
	case types.Float:
		f, ok := floatOf(v)
		if ok {
			batch.Append(s.b, float32(f))
		}
		return ok
	case types.Double:
		f, ok := floatOf(v)
		if ok {
			batch.Append(s.b, f)
		}
		return ok
	case types.Decimal:
		d, ok := kernel.ParseDecimal(textOf(v), t.Precision, t.Scale)
		if ok {
			batch.Append(s.b, d)
		}
		return ok
	case types.Date, types.Time, types.Timestamp, types.TimestampLTZ:
		return s.time(v, t)
	case types.Array:
		return s.array(textOf(v))
	case types.Binary, types.Varbinary:
		if b, ok := v.([]byte); ok {
			s.b.AppendBytes(b)
			return true
		}
	}
	s.b.AppendString(textOf(v))
	return true
}

func integer[T int8 | int16 | int32 | int64](b *batch.Builder, v any, bits int) bool {
	var n int64
	switch x := v.(type) {
	case int64:
		n = x
	case bool:
		if x {
			n = 1
		}
	default:
		var ok bool
		if n, ok = format.ParseInt([]byte(textOf(v))); !ok {
			return false
		}
	}
	if n<<(64-bits)>>(64-bits) != n {
		return false
	}
	batch.Append(b, T(n))
	return true
}

func boolOf(v any) (b, ok bool) {
	switch x := v.(type) {
	case bool:
		return x, true
	case int64:
		return x != 0, true
	case []byte:
		if len(x) == 1 && x[0] < ' ' { // BIT(1)
			return x[0] != 0, true
		}
	}
	b, err := strconv.ParseBool(textOf(v))
	return b, err == nil
}

func floatOf(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case float32:
		return float64(x), true
	case int64:
		return float64(x), true
	}
	return format.ParseFloat([]byte(textOf(v)), 64)
}

func textOf(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case []byte:
		return string(x)
	case time.Time:
		return x.UTC().Format("2006-01-02 15:04:05.999999999")
	}
	return fmt.Sprint(v)
}

// time reads a date, time or timestamp: the driver's own, or text.
func (s *scanner) time(v any, t types.Type) bool {
	if x, ok := v.(time.Time); ok {
		x = x.UTC()
		switch t.Kind {
		case types.Date:
			batch.Append(s.b, int32(kernel.Days(x.Year(), int(x.Month()), x.Day())))
			return true
		case types.Timestamp, types.TimestampLTZ:
			batch.Append(s.b, x.Unix()*pow10(t.Unit())+int64(x.Nanosecond())/pow10(9-t.Unit()))
			return true
		}
	}
	text := textOf(v)
	switch t.Kind {
	case types.Date:
		days, ok := kernel.ParseDate(text)
		if ok {
			batch.Append(s.b, int32(days))
		}
		return ok
	case types.Time:
		if _, clock, found := strings.Cut(text, " "); found {
			text = clock
		}
		ns, ok := kernel.ParseTime(text)
		switch {
		case !ok:
		case t.Unit() == 3:
			batch.Append(s.b, int32(ns/1e6))
		default:
			batch.Append(s.b, ns/pow10(9-t.Unit()))
		}
		return ok
	}
	text = strings.TrimSuffix(strings.TrimSuffix(strings.Replace(text, "T", " ", 1), "Z"), "+00")
	c, ok := kernel.ParseTimestamp(text)
	if !ok {
		return false
	}
	ticks, ok := c.Ticks(t.Unit())
	if ok {
		batch.Append(s.b, ticks)
	}
	return ok
}

func pow10(n int) int64 {
	v := int64(1)
	for range n {
		v *= 10
	}
	return v
}
