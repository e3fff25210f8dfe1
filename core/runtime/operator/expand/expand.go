// Package expand repeats rows under several projections: grouping sets.
package expand

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// Operator is plan.Expand: each row comes once for every projection, all of a row together.
type Operator struct {
	operator.Base
	op       *plan.Expand
	schema   *types.Schema
	programs [][]*expr.Program
	eval     *expr.EvalContext
	rows     *operator.Rows
}

var _ operator.Operator = (*Operator)(nil)

// New makes the operator; schema is that of its output.
func New(op *plan.Expand, schema *types.Schema) *Operator {
	return &Operator{op: op, schema: schema}
}

// Open implements operator.Operator.
func (o *Operator) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.rows = operator.NewRows(o.schema, ctx)
	var err error
	if o.eval, err = operator.EvalContext(ctx); err != nil {
		return err
	}
	for _, list := range o.op.Projects {
		var programs []*expr.Program
		for _, e := range list {
			p, err := expr.Compile(e)
			if err != nil {
				return err
			}
			programs = append(programs, p)
		}
		o.programs = append(o.programs, programs)
	}
	return nil
}

// Process implements operator.Operator.
func (o *Operator) Process(_ int, b *batch.Batch, out operator.Output) error {
	o.eval.Watermark = o.Ctx.Watermark()
	cols := make([][]*batch.Column, len(o.programs))
	for i, programs := range o.programs {
		for _, p := range programs {
			c, err := p.Eval(o.eval, b)
			if err != nil {
				return err
			}
			cols[i] = append(cols[i], c)
		}
	}
	o.rows.Begin(out)
	defer o.rows.End()
	return b.Segments(
		func(t int64) error { o.rows.Mark(t); return nil },
		func(from, to int) error {
			for r := from; r < to; r++ {
				for _, set := range cols {
					for c, col := range set {
						o.rows.Cols[c].AppendFrom(col, r)
					}
					o.rows.Row(b.Kind(r))
				}
			}
			return nil
		})
}
