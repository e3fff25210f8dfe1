package job

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/drive"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

// lanes is ranges → map → outside in two lanes that exchange nothing; the map of lane 0 fails once
// a second row of checkpoint has gone through it. attempts records the attempts of each lane.
type lanes struct {
	mu       sync.Mutex
	attempts [2][]int
	failures int
}

func (l *lanes) apply(ctx *operator.Context) step {
	l.mu.Lock()
	l.attempts[ctx.Subtask] = append(l.attempts[ctx.Subtask], ctx.Attempt)
	l.mu.Unlock()
	n := 0
	return func(b *batch.Batch, out operator.Output) error {
		if n += b.Len(); ctx.Subtask == 0 && n > 100 && l.failures > 0 {
			l.failures--
			return errors.New("lane 0 fails")
		}
		b.Retain()
		out.Emit(0, b)
		return nil
	}
}

// run runs the lanes under the simulator and returns the job and what was committed.
func (l *lanes) run(t *testing.T, seed uint64, splits int, cfg config.Map) (*Job, map[[2]int64]int) {
	t.Helper()
	sim := drive.NewSimulator(seed, 0)
	world := jobtest.NewOutside(rand.New(rand.NewPCG(seed, 1)), 0)
	g := &plan.Graph{Name: "lanes"}
	src := g.Add(node("ranges", 2, &plan.Source{Source: &jobtest.Ranges{Splits: splits, Size: 150,
		Keys: 7, Rand: sim.Rand}}))
	mid := g.Add(node("map", 2, &jobtest.Apply{Make: l.apply}))
	out := g.Add(node("outside", 2, &plan.Sink{Sink: world}))
	mid.Chaining, out.Chaining = plan.ChainNever, plan.ChainNever
	g.Connect(src, mid, plan.Forward)
	g.Connect(mid, out, plan.Forward)
	all := config.Map{"headrace.batch.rows": "20", "execution.checkpointing.interval": "2 ms",
		"restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.attempts": "3",
		"restart-strategy.fixed-delay.delay": "1 ms",
		// The simulator lets time pass while tasks close: none is to be left behind.
		"headrace.task.cancel-timeout":                         "1 h",
		"execution.checkpointing.tolerable-failed-checkpoints": "1000"}
	for k, v := range cfg {
		all[k] = v
	}
	j, err := Start(t.Context(), g, Options{Driver: sim, Clock: sim.Clock, Config: all})
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Run(func() bool { return j.Status().Final() }, 1_000_000); err != nil {
		t.Fatalf("%v: %s, %v", err, j.Status(), j.Err())
	}
	return j, world.Rows()
}

func statuses(j *Job) string {
	s := ""
	for _, h := range j.History() {
		s += string(h.Status) + " "
	}
	return s
}

func TestOnlyTheFailedRegionRestarts(t *testing.T) {
	for seed := uint64(1); seed <= 30; seed++ {
		l := &lanes{failures: 2}
		j, rows := l.run(t, seed, 6, nil)
		if j.Status() != Finished || j.Err() != nil {
			t.Fatalf("seed %d: %s, %v", seed, j.Status(), j.Err())
		}
		if l.failures > 0 {
			continue // lane 0 was given too few splits
		}
		if got := fmt.Sprint(l.attempts); got != "[[0 1 2] [0]]" {
			t.Fatalf("seed %d: attempts %s, %s", seed, got, statuses(j))
		}
		if got := statuses(j); got != "CREATED RUNNING RESTARTING RUNNING RESTARTING RUNNING FINISHED " {
			t.Errorf("seed %d: history %s", seed, got)
		}
		for v := range int64(6 * 150) {
			if n := rows[[2]int64{v % 7, v}]; n != 1 {
				t.Fatalf("seed %d: row %d was committed %d times", seed, v, n)
			}
		}
	}
}

func TestFullFailoverRestartsAll(t *testing.T) {
	l := &lanes{failures: 1}
	j, _ := l.run(t, 1, 6, config.Map{"jobmanager.execution.failover-strategy": "full"})
	if got := fmt.Sprint(l.attempts); got != "[[0 1] [0 1]]" || j.Status() != Finished {
		t.Fatalf("attempts %s, %s", got, statuses(j))
	}
}

func TestRegionFailoverGivesUpWithTheStrategy(t *testing.T) {
	l := &lanes{failures: 9}
	j, _ := l.run(t, 2, 6, nil)
	if j.Status() != Failed || j.Err() == nil || l.failures != 5 {
		t.Fatalf("%s, %v, %d failures left", statuses(j), j.Err(), l.failures)
	}
}
