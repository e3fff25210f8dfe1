package dedup

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
)

var _ operator.Backlogged = (*Last)(nil)

// Backlog implements operator.Backlogged: as long as nothing has gone out yet, the last rows of the
// past are only kept, and go out once, when the past is over, before a barrier or watermark, or at
// the end. State that expires may be gone by then: with a TTL rows go out as at other times.
func (o *Last) Backlog(on bool, out operator.Output) error {
	if !on {
		return o.catchUp(out)
	}
	o.past = !o.any && o.op.KeepLast && o.op.StateTTLMs <= 0 && o.Ctx.RestoredCheckpoint == 0 &&
		!o.Ctx.BatchMode
	return nil
}

// note says that rows come; those with watermarks between them end the silence.
func (o *Last) note(b *batch.Batch, out operator.Output) error {
	o.any = o.any || b.Len() > 0
	if len(b.Marks) > 0 {
		return o.catchUp(out)
	}
	return nil
}

// catchUp emits the rows that were kept silently.
func (o *Last) catchUp(out operator.Output) error {
	if !o.past {
		return nil
	}
	o.past = false
	o.rows.Begin(out)
	defer o.rows.End()
	return o.Ctx.Keyed.Each(func(slots []int32) error {
		for _, s := range slots {
			row, ok := o.kept.Get(s)
			if !ok {
				continue
			}
			if err := o.emit(types.Insert, row); err != nil {
				return err
			}
		}
		if !o.op.UpdateBefore { // nobody asks for them any more
			o.kept.Clear(slots)
			o.Ctx.Keyed.MarkDirty(slots)
		}
		return nil
	})
}

// Watermark implements operator.Operator.
func (o *Last) Watermark(time int64, out operator.Output) error {
	if err := o.catchUp(out); err != nil {
		return err
	}
	out.Watermark(time)
	return nil
}

// PrepareBarrier implements operator.Operator.
func (o *Last) PrepareBarrier(out operator.Output) error { return o.catchUp(out) }

// EndInput implements operator.Operator.
func (o *Last) EndInput(_ int, out operator.Output) error { return o.catchUp(out) }
