package pebble_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/headrace/headrace/core/state/memory"
	"github.com/headrace/headrace/core/state/pebble"
	"github.com/headrace/headrace/core/state/statetest"
)

func options(t *testing.T, budget int64) statetest.Options {
	n := 0
	return statetest.Options{Budget: budget, Seeds: 3, Dir: func() string {
		n++
		return filepath.Join(t.TempDir(), fmt.Sprint(n))
	}}
}

func backend(t *testing.T) *pebble.Backend {
	b := pebble.New(pebble.Options{MemTableBytes: 1 << 20})
	t.Cleanup(b.Close)
	return b
}

func TestConformance(t *testing.T) {
	statetest.Run(t, backend(t), options(t, 0))
}

// A budget of a few keys: every batch evicts and loads.
func TestConformanceOverBudget(t *testing.T) {
	o := options(t, 20_000)
	o.Seeds = 6
	statetest.Run(t, backend(t), o)
}

// A database that is opened when it is needed: with room enough never, else soon.
func TestConformanceOpenedLate(t *testing.T) {
	for _, budget := range []int64{0, 20_000} {
		b := pebble.New(pebble.Options{MemTableBytes: 1 << 20, Late: true})
		t.Cleanup(b.Close)
		statetest.Run(t, b, options(t, budget))
	}
}

// Snapshots of one back end are restored on the other, and back.
func TestConformanceWithMemory(t *testing.T) {
	o := options(t, 30_000)
	o.Restore = memory.Backend{}
	statetest.Run(t, backend(t), o)
}
