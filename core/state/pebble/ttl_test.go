package pebble_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/changelog"
	"github.com/headrace/headrace/core/state/memory"
	"github.com/headrace/headrace/core/state/statetest"
)

// expiring is a store whose keys expire 100 ms after they were touched.
type expiring struct {
	t     *testing.T
	store state.Store
	keyed state.Keyed
	used  *state.TTL
}

func newExpiring(t *testing.T, b state.Backend) *expiring {
	store, err := b.Open(&state.StoreContext{OperatorInfo: state.OperatorInfo{UID: "op",
		Parallelism: 1, MaxParallelism: 128}, Files: statetest.NewFiles(), FS: fsys.NewMem(),
		Dir: filepath.Join(t.TempDir(), "db"), Clock: clock.NewManual(0),
		Budget: state.NewBudget(20_000)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	e := &expiring{t, store, store.Keyed(), state.NewTTL(state.TTLConfig{TTLMs: 100})}
	e.must(e.keyed.Register("used", e.used))
	return e
}

func (e *expiring) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

// touch uses n keys.
func (e *expiring) touch(from, n int, nowMs int64) {
	keys := &state.Keys{}
	for i := range n {
		k := fmt.Appendf(nil, "key %d", from+i)
		keys.Append(k, state.GroupOf(k, 128))
	}
	slots, err := e.keyed.Resolve(keys, nil)
	e.must(err)
	e.used.Written(slots, nowMs)
	e.keyed.MarkDirty(slots)
}

func (e *expiring) clean(nowMs int64) {
	e.must(e.used.Tour(e.keyed))
	e.keyed.Drop(e.used.Sweep(nowMs, nil))
}

// left closes the store and says how many keys there were.
func (e *expiring) left() (n int) {
	e.must(e.keyed.Each(func(slots []int32) error {
		n += len(slots)
		return nil
	}))
	e.must(e.store.Close())
	return n
}

// TestCleaningKeepsUpWithNewKeys: what has expired does not pile up when every key is a new one.
func TestCleaningKeepsUpWithNewKeys(t *testing.T) {
	for name, b := range map[string]state.Backend{"pebble": backend(t), "memory": memory.Backend{}} {
		t.Run(name, func(t *testing.T) {
			e := newExpiring(t, b)
			e.used.Config.SweepSlots = 16
			const batches, rows, alive = 60, 500, 10
			for i := range batches {
				e.clean(int64(10 * i))
				e.touch(rows*i, rows, int64(10*i))
			}
			if n := e.left(); n < alive*rows || n > 3*alive*rows {
				t.Errorf("%d keys are left of %d that have not expired", n, alive*rows)
			}
		})
	}
}

// TestExpiredKeysOnDiskAreMet: keys that were evicted and are never asked for again are brought back
// a few at a time, so that what has expired goes.
func TestExpiredKeysOnDiskAreMet(t *testing.T) {
	for name, b := range map[string]state.Backend{"plain": backend(t),
		"changelog": &changelog.Backend{Inner: backend(t)}} {
		t.Run(name, func(t *testing.T) { expiredOnDisk(t, b) })
	}
}

func expiredOnDisk(t *testing.T, b state.Backend) {
	e := newExpiring(t, b)
	const keys = 2000
	for i := range keys / 100 {
		e.touch(100*i, 100, 0)
	}
	e.touch(0, 1, 50) // lives a little longer
	for range 2 * keys / 16 {
		e.clean(120)
	}
	if left := e.left(); left != 1 {
		t.Errorf("%d keys are left, one has not expired", left)
	}
}
