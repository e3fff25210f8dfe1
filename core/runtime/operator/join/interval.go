package join

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Interval is plan.IntervalJoin: rows join as they come with the rows of the other side whose time
// is near enough. A row is kept until time has passed the last one that it can join with; an outer
// one without a match comes out then. Since results may carry the time of the older row,
// watermarks go on later by the larger bound.
type Interval struct {
	pairs
	op     *plan.IntervalJoin
	sides  [2]*state.Map // time ++ arrival → whether it was joined, row
	seq    *state.Value[int64]
	timers state.Timers
	wm     int64
	row    []byte
}

var (
	_ operator.Operator        = (*Interval)(nil)
	_ operator.ProcessingTimed = (*Interval)(nil)
)

// NewInterval makes the operator.
func NewInterval(op *plan.IntervalJoin, left, right, schema *types.Schema) *Interval {
	return &Interval{op: op, pairs: pairs{kind: op.Type,
		schemas: [2]*types.Schema{left, right}, schema: schema,
		keys: [2]operator.Keys{{Columns: op.LeftKeys}, {Columns: op.RightKeys}}}}
}

// Open implements operator.Operator.
func (o *Interval) Open(ctx *operator.Context) error {
	o.Ctx, o.wm = ctx, ctx.Watermark()
	o.rows = operator.NewRows(o.schema, ctx)
	o.timers = ctx.Keyed.Timers("expiry")
	o.seq = state.NewValue[int64]("arrival")
	if err := ctx.Keyed.Register("arrival", o.seq); err != nil {
		return err
	}
	for i, name := range []string{"left", "right"} {
		o.sides[i] = state.NewMap(operator.SameRows(o.schemas[i]))
		if err := ctx.Keyed.Register(name, o.sides[i]); err != nil {
			return err
		}
	}
	var err error
	o.cond, err = newCondition(ctx, o.op.Condition, o.schemas[0], o.schemas[1])
	return err
}

// reach is how far the times of the other side may lie from one of a side: [time+from, time+to].
func (o *Interval) reach(side int) (from, to int64) {
	if side == 0 {
		return -o.op.UpperMs, -o.op.LowerMs
	}
	return o.op.LowerMs, o.op.UpperMs
}

// Process implements operator.Operator.
func (o *Interval) Process(side int, b *batch.Batch, out operator.Output) error {
	return o.rows.Segments(b, out, o.advance, func(part *batch.Batch) error {
		return o.segment(side, part)
	})
}

func (o *Interval) segment(side int, b *batch.Batch) error {
	slots, err := o.keys[side].Resolve(o.Ctx, b)
	if err != nil {
		return err
	}
	enc, err := rowcodec.NewEncoder(b.Cols)
	if err != nil {
		return err
	}
	column := []int{o.op.LeftTime, o.op.RightTime}[side]
	now, times := o.wm, []int64(nil)
	if o.op.ProcTime {
		now = o.Ctx.Clock.NowMs()
	} else {
		times = operator.Millis(b.Cols[column])
	}
	for i, s := range slots {
		time := now
		joins := !o.hasNull(side, b, i)
		if times != nil {
			time, joins = times[i], joins && !b.Cols[column].IsNull(i)
		}
		o.row = enc.Append(o.row[:0], i)
		if err := o.add(side, s, time, now, joins); err != nil {
			return err
		}
	}
	o.Ctx.Keyed.MarkDirty(slots)
	return nil
}

