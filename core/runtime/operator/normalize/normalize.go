// Package normalize turns an upsert stream into a full changelog.
package normalize

import (
	"bytes"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Operator is plan.ChangelogNormalize; the newest row of each key is its state.
type Operator struct {
	operator.Base
	op     *plan.ChangelogNormalize
	schema *types.Schema
	loop   operator.RowLoop
	last   *state.Bytes
	rows   *operator.Rows
	buf    []byte
}

var _ operator.Operator = (*Operator)(nil)

// New makes the operator; schema is that of its input and output.
func New(op *plan.ChangelogNormalize, schema *types.Schema) *Operator {
	return &Operator{op: op, schema: schema,
		loop: operator.RowLoop{Keys: operator.Keys{Columns: op.Keys}}}
}

// Open implements operator.Operator.
func (o *Operator) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.rows = operator.NewRows(o.schema, ctx)
	o.last = state.NewBytes(operator.RowEvolution(o.schema))
	if err := ctx.Keyed.Register("last", o.last); err != nil {
		return err
	}
	var err error
	o.loop.Expiry, err = operator.NewExpiry(ctx, o.op.StateTTLMs)
	return err
}

// Process implements operator.Operator.
func (o *Operator) Process(_ int, b *batch.Batch, out operator.Output) error {
	return o.loop.Run(o.Ctx, b, o.rows, out, func(i int, slot int32) error {
		o.buf = o.loop.Row(i)
		o.loop.Expiry.Written(slot)
		return o.change(slot, b.Kind(i))
	})
}

func (o *Operator) change(s int32, kind types.RowKind) error {
	old, had := o.last.Get(s)
	if !kind.IsAdd() {
		if !had {
			return nil
		}
		if err := o.emit(types.Delete, old); err != nil {
			return err
		}
		o.last.Clear([]int32{s})
		return nil
	}
	switch {
	case !had:
		if err := o.emit(types.Insert, o.buf); err != nil {
			return err
		}
	case o.op.StateTTLMs <= 0 && bytes.Equal(old, o.buf): // else it keeps state below alive
		return nil
	default:
		if o.op.UpdateBefore {
			if err := o.emit(types.UpdateBefore, old); err != nil {
				return err
			}
		}
		if err := o.emit(types.UpdateAfter, o.buf); err != nil {
			return err
		}
	}
	o.last.Set(s, o.buf)
	return nil
}

func (o *Operator) emit(kind types.RowKind, row []byte) error {
	if _, err := rowcodec.Decode(row, o.rows.Cols); err != nil {
		return err
	}
	o.rows.Row(kind)
	return nil
}
