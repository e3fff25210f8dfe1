package expr

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// counted is a node that counts the rows it is evaluated for.
type counted struct {
	inner node
	rows  *int
}

func (c counted) eval(f *frame) (kernel.Vec, error) {
	*c.rows += f.n
	return c.inner.eval(f)
}

func must(e Expr, err error) Expr {
	if err != nil {
		panic(err)
	}
	return e
}

func twoColumns(rng *rand.Rand, n int) *batch.Batch {
	s := types.NewSchema(types.Field{Name: "x", Type: types.Of(types.BigInt)},
		types.Field{Name: "s", Type: types.Of(types.Varchar)})
	b := batch.NewRowBuilder(s, n)
	for range n {
		if rng.IntN(5) == 0 {
			b.Cols[0].AppendNull()
		} else {
			batch.Append(b.Cols[0], rng.Int64N(10))
		}
		b.Cols[1].AppendString(fmt.Sprint("S", rng.IntN(4)))
	}
	return b.Finish()
}

func TestRepeatedExpressionsAreComputedOnce(t *testing.T) {
	x := NewColumn(0, "x", types.Of(types.BigInt))
	s := NewColumn(1, "s", types.Of(types.Varchar))
	lower := must(NewCall("LOWER", s))
	twice := must(NewCall("CONCAT", lower, lower))
	is := func(text string) Expr { return must(NewCall("=", lower, Text(text))) }
	where := must(NewOr(must(NewCall(">", x, Int(4))), is("s1"), is("s2")))
	cases := must(NewCase([]When{{Cond: is("s3"), Then: must(NewCall("CONCAT", s, lower))},
		{Cond: must(NewCall("=", x, Int(7))), Then: s}}, lower))
	exprs := []Expr{where, cases, nil, twice, must(NewCall("+", x, Int(1)))}
	g, err := CompileGroup(exprs...)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.memo.slots) != 1 {
		t.Fatalf("%d expressions are shared, want LOWER(s) alone", len(g.memo.slots))
	}
	computed := 0
	for _, p := range g.programs {
		if p != nil {
			count(p.root, &computed)
		}
	}
	ctx := kernel.NewContext(clock.NewManual(0))
	rng := rand.New(rand.NewPCG(1, 1))
	var rows []int32
	for range 200 {
		b := twoColumns(rng, rng.IntN(40))
		computed = 0
		g.Begin(b)
		if rows, err = g.Filter(ctx, 0, rows); err != nil {
			t.Fatal(err)
		}
		check(t, exprs[0], b, rows)
		kept := b
		if len(rows) < b.Len() {
			kept = b.Take(rows)
			g.Keep(rows)
		}
		for _, i := range []int{1, 3, 4} {
			got, err := g.Eval(ctx, i)
			if err != nil {
				t.Fatal(err)
			}
			p, err := Compile(exprs[i])
			if err != nil {
				t.Fatal(err)
			}
			want, err := p.Eval(ctx, kept)
			if err != nil {
				t.Fatal(err)
			}
			for r := range kept.Len() {
				if !batch.EqualAt(got, r, want, r) {
					t.Fatalf("row %d of %s differs", r, exprs[i])
				}
			}
		}
		g.End()
		if computed > b.Len()+len(rows) {
			t.Fatalf("LOWER was computed for %d rows of %d, %d kept", computed, b.Len(), len(rows))
		}
	}
}

func check(t *testing.T, where Expr, b *batch.Batch, got []int32) {
	t.Helper()
	p, err := Compile(where)
	if err != nil {
		t.Fatal(err)
	}
	want, err := p.EvalFilter(kernel.NewContext(clock.NewManual(0)), b, nil)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) && len(got)+len(want) > 0 {
		t.Fatalf("kept %v, want %v", got, want)
	}
}

// count has the shared nodes below n count their rows.
func count(n node, rows *int) {
	switch n := n.(type) {
	case *sharedNode:
		if _, ok := n.inner.(counted); !ok {
			n.inner = counted{n.inner, rows}
		}
	case *callNode:
		for _, a := range n.args {
			count(a, rows)
		}
	case *junctionNode:
		for _, a := range n.args {
			count(a, rows)
		}
	case *caseNode:
		for _, a := range append(append([]node{}, n.conds...), n.thens...) {
			count(a, rows)
		}
	}
}

func TestWhatDiffersFromRowToRowIsNotShared(t *testing.T) {
	r := must(NewCall("RAND"))
	x := must(NewCall("+", must(NewCast(NewColumn(0, "x", types.Of(types.BigInt)), types.Of(types.Double), false)), r))
	if got := repeated([]Expr{x, x}); len(got) != 1 { // the cast alone
		t.Errorf("shared: %v", got)
	}
}
