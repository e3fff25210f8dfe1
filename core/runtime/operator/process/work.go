package process

import (
	"math"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/udf"
)

// work is what the operator is in the middle of. A call of the driver starts one; it ends in that
// call or, when the output was full, in a Resume.
type work struct {
	busy    bool
	feeding bool // the process is to be run: it has been fed
	firing  bool // timers up to until are to be fired
	domain  int
	until   int64
	rest    bool // rows of batch, from row on, wait behind what goes on now
	row     int
	marked  bool // and a watermark is to be recorded before them
	mark    int64
	between bool // two keys of runs: what is fired belongs to the first one

	batch *batch.Batch // rows that were fed
	port  int

	emits     bool // a watermark follows at the end
	watermark int64
}

// Pending implements operator.Resumable.
func (o *Operator) Pending() bool { return o.work.busy }

// Resume implements operator.Resumable.
func (o *Operator) Resume(out operator.Output) error { return o.drive(out) }

// drive goes on with the work until it is done or the output is full.
func (o *Operator) drive(out operator.Output) error {
	w := &o.work
	for {
		var err error
		switch {
		case w.feeding:
			var full bool
			if full, err = o.run(out); full {
				return err
			}
		case w.firing:
			err = o.fire()
		case w.rest:
			err = o.feedRest()
		default:
			if !o.holds {
				if err := o.flush(out); err != nil {
					return err
				}
			}
			if w.emits {
				out.Watermark(w.watermark)
			}
			o.done()
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (o *Operator) done() {
	if o.work.batch != nil {
		o.work.batch.Release()
	}
	if o.runs != nil && o.runs.merged != nil {
		o.runs.merged.Release()
		o.runs.merged = nil
	}
	o.work = work{}
	if o.Ctx.Clock.NowMs() >= o.reportAt {
		o.report()
	}
}

// run runs the process until it stops; full says that the driver has to make room first.
func (o *Operator) run(out operator.Output) (full bool, err error) {
	w := &o.work
	stop, err := o.process.Run(o.clock(), o.rows, o.bytes)
	if err != nil {
		return true, err
	}
	o.effects()
	switch stop {
	case udf.StopFull:
		if err := o.flush(out); err != nil {
			return true, err
		}
		return out.Full(), nil
	case udf.StopSlice:
		return true, o.flush(out) // the driver lets those behind go on, then resumes
	case udf.StopOrder:
		timers := o.timersOf(w.domain)
		for _, t := range o.process.Unfired() {
			timers.Register(t.Slot, t.Time)
		}
	case udf.StopTimers:
		if o.runs != nil {
			o.nextRun()
			break
		}
		w.row, w.mark = o.process.Position()
		o.wm = max(o.wm, w.mark)
		w.rest, w.marked = true, true
		w.firing, w.domain, w.until = o.event != nil, udf.EventTime, w.mark
	case udf.StopEach:
		w.rest = true
		w.row, _ = o.process.Position()
		if err := o.visit(); err != nil {
			return true, err
		}
	case udf.StopDone:
		// marks have moved the clock
		if _, watermark := o.process.Position(); w.batch != nil && !w.rest {
			o.wm = max(o.wm, watermark)
		}
	}
	w.feeding = false
	return false, nil
}

func (o *Operator) clock() udf.ProcessClock {
	c := udf.ProcessClock{Watermark: o.wm, NowMs: o.Ctx.Clock.NowMs(), NextTimer: math.MaxInt64,
		Still: clock.Stands(o.Ctx.Clock)}
	if o.event != nil {
		if t, ok := o.event.Next(); ok {
			c.NextTimer = t
		}
	}
	return c
}

// effects tells the state what user code did.
func (o *Operator) effects() {
	if !o.keyed {
		return
	}
	e := o.process.Effects()
	if len(e.Dirty) > 0 {
		o.expiry.written(e.Dirty)
		o.Ctx.Keyed.MarkDirty(e.Dirty)
	}
	for _, t := range e.Timers {
		timers := o.timersOf(int(t.Domain))
		if t.Delete {
			timers.Delete(t.Slot, t.Time)
		} else {
			timers.Register(t.Slot, t.Time)
		}
	}
}

// fire feeds the timers that are due, or ends the firing.
func (o *Operator) fire() error {
	w := &o.work
	due, err := o.timersOf(w.domain).Due(w.until, firedMax)
	if err != nil {
		return err
	}
	if len(due) == 0 {
		o.allFired()
		return nil
	}
	o.fired = o.fired[:0]
	for _, t := range due {
		key := o.runs.key()
		if key == nil {
			key, _ = o.Ctx.Keyed.Key(t.Slot)
		}
		o.fired = append(o.fired, udf.Fired{Time: t.Time, Slot: t.Slot, Key: key})
	}
	w.feeding = true
	return o.process.FeedTimers(w.domain, o.fired)
}

// feedRest goes on with the rows behind a mark at which timers were fired.
func (o *Operator) feedRest() error {
	w := &o.work
	if w.marked {
		if err := o.process.Mark(w.mark); err != nil {
			return err
		}
	}
	w.rest, w.marked, w.feeding = false, false, true
	if !o.keyedPort(w.port) {
		return o.process.FeedRest(nil)
	}
	if o.runs != nil {
		slots, err := o.oneSlot(o.runs.keys.Len() - w.row)
		if err != nil {
			return err
		}
		return o.process.FeedRest(slots)
	}
	col := w.batch.Cols[2].Slice(w.row, w.batch.Len())
	defer col.Release()
	slots, err := o.resolve(col)
	if err != nil {
		return err
	}
	return o.process.FeedRest(slots)
}

// flush emits what waits in the outputs.
func (o *Operator) flush(out operator.Output) error {
	for i := range o.schemas {
		for {
			b, err := o.process.Take(i)
			if err != nil {
				return err
			}
			if b == nil {
				break
			}
			out.Emit(i, b)
		}
	}
	return nil
}

// visit calls, for all keys, the functions that a broadcast element asked for.
func (o *Operator) visit() error {
	if o.Ctx.Keyed != nil {
		if err := o.Ctx.Keyed.Each(o.visitSlots); err != nil {
			return err
		}
	}
	o.process.EndEach()
	return nil
}

func (o *Operator) visitSlots(slots []int32) error {
	if err := o.feedKeys(slots); err != nil {
		return err
	}
	for {
		stop, err := o.process.Run(o.clock(), math.MaxInt32, math.MaxInt64)
		if err != nil {
			return err
		}
		o.effects()
		if stop == udf.StopDone {
			return nil
		}
	}
}

// finals gives out the result of each key of a reduce in batch mode.
func (o *Operator) finals(out operator.Output) error {
	err := o.Ctx.Keyed.Each(func(slots []int32) error {
		if err := o.visitSlots(slots); err != nil {
			return err
		}
		return o.flush(out)
	})
	if err != nil {
		return err
	}
	return o.flush(out)
}

func (o *Operator) feedKeys(slots []int32) error {
	keys := make([][]byte, len(slots))
	for i, s := range slots {
		keys[i], _ = o.Ctx.Keyed.Key(s)
	}
	return o.process.FeedKeys(slots, keys)
}
