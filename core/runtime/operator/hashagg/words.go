package hashagg

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

const (
	firstSlots = 64
	// denseShare and sparseShare are how many values of a key there may be for each group, between
	// the least and the greatest, for groups to be found by value: to begin with, and at most.
	denseShare  = 8
	sparseShare = 16
)

// words are groups of one integer key. While the values lie dense they are places in a window of
// slots, and rows that come in the order of the key find theirs in the cache; otherwise slots are
// found by hash. Which of the two it is changes with the keys that come.
type words struct {
	typ       types.Type
	keys      []int64
	null      int32   // the group of NULL + 1
	slots     []int32 // group + 1; by hash, open addressing
	direct    bool    // by value
	low       int64   // direct: the value of the first slot, wrapping around
	min, max  int64   // of the keys but NULL
	unbounded bool    // there is none
}

func newWords(t types.Type) *words {
	return &words{typ: t, slots: make([]int32, firstSlots), unbounded: true}
}

func (g *words) resolve(
	cols []*batch.Column, n int, frozen bool, ids []int32, hashes []uint64,
) ([]int32, []uint64, error) {
	c := cols[0]
	if g.typ.Kind == types.BigInt {
		ids, hashes = resolveWords(g, c, batch.Values[int64](c)[:n], frozen, ids, hashes)
	} else {
		ids, hashes = resolveWords(g, c, batch.Values[int32](c)[:n], frozen, ids, hashes)
	}
	return ids, hashes, nil
}

func resolveWords[T int32 | int64](
	g *words, c *batch.Column, values []T, frozen bool, ids []int32, hashes []uint64,
) ([]int32, []uint64) {
	if frozen || c.NullCount() > 0 {
		for i, v := range values {
			id, h := g.one(int64(v), c.NullCount() > 0 && c.IsNull(i), frozen)
			ids, hashes = append(ids, id), append(hashes, h)
		}
		return ids, hashes
	}
	for len(values) > 0 {
		n := 0
		if g.direct {
			ids, n = near(g, values, ids)
		} else {
			ids, n = hashed(g, values, ids)
		}
		values = values[n:]
	}
	return ids, hashes
}

// near finds groups by value, up to a value outside of the window, for which it makes room.
func near[T int32 | int64](g *words, values []T, ids []int32) ([]int32, int) {
	slots, low := g.slots, uint64(g.low)
	for i, v := range values {
		d := uint64(int64(v)) - low
		if d >= uint64(len(slots)) {
			g.widen(int64(v))
			return ids, i
		}
		id := slots[d]
		if id == 0 {
			id = g.add(int64(v))
			slots[d] = id
		}
		ids = append(ids, id-1)
	}
	return ids, len(values)
}

// hashed finds groups by hash, up to where the table grows.
func hashed[T int32 | int64](g *words, values []T, ids []int32) ([]int32, int) {
	slots, mask := g.slots, uint64(len(g.slots)-1)
	for i, v := range values {
		at := kernel.HashInt(uint64(int64(v))) & mask
		id := slots[at]
		for id != 0 && g.keys[id-1] != int64(v) {
			at = (at + 1) & mask
			id = slots[at]
		}
		if id == 0 {
			id = g.add(int64(v))
			slots[at] = id
			if 2*len(g.keys) > len(slots) {
				g.grow()
				return append(ids, id-1), i + 1
			}
		}
		ids = append(ids, id-1)
	}
	return ids, len(values)
}

// one finds the group of one key.
func (g *words) one(v int64, null, frozen bool) (int32, uint64) {
	if null {
		if g.null == 0 && !frozen {
			g.keys = append(g.keys, 0)
			g.null = int32(len(g.keys))
		}
		return g.null - 1, nullHash
	}
	h := kernel.HashInt(uint64(v))
	if !frozen {
		var id [1]int32
		one := [1]int64{v}
		for done := 0; done == 0; {
			if g.direct {
				_, done = near(g, one[:], id[:0])
			} else {
				_, done = hashed(g, one[:], id[:0])
			}
		}
		return id[0], h
	}
	if g.direct {
		if d := uint64(v) - uint64(g.low); d < uint64(len(g.slots)) {
			return g.slots[d] - 1, h
		}
		return -1, h
	}
	mask := uint64(len(g.slots) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		if id := g.slots[at]; id == 0 || g.keys[id-1] == v {
			return id - 1, h
		}
	}
}

