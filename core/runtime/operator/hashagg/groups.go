package hashagg

import (
	"bytes"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
)

// groups numbers the distinct keys of rows in order of arrival. A key of one integer is kept as
// such, any other in its encoding as a row.
type groups struct {
	types  []types.Type
	words  []int64 // one integer: the key of each group
	null   int32   // its group of NULL + 1
	arena  []byte  // others
	ends   []int
	hashes []uint64
	slots  []int32 // open addressing: group + 1
	n      int
	single bool
	row    []byte
}

func newGroups(keys []types.Type) *groups {
	g := &groups{types: keys, slots: make([]int32, 64)}
	if len(keys) == 1 {
		switch keys[0].Kind {
		case types.BigInt, types.Int, types.Date:
			g.single = true
		}
	}
	return g
}

// rowHash is the hash that the key of a row has here; row is its encoding.
func (g *groups) key(i int) []byte {
	from := 0
	if i > 0 {
		from = g.ends[i-1]
	}
	return g.arena[from:g.ends[i]]
}

// resolve appends the group of each row to ids and its hash to hashes. Frozen, there are no new
// groups: rows of keys that are not known get -1.
func (g *groups) resolve(
	cols []*batch.Column, n int, frozen bool, ids []int32, hashes []uint64,
) ([]int32, []uint64, error) {
	if len(cols) == 0 {
		if g.n == 0 {
			g.n, g.ends, g.hashes = 1, append(g.ends, 0), append(g.hashes, 0)
		}
		for range n {
			ids, hashes = append(ids, 0), append(hashes, 0)
		}
		return ids, hashes, nil
	}
	if g.single {
		ids, hashes = g.resolveWords(cols[0], frozen, ids, hashes)
		return ids, hashes, nil
	}
	enc, err := rowcodec.NewEncoder(cols)
	if err != nil {
		return nil, nil, err
	}
	for i := range n {
		g.row = enc.Append(g.row[:0], i)
		h := kernel.HashBytes(g.row)
		ids, hashes = append(ids, g.find(h, frozen)), append(hashes, h)
	}
	return ids, hashes, nil
}

// find returns the group of the key in g.row.
func (g *groups) find(h uint64, frozen bool) int32 {
	mask := uint64(len(g.slots) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		s := g.slots[at]
		if s == 0 {
			if frozen {
				return -1
			}
			g.arena = append(g.arena, g.row...)
			g.ends = append(g.ends, len(g.arena))
			return g.add(h, at)
		}
		if g.hashes[s-1] == h && bytes.Equal(g.key(int(s-1)), g.row) {
			return s - 1
		}
	}
}

// add numbers a key that is new, whose place is at.
func (g *groups) add(h, at uint64) int32 {
	g.hashes = append(g.hashes, h)
	g.n++
	g.slots[at] = int32(g.n)
	if 2*g.n > len(g.slots) {
		g.grow()
	}
	return int32(g.n - 1)
}

func (g *groups) grow() {
	g.slots = make([]int32, 4*len(g.slots))
	mask := uint64(len(g.slots) - 1)
	for i, h := range g.hashes {
		if g.null == int32(i+1) {
			continue
		}
		at := h & mask
		for g.slots[at] != 0 {
			at = (at + 1) & mask
		}
		g.slots[at] = int32(i + 1)
	}
}

// nullHash is the hash of the key NULL.
const nullHash = 0x51ed270b9f3c1d2b

func (g *groups) resolveWords(
	c *batch.Column, frozen bool, ids []int32, hashes []uint64,
) ([]int32, []uint64) {
	n := c.Len()
	if c.Type.Kind == types.BigInt {
		for i, v := range batch.Values[int64](c)[:n] {
			id, h := g.word(v, c.NullCount() > 0 && c.IsNull(i), frozen)
			ids, hashes = append(ids, id), append(hashes, h)
		}
		return ids, hashes
	}
	for i, v := range batch.Values[int32](c)[:n] {
		id, h := g.word(int64(v), c.NullCount() > 0 && c.IsNull(i), frozen)
		ids, hashes = append(ids, id), append(hashes, h)
	}
	return ids, hashes
}

func (g *groups) word(v int64, null, frozen bool) (int32, uint64) {
	if null {
		if g.null == 0 && !frozen {
			g.words = append(g.words, 0)
			g.hashes = append(g.hashes, nullHash)
			g.n++
			g.null = int32(g.n)
		}
		return g.null - 1, nullHash
	}
	h := kernel.HashInt(uint64(v))
	mask := uint64(len(g.slots) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		s := g.slots[at]
		if s == 0 {
			if frozen {
				return -1, h
			}
			g.words = append(g.words, v)
			return g.add(h, at), h
		}
		if g.words[s-1] == v {
			return s - 1, h
		}
	}
}

// columns builds the key columns of groups [from, to).
func (g *groups) columns(from, to int) ([]*batch.Column, error) {
	b := make([]*batch.Builder, len(g.types))
	for i, t := range g.types {
		b[i] = batch.NewBuilder(t, to-from)
	}
	for i := from; i < to; i++ {
		switch {
		case !g.single:
			if len(b) == 0 {
				continue
			}
			if _, err := rowcodec.Decode(g.key(i), b); err != nil {
				return nil, err
			}
		case g.null == int32(i+1):
			b[0].AppendNull()
		case g.types[0].Kind == types.BigInt:
			batch.Append(b[0], g.words[i])
		default:
			batch.Append(b[0], int32(g.words[i]))
		}
	}
	cols := make([]*batch.Column, len(b))
	for i := range b {
		cols[i] = b[i].Finish()
	}
	return cols, nil
}

// bytes is the memory of the keys.
func (g *groups) bytes() int64 {
	return int64(8*cap(g.words) + cap(g.arena) + 8*cap(g.ends) + 8*cap(g.hashes) + 4*len(g.slots))
}
