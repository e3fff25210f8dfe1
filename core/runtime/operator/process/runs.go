package process

import (
	"bytes"
	"math"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/udf"
)

// runs is a batch of several keys, one after the other, that share one slot, that of the first.
type runs struct {
	at, last []byte // the key whose timers are fired next, and the last one
	slot     int32
}

// key is that of the timers that are fired; nil: the slot's own.
func (r *runs) key() []byte {
	if r == nil {
		return nil
	}
	return r.at
}

// Runs says whether ProcessRuns can be used.
func (o *Operator) Runs() bool {
	_, can := o.process.(udf.KeyRuns)
	return can && o.event != nil && o.expiry == nil && len(o.stages[0].Op.Keyed) == 1
}

// ProcessRuns is Process for rows of several keys, all those of a key together; starts are the rows
// at which the next key begins. State and timers are of one key at a time: they are gone, and the
// timers have been fired at the end of time, when the next key comes. Those of the last key are
// left to the caller.
func (o *Operator) ProcessRuns(b *batch.Batch, starts []int32, out operator.Output) error {
	o.wm = max(o.wm, o.Ctx.Watermark())
	last := bytes.Clone(b.Cols[2].Bytes(b.Len() - 1))
	o.runs = &runs{at: last, last: last}
	slots, err := o.oneSlot(b, b.Len())
	if err != nil {
		return err
	}
	r := udf.Rows{Value: b.Cols[0], Key: b.Cols[1], Slots: slots, Times: b.Times, Kinds: b.Kinds}
	if err := o.process.(udf.KeyRuns).FeedRuns(r, starts); err != nil {
		return err
	}
	b.Retain()
	o.work = work{busy: true, feeding: true, batch: b}
	return o.drive(out)
}

// oneSlot returns the slot of the batch's first key, n times.
func (o *Operator) oneSlot(b *batch.Batch, n int) ([]int32, error) {
	first := b.Cols[2].Slice(0, 1)
	defer first.Release()
	slots, err := o.resolve(first)
	if err != nil {
		return nil, err
	}
	o.runs.slot = slots[0]
	for len(slots) < n {
		slots = append(slots, slots[0])
	}
	o.slots = slots
	return slots[:n], nil
}

// nextRun fires the timers of a key in front of the row at which the next one begins.
func (o *Operator) nextRun() {
	w := &o.work
	w.row, _ = o.process.Position()
	o.runs.at = w.batch.Cols[2].Bytes(w.row - 1)
	o.wm = batch.MaxWatermark
	w.rest, w.between = true, true
	w.firing, w.domain, w.until = true, udf.EventTime, batch.MaxWatermark
}

// allFired ends a firing. Between two keys the timers of processing time follow, then the state of
// the first one goes.
func (o *Operator) allFired() {
	w := &o.work
	w.firing = false
	if !w.between {
		return
	}
	if w.domain == udf.EventTime {
		w.firing, w.domain, w.until = true, udf.ProcessingTime, math.MaxInt64
		return
	}
	w.between = false
	for _, s := range o.states {
		s.Column.Clear([]int32{o.runs.slot})
	}
	o.wm = batch.MinWatermark
	o.process.Rewind()
	o.runs.at = o.runs.last
}
