package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v16/arrow/decimal128"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// edgy makes a column in which the limits of the type and their neighbours are frequent.
func edgy(rng *rand.Rand, t types.Type, n int, nulls bool) *batch.Column {
	b := batch.NewBuilder(t, n)
	wholes := []int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, 2, 3, math.MaxInt64 - 1, math.MaxInt64}
	reals := []float64{math.Inf(-1), -math.MaxFloat64, -1, -math.SmallestNonzeroFloat64,
		math.Copysign(0, -1), 0, math.SmallestNonzeroFloat32, 1, math.MaxFloat32, math.Inf(1), math.NaN()}
	tens := join(false, pow10s[38]).Sub(decimal128.FromI64(1))
	for range n {
		w, f := wholes[rng.IntN(len(wholes))], reals[rng.IntN(len(reals))]
		switch {
		case nulls && rng.IntN(4) == 0:
			b.AppendNull()
		case t.Kind == types.TinyInt:
			batch.Append(b, int8(w>>56))
		case t.Kind == types.SmallInt:
			batch.Append(b, int16(w>>48))
		case t.Kind == types.Int || t.Kind == types.Date || t.Kind == types.IntervalYM:
			batch.Append(b, int32(w>>32))
		case t.Kind == types.Float:
			batch.Append(b, float32(f))
		case t.Kind == types.Double:
			batch.Append(b, f)
		case t.Kind == types.Decimal:
			batch.Append(b, []batch.Decimal{tens, tens.Negate(), decimal128.FromI64(w),
				decimal128.New(w, 7), decimal128.FromI64(100 * (w >> 60))}[rng.IntN(5)])
		default:
			batch.Append(b, w)
		}
	}
	return b.Finish()
}

// TestRangesAgreeWithCompare picks rows by ranges, and ranges of ranges, and by BOOLEAN columns.
func TestRangesAgreeWithCompare(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	small := types.DecimalOf(20, 0)
	for _, typ := range []types.Type{types.Of(types.TinyInt), types.Of(types.SmallInt),
		types.Of(types.Int), types.Of(types.BigInt), types.Of(types.Date), types.Of(types.IntervalYM),
		types.Of(types.IntervalDT), types.Of(types.Timestamp), types.Of(types.TimestampLTZ),
		types.Of(types.Float), types.Of(types.Double), types.DecimalOf(38, 2)} {
		for i := range 300 {
			whole := edgy(rng, typ, 70, i%2 == 0)
			v := whole.Slice(3, 3+rng.IntN(60))
			ct := typ
			if typ.Kind == types.Decimal && i%3 == 0 {
				ct = small
			}
			c, d := edgy(rng, ct, 1, false), edgy(rng, ct, 1, false)
			op, op2 := CmpOp(rng.IntN(6)), CmpOp(rng.IntN(6))
			first, ok := RangeOf(op, c, typ)
			second, ok2 := RangeOf(op2, d, typ)
			if !ok || !ok2 {
				if ct.Kind != types.Decimal || ct.Scale == typ.Scale {
					t.Fatalf("%s has no range of %s %s", typ, op, show(c))
				}
				continue
			}
			place := fmt.Sprintf("%s %s %s, %s %s of %s", typ, op, show(c), op2, show(d), show(v))
			x := Compare(op, ColVec(v), ConstVec(c), v.Len())
			y := Compare(op2, ColVec(v), ConstVec(d), v.Len())
			one := SelectTrue(x, v.Len(), nil)
			both := SelectTrue(And(x, y, v.Len()), v.Len(), nil)
			agree(t, place, first.Select(v, nil), one)
			agree(t, place+": refined", second.Refine(v, slices.Clone(one)), both)
			agree(t, place+": true", RefineTrue(y, slices.Clone(one)), both)
			agree(t, place+": after", first.Select(v, []int32{9})[1:], one)
			if r, ok := first.And(second); ok {
				agree(t, place+": and", r.Select(v, nil), both)
			} else if op != Ne && op2 != Ne {
				t.Fatalf("%s: no range", place)
			}
		}
	}
}

func agree(t *testing.T, place string, got, want []int32) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s: rows %v, want %v", place, got, want)
	}
}

func BenchmarkSelect(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n = 4096
	v, c := batch.NewBuilder(types.Of(types.BigInt), n), batch.NewBuilder(types.Of(types.BigInt), 1)
	for range n {
		batch.Append(v, rng.Int64N(1000))
	}
	batch.Append(c, int64(500))
	x, limit := v.Finish(), c.Finish()
	r, _ := RangeOf(Lt, limit, x.Type)
	rows := make([]int32, n)
	b.Run("range", func(b *testing.B) {
		for b.Loop() {
			rows = r.Select(x, rows[:0])
		}
	})
	b.Run("bits", func(b *testing.B) {
		for b.Loop() {
			rows = SelectTrue(Compare(Lt, ColVec(x), ConstVec(limit), n), n, rows[:0])
		}
	})
}

func TestCharLengthOfMixedTexts(t *testing.T) {
	texts := []string{"", "abc", "日本語と", "0123456789abcdef", "é", "naïve text of more bytes", "x"}
	for from := range texts {
		for to := from + 1; to <= len(texts); to++ {
			b := batch.NewBuilder(types.Of(types.Varchar), len(texts))
			for _, s := range texts {
				b.AppendString(s)
			}
			v := b.Finish().Slice(from, to)
			got := batch.Values[int32](CharLength(ColVec(v), to-from, types.Of(types.Int)).Col)
			for i, n := range got {
				if int(n) != RuneCount(texts[from+i]) {
					t.Errorf("%q has %d code points, not %d", texts[from+i], RuneCount(texts[from+i]), n)
				}
			}
		}
	}
}
