package hashagg

import (
	"bytes"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
)

// encoded are groups of keys of any type, each kept in its encoding as a row.
type encoded struct {
	types  []types.Type
	arena  []byte
	ends   []int
	hashes []uint64
	slots  []int32 // open addressing: group + 1
	row    []byte
}

func newEncoded(keys []types.Type) *encoded {
	return &encoded{types: keys, slots: make([]int32, firstSlots)}
}

func (g *encoded) key(i int) []byte {
	from := 0
	if i > 0 {
		from = g.ends[i-1]
	}
	return g.arena[from:g.ends[i]]
}

func (g *encoded) resolve(
	cols []*batch.Column, n int, frozen bool, ids []int32, hashes []uint64,
) ([]int32, []uint64, error) {
	enc, err := rowcodec.NewEncoder(cols)
	if err != nil {
		return nil, nil, err
	}
	for i := range n {
		g.row = enc.Append(g.row[:0], i)
		h := kernel.HashBytes(g.row)
		ids = append(ids, g.find(h, frozen))
		if frozen {
			hashes = append(hashes, h)
		}
	}
	return ids, hashes, nil
}

// find returns the group of the key in g.row.
func (g *encoded) find(h uint64, frozen bool) int32 {
	mask := uint64(len(g.slots) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		s := g.slots[at]
		if s == 0 {
			if frozen {
				return -1
			}
			g.arena = append(g.arena, g.row...)
			g.ends = append(g.ends, len(g.arena))
			g.hashes = append(g.hashes, h)
			g.slots[at] = int32(len(g.ends))
			if 2*len(g.ends) > len(g.slots) {
				g.grow()
			}
			return int32(len(g.ends) - 1)
		}
		if g.hashes[s-1] == h && bytes.Equal(g.key(int(s-1)), g.row) {
			return s - 1
		}
	}
}

func (g *encoded) grow() {
	g.slots = make([]int32, 4*len(g.slots))
	mask := uint64(len(g.slots) - 1)
	for i, h := range g.hashes {
		at := h & mask
		for g.slots[at] != 0 {
			at = (at + 1) & mask
		}
		g.slots[at] = int32(i + 1)
	}
}

func (g *encoded) columns(from, to int) ([]*batch.Column, error) {
	b := make([]*batch.Builder, len(g.types))
	for i, t := range g.types {
		b[i] = batch.NewBuilder(t, to-from)
	}
	for i := from; i < to; i++ {
		if _, err := rowcodec.Decode(g.key(i), b); err != nil {
			return nil, err
		}
	}
	cols := make([]*batch.Column, len(b))
	for i := range b {
		cols[i] = b[i].Finish()
	}
	return cols, nil
}

func (g *encoded) count() int { return len(g.ends) }

func (g *encoded) bytes() int64 {
	return int64(cap(g.arena) + 8*cap(g.ends) + 8*cap(g.hashes) + 4*len(g.slots))
}

func (g *encoded) reset() { *g = *newEncoded(g.types) }
