package hashjoin

import (
	"math/bits"
	"slices"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// rowBytes is what the table needs for a row besides its columns.
const rowBytes = 24

// table finds the rows of the build side by the hash of their keys. Rows of one bucket are chained
// in order of arrival.
type table struct {
	rows   *batch.Batch
	keys   []*batch.Column
	hashes []uint64
	shift  uint
	first  []int32 // by bucket: the first row + 1
	direct direct
	next   []int32 // by row: the next one of the bucket + 1
	seen   []uint64
}

// sparseRows is up to how many rows there are several buckets for each: they stay in the cache.
const sparseRows = 1 << 12

// newTable makes a table of rows; those for which dead holds are in no chain. With a direct that
// is not empty it is one by key value. seen says that it is noted which rows found a match.
func newTable(rows *batch.Batch, keys []int, dead []bool, d direct, seen bool) *table {
	n := rows.Len()
	t := &table{rows: rows, keys: pick(rows, keys), direct: d}
	if seen {
		t.seen = make([]uint64, (n+63)/64)
	}
	if d.span > 0 {
		t.first, t.next = make([]int32, d.span), make([]int32, n)
		if t.keys[0].Type.Kind == types.BigInt {
			chain(t, batch.Values[int64](t.keys[0])[:n], dead)
		} else {
			chain(t, batch.Values[int32](t.keys[0])[:n], dead)
		}
		return t
	}
	t.hashes = kernel.Hash(t.keys, n, nil)
	size := max(bits.Len(uint(n)), 1) // 2^size is more than n, at most twice
	if n < sparseRows {
		size += 2
	}
	t.shift = uint(64 - size)
	t.first, t.next = make([]int32, 1<<size), make([]int32, n)
	for i := n - 1; i >= 0; i-- {
		if dead != nil && dead[i] {
			continue
		}
		b := &t.first[t.hashes[i]>>t.shift]
		t.next[i], *b = *b, int32(i+1)
	}
	return t
}

func pick(b *batch.Batch, columns []int) []*batch.Column {
	cols := make([]*batch.Column, len(columns))
	for i, c := range columns {
		cols[i] = b.Cols[c]
	}
	return cols
}

// pairs are candidates: row probe[i] of the batch and row build[i] of the table.
type pairs struct{ probe, build []int32 }

func (p *pairs) reset() { p.probe, p.build = p.probe[:0], p.build[:0] }

// grow makes room for n more pairs.
func (p *pairs) grow(n int) {
	p.probe, p.build = slices.Grow(p.probe, n), slices.Grow(p.build, n)
}

// keep leaves the pairs at the ascending positions.
func (p *pairs) keep(at []int32) {
	if len(at) == len(p.probe) {
		return
	}
	for i, k := range at {
		p.probe[i], p.build[i] = p.probe[k], p.build[k]
	}
	p.probe, p.build = p.probe[:len(at)], p.build[:len(at)]
}

// equal drops the pairs whose keys differ though their hashes do not.
func (p *pairs) equal(probe, build []*batch.Column) {
	for i := range probe {
		equalColumn(p, probe[i], build[i])
	}
}

func equalColumn(p *pairs, a, b *batch.Column) {
	if a.NullCount() > 0 || b.NullCount() > 0 {
		p.where(func(i, j int32) bool { return batch.EqualAt(a, int(i), b, int(j)) })
		return
	}
	switch a.Type.Kind {
	case types.BigInt, types.Timestamp, types.TimestampLTZ, types.IntervalDT:
		equalFixed[int64](p, a, b)
	case types.Int, types.Date, types.IntervalYM:
		equalFixed[int32](p, a, b)
	case types.Decimal:
		equalFixed[batch.Decimal](p, a, b)
	case types.Char, types.Varchar, types.Binary, types.Varbinary:
		p.where(func(i, j int32) bool { return a.Str(int(i)) == b.Str(int(j)) })
	default:
		p.where(func(i, j int32) bool { return batch.EqualAt(a, int(i), b, int(j)) })
	}
}

func equalFixed[T int32 | int64 | batch.Decimal](p *pairs, a, b *batch.Column) {
	x, y := batch.Values[T](a), batch.Values[T](b)
	n := 0
	for k, i := range p.probe {
		j := p.build[k]
		p.probe[n], p.build[n] = i, j
		if x[i] == y[j] {
			n++
		}
	}
	p.probe, p.build = p.probe[:n], p.build[:n]
}

func (p *pairs) where(same func(i, j int32) bool) {
	n := 0
	for k, i := range p.probe {
		j := p.build[k]
		if same(i, j) {
			p.probe[n], p.build[n] = i, j
			n++
		}
	}
	p.probe, p.build = p.probe[:n], p.build[:n]
}

// nullKeys says which rows have a NULL in a key that equals nothing then; nil: none.
func nullKeys(keys []*batch.Column, nullSafe []bool, n int) []bool {
	var dead []bool
	for i, c := range keys {
		if c.NullCount() == 0 || i < len(nullSafe) && nullSafe[i] {
			continue
		}
		if dead == nil {
			dead = make([]bool, n)
		}
		for r := range dead {
			dead[r] = dead[r] || c.IsNull(r)
		}
	}
	return dead
}
