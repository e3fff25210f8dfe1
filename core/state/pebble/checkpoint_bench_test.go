package pebble_test

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/checkpoint"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/pebble"
)

// used is the CPU time of the process: wall time says little on a machine that others use.
func used(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCheckpoint: of a million keys of 100 bytes a part changes, at random, between two
// checkpoints. What it reports is CPU time a key: of the updates, of the part of a checkpoint that
// holds up the operator, and of the part beside it.
func BenchmarkCheckpoint(b *testing.B) {
	const total, rows = 1 << 20, 8192
	for _, c := range []struct {
		name    string
		budget  int64
		changes int
	}{{"fits/1%", 1 << 30, total / 100}, {"fits/all", 1 << 30, total},
		{"quarter/1%", 50 << 20, total / 100}} {
		b.Run(c.name, func(b *testing.B) {
			dir := b.TempDir()
			files, err := checkpoint.NewStore(fsys.OS{}, dir, "job", 0)
			if err != nil {
				b.Fatal(err)
			}
			back := pebble.New(pebble.Options{})
			store, err := back.Open(&state.StoreContext{OperatorInfo: state.OperatorInfo{UID: "op",
				Parallelism: 1, MaxParallelism: 128}, Files: files, FS: fsys.OS{},
				Dir: filepath.Join(dir, "db"), Clock: clock.System{},
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
			x, id := uint64(1), int64(0)
			update := func(n int, next func() int64) {
				for n > 0 {
					v := v[:min(n, rows)]
					n -= len(v)
					for i := range v {
						v[i] = next()
					}
					col := batch.MakeFixed(types.Of(types.BigInt), v, nil)
					if err := state.EncodeKeys([]*batch.Column{col}, 128, keys); err != nil {
						b.Fatal(err)
					}
					if slots, err = store.Keyed().Resolve(keys, slots); err != nil {
						b.Fatal(err)
					}
					for _, s := range slots {
						x = x*6364136223846793005 + 1442695040888963407
						for i := 0; i < 96; i += 8 {
							y := x * uint64(2*i+1)
							for k := range 8 {
								value[i+k] = byte(y >> (8 * k))
							}
						}
						text.Set(s, value)
					}
					store.Keyed().MarkDirty(slots)
				}
			}
			capture := func() state.Capture {
				id++
				c, err := store.Capture(state.CaptureOptions{ID: id})
				if err != nil {
					b.Fatal(err)
				}
				return c
			}
			write := func(c state.Capture) int64 {
				h, err := c.Write(files)
				if err != nil {
					b.Fatal(err)
				}
				store.Settled(id, true)
				if err := store.Maintain(); err != nil {
					b.Fatal(err)
				}
				return h.NewBytes
			}
			at := int64(-1)
			update(total, func() int64 { at++; return at })
			write(capture())
			var updates, sync, beside time.Duration
			bytes := int64(0)
			for b.Loop() {
				start := used(b)
				update(c.changes, func() int64 {
					x = x*6364136223846793005 + 1442695040888963407
					return int64(x >> 44)
				})
				updated := used(b)
				taken := capture()
				captured := used(b)
				bytes += write(taken)
				updates, sync = updates+updated-start, sync+captured-updated
				beside += used(b) - captured
			}
			per := func(d time.Duration) float64 {
				return float64(d.Nanoseconds()) / float64(b.N) / float64(c.changes)
			}
			b.ReportMetric(per(updates), "update-ns/key")
			b.ReportMetric(per(sync), "sync-ns/key")
			b.ReportMetric(per(beside), "beside-ns/key")
			b.ReportMetric(float64(bytes)/float64(b.N)/float64(c.changes), "B/key")
		})
	}
}
