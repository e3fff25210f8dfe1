package kernel

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Cast converts v to type to. A text that is no value of the type raises an error that names it,
// or is NULL with try. Numbers out of range wrap (integers), saturate (from floating point) or are
// NULL (DECIMAL), with or without try.
func Cast(ctx *Context, v Vec, n int, to types.Type, try bool) (Vec, error) {
	from := v.Type()
	if v.AllNull() || from.Kind == types.Null {
		return NullVec(to.Nullable(true)), nil
	}
	if v.Const {
		n = 1
	}
	c := &caster{ctx: ctx, v: v, n: n, from: from, to: to, try: try}
	col, err := c.cast()
	if err != nil {
		return Vec{}, err
	}
	return Vec{Col: col, Const: v.Const}, nil
}

type caster struct {
	ctx      *Context
	v        Vec
	n        int
	from, to types.Type
	try      bool
}

// fail is what becomes of a row whose value is none of type to: an error, or nil for NULL.
func (c *caster) fail(text string) error {
	if c.try {
		return nil
	}
	return errs.Dataf("cannot cast '%s' to %s", text, c.to.Nullable(true)).
		Fix("TRY_CAST gives NULL instead")
}

func (c *caster) cast() (*batch.Column, error) {
	from, to := c.from, c.to
	switch {
	case to.IsString():
		if from.IsString() || from.IsBytes() {
			return c.resize(), nil
		}
		return c.toText(), nil
	case from.IsString():
		return c.fromText()
	case from.IsBytes() && to.IsBytes():
		return c.resize(), nil
	case from.IsNumeric() && to.IsNumeric():
		return castNumeric(c.v, c.n, to), nil
	case from.Kind == types.Boolean && to.IsNumeric():
		return castNumeric(c.boolInts(), c.n, to), nil
	case from.IsNumeric() && to.Kind == types.Boolean:
		zero := Vec{Col: castNumeric(ConstVec(zeroInt), 1, from), Const: true}
		return Relabel(Compare(Ne, ColVec(c.v.Col), zero, c.n), to).Column(c.n), nil
	case from.IsTemporal() && to.IsTemporal():
		return c.temporal()
	case from.IsTimestamp() && to.IsNumeric():
		return c.epochSeconds(), nil
	case from.IsInterval() || to.IsInterval():
		return c.interval(), nil
	case from.Kind == to.Kind:
		return c.nested()
	}
	return nil, errs.Internalf("no cast from %s to %s", from, to)
}

var zeroInt = batch.MakeFixed(types.Of(types.Int), []int32{0}, nil)

// boolInts is the BOOLEAN argument as INT 0 and 1.
func (c *caster) boolInts() Vec {
	out := make([]int32, c.n)
	for i := range out {
		out[i] = int32(b2(c.v.Col.Bool(i)))
	}
	return ColVec(batch.MakeFixed(types.Of(types.Int), out, Valid(c.n, ColVec(c.v.Col))))
}

// resize converts between strings and bytes of any lengths: longer values are cut silently, CHAR
// and BINARY padded. Bytes that are no UTF-8 become U+FFFD.
func (c *caster) resize() *batch.Column {
	to := c.to
	limit := to.Precision
	if to.Kind == types.Varchar && limit >= c.from.Precision && c.from.IsString() ||
		to.Kind == types.Varbinary && limit >= c.from.Precision && c.from.IsBytes() {
		return Relabel(ColVec(c.v.Col), to).Column(c.n)
	}
	b := batch.NewBuilder(to, c.n)
	for i := range c.n {
		if c.v.Col.IsNull(i) {
			b.AppendNull()
			continue
		}
		v := c.v.Col.Bytes(i)
		if c.from.IsBytes() && to.IsString() && !IsText(v) {
			v = AppendUTF8(nil, v)
		}
		b.AppendBytes(fitLength(v, to))
	}
	return b.Finish()
}

// fitLength cuts and pads a value to its type.
func fitLength(v []byte, to types.Type) []byte {
	if to.IsBytes() {
		v = v[:min(len(v), to.Precision)]
		if to.Kind == types.Binary {
			v = append(v[:len(v):len(v)], make([]byte, to.Precision-len(v))...)
		}
		return v
	}
	n := 0
	for i := range len(v) {
		if v[i]&0xc0 != 0x80 { // the first byte of a code point
			if n == to.Precision {
				return v[:i]
			}
			n++
		}
	}
	if to.Kind == types.Char {
		v = v[:len(v):len(v)]
		for ; n < to.Precision; n++ {
			v = append(v, ' ')
		}
	}
	return v
}

func (c *caster) toText() *batch.Column {
	b := batch.NewBuilder(c.to, c.n)
	var buf []byte
	fixed := c.to.Precision != types.MaxLen
	zone := c.ctx.zone()
	for i := range c.n {
		if c.v.Col.IsNull(i) {
			b.AppendNull()
			continue
		}
		buf = AppendText(buf[:0], c.v.Col, i, zone)
		if fixed {
			buf = fitLength(buf, c.to)
		}
		b.AppendBytes(buf)
	}
	return b.Finish()
}

