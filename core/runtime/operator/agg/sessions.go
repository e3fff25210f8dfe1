package agg

import (
	"math"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Sessions is plan.WindowAggregate over sessions: rows of a key that follow each other within the
// gap. A key's state is the list of its open sessions; what the rows of a session come to is state
// of the key and the session's number, the time of the row that began it. A row that lies between
// two sessions makes one of them, whose accumulators are merged when the rows at hand are taken in.
// That wants aggregates that can be merged (plan.AggCall.Mergeable) over rows that are not taken
// back; SessionTable is for others.
//
// A key has a timer at or before the end of each of its sessions: it is not moved when a session
// grows, but finds that when it fires and is set again. A row is late when it would be in a session
// of its own that is over.
//
// Watermarks inside a batch close sessions for the rows behind them, which is all that has to be
// done at once: the results come at the batch's end, each in front of its watermark.
type Sessions struct {
	operator.Base
	op     *plan.WindowAggregate
	in     *types.Schema
	schema *types.Schema

	calls  *Calls
	open   *state.Map // start → end, number
	timers state.Timers
	rows   *operator.Rows
	zone   operator.LocalTime
	late   operator.Counter

	keys    operator.Keys
	lists   []int32 // by row of the batch: its key's slot; nil: not resolved
	touched []int32 // those that have changed since they were resolved
	times   []int64

	at      []int32 // rows not yet taken in
	numbers []int64 // their sessions'
	merges  merges
	known   operator.Known
	cols    []*batch.Column
	bare    state.Keys
	slots   []int32

	marks []int64 // watermarks of the batch that may close sessions, not passed on
	next  int64   // when the next timer is due
	found bool    // next is known
	wm    int64
}

// session is one that is open.
type session struct{ start, end, number int64 }

// merges are sessions whose accumulators go into those of others, in this order.
type merges struct {
	keys       state.Keys
	into, from []int64
}

var (
	_ operator.Operator        = (*Sessions)(nil)
	_ operator.ProcessingTimed = (*Sessions)(nil)
)

// NewSessions makes the operator; in and schema are those of its input and output.
func NewSessions(op *plan.WindowAggregate, in, schema *types.Schema) *Sessions {
	return &Sessions{op: op, in: in, schema: schema, keys: operator.Keys{Columns: op.Keys},
		next: math.MaxInt64}
}

// Open implements operator.Operator.
func (o *Sessions) Open(ctx *operator.Context) error {
	o.Ctx, o.wm = ctx, ctx.Watermark()
	var err error
	if o.op.Window.TimeLTZ {
		if o.zone, err = operator.NewLocalTime(o.op.Window.Zone); err != nil {
			return err
		}
	}
	if o.calls, err = OpenCalls(ctx, o.in, o.op.Aggs); err != nil {
		return err
	}
	o.open = state.NewMap(state.Evolution{Type: "session: end, number"})
	if err := ctx.Keyed.Register("sessions", o.open); err != nil {
		return err
	}
	if err := o.calls.Register(ctx); err != nil {
		return err
	}
	o.timers = ctx.Keyed.Timers(windowTimers)
	o.rows = operator.NewRows(o.schema, ctx)
	o.late = ctx.Metrics.Counter("numLateRecordsDropped")
	return nil
}

// Process implements operator.Operator.
func (o *Sessions) Process(_ int, b *batch.Batch, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	if err := o.begin(b); err != nil {
		return err
	}
	err := b.Segments(
		func(t int64) error {
			o.mark(t)
			return nil
		},
		func(from, to int) error { return o.place(b, from, to) })
	if err != nil {
		return err
	}
	if err := o.flush(b); err != nil {
		return err
	}
	return o.pass()
}

// begin makes ready for a batch.
func (o *Sessions) begin(b *batch.Batch) error {
	if !o.found {
		o.findNext()
	}
	w := &o.op.Window
	if w.ProcTime {
		return nil
	}
	col := b.Cols[w.TimeColumn]
	if col.NullCount() > 0 {
		return errs.Dataf("the row time '%s' is NULL", o.in.Fields[w.TimeColumn].Name).
			Fix("filter such rows before the window")
	}
	o.times = operator.Millis(col)
	return nil
}

// place puts rows [from, to) of b, before which the watermark stands, into sessions.
func (o *Sessions) place(b *batch.Batch, from, to int) error {
	if o.lists == nil {
		var err error
		if o.lists, err = o.keys.Resolve(o.Ctx, b); err != nil {
			return err
		}
	}
	t, late := int64(0), int64(0)
	if o.op.Window.ProcTime {
		t = o.Ctx.Clock.NowMs()
	}
	for i := from; i < to; i++ {
		if !o.op.Window.ProcTime {
			t = o.times[i]
		}
		number, ok := o.sessionOf(o.lists[i], t)
		if !ok {
			late++
			continue
		}
		o.at, o.numbers = append(o.at, int32(i)), append(o.numbers, number)
	}
	if late > 0 {
		o.late.Add(late)
	}
	return nil
}

// sessionOf finds the session of a row and makes it reach around it; false when the row is late.
func (o *Sessions) sessionOf(slot int32, t int64) (number int64, ok bool) {
	gap := o.op.Window.SizeMs
	all := session{start: t, end: t + gap, number: t}
	near, n := o.near(slot, t)
	switch {
	case n == 0:
		if !o.op.Window.ProcTime && all.end-1 <= o.wm {
			return 0, false
		}
		o.timers.Register(slot, all.end-1)
		o.next = min(o.next, all.end-1)
	default:
		all.start, all.number = min(t, near[0].start), near[0].number
		all.end = max(all.end, near[n-1].end)
		if n == 1 && all == near[0] {
			return all.number, true
		}
		for _, s := range near[:n] {
			if s.start != all.start {
				o.open.Delete(slot, rowcodec.AppendInt(nil, s.start))
			}
		}
		if n == 2 {
			key, group := o.Ctx.Keyed.Key(slot)
			o.merges.keys.Append(key, group)
			o.merges.into = append(o.merges.into, all.number)
			o.merges.from = append(o.merges.from, near[1].number)
		}
	}
	value := rowcodec.AppendInt(rowcodec.AppendInt(nil, all.end), all.number)
	o.open.Put(slot, rowcodec.AppendInt(nil, all.start), value)
	o.touched = append(o.touched, slot)
	return all.number, true
}

// near finds the open sessions that a row touches: at most two, since they are more than a gap apart.
// Most rows are of the last session or behind it.
func (o *Sessions) near(slot int32, t int64) (near [2]session, n int) {
	take := func(s session) {
		if s.end >= t && (o.op.Window.ProcTime || s.end-1 > o.wm) {
			near[n] = s
			n++
		}
	}
	k, v, ok := o.open.Last(slot)
	if !ok {
		return near, 0
	}
	if last := sessionFrom(k, v); last.start <= t {
		take(last)
		return near, n
	}
	o.open.Range(slot, nil, rowcodec.AppendInt(nil, t+o.op.Window.SizeMs+1), func(k, v []byte) bool {
		take(sessionFrom(k, v))
		return true
	})
	return near, n
}

// sessionFrom reads an entry of open.
func sessionFrom(k, v []byte) session {
	return session{start: rowcodec.Int(k), end: rowcodec.Int(v), number: rowcodec.Int(v[8:])}
}

// Watermark implements operator.Operator.
func (o *Sessions) Watermark(t int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	if !o.found {
		o.findNext()
	}
	o.mark(t)
	return o.pass()
}

// mark moves the clock to a watermark. One that closes nothing need not be passed on before the
// next.
func (o *Sessions) mark(t int64) {
	if n := len(o.marks); n > 0 && t < o.next {
		o.marks[n-1] = t
	} else {
		o.marks = append(o.marks, t)
	}
	o.wm = t
}

// pass emits what the watermarks have closed and gives them to who comes next.
func (o *Sessions) pass() error {
	for _, t := range o.marks {
		if !o.op.Window.ProcTime && t >= o.next {
			if err := o.fire(t); err != nil {
				return err
			}
		}
		o.rows.Mark(t)
	}
	o.marks = o.marks[:0]
	return nil
}

// NextProcessingTime implements operator.ProcessingTimed, as that of Window.
func (o *Sessions) NextProcessingTime() (int64, bool) {
	if !o.op.Window.ProcTime {
		return math.MaxInt64, false
	}
	t, ok := o.timers.Next()
	return t + 1, ok
}

// OnProcessingTime implements operator.ProcessingTimed.
func (o *Sessions) OnProcessingTime(now int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	return o.fire(now - 1)
}

// Close implements operator.Operator.
func (o *Sessions) Close() error { return o.calls.Close() }
