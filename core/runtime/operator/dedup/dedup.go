// Package dedup keeps the first or last row of each key.
package dedup

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// New makes the operator of plan.Deduplicate; schema is that of its input and output.
func New(op *plan.Deduplicate, schema *types.Schema) operator.Operator {
	k := keeper{op: op, schema: schema}
	k.loop.Keys.Columns = op.Keys
	if op.WindowColumns != nil || op.TimeColumn >= 0 && !op.KeepLast {
		return &Timed{keeper: k}
	}
	return &Last{keeper: k}
}

// keeper is the state of both operators: the time of the best row of each key (0 by processing
// time) and, as long as it is needed, the row.
type keeper struct {
	operator.Base
	op     *plan.Deduplicate
	schema *types.Schema
	loop   operator.RowLoop
	kept   *state.Bytes
	time   *state.Value[int64]
	rows   *operator.Rows
}

func (k *keeper) open(ctx *operator.Context) error {
	k.Ctx = ctx
	k.rows = operator.NewRows(k.schema, ctx)
	k.kept = state.NewBytes(operator.RowEvolution(k.schema))
	k.time = state.NewValue[int64]("time")
	if err := ctx.Keyed.Register("row", k.kept); err != nil {
		return err
	}
	if err := ctx.Keyed.Register("time", k.time); err != nil {
		return err
	}
	if k.op.WindowColumns != nil { // windows end by themselves
		return nil
	}
	var err error
	k.loop.Expiry, err = operator.NewExpiry(ctx, k.op.StateTTLMs)
	return err
}

// times are the row times of a batch; nil by processing time, when the order of arrival counts.
func (k *keeper) times(b *batch.Batch) ([]int64, error) {
	if k.op.TimeColumn < 0 {
		return nil, nil
	}
	c := b.Cols[k.op.TimeColumn]
	if c.NullCount() > 0 {
		return nil, errs.Dataf("the row time '%s' is NULL", k.schema.Fields[k.op.TimeColumn].Name).
			Fix("filter such rows before ROW_NUMBER")
	}
	return operator.Millis(c), nil
}

// better says whether a row of a time replaces the one that is kept.
func (k *keeper) better(s int32, times []int64, i int) bool {
	if times == nil {
		return k.op.KeepLast
	}
	had, _ := k.time.Get(s)
	if k.op.KeepLast {
		return times[i] >= had
	}
	return times[i] < had
}

func (k *keeper) emit(kind types.RowKind, row []byte) error {
	if _, err := rowcodec.Decode(row, k.rows.Cols); err != nil {
		return err
	}
	k.rows.Row(kind)
	return nil
}

// Last emits each row that is better than the one before: the last one by row or processing time,
// or the first one by processing time, which is never replaced.
type Last struct {
	keeper
	any  bool // rows have come
	past bool // see Backlog
	pass []int32
}

var _ operator.Operator = (*Last)(nil)

// Open implements operator.Operator.
func (o *Last) Open(ctx *operator.Context) error { return o.open(ctx) }

// Process implements operator.Operator.
func (o *Last) Process(_ int, b *batch.Batch, out operator.Output) error {
	times, err := o.times(b)
	if err != nil {
		return err
	}
	if err := o.note(b, out); err != nil {
		return err
	}
	if !o.keepsRows() {
		return o.through(b, times, out)
	}
	return o.loop.Run(o.Ctx, b, o.rows, out, func(i int, slot int32) error {
		return o.add(slot, times, i)
	})
}

// keepsRows says whether the row of a key is needed again; else its time is all that is kept.
func (o *Last) keepsRows() bool { return o.op.KeepLast && (o.op.UpdateBefore || o.past) }

// through emits the better rows of b as they stand in it.
func (o *Last) through(b *batch.Batch, times []int64, out operator.Output) error {
	slots, err := o.loop.Begin(o.Ctx, b)
	if err != nil {
		return err
	}
	o.pass = o.pass[:0]
	kinds, updates := make([]types.RowKind, 0, len(slots)), false
	for i, s := range slots {
		kind := types.Insert
		if o.time.Has(s) {
			if !o.better(s, times, i) {
				continue
			}
			kind, updates = types.UpdateAfter, true
		}
		o.pass, kinds = append(o.pass, int32(i)), append(kinds, kind)
		o.keep(s, times, i, nil)
	}
	o.Ctx.Keyed.MarkDirty(slots)
	if !updates {
		kinds = nil
	}
	rows := b.Take(o.pass)
	if len(rows.Kinds) > 0 || len(kinds) > 0 || rows.Times != nil { // rows may be b itself
		rows = rows.WithColumns(o.schema, rows.Cols)
		rows.Kinds, rows.Times = kinds, nil
	}
	out.Emit(0, rows)
	return nil
}

func (o *Last) add(s int32, times []int64, i int) error {
	had := o.time.Has(s)
	if had && !o.better(s, times, i) {
		return nil
	}
	kind := types.UpdateAfter
	switch {
	case o.past:
		o.keep(s, times, i, o.loop.Row(i))
		return nil
	case !had:
		kind = types.Insert
	case o.op.UpdateBefore:
		old, _ := o.kept.Get(s)
		if err := o.emit(types.UpdateBefore, old); err != nil {
			return err
		}
	}
	row := o.loop.Row(i)
	if err := o.emit(kind, row); err != nil {
		return err
	}
	o.keep(s, times, i, row)
	return nil
}

// keep notes the row of a key that is the best now, and its time.
func (o *Last) keep(s int32, times []int64, i int, row []byte) {
	o.loop.Expiry.Written(s)
	*o.time.At(s) = 0
	if times != nil {
		o.time.Set(s, times[i])
	}
	if o.keepsRows() {
		o.kept.Set(s, row)
	}
}
