package agg

import (
	"encoding/binary"
	"math"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// SessionTable is plan.WindowTable of sessions: rows of a partition that follow each other within
// the gap. The rows of a session are kept until time has passed its end, then come out with its
// window_start, window_end and window_time. A row is late when it would be in a session of its own
// that is over, or in one that has come out.
type SessionTable struct {
	operator.Base
	op     *plan.WindowTable
	in     *types.Schema
	schema *types.Schema
	keys   operator.Keys
	zone   operator.LocalTime
	open   *state.Map // time ++ arrival → kind, row
	seq    *state.Value[int64]
	timers state.Timers
	rows   *operator.Rows
	wm     int64
	late   operator.Counter
}

var (
	_ operator.Operator        = (*SessionTable)(nil)
	_ operator.ProcessingTimed = (*SessionTable)(nil)
)

// NewSessionTable makes the operator; in and schema are those of its input and output.
func NewSessionTable(op *plan.WindowTable, in, schema *types.Schema) *SessionTable {
	return &SessionTable{op: op, in: in, schema: schema,
		keys: operator.Keys{Columns: op.Window.Partition}}
}

// Open implements operator.Operator.
func (o *SessionTable) Open(ctx *operator.Context) error {
	o.Ctx, o.wm = ctx, ctx.Watermark()
	if o.op.Window.TimeLTZ {
		var err error
		if o.zone, err = operator.NewLocalTime(o.op.Window.Zone); err != nil {
			return err
		}
	}
	o.rows = operator.NewRows(o.schema, ctx)
	o.timers = ctx.Keyed.Timers("session")
	o.late = ctx.Metrics.Counter("numLateRecordsDropped")
	o.open, o.seq = state.NewMap(state.Evolution{}), state.NewValue[int64]("arrival")
	if err := ctx.Keyed.Register("rows", o.open); err != nil {
		return err
	}
	return ctx.Keyed.Register("arrival", o.seq)
}

// Process implements operator.Operator.
func (o *SessionTable) Process(_ int, b *batch.Batch, out operator.Output) error {
	return o.rows.Segments(b, out, o.advance, o.segment)
}

func (o *SessionTable) segment(b *batch.Batch) error {
	slots, err := o.keys.Resolve(o.Ctx, b)
	if err != nil {
		return err
	}
	enc, err := rowcodec.NewEncoder(b.Cols)
	if err != nil {
		return err
	}
	w := &o.op.Window
	var times []int64
	if !w.ProcTime {
		if b.Cols[w.TimeColumn].NullCount() > 0 {
			return errs.Dataf("the row time '%s' is NULL", o.in.Fields[w.TimeColumn].Name).
				Fix("filter such rows before the window")
		}
		times = operator.Millis(b.Cols[w.TimeColumn])
	}
	var key, row []byte
	for i, s := range slots {
		var t int64
		if w.ProcTime {
			t = o.Ctx.Clock.NowMs()
		} else if t = times[i]; t+w.SizeMs-1 <= o.wm && !o.near(s, t) {
			o.late.Add(1)
			continue
		}
		n := o.seq.At(s)
		*n++
		key = binary.BigEndian.AppendUint64(rowcodec.AppendInt(key[:0], t), uint64(*n))
		row = enc.Append(append(row[:0], byte(b.Kind(i))), i)
		o.open.Put(s, key, row)
		o.timers.Register(s, t+w.SizeMs-1)
	}
	o.Ctx.Keyed.MarkDirty(slots)
	return nil
}

// near says whether a time falls into an open session.
func (o *SessionTable) near(s int32, t int64) bool {
	found := false
	o.open.Range(s, rowcodec.AppendInt(nil, t-o.op.Window.SizeMs),
		rowcodec.AppendInt(nil, t+o.op.Window.SizeMs+1), func(_, _ []byte) bool {
			found = true
			return false
		})
	return found
}

// Watermark implements operator.Operator.
func (o *SessionTable) Watermark(t int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	return o.advance(t)
}

func (o *SessionTable) advance(t int64) error {
	o.wm = t
	if !o.op.Window.ProcTime {
		if err := o.fire(t); err != nil {
			return err
		}
	}
	o.rows.Mark(t)
	return nil
}

// fire emits the sessions that end up to a time.
func (o *SessionTable) fire(until int64) error {
	for {
		due, err := o.timers.Due(until, 1024)
		if err != nil || len(due) == 0 {
			return err
		}
		slots := make([]int32, len(due))
		for i, d := range due {
			slots[i] = d.Slot
			if err := o.close(d.Slot, d.Time-o.op.Window.SizeMs+1); err != nil {
				return err
			}
		}
		o.Ctx.Keyed.MarkDirty(slots)
		o.drop(slots)
	}
}

// close emits the session whose newest row may be that of a time: earlier sessions are out.
func (o *SessionTable) close(s int32, newest int64) error {
	until := rowcodec.AppendInt(nil, newest+1)
	goesOn := false
	o.open.Range(s, until, rowcodec.AppendInt(nil, newest+o.op.Window.SizeMs+1),
		func(_, _ []byte) bool {
			goesOn = true
			return false
		})
	first, _, ok := o.open.First(s)
	if goesOn || !ok || rowcodec.Int(first) > newest {
		return nil
	}
	start, end := rowcodec.Int(first), newest+o.op.Window.SizeMs
	var err error
	o.open.Range(s, nil, until, func(_, v []byte) bool {
		err = o.emit(v, start, end)
		return err == nil
	})
	o.open.DeleteRange(s, nil, until)
	return err
}

func (o *SessionTable) emit(v []byte, start, end int64) error {
	n := o.in.Len()
	if _, err := rowcodec.Decode(v[1:], o.rows.Cols[:n]); err != nil {
		return err
	}
	batch.Append(o.rows.Cols[n], o.zone.Local(start))
	batch.Append(o.rows.Cols[n+1], o.zone.Local(end))
	if o.rows.Cols[n+2].Type.Kind == types.TimestampLTZ {
		batch.Append(o.rows.Cols[n+2], end-1)
	} else {
		batch.Append(o.rows.Cols[n+2], o.zone.Local(end)-1)
	}
	o.rows.Row(types.RowKind(v[0]))
	return nil
}

// drop forgets partitions without rows.
func (o *SessionTable) drop(slots []int32) {
	var gone []int32
	seen := make(map[int32]bool, len(slots))
	for _, s := range slots {
		if !seen[s] && o.open.Len(s) == 0 {
			gone = append(gone, s)
		}
		seen[s] = true
	}
	o.Ctx.Keyed.Drop(gone)
}

// NextProcessingTime implements operator.ProcessingTimed, as that of Window.
func (o *SessionTable) NextProcessingTime() (int64, bool) {
	if !o.op.Window.ProcTime {
		return math.MaxInt64, false
	}
	t, ok := o.timers.Next()
	return t + 1, ok
}

// OnProcessingTime implements operator.ProcessingTimed.
func (o *SessionTable) OnProcessingTime(now int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	return o.fire(now - 1)
}
