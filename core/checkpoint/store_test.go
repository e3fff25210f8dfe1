package checkpoint_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/checkpoint"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/memory"
)

// counting is a job of one operator that counts keys, and takes checkpoints.
type counting struct {
	t       *testing.T
	fs      fsys.FS
	attempt int
	cps     *checkpoint.Store
	ledger  *checkpoint.Ledger
	next    int64

	store  state.Store
	column *state.Value[int64]
	model  map[string]int64
}

// start restores the newest usable checkpoint and returns its number, 0 for none.
func (c *counting) start() (restored int64, err error) {
	c.attempt++
	if c.cps, err = checkpoint.NewStore(c.fs, "/cp", "job", c.attempt); err != nil {
		return 0, err
	}
	m, _, err := c.cps.Latest()
	if err != nil {
		return 0, err
	}
	c.ledger = checkpoint.NewLedger()
	var restore []state.Handle
	if m != nil {
		found, err := c.cps.List()
		if err != nil {
			return 0, err
		}
		c.ledger = checkpoint.NewLedger(checkpoint.Entries(found)...)
		restore, restored = m.Operators[0].Handles, m.ID
	}
	if c.next, err = c.cps.NextID(); err != nil {
		return 0, err
	}
	return restored, c.open(restore, nil)
}

func (c *counting) open(restore []state.Handle, from state.Files) (err error) {
	c.store, err = memory.Backend{}.Open(&state.StoreContext{OperatorInfo: state.OperatorInfo{
		UID: "count/er", Parallelism: 1, MaxParallelism: 128, Attempt: c.attempt},
		Files: c.cps, RestoreFiles: from}, restore)
	if err != nil {
		return err
	}
	c.column = state.NewValue[int64]("")
	return c.store.Keyed().Register("n", c.column)
}

func (c *counting) add(rnd *rand.Rand) error {
	keys := &state.Keys{}
	for range 1 + rnd.IntN(30) {
		k := fmt.Appendf(nil, "key%d", rnd.IntN(100))
		keys.Append(k, state.GroupOf(k, 128))
		c.model[string(k)]++
	}
	slots, err := c.store.Keyed().Resolve(keys, nil)
	for _, s := range slots {
		*c.column.At(s)++
	}
	c.store.Keyed().MarkDirty(slots)
	return err
}

func (c *counting) checkpoint() (id int64, err error) {
	id = c.next
	c.next++
	capture, err := c.store.Capture(state.CaptureOptions{ID: id})
	if err != nil {
		return id, err
	}
	h, err := capture.Write(c.cps)
	if err != nil {
		return id, err
	}
	m := &checkpoint.Manifest{JobID: "job", ID: id, Kind: checkpoint.Checkpoint,
		Attempt: c.attempt, Operators: []checkpoint.Operator{{UID: "count/er", Parallelism: 1,
			MaxParallelism: 128, Handles: []state.Handle{h}}}}
	c.ledger.Use(id, checkpoint.EntryOf(m).Files)
	if _, err := c.cps.Commit(m); err != nil {
		return id, err
	}
	drop, unused := c.ledger.Complete(checkpoint.EntryOf(m), 2)
	_ = c.cps.Discard(drop, unused) // fails with the disk; what stays is swept later
	if len(c.ledger.Retained) == 1 {
		_ = c.cps.Sweep(c.ledger.Retained)
	}
	return id, nil
}

func (c *counting) state() (map[string]int64, error) {
	got := map[string]int64{}
	err := c.store.Keyed().Each(func(slots []int32) error {
		for _, s := range slots {
			k, _ := c.store.Keyed().Key(s)
			got[string(k)], _ = c.column.Get(s)
		}
		return nil
	})
	return got, err
}

// A disk that fails at random and loses what was not synced at a crash, tearing what was being
// written: whatever happens, the job comes back with the state of a checkpoint, and never of one
// older than the newest that was acknowledged.
func TestCrashes(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		disk := fsys.NewMem()
		failing := 0
		disk.Fault = func(op fsys.Op, path string, size int) (int, error) {
			if failing > 0 && rnd.IntN(100) < failing && op != fsys.OpRead && op != fsys.OpOpen {
				return rnd.IntN(size + 1), errors.New("disk full")
			}
			return -1, nil
		}
		c := &counting{t: t, fs: disk, model: map[string]int64{}}
		models := map[int64]map[string]int64{0: {}}
		acknowledged := int64(0)
		for range 8 {
			failing = 0
			restored, err := c.start()
			must(t, err)
			if restored < acknowledged {
				t.Fatalf("seed %d: restored %d, %d was acknowledged", seed, restored, acknowledged)
			}
			got, err := c.state()
			must(t, err)
			if !maps.Equal(got, models[restored]) {
				t.Fatalf("seed %d: state of checkpoint %d is %v, want %v", seed, restored, got,
					models[restored])
			}
			c.model = maps.Clone(models[restored])
			failing = rnd.IntN(3) * 4
			for range rnd.IntN(20) {
				must(t, c.add(rnd))
				if rnd.IntN(2) == 0 {
					continue
				}
				want := maps.Clone(c.model)
				id, err := c.checkpoint()
				models[id] = want
				if err == nil {
					acknowledged = id
				} else if errs.MarkOf(err) != errs.Transient {
					t.Fatalf("seed %d: %v", seed, err)
				}
				_ = c.store.Maintain() // may fail with the disk
			}
			disk.Crash(func(_ string, n int) int { return rnd.IntN(n + 1) })
		}
	}
}

