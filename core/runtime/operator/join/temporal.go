package join

import (
	"bytes"
	"encoding/binary"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Temporal is plan.TemporalJoin. By row time, left rows wait for the watermark, then join with the
// newest version of the right row that is not newer than they are; a version lasts until the next
// one, a deletion counts as one from the time of the deleted row on. By processing time, left rows
// join at once with the newest version that has come.
type Temporal struct {
	pairs
	op       *plan.TemporalJoin
	waiting  *state.Map // time ++ arrival → whether it joins at all, row
	versions *state.Map // time → whether it exists, row
	seq      *state.Value[int64]
	timers   state.Timers
	row      []byte
}

var _ operator.Operator = (*Temporal)(nil)

// NewTemporal makes the operator.
func NewTemporal(op *plan.TemporalJoin, left, right, schema *types.Schema) *Temporal {
	kind := plan.InnerJoin
	if op.Left {
		kind = plan.LeftJoin
	}
	return &Temporal{op: op, pairs: pairs{kind: kind,
		schemas: [2]*types.Schema{left, right}, schema: schema,
		keys: [2]operator.Keys{{Columns: op.LeftKeys}, {Columns: op.RightKeys}}}}
}

func (o *Temporal) procTime() bool { return o.op.RightTime < 0 }

// Open implements operator.Operator.
func (o *Temporal) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.rows = operator.NewRows(o.schema, ctx)
	o.timers = ctx.Keyed.Timers("rows")
	o.waiting = state.NewMap(operator.SameRows(o.schemas[0]))
	o.versions = state.NewMap(operator.SameRows(o.schemas[1]))
	o.seq = state.NewValue[int64]("arrival")
	if err := ctx.Keyed.Register("left", o.waiting); err != nil {
		return err
	}
	if err := ctx.Keyed.Register("right", o.versions); err != nil {
		return err
	}
	if err := ctx.Keyed.Register("arrival", o.seq); err != nil {
		return err
	}
	var err error
	o.cond, err = newCondition(ctx, o.op.Condition, o.schemas[0], o.schemas[1])
	return err
}

// Process implements operator.Operator.
func (o *Temporal) Process(side int, b *batch.Batch, out operator.Output) error {
	return o.rows.Segments(b, out, o.advance, func(part *batch.Batch) error {
		return o.segment(side, part)
	})
}

func (o *Temporal) segment(side int, b *batch.Batch) error {
	slots, err := o.keys[side].Resolve(o.Ctx, b)
	if err != nil {
		return err
	}
	enc, err := rowcodec.NewEncoder(b.Cols)
	if err != nil {
		return err
	}
	times, err := o.times(side, b)
	if err != nil {
		return err
	}
	for i, s := range slots {
		if side == 1 {
			o.row = enc.Append(append(o.row[:0], flag(b.Kind(i).IsAdd())), i)
			o.version(s, times, i, b.Kind(i))
			continue
		}
		o.row = enc.Append(append(o.row[:0], flag(!o.hasNull(0, b, i))), i)
		if times == nil {
			if err := o.match(s, o.row, nil); err != nil {
				return err
			}
			continue
		}
		n := o.seq.At(s)
		*n++
		key := binary.BigEndian.AppendUint64(rowcodec.AppendInt(nil, times[i]), uint64(*n))
		o.waiting.Put(s, key, o.row)
		o.timers.Register(s, times[i])
	}
	o.Ctx.Keyed.MarkDirty(slots)
	return nil
}

// times are the row times of a side; nil by processing time.
func (o *Temporal) times(side int, b *batch.Batch) ([]int64, error) {
	if o.procTime() {
		return nil, nil
	}
	column := []int{o.op.LeftTime, o.op.RightTime}[side]
	if b.Cols[column].NullCount() > 0 {
		return nil, errs.Dataf("the row time '%s' is NULL", o.schemas[side].Fields[column].Name).
			Fix("filter such rows before the join")
	}
	return operator.Millis(b.Cols[column]), nil
}

// version takes in a change of the right side. What an update replaces is still in force before
// it, so -U rows say nothing.
func (o *Temporal) version(s int32, times []int64, i int, kind types.RowKind) {
	switch {
	case kind == types.UpdateBefore:
	case times == nil:
		o.versions.Put(s, nil, o.row)
	default:
		o.versions.Put(s, rowcodec.AppendInt(nil, times[i]), o.row)
		o.timers.Register(s, times[i])
	}
}

// match joins a left row with the newest version below a bound, nil for none.
func (o *Temporal) match(s int32, row, below []byte) error {
	var version []byte
	if row[0] == 1 {
		o.versions.Range(s, nil, below, func(_, v []byte) bool {
			version = v
			return true
		})
	}
	row = row[1:]
	if version != nil && version[0] == 1 {
		pass, err := o.cond.passing(0, row, [][]byte{version[1:]})
		if err != nil {
			return err
		}
		if len(pass) > 0 {
			return o.emit(0, row, version[1:])
		}
	}
	if o.op.Left {
		return o.pad(0, row)
	}
	return nil
}

// Watermark implements operator.Operator.
func (o *Temporal) Watermark(t int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	return o.advance(t)
}

func (o *Temporal) advance(t int64) error {
	for {
		due, err := o.timers.Due(t, 1024)
		if err != nil {
			return err
		}
		if len(due) == 0 {
			o.rows.Mark(t)
			return nil
		}
		slots := make([]int32, len(due))
		for i, d := range due {
			slots[i] = d.Slot
			if err := o.due(d.Slot, d.Time); err != nil {
				return err
			}
		}
		o.Ctx.Keyed.MarkDirty(slots)
	}
}

// due joins the left rows up to a time and forgets the versions that have been replaced by then.
func (o *Temporal) due(s int32, time int64) error {
	until := after(time)
	var err error
	o.waiting.Range(s, nil, until, func(k, row []byte) bool {
		err = o.match(s, row, after(rowcodec.Int(k)))
		return err == nil
	})
	if err != nil {
		return err
	}
	o.waiting.DeleteRange(s, nil, until)
	var newest []byte
	o.versions.Range(s, nil, until, func(k, _ []byte) bool {
		newest = bytes.Clone(k)
		return true
	})
	if newest != nil {
		o.versions.DeleteRange(s, nil, newest)
	}
	return nil
}