// add joins the row in o.row and keeps it if more may come that joins with it.
func (o *Interval) add(side int, s int32, time, now int64, joins bool) error {
	joined := false
	from, to := o.reach(side)
	if joins && from <= to {
		var err error
		if joined, err = o.join(side, s, time+from, time+to); err != nil {
			return err
		}
	}
	if !joins || from > to || now > time+to || now == time+to && !o.op.ProcTime {
		if !joined && o.outer(side) {
			return o.pad(side, o.row)
		}
		return nil
	}
	n := o.seq.At(s)
	*n++
	key := binary.BigEndian.AppendUint64(rowcodec.AppendInt(nil, time), uint64(*n))
	o.sides[side].Put(s, key, append([]byte{flag(joined)}, o.row...))
	o.timers.Register(s, time+to+1)
	return nil
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// join emits the row in o.row with those of the other side whose times are in [from, to].
func (o *Interval) join(side int, s int32, from, to int64) (bool, error) {
	other := o.sides[1-side]
	var rows, keys [][]byte
	other.Range(s, rowcodec.AppendInt(nil, from), after(to), func(k, v []byte) bool {
		keys, rows = append(keys, bytes.Clone(k)), append(rows, bytes.Clone(v))
		return true
	})
	bare := make([][]byte, len(rows))
	for i, r := range rows {
		bare[i] = r[1:]
	}
	pass, err := o.cond.passing(side, o.row, bare)
	if err != nil {
		return false, err
	}
	for _, i := range pass {
		if err := o.emit(side, o.row, bare[i]); err != nil {
			return false, err
		}
		if rows[i][0] == 0 && o.outer(1-side) {
			rows[i][0] = 1
			other.Put(s, keys[i], rows[i])
		}
	}
	return len(pass) > 0, nil
}

// after is the least key behind all of a time; nil behind all keys.
func after(time int64) []byte {
	if time == math.MaxInt64 {
		return nil
	}
	return rowcodec.AppendInt(nil, time+1)
}

// Watermark implements operator.Operator.
func (o *Interval) Watermark(t int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	return o.advance(t)
}

func (o *Interval) advance(t int64) error {
	o.wm = t
	if o.op.ProcTime {
		o.rows.Mark(t)
		return nil
	}
	if err := o.expire(t); err != nil {
		return err
	}
	delay := max(-o.op.LowerMs, o.op.UpperMs, 0)
	switch {
	case t == math.MaxInt64:
		o.rows.Mark(t)
	case t > math.MinInt64+delay:
		o.rows.Mark(t - delay)
	}
	return nil
}

// expire removes the rows that no row after a time joins with.
func (o *Interval) expire(now int64) error {
	for {
		due, err := o.timers.Due(now, 1024)
		if err != nil || len(due) == 0 {
			return err
		}
		slots := make([]int32, len(due))
		for i, d := range due {
			slots[i] = d.Slot
			for side := range o.sides {
				if err := o.expireSide(side, d.Slot, d.Time); err != nil {
					return err
				}
			}
		}
		o.Ctx.Keyed.MarkDirty(slots)
		o.drop(slots)
	}
}

func (o *Interval) expireSide(side int, s int32, now int64) error {
	_, to := o.reach(side)
	until := rowcodec.AppendInt(nil, now-to) // time+to < now
	var err error
	o.sides[side].Range(s, nil, until, func(_, v []byte) bool {
		if v[0] == 0 && o.outer(side) {
			err = o.pad(side, v[1:])
		}
		return err == nil
	})
	o.sides[side].DeleteRange(s, nil, until)
	return err
}

// drop forgets keys without rows.
func (o *Interval) drop(slots []int32) {
	var gone []int32
	seen := make(map[int32]bool, len(slots))
	for _, s := range slots {
		if !seen[s] && o.sides[0].Len(s) == 0 && o.sides[1].Len(s) == 0 {
			gone = append(gone, s)
		}
		seen[s] = true
	}
	o.Ctx.Keyed.Drop(gone)
}

// NextProcessingTime implements operator.ProcessingTimed.
func (o *Interval) NextProcessingTime() (int64, bool) {
	if !o.op.ProcTime {
		return 0, false
	}
	return o.timers.Next()
}

// OnProcessingTime implements operator.ProcessingTimed.
func (o *Interval) OnProcessingTime(now int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	return o.expire(now)
}
