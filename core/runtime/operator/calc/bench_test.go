package calc_test

import (
	"log/slog"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/calc"
)

type nothing struct{ rows int }

func (n *nothing) Emit(_ int, b *batch.Batch) { n.rows += b.Len() }
func (*nothing) Watermark(int64)              {}
func (*nothing) Full() bool                   { return false }

// BenchmarkFilterProject is a filter that half the rows pass, and a sum.
func BenchmarkFilterProject(b *testing.B) {
	const rows = 1024
	big := types.Of(types.BigInt)
	x, y := make([]int64, rows), make([]int64, rows)
	for i := range rows {
		x[i], y[i] = int64(i*7919%1000), int64(i)
	}
	schema := types.NewSchema(types.F("x", big), types.F("y", big))
	in := batch.New(schema, []*batch.Column{batch.MakeFixed(big, x, nil),
		batch.MakeFixed(big, y, nil)}, rows)
	cx, cy := expr.NewColumn(0, "x", big), expr.NewColumn(1, "y", big)
	op := calc.New(&plan.Calc{Condition: expr.MustCall("<", cx, expr.BigInt(500)),
		Exprs: []expr.Expr{expr.MustCall("+", cx, cy)}}, types.NewSchema(types.F("s", big)))
	if err := op.Open(&operator.Context{Clock: clock.System{},
		Log: slog.New(slog.DiscardHandler), Watermark: func() int64 { return 0 }}); err != nil {
		b.Fatal(err)
	}
	out := &nothing{}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if err := op.Process(0, in, out); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(n*rows), "ns/row")
}
