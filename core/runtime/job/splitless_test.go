package job

import (
	"context"
	"testing"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/drive"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

// TestSubtaskWithoutSplitHoldsNoWatermarkBack: two subtasks read one split, so one of them has
// nothing; each row raises the clock that the next ones are judged by, whoever runs first.
func TestSubtaskWithoutSplitHoldsNoWatermarkBack(t *testing.T) {
	const rows = 200
	for seed := range uint64(30) {
		sim := drive.NewSimulator(seed, 0)
		judged := 0
		judge := &jobtest.Apply{Make: func(ctx *operator.Context) step {
			return func(b *batch.Batch, _ operator.Output) error {
				now, next := ctx.Watermark(), 0
				for i, v := range batch.Values[int64](b.Cols[1]) {
					for ; next < len(b.Marks) && b.Marks[next].Row <= i; next++ {
						now = b.Marks[next].Time
					}
					if v > 0 && now < v-1 {
						t.Errorf("seed %d: row %d is judged by the clock %d", seed, v, now)
					}
					judged++
				}
				return nil
			}
		}}
		g := &plan.Graph{Name: "splitless"}
		src := g.Add(node("in", 2, &plan.Source{Source: ranges(1, rows, 1),
			Watermarks: &plan.Watermarks{Column: 1, Expr: expr.NewColumn(1, "v", bigint)}}))
		out := g.Add(node("judge", 2, judge))
		g.Connect(src, out, plan.Hash, 0)
		j, err := Start(context.Background(), g, Options{Driver: sim, Clock: sim.Clock,
			Config: config.Map{"headrace.batch.rows": "16",
				"execution.runtime-mode": "STREAMING"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := sim.Run(func() bool { return j.Status().Final() }, 1_000_000); err != nil {
			t.Fatal(err)
		}
		if j.Status() != Finished || judged != rows {
			t.Fatalf("seed %d: %s, %d rows, %v", seed, j.Status(), judged, j.Err())
		}
	}
}
