package agg

import (
	"math"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// defaultBundle is how many rows a bundle has when only its latency is configured.
const defaultBundle = 1 << 14

// bundle gathers the rows of a mini-batch (table.exec.mini-batch.*): until there are enough of them
// or the oldest has waited long enough, or a barrier or the end comes. Watermarks wait with them.
type bundle struct {
	parts     []*batch.Batch
	rows      int
	max       int
	latencyMs int64
	dueMs     int64 // when the oldest row has waited long enough
	mark      int64 // the newest watermark that waits
	marked    bool
	now       func() int64

	uniq, first []int32
}

func newBundle(op *plan.GroupAggregate, ctx *operator.Context) *bundle {
	if ctx.BatchMode || op.MiniBatchMs <= 0 && op.MiniBatchMax <= 0 {
		return nil
	}
	b := &bundle{max: int(op.MiniBatchMax), latencyMs: op.MiniBatchMs, now: ctx.Clock.NowMs}
	if b.max <= 0 {
		b.max = defaultBundle
	}
	return b
}

// add takes a batch in; it says whether the bundle is full.
func (u *bundle) add(b *batch.Batch) bool {
	if b.Len() > 0 {
		if u.rows == 0 {
			u.dueMs = u.now() + u.latencyMs
		}
		b.Retain()
		u.parts = append(u.parts, b)
		u.rows += b.Len()
	}
	if k := len(b.Marks); k > 0 {
		u.mark, u.marked = b.Marks[k-1].Time, true
	}
	return u.rows >= u.max || u.rows == 0
}

// take returns the rows, nil when there are none; the caller releases them.
func (u *bundle) take() *batch.Batch {
	if u.rows == 0 {
		return nil
	}
	b := batch.Concat(u.parts)
	u.parts, u.rows = nil, 0
	return b
}

// finish emits what the rows of the bundle change, then the watermark that waited.
func (o *Group) finish(out operator.Output) error {
	u := o.bundle
	if u == nil {
		return nil
	}
	o.rows.Begin(out)
	defer o.rows.End()
	if b := u.take(); b != nil {
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
	if u.marked {
		u.marked = false
		o.rows.Mark(u.mark)
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
	o.bundle.mark, o.bundle.marked = t, true
	if o.bundle.rows == 0 || t == batch.MaxWatermark {
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
	if o.bundle == nil || o.bundle.rows == 0 || o.bundle.latencyMs <= 0 {
		return math.MaxInt64, false
	}
	return o.bundle.dueMs, true
}

// OnProcessingTime implements operator.ProcessingTimed.
func (o *Group) OnProcessingTime(now int64, out operator.Output) error {
	if o.bundle == nil || o.bundle.rows == 0 || now < o.bundle.dueMs {
		return nil
	}
	return o.finish(out)
}
