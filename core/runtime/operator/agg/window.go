package agg

import (
	"math"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// windowTimers is the name of the timers that close windows.
const windowTimers = "window"

// Window is plan.WindowAggregate over windows that do not merge. State is keyed by key and window;
// a timer at the window's end emits the result and drops the state. A row is late for a window
// when the watermark has reached the window's end - 1 ms.
type Window struct {
	operator.Base
	op     *plan.WindowAggregate
	in     *types.Schema
	schema *types.Schema

	calls  []call
	counts *state.Value[int64]
	timers state.Timers
	rows   *operator.Rows
	assign assigner

	base, keys state.Keys
	cols       []*batch.Column
	slots      []int32
	at         []int32 // input row of each slot
	ends       []int64
	wm         int64
	late       operator.Counter
}

var (
	_ operator.Operator        = (*Window)(nil)
	_ operator.ProcessingTimed = (*Window)(nil)
	_ operator.Pinned          = (*Window)(nil)
)

// NewWindow makes the operator; in and schema are those of its input and output.
func NewWindow(op *plan.WindowAggregate, in, schema *types.Schema) *Window {
	return &Window{op: op, in: in, schema: schema, wm: math.MinInt64}
}

// Pinned implements operator.Pinned.
func (o *Window) Pinned() bool { return hasUser(o.op.Aggs) }

// Open implements operator.Operator.
func (o *Window) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	var err error
	if o.calls, err = openCalls(ctx, o.in, o.op.Aggs); err != nil {
		return err
	}
	if o.assign, err = newAssigner(&o.op.Window); err != nil {
		return err
	}
	o.counts = state.NewValue[int64]("count")
	if err := ctx.Keyed.Register("count", o.counts); err != nil {
		return err
	}
	if err := registerCalls(ctx, o.calls); err != nil {
		return err
	}
	o.timers = ctx.Keyed.Timers(windowTimers)
	o.rows = operator.NewRows(o.schema, ctx)
	o.late = ctx.Metrics.Counter("numLateRecordsDropped")
	o.wm = ctx.Watermark()
	return nil
}

// Process implements operator.Operator.
func (o *Window) Process(_ int, b *batch.Batch, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	return b.Segments(
		func(t int64) error { return o.advance(t) },
		func(from, to int) error { return o.add(b, from, to) })
}

// Watermark implements operator.Operator.
func (o *Window) Watermark(t int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	return o.advance(t)
}

func (o *Window) advance(t int64) error {
	o.wm = t
	if !o.op.Window.ProcTime {
		if err := o.fire(t); err != nil {
			return err
		}
	}
	o.rows.Mark(t)
	return nil
}

// add puts rows [from, to) into their windows.
func (o *Window) add(b *batch.Batch, from, to int) error {
	o.cols = o.cols[:0]
	part := b.Slice(from, to)
	defer part.Release()
	for _, k := range o.op.Keys {
		o.cols = append(o.cols, part.Cols[k])
	}
	if len(o.cols) == 0 {
		state.EmptyKeys(part.Len(), o.Ctx.MaxParallelism, &o.base)
	} else if err := state.EncodeKeys(o.cols, o.Ctx.MaxParallelism, &o.base); err != nil {
		return err
	}
	if err := o.windows(part); err != nil {
		return err
	}
	if o.keys.Len() == 0 {
		return nil
	}
	var err error
	if o.slots, err = o.Ctx.Keyed.Resolve(&o.keys, o.slots); err != nil {
		return err
	}
	rows := part
	if !inOrder(o.at, part.Len()) {
		rows = takeAny(part, o.at)
		defer rows.Release()
	}
	for i, s := range o.slots {
		n := o.counts.At(s)
		if *n == 0 {
			o.timers.Register(s, o.ends[i])
		}
		if rows.Kind(i).IsAdd() {
			*n++
		} else {
			*n--
		}
	}
	for _, c := range o.calls {
		if err := c.update(o.slots, rows, 0, rows.Len()); err != nil {
			return err
		}
	}
	o.Ctx.Keyed.MarkDirty(o.slots)
	return nil
}

