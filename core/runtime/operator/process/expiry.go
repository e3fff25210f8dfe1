package process

import (
	"fmt"
	"slices"

	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/udf"
)

// expiry clears states with a time to live of keys that nobody asks for any more: those of other
// keys the functions clear themselves. It knows when each key was used last: no state of it was
// used later. The key itself goes with the longest of the lives.
type expiry struct {
	ctx   *operator.Context
	lives []life // the longest first
	over  []int32
}

// life is the states of one time to live, with the last use of each key.
type life struct {
	used    *state.TTL
	columns []state.Column
}

// usedState is the name of the column of last uses; the user's own names do not begin so. Those of
// shorter lives than the longest have a number behind it.
const usedState = "#used"

// newExpiry registers an expiry for those of the states that have a time to live; nil: none has.
func newExpiry(ctx *operator.Context, states []udf.NamedState) (*expiry, error) {
	if ctx.BatchMode {
		return nil, nil
	}
	var times []int64
	columns := map[int64][]state.Column{}
	for _, s := range states {
		if s.TTLMs <= 0 {
			continue
		}
		if columns[s.TTLMs] == nil {
			times = append(times, s.TTLMs)
		}
		columns[s.TTLMs] = append(columns[s.TTLMs], s.Column)
	}
	if len(times) == 0 {
		return nil, nil
	}
	slices.SortFunc(times, func(a, b int64) int { return int(b - a) })
	e := &expiry{ctx: ctx}
	for i, ms := range times {
		used, name := state.NewTTL(state.TTLConfig{TTLMs: ms}), usedState
		if i > 0 {
			name = fmt.Sprint(usedState, i)
		}
		if err := ctx.Keyed.Register(name, used); err != nil {
			return nil, err
		}
		e.lives = append(e.lives, life{used, columns[ms]})
	}
	return e, nil
}

// sweep clears some of what is over. It is called before keys are resolved.
func (e *expiry) sweep() error {
	if e == nil {
		return nil
	}
	if err := e.lives[0].used.Tour(e.ctx.Keyed); err != nil {
		return err
	}
	now := e.ctx.Clock.NowMs()
	for _, l := range e.lives {
		e.over = l.used.Sweep(now, e.over[:0])
		if len(e.over) == 0 {
			continue
		}
		for _, c := range l.columns {
			c.Clear(e.over)
		}
		l.used.Clear(e.over)
		e.ctx.Keyed.MarkDirty(e.over) // a key without any other state goes with the next capture
	}
	return nil
}

// written notes that states of the slots have been used; the caller marks them dirty.
func (e *expiry) written(slots []int32) {
	if e == nil {
		return
	}
	now := e.ctx.Clock.NowMs()
	for _, l := range e.lives {
		l.used.Written(slots, now)
	}
}
