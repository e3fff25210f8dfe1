package sinkguard

import (
	"bytes"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Materialize is plan.SinkMaterialize: it keeps the rows of each primary key in order of arrival
// and gives the sink the newest one that has not been taken back.
type Materialize struct {
	operator.Base
	op     *plan.SinkMaterialize
	keys   operator.Keys
	list   *state.List
	rows   *operator.Rows
	expiry *operator.Expiry
	buf    []byte
}

var _ operator.Operator = (*Materialize)(nil)

// NewMaterialize makes the operator; schema is that of its input and output.
func NewMaterialize(op *plan.SinkMaterialize, schema *types.Schema) *Materialize {
	return &Materialize{op: op, keys: operator.Keys{Columns: op.Keys},
		rows: operator.NewRows(schema, &operator.Context{})}
}

// Open implements operator.Operator.
func (o *Materialize) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.rows = operator.NewRows(o.rows.Schema, ctx)
	o.list = state.NewList(operator.RowEvolution(o.rows.Schema))
	if err := ctx.Keyed.Register("rows", o.list); err != nil {
		return err
	}
	var err error
	o.expiry, err = operator.NewExpiry(ctx, o.op.StateTTLMs)
	return err
}

// Process implements operator.Operator.
func (o *Materialize) Process(_ int, b *batch.Batch, out operator.Output) error {
	if err := o.expiry.Sweep(); err != nil {
		return err
	}
	slots, err := o.keys.Resolve(o.Ctx, b)
	if err != nil {
		return err
	}
	o.expiry.Expire(slots)
	enc, err := rowcodec.NewEncoder(b.Cols)
	if err != nil {
		return err
	}
	o.rows.Begin(out)
	defer o.rows.End()
	for i, s := range slots {
		o.buf = enc.Append(o.buf[:0], i)
		if b.Kind(i).IsAdd() {
			kind := types.Insert
			if o.list.Len(s) > 0 {
				kind = types.UpdateAfter
			}
			o.list.Append(s, o.buf)
			if err := o.emit(kind, o.buf); err != nil {
				return err
			}
			continue
		}
		if err := o.retract(s); err != nil {
			return err
		}
	}
	o.expiry.Written(slots...)
	o.Ctx.Keyed.MarkDirty(slots)
	for _, m := range b.Marks {
		o.rows.Mark(m.Time)
	}
	return nil
}

// retract removes the newest row equal to buf.
func (o *Materialize) retract(s int32) error {
	at, n := -1, o.list.Len(s)
	var before []byte
	o.list.Range(s, func(i int, row []byte) bool {
		if bytes.Equal(row, o.buf) {
			at = i
		}
		return true
	})
	if at < 0 {
		return nil
	}
	if at == n-1 && n > 1 {
		o.list.Range(s, func(i int, row []byte) bool {
			if i == n-2 {
				before = bytes.Clone(row)
			}
			return true
		})
	}
	o.list.Filter(s, func(i int, _ []byte) bool { return i != at })
	switch {
	case n == 1:
		return o.emit(types.Delete, o.buf)
	case before != nil:
		return o.emit(types.UpdateAfter, before)
	}
	return nil
}

func (o *Materialize) emit(kind types.RowKind, row []byte) error {
	if _, err := rowcodec.Decode(row, o.rows.Cols); err != nil {
		return err
	}
	o.rows.Row(kind)
	return nil
}
