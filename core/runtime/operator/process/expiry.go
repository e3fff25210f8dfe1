package process

import (
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/udf"
)

// expiry clears states with a time to live of keys that nobody asks for any more: those of other
// keys the functions clear themselves. It knows when each key was used last, and takes the longest
// of the times to live for all of them.
type expiry struct {
	ctx     *operator.Context
	used    *state.TTL
	columns []state.Column
	over    []int32
}

// usedState is the name of the column of last uses; the user's own names do not begin so.
const usedState = "#used"

// newExpiry registers an expiry for those of the states that have a time to live; nil: none has.
func newExpiry(ctx *operator.Context, states []udf.NamedState) (*expiry, error) {
	longest := int64(0)
	e := &expiry{ctx: ctx}
	for _, s := range states {
		if s.TTLMs > 0 {
			longest = max(longest, s.TTLMs)
			e.columns = append(e.columns, s.Column)
		}
	}
	if longest == 0 || ctx.BatchMode {
		return nil, nil
	}
	e.used = state.NewTTL(state.TTLConfig{TTLMs: longest})
	return e, ctx.Keyed.Register(usedState, e.used)
}

// sweep clears some of what is over. It is called before keys are resolved.
func (e *expiry) sweep() error {
	if e == nil {
		return nil
	}
	if err := e.used.Tour(e.ctx.Keyed); err != nil {
		return err
	}
	e.over = e.used.Sweep(e.ctx.Clock.NowMs(), e.over[:0])
	if len(e.over) == 0 {
		return nil
	}
	for _, c := range e.columns {
		c.Clear(e.over)
	}
	e.used.Clear(e.over)
	e.ctx.Keyed.MarkDirty(e.over) // a key without any other state goes with the next capture
	return nil
}

// written notes that states of the slots have been used; the caller marks them dirty.
func (e *expiry) written(slots []int32) {
	if e != nil {
		e.used.Written(slots, e.ctx.Clock.NowMs())
	}
}
