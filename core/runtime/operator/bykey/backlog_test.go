package bykey_test

import (
	"fmt"
	"log/slog"
	"math"
	"slices"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/bykey"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/memory"
)

// streaming is a recorder in a stream; it counts how often a key is looked up.
type streaming struct {
	recorder
	lookups map[string]int
	barrier int
}

func (s *streaming) Process(port int, b *batch.Batch, out operator.Output) error {
	seen := map[string]bool{}
	for i := range b.Len() {
		seen[b.Cols[1].Str(i)] = true
	}
	for key := range seen {
		s.lookups[key]++
	}
	return s.recorder.Process(port, b, out)
}

func (s *streaming) PrepareBarrier(operator.Output) error {
	s.barrier++
	return nil
}
func (s *streaming) NextProcessingTime() (int64, bool) { return 0, false }
func (s *streaming) CheckpointComplete(int64) error    { return nil }
func (s *streaming) CheckpointAborted(int64) error     { return nil }

// catching drives a Backlog as a task does.
type catching struct {
	t     *testing.T
	inner *streaming
	op    *bykey.Backlog
	out   *output
	fs    fsys.FS
	now   int64
}

func catchUp(t *testing.T, limit int64, lazy bool) *catching {
	t.Helper()
	store, err := memory.Backend{}.Open(&state.StoreContext{OperatorInfo: state.OperatorInfo{
		Parallelism: 1, MaxParallelism: 128}, Clock: clock.System{}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &catching{t: t, inner: &streaming{lookups: map[string]int{}}, out: &output{},
		fs: fsys.NewMem(), now: 2}
	c.inner.lazy = lazy
	c.op = bykey.NewBacklog(c.inner, []bool{true}, limit)
	c.check(c.op.Open(&operator.Context{Task: operator.Task{Parallelism: 1, MaxParallelism: 128},
		Keyed: store.Keyed(), FS: c.fs, Dir: "/work", BatchRows: 100,
		Log: slog.New(slog.DiscardHandler), Watermark: func() int64 { return c.now }}))
	return c
}

func (c *catching) check(err error) {
	c.t.Helper()
	for err == nil && c.op.Pending() {
		err = c.op.Resume(c.out)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *catching) feed(rows ...row) {
	c.t.Helper()
	c.check(c.op.Process(0, batchOf(rows...), c.out))
}

func (c *catching) lines(want ...string) {
	c.t.Helper()
	if !slices.Equal(c.inner.lines, want) {
		c.t.Errorf("got %q, want %q", c.inner.lines, want)
	}
	c.inner.lines = nil
}

func TestBacklogIsSortedAndFedWhenItIsOver(t *testing.T) {
	for _, limit := range []int64{0, 1} {
		for _, lazy := range []bool{false, true} {
			c := catchUp(t, limit, lazy)
			c.feed(row{"b", 1, 1})
			c.lines("b@1 port 0: 1 n=1 wm=2") // the present is not sorted
			c.check(c.op.Backlog(true, c.out))
			c.feed(row{"b", 9, 2}, row{"a", 8, 3})
			c.now = 40 // another input may be further
			c.check(c.op.Watermark(40, c.out))
			c.feed(row{"b", 5, 4}, row{"a", 9, 5})
			c.lines()
			if len(c.out.marks) > 0 {
				t.Errorf("watermarks in the backlog: %v", c.out.marks)
			}
			c.check(c.op.Backlog(false, c.out))
			c.lines("a@8 port 0: 3 n=1 wm=2", "a@9 port 0: 5 n=2 wm=2", "b@5 port 0: 4 n=2 wm=2",
				"b@9 port 0: 2 n=3 wm=2", "timer a n=2", "timer b n=3")
			if !slices.Equal(c.out.marks, []int64{40}) {
				t.Errorf("watermarks %v", c.out.marks)
			}
			c.feed(row{"a", 50, 6})
			c.lines("a@50 port 0: 6 n=3 wm=40")
			if left, err := c.fs.List("/work"); err == nil && len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			c.check(c.op.Close())
		}
	}
}

func TestBacklogLooksEachKeyUpOnce(t *testing.T) {
	c := catchUp(t, 4_000, false)
	c.check(c.op.Backlog(true, c.out))
	const keys, each = 20, 30
	for i := range each {
		for k := range keys {
			c.feed(row{fmt.Sprintf("key-%02d", (k*7+i)%keys), int64(i), 1})
		}
	}
	c.check(c.op.Backlog(false, c.out))
	total := 0
	for key, n := range c.inner.lookups {
		if total += n; n > 2 { // twice where a batch ends within a key
			t.Errorf("%s was looked up %d times", key, n)
		}
	}
	if len(c.inner.lookups) != keys || total > keys+keys*each/100 || c.out.rows != keys*each {
		t.Errorf("%d look-ups of %d keys, %d rows", total, len(c.inner.lookups), c.out.rows)
	}
	c.check(c.op.Close())
}

// TestBacklogLeavesNothingToASnapshot: a barrier, as the end, finds all rows in the state.
func TestBacklogLeavesNothingToASnapshot(t *testing.T) {
	c := catchUp(t, 0, true)
	c.check(c.op.Backlog(true, c.out))
	c.feed(row{"b", 1, 1}, row{"a", 1, 2})
	c.lines()
	c.check(c.op.PrepareBarrier(c.out))
	c.lines("a@1 port 0: 2 n=1 wm=2", "b@1 port 0: 1 n=1 wm=2")
	if c.inner.barrier != 1 {
		t.Error("the operator was not told of the barrier")
	}
	c.feed(row{"a", 1, 3})
	c.lines() // it still is the past
	c.check(c.op.Watermark(math.MaxInt64, c.out))
	c.check(c.op.EndInput(0, c.out))
	c.lines("a@1 port 0: 3 n=2 wm=2", "timer a n=2", "timer b n=1", "end 0")
	if !slices.Equal(c.out.marks, []int64{3, math.MaxInt64}) {
		t.Errorf("watermarks %v", c.out.marks)
	}
	c.check(c.op.Close())
}

func TestBacklogThatIsClosedInTheMiddleLeavesNoFile(t *testing.T) {
	c := catchUp(t, 1, false)
	c.check(c.op.Backlog(true, c.out))
	c.feed(row{"b", 1, 1}, row{"a", 1, 2})
	if err := c.op.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := c.fs.List("/work"); err == nil && len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
