package join

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Window is plan.WindowJoin: the rows of both sides are kept by key and window, and joined when
// the watermark has passed the window's end. Rows of windows that are closed are dropped.
type Window struct {
	pairs
	op     *plan.WindowJoin
	zone   operator.LocalTime
	sides  [2]*state.List // whether it joins at all, row
	timers state.Timers
	base   state.Keys
	window state.Keys
	slots  []int32
	wm     int64
	late   operator.Counter
}

var _ operator.Operator = (*Window)(nil)

// NewWindow makes the operator.
func NewWindow(op *plan.WindowJoin, left, right, schema *types.Schema) *Window {
	return &Window{op: op, pairs: pairs{kind: op.Type,
		schemas: [2]*types.Schema{left, right}, schema: schema,
		keys: [2]operator.Keys{{Columns: op.LeftKeys}, {Columns: op.RightKeys}}}}
}

// Open implements operator.Operator.
func (o *Window) Open(ctx *operator.Context) error {
	o.Ctx, o.wm = ctx, ctx.Watermark()
	o.rows = operator.NewRows(o.schema, ctx)
	o.timers = ctx.Keyed.Timers("window")
	o.late = ctx.Metrics.Counter("numLateRecordsDropped")
	for i, name := range []string{"left", "right"} {
		o.sides[i] = state.NewList(operator.SameRows(o.schemas[i]))
		if err := ctx.Keyed.Register(name, o.sides[i]); err != nil {
			return err
		}
	}
	var err error
	if o.zone, err = operator.NewLocalTime(o.op.WindowZone); err != nil {
		return err
	}
	o.cond, err = newCondition(ctx, o.op.Condition, o.schemas[0], o.schemas[1])
	return err
}

// Process implements operator.Operator.
func (o *Window) Process(side int, b *batch.Batch, out operator.Output) error {
	return o.rows.Segments(b, out, o.advance, func(part *batch.Batch) error {
		return o.segment(side, part)
	})
}

func (o *Window) segment(side int, b *batch.Batch) error {
	if err := o.encodeKeys(side, b); err != nil {
		return err
	}
	starts, ends := o.op.LeftStart, o.op.LeftEnd
	if side == 1 {
		starts, ends = o.op.RightStart, o.op.RightEnd
	}
	start, end := operator.Millis(b.Cols[starts]), operator.Millis(b.Cols[ends])
	enc, err := rowcodec.NewEncoder(b.Cols)
	if err != nil {
		return err
	}
	o.window.Reset()
	var at []int
	for i := range b.Len() {
		if o.zone.Closing(end[i]) <= o.wm {
			o.late.Add(1)
			continue
		}
		o.window.AppendWindow(&o.base, i, start[i], end[i])
		at = append(at, i)
	}
	if o.slots, err = o.Ctx.Keyed.Resolve(&o.window, o.slots); err != nil {
		return err
	}
	var row []byte
	for k, i := range at {
		row = enc.Append(append(row[:0], flag(!o.hasNull(side, b, i))), i)
		o.sides[side].Append(o.slots[k], row)
		o.timers.Register(o.slots[k], o.zone.Closing(end[i]))
	}
	o.Ctx.Keyed.MarkDirty(o.slots)
	return nil
}

func (o *Window) encodeKeys(side int, b *batch.Batch) error {
	columns := o.keys[side].Columns
	if len(columns) == 0 {
		state.EmptyKeys(b.Len(), o.Ctx.MaxParallelism, &o.base)
		return nil
	}
	cols := make([]*batch.Column, len(columns))
	for i, c := range columns {
		cols[i] = b.Cols[c]
	}
	return state.EncodeKeys(cols, o.Ctx.MaxParallelism, &o.base)
}

// Watermark implements operator.Operator.
func (o *Window) Watermark(t int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	return o.advance(t)
}

func (o *Window) advance(t int64) error {
	o.wm = t
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
			if err := o.join(d.Slot); err != nil {
				return err
			}
		}
		o.Ctx.Keyed.Drop(slots)
	}
}

// join emits the result of a window.
func (o *Window) join(s int32) error {
	var rows [2][][]byte // those that join
	for side := range rows {
		var err error
		o.sides[side].Range(s, func(_ int, v []byte) bool {
			switch {
			case v[0] == 1:
				rows[side] = append(rows[side], v[1:])
			case side == 0 && o.kind == plan.AntiJoin:
				err = o.left(v[1:])
			case o.outer(side):
				err = o.pad(side, v[1:])
			}
			return err == nil
		})
		if err != nil {
			return err
		}
	}
	matched := make([]bool, len(rows[1]))
	for _, l := range rows[0] {
		pass, err := o.cond.passing(0, l, rows[1])
		if err != nil {
			return err
		}
		if err := o.joinRow(l, rows[1], pass, matched); err != nil {
			return err
		}
	}
	for i, r := range rows[1] {
		if !matched[i] && o.outer(1) {
			if err := o.pad(1, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// joinRow emits what a left row gives with the right rows that it matches.
func (o *Window) joinRow(row []byte, right [][]byte, pass []int32, matched []bool) error {
	switch {
	case o.kind == plan.SemiJoin || o.kind == plan.AntiJoin:
		if (len(pass) > 0) == (o.kind == plan.SemiJoin) {
			return o.left(row)
		}
		return nil
	case len(pass) == 0 && o.outer(0):
		return o.pad(0, row)
	}
	for _, i := range pass {
		matched[i] = true
		if err := o.emit(0, row, right[i]); err != nil {
			return err
		}
	}
	return nil
}
