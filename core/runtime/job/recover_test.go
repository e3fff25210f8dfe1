package job

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

// step is what a test operator does with a batch.
type step = func(b *batch.Batch, out operator.Output) error

func ranges(splits, size, keys int) *jobtest.Ranges {
	return &jobtest.Ranges{Splits: splits, Size: size, Keys: keys,
		Rand: rand.New(rand.NewPCG(1, 1))}
}

// counted is ranges → gate → tally → outside; gate holds rows back until open is closed.
func counted(
	world *jobtest.Outside, size, keys, parallelism int, open <-chan struct{},
) *plan.Graph {
	g := &plan.Graph{Name: "counted"}
	hold := func(*operator.Context) func(b *batch.Batch, out operator.Output) error {
		n := 0
		return func(b *batch.Batch, out operator.Output) error {
			if n += b.Len(); n > size/2 {
				select {
				case <-open:
				default:
					time.Sleep(time.Millisecond) // slow, so that the job is caught in its middle
				}
			}
			b.Retain()
			out.Emit(0, b)
			return nil
		}
	}
	src := g.Add(node("ranges", 1, &plan.Source{Source: ranges(2, size, keys)}))
	gate := g.Add(node("gate", 1, &jobtest.Apply{Make: hold}))
	ta := g.Add(node("tally", parallelism, &jobtest.Tally{}))
	out := g.Add(node("outside", parallelism, &plan.Sink{Sink: world}))
	src.UID, gate.UID, ta.UID, out.UID = "src", "gate", "tally", "out"
	g.Connect(src, gate, plan.Forward)
	g.Connect(gate, ta, plan.Hash, 0)
	g.Connect(ta, out, plan.Forward)
	return g
}

func checkCounts(t *testing.T, world *jobtest.Outside, n, keys int) {
	t.Helper()
	rows := world.Rows()
	if len(rows) != n {
		t.Fatalf("%d rows committed, not %d", len(rows), n)
	}
	for k := range keys {
		for i := 1; i <= n/keys; i++ {
			if c := rows[[2]int64{int64(k), int64(i)}]; c != 1 {
				t.Fatalf("key %d, row %d: committed %d times", k, i, c)
			}
		}
	}
}

func newWorld() *jobtest.Outside {
	return jobtest.NewOutside(rand.New(rand.NewPCG(1, 1)), 0)
}

func within(t *testing.T) context.Context {
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(stop)
	return ctx
}

// untilAbove waits until a metric is above a value.
func untilAbove(ctx context.Context, t *testing.T, j *Job, metric string, value int64) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		for _, m := range j.Metrics() {
			if m.Name == metric && m.Value > value {
				return
			}
		}
		<-tick.C
	}
	t.Fatalf("%s stays at %d or below", metric, value)
}

