package snapshot_test

import (
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/slots"
	"github.com/headrace/headrace/core/state/snapshot"
	"github.com/headrace/headrace/core/state/statetest"
)

func open(t *testing.T, files state.Files, o state.OperatorInfo, restore ...state.Handle) (
	*snapshot.Store, error) {
	t.Helper()
	o.UID, o.MaxParallelism = "op", max(o.MaxParallelism, 16)
	o.Parallelism = max(o.Parallelism, 1)
	return snapshot.New(&state.StoreContext{OperatorInfo: o, Files: files}, restore,
		func(start func(*slots.Table) error) (*slots.Table, func() error, error) {
			return slots.New(start), nil, nil
		})
}

func capture(t *testing.T, s state.Store, id int64) state.Capture {
	t.Helper()
	c, err := s.Capture(state.CaptureOptions{ID: id})
	must(t, err)
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestListsAreSpread(t *testing.T) {
	files := statetest.NewFiles()
	var handles []state.Handle
	for i := range 3 {
		s, err := open(t, files, state.OperatorInfo{Subtask: i, Parallelism: 3})
		must(t, err)
		element := func(mode string) [][]byte { return [][]byte{fmt.Appendf(nil, "%s%d", mode, i)} }
		s.Operator().SetList("split", state.Split, append(element("a"), element("b")...))
		s.Operator().SetList("union", state.Union, element("u"))
		s.Operator().SetList("broadcast", state.Broadcast, [][]byte{[]byte("all")})
		h, err := capture(t, s, 1).Write(files)
		must(t, err)
		handles = append(handles, h)
	}
	for _, c := range []struct {
		parallelism int
		split       string
	}{
		{1, "[a0 b0 a1 b1 a2 b2]"}, {2, "[a0 b0 a1][b1 a2 b2]"}, {3, "[a0 b0][a1 b1][a2 b2]"},
		{4, "[a0][b0 a1][b1][a2 b2]"},
	} {
		got := ""
		for i := range c.parallelism {
			s, err := open(t, files, state.OperatorInfo{Subtask: i, Parallelism: c.parallelism},
				handles...)
			must(t, err)
			for _, l := range []struct {
				name string
				mode state.Redistribute
				want string
			}{{"split", state.Split, ""}, {"union", state.Union, "[u0 u1 u2]"},
				{"broadcast", state.Broadcast, "[all]"}, {"new", state.Split, "[]"}} {
				v, err := s.Operator().List(l.name, l.mode)
				must(t, err)
				if l.name == "split" {
					got += fmt.Sprintf("%s", v)
				} else if fmt.Sprintf("%s", v) != l.want {
					t.Errorf("%s of %d: %s, want %s", l.name, c.parallelism, v, l.want)
				}
			}
			_, err = s.Operator().List("split", state.Union)
			if err == nil || !strings.Contains(err.Error(), "kept as split") {
				t.Errorf("split asked for as union: %v", err)
			}
		}
		if got != c.split {
			t.Errorf("split over %d: %s, want %s", c.parallelism, got, c.split)
		}
	}
}

func TestMaxParallelismIsFixed(t *testing.T) {
	files := statetest.NewFiles()
	s, err := open(t, files, state.OperatorInfo{})
	must(t, err)
	set(t, s, state.NewBytes(state.Evolution{}), []byte("x"))
	h, err := capture(t, s, 1).Write(files)
	must(t, err)
	_, err = open(t, files, state.OperatorInfo{MaxParallelism: 32}, h)
	if err == nil || errs.MarkOf(err) != errs.User || !strings.Contains(err.Error(), "to 16") {
		t.Fatalf("another max-parallelism: %v", err)
	}
}

func TestWritesInOrder(t *testing.T) {
	files := statetest.NewFiles()
	s, err := open(t, files, state.OperatorInfo{})
	must(t, err)
	set(t, s, state.NewBytes(state.Evolution{}), []byte("x"))
	first, second := capture(t, s, 1), capture(t, s, 2)
	_, err = second.Write(files)
	must(t, err)
	if _, err = first.Write(files); err == nil || errs.MarkOf(err) != errs.Transient {
		t.Fatalf("an older capture holds what a newer one wrote: %v", err)
	}
}

// TestFullSnapshotOfNothingIsABase: its handle names no file, so the files of the one before are
// deleted; the next must not want them.
func TestFullSnapshotOfNothingIsABase(t *testing.T) {
	files := statetest.NewFiles()
	s, err := open(t, files, state.OperatorInfo{})
	must(t, err)
	c := state.NewBytes(state.Evolution{})
	full := func(id int64) state.Handle {
		taken, err := s.Capture(state.CaptureOptions{ID: id, Full: true})
		must(t, err)
		h, err := taken.Write(files)
		must(t, err)
		return h
	}
	change := func(v []byte) {
		slots, err := s.Keyed().Resolve(oneKey(), nil)
		must(t, err)
		s.Keyed().MarkDirty(slots)
		if v == nil {
			c.Clear(slots)
			return
		}
		c.Set(slots[0], v)
	}
	must(t, s.Keyed().Register("rows", c))
	change([]byte("x"))
	first := full(1)
	change(nil)
	if h := full(2); len(first.Files) != 1 || len(h.Files) != 0 {
		t.Fatalf("files %v, and %v of nothing", first.Files, h.Files)
	}
	must(t, files.FS.Remove(path.Join(files.Dir, first.Files[0].Path)))
	change([]byte("y"))
	if h := full(3); len(h.Files) != 1 {
		t.Errorf("files %v", h.Files)
	}
}

// set registers a column and sets it for one key.
func set(t *testing.T, s state.Store, c *state.Bytes, v []byte) {
	t.Helper()
	must(t, s.Keyed().Register("rows", c))
	slots, err := s.Keyed().Resolve(oneKey(), nil)
	must(t, err)
	c.Set(slots[0], v)
	s.Keyed().MarkDirty(slots)
}

func oneKey() *state.Keys {
	keys := &state.Keys{}
	keys.Append([]byte("k"), state.GroupOf([]byte("k"), 16))
	return keys
}

func rows(t types.Type) *state.Bytes {
	return state.NewBytes(state.Evolution{Type: rowcodec.Descriptor(t),
		From: func(other string) (func(dst, src []byte) ([]byte, error), error) {
			return rowcodec.Evolve(other, t)
		}})
}

// A row state gains a field and a wider number; deltas of both types are merged afterwards.
func TestSchemaEvolves(t *testing.T) {
	files := statetest.NewFiles()
	old := types.RowOf(types.F("n", types.Of(types.Int)))
	e, err := rowcodec.NewEncoder([]*batch.Column{batch.MakeFixed(types.Of(types.Int), []int32{7},
		nil)})
	must(t, err)
	s, err := open(t, files, state.OperatorInfo{})
	must(t, err)
	set(t, s, rows(old), e.Append(nil, 0))
	h, err := capture(t, s, 1).Write(files)
	must(t, err)

	wide := types.RowOf(types.F("n", types.Of(types.BigInt)), types.F("s", types.String()))
	for range 2 { // restored, and restored from what was merged after it
		s, err = open(t, files, state.OperatorInfo{}, h)
		must(t, err)
		c := rows(wide)
		must(t, s.Keyed().Register("rows", c))
		slots, err := s.Keyed().Lookup(oneKey(), nil)
		must(t, err)
		if slots[0] < 0 {
			t.Fatal("the key is gone")
		}
		v, _ := c.Get(slots[0])
		n, text := batch.NewBuilder(types.Of(types.BigInt), 1), batch.NewBuilder(types.String(), 1)
		_, err = rowcodec.Decode(v, []*batch.Builder{n, text})
		must(t, err)
		if got := batch.Values[int64](n.Finish())[0]; got != 7 || !text.Finish().IsNull(0) {
			t.Fatalf("n is %d", got)
		}
		full, err := s.Capture(state.CaptureOptions{ID: 2, Full: true})
		must(t, err)
		h, err = full.Write(files)
		must(t, err)
	}
	s, err = open(t, files, state.OperatorInfo{}, h)
	must(t, err)
	must(t, s.Keyed().Register("rows", rows(types.RowOf(types.F("n", types.Of(types.Int))))))
	_, err = s.Keyed().Lookup(oneKey(), nil)
	if err == nil || !strings.Contains(err.Error(), `state "rows"`) ||
		!strings.Contains(err.Error(), "field 'n' was BIGINT and cannot become INT") {
		t.Fatalf("a narrower number: %v", err)
	}
}

// What merges write stays a fraction of what captures write, and the chain stays bounded.
func TestMergesAreAmortised(t *testing.T) {
	files := statetest.NewFiles()
	s, err := open(t, files, state.OperatorInfo{})
	must(t, err)
	c := state.NewValue[int64]("")
	must(t, s.Keyed().Register("n", c))
	for id := int64(1); id <= 2000; id++ {
		n := 10 // of a thousand keys
		if id == 1 {
			n = 1000
		}
		keys := &state.Keys{}
		for i := range n {
			k := fmt.Appendf(nil, "key%d", (int(id)*n+i*37)%1000)
			keys.Append(k, state.GroupOf(k, 16))
		}
		slots, err := s.Keyed().Resolve(keys, nil)
		must(t, err)
		for _, slot := range slots {
			*c.At(slot)++
		}
		s.Keyed().MarkDirty(slots)
		_, err = capture(t, s, id).Write(files)
		must(t, err)
		must(t, s.Maintain())
	}
	st := s.Stats()
	if st.Merges == 0 || st.LiveFiles > 601 || 5*st.MergeBytes > st.DeltaBytes+st.DeltaBytes/20 {
		t.Fatalf("%d merges wrote %d bytes, captures %d; %d files", st.Merges, st.MergeBytes,
			st.DeltaBytes, st.LiveFiles)
	}
}
