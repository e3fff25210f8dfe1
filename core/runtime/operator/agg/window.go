package agg

import (
	"errors"
	"math"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// windowTimers is the name of the timers that close windows.
const windowTimers = "window"

// Window is plan.WindowAggregate over windows that do not merge. State is keyed by key and window
// (or slice, see slicing); a timer at the window's end emits the result and drops the state. A row
// is late for a window when the watermark has reached the window's end - 1 ms.
//
// Rows are taken in by the batch: it is cut only where a watermark inside it closes a window.
type Window struct {
	operator.Base
	op     *plan.WindowAggregate
	in     *types.Schema
	schema *types.Schema

	calls  *Calls
	counts *state.Value[int64]
	timers state.Timers
	rows   *operator.Rows
	assign assigner
	slices slicing

	known         operator.Known
	bare          state.Keys // without window
	all           state.Keys
	cols          []*batch.Column
	slots         []int32
	times         []int64
	rowsIn        placed // not yet taken in
	next          int64  // when the next window closes
	found         bool   // next is known
	wm            int64
	passed        bool // wm has been passed on
	late, untimed operator.Counter
}

var (
	_ operator.Operator        = (*Window)(nil)
	_ operator.ProcessingTimed = (*Window)(nil)
	_ operator.Pinned          = (*Window)(nil)
)

// NewWindow makes the operator; in and schema are those of its input and output.
func NewWindow(op *plan.WindowAggregate, in, schema *types.Schema) *Window {
	return &Window{op: op, in: in, schema: schema, wm: math.MinInt64, passed: true,
		next: math.MaxInt64}
}

// Pinned implements operator.Pinned.
func (o *Window) Pinned() bool { return hasUser(o.op.Aggs) }

// Open implements operator.Operator.
func (o *Window) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	var err error
	if o.calls, err = OpenCalls(ctx, o.in, o.op.Aggs); err != nil {
		return err
	}
	if o.assign, err = newAssigner(&o.op.Window); err != nil {
		return err
	}
	if err := o.openSlices(ctx); err != nil {
		return err
	}
	o.counts = state.NewValue[int64]("count")
	if err := ctx.Keyed.Register("count", o.counts); err != nil {
		return err
	}
	if err := o.calls.Register(ctx); err != nil {
		return err
	}
	o.timers = ctx.Keyed.Timers(windowTimers)
	o.rows = operator.NewRows(o.schema, ctx)
	o.late = ctx.Metrics.Counter("numLateRecordsDropped")
	o.untimed = ctx.Metrics.Counter(untimedRows)
	o.wm = ctx.Watermark()
	return nil
}

// Process implements operator.Operator.
func (o *Window) Process(_ int, b *batch.Batch, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	o.begin(b)
	err := b.Segments(
		func(t int64) error { return o.advance(b, t) },
		func(from, to int) error { return o.place(b, from, to) })
	if err != nil {
		return err
	}
	if err := o.flush(b); err != nil {
		return err
	}
	o.pass()
	return nil
}

// begin makes ready for a batch.
func (o *Window) begin(b *batch.Batch) {
	if !o.found {
		o.findNext()
		o.found = true
	}
	o.rowsIn.reset()
	if w := &o.op.Window; !o.op.Attached && !w.ProcTime {
		o.times = operator.Millis(b.Cols[w.TimeColumn])
	}
}

// Watermark implements operator.Operator.
func (o *Window) Watermark(t int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	if err := o.advance(nil, t); err != nil {
		return err
	}
	o.pass()
	return nil
}

// advance moves the clock to a watermark that stands in b, or between batches (nil). One that
// closes nothing need not be passed on before the next.
func (o *Window) advance(b *batch.Batch, t int64) error {
	if !o.op.Window.ProcTime && (!o.found || o.next <= t) {
		if err := o.flush(b); err != nil {
			return err
		}
		o.pass()
		o.wm, o.passed = t, false
		err := o.fire(t)
		o.found = true
		return err
	}
	o.wm, o.passed = t, false
	return nil
}