func TestStopWithSavepointAndRestoreAtAnotherParallelism(t *testing.T) {
	for _, backend := range []string{"hashmap", "pebble"} {
		t.Run(backend, func(t *testing.T) {
			world, dir, ctx := newWorld(), t.TempDir(), within(t)
			open := make(chan struct{})
			cfg := config.Map{"state.backend.type": backend, "headrace.batch.rows": "50"}
			j, err := Start(ctx, counted(world, 20_000, 100, 2, open), Options{ID: "a", Config: cfg,
				Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			path, err := j.Stop(ctx, dir, false)
			if err != nil || j.Status() != Finished {
				t.Fatalf("stop: %v, %s", err, j.Status())
			}
			if n := len(world.Rows()); n >= 40_000 {
				t.Fatalf("the job was over (%d rows) before it could be stopped", n)
			}
			close(open)
			cfg["execution.state-recovery.path"] = path
			j, err = Start(ctx, counted(world, 20_000, 100, 3, open), Options{ID: "b", Config: cfg,
				Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			if err := j.Wait(ctx); err != nil {
				t.Fatal(err)
			}
			checkCounts(t, world, 40_000, 100)
		})
	}
}

func TestSavepointLeavesTheJobRunning(t *testing.T) {
	world, ctx := newWorld(), within(t)
	open := make(chan struct{})
	j, err := Start(ctx, counted(world, 5_000, 10, 2, open), Options{ID: "a",
		Config: config.Map{"execution.checkpointing.interval": "5 ms",
			"headrace.batch.rows": "10"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Savepoint(ctx, ""); err == nil || !strings.Contains(err.Error(),
		"execution.checkpointing.savepoint-dir") {
		t.Errorf("without a directory: %v", err)
	}
	path, err := j.Savepoint(ctx, t.TempDir())
	if err != nil || path == "" {
		t.Fatalf("savepoint: %q, %v", path, err)
	}
	if _, err := j.TriggerCheckpoint(ctx); err != nil {
		t.Fatal(err)
	}
	close(open)
	if err := j.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	checkCounts(t, world, 10_000, 10)
	if !slices.ContainsFunc(j.Snapshots(), func(s Snapshot) bool { return s.Path == path }) {
		t.Errorf("the savepoint is not listed in %v", j.Snapshots())
	}
	if _, err := j.Savepoint(ctx, t.TempDir()); err == nil {
		t.Error("savepoint of a job that is over")
	}
}

func TestRestoreRefusesStateThatBelongsToNobody(t *testing.T) {
	world, dir, ctx := newWorld(), t.TempDir(), within(t)
	open := make(chan struct{})
	g := counted(world, 2_000, 10, 1, open)
	j, err := Start(ctx, g, Options{ID: "a", Config: config.Map{"headrace.batch.rows": "5"}})
	if err != nil {
		t.Fatal(err)
	}
	untilAbove(ctx, t, j, "tally.0.numRecordsIn", 0)
	path, err := j.Stop(ctx, dir, false)
	if err != nil {
		t.Fatal(err)
	}
	close(open)
	again := func(cfg config.Map) (*Job, error) {
		cfg["execution.state-recovery.path"] = path
		g := counted(newWorld(), 2_000, 10, 1, open)
		g.Nodes[2].UID = "tally2"
		return Start(ctx, g, Options{ID: "b", Config: cfg})
	}
	if _, err := again(config.Map{}); errs.MarkOf(err) != errs.User ||
		!strings.Contains(err.Error(), "tally") {
		t.Fatalf("got %v", err)
	}
	j, err = again(config.Map{"execution.state-recovery.ignore-unclaimed-state": "true"})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Wait(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestDrainEndsTheInput(t *testing.T) {
	world, ctx := newWorld(), within(t)
	open := make(chan struct{})
	g := counted(world, 100_000, 10, 2, open)
	ended := make(chan int, 2)
	g.Nodes[2].Op = &watchEnd{ended}
	j, err := Start(ctx, g, Options{ID: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Stop(ctx, t.TempDir(), true); err != nil {
		t.Fatal(err)
	}
	if len(ended) != 2 {
		t.Errorf("%d subtasks saw the end of input, not 2", len(ended))
	}
}

func TestCallThatDoesNotComeBackIsLeftBehind(t *testing.T) {
	g, results := pipeline(1000, 10)
	release, entered := make(chan struct{}), make(chan struct{}, 2)
	defer close(release)
	g.Nodes[2].Op = &jobtest.Apply{Make: func(*operator.Context) step {
		return func(*batch.Batch, operator.Output) error {
			entered <- struct{}{}
			<-release
			return nil
		}
	}}
	j := start(t, g, Options{}, results)
	<-entered
	began := time.Now()
	j.Cancel()
	if err := j.Wait(within(t)); errs.MarkOf(err) != errs.Cancelled {
		t.Fatalf("wait: %v", err)
	}
	if d := time.Since(began); d > time.Second {
		t.Errorf("cancel took %v", d)
	}
	if left := j.LeftBehind(); len(left) == 0 || !strings.Contains(left[0], "where") {
		t.Errorf("left behind: %v", left)
	}
}

func TestFixedDelayGivesUpWithTheLastError(t *testing.T) {
	g, results := pipeline(1000, 10)
	runs := 0
	g.Nodes[0].Parallelism, g.Nodes[1].Parallelism = 1, 1
	g.Nodes[1].Op = &jobtest.Apply{Make: func(ctx *operator.Context) step {
		return func(*batch.Batch, operator.Output) error {
			runs++
			return fmt.Errorf("attempt %d", ctx.Attempt)
		}
	}}
	j := start(t, g, Options{Config: config.Map{"restart-strategy.type": "fixed-delay",
		"restart-strategy.fixed-delay.attempts": "2",
		"restart-strategy.fixed-delay.delay":    "1 ms"}}, results)
	err := j.Wait(within(t))
	if runs != 3 || err == nil || !strings.HasSuffix(err.Error(), "attempt 2") {
		t.Fatalf("%d runs, %v", runs, err)
	}
	var seen []string
	for _, h := range j.History() {
		seen = append(seen, string(h.Status))
	}
	want := "CREATED RUNNING FAILING RESTARTING RUNNING FAILING RESTARTING RUNNING FAILING FAILED"
	if got := strings.Join(seen, " "); got != want {
		t.Errorf("history %s", got)
	}
}

// TestUnalignedCheckpointDoesNotWaitForRowsInFlight has a consumer that needs about a minute for
// what is in flight.
func TestUnalignedCheckpointDoesNotWaitForRowsInFlight(t *testing.T) {
	world, ctx := newWorld(), within(t)
	g := &plan.Graph{Name: "slow"}
	slow := func(*operator.Context) func(b *batch.Batch, out operator.Output) error {
		return func(b *batch.Batch, out operator.Output) error {
			time.Sleep(20 * time.Millisecond)
			b.Retain()
			out.Emit(0, b)
			return nil
		}
	}
	src := g.Add(node("ranges", 1, &plan.Source{Source: ranges(1, 1_000_000, 100)}))
	sl := g.Add(node("slow", 2, &jobtest.Apply{Make: slow}))
	out := g.Add(node("outside", 2, &plan.Sink{Sink: world}))
	g.Connect(src, sl, plan.Hash, 0)
	g.Connect(sl, out, plan.Forward)
	j, err := Start(ctx, g, Options{ID: "slow", Config: config.Map{
		"execution.checkpointing.unaligned.enabled": "true", "headrace.batch.rows": "100",
		"headrace.exchange.size": "8 mb"}})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Cancel()
	untilAbove(ctx, t, j, "slow.0.inputQueueBytes", 3<<20)
	if _, err := j.TriggerCheckpoint(ctx); err != nil {
		t.Fatal(err)
	}
	// Had the barrier waited for its turn, there would be nothing left in flight to keep.
	if s := j.Snapshots()[0]; s.SizeBytes < 1<<20 {
		t.Errorf("the checkpoint has %d bytes: the rows in flight are missing", s.SizeBytes)
	}
}

// watchEnd tells of the end of input.
type watchEnd struct{ ended chan<- int }

func (*watchEnd) Kind() string { return "WatchEnd" }

type watchEndOp struct {
	operator.Base
	spec *watchEnd
}

func (o *watchEndOp) Process(_ int, b *batch.Batch, out operator.Output) error {
	b.Retain()
	out.Emit(0, b)
	return nil
}

func (o *watchEndOp) EndInput(int, operator.Output) error {
	o.spec.ended <- o.Ctx.Subtask
	return nil
}

func init() {
	compile.Register(func(_ *plan.Node, op *watchEnd, _ *compile.Env) (operator.Operator, error) {
		return &watchEndOp{spec: op}, nil
	})
}
