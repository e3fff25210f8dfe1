package agg

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// The two phases of a streaming aggregation: the local one turns each bundle into the partial
// results of its keys and keeps nothing, the global one takes partial results in as rows.

// partials emits what the rows of a bundle come to.
func (o *Group) partials(b *batch.Batch, out operator.Output) error {
	u := o.bundle
	u.uniq, u.first = u.uniq[:0], u.first[:0]
	o.seen.reset()
	for i, s := range o.slots {
		if _, fresh := o.seen.add(s, len(u.uniq)); fresh {
			u.uniq, u.first = append(u.uniq, s), append(u.first, int32(i))
		}
	}
	if err := o.update(o.slots, b, 0, b.Len()); err != nil {
		return err
	}
	cols := make([]*batch.Column, 0, len(o.op.Keys)+len(o.calls))
	for _, k := range o.op.Keys {
		cols = append(cols, batch.Take(b.Cols[k], u.first))
	}
	for _, c := range o.calls {
		data, ends, err := c.Encode(u.uniq, nil, nil)
		if err != nil {
			return err
		}
		cols = append(cols, batch.MakeBytes(plan.PartialType, append([]int32{0}, ends...), data, nil))
	}
	out.Emit(0, batch.New(o.schema, cols, len(u.uniq)))
	o.Ctx.Keyed.Drop(u.uniq)
	return nil
}

// take updates the accumulators with rows [from, to) of b: rows of the input or, in the global
// phase, partial results.
func (o *Group) take(slots []int32, b *batch.Batch, from, to int) error {
	if o.op.Phase != plan.GlobalPhase {
		return o.update(slots, b, from, to)
	}
	n := to - from
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(i)
	}
	o.parts.Grow(n)
	for i, c := range o.parts.calls {
		col := b.Cols[len(o.op.Keys)+i]
		offs := col.Offsets()[from : to+1]
		ends := make([]int32, n)
		for k := range ends {
			ends[k] = offs[k+1] - offs[0]
		}
		if err := c.Decode(all, col.Data()[offs[0]:offs[n]], ends); err != nil {
			return err
		}
	}
	(&Calls{o.calls}).mergeFrom(slots, o.parts, all)
	for _, s := range slots {
		*o.counts.At(s)++ // that there are rows is all that matters: none is taken back
	}
	return nil
}
