package job

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/collect"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/drive"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

// ending is ranges → map → sink in batch mode, two lanes in one region; the map of lane 1 fails
// when ready says so, once.
func ending(t *testing.T, seed uint64, sink connector.Sink, ready func() bool) *Job {
	t.Helper()
	sim := drive.NewSimulator(seed, 0)
	failed := false
	apply := &jobtest.Apply{Make: func(ctx *operator.Context) step {
		return func(b *batch.Batch, out operator.Output) error {
			if ctx.Subtask == 1 && !failed && ready() {
				failed = true
				return errors.New("lane 1 fails")
			}
			b.Retain()
			out.Emit(0, b)
			return nil
		}
	}}
	g := &plan.Graph{Name: "ending"}
	src := g.Add(node("ranges", 2, &plan.Source{Source: &jobtest.Ranges{Splits: 6, Size: 500,
		Keys: 7, Rand: sim.Rand}}))
	mid := g.Add(node("map", 2, apply))
	out := g.Add(node("sink", 2, &plan.Sink{Sink: sink}))
	mid.Chaining, out.Chaining = plan.ChainNever, plan.ChainNever
	g.Connect(src, mid, plan.Rebalance)
	g.Connect(mid, out, plan.Forward)
	j, err := Start(t.Context(), g, Options{Driver: sim, Clock: sim.Clock, Dir: t.TempDir(),
		Config: config.Map{"execution.runtime-mode": "BATCH", "headrace.batch.rows": "20",
			"execution.batch-shuffle-mode":          "ALL_EXCHANGES_PIPELINED",
			"restart-strategy.type":                 "fixed-delay",
			"restart-strategy.fixed-delay.attempts": "3",
			"restart-strategy.fixed-delay.delay":    "1 ms", "headrace.task.cancel-timeout": "1 h"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Run(func() bool { return j.Status().Final() }, 3_000_000); err != nil {
		t.Fatalf("%v: %s, %v", err, j.Status(), j.Err())
	}
	if !failed {
		t.Fatal("nothing has failed: the test shows nothing")
	}
	return j
}

// told wraps a sink and counts the subtasks that have written their last row.
type told struct {
	connector.Sink
	ended *int
}

func (s told) NewWriter(ctx *connector.WriterContext) (connector.Writer, error) {
	w, err := s.Sink.NewWriter(ctx)
	return toldWriter{w, s.ended}, err
}

type toldWriter struct {
	connector.Writer
	ended *int
}

func (w toldWriter) Flush(end bool) (bool, error) {
	done, err := w.Writer.Flush(end)
	if end && done {
		*w.ended++
	}
	return done, err
}

func TestBatchSinkCommitsWhenItsRegionHasEnded(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		world, rows := jobtest.NewOutside(rand.New(rand.NewPCG(seed, 1)), 0), 0
		j := ending(t, seed, world, func() bool { rows++; return rows > 30 })
		if j.Status() != Finished {
			t.Fatalf("seed %d: %s, %v", seed, j.Status(), j.Err())
		}
		got := world.Rows()
		for v := range int64(3000) {
			if n := got[[2]int64{v % 7, v}]; n != 1 {
				t.Fatalf("seed %d: row %d was committed %d times", seed, v, n)
			}
		}
	}
}

// TestLaneThatEndedFirstIsNotCommittedTwice lets one sink subtask come to its end before the other
// lane fails.
func TestLaneThatEndedFirstIsNotCommittedTwice(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		world, ended := jobtest.NewOutside(rand.New(rand.NewPCG(seed, 1)), 0), 0
		sim := drive.NewSimulator(seed, 0)
		g := &plan.Graph{Name: "lanes"}
		// All splits may go to one subtask; the other's sink then ends at once.
		src := g.Add(node("ranges", 2, &plan.Source{Source: &jobtest.Ranges{Splits: 3, Size: 500,
			Keys: 7, Rand: sim.Rand}}))
		failed := false
		mid := g.Add(node("map", 2, &jobtest.Apply{Make: func(*operator.Context) step {
			return func(b *batch.Batch, out operator.Output) error {
				if ended > 0 && !failed {
					failed = true
					return errors.New("the slower lane fails")
				}
				b.Retain()
				out.Emit(0, b)
				return nil
			}
		}}))
		out := g.Add(node("sink", 2, &plan.Sink{Sink: told{world, &ended}}))
		side := g.Add(node("join", 1, &plan.Sink{Sink: jobtest.NewOutside(sim.Rand, 0)}))
		mid.Chaining, out.Chaining = plan.ChainNever, plan.ChainNever
		g.Connect(src, mid, plan.Forward)
		g.Connect(mid, out, plan.Forward)
		g.Connect(mid, side, plan.Global) // so that both lanes are one region
		j, err := Start(t.Context(), g, Options{Driver: sim, Clock: sim.Clock, Dir: t.TempDir(),
			Config: config.Map{"execution.runtime-mode": "BATCH", "headrace.batch.rows": "20",
				"execution.batch-shuffle-mode": "ALL_EXCHANGES_PIPELINED",
				"restart-strategy.type":        "fixed-delay", "headrace.task.cancel-timeout": "1 h",
				"restart-strategy.fixed-delay.delay": "1 ms"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := sim.Run(func() bool { return j.Status().Final() }, 3_000_000); err != nil {
			t.Fatalf("%v: %s, %v", err, j.Status(), j.Err())
		}
		if j.Status() != Finished {
			t.Fatalf("seed %d: %s, %v", seed, j.Status(), j.Err())
		}
		for v, got := int64(0), world.Rows(); v < 1500; v++ {
			if n := got[[2]int64{v % 7, v}]; n != 1 {
				t.Fatalf("seed %d: row %d was committed %d times", seed, v, n)
			}
		}
	}
}

func read(t *testing.T, r *collect.Results) map[int64]int {
	t.Helper()
	got := map[int64]int{}
	for {
		b, ok, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return got
		}
		for _, v := range batch.Values[int64](b.Cols[1]) {
			got[v]++
		}
	}
}

func TestCollectedRowsOfABatchJobComeOnceOverARestart(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		sink, results := collect.New(1<<20, false)
		rows := 0
		j := ending(t, seed, sink, func() bool { rows++; return rows > 30 })
		results.End(j.Err())
		if j.Status() != Finished {
			t.Fatalf("seed %d: %s, %v", seed, j.Status(), j.Err())
		}
		got := read(t, results)
		for v := range int64(3000) {
			if got[v] != 1 {
				t.Fatalf("seed %d: row %d came %d times", seed, v, got[v])
			}
		}
	}
}

// TestLargeResultThatHasBeenReadIsNotRepeated has a result that does not fit into what is held back:
// the job fails rather than give rows twice.
func TestLargeResultThatHasBeenReadIsNotRepeated(t *testing.T) {
	sink, _ := collect.New(2000, false)
	rows := 0
	j := ending(t, 1, sink, func() bool { rows++; return rows > 30 })
	if j.Status() != Failed || !strings.Contains(j.Err().Error(), "have been read already") {
		t.Fatalf("%s, %v", j.Status(), j.Err())
	}
	if n := strings.Count(statuses(j), string(Restarting)); n != 1 {
		t.Errorf("%d restarts, of which only the first could help: %s", n, statuses(j))
	}
}
