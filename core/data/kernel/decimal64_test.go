package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow/go/v16/arrow/decimal128"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// decimals makes values of all sizes up to a precision, the limits of 64 bits among them.
func decimals(rng *rand.Rand, p, n int) []batch.Decimal {
	limit := int64(math.MaxInt64)
	if p <= 18 {
		limit = int64(pow10s[p].lo) - 1
	}
	out := make([]batch.Decimal, n)
	for i := range out {
		v := decimal128.FromI64(rng.Int64N(1<<(1+rng.IntN(62))) % limit)
		switch rng.IntN(12) {
		case 0:
			v = decimal128.FromI64(limit)
		case 1:
			v = decimal128.FromI64(0)
		case 2:
			if p > 19 { // just beyond 64 bits, and as large as can be
				v = decimal128.FromI64(math.MaxInt64).Add(decimal128.FromI64(rng.Int64N(3)))
			}
		case 3:
			v = join(false, pow10s[p]).Sub(decimal128.FromI64(1))
		}
		if rng.IntN(2) == 0 {
			v = v.Negate()
		}
		out[i] = v
	}
	return out
}

func TestShortDecimalsAreAsLongOnes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const n = 300
	for range 400 {
		pa, pb, p := 1+rng.IntN(38), 1+rng.IntN(38), 1+rng.IntN(38)
		sa, sb, s := rng.IntN(pa+1), rng.IntN(pb+1), rng.IntN(p+1)
		switch rng.IntN(3) {
		case 0:
			s = min(p, max(sa, sb))
		case 1:
			s = min(p, sa+sb)
		}
		x, y := decimals(rng, pa, n), decimals(rng, pb, n)
		a := ColVec(batch.MakeFixed(types.DecimalOf(pa, sa), x, nil))
		b := ColVec(batch.MakeFixed(types.DecimalOf(pb, sb), y, nil))
		if rng.IntN(3) == 0 {
			b = ConstVec(batch.MakeFixed(types.DecimalOf(pb, sb), y[:1], nil))
		}
		at := fmt.Sprintf("(%d,%d) and (%d,%d) to (%d,%d)", pa, sa, pb, sb, p, s)
		for _, op := range []ArithOp{Add, Sub, Mul} {
			got, err := arithDecimals(op, a, b, n, types.DecimalOf(p, s))
			if err != nil {
				t.Fatal(err)
			}
			for i := range n {
				v := y[b.At(i)]
				want, ok := MulDecimals(x[i], sa, v, sb, p, s)
				if op != Mul {
					want, ok = AddDecimals(x[i], sa, v, sb, op == Sub, p, s)
				}
				if got.IsNull(i) == ok || ok && batch.Values[batch.Decimal](got)[i] != want {
					t.Fatalf("%s: %v of %v and %v is %v, want %v %v", at, op, x[i], v,
						batch.Values[batch.Decimal](got)[i], want, ok)
				}
			}
		}
		for op := Eq; op <= Ge; op++ {
			bits := compareDecimals(op, a, b, n)
			for i := range n {
				want := op.holds(CompareDecimals(x[i], sa, y[b.At(i)], sb))
				if batch.Bit(bits, i) != want {
					t.Fatalf("%s: %v %s %v is not %v", at, x[i], op, y[b.At(i)], want)
				}
			}
		}
	}
}

func TestSumsOfDecimals(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	x, y := decimals(rng, 38, 5000), decimals(rng, 38, 5000)
	for i := range x {
		got, ok := SumDecimals(x[i], y[i], 2)
		want, fine := AddDecimals(x[i], 2, y[i], 2, false, types.MaxPrecision, 2)
		if ok != fine || ok && got != want {
			t.Fatalf("%v + %v is %v, want %v", x[i], y[i], got, want)
		}
	}
}

func BenchmarkDecimalArith(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n = 8192
	x, y := make([]batch.Decimal, n), make([]batch.Decimal, n)
	for i := range x {
		x[i], y[i] = decimal128.FromI64(rng.Int64N(1e7)), decimal128.FromI64(rng.Int64N(100))
	}
	u := ColVec(batch.MakeFixed(types.DecimalOf(15, 2), x, nil))
	v := ColVec(batch.MakeFixed(types.DecimalOf(15, 2), y, nil))
	for _, c := range []struct {
		name string
		op   ArithOp
		t    types.Type
	}{
		{"add", Add, types.DecimalOf(16, 2)}, {"mul", Mul, types.DecimalOf(30, 4)},
		{"mul38", Mul, types.DecimalOf(38, 4)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := arithDecimals(c.op, u, v, n, c.t); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
		})
	}
}