// nullHash is the hash of the key NULL.
const nullHash = 0x51ed270b9f3c1d2b

// add numbers a key that is new; it returns its group + 1.
func (g *words) add(v int64) int32 {
	g.keys = append(g.keys, v)
	if g.unbounded {
		g.min, g.max, g.unbounded = v, v, false
	}
	g.min, g.max = min(g.min, v), max(g.max, v)
	return int32(len(g.keys))
}

// dense says whether all keys and v lie in so many values a group, and in how many.
func (g *words) dense(v int64, share int) (uint64, bool) {
	low, high := v, v
	if !g.unbounded {
		low, high = min(low, g.min), max(high, g.max)
	}
	span := uint64(high) - uint64(low)
	return span, span < uint64(share*max(len(g.keys), firstSlots))
}

// grow makes a larger table of hashes, or one by value when that is worth its while.
func (g *words) grow() {
	if span, ok := g.dense(g.max, denseShare); ok {
		g.window(g.max, span, 2*(span+1))
		return
	}
	g.rehash(4 * len(g.slots))
}

// widen moves the window, so that v is inside.
func (g *words) widen(v int64) {
	span, ok := g.dense(v, sparseShare)
	if !ok {
		size := firstSlots
		for size < 3*len(g.keys) {
			size *= 2
		}
		g.rehash(size)
		return
	}
	g.window(v, span, max(2*(span+1), uint64(len(g.slots))))
}

// window makes so many slots around all keys and v, which span apart, with the same room on both
// sides: it takes as many new values again before it is moved.
func (g *words) window(v int64, span, size uint64) {
	if !g.unbounded {
		v = min(v, g.min)
	}
	low := int64(uint64(v) - (size-span-1)/2)
	if uint64(len(g.slots)) == size {
		clear(g.slots)
	} else {
		g.slots = make([]int32, size)
	}
	g.direct, g.low = true, low
	for i, v := range g.keys {
		if g.null != int32(i+1) {
			g.slots[uint64(v)-uint64(low)] = int32(i + 1)
		}
	}
}

func (g *words) rehash(size int) {
	g.slots, g.direct = make([]int32, size), false
	mask := uint64(size - 1)
	for i, v := range g.keys {
		if g.null == int32(i+1) {
			continue
		}
		at := kernel.HashInt(uint64(v)) & mask
		for g.slots[at] != 0 {
			at = (at + 1) & mask
		}
		g.slots[at] = int32(i + 1)
	}
}

func (g *words) columns(from, to int) ([]*batch.Column, error) {
	var valid []byte
	if at := int(g.null) - 1; at >= from && at < to {
		valid = batch.NewValid(to - from)
		batch.ClearBit(valid, at-from)
	}
	if g.typ.Kind == types.BigInt {
		values := append([]int64(nil), g.keys[from:to]...)
		return []*batch.Column{batch.MakeFixed(g.typ, values, valid)}, nil
	}
	values := make([]int32, to-from)
	for i, v := range g.keys[from:to] {
		values[i] = int32(v)
	}
	return []*batch.Column{batch.MakeFixed(g.typ, values, valid)}, nil
}

func (g *words) count() int { return len(g.keys) }

func (g *words) bytes() int64 { return int64(8*cap(g.keys) + 4*len(g.slots)) }

// reset keeps the slots, which similar keys will need again.
func (g *words) reset() {
	if !g.direct || len(g.slots) > maxKept {
		*g = *newWords(g.typ)
		return
	}
	g.keys, g.null, g.unbounded = g.keys[:0], 0, true
	clear(g.slots)
}

// maxKept is the most slots that are kept for later keys.
const maxKept = 1 << 18
