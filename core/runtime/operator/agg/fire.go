package agg

import (
	"math"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/state"
)

// fire emits the windows that close up to a time.
func (o *Window) fire(until int64) error {
	limit := max(1024, 2*o.slices.perWindow)
	for {
		// one time after the other: slices that are due get their next timer first
		next, ok := o.timers.Next()
		if !ok || next > until {
			break
		}
		due, err := o.timers.Due(next, limit)
		if err != nil {
			return err
		}
		if o.slices.on {
			err = o.fireSlices(due, len(due) == limit)
		} else {
			err = o.fireWhole(due)
		}
		if err != nil {
			return err
		}
	}
	o.findNext()
	return nil
}

// findNext sets next from the timers.
func (o *Window) findNext() {
	t, ok := o.timers.Next()
	if !ok {
		t = math.MaxInt64
	}
	o.next = t
}

// fireWhole emits and forgets windows whose state is complete as it is.
func (o *Window) fireWhole(due []state.Timer) error {
	slots := make([]int32, 0, len(due))
	for _, d := range due {
		slots = append(slots, d.Slot)
	}
	results, err := o.calls.Results(slots)
	if err != nil {
		return err
	}
	defer release(results)
	for i, s := range slots {
		if n, _ := o.counts.Get(s); n <= 0 {
			continue // everything was taken back
		}
		base, start, end := state.SplitWindow(o.key(s))
		if err := o.emit(base, start, end, results, i); err != nil {
			return err
		}
	}
	o.Ctx.Keyed.Drop(slots)
	return nil
}

func (o *Window) key(slot int32) []byte {
	key, _ := o.Ctx.Keyed.Key(slot)
	return key
}

// emit gives the result of a window: row i of results.
func (o *Window) emit(base []byte, start, end int64, results []*batch.Column, i int) error {
	keys := len(o.op.Keys)
	if keys > 0 {
		if _, err := state.DecodeKey(base, o.rows.Cols[:keys]); err != nil {
			return err
		}
	}
	for c, r := range results {
		o.rows.Cols[keys+c].AppendFrom(r, i)
	}
	for p, prop := range o.op.Properties {
		o.property(o.rows.Cols[keys+len(results)+p], prop, start, end)
	}
	o.rows.Row(types.Insert)
	return nil
}

func (o *Window) property(b *batch.Builder, p plan.WindowProperty, start, end int64) {
	switch p {
	case plan.WindowStart:
		batch.Append(b, start)
	case plan.WindowEnd:
		batch.Append(b, end)
	case plan.WindowTime:
		if b.Type.Kind == types.TimestampLTZ {
			batch.Append(b, o.assign.zone.Instant(end-1))
		} else {
			batch.Append(b, end-1)
		}
	case plan.WindowProcTime:
		batch.Append(b, o.Ctx.Clock.NowMs())
	}
}
