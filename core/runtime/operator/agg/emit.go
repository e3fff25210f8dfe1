package agg

import (
	"bytes"
	"errors"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Emitting is Window that gives results before the end of a window (early firing) and takes rows
// after it (late firing): what was given before is replaced. It looks at every row on its own, as
// a delay of 0 gives a result for each.
//
// Besides the state of Window it keeps the result given last, whether the window's end has been,
// and when the next firing by processing time is.
type Emitting struct {
	Window
	emitting plan.Emit
	given    *state.Bytes
	ended    *state.Value[bool]
	tick     *state.Value[int64]
	ticks    state.Timers
	row      []byte
}

var (
	_ operator.Operator        = (*Emitting)(nil)
	_ operator.ProcessingTimed = (*Emitting)(nil)
	_ operator.Pinned          = (*Emitting)(nil)
)

// NewEmitting makes the operator; op.Emit says when it fires.
func NewEmitting(op *plan.WindowAggregate, in, schema *types.Schema) *Emitting {
	return &Emitting{Window: *NewWindow(op, in, schema), emitting: *op.Emit}
}

// Open implements operator.Operator.
func (o *Emitting) Open(ctx *operator.Context) error {
	if err := o.Window.Open(ctx); err != nil {
		return err
	}
	o.given, o.ended = state.NewBytes(state.Evolution{}), state.NewValue[bool]("ended")
	o.tick = state.NewValue[int64]("tick")
	o.ticks = ctx.Keyed.Timers("emit")
	return errors.Join(ctx.Keyed.Register("given", o.given),
		ctx.Keyed.Register("ended", o.ended), ctx.Keyed.Register("tick", o.tick))
}

// Process implements operator.Operator.
func (o *Emitting) Process(_ int, b *batch.Batch, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	o.begin(b)
	if err := b.Segments(o.advance, func(from, to int) error { return o.each(b, from, to) }); err != nil {
		return err
	}
	o.pass()
	return nil
}

// Watermark implements operator.Operator.
func (o *Emitting) Watermark(t int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	if err := o.advance(t); err != nil {
		return err
	}
	o.pass()
	return nil
}

func (o *Emitting) advance(t int64) error {
	o.pass()
	o.wm, o.passed = t, false
	if o.op.Window.ProcTime {
		return nil
	}
	return o.finish(t)
}

// each takes rows [from, to) into their windows, one after the other.
func (o *Emitting) each(b *batch.Batch, from, to int) error {
	for i := from; i < to; i++ {
		t := o.Ctx.Clock.NowMs()
		if !o.op.Window.ProcTime {
			t = o.times[i]
			if b.Cols[o.op.Window.TimeColumn].IsNull(i) {
				return o.place(b, i, i+1) // says so
			}
		}
		var err error
		o.assign.each(t, func(start, end int64) {
			if err == nil {
				err = o.take(b, i, start, end)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// take adds a row to a window and fires it when it is time.
func (o *Emitting) take(b *batch.Batch, i int, start, end int64) error {
	closing := o.assign.zone.Closing(end)
	ended := !o.op.Window.ProcTime && closing <= o.wm
	if ended && closing+o.emitting.LatenessMs <= o.wm {
		o.late.Add(1)
		return nil
	}
	o.rowsIn.reset()
	o.rowsIn.add(i, start, end)
	if err := o.resolve(b); err != nil {
		return err
	}
	s := o.slots[0]
	n := o.counts.At(s)
	if *n == 0 {
		o.timers.Register(s, closing)
		if o.emitting.LatenessMs > 0 {
			o.timers.Register(s, closing+o.emitting.LatenessMs)
		}
	}
	if b.Kind(i).IsAdd() {
		*n++
	} else {
		*n--
	}
	if err := o.calls.take(o.slots[:1], b, o.rowsIn.at); err != nil {
		return err
	}
	o.Ctx.Keyed.MarkDirty(o.slots[:1])
	delay := o.emitting.EarlyMs
	if was, _ := o.ended.Get(s); was {
		delay = o.emitting.LateMs
	} else if ended { // a window that is new although its end has been
		delay = 0
	}
	return o.due(s, delay)
}

// due fires a window now (delay 0), or at the clock's next firing of it.
func (o *Emitting) due(s int32, delay int64) error {
	if delay == 0 {
		return o.give(s)
	}
	if at, _ := o.tick.Get(s); delay > 0 && at == 0 {
		at = o.Ctx.Clock.NowMs() + delay
		o.tick.Set(s, at)
		o.ticks.Register(s, at)
	}
	return nil
}

// give emits what has changed since the last firing.
func (o *Emitting) give(s int32) error {
	before, had := o.given.Get(s)
	n, _ := o.counts.Get(s)
	if n <= 0 {
		if had {
			if err := o.put(types.Delete, before); err != nil {
				return err
			}
			o.given.Clear([]int32{s})
		}
		return nil
	}
	results, err := o.calls.Results([]int32{s})
	if err != nil {
		return err
	}
	defer release(results)
	row, err := o.encodeRow(s, results)
	if err != nil {
		return err
	}
	switch {
	case !had:
		err = o.put(types.Insert, row)
	case bytes.Equal(row, before):
		return nil
	default:
		if err = o.put(types.UpdateBefore, before); err == nil {
			err = o.put(types.UpdateAfter, row)
		}
	}
	o.given.Set(s, row)
	return err
}

// encodeRow makes the output row of a window: keys, results, window properties.
func (o *Emitting) encodeRow(s int32, results []*batch.Column) ([]byte, error) {
	base, start, end := state.SplitWindow(o.key(s))
	cols := make([]*batch.Column, 0, o.schema.Len())
	keys := make([]*batch.Builder, len(o.op.Keys))
	for i := range keys {
		keys[i] = batch.NewBuilder(o.schema.Fields[i].Type, 1)
	}
	if len(keys) > 0 {
		if _, err := state.DecodeKey(base, keys); err != nil {
			return nil, err
		}
	}
	for _, k := range keys {
		cols = append(cols, k.Finish())
	}
	cols = append(cols, results...)
	for _, p := range o.op.Properties {
		b := batch.NewBuilder(o.schema.Fields[len(cols)].Type, 1)
		o.property(b, p, start, end)
		cols = append(cols, b.Finish())
	}
	enc, err := rowcodec.NewEncoder(cols)
	if err != nil {
		return nil, err
	}
	o.row = enc.Append(o.row[:0], 0)
	return o.row, nil
}

func (o *Emitting) put(kind types.RowKind, row []byte) error {
	if _, err := rowcodec.Decode(row, o.rows.Cols); err != nil {
		return err
	}
	o.rows.Row(kind)
	return nil
}

// finish fires the windows that end up to a time and forgets those whose lateness is over.
func (o *Emitting) finish(until int64) error {
	for {
		due, err := o.timers.Due(until, 1024)
		if err != nil || len(due) == 0 {
			return err
		}
		var gone []int32
		for _, d := range due {
			_, _, end := state.SplitWindow(o.key(d.Slot))
			closing := o.assign.zone.Closing(end)
			if was, _ := o.ended.Get(d.Slot); d.Time == closing && !was {
				o.stopTick(d.Slot)
				o.ended.Set(d.Slot, true)
				if err := o.give(d.Slot); err != nil {
					return err
				}
			}
			if d.Time == closing+o.emitting.LatenessMs {
				o.stopTick(d.Slot)
				gone = append(gone, d.Slot)
			} else {
				o.Ctx.Keyed.MarkDirty([]int32{d.Slot})
			}
		}
		o.Ctx.Keyed.Drop(gone)
	}
}

func (o *Emitting) stopTick(s int32) {
	if at, _ := o.tick.Get(s); at != 0 {
		o.ticks.Delete(s, at)
		o.tick.Set(s, 0)
	}
}

// NextProcessingTime implements operator.ProcessingTimed.
func (o *Emitting) NextProcessingTime() (int64, bool) {
	end, ok := o.Window.NextProcessingTime()
	tick, ticking := o.ticks.Next()
	if ticking && (!ok || tick < end) {
		return tick, true
	}
	return end, ok
}

// OnProcessingTime implements operator.ProcessingTimed.
func (o *Emitting) OnProcessingTime(now int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	for {
		due, err := o.ticks.Due(now, 1024)
		if err != nil {
			return err
		}
		if len(due) == 0 {
			break
		}
		for _, d := range due {
			if err := o.give(d.Slot); err != nil {
				return err
			}
			every := o.emitting.EarlyMs
			if was, _ := o.ended.Get(d.Slot); was {
				every = o.emitting.LateMs
			}
			next := max(d.Time+every, now+1)
			o.tick.Set(d.Slot, next)
			o.ticks.Register(d.Slot, next)
			o.Ctx.Keyed.MarkDirty([]int32{d.Slot})
		}
	}
	if o.op.Window.ProcTime {
		return o.finish(now - 1)
	}
	return nil
}
