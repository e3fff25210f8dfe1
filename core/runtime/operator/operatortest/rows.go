package operatortest

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// build makes a batch of rows and marks.
func build(schema *types.Schema, items []any) *batch.Batch {
	b := batch.NewRowBuilder(schema, len(items))
	var marks []batch.Mark
	var times []int64
	timed := false
	for _, x := range items {
		switch x := x.(type) {
		case Mark:
			m := batch.Mark{Row: len(b.Kinds), Time: int64(x)}
			if k := len(marks); k > 0 && marks[k-1].Row == m.Row {
				marks[k-1] = m
			} else {
				marks = append(marks, m)
			}
		case Row:
			if len(x.Values) != schema.Len() {
				panic(fmt.Sprintf("row %v has %d values, the schema %d columns", x.Values,
					len(x.Values), schema.Len()))
			}
			for i, v := range x.Values {
				appendValue(b.Cols[i], v)
			}
			b.Kinds = append(b.Kinds, x.Kind)
			if x.timed {
				timed = true
				times = append(times, x.Time)
			} else {
				times = append(times, batch.NoTime)
			}
		default:
			panic(fmt.Sprintf("neither R(…) nor Mark(…): %T", x))
		}
	}
	if timed {
		b.Times = times
	}
	out := b.Finish()
	out.Marks = marks
	return out
}

func appendValue(b *batch.Builder, v any) {
	switch v := v.(type) {
	case nil:
		b.AppendNull()
	case bool:
		b.AppendBool(v)
	case string:
		b.AppendString(v)
	case []byte:
		b.AppendBytes(v)
	case int:
		appendInt(b, int64(v))
	case int64:
		appendInt(b, v)
	case int32:
		appendInt(b, int64(v))
	case float64:
		if b.Type.Kind == types.Float {
			batch.Append(b, float32(v))
		} else {
			batch.Append(b, v)
		}
	case batch.Decimal:
		batch.Append(b, v)
	default:
		panic(fmt.Sprintf("value of type %T for %s", v, b.Type))
	}
}

func appendInt(b *batch.Builder, v int64) {
	switch b.Type.Kind {
	case types.TinyInt:
		batch.Append(b, int8(v))
	case types.SmallInt:
		batch.Append(b, int16(v))
	case types.Int, types.Date, types.IntervalYM:
		batch.Append(b, int32(v))
	case types.Time:
		if b.Type.Unit() == 3 {
			batch.Append(b, int32(v))
		} else {
			batch.Append(b, v)
		}
	case types.Float:
		batch.Append(b, float32(v))
	case types.Double:
		batch.Append(b, float64(v))
	case types.Object:
		batch.Append(b, uint64(v))
	default:
		batch.Append(b, v)
	}
}

// Format shows one value as Want lists do: numbers and texts bare, timestamps as their ticks.
func Format(c *batch.Column, i int) string {
	if c.IsNull(i) {
		return "NULL"
	}
	switch t := c.Type; t.Kind {
	case types.Boolean:
		return strconv.FormatBool(c.Bool(i))
	case types.TinyInt:
		return fmt.Sprint(batch.Values[int8](c)[i])
	case types.SmallInt:
		return fmt.Sprint(batch.Values[int16](c)[i])
	case types.Int, types.Date, types.IntervalYM:
		return fmt.Sprint(batch.Values[int32](c)[i])
	case types.Time:
		if t.Unit() == 3 {
			return fmt.Sprint(batch.Values[int32](c)[i])
		}
		return fmt.Sprint(batch.Values[int64](c)[i])
	case types.BigInt, types.Timestamp, types.TimestampLTZ, types.IntervalDT:
		return fmt.Sprint(batch.Values[int64](c)[i])
	case types.Float:
		return fmt.Sprint(batch.Values[float32](c)[i])
	case types.Double:
		return fmt.Sprint(batch.Values[float64](c)[i])
	case types.Decimal:
		return batch.Values[batch.Decimal](c)[i].ToString(int32(t.Scale))
	case types.Object:
		return fmt.Sprint(batch.Values[uint64](c)[i])
	case types.Array, types.Map, types.Multiset, types.Row:
		return formatNested(c, i)
	}
	return c.Str(i)
}

