package hashagg

import (
	"slices"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// columnar are groups of keys of numbers and texts, which are kept in columns. Candidates are found
// by hash for all rows of a batch, then compared column by column.
type columnar struct {
	types []types.Type
	cols  []keyColumn
	slots []uint64 // open addressing: the upper half of the hash, group + 1; 0: free
	all   []uint64 // the hash of each group
	row   []uint64 // of each row of the batch
	fresh []int32  // rows with new groups
	bad   []int32  // rows whose candidate is another key of the same hash
}

// newColumnar returns nil for keys of other types.
func newColumnar(keys []types.Type) *columnar {
	g := &columnar{types: keys, slots: make([]uint64, firstSlots)}
	for _, t := range keys {
		c := newKeyColumn(t)
		if c == nil {
			return nil
		}
		g.cols = append(g.cols, c)
	}
	return g
}

const tag = 0xffffffff << 32

func (g *columnar) resolve(
	cols []*batch.Column, n int, frozen bool, ids []int32, hashes []uint64,
) ([]int32, []uint64, error) {
	g.row = kernel.Hash(cols, n, g.row)
	if frozen {
		for i, h := range g.row {
			ids = append(ids, g.find(cols, i, h))
		}
		return ids, append(hashes, g.row...), nil
	}
	g.fresh, g.bad = g.fresh[:0], g.bad[:0]
	from := len(ids)
	ids = g.candidates(ids)
	for i, c := range g.cols {
		c.append(cols[i], g.fresh)
	}
	for i, c := range g.cols {
		g.bad = c.differ(cols[i], ids[from:], g.bad)
	}
	for _, i := range g.bad {
		ids[from+int(i)] = g.settle(cols, int(i), g.row[i])
	}
	return ids, hashes, nil
}

// candidates appends for each row the group of its hash, which may be new.
func (g *columnar) candidates(ids []int32) []int32 {
	slots, mask := g.slots, uint64(len(g.slots)-1)
	for i, h := range g.row {
		at := h & mask
		s := slots[at]
		for s != 0 && (s^h)&tag != 0 {
			at = (at + 1) & mask
			s = slots[at]
		}
		if s == 0 {
			g.fresh = append(g.fresh, int32(i))
			s = g.add(h, at)
			slots, mask = g.slots, uint64(len(g.slots)-1)
		}
		ids = append(ids, int32(uint32(s))-1)
	}
	return ids
}

// add numbers a key, whose place is at; it returns what is in the slot.
func (g *columnar) add(h, at uint64) uint64 {
	g.all = append(g.all, h)
	s := h&tag | uint64(len(g.all))
	g.slots[at] = s
	if 2*len(g.all) > len(g.slots) {
		g.slots = make([]uint64, 4*len(g.slots))
		mask := uint64(len(g.slots) - 1)
		for i, h := range g.all {
			at := h & mask
			for g.slots[at] != 0 {
				at = (at + 1) & mask
			}
			g.slots[at] = h&tag | uint64(i+1)
		}
	}
	return s
}

// find finds the group of a row by its hash and key; -1: there is none.
func (g *columnar) find(cols []*batch.Column, i int, h uint64) int32 {
	id, _ := g.look(cols, i, h)
	return id
}

// look is find with the place of the key, or where it would go.
func (g *columnar) look(cols []*batch.Column, i int, h uint64) (int32, uint64) {
	mask := uint64(len(g.slots) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		s := g.slots[at]
		if s == 0 {
			return -1, at
		}
		if id := int32(uint32(s)) - 1; (s^h)&tag == 0 && g.same(cols, i, id) {
			return id, at
		}
	}
}

func (g *columnar) same(cols []*batch.Column, i int, id int32) bool {
	for k, c := range g.cols {
		if !c.same(cols[k], i, id) {
			return false
		}
	}
	return true
}

// settle finds or makes the group of a row whose hash another key has.
func (g *columnar) settle(cols []*batch.Column, i int, h uint64) int32 {
	id, at := g.look(cols, i, h)
	if id >= 0 {
		return id
	}
	g.add(h, at)
	for k, c := range g.cols {
		c.append(cols[k], []int32{int32(i)})
	}
	return int32(len(g.all) - 1)
}

func (g *columnar) columns(from, to int) ([]*batch.Column, error) {
	out := make([]*batch.Column, len(g.cols))
	for i, c := range g.cols {
		out[i] = c.column(g.types[i], from, to)
	}
	return out, nil
}

func (g *columnar) count() int { return len(g.all) }

func (g *columnar) bytes() int64 {
	n := int64(8*len(g.slots) + 8*cap(g.all))
	for _, c := range g.cols {
		n += c.bytes()
	}
	return n
}

func (g *columnar) reset() { *g = *newColumnar(g.types) }

// keyColumn is one column of the keys of groups.
type keyColumn interface {
	// append adds the values of new groups.
	append(c *batch.Column, rows []int32)
	// differ adds the rows of c whose values are not those of their groups.
	differ(c *batch.Column, ids, bad []int32) []int32
	same(c *batch.Column, i int, id int32) bool
	column(t types.Type, from, to int) *batch.Column
	bytes() int64
}

func newKeyColumn(t types.Type) keyColumn {
	switch t.Kind {
	case types.TinyInt:
		return &fixedKeys[int8]{}
	case types.SmallInt:
		return &fixedKeys[int16]{}
	case types.Int, types.Date, types.IntervalYM:
		return &fixedKeys[int32]{}
	case types.BigInt, types.Timestamp, types.TimestampLTZ, types.IntervalDT:
		return &fixedKeys[int64]{}
	case types.Decimal:
		return &fixedKeys[batch.Decimal]{}
	case types.Char, types.Varchar, types.Binary, types.Varbinary:
		return &textKeys{ends: make([]int, 1)}
	}
	return nil
}

// nullKeys are the groups whose value is NULL, by number; it ends with the last of them.
type nullKeys []bool

func (k nullKeys) at(id int32) bool { return int(id) < len(k) && k[id] }

func (k nullKeys) mark(id int) nullKeys {
	k = append(k, make([]bool, id+1-len(k))...)
	k[id] = true
	return k
}

func (k nullKeys) valid(from, to int) []byte {
	var valid []byte
	for i := from; i < min(to, len(k)); i++ {
		if k[i] {
			if valid == nil {
				valid = batch.NewValid(to - from)
			}
			batch.ClearBit(valid, i-from)
		}
	}
	return valid
}

type fixedKeys[T int8 | int16 | int32 | int64 | batch.Decimal] struct {
	values []T
	nulls  nullKeys
}

func (k *fixedKeys[T]) append(c *batch.Column, rows []int32) {
	v := batch.Values[T](c)
	for _, r := range rows {
		if c.NullCount() > 0 && c.IsNull(int(r)) {
			var none T
			k.nulls = k.nulls.mark(len(k.values))
			k.values = append(k.values, none)
			continue
		}
		k.values = append(k.values, v[r])
	}
}

func (k *fixedKeys[T]) differ(c *batch.Column, ids, bad []int32) []int32 {
	if c.NullCount() > 0 || k.nulls != nil {
		return slowlyDiffer(k, c, ids, bad)
	}
	v, values := batch.Values[T](c)[:len(ids)], k.values
	for i, id := range ids {
		if values[id] != v[i] {
			bad = append(bad, int32(i))
		}
	}
	return bad
}

func slowlyDiffer(k keyColumn, c *batch.Column, ids, bad []int32) []int32 {
	for i, id := range ids {
		if !k.same(c, i, id) {
			bad = append(bad, int32(i))
		}
	}
	return bad
}

func (k *fixedKeys[T]) same(c *batch.Column, i int, id int32) bool {
	if null := c.IsNull(i); null || k.nulls.at(id) {
		return null && k.nulls.at(id)
	}
	return k.values[id] == batch.Values[T](c)[i]
}

func (k *fixedKeys[T]) column(t types.Type, from, to int) *batch.Column {
	return batch.MakeFixed(t, slices.Clone(k.values[from:to]), k.nulls.valid(from, to))
}

func (k *fixedKeys[T]) bytes() int64 {
	return int64(len(batch.BytesOf(k.values[:cap(k.values)])) + cap(k.nulls))
}

type textKeys struct {
	data  []byte
	ends  []int // behind each, the first 0
	nulls nullKeys
}

func (k *textKeys) at(id int32) []byte { return k.data[k.ends[id]:k.ends[id+1]] }

func (k *textKeys) append(c *batch.Column, rows []int32) {
	for _, r := range rows {
		if c.NullCount() > 0 && c.IsNull(int(r)) {
			k.nulls = k.nulls.mark(len(k.ends) - 1)
		} else {
			k.data = append(k.data, c.Bytes(int(r))...)
		}
		k.ends = append(k.ends, len(k.data))
	}
}

func (k *textKeys) differ(c *batch.Column, ids, bad []int32) []int32 {
	if c.NullCount() > 0 || k.nulls != nil {
		return slowlyDiffer(k, c, ids, bad)
	}
	offs, data := c.Offsets(), c.Data()
	for i, id := range ids {
		if string(k.at(id)) != string(data[offs[i]:offs[i+1]]) {
			bad = append(bad, int32(i))
		}
	}
	return bad
}

func (k *textKeys) same(c *batch.Column, i int, id int32) bool {
	if null := c.IsNull(i); null || k.nulls.at(id) {
		return null && k.nulls.at(id)
	}
	return string(k.at(id)) == string(c.Bytes(i))
}

func (k *textKeys) column(t types.Type, from, to int) *batch.Column {
	first := k.ends[from]
	offs := make([]int32, to-from+1)
	for i := range offs {
		offs[i] = int32(k.ends[from+i] - first)
	}
	data := slices.Clone(k.data[first:k.ends[to]])
	return batch.MakeBytes(t, offs, data, k.nulls.valid(from, to))
}

func (k *textKeys) bytes() int64 {
	return int64(cap(k.data) + 8*cap(k.ends) + cap(k.nulls))
}
