package over

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/agg"
	"github.com/headrace/headrace/core/state"
)

// Stream is plan.Over over an unbounded stream ordered by time: frames end at the current row. By
// row time, rows wait until the watermark has reached them; one that comes when it already has is
// late and dropped. By processing time, rows are answered as they come.
//
// State of a key: the rows that wait, the accumulators, the rows in the frame (if it is bounded
// below), the ranks and the rows that LAG looks back at.
type Stream struct {
	operator.Base
	op     *plan.Over
	in     *types.Schema
	schema *types.Schema
	keys   operator.Keys
	expiry *operator.Expiry

	calls     *agg.Calls
	aggs      []plan.AggCall
	functions []*plan.OverCall
	at        []int
	defaults  []*expr.Program // of functions: LAG's
	eval      *expr.EvalContext
	lag       int // how far LAG looks back at most

	waiting *state.Map // time ++ arrival → row
	frame   *state.Map // time ++ arrival → row
	lags    *state.Map // arrival → row
	seq     *state.Value[int64]
	ranks   *state.Value[standing]
	timers  state.Timers
	bounded bool
	anew    bool // frames are aggregated anew: an aggregate cannot take rows back

	rows *operator.Rows
	wm   int64
	late operator.Counter
	part *batch.RowBuilder
	gone *batch.RowBuilder
}

// standing is where the newest row of a partition stands.
type standing struct{ Rows, Rank, Dense, Time int64 }

var (
	_ operator.Operator = (*Stream)(nil)
	_ operator.Pinned   = (*Stream)(nil)
)

// Pinned implements operator.Pinned.
func (o *Stream) Pinned() bool { return hasUser(o.op) }

// Open implements operator.Operator.
func (o *Stream) Open(ctx *operator.Context) error {
	o.Ctx, o.wm = ctx, ctx.Watermark()
	o.rows = operator.NewRows(o.schema, ctx)
	o.part, o.gone = batch.NewRowBuilder(o.in, 0), batch.NewRowBuilder(o.in, 0)
	o.late = ctx.Metrics.Counter("numLateRecordsDropped")
	o.bounded = !o.op.Frame.UnboundedLower
	o.aggs, o.functions, o.at = split(o.op.Calls)
	for i := range o.aggs {
		o.aggs[i].Retract = o.bounded && o.aggs[i].UDF == nil
	}
	var err error
	if o.calls, err = agg.OpenCalls(ctx, o.in, o.aggs); err != nil {
		return err
	}
	o.anew = o.bounded && !o.calls.CanRetract()
	if err := o.openFunctions(); err != nil {
		return err
	}
	return o.register()
}

func (o *Stream) openFunctions() error {
	o.defaults = make([]*expr.Program, len(o.functions))
	for i, f := range o.functions {
		switch f.Name {
		case "LAG":
			o.lag = max(o.lag, int(f.Offset))
		case "ROW_NUMBER", "RANK", "DENSE_RANK":
			continue
		default:
			return errs.Userf("%s is not supported in an OVER window over a stream", f.Name).
				At("%s", f.Origin).Fix("run in batch mode")
		}
		if f.Default == nil {
			continue
		}
		var err error
		if o.defaults[i], err = expr.Compile(f.Default); err != nil {
			return err
		}
	}
	var err error
	o.eval, err = operator.EvalContext(o.Ctx)
	return err
}

func (o *Stream) register() error {
	rows := operator.RowEvolution(o.in)
	o.waiting, o.frame, o.lags = state.NewMap(rows), state.NewMap(rows), state.NewMap(rows)
	o.seq = state.NewValue[int64]("arrival")
	o.ranks = state.NewValue[standing]("standing")
	o.timers = o.Ctx.Keyed.Timers("rows")
	for _, r := range []struct {
		name string
		c    state.Column
	}{{"waiting", o.waiting}, {"frame", o.frame}, {"lag", o.lags}, {"arrival", o.seq},
		{"ranks", o.ranks}} {
		if err := o.Ctx.Keyed.Register(r.name, r.c); err != nil {
			return err
		}
	}
	if err := o.calls.Register(o.Ctx); err != nil || o.bounded && !o.op.Frame.Rows {
		return err // rows leave a frame of a time by themselves
	}
	var err error
	if o.expiry, err = operator.NewExpiry(o.Ctx, o.op.StateTTLMs); o.expiry != nil {
		o.expiry.Busy = func(slot int32) bool { return o.waiting.Len(slot) > 0 }
	}
	return err
}

// resolve finds the keys of a batch, without those that have expired.
func (o *Stream) resolve(b *batch.Batch) ([]int32, error) {
	if err := o.expiry.Sweep(); err != nil {
		return nil, err
	}
	slots, err := o.keys.Resolve(o.Ctx, b)
	if err != nil {
		return nil, err
	}
	o.expiry.Expire(slots)
	o.expiry.Written(slots...)
	return slots, nil
}

