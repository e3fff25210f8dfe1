package hashjoin

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
)

// manyPairs is from how many pairs of a span and a chunk on they are made by position. Those of
// fewer are copied together with those of other keys, so that what comes out is not in crumbs.
const manyPairs = 256

// many says whether the span and the chunk at hand give many pairs.
func (o *Merge) many() bool {
	return (o.span.to-o.span.from)*o.group.chunk.Len() >= min(manyPairs, o.limit)
}

// pairInPlace makes up to limit pairs of the span and the chunk at hand and tests the residual
// condition on the columns that it reads, before anything else of them is copied.
func (o *Merge) pairInPlace(out operator.Output) error {
	if err := o.settle(out); err != nil { // what came before
		return err
	}
	o.enumerate()
	if err := o.test(); err != nil {
		return err
	}
	p := &o.pairs
	if o.wants.pairs && len(p.l) > 0 {
		cols := make([]*batch.Column, o.both.Len())
		for c := range cols {
			cols[c] = o.pairColumn(c)
		}
		out.Emit(0, batch.New(o.both, cols, len(p.l)))
	}
	if o.span.row < o.span.to {
		return nil
	}
	return o.nextChunk()
}

// enumerate notes the next pairs.
func (o *Merge) enumerate() {
	p, s, n := &o.pairs, &o.span, o.group.chunk.Len()
	p.l, p.r = p.l[:0], p.r[:0]
	once := !o.wants.pairs && s.hits != nil // more than one match of a left row says nothing
	for s.row < s.to && len(p.l) < o.limit {
		if once && s.hits[s.row-s.from] {
			s.row, s.at = s.row+1, 0
			continue
		}
		end := min(n, s.at+o.limit-len(p.l))
		for ; s.at < end; s.at++ {
			p.l, p.r = append(p.l, int32(s.row)), append(p.r, int32(s.at))
		}
		if s.at == n {
			s.row, s.at = s.row+1, 0
		}
	}
}

// test keeps the pairs for which the residual condition holds, and notes whose they are.
func (o *Merge) test() error {
	p, r := &o.pairs, &o.residual
	if r.program == nil || len(p.l) == 0 {
		return nil
	}
	cols := make([]*batch.Column, len(r.columns))
	for i, c := range r.columns {
		cols[i] = o.pairColumn(c)
	}
	b := batch.New(r.schema, cols, len(p.l))
	defer b.Release()
	var err error
	if r.pass, err = r.program.EvalFilter(r.eval, b, r.pass[:0]); err != nil {
		return err
	}
	for to, i := range r.pass {
		p.l[to], p.r[to] = p.l[i], p.r[i]
	}
	p.l, p.r = p.l[:len(r.pass)], p.r[:len(r.pass)]
	if hits := o.span.hits; hits != nil {
		for _, i := range p.l {
			hits[int(i)-o.span.from] = true
		}
	}
	if hits := o.group.hits; hits != nil {
		for _, i := range p.r {
			at := o.group.first + int(i)
			hits[at>>6] |= 1 << (at & 63)
		}
	}
	return nil
}

// pairColumn is column c of both sides, of the pairs noted.
func (o *Merge) pairColumn(c int) *batch.Column {
	if width := o.schemas[0].Len(); c >= width {
		return batch.Take(o.group.chunk.Cols[c-width], o.pairs.r)
	}
	return batch.Take(o.sides[0].rows.Cols[c], o.pairs.l)
}
