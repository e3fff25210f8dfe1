package hashjoin

import (
	"slices"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// residual is what a join asks besides equal keys, over the columns that it reads only.
type residual struct {
	program *expr.Program // nil: nothing
	eval    *expr.EvalContext
	columns []int // of both sides
	schema  *types.Schema
	pass    []int32
}

func newResidual(
	ctx *operator.Context, op *plan.Join, left, right *types.Schema,
) (residual, error) {
	var r residual
	if op.Condition == nil {
		return r, nil
	}
	r.columns = expr.Columns(op.Condition)
	slices.Sort(r.columns)
	to := make([]int, left.Len()+right.Len())
	r.schema = &types.Schema{}
	for i, c := range r.columns {
		to[c] = i
		if c < left.Len() {
			r.schema.Fields = append(r.schema.Fields, left.Fields[c])
		} else {
			r.schema.Fields = append(r.schema.Fields, right.Fields[c-left.Len()])
		}
	}
	var err error
	if r.eval, err = operator.EvalContext(ctx); err != nil {
		return r, err
	}
	r.program, err = expr.Compile(expr.Remap(op.Condition, to))
	return r, err
}

// condition keeps the pairs for which the residual condition holds.
func (o *Join) condition(b *batch.Batch) error {
	r := &o.residual
	if r.program == nil || len(o.pairs.probe) == 0 {
		return nil
	}
	width := o.schemas[0].Len()
	cols := make([]*batch.Column, len(r.columns))
	for i, c := range r.columns {
		side := 0
		if c >= width {
			side, c = 1, c-width
		}
		if side == o.build {
			cols[i] = batch.Take(o.table.rows.Cols[c], o.pairs.build)
		} else {
			cols[i] = batch.Take(b.Cols[c], o.pairs.probe)
		}
	}
	both := batch.New(r.schema, cols, len(o.pairs.probe))
	defer both.Release()
	var err error
	if r.pass, err = r.program.EvalFilter(r.eval, both, r.pass[:0]); err != nil {
		return err
	}
	o.pairs.keep(r.pass)
	return nil
}
