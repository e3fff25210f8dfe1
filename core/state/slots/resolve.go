package slots

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/headrace/headrace/core/state"
)

// Resolve implements state.Keyed.
func (t *Table) Resolve(keys *state.Keys, slots []int32) ([]int32, error) {
	return t.resolve(keys, slots, true)
}

// Lookup implements state.Keyed.
func (t *Table) Lookup(keys *state.Keys, slots []int32) ([]int32, error) {
	return t.resolve(keys, slots, false)
}

func (t *Table) resolve(keys *state.Keys, slots []int32, makeNew bool) ([]int32, error) {
	if err := t.settle(); err != nil {
		return nil, err
	}
	if t.disk != nil {
		if err := t.shrink(); err != nil {
			return nil, err
		}
	}
	n := keys.Len()
	if cap(slots) < n {
		slots = make([]int32, n)
	}
	slots = slots[:n]
	if t.disk != nil {
		return slots, t.resolveDisk(keys, slots, makeNew)
	}
	for i := range n {
		key := keys.Key(i)
		s, print := t.locate(key)
		if s < 0 && makeNew {
			s = t.add(key, keys.Groups[i], print, isFresh)
			t.fresh = append(t.fresh, s)
		}
		slots[i] = s
	}
	return slots, nil
}

func (t *Table) locate(key []byte) (slot int32, print uint64) {
	if isWord(key) {
		print = wordPrint(key)
		return t.words.find(print), print
	}
	print = state.Hash(key)
	return t.findKey(print, key), print
}

// sortable is a slot with the beginning of its key, so that most comparisons look no further.
type sortable struct {
	start uint64
	slot  int32
	group uint16
}

// order sorts slots by (group, key bytes).
func (t *Table) order(slots []int32) {
	if len(slots) < 2 {
		return
	}
	items := make([]sortable, len(slots))
	for i, s := range slots {
		items[i] = sortable{keyStart(t.key(s)), s, t.meta[s].group}
	}
	slices.SortFunc(items, func(a, b sortable) int {
		switch {
		case a.group != b.group:
			return int(a.group) - int(b.group)
		case a.start != b.start:
			return cmp.Compare(a.start, b.start)
		}
		return bytes.Compare(t.key(a.slot), t.key(b.slot))
	})
	for i := range items {
		slots[i] = items[i].slot
	}
}

// keyStart is the first eight bytes of a key as a number that orders like them.
func keyStart(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var start [8]byte
	copy(start[:], key)
	return binary.BigEndian.Uint64(start[:])
}

// eachRows is how many slots Each hands out at a time, and how many keys a captured part has.
const eachRows = 1024

// Each implements state.Keyed.
func (t *Table) Each(f func(slots []int32) error) error {
	if err := t.settle(); err != nil {
		return err
	}
	if t.disk != nil && t.stored {
		return t.eachDisk(f)
	}
	all := make([]int32, 0, t.Len())
	for i := range t.meta {
		if t.meta[i].flags&isLive != 0 {
			all = append(all, int32(i))
		}
	}
	t.order(all)
	for len(all) > 0 {
		n := min(len(all), eachRows)
		if err := f(all[:n]); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}
