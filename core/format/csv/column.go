package csv

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

func newColumn(t types.Type) column {
	var c column
	switch t.Kind {
	case types.TinyInt:
		c = &ints[int8]{fixed: fixed[int8]{t: t}}
	case types.SmallInt:
		c = &ints[int16]{fixed: fixed[int16]{t: t}}
	case types.Int:
		c = &ints[int32]{fixed: fixed[int32]{t: t}}
	case types.BigInt, types.IntervalDT:
		c = &ints[int64]{fixed: fixed[int64]{t: t}}
	case types.IntervalYM:
		c = &ints[int32]{fixed: fixed[int32]{t: t}}
	case types.Float:
		c = &floats[float32]{fixed[float32]{t: t}}
	case types.Double:
		c = &floats[float64]{fixed[float64]{t: t}}
	case types.Char, types.Varchar:
		c = &texts{t: t}
	case types.Decimal:
		c = &decimals{fixed[batch.Decimal]{t: t}}
	case types.Date:
		c = &parsed[int32]{fixed[int32]{t: t}, func(b []byte) (int32, bool) {
			v, ok := format.ParseDate(b)
			if !ok {
				v, ok = looseDate(b)
			}
			return int32(v), ok
		}}
	case types.Time:
		c = timeColumn(t)
	case types.Timestamp, types.TimestampLTZ:
		unit, zone := t.Unit(), t.Kind == types.TimestampLTZ
		c = &parsed[int64]{fixed[int64]{t: t}, func(b []byte) (int64, bool) {
			return format.TimeStandard{}.Parse(b, unit, zone)
		}}
	default:
		c = &built{b: batch.NewBuilder(t, 0)}
	}
	return &described{c, t}
}

// looseDate reads a date as Java's java.sql.Date does, which Flink asks: month and day may have one
// digit, and a day that the month does not have is one of the next month.
func looseDate(b []byte) (int64, bool) {
	parts := bytes.Split(b, []byte{'-'})
	if len(parts) != 3 || len(parts[0]) != 4 || len(parts[1]) > 2 || len(parts[2]) > 2 {
		return 0, false
	}
	var v [3]int64
	for i, p := range parts {
		n, ok := format.ParseInt(p)
		if !ok || p[0] == '+' {
			return 0, false
		}
		v[i] = n
	}
	if v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > 31 {
		return 0, false
	}
	return kernel.Days(int(v[0]), int(v[1]), 1) + v[2] - 1, true
}

func timeColumn(t types.Type) column {
	unit := t.Unit()
	if unit == 3 {
		return &parsed[int32]{fixed[int32]{t: t}, func(b []byte) (int32, bool) {
			v, ok := format.ParseTime(b, unit)
			return int32(v), ok
		}}
	}
	return &parsed[int64]{fixed[int64]{t: t}, func(b []byte) (int64, bool) {
		return format.ParseTime(b, unit)
	}}
}

// described completes the error of a bad field with the type that was wanted.
type described struct {
	column
	t types.Type
}

func (d *described) parse(b *block, field int, f *fields) error {
	err := d.column.parse(b, field, f)
	var bad *format.RecordError
	if errors.As(err, &bad) && bad.Reason == "" {
		bad.Reason = "cannot be read as " + d.t.Nullable(true).String()
	}
	return err
}

// fixed holds the values of a fixed-width column.
type fixed[T batch.Fixed] struct {
	t      types.Type
	values []T
	nulls
}

func (c *fixed[T]) put(v T) {
	c.values = append(c.values, v)
	c.n++
}

func (c *fixed[T]) putNull() {
	c.nulls.null()
	var zero T
	c.put(zero)
}

func (c *fixed[T]) finish() *batch.Column {
	col := batch.MakeFixed(c.t, c.values, c.bitmap())
	c.values = batch.Uninit[T](len(c.values))[:0]
	c.clear()
	return col
}

// grow makes room for n values.
func (c *fixed[T]) grow(n int) {
	if cap(c.values)-len(c.values) < n {
		c.values = append(batch.Uninit[T](len(c.values) + n)[:0], c.values...)
	}
}

