package dedup

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
)

// Timed emits one row of each key, once: the first by row time when the watermark has reached it,
// or the first or last of a window when the window closes. What comes later is late.
type Timed struct {
	keeper
	zone operator.LocalTime
	due  operator.Due
}

var _ operator.Operator = (*Timed)(nil)

// Open implements operator.Operator.
func (o *Timed) Open(ctx *operator.Context) error {
	var err error
	if o.zone, err = operator.NewLocalTime(o.op.WindowZone); err != nil {
		return err
	}
	o.due.Open(ctx, "rows")
	if err := o.open(ctx); err != nil {
		return err
	}
	if e := o.loop.Expiry; e != nil { // a row that waits for its time is not forgotten
		e.Busy = func(slot int32) bool { _, kept := o.kept.Get(slot); return kept }
	}
	return nil
}

// Process implements operator.Operator.
func (o *Timed) Process(_ int, b *batch.Batch, out operator.Output) error {
	return o.rows.Segments(b, out, o.advance, o.segment)
}

// segment keeps the better rows until their time. Of a key whose row has gone out the time stays.
func (o *Timed) segment(b *batch.Batch) error {
	if err := o.loop.Expiry.Sweep(); err != nil {
		return err
	}
	slots, err := o.loop.Keys.Resolve(o.Ctx, b)
	if err != nil {
		return err
	}
	o.loop.Expiry.Expire(slots)
	times, err := o.times(b)
	if err != nil {
		return err
	}
	enc, err := rowcodec.NewEncoder(b.Cols)
	if err != nil {
		return err
	}
	due := times
	if o.op.WindowColumns != nil {
		due = nil
		for _, end := range operator.Millis(b.Cols[o.op.WindowColumns[1]]) {
			due = append(due, o.zone.Closing(end))
		}
	}
	var row []byte
	for i, s := range slots {
		if o.due.Late(due[i]) {
			continue
		}
		if had, ok := o.time.Get(s); ok {
			_, kept := o.kept.Get(s)
			if !kept || !o.better(s, times, i) {
				continue
			}
			if o.op.WindowColumns == nil {
				o.due.Timers.Delete(s, had)
			}
		}
		row = enc.Append(row[:0], i)
		o.kept.Set(s, row)
		o.loop.Expiry.Written(s)
		*o.time.At(s) = 0
		if times != nil {
			o.time.Set(s, times[i])
		}
		o.due.Timers.Register(s, due[i])
	}
	o.Ctx.Keyed.MarkDirty(slots)
	return nil
}

// Watermark implements operator.Operator.
func (o *Timed) Watermark(t int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	return o.advance(t)
}

func (o *Timed) advance(t int64) error {
	return o.due.Advance(t, o.rows, func(slots []int32) error {
		for _, slot := range slots {
			row, _ := o.kept.Get(slot)
			if err := o.emit(types.Insert, row); err != nil {
				return err
			}
		}
		o.kept.Clear(slots)
		if o.op.WindowColumns != nil { // the window is over
			o.Ctx.Keyed.Drop(slots)
		} else {
			o.loop.Expiry.Written(slots...)
			o.Ctx.Keyed.MarkDirty(slots)
		}
		return nil
	})
}
