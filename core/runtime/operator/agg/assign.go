package agg

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// assigner says which windows a time belongs to. Windows are laid out in the local time of the
// session's zone where the time column is an instant.
type assigner struct {
	w    *plan.Window
	zone operator.LocalTime
}

func newAssigner(w *plan.Window) (assigner, error) {
	zone := ""
	if w.TimeLTZ {
		zone = w.Zone
	}
	local, err := operator.NewLocalTime(zone)
	return assigner{w: w, zone: local}, err
}

// each calls f with the windows of a time, the latest start first.
func (a *assigner) each(t int64, f func(start, end int64)) {
	w := a.w
	t = a.zone.Local(t)
	switch w.Kind {
	case plan.Tumble:
		start := floor(t, w.OffsetMs, w.SizeMs)
		f(start, start+w.SizeMs)
	case plan.Hop:
		for start := floor(t, w.OffsetMs, w.SlideMs); start > t-w.SizeMs; start -= w.SlideMs {
			f(start, start+w.SizeMs)
		}
	case plan.Cumulate:
		start := floor(t, w.OffsetMs, w.SizeMs)
		for end := floor(t, start, w.SlideMs) + w.SlideMs; end <= start+w.SizeMs; end += w.SlideMs {
			f(start, end)
		}
	}
}

// floor is the greatest start ≤ t of windows of the size that are shifted by the offset.
func floor(t, offset, size int64) int64 {
	r := (t - offset) % size
	if r < 0 {
		r += size
	}
	return t - r
}

// placed are rows of one batch with the windows (or slices of windows) that they go to: a row once
// for each. Bounds are local times.
type placed struct {
	at           []int32
	starts, ends []int64
	single       bool // each row at most once, in order
}

func (p *placed) reset() {
	p.at, p.starts, p.ends, p.single = p.at[:0], p.starts[:0], p.ends[:0], true
}

func (p *placed) add(row int, start, end int64) {
	if n := len(p.at); n > 0 && int(p.at[n-1]) >= row {
		p.single = false
	}
	p.at = append(p.at, int32(row))
	p.starts, p.ends = append(p.starts, start), append(p.ends, end)
}

// addRun adds n rows from first on, which are behind all that were added, to one window.
func (p *placed) addRun(first, n int, start, end int64) {
	k := len(p.at)
	p.at = slices.Grow(p.at, n)[:k+n]
	p.starts, p.ends = slices.Grow(p.starts, n)[:k+n], slices.Grow(p.ends, n)[:k+n]
	at, starts, ends := p.at[k:k+n], p.starts[k:k+n], p.ends[k:k+n]
	for i := range at {
		at[i], starts[i], ends[i] = int32(first+i), start, end
	}
}

// place puts rows [from, to) of b, before which the watermark stands, into their windows.
func (o *Window) place(b *batch.Batch, from, to int) error {
	w := &o.op.Window
	switch {
	case o.op.Attached:
		starts := operator.Millis(b.Cols[o.op.StartColumn])
		ends := operator.Millis(b.Cols[o.op.EndColumn])
		for i := from; i < to; i++ {
			o.window(i, starts[i], ends[i])
		}
		return nil
	case w.ProcTime:
		now := o.Ctx.Clock.NowMs()
		for i := from; i < to; i++ {
			o.assign.each(now, func(start, end int64) { o.window(i, start, end) })
		}
		return nil
	}
	col := b.Cols[w.TimeColumn]
	if col.NullCount() == 0 {
		o.placeTimes(from, to)
		return nil
	}
	if !o.Ctx.BatchMode {
		return errs.Dataf("the row time '%s' is NULL", o.in.Fields[w.TimeColumn].Name).
			Fix("filter such rows before the window")
	}
	for i := from; i < to; {
		if col.IsNull(i) { // such rows are in no window
			o.untimed.Add(1)
			i++
			continue
		}
		end := i + 1
		for end < to && !col.IsNull(end) {
			end++
		}
		o.placeTimes(i, end)
		i = end
	}
	return nil
}

// placeTimes is place for rows that all have a row time.
func (o *Window) placeTimes(from, to int) {
	times := o.times[from:to]
	switch {
	case o.slices.on:
		o.placeSlices(times, from)
	case o.op.Window.Kind == plan.Tumble && !o.assign.zone.Shifted():
		o.placeTumble(times, from)
	default:
		for i, t := range times {
			o.assign.each(t, func(start, end int64) { o.window(from+i, start, end) })
		}
	}
}

// window adds row i to a window, given in local milliseconds, unless it is late for it.
func (o *Window) window(i int, start, end int64) {
	closing := o.assign.zone.Closing(end)
	if !o.op.Window.ProcTime && closing <= o.wm {
		o.late.Add(1)
		return
	}
	o.rowsIn.add(i, start, end)
	o.next = min(o.next, closing)
}

// placeTumble is place for windows that follow each other: most rows are in that of the row before.
func (o *Window) placeTumble(times []int64, first int) {
	size, offset := o.op.Window.SizeMs, o.op.Window.OffsetMs
	for len(times) > 0 {
		start := floor(times[0], offset, size)
		end, n := start+size, 1
		for n < len(times) && times[n] >= start && times[n] < end {
			n++
		}
		if end-1 <= o.wm {
			o.late.Add(int64(n))
		} else {
			o.next = min(o.next, end-1)
			o.rowsIn.addRun(first, n, start, end)
		}
		times, first = times[n:], first+n
	}
}