// pass gives the watermark to who comes next.
func (o *Window) pass() {
	if !o.passed {
		o.passed = true
		o.rows.Mark(o.wm)
	}
}

// flush takes the placed rows of b into their windows.
func (o *Window) flush(b *batch.Batch) error {
	if len(o.rowsIn.at) == 0 {
		return nil
	}
	if err := o.resolve(b); err != nil {
		return err
	}
	rows := o.rowsIn.at
	if o.rowsIn.single && len(rows) == b.Len() {
		rows = nil
	}
	counts := o.counts.Values()
	for i, s := range o.slots {
		if counts[s] == 0 {
			o.timers.Register(s, o.closing(i))
		}
		if b.Kinds == nil || b.Kinds[o.rowsIn.at[i]].IsAdd() {
			counts[s]++
		} else {
			counts[s]--
		}
	}
	o.counts.SetAll(o.slots)
	if err := o.calls.take(o.slots, b, rows); err != nil {
		return err
	}
	o.Ctx.Keyed.MarkDirty(o.slots)
	o.rowsIn.reset()
	return nil
}

// closing is when the window of a placed row closes first.
func (o *Window) closing(i int) int64 {
	if o.slices.on {
		start := o.rowsIn.starts[i]
		return o.nextEnd(start, o.lastEnd(start)) - 1
	}
	return o.assign.zone.Closing(o.rowsIn.ends[i])
}

// resolve finds the slots of the placed rows: by key and window.
func (o *Window) resolve(b *batch.Batch) error {
	o.cols = o.cols[:0]
	for _, k := range o.op.Keys {
		c := b.Cols[k]
		if !o.rowsIn.single || len(o.rowsIn.at) < b.Len() {
			c = batch.Take(c, o.rowsIn.at)
		}
		o.cols = append(o.cols, c)
	}
	n := len(o.rowsIn.at)
	var err error
	words, ok := operator.Words(o.cols, 1)
	if !ok {
		o.all.Reset()
		if err := o.encode(nil, &o.all); err != nil {
			return err
		}
		o.slots, err = o.Ctx.Keyed.Resolve(&o.all, o.slots)
		return err
	}
	if words = append(words, o.rowsIn.starts); !o.startSays() {
		words = append(words, o.rowsIn.ends)
	}
	o.slots, err = o.known.Resolve(o.Ctx.Keyed, words, n, o.slots, o.encode)
	return err
}

// startSays says that a window's start tells its end.
func (o *Window) startSays() bool {
	kind := o.op.Window.Kind
	return o.slices.on || !o.op.Attached && (kind == plan.Tumble || kind == plan.Hop)
}

// encode appends the keys with window of the placed rows at some positions, nil: of all.
func (o *Window) encode(at []int32, keys *state.Keys) error {
	n := len(at)
	if at == nil {
		n = len(o.rowsIn.at)
	}
	if len(o.cols) == 0 {
		state.EmptyKeys(n, o.Ctx.MaxParallelism, &o.bare)
	} else if err := operator.EncodeKeys(o.cols, at, o.Ctx.MaxParallelism, &o.bare); err != nil {
		return err
	}
	for i := range n {
		row := i
		if at != nil {
			row = int(at[i])
		}
		keys.AppendWindow(&o.bare, i, o.rowsIn.starts[row], o.rowsIn.ends[row])
	}
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

// NextProcessingTime implements operator.ProcessingTimed: windows are over when the clock has left
// their last millisecond, so that no row of it finds its window closed.
func (o *Window) NextProcessingTime() (int64, bool) {
	if !o.op.Window.ProcTime {
		return 0, false
	}
	t, ok := o.timers.Next()
	return t + 1, ok
}

// OnProcessingTime implements operator.ProcessingTimed.
func (o *Window) OnProcessingTime(now int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	return o.fire(now - 1)
}

// Close implements operator.Operator.
func (o *Window) Close() error { return errors.Join(o.calls.Close(), o.slices.merged.Close()) }