// Process implements operator.Operator.
func (o *Stream) Process(_ int, b *batch.Batch, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	if b.Len() == 0 {
		return b.Segments(o.advance, func(int, int) error { return nil })
	}
	if o.op.TimeColumn < 0 {
		slots, err := o.resolve(b)
		if err != nil {
			return err
		}
		defer o.Ctx.Keyed.MarkDirty(slots)
		return b.Segments(o.advance,
			func(from, to int) error { return o.now(b, slots, from, to) })
	}
	enc, err := rowcodec.NewEncoder(b.Cols)
	if err != nil {
		return err
	}
	return b.Segments(o.advance, func(from, to int) error { return o.wait(b, enc, from, to) })
}

// wait keeps rows [from, to) until the watermark reaches them.
func (o *Stream) wait(b *batch.Batch, enc *rowcodec.Encoder, from, to int) error {
	part := b.Slice(from, to) // slots are valid only until timers are asked for
	defer part.Release()
	slots, err := o.resolve(part)
	if err != nil {
		return err
	}
	col := part.Cols[o.op.TimeColumn]
	times := operator.Millis(col)
	var key, row []byte
	for i, s := range slots {
		if col.IsNull(i) {
			return errs.Dataf("the row time '%s' is NULL", o.in.Fields[o.op.TimeColumn].Name).
				Fix("filter such rows before OVER")
		}
		if times[i] <= o.wm {
			o.late.Add(1)
			continue
		}
		n := o.seq.At(s)
		*n++
		key = binary.BigEndian.AppendUint64(rowcodec.AppendInt(key[:0], times[i]), uint64(*n))
		row = enc.Append(row[:0], from+i)
		o.waiting.Put(s, key, row)
		o.timers.Register(s, times[i])
	}
	o.Ctx.Keyed.MarkDirty(slots)
	return nil
}

// Watermark implements operator.Operator.
func (o *Stream) Watermark(t int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	return o.advance(t)
}

func (o *Stream) advance(t int64) error {
	o.wm = t
	for o.op.TimeColumn >= 0 {
		due, err := o.timers.Due(t, 1024)
		if err != nil {
			return err
		}
		if len(due) == 0 {
			break
		}
		slots := make([]int32, len(due))
		for i, d := range due {
			slots[i] = d.Slot
		}
		for from := 0; from < len(due); {
			to := from
			for to < len(due) && due[to].Time == due[from].Time {
				to++
			}
			if err := o.due(due[from].Time, slots[from:to]); err != nil {
				return err
			}
			from = to
		}
		o.expiry.Written(slots...)
		o.Ctx.Keyed.MarkDirty(slots)
		o.dropEmpty(slots)
	}
	o.rows.Mark(t)
	return nil
}

// due answers the rows of a time.
func (o *Stream) due(time int64, slots []int32) error {
	from, to := rowcodec.AppendInt(nil, time), []byte(nil)
	if time < math.MaxInt64 {
		to = rowcodec.AppendInt(nil, time+1)
	}
	var g group
	for _, s := range slots {
		var err error
		o.waiting.Range(s, from, to, func(k, v []byte) bool {
			g.slots = append(g.slots, s)
			g.keys = append(g.keys, bytes.Clone(k))
			_, err = rowcodec.Decode(v, o.part.Cols)
			return err == nil
		})
		if err != nil {
			return err
		}
		o.waiting.DeleteRange(s, from, to)
	}
	if o.bounded && !o.op.Frame.Rows {
		if err := o.evictBefore(slots, time+o.op.Frame.Lower); err != nil {
			return err
		}
	}
	if len(g.slots) == 0 {
		return nil
	}
	g.b, g.time = o.part.Finish(), time
	if o.bounded && !o.op.Frame.Rows && time < math.MaxInt64+o.op.Frame.Lower {
		for _, s := range slots { // when the rows leave every frame
			o.timers.Register(s, time-o.op.Frame.Lower+1)
		}
	}
	return o.answer(&g)
}

// dropEmpty forgets keys about which nothing is known any more.
func (o *Stream) dropEmpty(slots []int32) {
	if !o.bounded || o.op.Frame.Rows || len(o.functions) > 0 {
		return
	}
	var gone []int32
	seen := map[int32]bool{}
	for _, s := range slots {
		if !seen[s] && o.waiting.Len(s) == 0 && o.frame.Len(s) == 0 {
			gone = append(gone, s)
		}
		seen[s] = true
	}
	o.Ctx.Keyed.Drop(gone)
}

// now answers rows [from, to) at once, by processing time.
func (o *Stream) now(b *batch.Batch, slots []int32, from, to int) error {
	part := b.Slice(from, to)
	defer part.Release()
	g := group{b: part, slots: slots[from:to], time: o.Ctx.Clock.NowMs()}
	for _, s := range g.slots {
		n := o.seq.At(s)
		*n++
		key := binary.BigEndian.AppendUint64(rowcodec.AppendInt(nil, g.time), uint64(*n))
		g.keys = append(g.keys, key)
	}
	if o.bounded && !o.op.Frame.Rows {
		if err := o.evictBefore(g.slots, g.time+o.op.Frame.Lower); err != nil {
			return err
		}
	}
	return o.answer(&g)
}

// Close implements operator.Operator.
func (o *Stream) Close() error { return o.calls.Close() }