// parsed makes a column of the values that parse gives for the texts; ok false is a failure.
func parsed[T batch.Fixed](c *caster, parse func(s string) (T, bool)) (*batch.Column, error) {
	out := make([]T, c.n)
	valid := Valid(c.n, ColVec(c.v.Col))
	for i := range out {
		if valid != nil && !batch.Bit(valid, i) {
			continue
		}
		v, ok := parse(c.v.Col.Str(i))
		if !ok {
			if err := c.fail(c.v.Col.Str(i)); err != nil {
				return nil, err
			}
			if valid == nil {
				valid = batch.NewValid(c.n)
			}
			batch.ClearBit(valid, i)
		}
		out[i] = v
	}
	return batch.MakeFixed(c.to, out, valid), nil
}

func (c *caster) fromText() (*batch.Column, error) {
	p, s := c.to.Precision, c.to.Scale
	switch c.to.Kind {
	case types.Boolean:
		return c.textToBool()
	case types.TinyInt:
		return parsed(c, func(s string) (int8, bool) { v, ok := ParseInt(s, 8); return int8(v), ok })
	case types.SmallInt:
		return parsed(c, func(s string) (int16, bool) {
			v, ok := ParseInt(s, 16)
			return int16(v), ok
		})
	case types.Int:
		return parsed(c, func(s string) (int32, bool) {
			v, ok := ParseInt(s, 32)
			return int32(v), ok
		})
	case types.BigInt:
		return parsed(c, func(s string) (int64, bool) { return ParseInt(s, 64) })
	case types.Float:
		return parsed(c, func(s string) (float32, bool) {
			v, ok := ParseFloat(s, 32)
			return float32(v), ok
		})
	case types.Double:
		return parsed(c, func(s string) (float64, bool) { return ParseFloat(s, 64) })
	case types.Decimal:
		return parsed(c, func(t string) (batch.Decimal, bool) { return castDecimal(t, p, s) })
	case types.Date:
		return parsed(c, func(s string) (int32, bool) { v, ok := ParseDate(s); return int32(v), ok })
	case types.Time:
		return c.textToTime()
	case types.Timestamp, types.TimestampLTZ:
		return parsed(c, c.parseTimestamp())
	case types.Binary, types.Varbinary:
		return c.resize(), nil
	case types.IntervalYM:
		return parsed(c, func(s string) (int32, bool) { v, ok := ParseMonths(s); return int32(v), ok })
	case types.IntervalDT:
		return parsed(c, ParseInterval)
	}
	return nil, errs.Userf("cannot cast a string to %s", c.to)
}

func (c *caster) textToBool() (*batch.Column, error) {
	b := batch.NewBuilder(c.to, c.n)
	for i := range c.n {
		if c.v.Col.IsNull(i) {
			b.AppendNull()
			continue
		}
		v, ok := ParseBool(c.v.Col.Str(i))
		if !ok {
			if err := c.fail(c.v.Col.Str(i)); err != nil {
				return nil, err
			}
			b.AppendNull()
			continue
		}
		b.AppendBool(v)
	}
	return b.Finish(), nil
}

func (c *caster) textToTime() (*batch.Column, error) {
	unit, precision := c.to.Unit(), c.to.Precision
	read := func(s string) (int64, bool) {
		ns, ok := ParseTime(s)
		return cutPrecision(ConvertUnit(ns, 9, unit), unit, precision), ok
	}
	if unit == 3 {
		return parsed(c, func(s string) (int32, bool) { v, ok := read(s); return int32(v), ok })
	}
	return parsed(c, read)
}

func (c *caster) parseTimestamp() func(string) (int64, bool) {
	unit, precision := c.to.Unit(), c.to.Precision
	zone := c.ctx.zone()
	return func(s string) (int64, bool) {
		civil, ok := ParseTimestamp(s)
		if !ok {
			return 0, false
		}
		ticks, ok := civil.Ticks(unit)
		ticks = cutPrecision(ticks, unit, precision)
		if c.to.Kind == types.TimestampLTZ {
			ticks = zone.ToInstant(ticks, unit)
		}
		return ticks, ok
	}
}

// nested converts ARRAY, MAP, MULTISET and ROW part by part.
func (c *caster) nested() (*batch.Column, error) {
	col := c.v.Col
	sub := func(k int, to types.Type) (*batch.Column, error) {
		kid := col.Child(k)
		v, err := Cast(c.ctx, ColVec(kid), kid.Len(), to, c.try)
		if err != nil {
			return nil, err
		}
		return v.Column(kid.Len()), nil
	}
	var want []types.Type
	switch c.to.Kind {
	case types.Row:
		for _, f := range c.to.Fields {
			want = append(want, f.Type)
		}
	case types.Map:
		want = []types.Type{*c.to.Key, *c.to.Elem}
	case types.Multiset:
		want = []types.Type{*c.to.Elem, types.Of(types.Int).Nullable(false)}
	case types.Array:
		want = []types.Type{*c.to.Elem}
	default:
		return Relabel(ColVec(col), c.to).Column(c.n), nil
	}
	kids := make([]*batch.Column, len(want))
	for k, t := range want {
		var err error
		if kids[k], err = sub(k, t); err != nil {
			return nil, err
		}
	}
	valid := Valid(c.n, ColVec(col))
	if c.to.Kind == types.Row {
		return batch.MakeRow(c.to, c.n, kids, valid), nil
	}
	return batch.MakeNested(c.to, col.Offsets(), kids, valid), nil
}
