package fold

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

const (
	firstSlots = 1 << 10
	upper      = 0xffffffff << 32
	// shortKey is how many bytes of a key fit into a word.
	shortKey = 7
	isLong   = 0xff << 56
)

// table numbers encoded keys in order of arrival.
type table struct {
	slots []uint64 // open addressing: the upper half of the hash, number + 1; 0: free
	words []uint64 // of each key: itself and its length, or its hash
	arena []byte
	ends  []int32
	fresh []int32 // rows of the last batch that brought new keys
}

func (t *table) count() int { return len(t.words) }

func (t *table) bytes() int64 {
	return int64(8*len(t.slots) + 8*cap(t.words) + cap(t.arena) + 4*cap(t.ends))
}

func (t *table) reset() { *t = table{fresh: t.fresh[:0]} }

// key is that of a number.
func (t *table) key(id int) []byte {
	from := int32(0)
	if id > 0 {
		from = t.ends[id-1]
	}
	return t.arena[from:t.ends[id]]
}

// column has the keys numbered [from, to).
func (t *table) column(typ types.Type, from, to int) *batch.Column {
	start := int32(0)
	if from > 0 {
		start = t.ends[from-1]
	}
	offs := make([]int32, to-from+1)
	for i := range offs[1:] {
		offs[i+1] = t.ends[from+i] - start
	}
	return batch.MakeBytes(typ, offs, slices.Clone(t.arena[start:t.ends[to-1]]), nil)
}

// resolve appends the number of each row's key to ids.
func (t *table) resolve(keys *batch.Column, ids []int32) []int32 {
	if t.slots == nil {
		t.slots = make([]uint64, firstSlots)
	}
	t.fresh = t.fresh[:0]
	offs, data := keys.Offsets(), keys.Data()
	for i := range keys.Len() {
		from, to := int(offs[i]), int(offs[i+1])
		ids = append(ids, t.find(word(data, from, to), data[from:to], int32(i)))
	}
	return ids
}

// word is what a key is compared by first.
func word(data []byte, from, to int) uint64 {
	n := to - from
	if n > shortKey {
		return kernel.HashBytes(data[from:to]) | isLong
	}
	w := uint64(n) << 56
	if from+8 <= len(data) {
		return w | binary.LittleEndian.Uint64(data[from:])&(1<<(8*n)-1)
	}
	for k, c := range data[from:to] {
		w |= uint64(c) << (8 * k)
	}
	return w
}

func (t *table) find(w uint64, key []byte, row int32) int32 {
	h, mask := kernel.HashInt(w), uint64(len(t.slots)-1)
	for at := h & mask; ; at = (at + 1) & mask {
		s := t.slots[at]
		if s == 0 {
			t.slots[at] = h&upper | uint64(len(t.words)+1)
			t.words = append(t.words, w)
			t.arena = append(t.arena, key...)
			t.ends = append(t.ends, int32(len(t.arena)))
			t.fresh = append(t.fresh, row)
			if 4*len(t.words) > 3*len(t.slots) {
				t.grow()
			}
			return int32(len(t.words) - 1)
		}
		if (s^h)&upper != 0 {
			continue
		}
		id := int32(uint32(s)) - 1
		if t.words[id] == w && (w&isLong != isLong || bytes.Equal(t.key(int(id)), key)) {
			return id
		}
	}
}

func (t *table) grow() {
	t.slots = make([]uint64, 2*len(t.slots))
	mask := uint64(len(t.slots) - 1)
	for i, w := range t.words {
		h := kernel.HashInt(w)
		at := h & mask
		for t.slots[at] != 0 {
			at = (at + 1) & mask
		}
		t.slots[at] = h&upper | uint64(i+1)
	}
}
