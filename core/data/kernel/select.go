package kernel

import (
	"math"
	"math/bits"

	"github.com/apache/arrow/go/v16/arrow/decimal128"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Range is the values of one type between two bounds that both belong to it: what a comparison with
// a constant asks for. It picks rows without branches and without a BOOLEAN column in between.
type Range struct {
	t    types.Type
	none bool // nothing is in it
	but  bool // all values but one; And cannot narrow it

	lo    int64 // of integers: those whose distance from lo is at most width, modulo 2^64
	width uint64

	least, most float64 // of floats; but: all others, NaN too

	dlo, dwidth u128 // of decimals, like lo and width modulo 2^128
}

// RangeOf is the values x of type t for which x op c holds; c is not null and of t's kind. ok is
// false for types that have no ranges, and where the range is not exact.
func RangeOf(op CmpOp, c *batch.Column, t types.Type) (r Range, ok bool) {
	r = Range{t: t, but: op == Ne}
	switch t.Kind {
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt, types.Date, types.IntervalYM,
		types.IntervalDT, types.Timestamp, types.TimestampLTZ:
		r.integers(op, IntAt(c, 0))
	case types.Float:
		r.floats(op, float64(batch.Values[float32](c)[0]))
	case types.Double:
		r.floats(op, batch.Values[float64](c)[0])
	case types.Decimal:
		if t.Scale < c.Type.Scale {
			return r, false
		}
		neg, u := split(batch.Values[batch.Decimal](c)[0])
		if u, ok = u.scaleUp(t.Scale - c.Type.Scale); !ok {
			return r, false
		}
		r.decimals(op, join(neg, u))
	default:
		return r, false
	}
	return r, true
}

func (r *Range) integers(op CmpOp, c int64) {
	lo, hi := int64(math.MinInt64), int64(math.MaxInt64)
	switch op {
	case Eq:
		lo, hi = c, c
	case Ne: // from behind c round to before it
		lo, hi = c+1, c-1
	case Lt:
		r.none, hi = c == lo, c-1
	case Le:
		hi = c
	case Gt:
		r.none, lo = c == hi, c+1
	case Ge:
		lo = c
	}
	r.lo, r.width = lo, uint64(hi)-uint64(lo)
}

func (r *Range) floats(op CmpOp, c float64) {
	r.least, r.most = math.Inf(-1), math.Inf(1)
	switch op {
	case Eq, Ne:
		r.least, r.most = c, c
	case Lt:
		r.none, r.most = math.IsInf(c, -1), math.Nextafter(c, math.Inf(-1))
	case Le:
		r.most = c
	case Gt:
		r.none, r.least = math.IsInf(c, 1), math.Nextafter(c, math.Inf(1))
	case Ge:
		r.least = c
	}
}

func (r *Range) decimals(op CmpOp, c batch.Decimal) {
	one := u128{0, 1}
	at := u128{uint64(c.HighBits()), c.LowBits()}
	lo, hi := u128{1 << 63, 0}, u128{1<<63 - 1, math.MaxUint64}
	switch op {
	case Eq:
		lo, hi = at, at
	case Ne:
		lo, hi = at.plus(one), at.minus(one)
	case Lt: // no DECIMAL is as low as lo, or as high as hi
		hi = at.minus(one)
	case Le:
		hi = at
	case Gt:
		lo = at.plus(one)
	case Ge:
		lo = at
	}
	r.dlo, r.dwidth = lo, hi.minus(lo)
}

func (u u128) plus(v u128) u128 {
	lo, c := bits.Add64(u.lo, v.lo, 0)
	hi, _ := bits.Add64(u.hi, v.hi, c)
	return u128{hi, lo}
}

func (u u128) minus(v u128) u128 {
	lo, b := bits.Sub64(u.lo, v.lo, 0)
	hi, _ := bits.Sub64(u.hi, v.hi, b)
	return u128{hi, lo}
}

// And is what is in both ranges, which are of one type; ok is false where that is no range.
func (r Range) And(o Range) (both Range, ok bool) {
	switch {
	case r.none || o.none:
		r.none = true
		return r, true
	case r.but || o.but:
		return r, false
	}
	switch r.t.Kind {
	case types.Float, types.Double:
		r.least, r.most = max(r.least, o.least), min(r.most, o.most)
		return r, true
	case types.Decimal:
		lo, hi, other := latter(r.dlo, o.dlo), r.dlo.plus(r.dwidth), o.dlo.plus(o.dwidth)
		if latter(hi, other) == hi {
			hi = other
		}
		r.none = lo != hi && latter(lo, hi) == lo
		r.dlo, r.dwidth = lo, hi.minus(lo)
		return r, true
	}
	lo := max(r.lo, o.lo)
	hi := min(r.lo+int64(r.width), o.lo+int64(o.width))
	r.none = hi < lo
	r.lo, r.width = lo, uint64(hi)-uint64(lo)
	return r, true
}

// Applies says whether columns of type t can be asked for the range.
func (r *Range) Applies(t types.Type) bool { return t.Kind == r.t.Kind && t.Scale == r.t.Scale }

// latter is the greater one of two signed numbers.
func latter(a, b u128) u128 {
	if decimal128.New(int64(a.hi), a.lo).Less(decimal128.New(int64(b.hi), b.lo)) {
		return b
	}
	return a
}

// Select appends the rows of v, which is of the range's type, whose value is in the range.
func (r *Range) Select(v *batch.Column, rows []int32) []int32 {
	n, k := v.Len(), len(rows)
	if r.none || n == 0 {
		return rows
	}
	if cap(rows)-k < n {
		rows = append(make([]int32, 0, k+n), rows...)
	}
	out := rows[k : k+n]
	switch v.Type.Kind {
	case types.TinyInt:
		n = selectInts(batch.Values[int8](v), r.lo, r.width, out)
	case types.SmallInt:
		n = selectInts(batch.Values[int16](v), r.lo, r.width, out)
	case types.Int, types.Date, types.IntervalYM:
		n = selectInts(batch.Values[int32](v), r.lo, r.width, out)
	case types.Float:
		n = selectFloats(batch.Values[float32](v), r.least, r.most, b2(r.but), out)
	case types.Double:
		n = selectFloats(batch.Values[float64](v), r.least, r.most, b2(r.but), out)
	case types.Decimal:
		n = selectDecimals(batch.Values[batch.Decimal](v), r.dlo, r.dwidth, out)
	default:
		n = selectInts(batch.Values[int64](v), r.lo, r.width, out)
	}
	return rows[:k+notNull(v, out[:n])]
}

// Refine keeps, in place, those of the rows whose value is in the range.
func (r *Range) Refine(v *batch.Column, rows []int32) []int32 {
	if r.none || len(rows) == 0 {
		return rows[:0]
	}
	n := 0
	switch v.Type.Kind {
	case types.TinyInt:
		n = refineInts(batch.Values[int8](v), r.lo, r.width, rows)
	case types.SmallInt:
		n = refineInts(batch.Values[int16](v), r.lo, r.width, rows)
	case types.Int, types.Date, types.IntervalYM:
		n = refineInts(batch.Values[int32](v), r.lo, r.width, rows)
	case types.Float:
		n = refineFloats(batch.Values[float32](v), r.least, r.most, b2(r.but), rows)
	case types.Double:
		n = refineFloats(batch.Values[float64](v), r.least, r.most, b2(r.but), rows)
	case types.Decimal:
		n = refineDecimals(batch.Values[batch.Decimal](v), r.dlo, r.dwidth, rows)
	default:
		n = refineInts(batch.Values[int64](v), r.lo, r.width, rows)
	}
	return rows[:notNull(v, rows[:n])]
}

// RefineTrue keeps, in place, those of the rows where v is TRUE.
func RefineTrue(v Vec, rows []int32) []int32 {
	switch {
	case v.Col.Type.Kind == types.Null || v.AllNull() || v.Const && !v.Col.Bool(0):
		return rows[:0]
	case v.Const:
		return rows
	}
	set, off := v.Col.Bits()
	n := refineBits(set, off, rows)
	return rows[:notNull(v.Col, rows[:n])]
}

// notNull moves the rows that are not null to the front and counts them.
func notNull(v *batch.Column, rows []int32) int {
	if v.NullCount() == 0 {
		return len(rows)
	}
	set, off := v.Validity()
	return refineBits(set, off, rows)
}

func refineBits(set []byte, off int, rows []int32) int {
	k := 0
	for _, r := range rows {
		rows[k] = r
		at := off + int(r)
		k += int(set[at>>3] >> (at & 7) & 1)
	}
	return k
}

// n2 is 1 for true.
func n2(b bool) int {
	var x int
	if b {
		x = 1
	}
	return x
}

type integer interface{ int8 | int16 | int32 | int64 }

func selectInts[T integer](v []T, lo int64, width uint64, out []int32) int {
	k := 0
	for i, x := range v {
		out[k] = int32(i)
		k += n2(uint64(int64(x)-lo) <= width)
	}
	return k
}

func refineInts[T integer](v []T, lo int64, width uint64, rows []int32) int {
	k := 0
	for _, r := range rows {
		rows[k] = r
		k += n2(uint64(int64(v[r])-lo) <= width)
	}
	return k
}

func selectFloats[T float32 | float64](v []T, least, most float64, but byte, out []int32) int {
	k := 0
	for i, x := range v {
		out[k] = int32(i)
		k += int(b2(float64(x) >= least)&b2(float64(x) <= most) ^ but)
	}
	return k
}

func refineFloats[T float32 | float64](v []T, least, most float64, but byte, rows []int32) int {
	k := 0
	for _, r := range rows {
		rows[k] = r
		x := float64(v[r])
		k += int(b2(x >= least)&b2(x <= most) ^ but)
	}
	return k
}

// within is 1 where x, counted from lo, is at most width.
func within(x batch.Decimal, lo, width u128) int {
	low, b := bits.Sub64(x.LowBits(), lo.lo, 0)
	high, _ := bits.Sub64(uint64(x.HighBits()), lo.hi, b)
	_, b = bits.Sub64(width.lo, low, 0)
	_, b = bits.Sub64(width.hi, high, b)
	return int(1 - b)
}

func selectDecimals(v []batch.Decimal, lo, width u128, out []int32) int {
	k := 0
	for i, x := range v {
		out[k] = int32(i)
		k += within(x, lo, width)
	}
	return k
}

func refineDecimals(v []batch.Decimal, lo, width u128, rows []int32) int {
	k := 0
	for _, r := range rows {
		rows[k] = r
		k += within(v[r], lo, width)
	}
	return k
}
