package job

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

// slowed is counted with rows that come slowly until open is closed.
func slowed(world *jobtest.Outside, size, keys, parallelism int, open <-chan struct{}) *plan.Graph {
	g := counted(world, size, keys, parallelism, open)
	g.Nodes[1].Op = &jobtest.Apply{Make: func(*operator.Context) step {
		return func(b *batch.Batch, out operator.Output) error {
			select {
			case <-open:
			case <-time.After(time.Millisecond):
			}
			b.Retain()
			out.Emit(0, b)
			return nil
		}
	}}
	return g
}

// TestBackEndAndChangelogAreSwitched: a job goes through savepoints, which move to another place
// each time, from back end to back end, with and without a changelog, at several parallelisms.
func TestBackEndAndChangelogAreSwitched(t *testing.T) {
	world := newWorld()
	ctx, stop := context.WithTimeout(context.Background(), 120*time.Second)
	defer stop()
	const size, keys = 50_000, 100
	runs := []struct {
		backend     string
		changelog   string
		parallelism int
	}{{"hashmap", "false", 2}, {"pebble", "true", 2}, {"hashmap", "true", 3}, {"pebble", "false", 1},
		{"hashmap", "true", 128}, {"hashmap", "false", 2}}
	open := make(chan struct{})
	path := ""
	for i, run := range runs {
		dir := t.TempDir()
		cfg := config.Map{"state.backend.type": run.backend, "headrace.batch.rows": "10",
			"state.changelog.enabled":          run.changelog,
			"execution.checkpointing.interval": "5 ms", "execution.checkpointing.dir": dir,
			"execution.checkpointing.incremental": "true",
			"execution.state-recovery.path":       path}
		if path == "" {
			delete(cfg, "execution.state-recovery.path")
		}
		last := i == len(runs)-1
		if last {
			close(open)
		}
		j, err := Start(ctx, slowed(world, size, keys, run.parallelism, open),
			Options{ID: fmt.Sprint("run", i), Config: cfg, Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		if last {
			if err := j.Wait(ctx); err != nil {
				t.Fatal(err)
			}
			break
		}
		for len(j.Snapshots()) == 0 {
			if ctx.Err() != nil || j.Status().Final() {
				t.Fatalf("run %d: %v, %s without a checkpoint", i, j.Err(), j.Status())
			}
			time.Sleep(time.Millisecond)
		}
		if i == 0 {
			untilAbove(ctx, t, j, "tally.0.state.deltaBytes", 0)
		}
		if path, err = j.Stop(ctx, filepath.Join(dir, "saved"), false); err != nil {
			t.Fatalf("run %d: %v", i, err)
		}
		moved := filepath.Join(t.TempDir(), "elsewhere")
		if err := os.Rename(path, moved); err != nil {
			t.Fatal(err)
		}
		path = moved
	}
	checkCounts(t, world, 2*size, keys)
}
