// Package kernel computes over columns: comparison, arithmetic, casts, strings, times, JSON. One
// family a file. A kernel takes vectors and gives a new column; it never changes its arguments.
// Null in, null out, where a kernel does not say otherwise. Loops run over typed slices; what
// stands at null rows is arbitrary but never makes a kernel fail.
package kernel

import (
	"unsafe"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Vec is the argument of a kernel: a column, or (Const) one value that stands for every row.
type Vec struct {
	Col   *batch.Column // one row when Const
	Const bool
}

// ColVec makes a vector of a column.
func ColVec(c *batch.Column) Vec { return Vec{Col: c} }

// ConstVec makes a vector that repeats the only row of c.
func ConstVec(c *batch.Column) Vec { return Vec{Col: c, Const: true} }

// NullVec is NULL of type t in every row.
func NullVec(t types.Type) Vec { return ConstVec(batch.MakeNull(t, 1)) }

// Type is the type of the values.
func (v Vec) Type() types.Type { return v.Col.Type }

// At is the row of Col that holds the value of row i.
func (v Vec) At(i int) int {
	if v.Const {
		return 0
	}
	return i
}

// IsNull says whether row i is null.
func (v Vec) IsNull(i int) bool { return v.Col.NullCount() > 0 && v.Col.IsNull(v.At(i)) }

// AllNull says whether v is the constant NULL.
func (v Vec) AllNull() bool { return v.Const && v.Col.IsNull(0) }

// HasNulls says whether any row is null.
func (v Vec) HasNulls() bool { return v.Col.NullCount() > 0 }

// Column spreads the vector over n rows; the caller owns a reference.
func (v Vec) Column(n int) *batch.Column {
	if !v.Const {
		v.Col.Retain()
		return v.Col
	}
	if n == 1 {
		v.Col.Retain()
		return v.Col
	}
	return batch.Take(v.Col, make([]int32, n))
}

// mask is anded to row numbers: all ones for a column, zero for a constant.
func (v Vec) mask() int {
	if v.Const {
		return 0
	}
	return -1
}

// Nums reads a fixed-width vector; row i is V[i&Mask].
type Nums[T batch.Fixed] struct {
	V    []T
	Mask int
}

// NumsOf makes a reader; T must be the physical type of v.
func NumsOf[T batch.Fixed](v Vec) Nums[T] { return Nums[T]{batch.Values[T](v.Col), v.mask()} }

// At is the value of row i.
func (x Nums[T]) At(i int) T { return x.V[i&x.Mask] }

// Strs reads a string or bytes vector.
type Strs struct {
	Offs []int32
	Data []byte
	Mask int
}

// StrsOf makes a reader of a string or bytes vector.
func StrsOf(v Vec) Strs { return Strs{v.Col.Offsets(), v.Col.Data(), v.mask()} }

// At is the text of row i, valid as long as the column.
func (x Strs) At(i int) string {
	i &= x.Mask
	b := x.Data[x.Offs[i]:x.Offs[i+1]]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// Bytes is row i as bytes, valid as long as the column.
func (x Strs) Bytes(i int) []byte {
	i &= x.Mask
	return x.Data[x.Offs[i]:x.Offs[i+1]]
}

// Valid returns the bitmap (from bit 0) of the rows where no vector is null, nil when there is no
// null at all. The bitmap is the caller's own.
func Valid(n int, vecs ...Vec) []byte {
	var out []byte
	for _, v := range vecs {
		if !v.HasNulls() {
			continue
		}
		if v.Const || v.Col.Type.Kind == types.Null {
			return make([]byte, (n+7)/8)
		}
		bits, off := v.Col.Validity()
		if out == nil {
			out = copyBits(bits, off, n)
		} else {
			andBits(out, bits, off, n)
		}
	}
	return out
}

// copyBits copies n bits from bit off on.
func copyBits(bits []byte, off, n int) []byte {
	out := make([]byte, (n+7)/8)
	if off&7 == 0 {
		copy(out, bits[off>>3:])
		if n&7 != 0 {
			out[len(out)-1] &= 1<<(n&7) - 1
		}
		return out
	}
	forBytes(bits, off, n, func(i int, b byte) { out[i] = b })
	return out
}

func andBits(dst, bits []byte, off, n int) {
	forBytes(bits, off, n, func(i int, b byte) { dst[i] &= b })
}

// forBytes calls f with each byte of n bits from bit off on; bits past the end are zero.
func forBytes(bits []byte, off, n int, f func(i int, b byte)) {
	first, shift := off>>3, uint(off&7)
	last := (n + 7) / 8
	for i := 0; i < last; i++ {
		b := bits[first+i] >> shift
		if shift > 0 && first+i+1 < len(bits) {
			b |= bits[first+i+1] << (8 - shift)
		}
		if i == last-1 && n&7 != 0 {
			b &= 1<<(n&7) - 1
		}
		f(i, b)
	}
}

// BoolBits returns the values of a BOOLEAN vector as n bits from bit 0, the bits of null rows
// cleared, with the validity (nil: none is null).
func BoolBits(v Vec, n int) (values, valid []byte) {
	if v.Const {
		values = make([]byte, (n+7)/8)
		switch {
		case v.AllNull():
			return values, make([]byte, (n+7)/8)
		case v.Col.Bool(0):
			fillBits(values, n)
		}
		return values, nil
	}
	if v.Col.Type.Kind == types.Null {
		return make([]byte, (n+7)/8), make([]byte, (n+7)/8)
	}
	bits, off := v.Col.Bits()
	values = copyBits(bits, off, n)
	if valid = Valid(n, v); valid != nil {
		for i := range values {
			values[i] &= valid[i]
		}
	}
	return values, valid
}

// fillBits sets the first n bits.
func fillBits(bits []byte, n int) {
	for i := range bits {
		bits[i] = 0xff
	}
	if n&7 != 0 {
		bits[len(bits)-1] = 1<<(n&7) - 1
	}
}

// Part is the values of some rows of a merged column.
type Part struct {
	Vec  Vec     // row k of Vec (or its constant) goes to row Rows[k]
	Rows []int32 // ascending
}

// Merge makes a column of n rows of type t from parts whose rows together are all rows; rows of
// no part are null. Types of the parts must have t's representation.
func Merge(t types.Type, n int, parts []Part) *batch.Column {
	if len(parts) == 1 && len(parts[0].Rows) == n && !parts[0].Vec.Const {
		return parts[0].Vec.Col.WithType(t)
	}
	if c := mergeFixed(t, n, parts); c != nil {
		return c
	}
	from := make([]int32, n)
	for i := range from {
		from[i] = -1
	}
	for p, part := range parts {
		for _, r := range part.Rows {
			from[r] = int32(p)
		}
	}
	next := make([]int, len(parts))
	b := batch.NewBuilder(t, n)
	for i := range n {
		p := from[i]
		if p < 0 {
			b.AppendNull()
			continue
		}
		v := parts[p].Vec
		b.AppendFrom(v.Col, v.At(next[p]))
		next[p]++
	}
	return b.Finish()
}

// mergeFixed is Merge for fixed-width types, nil for others.
func mergeFixed(t types.Type, n int, parts []Part) *batch.Column {
	switch t.Kind {
	case types.Int, types.Date, types.IntervalYM:
		return scatter[int32](t, n, parts)
	case types.BigInt, types.Timestamp, types.TimestampLTZ, types.IntervalDT:
		return scatter[int64](t, n, parts)
	case types.Float:
		return scatter[float32](t, n, parts)
	case types.Double:
		return scatter[float64](t, n, parts)
	case types.Decimal:
		return scatter[batch.Decimal](t, n, parts)
	}
	return nil
}

func scatter[T batch.Fixed](t types.Type, n int, parts []Part) *batch.Column {
	out := make([]T, n)
	valid := make([]byte, (n+7)/8)
	for _, p := range parts {
		if p.Vec.Col.Type.Kind == types.Null {
			continue
		}
		x, nulls := NumsOf[T](p.Vec), p.Vec.HasNulls()
		for k, r := range p.Rows {
			if !nulls || !p.Vec.IsNull(k) {
				out[r] = x.At(k)
				batch.SetBit(valid, int(r))
			}
		}
	}
	return batch.MakeFixed(t, out, valid)
}

// Relabel gives the vector another type of equal representation; like v it is borrowed.
func Relabel(v Vec, t types.Type) Vec {
	if v.Col.Type.Equal(t) {
		return v
	}
	if v.Col.Type.Kind == types.Null && t.Kind != types.Null {
		return NullVec(t.Nullable(true))
	}
	c := v.Col.WithType(t)
	c.Release() // WithType retained; the vector only borrows
	return Vec{Col: c, Const: v.Const}
}

// RowField takes field i of a ROW, of type t; null where the row is.
func RowField(v Vec, i, n int, t types.Type) Vec {
	kid := v.Col.Child(i)
	if v.HasNulls() {
		if v.Const {
			n = 1
		}
		rows := make([]int32, n)
		for r := range rows {
			rows[r] = int32(r)
			if v.Col.IsNull(r) {
				rows[r] = -1
			}
		}
		kid = batch.Take(kid, rows)
	}
	return Relabel(Vec{Col: kid, Const: v.Const}, t)
}

// IntAt is row i of an integer column of any width.
func IntAt(c *batch.Column, i int) int64 {
	switch c.Type.Kind {
	case types.TinyInt:
		return int64(batch.Values[int8](c)[i])
	case types.SmallInt:
		return int64(batch.Values[int16](c)[i])
	case types.Int, types.Date, types.IntervalYM:
		return int64(batch.Values[int32](c)[i])
	}
	return batch.Values[int64](c)[i]
}
