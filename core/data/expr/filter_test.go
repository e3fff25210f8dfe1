package expr

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// TestFiltersAgreeWithTheirConditions compares the rows that random conditions keep with those where
// the same conditions, as columns, are TRUE.
func TestFiltersAgreeWithTheirConditions(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 11))
	ctx := kernel.NewContext(clock.NewManual(0))
	for i := range 2000 {
		b := twoColumns(rng, rng.IntN(60))
		where := condition(rng, 3)
		g, err := CompileGroup(where)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Compile(where)
		if err != nil {
			t.Fatal(err)
		}
		is, err := p.Eval(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		want := kernel.SelectTrue(kernel.ColVec(is), b.Len(), nil)
		alone, err := p.EvalFilter(ctx, b, nil)
		if err != nil {
			t.Fatal(err)
		}
		g.Begin(b)
		got, err := g.Filter(ctx, 0, make([]int32, 0, rng.IntN(80)))
		g.End()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) || !slices.Equal(alone, want) {
			t.Fatalf("%d: %s kept %v and %v, want %v", i, where, got, alone, want)
		}
	}
}

// condition is a comparison of x or s (cheap ones and others), or a junction of conditions.
func condition(rng *rand.Rand, depth int) Expr {
	x := NewColumn(0, "x", types.Of(types.BigInt))
	s := NewColumn(1, "s", types.Of(types.Varchar))
	if depth > 0 && rng.IntN(4) > 0 {
		args := make([]Expr, 2+rng.IntN(3))
		for i := range args {
			args[i] = condition(rng, depth-1)
		}
		if rng.IntN(3) == 0 {
			return must(NewOr(args...))
		}
		return must(NewAnd(args...))
	}
	ops := []string{"=", "<>", "<", "<=", ">", ">="}
	op := ops[rng.IntN(len(ops))]
	switch c := BigInt(rng.Int64N(12) - 1); rng.IntN(8) {
	case 0:
		return must(NewCall(op, c, x))
	case 1:
		return must(NewCall("=", s, Text("S1")))
	case 2:
		return must(NewCall("<>", must(NewCall("LOWER", s)), Text("s2")))
	case 3:
		return must(NewCall(op, x, Null(types.Of(types.BigInt))))
	case 4:
		return must(NewCall(op, must(NewCall("+", x, x)), c))
	default:
		return must(NewCall(op, x, c))
	}
}

// BenchmarkFilter is what batch queries ask of dates and numbers.
func BenchmarkFilter(b *testing.B) {
	const n = 4096
	rng := rand.New(rand.NewPCG(1, 1))
	big := types.Of(types.BigInt)
	x, y := make([]int64, n), make([]int64, n)
	for i := range n {
		x[i], y[i] = rng.Int64N(1000), rng.Int64N(1000)
	}
	in := batch.New(types.NewSchema(types.F("x", big), types.F("y", big)), []*batch.Column{
		batch.MakeFixed(big, x, nil), batch.MakeFixed(big, y, nil)}, n)
	cx, cy := NewColumn(0, "x", big), NewColumn(1, "y", big)
	p, err := Compile(must(NewAnd(MustCall(">=", cx, BigInt(100)), MustCall("<", cx, BigInt(700)),
		MustCall("<", cy, BigInt(500)))))
	if err != nil {
		b.Fatal(err)
	}
	ctx := kernel.NewContext(clock.NewManual(0))
	var rows []int32
	b.ReportAllocs()
	for b.Loop() {
		if rows, err = p.EvalFilter(ctx, in, rows); err != nil {
			b.Fatal(err)
		}
	}
}

// TestCaseOfTwoConstants: where the condition is NULL, the value is that of ELSE.
func TestCaseOfTwoConstants(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 13))
	ctx := kernel.NewContext(clock.NewManual(0))
	for i := range 200 {
		b := twoColumns(rng, rng.IntN(40))
		cond := condition(rng, 2)
		p, err := Compile(must(NewCase([]When{{Cond: cond, Then: BigInt(7)}}, BigInt(-1))))
		if err != nil {
			t.Fatal(err)
		}
		c, err := Compile(cond)
		if err != nil {
			t.Fatal(err)
		}
		is, err := c.Eval(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Eval(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		for r := range b.Len() {
			want := int64(-1)
			if !is.IsNull(r) && is.Bool(r) {
				want = 7
			}
			if v := batch.Values[int64](got)[r]; v != want || got.IsNull(r) {
				t.Fatalf("%d: row %d of CASE WHEN %s is %d, want %d", i, r, cond, v, want)
			}
		}
	}
}
