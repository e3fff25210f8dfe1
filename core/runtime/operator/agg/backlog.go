package agg

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

var _ operator.Backlogged = (*Group)(nil)

// Backlog implements operator.Backlogged: as long as nothing has gone out yet, rows of the past are
// only taken in, and what they come to goes out once, when the past is over, before a barrier or at
// the end. A row that is taken back ends this: what was never there is ignored only row by row. So
// does state that expires, which may be gone before it went out.
func (o *Group) Backlog(on bool, out operator.Output) error {
	if !on {
		return o.catchUp(out)
	}
	o.past = !o.any && o.bundle == nil && o.op.Phase == plan.SinglePhase && o.op.StateTTLMs <= 0 &&
		o.Ctx.RestoredCheckpoint == 0 && !o.Ctx.BatchMode
	return nil
}

// silent takes rows in without a word, if these can be.
func (o *Group) silent(b *batch.Batch, out operator.Output) (bool, error) {
	if !o.past {
		return false, nil
	}
	if len(b.Marks) > 0 || !onlyAdds(b) {
		return false, o.catchUp(out)
	}
	if b.Len() == 0 {
		return true, nil
	}
	o.any = true
	if err := o.resolve(b); err != nil {
		return true, err
	}
	return true, o.absorb(b)
}

func onlyAdds(b *batch.Batch) bool {
	for _, k := range b.Kinds {
		if !k.IsAdd() {
			return false
		}
	}
	return true
}

// catchUp emits what the rows that were taken in silently come to.
func (o *Group) catchUp(out operator.Output) error {
	if !o.past {
		return nil
	}
	o.past = false
	o.rows.Begin(out)
	defer o.rows.End()
	return o.Ctx.Keyed.Each(o.final)
}
