package hashjoin

import (
	"slices"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/spill"
	"github.com/headrace/headrace/core/data/types"
)

const (
	// fanOut is how many partitions a side is cut into, by fanBits bits of the hash at each level.
	fanOut  = 1 << fanBits
	fanBits = 4
	// maxLevel is how often a partition is cut again.
	maxLevel = 6
	// maxTable is the most bytes of a table: offsets of strings have 31 bits.
	maxTable = 1 << 30
)

// partitionOf is the partition of a hash at a level. Buckets use the upper bits.
func partitionOf(hash uint64, level int) int {
	return int(hash>>(fanBits*level)) & (fanOut - 1)
}

// part is a partition of the build side: in memory or, when spilled, in a file.
type part struct {
	batches []*batch.Batch
	bytes   int64
	build   *spill.Writer // nil: in memory
	probe   *spill.Writer
}

// gather collects the build side.
type gather struct {
	parts  []part // one while everything is in memory, then fanOut
	bytes  int64  // in memory
	spills bool
	hashes []uint64
	split  splitter
}

func (g *gather) close() {
	for i := range g.parts {
		p := &g.parts[i]
		for _, b := range p.batches {
			b.Release()
		}
		p.batches = nil
		p.build.Abandon()
		p.probe.Abandon()
	}
	g.parts = nil
}

func sizeOf(b *batch.Batch) int64 { return b.MemBytes() + rowBytes*int64(b.Len()) }

// gatherRows keeps a batch of the build side.
func (o *Join) gatherRows(b *batch.Batch) error {
	g := &o.gather
	keys := pick(b, o.keys[o.build])
	if dead := nullKeys(keys, o.op.NullSafe, b.Len()); dead != nil && !o.wants.buildMiss {
		o.rows = o.rows[:0] // they match nothing and nobody asks for them
		for i, d := range dead {
			if !d {
				o.rows = append(o.rows, int32(i))
			}
		}
		b = b.Take(o.rows)
		defer b.Release()
		keys = pick(b, o.keys[o.build])
	}
	if g.parts == nil {
		g.parts = make([]part, 1)
	}
	if !g.spills {
		n := sizeOf(b)
		if g.bytes+n <= maxTable && o.memory.Over() == 0 && o.memory.Reserve(n) {
			g.parts[0].add(b, n)
			g.bytes += n
			return nil
		}
		if err := o.beginSpill(); err != nil {
			return err
		}
	}
	g.hashes = kernel.Hash(keys, b.Len(), g.hashes)
	return g.split.each(b, g.hashes, 0, len(g.parts), func(i int, rows *batch.Batch) error {
		return o.addTo(i, rows)
	})
}

func (p *part) add(b *batch.Batch, n int64) {
	b.Retain()
	p.batches = append(p.batches, b)
	p.bytes += n
}

// addTo puts rows into a partition; when there is no room, the largest partitions go to disk.
func (o *Join) addTo(i int, rows *batch.Batch) error {
	g := &o.gather
	n := sizeOf(rows)
	for g.parts[i].build == nil {
		if g.bytes+n <= maxTable && o.memory.Over() == 0 && o.memory.Reserve(n) {
			g.parts[i].add(rows, n)
			g.bytes += n
			return nil
		}
		if err := o.spillLargest(i); err != nil {
			return err
		}
	}
	return g.parts[i].build.Write(rows)
}

// beginSpill cuts what is in memory into partitions. A join without keys has one only.
func (o *Join) beginSpill() error {
	g := &o.gather
	g.spills = true
	if len(o.keys[o.build]) == 0 {
		return o.spillLargest(0)
	}
	whole := g.parts[0].batches
	g.parts = make([]part, fanOut)
	o.memory.Add(-g.bytes)
	g.bytes = 0
	for i, b := range whole {
		g.hashes = kernel.Hash(pick(b, o.keys[o.build]), b.Len(), g.hashes)
		err := g.split.each(b, g.hashes, 0, fanOut, o.addTo)
		b.Release()
		if err != nil {
			for _, left := range whole[i+1:] {
				left.Release()
			}
			return err
		}
	}
	return nil
}

// spillLargest writes the largest partition in memory to disk, that of the row at hand when there
// is nothing else.
func (o *Join) spillLargest(least int) error {
	g := &o.gather
	at := least
	for i := range g.parts {
		if p := &g.parts[i]; p.build == nil && p.bytes > g.parts[at].bytes {
			at = i
		}
	}
	p := &g.parts[at]
	var err error
	if p.build, err = o.dir.Create(o.schemas[o.build]); err != nil {
		return err
	}
	for i, b := range p.batches {
		err := p.build.Write(b)
		b.Release()
		p.batches[i] = nil
		if err != nil {
			p.batches = p.batches[i+1:]
			return err
		}
	}
	o.memory.Add(-p.bytes)
	g.bytes -= p.bytes
	p.batches, p.bytes = nil, 0
	return nil
}

// seal makes the table of what is in memory.
func (o *Join) seal() error {
	g := &o.gather
	var rows []*batch.Batch
	for i := range g.parts {
		rows = append(rows, g.parts[i].batches...)
		g.parts[i].batches = nil
	}
	o.setTable(rows)
	feed, err := o.heldFeed()
	o.feed = feed
	return err
}

// setTable makes the table of batches, whose references it takes over.
func (o *Join) setTable(rows []*batch.Batch) {
	whole := concat(o.schemas[o.build], rows)
	keys := o.keys[o.build]
	dead := nullKeys(pick(whole, keys), o.op.NullSafe, whole.Len())
	o.table = newTable(whole, keys, dead, o.directTable(whole, dead), o.wants.build())
	o.rest = 0
}

// directTable says how rows are found by key value; not at all when the keys are no such thing, or
// the memory for it is not there.
func (o *Join) directTable(rows *batch.Batch, dead []bool) direct {
	o.memory.Add(-o.buckets)
	o.buckets = 0
	keys := o.keys[o.build]
	if len(keys) != 1 || o.schemas[0].Fields[o.keys[0][0]].Type.Kind !=
		o.schemas[1].Fields[o.keys[1][0]].Type.Kind {
		return direct{}
	}
	d := directOf(pick(rows, keys), rows.Len(), dead, slices.Contains(o.op.NullSafe, true))
	if n := d.extra(rows.Len()); n > 0 {
		if o.memory.Over() > 0 || !o.memory.Reserve(n) {
			return direct{}
		}
		o.buckets = n
	}
	return d
}

func concat(schema *types.Schema, rows []*batch.Batch) *batch.Batch {
	if len(rows) == 0 {
		return batch.NewRowBuilder(schema, 0).Finish()
	}
	return batch.Concat(rows)
}

// splitter cuts batches by partition.
type splitter struct{ rows [fanOut][]int32 }

// each calls f with the rows of each partition of n.
func (s *splitter) each(
	b *batch.Batch, hashes []uint64, level, n int, f func(i int, rows *batch.Batch) error,
) error {
	if n == 1 {
		return f(0, b)
	}
	for i := range s.rows {
		s.rows[i] = s.rows[i][:0]
	}
	for r, h := range hashes {
		i := partitionOf(h, level)
		s.rows[i] = append(s.rows[i], int32(r))
	}
	for i, rows := range s.rows {
		if len(rows) == 0 {
			continue
		}
		part := b.Take(rows)
		err := f(i, part)
		part.Release()
		if err != nil {
			return err
		}
	}
	return nil
}
