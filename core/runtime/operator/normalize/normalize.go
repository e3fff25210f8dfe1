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
	keys   operator.Keys
	last   *state.Bytes
	rows   *operator.Rows
	buf    []byte
}

var _ operator.Operator = (*Operator)(nil)

// New makes the operator; schema is that of its input and output.
func New(op *plan.ChangelogNormalize, schema *types.Schema) *Operator {
	return &Operator{op: op, schema: schema, keys: operator.Keys{Columns: op.Keys}}
}

// Open implements operator.Operator.
func (o *Operator) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.rows = operator.NewRows(o.schema, ctx)
	o.last = state.NewBytes(operator.RowEvolution(o.schema))
	return ctx.Keyed.Register("last", o.last)
}

// Process implements operator.Operator.
func (o *Operator) Process(_ int, b *batch.Batch, out operator.Output) error {
	slots, err := o.keys.Resolve(o.Ctx, b)
	if err != nil {
		return err
	}
	enc, err := rowcodec.NewEncoder(b.Cols)
	if err != nil {
		return err
	}
	o.rows.Begin(out)
	defer o.rows.End()
	defer o.Ctx.Keyed.MarkDirty(slots)
	return b.Segments(
		func(t int64) error { o.rows.Mark(t); return nil },
		func(from, to int) error {
			for i := from; i < to; i++ {
				o.buf = enc.Append(o.buf[:0], i)
				if err := o.change(slots[i], b.Kind(i)); err != nil {
					return err
				}
			}
			return nil
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
	case bytes.Equal(old, o.buf):
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