func TestCorruptCheckpointIsPassedOver(t *testing.T) {
	disk := fsys.NewMem()
	rnd := rand.New(rand.NewPCG(5, 5))
	c := &counting{t: t, fs: disk, model: map[string]int64{}}
	_, err := c.start()
	must(t, err)
	for range 2 {
		must(t, c.add(rnd))
		_, err = c.checkpoint()
		must(t, err)
	}
	names, err := disk.List("/cp/job/shared")
	must(t, err)
	if len(names) != 2 {
		t.Fatalf("shared files %v", names)
	}
	disk.Corrupt("/cp/job/shared/"+names[1], 20)
	m, passed, err := c.cps.Latest()
	must(t, err)
	if m == nil || m.ID != 1 || len(passed) != 1 || errs.MarkOf(passed[0].Err) != errs.Corrupt {
		t.Fatalf("newest %+v, passed over %+v", m, passed)
	}
	if _, err := checkpoint.OpenSnapshot(disk, "/cp/job/chk-2"); err == nil ||
		!strings.Contains(err.Error(), "checksum is wrong") {
		t.Fatalf("corrupt checkpoint: %v", err)
	}
	s, err := checkpoint.OpenSnapshot(disk, "/cp/job")
	must(t, err)
	if s.Manifest.ID != 1 || s.JobDir != "/cp/job" {
		t.Fatalf("newest below the job: %+v", s)
	}
	must(t, disk.Remove("/cp/job/shared/"+names[0]))
	if _, err := checkpoint.OpenSnapshot(disk, "/cp/job/chk-1/_metadata"); err == nil ||
		!strings.Contains(err.Error(), "missing") {
		t.Fatalf("checkpoint without a file: %v", err)
	}
	if _, err := checkpoint.OpenSnapshot(disk, "/nowhere"); err == nil ||
		!strings.Contains(err.Error(), "no checkpoint or savepoint at /nowhere") {
		t.Fatalf("nothing there: %v", err)
	}
}

func TestOnAnObjectStore(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 8))
	bucket := &fsys.MemBucket{}
	c := &counting{t: t, fs: fsys.Object{Bucket: bucket}, model: map[string]int64{}}
	for start := range int64(3) {
		restored, err := c.start()
		must(t, err)
		if restored != 4*start {
			t.Fatalf("start %d restores %d", start, restored)
		}
		got, err := c.state()
		must(t, err)
		if !maps.Equal(got, c.model) {
			t.Fatalf("start %d: state %v, want %v", start, got, c.model)
		}
		for range 4 {
			must(t, c.add(rnd))
			_, err := c.checkpoint()
			must(t, err)
		}
	}
	keys, err := bucket.Keys("cp/job/chk-")
	must(t, err)
	if len(keys) != 2 {
		t.Fatalf("two checkpoints are retained, there is %v", keys)
	}
}

func TestSavepointMoves(t *testing.T) {
	root := filepath.ToSlash(t.TempDir())
	fs := fsys.OS{}
	rnd := rand.New(rand.NewPCG(7, 7))
	c := &counting{t: t, fs: fsys.NewMem(), model: map[string]int64{}}
	_, err := c.start()
	must(t, err)
	must(t, c.add(rnd))
	_, err = c.checkpoint()
	must(t, err)
	must(t, c.add(rnd))
	sp, err := checkpoint.NewSavepoint(fs, root+"/sp", "job-with-id", "1")
	must(t, err)
	capture, err := c.store.Capture(state.CaptureOptions{ID: 2, Full: true})
	must(t, err)
	h, err := capture.Write(sp)
	must(t, err)
	must(t, sp.Commit(&checkpoint.Manifest{ID: 2, Kind: checkpoint.Savepoint,
		Operators: []checkpoint.Operator{{UID: "count/er", Handles: []state.Handle{h}}}}))
	want := maps.Clone(c.model)
	must(t, fs.Rename(root+"/sp", root+"/elsewhere"))
	names, err := fs.List(root + "/elsewhere")
	must(t, err)
	if !slices.Equal(names, []string{"savepoint-job-wi-1"}) {
		t.Fatalf("names %v", names)
	}
	s, err := checkpoint.OpenSnapshot(fs, root+"/elsewhere/"+names[0])
	must(t, err)
	contents, err := s.Inspect()
	must(t, err)
	if o := contents.Operators[0]; o.UID != "count/er" || o.Keys != int64(len(want)) ||
		len(o.States) != 1 || o.States[0].Keys != o.Keys || o.States[0].Bytes == 0 {
		t.Errorf("contents %+v of %d keys", o, len(want))
	}
	c.fs = fsys.NewMem()
	_, err = c.start()
	must(t, err)
	must(t, c.open(s.Manifest.Operators[0].Handles, s.Files))
	got, err := c.state()
	must(t, err)
	if !maps.Equal(got, want) {
		t.Fatalf("state %v, want %v", got, want)
	}
	// The first checkpoint after it stands alone: the savepoint may be disposed of.
	_, err = c.checkpoint()
	must(t, err)
	must(t, checkpoint.Dispose(fs, s.Path))
	_, err = c.start()
	must(t, err)
	if got, err = c.state(); err != nil || !maps.Equal(got, want) {
		t.Fatalf("state %v, want %v, %v", got, want, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
