package job

import (
	"context"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

// TestAJobThatIsOverKeepsNoTasks: a session keeps its jobs for their status and their metrics.
func TestAJobThatIsOverKeepsNoTasks(t *testing.T) {
	big := weak.Pointer[[1 << 20]byte]{}
	hold := &jobtest.Apply{Make: func(ctx *operator.Context) step {
		state := new([1 << 20]byte) // stands for the operator's state
		big = weak.Make(state)
		ctx.Metrics.Gauge("held", func() int64 { return int64(len(state)) })
		return func(b *batch.Batch, _ operator.Output) error {
			state[b.Len()]++
			return nil
		}
	}}
	g := &plan.Graph{Name: "release"}
	src := g.Add(node("in", 1, &plan.Source{Source: ranges(1, 10, 1)}))
	g.Connect(src, g.Add(node("hold", 1, hold)), plan.Forward, 0)
	j, err := Start(context.Background(), g, Options{
		Config: config.Map{"execution.runtime-mode": "STREAMING"}})
	if err != nil {
		t.Fatal(err)
	}
	<-j.Done()
	for end := time.Now().Add(time.Minute); big.Value() != nil && time.Now().Before(end); {
		runtime.GC() // the last goroutines may still be on their way out
	}
	if big.Value() != nil {
		t.Error("the operators are still held")
	}
	held := false
	for _, m := range j.Metrics() {
		held = held || m.Value == 1<<20
	}
	if !held {
		t.Errorf("the gauge has not kept its last reading: %v", j.Metrics())
	}
}
