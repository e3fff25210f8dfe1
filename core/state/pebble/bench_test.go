package pebble_test

import (
	"path/filepath"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/pebble"
	"github.com/headrace/headrace/core/state/statetest"
)

// A quarter of a million keys of 100 bytes, updated at random, with memory for all of them or for
// a quarter.
func BenchmarkUpdate(b *testing.B) {
	const total, rows = 1 << 18, 4096
	for _, c := range []struct {
		name   string
		budget int64
	}{{"fits", 1 << 30}, {"quarter", 14 << 20}} {
		b.Run(c.name, func(b *testing.B) {
			back := pebble.New(pebble.Options{})
			store, err := back.Open(&state.StoreContext{OperatorInfo: state.OperatorInfo{UID: "op",
				Parallelism: 1, MaxParallelism: 128}, Files: statetest.NewFiles(), FS: fsys.OS{},
				Dir: filepath.Join(b.TempDir(), "db"), Clock: clock.System{},
				Budget: state.NewBudget(c.budget)}, nil)
			if err != nil {
				b.Fatal(err)
			}
			defer func() {
				if err := store.Close(); err != nil {
					b.Fatal(err)
				}
				back.Close()
			}()
			text := state.NewBytes(state.Evolution{})
			if err := store.Keyed().Register("text", text); err != nil {
				b.Fatal(err)
			}
			keys, value, v := &state.Keys{}, make([]byte, 100), make([]int64, rows)
			var slots []int32
			x := uint64(1)
			update := func() {
				for i := range v {
					x = x*6364136223846793005 + 1442695040888963407
					v[i] = int64(x >> 46)
				}
				col := batch.MakeFixed(types.Of(types.BigInt), v, nil)
				if err := state.EncodeKeys([]*batch.Column{col}, 128, keys); err != nil {
					b.Fatal(err)
				}
				if slots, err = store.Keyed().Resolve(keys, slots); err != nil {
					b.Fatal(err)
				}
				for _, s := range slots {
					value[s%100]++
					text.Set(s, value)
				}
				store.Keyed().MarkDirty(slots)
			}
			for range 2 * total / rows {
				update()
			}
			for b.Loop() {
				update()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/key")
		})
	}
}