func formatNested(c *batch.Column, i int) string {
	var parts []string
	if c.Type.Kind == types.Row {
		for k := range c.NumChildren() {
			parts = append(parts, Format(c.Child(k), i))
		}
		return "(" + strings.Join(parts, ", ") + ")"
	}
	offs := c.Offsets()
	for j := int(offs[i]); j < int(offs[i+1]); j++ {
		s := Format(c.Child(0), j)
		if c.NumChildren() == 2 {
			s += "=" + Format(c.Child(1), j)
		}
		parts = append(parts, s)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// lines shows what a batch says, in order: its rows with the marks between them.
func lines(output int, b *batch.Batch) []string {
	prefix := ""
	if output > 0 {
		prefix = fmt.Sprintf("%d:", output)
	}
	var out []string
	marks := b.Marks
	for row := 0; row <= b.Len(); row++ {
		for len(marks) > 0 && marks[0].Row <= row {
			out = append(out, fmt.Sprintf("%swm %d", prefix, marks[0].Time))
			marks = marks[1:]
		}
		if row == b.Len() {
			break
		}
		cells := make([]string, len(b.Cols))
		for i, c := range b.Cols {
			cells[i] = Format(c, row)
		}
		s := fmt.Sprintf("%s%s(%s)", prefix, b.Kind(row), strings.Join(cells, ", "))
		if t := b.Time(row); t != batch.NoTime {
			s += fmt.Sprintf("@%d", t)
		}
		out = append(out, s)
	}
	return out
}

// lease owns the memory of one input batch and spoils it when the last user has released it, so
// that an operator that keeps a column without Retain is found out.
type lease struct {
	users atomic.Int64
	cols  []*batch.Column
	open  *atomic.Int64 // leases that are out
}

// Retain implements batch.Owner.
func (l *lease) Retain() { l.users.Add(1) }

// Release implements batch.Owner.
func (l *lease) Release() {
	switch n := l.users.Add(-1); {
	case n == 0:
		for _, c := range l.cols {
			spoil(c)
		}
		l.open.Add(-1)
	case n < 0:
		panic("operatortest: a batch was released more often than retained")
	}
}

// leased copies a batch into memory of its own that a lease owns.
func leased(b *batch.Batch, open *atomic.Int64) *batch.Batch {
	if len(b.Cols) == 0 {
		return b
	}
	rows := make([]int32, b.Len())
	for i := range rows {
		rows[i] = int32(i)
	}
	l := &lease{open: open}
	open.Add(1)
	cols := make([]*batch.Column, len(b.Cols))
	for i, c := range b.Cols {
		own := batch.Take(c, rows)
		l.cols = append(l.cols, own)
		cols[i] = batch.FromArrow(own.Type, own.Arrow(), l)
		l.users.Add(1)
	}
	return b.WithColumns(b.Schema, cols)
}

// spoil overwrites the values of a column.
func spoil(c *batch.Column) {
	for i, data := 0, c.Data(); i < len(data); i++ {
		data[i] = '#'
	}
	if k := c.NumChildren(); k > 0 {
		for i := range k {
			spoil(c.Child(i))
		}
		return
	}
	if c.Data() != nil || c.Offsets() != nil || c.Len() == 0 {
		return
	}
	width := 0
	switch c.Type.Kind {
	case types.TinyInt:
		width = 1
	case types.SmallInt:
		width = 2
	case types.Int, types.Date, types.IntervalYM, types.Float:
		width = 4
	case types.BigInt, types.Double, types.Timestamp, types.TimestampLTZ, types.IntervalDT:
		width = 8
	default:
		return
	}
	first := unsafe.Pointer(unsafe.SliceData(batch.Values[int8](c)))
	for i := range unsafe.Slice((*byte)(first), width*c.Len()) {
		*(*byte)(unsafe.Add(first, i)) = 0xA5
	}
}
