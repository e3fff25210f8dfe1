package job

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/drive"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

// catchUp runs ranges, of which four of six splits are a backlog, → see → tally → outside. It
// returns how many snapshots had been begun when the last row of the backlog was seen, the first
// one behind it, and at the end.
type catchUp struct {
	t                  *testing.T
	inBacklog, atEnd   int
	early              bool // a row of the present came before the last one of the past
	failures           int
	past, rows, failed int
}

const (
	catchUpSplits, catchUpPast, catchUpSize = 6, 4, 1000
	catchUpKeys                             = 7
)

func (c *catchUp) run(seed uint64, interval string) {
	c.t.Helper()
	sim := drive.NewSimulator(seed, 0)
	world := jobtest.NewOutside(rand.New(rand.NewPCG(seed, 1)), 0)
	g := &plan.Graph{Name: "backlog"}
	src := g.Add(node("ranges", 2, &plan.Source{Source: &jobtest.Ranges{Splits: catchUpSplits,
		Size: catchUpSize, Keys: catchUpKeys, Rand: sim.Rand, Past: catchUpPast}}))
	var j *Job
	see := g.Add(node("see", 2, &jobtest.Apply{Make: func(*operator.Context) step {
		return func(b *batch.Batch, out operator.Output) error {
			for _, v := range batch.Values[int64](b.Cols[1]) {
				if v < catchUpPast*catchUpSize {
					c.past++
					c.inBacklog = j.SnapshotCounts().Begun
				} else if c.past < catchUpPast*catchUpSize {
					c.early = true
				}
			}
			if c.rows += b.Len(); c.failed < c.failures && c.rows > 1500 {
				c.failed++
				c.past, c.rows = 0, 0
				return errors.New("in the backlog")
			}
			b.Retain()
			out.Emit(0, b)
			return nil
		}
	}}))
	tally := g.Add(node("tally", 2, &jobtest.Tally{}))
	out := g.Add(node("outside", 1, &plan.Sink{Sink: world}))
	g.Connect(src, see, plan.Forward)
	g.Connect(see, tally, plan.Hash, 0)
	g.Connect(tally, out, plan.Global)
	cfg := config.Map{"headrace.batch.rows": "20", "execution.checkpointing.interval": "1 ms",
		"restart-strategy.type":                                "fixed-delay",
		"restart-strategy.fixed-delay.attempts":                "3",
		"restart-strategy.fixed-delay.delay":                   "1 ms",
		"headrace.task.cancel-timeout":                         "1 h",
		"execution.checkpointing.tolerable-failed-checkpoints": "1000"}
	if interval != "" {
		cfg["execution.checkpointing.interval-during-backlog"] = interval
	}
	var err error
	j, err = Start(c.t.Context(), g, Options{ID: "backlog", Driver: sim, Clock: sim.Clock,
		Config: cfg})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := sim.Run(func() bool { return j.Status().Final() }, 3_000_000); err != nil {
		c.t.Fatalf("%v: %s, %v", err, j.Status(), j.Err())
	}
	if j.Status() != Finished {
		c.t.Fatalf("seed %d: %s, %v", seed, j.Status(), j.Err())
	}
	c.atEnd = j.SnapshotCounts().Completed
	checkCounts(c.t, world, catchUpSplits*catchUpSize, catchUpKeys)
}

func TestNoCheckpointsDuringBacklog(t *testing.T) {
	for seed := uint64(1); seed <= 10; seed++ {
		c := &catchUp{t: t}
		c.run(seed, "0")
		// One may be begun before the source has said a word.
		if c.inBacklog > 1 || c.early || c.atEnd < 2 {
			t.Errorf("seed %d: %d snapshots in the backlog, %d at the end; early: %v", seed,
				c.inBacklog, c.atEnd, c.early)
		}
	}
}

func TestBacklogWithoutAnIntervalOfItsOwn(t *testing.T) {
	c := &catchUp{t: t}
	c.run(1, "")
	if c.inBacklog < 2 || c.early {
		t.Errorf("%d snapshots in the backlog; early: %v", c.inBacklog, c.early)
	}
}

// TestFailureDuringBacklogStartsAnew: without a checkpoint everything is read again, and counts once.
func TestFailureDuringBacklogStartsAnew(t *testing.T) {
	for seed := uint64(1); seed <= 10; seed++ {
		c := &catchUp{t: t, failures: 2}
		c.run(seed, "0")
		if c.failed != 2 {
			t.Errorf("seed %d: it failed %d times", seed, c.failed)
		}
	}
}
