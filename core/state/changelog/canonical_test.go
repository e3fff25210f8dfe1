package changelog_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/changelog"
	"github.com/headrace/headrace/core/state/memory"
	"github.com/headrace/headrace/core/state/statetest"
)

// twin is one of two stores that are told the same.
type twin struct {
	t     *testing.T
	back  state.Backend
	files *statetest.Files
	store state.Store
	n     *state.Value[int64]
	list  *state.List
	m     *state.Map
}

func (w *twin) open(restore ...state.Handle) *twin {
	w.t.Helper()
	w.n, w.list, w.m = state.NewValue[int64](""), state.NewList(state.Evolution{}),
		state.NewMap(state.Evolution{})
	var err error
	w.store, err = w.back.Open(&state.StoreContext{OperatorInfo: state.OperatorInfo{UID: "op",
		Parallelism: 1, MaxParallelism: 16}, Files: w.files, Clock: clock.NewManual(0)}, restore)
	w.must(err)
	w.must(w.store.Keyed().Register("n", w.n))
	w.must(w.store.Keyed().Register("list", w.list))
	w.must(w.store.Keyed().Register("map", w.m))
	return w
}

func (w *twin) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// change does to one key what a number says.
func (w *twin) change(key int, do uint32) {
	k, keys := fmt.Appendf(nil, "key%d", key), &state.Keys{}
	keys.Append(k, state.GroupOf(k, 16))
	slots, err := w.store.Keyed().Resolve(keys, nil)
	w.must(err)
	s := slots[0]
	switch field := fmt.Appendf(nil, "%d", do%64); do >> 29 {
	case 0:
		w.store.Keyed().Drop(slots)
		return
	case 1:
		w.m.Delete(s, field)
	case 2, 3, 4:
		w.m.Put(s, field, bytes.Repeat(field, 40))
	case 5:
		w.list.Append(s, bytes.Repeat(field, 60))
	default:
		*w.n.At(s) = int64(do)
	}
	w.store.Keyed().MarkDirty(slots)
}

func (w *twin) snapshot(o state.CaptureOptions) state.Handle {
	w.t.Helper()
	c, err := w.store.Capture(o)
	w.must(err)
	h, err := c.Write(w.files)
	w.must(err)
	w.store.Settled(o.ID, true)
	return h
}

// canonical is the state of all keys in order, each value encoded whole.
func (w *twin) canonical(h state.Handle) string {
	w.t.Helper()
	r := (&twin{t: w.t, back: memory.Backend{}, files: w.files}).open(h)
	var out bytes.Buffer
	keyed := r.store.Keyed()
	w.must(keyed.Each(func(slots []int32) error {
		for _, s := range slots {
			key, group := keyed.Key(s)
			fmt.Fprintf(&out, "%d %q", group, key)
			for _, c := range []state.Column{r.n, r.list, r.m} {
				v, _, err := c.Encode([]int32{s}, nil, nil)
				w.must(err)
				fmt.Fprintf(&out, " %x", v)
			}
			out.WriteByte('\n')
		}
		return nil
	}))
	return out.String()
}

// TestBaseAndLogAreAFullSnapshot: what a checkpoint of a changelog restores is, byte for byte in
// canonical form, what a full snapshot at the same barrier restores that a store without changelog
// has taken; whether bases were made meanwhile, and whether that failed, does not show.
func TestBaseAndLogAreAFullSnapshot(t *testing.T) {
	for seed := range uint64(6) {
		rnd := rand.New(rand.NewPCG(seed, 4))
		logged := (&twin{t: t, files: statetest.NewFiles(), back: &changelog.Backend{
			Inner: memory.Backend{}, Options: changelog.Options{PortionKeys: 7,
				MaterializeMs: -1}}}).open()
		plain := (&twin{t: t, files: statetest.NewFiles(), back: memory.Backend{}}).open()
		for id := int64(1); id <= 8; id++ {
			for range 200 {
				key, do := rnd.IntN(60), rnd.Uint32()
				logged.change(key, do)
				plain.change(key, do)
			}
			if rnd.IntN(3) == 0 {
				logged.must(logged.store.(*changelog.Store).Materialize())
			}
			h := logged.snapshot(state.CaptureOptions{ID: id})
			full := plain.snapshot(state.CaptureOptions{ID: id, Full: true})
			got, want := logged.canonical(h), plain.canonical(full)
			if got != want {
				t.Fatalf("seed %d, checkpoint %d of %d files:\n%s\nthe full snapshot:\n%s", seed, id,
					len(h.Files), got, want)
			}
			logged.must(logged.store.Maintain())
		}
	}
}
