package job

import (
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/drive"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

// TestWhatWaitsBetweenTasksIsManagedMemory: rows in front of an operator are held by the exchange.
func TestWhatWaitsBetweenTasksIsManagedMemory(t *testing.T) {
	sim, most := drive.NewSimulator(2, 0), int64(0)
	var j *Job
	held := func() int64 {
		for _, h := range j.Memory() {
			if strings.HasPrefix(h.Name, "exchange of ") {
				return h.Used
			}
		}
		return -1
	}
	look := &jobtest.Apply{Make: func(*operator.Context) step {
		return func(*batch.Batch, operator.Output) error {
			most = max(most, held())
			return nil
		}
	}}
	g := &plan.Graph{Name: "waiting"}
	src := g.Add(node("in", 1, &plan.Source{Source: ranges(1, 100_000, 10)}))
	end := g.Add(node("look", 1, look))
	end.Chaining = plan.ChainNever
	g.Connect(src, end, plan.Forward)
	var err error
	j, err = Start(t.Context(), g, Options{Driver: sim, Clock: sim.Clock, Config: config.Map{
		"taskmanager.memory.managed.size": "16 mb", "headrace.exchange.size": "512 kb",
		"execution.runtime-mode": "STREAMING"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Run(func() bool { return j.Status().Final() }, 1_000_000); err != nil {
		t.Fatal(err)
	}
	if j.Status() != Finished || most < 64<<10 || most > 1<<20 {
		t.Errorf("%s: the exchange held up to %d bytes", j.Status(), most)
	}
	if now := held(); now != -1 {
		t.Errorf("%d bytes are held after the end", now)
	}
}
