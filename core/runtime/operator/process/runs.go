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
	keys     *batch.Column // of all rows, encoded
	at, last []byte        // the key whose timers are fired next, and the last one
	slot     int32
	merged   *operator.Merged // rows of several ports; else nil
}

func newRuns(keys *batch.Column) *runs {
	last := bytes.Clone(keys.Bytes(keys.Len() - 1))
	return &runs{keys: keys, at: last, last: last}
}

// key is that of the timers that are fired; nil: the slot's own.
func (r *runs) key() []byte {
	if r == nil {
		return nil
	}
	return r.at
}

// Runs says whether ProcessRuns and ProcessMerged can be used.
func (o *Operator) Runs() bool { return o.event != nil && o.expiry == nil }

// ProcessRuns is Process for rows of several keys, all those of a key together; starts are the rows
// at which the next key begins. State and timers are of one key at a time: they are gone, and the
// timers have been fired at the end of time, when the next key comes. Those of the last key are
// left to the caller.
func (o *Operator) ProcessRuns(
	port int, b *batch.Batch, starts []int32, out operator.Output,
) error {
	b.Retain()
	return o.feedRuns(newRuns(b.Cols[2]), work{batch: b, port: port}, udf.Rows{Port: port,
		Value: b.Cols[0], Key: b.Cols[1], Times: b.Times, Kinds: b.Kinds, Starts: starts}, out)
}

// ProcessMerged is ProcessRuns for rows of several ports.
func (o *Operator) ProcessMerged(
	m *operator.Merged, starts []int32, out operator.Output,
) error {
	rows := udf.Rows{Starts: starts, Merged: &udf.Merged{Ports: m.Ports, At: m.At}}
	timed := false
	for _, p := range m.Parts {
		timed = timed || p != nil && p.Times != nil
	}
	if timed {
		rows.Times = make([]int64, m.Len())
		for i, port := range m.Ports {
			rows.Times[i] = m.Parts[port].Time(int(m.At[i]))
		}
	}
	for _, p := range m.Parts {
		side := udf.Rows{}
		if p != nil {
			side = udf.Rows{Value: p.Cols[0], Key: p.Cols[1], Kinds: p.Kinds}
		}
		rows.Merged.Sides = append(rows.Merged.Sides, side)
	}
	m.Retain()
	r := newRuns(m.Keys)
	r.merged = m
	return o.feedRuns(r, work{port: int(m.Ports[0])}, rows, out)
}

// feedRuns begins the work w, of which r are the keys.
func (o *Operator) feedRuns(r *runs, w work, rows udf.Rows, out operator.Output) error {
	o.wm = max(o.wm, o.Ctx.Watermark())
	o.runs, o.work = r, w
	var err error
	if rows.Slots, err = o.oneSlot(r.keys.Len()); err != nil {
		return err
	}
	if err := o.process.FeedRows(rows); err != nil {
		return err
	}
	o.work.busy, o.work.feeding = true, true
	return o.drive(out)
}

// oneSlot returns the slot of the first key of runs, n times.
func (o *Operator) oneSlot(n int) ([]int32, error) {
	first := o.runs.keys.Slice(0, 1)
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
	o.runs.at = o.runs.keys.Bytes(w.row - 1)
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
