package changelog_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/changelog"
	"github.com/headrace/headrace/core/state/memory"
	"github.com/headrace/headrace/core/state/statetest"
)

// Restores go between a store with and one without changelog.
func TestConformance(t *testing.T) {
	b := &changelog.Backend{Inner: memory.Backend{}, Options: changelog.Options{PortionKeys: 5}}
	statetest.Run(t, b, statetest.Options{Restore: memory.Backend{}, Seeds: 12})
}

type fixture struct {
	t     *testing.T
	files *statetest.Files
	clock *clock.Manual
	store state.Store
	count *state.Value[int64]
	// beside is the work beside the operator; it runs at once unless it is held back.
	hold   bool
	beside []func()
}

func (f *fixture) runBeside(_ string, work func()) {
	if f.hold {
		f.beside = append(f.beside, work)
		return
	}
	work()
}

func openBeside(t *testing.T) *fixture { return openWith(t, true) }

func open(t *testing.T) *fixture { return openWith(t, false) }

func openWith(t *testing.T, beside bool) *fixture {
	f := &fixture{t: t, files: statetest.NewFiles(), clock: clock.NewManual(0),
		count: state.NewValue[int64]("")}
	b := &changelog.Backend{Inner: memory.Backend{}, Options: changelog.Options{PortionKeys: 100,
		MaterializeMs: 60_000, WriteBytes: 10_000}}
	ctx := &state.StoreContext{OperatorInfo: state.OperatorInfo{UID: "op",
		Parallelism: 1, MaxParallelism: 16}, Files: f.files, Clock: f.clock}
	if beside {
		ctx.Beside = f.runBeside
	}
	var err error
	f.store, err = b.Open(ctx, nil)
	f.must(err)
	f.must(f.store.Keyed().Register("n", f.count))
	return f
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// change adds one to n keys from a number on.
func (f *fixture) change(from, n int) {
	keys := &state.Keys{}
	for i := range n {
		k := fmt.Appendf(nil, "key%d", from+i)
		keys.Append(k, state.GroupOf(k, 16))
	}
	slots, err := f.store.Keyed().Resolve(keys, nil)
	f.must(err)
	for _, s := range slots {
		*f.count.At(s)++
	}
	f.store.Keyed().MarkDirty(slots)
}

func (f *fixture) checkpoint(id int64) (h state.Handle, captured int64) {
	c, err := f.store.Capture(state.CaptureOptions{ID: id})
	f.must(err)
	h, err = c.Write(f.files)
	f.must(err)
	return h, c.SizeBytes()
}

func TestChangesLeaveBeforeTheCheckpoint(t *testing.T) {
	f := open(t)
	for i := range 50 {
		f.change(100*i, 100)
	}
	f.must(f.store.Maintain())
	h, captured := f.checkpoint(1)
	// All but the last portion were written by Maintain.
	if captured > 100*40 || h.NewBytes > 4000 {
		t.Fatalf("the checkpoint captured %d bytes and wrote %d", captured, h.NewBytes)
	}
	if len(h.Files) != 2 {
		t.Fatalf("files %v", h.Files)
	}
}

func TestChangesAreWrittenBesideTheOperator(t *testing.T) {
	f := openBeside(t)
	for i := range 200 {
		f.change(100*i, 100)
	}
	h, captured := f.checkpoint(1)
	if captured > 100*40 || h.NewBytes > 12_000 || len(h.Files) < 10 {
		t.Fatalf("the checkpoint captured %d bytes and wrote %d, %d files", captured, h.NewBytes,
			len(h.Files))
	}
}

// TestChangesThatCannotBeWrittenBesideAreTheCheckpoints: a full disk is told by the checkpoint, and
// nothing is lost; work that comes too late finds the store closed.
func TestChangesThatCannotBeWrittenBesideAreTheCheckpoints(t *testing.T) {
	f := openBeside(t)
	writes, full := 0, errors.New("disk full")
	disk := f.files.FS.(*fsys.Mem)
	disk.Fault = func(op fsys.Op, _ string, _ int) (int, error) {
		if op == fsys.OpWrite {
			writes++
			return 0, full
		}
		return -1, nil
	}
	for i := range 200 {
		f.change(100*i, 100)
	}
	if writes != 1 {
		t.Errorf("%d attempts to write before the next checkpoint", writes)
	}
	c, err := f.store.Capture(state.CaptureOptions{ID: 1})
	f.must(err)
	if _, err := c.Write(f.files); !errors.Is(err, full) {
		t.Fatalf("the checkpoint says %v", err)
	}
	f.store.Settled(1, false)
	disk.Fault = nil
	f.hold = true
	f.change(0, 100)
	f.change(100, 100)
	h, _ := f.checkpoint(2)
	if h.NewBytes < 20_000*4 {
		t.Errorf("%d bytes in the first checkpoint that could be written", h.NewBytes)
	}
	f.must(f.store.Close())
	for _, work := range f.beside {
		work()
	}
}

func TestMaterialisation(t *testing.T) {
	f := open(t)
	f.change(0, 1000)
	for id := int64(1); id <= 5; id++ {
		f.change(0, 150)
		f.checkpoint(id)
		f.must(f.store.Maintain())
	}
	if h, _ := f.checkpoint(6); len(h.Files) != 5 {
		t.Fatalf("before the period: %d files", len(h.Files))
	}
	full := errors.New("disk full")
	disk := f.files.FS.(*fsys.Mem)
	disk.Fault = func(op fsys.Op, _ string, _ int) (int, error) {
		if op == fsys.OpWrite {
			return 0, full
		}
		return -1, nil
	}
	for i := range 3 {
		f.clock.Advance(61 * time.Second)
		if err := f.store.Maintain(); (err != nil) != (i == 2) {
			t.Fatalf("failure %d of a materialisation: %v", i+1, err)
		}
	}
	disk.Fault = nil
	f.change(0, 10)
	old, _ := f.checkpoint(7)
	if len(old.Files) != 6 {
		t.Fatalf("after failures: %d files", len(old.Files))
	}
	f.clock.Advance(61 * time.Second)
	f.must(f.store.Maintain())
	h, _ := f.checkpoint(8)
	if len(h.Files) != 1 || f.store.Stats().Merges != 1 {
		t.Fatalf("after the period: %d files", len(h.Files))
	}
	// The older checkpoint stays readable: nothing was taken from it.
	for _, ref := range old.Files {
		r, err := f.files.Open(ref)
		f.must(err)
		f.must(r.Close())
	}
}
