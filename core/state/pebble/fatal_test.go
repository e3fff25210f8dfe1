package pebble

import (
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/state"
)

// A disk that is full: pebble's background work fails, with an error for tables and by giving up
// for its manifest. The store says so in an error, and nothing ends the process or hangs.
func TestDiskFull(t *testing.T) {
	for _, file := range []string{".sst", "MANIFEST"} {
		t.Run(file, func(t *testing.T) {
			var full atomic.Bool
			b := New(Options{MemTableBytes: 64 << 10})
			defer b.Close()
			b.wrap = func(fs vfs.FS) vfs.FS {
				return errorfs.Wrap(fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
					writes := op.Kind == errorfs.OpFileWrite || op.Kind == errorfs.OpFileSync
					if writes && full.Load() && strings.Contains(op.Path, file) {
						return syscall.ENOSPC
					}
					return nil
				}))
			}
			store, err := b.Open(&state.StoreContext{OperatorInfo: state.OperatorInfo{UID: "op",
				Parallelism: 1, MaxParallelism: 128}, FS: fsys.OS{}, Dir: t.TempDir() + "/db",
				Clock: clock.System{}, Budget: state.NewBudget(32 << 10)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			text := state.NewBytes(state.Evolution{})
			if err := store.Keyed().Register("text", text); err != nil {
				t.Fatal(err)
			}
			full.Store(true)
			err = fillUntilError(store, text)
			if err == nil || !strings.Contains(err.Error(), "has space") ||
				!strings.Contains(err.Error(), "operator 'op'") {
				t.Fatalf("a full disk gives: %v", err)
			}
			full.Store(false)
			_ = store.Close() // it may repeat the error, but it returns
		})
	}
}

// fillUntilError puts new keys into the store until it refuses one.
func fillUntilError(store state.Store, text *state.Bytes) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = p.(error)
		}
	}()
	var keys state.Keys
	var slots []int32
	value := make([]byte, 1000)
	for from := int64(0); from < 200_000; from += 100 {
		v := make([]int64, 100)
		for i := range v {
			v[i] = from + int64(i)
		}
		col := batch.MakeFixed(types.Of(types.BigInt), v, nil)
		if err := state.EncodeKeys([]*batch.Column{col}, 128, &keys); err != nil {
			return err
		}
		if slots, err = store.Keyed().Resolve(&keys, slots); err != nil {
			return err
		}
		for _, s := range slots {
			text.Set(s, value)
		}
		store.Keyed().MarkDirty(slots)
	}
	return nil
}
