package agg

import (
	"math"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// bundle is a mini-batch, with scratch for its keys.
type bundle struct {
	*operator.Bundle
	uniq, first []int32
}

func newBundle(op *plan.GroupAggregate, ctx *operator.Context) *bundle {
	b := operator.NewBundle(ctx, op.MiniBatchMs, op.MiniBatchMax)
	if b == nil {
		return nil
	}
	return &bundle{Bundle: b}
}

// finish emits what the rows of the bundle change, then the watermark that waited.
func (o *Group) finish(out operator.Output) error {
	u := o.bundle
	if u == nil {
		return nil
	}
	o.rows.Begin(out)
	defer o.rows.End()
	if b := u.Take(); b != nil {
		defer b.Release()
		if err := o.resolve(b); err != nil {
			return err
		}
		take := o.bundled
		if o.op.Phase == plan.LocalPhase {
			take = func(b *batch.Batch) error { return o.partials(b, out) }
		}
		if err := take(b); err != nil {
			return err
		}
	}
	if t, ok := u.Marked(); ok {
		o.rows.Mark(t)
	}
	return nil
}

// bundled takes in all rows of b at once, each key's change once.
func (o *Group) bundled(b *batch.Batch) error {
	defer o.last.drop()
	u := o.bundle
	u.uniq, u.first = u.uniq[:0], u.first[:0]
	o.seen.reset()
	var left []int64 // rows of each key, to see what was never there taken back
	for i, s := range o.slots {
		n, fresh := o.seen.add(s, len(u.uniq))
		if fresh {
			u.uniq, u.first = append(u.uniq, s), append(u.first, int32(i))
		}
		if b.Kinds == nil {
			continue
		}
		if fresh {
			had, _ := o.counts.Get(s)
			left = append(left, had)
		}
		if b.Kinds[i].IsAdd() {
			left[n]++
		} else if left[n]--; left[n] < 0 {
			return o.segment(b, 0, b.Len()) // one by one
		}
	}
	return o.changes(b, u.uniq, u.first, func() error {
		return o.take(o.slots, b, 0, b.Len())
	})
}

// Watermark implements operator.Operator.
func (o *Group) Watermark(t int64, out operator.Output) error {
	if err := o.catchUp(out); err != nil {
		return err
	}
	if o.bundle == nil {
		out.Watermark(t)
		return nil
	}
	if o.bundle.Wait(t) {
		return o.finish(out)
	}
	return nil
}

// PrepareBarrier implements operator.Operator.
func (o *Group) PrepareBarrier(out operator.Output) error {
	if err := o.catchUp(out); err != nil {
		return err
	}
	return o.finish(out)
}

// NextProcessingTime implements operator.ProcessingTimed.
func (o *Group) NextProcessingTime() (int64, bool) {
	if o.bundle == nil {
		return math.MaxInt64, false
	}
	return o.bundle.Next()
}

// OnProcessingTime implements operator.ProcessingTimed.
func (o *Group) OnProcessingTime(now int64, out operator.Output) error {
	if o.bundle == nil || !o.bundle.Due(now) {
		return nil
	}
	return o.finish(out)
}
