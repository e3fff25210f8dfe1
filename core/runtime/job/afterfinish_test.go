package job

import (
	"context"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/checkpoint"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

// slowUntil passes rows on, so slowly until open is closed that the job is not over before.
func slowUntil(open <-chan struct{}) func(*operator.Context) step {
	return func(*operator.Context) step {
		return func(b *batch.Batch, out operator.Output) error {
			select {
			case <-open:
			case <-time.After(20 * time.Millisecond):
			}
			b.Retain()
			out.Emit(0, b)
			return nil
		}
	}
}

// TestSavepointOfAJobWithoutCheckpointsWhenASourceHasEnded: what has ended is in the savepoint as
// such, the rest goes on from it, at the same and at another parallelism.
func TestSavepointOfAJobWithoutCheckpointsWhenASourceHasEnded(t *testing.T) {
	for _, parallelism := range []int{2, 3} {
		world, dir := newWorld(), t.TempDir()
		ctx, done := context.WithTimeout(context.Background(), 2*time.Minute)
		defer done()
		open := make(chan struct{})
		graph := func(parallelism int) *plan.Graph {
			g := counted(world, 20_000, 100, parallelism, open)
			g.Nodes[1].Op = &jobtest.Apply{Make: slowUntil(open)}
			short := g.Add(node("short", 1, &plan.Source{Source: ranges(1, 1000, 100)}))
			short.UID = "short"
			g.Connect(short, g.Nodes[2], plan.Hash, 0)
			return g
		}
		cfg := config.Map{"headrace.batch.rows": "10"}
		j, err := Start(ctx, graph(2), Options{ID: "a", Config: cfg, Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		for ended := false; !ended; {
			path, err := j.Savepoint(ctx, dir)
			if err != nil {
				t.Fatal(err)
			}
			s, err := checkpoint.OpenSnapshot(fsys.OS{}, path)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range s.Manifest.Operators {
				ended = ended || o.UID == "short" && len(o.Ended) == 1
			}
		}
		path, err := j.Stop(ctx, dir, false)
		if err != nil || j.Status() != Finished {
			t.Fatalf("stop: %v, %s", err, j.Status())
		}
		if n := len(world.Rows()); n >= 41_000 {
			t.Fatalf("the job was over (%d rows) before it could be stopped", n)
		}
		close(open)
		cfg["execution.state-recovery.path"] = path
		j, err = Start(ctx, graph(parallelism), Options{ID: "b", Config: cfg, Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Wait(ctx); err != nil {
			t.Fatal(err)
		}
		checkCounts(t, world, 41_000, 100)
	}
}
