package pebble_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/changelog"
	"github.com/headrace/headrace/core/state/statetest"
)

// TestExpiredKeysOnDiskAreMet: keys that were evicted and are never asked for again are brought back
// a few at a time, so that what has expired goes.
func TestExpiredKeysOnDiskAreMet(t *testing.T) {
	for name, b := range map[string]state.Backend{"plain": backend(t),
		"changelog": &changelog.Backend{Inner: backend(t)}} {
		t.Run(name, func(t *testing.T) { expiredOnDisk(t, b) })
	}
}

func expiredOnDisk(t *testing.T, b state.Backend) {
	store, err := b.Open(&state.StoreContext{OperatorInfo: state.OperatorInfo{UID: "op",
		Parallelism: 1, MaxParallelism: 128}, Files: statetest.NewFiles(), FS: fsys.NewMem(),
		Dir: filepath.Join(t.TempDir(), "db"), Clock: clock.NewManual(0),
		Budget: state.NewBudget(20_000)}, nil)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(err)
	keyed, used := store.Keyed(), state.NewTTL(state.TTLConfig{TTLMs: 100})
	must(keyed.Register("used", used))
	touch := func(from, n int, nowMs int64) {
		keys := &state.Keys{}
		for i := range n {
			k := fmt.Appendf(nil, "key %d", from+i)
			keys.Append(k, state.GroupOf(k, 128))
		}
		slots, err := keyed.Resolve(keys, nil)
		must(err)
		used.Written(slots, nowMs)
		keyed.MarkDirty(slots)
	}
	const keys = 2000
	for i := range keys / 100 {
		touch(100*i, 100, 0)
	}
	touch(0, 1, 50) // lives a little longer
	for range 2 * keys / 16 {
		must(used.Tour(keyed))
		keyed.Drop(used.Sweep(120, nil))
	}
	left := 0
	must(keyed.Each(func(slots []int32) error {
		left += len(slots)
		return nil
	}))
	if left != 1 {
		t.Errorf("%d keys are left, one has not expired", left)
	}
	must(store.Close())
}