type ints[T int8 | int16 | int32 | int64] struct{ fixed[T] }

func (c *ints[T]) parse(b *block, field int, f *fields) error {
	c.grow(b.rows)
	base := len(c.values)
	c.values = c.values[:base+b.rows]
	out := c.values[base:]
	c.n += b.rows
	for r, at := 0, field; r < b.rows; r, at = r+1, at+f.stride {
		from, end := b.ends[at], b.ends[at+1]
		if end&(quotedField|absentField) == 0 {
			start := (from + 1) & offsetMask
			if v, ok := format.IntAt(b.data, int(start), int(end)); ok && int64(T(v)) == v {
				if !f.hasNull || !bytes.Equal(b.data[start:end], f.null) {
					out[r] = T(v)
					continue
				}
			}
		}
		v, ok, err := c.slow(b, r, field, f)
		if err != nil {
			return err
		}
		if out[r] = v; !ok {
			c.rows = append(c.rows, base+r)
		}
	}
	return nil
}

// slow parses the field of one record with everything that is allowed; ok false is null.
func (c *ints[T]) slow(b *block, row, field int, f *fields) (v T, ok bool, err error) {
	one := block{data: b.data, ends: b.ends[row*f.stride : (row+1)*f.stride], rows: 1}
	err = f.each(&one, field, func() {}, func(text []byte) bool {
		n, number := format.ParseInt(format.Trim(text))
		ok = number && int64(T(n)) == n
		v = T(n)
		return ok
	})
	if !ok {
		v = 0
	}
	return v, ok, err
}

type floats[T float32 | float64] struct{ fixed[T] }

func (c *floats[T]) parse(b *block, field int, f *fields) error {
	c.grow(b.rows)
	size := 64
	if c.t.Kind == types.Float {
		size = 32
	}
	return f.each(b, field, c.putNull, func(text []byte) bool {
		v, ok := format.ParseFloat(format.Trim(text), size)
		if ok {
			c.put(T(v))
		}
		return ok
	})
}

// parsed is a column whose values a function reads.
type parsed[T batch.Fixed] struct {
	fixed[T]
	read func(text []byte) (T, bool)
}

func (c *parsed[T]) parse(b *block, field int, f *fields) error {
	c.grow(b.rows)
	return f.each(b, field, c.putNull, func(text []byte) bool {
		v, ok := c.read(text)
		if ok {
			c.put(v)
		}
		return ok
	})
}

// decimals is a DECIMAL column. A number that is too large for the type is null.
type decimals struct{ fixed[batch.Decimal] }

func (c *decimals) parse(b *block, field int, f *fields) error {
	c.grow(b.rows)
	return f.each(b, field, c.putNull, func(text []byte) bool {
		text = format.Trim(text)
		v, ok := kernel.ParseDecimal(format.Text(text), c.t.Precision, c.t.Scale)
		if ok {
			c.put(v)
			return true
		}
		if _, ok = kernel.ParseFloat(format.Text(text), 64); ok {
			c.putNull()
		}
		return ok
	})
}

// texts is a string column.
type texts struct {
	t    types.Type
	offs []int32
	data []byte
	nulls
}

func (c *texts) parse(b *block, field int, f *fields) error {
	if c.offs == nil {
		c.offs = append(batch.Uninit[int32](b.rows + 1)[:0], 0)
	}
	base := c.n
	c.n += b.rows
	offs := slices.Grow(c.offs, b.rows)[:len(c.offs)+b.rows]
	data := c.room(b, field, f.stride)
	for r, at := 0, field; r < b.rows; r, at = r+1, at+f.stride {
		from, end := b.ends[at], b.ends[at+1]
		text := []byte(nil)
		switch {
		case end&(absentField|quotedField) == 0:
			text = b.data[(from+1)&offsetMask : end]
		case end&quotedField != 0 && end&absentField == 0:
			f.scratch = b.text(from, end, &f.dialect, f.scratch)
			text = f.scratch
		}
		bad := f.check && !kernel.IsText(text)
		if bad && !f.lenient {
			err := f.bad(b, r, text)
			err.Reason = "is not UTF-8"
			return err
		}
		if bad || end&absentField != 0 || f.hasNull && bytes.Equal(text, f.null) {
			c.rows = append(c.rows, base+r)
		} else {
			data = append(data, text...)
		}
		offs[base+r+1] = int32(len(data))
	}
	c.offs, c.data = offs, data
	return nil
}

