package snapshot_test

import (
	"fmt"
	"testing"

	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/slots"
	"github.com/headrace/headrace/core/state/snapshot"
	"github.com/headrace/headrace/core/state/statetest"
)

// churn is a store of n keys of which some change from checkpoint to checkpoint.
type churn struct {
	t     *testing.T
	files *statetest.Files
	store *snapshot.Store
	n     *state.Value[int64]
	list  *state.List
	id    int64
}

func newChurn(t *testing.T) *churn {
	c := &churn{t: t, files: statetest.NewFiles()}
	c.open()
	return c
}

func (c *churn) open(restore ...state.Handle) {
	c.n, c.list = state.NewValue[int64](""), state.NewList(state.Evolution{})
	var err error
	c.store, err = open(c.t, c.files, state.OperatorInfo{}, restore...)
	must(c.t, err)
	must(c.t, c.store.Keyed().Register("n", c.n))
	must(c.t, c.store.Keyed().Register("list", c.list))
}

func churnKeys(from, n int) *state.Keys {
	keys := &state.Keys{}
	for i := range n {
		k := fmt.Appendf(nil, "key%d", from+i)
		keys.Append(k, state.GroupOf(k, 16))
	}
	return keys
}

// change adds to the numbers and lists of keys.
func (c *churn) change(from, n int) {
	c.t.Helper()
	slots, err := c.store.Keyed().Resolve(churnKeys(from, n), nil)
	must(c.t, err)
	for _, s := range slots {
		*c.n.At(s)++
		c.list.Append(s, make([]byte, 100))
	}
	c.store.Keyed().MarkDirty(slots)
}

func (c *churn) drop(from, n int) {
	c.t.Helper()
	slots, err := c.store.Keyed().Resolve(churnKeys(from, n), nil)
	must(c.t, err)
	c.store.Keyed().Drop(slots)
}

func (c *churn) checkpoint() state.Handle {
	c.t.Helper()
	c.id++
	h, err := capture(c.t, c.store, c.id).Write(c.files)
	must(c.t, err)
	must(c.t, c.store.Maintain())
	return h
}

// sums returns how many keys there are and what their numbers and lists come to.
func (c *churn) sums() (keys int, n int64, elements int) {
	c.t.Helper()
	must(c.t, c.store.Keyed().Each(func(slots []int32) error {
		for _, s := range slots {
			v, _ := c.n.Get(s)
			keys, n, elements = keys+1, n+v, elements+c.list.Len(s)
		}
		return nil
	}))
	return keys, n, elements
}

// TestAFullChurnNeedsNoMerges: where most keys change, checkpoints of all keys take the place of
// deltas and their merges; what that writes beyond the changes is bounded as merges are.
func TestAFullChurnNeedsNoMerges(t *testing.T) {
	for _, changed := range []int{200, 180, 120, 100} {
		c := newChurn(t)
		c.change(0, 200)
		c.checkpoint()
		most := 0
		for range 40 {
			c.change(0, changed)
			most = max(most, len(c.checkpoint().Files))
		}
		st := c.store.Stats()
		if most > 8 || 5*st.MergeBytes > st.DeltaBytes {
			t.Errorf("%d of 200 keys: up to %d files, merges wrote %d bytes, captures %d", changed,
				most, st.MergeBytes, st.DeltaBytes)
		}
		if st.Merges == 0 {
			t.Errorf("%d of 200 keys: no base was made", changed)
		}
	}
}

// TestMergesOfAGrowingStateAreAmortised: the first base is small, and what comes of it grows.
func TestMergesOfAGrowingStateAreAmortised(t *testing.T) {
	c := newChurn(t)
	merges := int64(0)
	for round := range 300 {
		c.change(10*round, 10)
		c.change(round*37%(10*round+1), 90)
		c.checkpoint()
		st := c.store.Stats()
		if merges = st.Merges; 5*st.MergeBytes > st.DeltaBytes+st.DeltaBytes/4 {
			t.Fatalf("round %d: %d merges wrote %d bytes, captures %d", round, merges, st.MergeBytes,
				st.DeltaBytes)
		}
	}
	if merges == 0 {
		t.Error("nothing was merged")
	}
}

// TestABaseHoldsAllAndNothingElse: keys that did not change, lists that are told as changes, keys
// that were dropped before it, and a checkpoint that failed in between.
func TestABaseHoldsAllAndNothingElse(t *testing.T) {
	c := newChurn(t)
	for range 60 { // lists of more than 4 KB, which deltas tell the end of only
		c.change(0, 100)
	}
	c.checkpoint()
	c.change(0, 5)
	c.checkpoint()
	c.drop(0, 3)
	c.change(10, 80)
	lost := capture(t, c.store, 100)
	lost.Discard()
	c.store.Settled(100, false)
	c.id = 100
	c.change(95, 1)
	h := c.checkpoint()
	if len(h.Files) != 1 {
		t.Fatalf("%d files", len(h.Files))
	}
	// 97 keys: two changed 61 times, 80 too, number 95 as well, the others 60 times.
	keys, n, elements := c.sums()
	if want := 60*97 + 2 + 80 + 1; keys != 97 || n != int64(want) || elements != want {
		t.Fatalf("before: %d keys, %d, %d elements", keys, n, elements)
	}
	c.change(20, 1)
	later := c.checkpoint()
	for i, h := range []state.Handle{h, later} {
		c.open(h)
		wantN := n + int64(i)
		if k, got, e := c.sums(); k != keys || got != wantN || e != int(wantN) {
			t.Errorf("restore %d: %d keys, %d, %d elements, want %d, %d", i, k, got, e, keys, wantN)
		}
	}
}

// TestStateOnDiskIsNotCapturedFromMemory asks for what cannot be.
func TestStateOnDiskIsNotCapturedFromMemory(t *testing.T) {
	table := slots.New(func(*slots.Table) error { return nil })
	if _, err := table.CaptureAll(); err == nil {
		t.Error("all keys of a table that was not loaded yet")
	}
}
