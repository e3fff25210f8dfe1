package kernel

import (
	"math/bits"

	"github.com/apache/arrow/go/v16/arrow/decimal128"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Nearly all DECIMALs fit into 64 bits. What is computed of two such is exact in 128 bits, without
// the general way's splitting, widening and checks.

// word is the value when it fits into 64 bits.
func word(d batch.Decimal) (int64, bool) {
	w := int64(d.LowBits())
	return w, d.HighBits() == w>>63
}

// mul128 is the exact product.
func mul128(x, y int64) (hi int64, lo uint64) {
	h, l := bits.Mul64(uint64(x), uint64(y))
	return int64(h) - x>>63&y - y>>63&x, l
}

// words is arithmetic on values of 64 bits for one pair of types.
type words struct {
	op     ArithOp
	ka, kb int64 // what brings the arguments to the result's scale
	whole  bool  // every result fits
	limit  u128  // else the first size that does not
}

// newWords returns ok false when the result has to be rounded or the operator is another.
func newWords(op ArithOp, sa, sb, p, s int) (w words, ok bool) {
	w = words{op: op, ka: 1, kb: 1, whole: p == types.MaxPrecision, limit: pow10s[p]}
	const digits = 18
	switch op {
	case Add, Sub:
		if s < max(sa, sb) || s-min(sa, sb) > digits {
			return w, false
		}
		w.ka, w.kb = int64(pow10s[s-sa].lo), int64(pow10s[s-sb].lo)
		if op == Sub {
			w.kb = -w.kb
		}
		return w, true
	case Mul:
		return w, s == sa+sb
	}
	return w, false
}

// fits says whether a result has few enough digits.
func (w *words) fits(hi int64, lo uint64) bool {
	if w.whole {
		return true
	}
	sign := uint64(hi >> 63) // the size of a negative number is its complement plus one
	l, carry := bits.Add64(lo^sign, sign&1, 0)
	h, _ := bits.Add64(uint64(hi)^sign, 0, carry)
	return u128{h, l}.less(w.limit)
}

// run computes rows from i on and returns the first one that does not fit into 64 bits, or whose
// result has too many digits.
func (w *words) run(x, y Nums[batch.Decimal], out []batch.Decimal, i int) int {
	if w.op == Mul {
		return w.mul(x, y, out, i)
	}
	for ; i < len(out); i++ {
		a, ok1 := word(x.At(i))
		b, ok2 := word(y.At(i))
		if !ok1 || !ok2 {
			return i
		}
		ah, al := mul128(a, w.ka)
		bh, bl := mul128(b, w.kb)
		lo, carry := bits.Add64(al, bl, 0)
		hi := ah + bh + int64(carry)
		if !w.fits(hi, lo) {
			return i
		}
		out[i] = decimal128.New(hi, lo)
	}
	return i
}

func (w *words) mul(x, y Nums[batch.Decimal], out []batch.Decimal, i int) int {
	for ; i < len(out); i++ {
		a, ok1 := word(x.At(i))
		b, ok2 := word(y.At(i))
		if !ok1 || !ok2 {
			return i
		}
		hi, lo := mul128(a, b)
		if !w.fits(hi, lo) {
			return i
		}
		out[i] = decimal128.New(hi, lo)
	}
	return i
}

// SumDecimals adds a value of a scale to a sum of the same scale with 38 digits; ok is false when
// that has more.
func SumDecimals(sum, v batch.Decimal, scale int) (batch.Decimal, bool) {
	if small(sum) && small(v) {
		lo, carry := bits.Add64(sum.LowBits(), v.LowBits(), 0)
		return decimal128.New(sum.HighBits()+v.HighBits()+int64(carry), lo), true
	}
	return AddDecimals(sum, scale, v, scale, false, types.MaxPrecision, scale)
}

// compareConst compares values of one scale with a constant of the same.
func compareConst(op CmpOp, v []batch.Decimal, c batch.Decimal, out []byte) {
	less, equal, more := b2(op.holds(-1)), b2(op.holds(0)), b2(op.holds(1))
	hi, lo := c.HighBits(), c.LowBits()
	for i, x := range v {
		same := b2(x.HighBits() == hi)
		lt := b2(x.HighBits() < hi) | same&b2(x.LowBits() < lo)
		eq := same & b2(x.LowBits() == lo)
		out[i>>3] |= (lt&less | eq&equal | (1-lt-eq)&more) << (i & 7)
	}
}

// compareSame compares values of one scale.
func compareSame(op CmpOp, v, w []batch.Decimal, out []byte) {
	less, equal, more := b2(op.holds(-1)), b2(op.holds(0)), b2(op.holds(1))
	w = w[:len(v)]
	for i, x := range v {
		y := w[i]
		same := b2(x.HighBits() == y.HighBits())
		lt := b2(x.HighBits() < y.HighBits()) | same&b2(x.LowBits() < y.LowBits())
		eq := same & b2(x.LowBits() == y.LowBits())
		out[i>>3] |= (lt&less | eq&equal | (1-lt-eq)&more) << (i & 7)
	}
}