// room is the column's data with room for the fields of a block, so that it grows once.
func (c *texts) room(b *block, field, stride int) []byte {
	size := 0
	for r, at := 0, field; r < b.rows; r, at = r+1, at+stride {
		size += int(b.ends[at+1]&offsetMask) - int((b.ends[at]+1)&offsetMask)
	}
	return slices.Grow(c.data, max(size, 0))
}

func (c *texts) finish() *batch.Column {
	if c.offs == nil {
		c.offs = []int32{0}
	}
	col := batch.MakeBytes(c.t, c.offs, c.data, c.bitmap())
	c.offs = append(batch.Uninit[int32](len(c.offs))[:0], 0)
	c.data = batch.Uninit[byte](len(c.data))[:0]
	c.clear()
	return col
}

// built is a column of a rarer type, made by a builder.
type built struct{ b *batch.Builder }

func (c *built) parse(b *block, field int, f *fields) error {
	return f.each(b, field, c.b.AppendNull, func(text []byte) bool {
		return f.append(c.b, text)
	})
}

func (c *built) finish() *batch.Column { return c.b.Finish() }

// append reads text into a builder; when it is bad nothing is appended.
func (f *fields) append(b *batch.Builder, text []byte) bool {
	switch b.Type.Kind {
	case types.Boolean:
		b.AppendBool(bytes.EqualFold(format.Trim(text), []byte("true")))
	case types.Binary, types.Varbinary, types.Raw:
		out, err := base64.StdEncoding.AppendDecode(nil, text)
		if err != nil {
			return false
		}
		b.AppendBytes(out)
	case types.Array:
		return f.appendArray(b, text)
	case types.Row:
		return f.appendRow(b, text)
	case types.Null:
		b.AppendNull()
	default:
		return false
	}
	return true
}

func (f *fields) appendArray(b *batch.Builder, text []byte) bool {
	elem := newColumn(*b.Type.Elem)
	n, err := f.elements(elem, text)
	if err != nil {
		return false
	}
	col := elem.finish()
	for i := range n {
		b.Child(0).AppendFrom(col, i)
	}
	b.CloseList()
	return true
}

// elements parses the parts of a nested value as the records of a block of one field.
func (f *fields) elements(c column, text []byte) (int, error) {
	parts := f.split(text)
	inner := fields{dialect: f.dialect, stride: 2, name: f.name, check: f.check}
	for _, p := range parts {
		b := block{data: p, ends: []uint32{offsetMask, uint32(len(p))}, rows: 1}
		if err := c.parse(&b, 0, &inner); err != nil {
			return 0, err
		}
	}
	return len(parts), nil
}

func (f *fields) split(text []byte) [][]byte {
	if len(text) == 0 {
		return nil
	}
	return bytes.Split(text, []byte(f.element))
}

func (f *fields) appendRow(b *batch.Builder, text []byte) bool {
	parts := f.split(text)
	if len(parts) > len(b.Type.Fields) || len(parts) < len(b.Type.Fields) && !f.lenient {
		return false
	}
	cols := make([]*batch.Column, len(b.Type.Fields))
	for i, field := range b.Type.Fields {
		c := newColumn(field.Type)
		end := uint32(absentField)
		var part []byte
		if i < len(parts) {
			part, end = parts[i], uint32(len(parts[i]))
		}
		one := block{data: part, ends: []uint32{offsetMask, end}, rows: 1}
		if err := c.parse(&one, 0, &fields{dialect: f.dialect, stride: 2, check: f.check}); err != nil {
			return false
		}
		cols[i] = c.finish()
	}
	for i, c := range cols {
		b.Child(i).AppendFrom(c, 0)
	}
	b.AppendRow()
	return true
}