func inOrder(at []int32, n int) bool {
	if len(at) != n {
		return false
	}
	for i, r := range at {
		if int(r) != i {
			return false
		}
	}
	return true
}

// takeAny is Batch.Take for positions that repeat.
func takeAny(b *batch.Batch, at []int32) *batch.Batch {
	cols := make([]*batch.Column, len(b.Cols))
	for i, c := range b.Cols {
		cols[i] = batch.Take(c, at)
	}
	out := batch.New(b.Schema, cols, len(at))
	if b.Kinds != nil {
		for _, r := range at {
			out.Kinds = append(out.Kinds, b.Kinds[r])
		}
	}
	return out
}

// windows fills keys, at and ends: one entry for each row and window that is still open.
func (o *Window) windows(b *batch.Batch) error {
	o.keys.Reset()
	o.at, o.ends = o.at[:0], o.ends[:0]
	if o.op.Attached {
		starts := operator.Millis(b.Cols[o.op.StartColumn])
		ends := operator.Millis(b.Cols[o.op.EndColumn])
		for i := range b.Len() {
			o.window(i, starts[i], ends[i])
		}
		return nil
	}
	if o.op.Window.ProcTime {
		now := o.Ctx.Clock.NowMs()
		for i := range b.Len() {
			o.assign.each(now, func(start, end int64) { o.window(i, start, end) })
		}
		return nil
	}
	col := b.Cols[o.op.Window.TimeColumn]
	times := operator.Millis(col)
	for i := range b.Len() {
		if col.IsNull(i) {
			return errs.Dataf("the row time '%s' is NULL", o.in.Fields[o.op.Window.TimeColumn].Name).
				Fix("filter such rows before the window")
		}
		o.assign.each(times[i], func(start, end int64) { o.window(i, start, end) })
	}
	return nil
}

// window adds row i to a window, given in local milliseconds, unless it is late for it.
func (o *Window) window(i int, start, end int64) {
	close := o.assign.zone.Closing(end)
	if !o.op.Window.ProcTime && close <= o.wm {
		o.late.Add(1)
		return
	}
	o.keys.AppendWindow(&o.base, i, start, end)
	o.at = append(o.at, int32(i))
	o.ends = append(o.ends, close)
}

// fire emits the windows that close up to a time.
func (o *Window) fire(until int64) error {
	for {
		due, err := o.timers.Due(until, 1024)
		if err != nil || len(due) == 0 {
			return err
		}
		slots := make([]int32, len(due))
		for i, d := range due {
			slots[i] = d.Slot
		}
		if err := o.emit(slots); err != nil {
			return err
		}
		o.Ctx.Keyed.Drop(slots)
	}
}

func (o *Window) emit(slots []int32) error {
	results := make([]*batch.Column, len(o.calls))
	for i, c := range o.calls {
		var err error
		if results[i], err = c.result(slots); err != nil {
			return err
		}
	}
	defer release(results)
	keys := len(o.op.Keys)
	for i, s := range slots {
		if n, _ := o.counts.Get(s); n <= 0 {
			continue // everything was taken back
		}
		key, _ := o.Ctx.Keyed.Key(s)
		base, start, end := state.SplitWindow(key)
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
	}
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

// NextProcessingTime implements operator.ProcessingTimed.
func (o *Window) NextProcessingTime() (int64, bool) {
	if !o.op.Window.ProcTime {
		return 0, false
	}
	return o.timers.Next()
}

// OnProcessingTime implements operator.ProcessingTimed.
func (o *Window) OnProcessingTime(now int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	return o.fire(now)
}

// Close implements operator.Operator.
func (o *Window) Close() error { return closeCalls(o.calls) }

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
