package agg

import (
	"bytes"

	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// slicing keeps HOP and CUMULATE windows in slices: parts of time that lie in each window as a
// whole or not at all. A row goes to one slice; the slices of a window are merged when it closes.
// A slice has one timer at a time, that of its next window.
type slicing struct {
	on        bool
	size      int64
	perWindow int
	merged    *Calls // scratch
	counts    []int64
}

// openSlices decides whether the windows are kept in slices: aggregates must be mergeable without
// their results depending on the order of rows.
func (o *Window) openSlices(ctx *operator.Context) error {
	w := &o.op.Window
	if o.op.Attached || o.op.Emit != nil || w.ProcTime || o.assign.zone.Shifted() ||
		w.Kind != plan.Hop && w.Kind != plan.Cumulate {
		return nil
	}
	for i := range o.op.Aggs {
		if !o.op.Aggs[i].Mergeable() {
			return nil
		}
	}
	o.slices.size = w.SlideMs
	if w.Kind == plan.Hop {
		for a, b := w.SizeMs, w.SlideMs; ; a, b = b, a%b {
			if b == 0 {
				o.slices.size = a
				break
			}
		}
	}
	o.slices.on, o.slices.perWindow = true, int(w.SizeMs/o.slices.size)
	var err error
	o.slices.merged, err = OpenCalls(ctx, o.in, o.op.Aggs)
	return err
}

// lastEnd is the end of the last window that a slice is part of.
func (o *Window) lastEnd(start int64) int64 {
	w := &o.op.Window
	if w.Kind == plan.Hop {
		return floor(start, w.OffsetMs, w.SlideMs) + w.SizeMs
	}
	return floor(start, w.OffsetMs, w.SizeMs) + w.SizeMs
}

// nextEnd is the end of the first window of a slice that the watermark has not closed, no more
// than last.
func (o *Window) nextEnd(start, last int64) int64 {
	end := start + o.slices.size
	if w := &o.op.Window; w.Kind == plan.Hop {
		end = last - (last-end)/w.SlideMs*w.SlideMs
	}
	if o.wm >= end-1 {
		end += ((o.wm-(end-1))/o.op.Window.SlideMs + 1) * o.op.Window.SlideMs
	}
	return end
}

// placeSlices is place for slices; a row is late when the last of its windows is closed.
func (o *Window) placeSlices(times []int64, first int) {
	var start, end, last, late int64
	for i, t := range times {
		if t < start || t >= end {
			start = floor(t, o.op.Window.OffsetMs, o.slices.size)
			end = start + o.slices.size
			last = o.lastEnd(start)
			if last-1 > o.wm && end <= last {
				o.next = min(o.next, o.nextEnd(start, last)-1)
			}
		}
		if end > last { // between windows
			continue
		}
		if last-1 <= o.wm {
			late++
			continue
		}
		o.rowsIn.at = append(o.rowsIn.at, int32(first+i))
		o.rowsIn.starts = append(o.rowsIn.starts, start)
		o.rowsIn.ends = append(o.rowsIn.ends, end)
	}
	if late > 0 {
		o.late.Add(late)
	}
}

// fireSlices merges the slices that come due, key by key. Slices of a key follow each other; when
// more may be due, the last key waits for the next round.
func (o *Window) fireSlices(due []state.Timer, more bool) error {
	type group struct{ from, to int }
	var groups []group
	for i := range due {
		if i > 0 && due[i].Time == due[i-1].Time &&
			bytes.Equal(o.base(due[i].Slot), o.base(due[i-1].Slot)) {
			groups[len(groups)-1].to++
			continue
		}
		groups = append(groups, group{i, i + 1})
	}
	if more && len(groups) > 1 {
		last := groups[len(groups)-1]
		for _, d := range due[last.from:] {
			o.timers.Register(d.Slot, d.Time)
		}
		groups, due = groups[:len(groups)-1], due[:last.from]
	}
	m := &o.slices
	m.merged.Grow(len(groups))
	m.counts = append(m.counts[:0], make([]int64, len(groups))...)
	slots, into, all := make([]int32, len(due)), make([]int32, len(due)), make([]int32, len(groups))
	for g, gr := range groups {
		all[g] = int32(g)
		for i := gr.from; i < gr.to; i++ {
			slots[i], into[i] = due[i].Slot, int32(g)
			n, _ := o.counts.Get(due[i].Slot)
			m.counts[g] += n
		}
	}
	m.merged.Clear(all)
	m.merged.mergeFrom(into, o.calls, slots)
	results, err := m.merged.Results(all)
	if err != nil {
		return err
	}
	defer release(results)
	for g, gr := range groups {
		if m.counts[g] <= 0 {
			continue
		}
		end := due[gr.from].Time + 1
		if err := o.emit(o.base(slots[gr.from]), o.startOf(end), end, results, g); err != nil {
			return err
		}
	}
	o.keepSlices(due)
	return nil
}

func (o *Window) base(slot int32) []byte {
	base, _, _ := state.SplitWindow(o.key(slot))
	return base
}

// startOf is the start of the window with an end.
func (o *Window) startOf(end int64) int64 {
	w := &o.op.Window
	if w.Kind == plan.Hop {
		return end - w.SizeMs
	}
	return floor(end-1, w.OffsetMs, w.SizeMs)
}

// keepSlices gives slices the timer of their next window and drops those without one.
func (o *Window) keepSlices(due []state.Timer) {
	var gone []int32
	for _, d := range due {
		_, start, _ := state.SplitWindow(o.key(d.Slot))
		if next := d.Time + o.op.Window.SlideMs; next < o.lastEnd(start) {
			o.timers.Register(d.Slot, next)
		} else {
			gone = append(gone, d.Slot)
		}
	}
	o.Ctx.Keyed.Drop(gone)
}
