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

// TestAlignedSourcesStayTogether has two sources that the simulator drives apart, unless they
// are aligned.
func TestAlignedSourcesStayTogether(t *testing.T) {
	ahead := func(group string) int64 {
		sim := drive.NewSimulator(3, 0)
		var at [2]int64
		var most int64
		watch := func(i int) *jobtest.Apply {
			return &jobtest.Apply{Make: func(*operator.Context) step {
				return func(b *batch.Batch, _ operator.Output) error {
					v := batch.Values[int64](b.Cols[1])
					at[i] = v[len(v)-1]
					if at[0] > 0 && at[0] < 4999 {
						most = max(most, at[1]-at[0])
					}
					return nil
				}
			}}
		}
		g := &plan.Graph{Name: "align"}
		for i := range 2 {
			src := g.Add(node([]string{"one", "other"}[i], 1, &plan.Source{
				Source: ranges(1, 5000, 10),
				Watermarks: &plan.Watermarks{Column: 1, Expr: expr.NewColumn(1, "v", bigint),
					Group: group, DriftMs: 100, IntervalMs: 1}}))
			end := g.Add(node("watch", 1, watch(i)))
			end.Chaining = plan.ChainNever
			g.Connect(src, end, plan.Forward)
		}
		j, err := Start(context.Background(), g, Options{Driver: sim, Clock: sim.Clock,
			Config: config.Map{"headrace.batch.rows": "20"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := sim.Run(func() bool { return j.Status().Final() }, 1_000_000); err != nil {
			t.Fatal(err)
		}
		if j.Status() != Finished {
			t.Fatal(j.Err())
		}
		return most
	}
	if d := ahead("g"); d > 300 {
		t.Errorf("aligned within 100 ms, yet %d ms ahead", d)
	}
	if d := ahead(""); d <= 300 {
		t.Errorf("%d ms ahead without alignment: the test shows nothing", d)
	}
}
