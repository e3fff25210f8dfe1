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

// TestArithmeticOfRowsKept compares arithmetic on the rows that a filter kept with the same on a
// batch of these rows: of each type, of columns and constants on either side, with nulls and none.
func TestArithmeticOfRowsKept(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	ctx := kernel.NewContext(clock.NewManual(0))
	for _, kind := range []types.Kind{types.TinyInt, types.SmallInt, types.Int, types.BigInt,
		types.Float, types.Double} {
		for _, nulls := range []bool{false, true} {
			typ := types.Of(kind)
			b := numbers(rng, typ, 100, nulls)
			x, y := NewColumn(0, "x", typ), NewColumn(1, "y", typ)
			c := &Literal{T: typ, Value: numbers(rng, typ, 1, false).Cols[0]}
			var exprs []Expr
			for _, op := range []string{"+", "-", "*"} {
				for _, args := range [][2]Expr{{x, y}, {x, c}, {c, x}, {y, y},
					{must(NewCall("+", x, y)), x}} {
					exprs = append(exprs, must(NewCall(op, args[0], args[1])))
				}
			}
			g, err := CompileGroup(exprs...)
			if err != nil {
				t.Fatal(err)
			}
			for _, rows := range [][]int32{{}, {7}, {3, 4, 5}, {0, 2, 50, 99}, run(10, 90)} {
				kept := b.Take(rows)
				g.Begin(b)
				g.Keep(rows)
				for i, e := range exprs {
					got, err := g.Eval(ctx, i)
					if err != nil {
						t.Fatal(err)
					}
					p, _ := Compile(e)
					want, _ := p.Eval(ctx, kept)
					same(t, fmt.Sprintf("%s of %s", e, typ), got, want, len(rows))
				}
				same(t, "a column", g.Column(1), kept.Cols[1], len(rows))
				g.End()
			}
		}
	}
}

func numbers(rng *rand.Rand, t types.Type, n int, nulls bool) *batch.Batch {
	s := types.NewSchema(types.F("x", t), types.F("y", t))
	b := batch.NewRowBuilder(s, n)
	for range n {
		for _, c := range b.Cols {
			if nulls && rng.IntN(4) == 0 {
				c.AppendNull()
				continue
			}
			v := rng.IntN(256) - 128
			switch t.Kind {
			case types.TinyInt:
				batch.Append(c, int8(v))
			case types.SmallInt:
				batch.Append(c, int16(v*250))
			case types.Int:
				batch.Append(c, int32(v)<<24)
			case types.BigInt:
				batch.Append(c, int64(v)<<55)
			case types.Float:
				batch.Append(c, float32(v)/3)
			default:
				batch.Append(c, float64(v)/3)
			}
		}
	}
	return b.Finish()
}

func same(t *testing.T, what string, got, want *batch.Column, n int) {
	t.Helper()
	if got.Len() != n || !got.Type.Equal(want.Type) {
		t.Fatalf("%s: %d rows of %s, want %d of %s", what, got.Len(), got.Type, n, want.Type)
	}
	for i := range n {
		if !batch.EqualAt(got, i, want, i) {
			t.Fatalf("%s: row %d differs", what, i)
		}
	}
}

func run(from, to int32) (rows []int32) {
	for r := from; r < to; r++ {
		rows = append(rows, r)
	}
	return rows
}
