package hashjoin

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// cursor is a batch of the probe side on its way through the table.
type cursor struct {
	batch  *batch.Batch // nil: none
	keys   []*batch.Column
	hashes []uint64
	dead   []bool
	hit    []bool // rows that found a match; nil: nobody asks
	row    int
	chain  int32 // the next candidate of row + 1; -1: the chain has not begun
	offset int64 // of the first row among those of a file
}

// candidates adds up to limit pairs of equal hashes. Rows that need no second match are left when
// they have one.
func (c *cursor) candidates(t *table, p *pairs, limit int, once bool) {
	n := c.batch.Len()
	for ; c.row < n; c.row, c.chain = c.row+1, -1 {
		if c.dead != nil && c.dead[c.row] || once && c.hit[c.row] {
			continue
		}
		h := c.hashes[c.row]
		r := c.chain
		if r < 0 {
			r = t.first[h>>t.shift]
		}
		for ; r > 0; r = t.next[r-1] {
			if t.hashes[r-1] != h {
				continue
			}
			if len(p.probe) >= limit {
				c.chain = r
				return
			}
			p.probe, p.build = append(p.probe, int32(c.row)), append(p.build, r-1)
		}
	}
}

// begin puts a batch of the probe side under the cursor, whose reference it takes over.
func (o *Join) begin(b *batch.Batch) {
	c := &o.cur
	c.batch, c.row, c.chain = b, 0, -1
	c.keys = pick(b, o.keys[o.probe()])
	if o.table.direct.span == 0 {
		c.hashes = kernel.Hash(c.keys, b.Len(), c.hashes)
	}
	c.dead = nullKeys(c.keys, o.op.NullSafe, b.Len())
	c.hit = nil
	if o.wants.probeHit || o.wants.probeMiss {
		c.hit = append(o.hits[:0], make([]bool, b.Len())...)
		o.hits = c.hit
	}
}

// advance emits the next rows that the cursor gives.
func (o *Join) advance(out output) error {
	c := &o.cur
	o.pairs.reset()
	once := o.wants.probeHit || o.wants.probeMiss && !o.wants.pairs
	o.candidates(once && !o.wants.build())
	last := c.row >= c.batch.Len()
	if err := o.condition(c.batch); err != nil {
		return err
	}
	if c.hit != nil {
		for _, r := range o.pairs.probe {
			c.hit[r] = true
		}
	}
	if o.table.seen != nil {
		for _, r := range o.pairs.build {
			o.table.seen[r>>6] |= 1 << (r & 63)
		}
	}
	if o.wants.pairs && len(o.pairs.probe) > 0 {
		o.emitPairs(c.batch, out)
	}
	if last {
		o.finishBatch(out)
	}
	return nil
}

// candidates adds up to limit pairs of equal keys.
func (o *Join) candidates(once bool) {
	c, first := &o.cur, once && o.residual.program == nil
	switch {
	case o.table.direct.span == 0:
		c.candidates(o.table, &o.pairs, o.limit, once)
		o.pairs.equal(c.keys, o.table.keys)
	case c.keys[0].Type.Kind == types.BigInt:
		keys := batch.Values[int64](c.keys[0])[:c.batch.Len()]
		near(c, o.table, keys, &o.pairs, o.limit, once, first)
	default:
		keys := batch.Values[int32](c.keys[0])[:c.batch.Len()]
		near(c, o.table, keys, &o.pairs, o.limit, once, first)
	}
}

// finishBatch emits the rows of the probe side that come out once, by whether they have a match.
func (o *Join) finishBatch(out output) {
	c := &o.cur
	if c.hit != nil && o.settleHits() {
		o.rows = o.rows[:0]
		for i, hit := range c.hit {
			if hit == o.wants.probeHit {
				o.rows = append(o.rows, int32(i))
			}
		}
		if len(o.rows) > 0 {
			o.emitSide(o.probe(), c.batch, o.rows, out)
		}
	}
	c.batch.Release()
	c.batch = nil
}

// settleHits puts the hits of a batch together with those of earlier blocks of the build side;
// false: later blocks may still have matches.
func (o *Join) settleHits() bool {
	s := o.task
	if s == nil || s.hits == nil {
		return true
	}
	c := &o.cur
	for i := range c.hit {
		at := c.offset + int64(i)
		if c.hit[i] {
			s.hits[at>>6] |= 1 << (at & 63)
		}
		c.hit[i] = s.hits[at>>6]&(1<<(at&63)) != 0
	}
	c.offset += int64(len(c.hit))
	return s.last
}

// emitPairs joins rows of the probe batch with rows of the table.
func (o *Join) emitPairs(b *batch.Batch, out output) {
	cols := make([]*batch.Column, 0, o.schema.Len())
	for side := range 2 {
		if side == o.build {
			cols = takeAll(cols, o.table.rows, o.pairs.build)
		} else {
			cols = takeAll(cols, b, o.pairs.probe)
		}
	}
	out.Emit(0, batch.New(o.schema, cols, len(o.pairs.probe)))
}

func takeAll(cols []*batch.Column, b *batch.Batch, rows []int32) []*batch.Column {
	if identity(rows, b.Len()) {
		b.Retain()
		return append(cols, b.Cols...)
	}
	for _, c := range b.Cols {
		cols = append(cols, batch.Take(c, rows))
	}
	return cols
}

// identity says whether rows are all n rows in order.
func identity(rows []int32, n int) bool {
	if len(rows) != n || n == 0 || rows[n-1] != int32(n-1) || rows[0] != 0 {
		return false
	}
	for i, r := range rows {
		if r != int32(i) {
			return false
		}
	}
	return true
}

// emitSide emits rows of one side, with NULLs for the other unless only the left side comes out.
func (o *Join) emitSide(side int, b *batch.Batch, rows []int32, out output) {
	if o.semi() {
		out.Emit(0, batch.New(o.schema, takeAll(nil, b, rows), len(rows)))
		return
	}
	cols := make([]*batch.Column, 0, o.schema.Len())
	for s := range 2 {
		if s == side {
			cols = takeAll(cols, b, rows)
			continue
		}
		for _, f := range o.schemas[s].Fields {
			cols = append(cols, batch.MakeNull(f.Type, len(rows)))
		}
	}
	out.Emit(0, batch.New(o.schema, cols, len(rows)))
}
