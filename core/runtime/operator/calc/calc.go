// Package calc filters and projects batches with expressions of the engine.
package calc

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// Operator is plan.Calc.
type Operator struct {
	operator.Base
	op     *plan.Calc
	schema *types.Schema

	exprs *expr.Group // the condition, then those of the output
	moves []int       // by output: the column that it is, -1: computed
	eval  *expr.EvalContext
	rows  []int32
}

var _ operator.Operator = (*Operator)(nil)

// New makes the operator; schema is that of its output.
func New(op *plan.Calc, schema *types.Schema) *Operator {
	return &Operator{op: op, schema: schema}
}

// Open implements operator.Operator.
func (o *Operator) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	var err error
	if o.eval, err = operator.EvalContext(ctx); err != nil {
		return err
	}
	all := append([]expr.Expr{o.op.Condition}, o.op.Exprs...)
	o.moves = make([]int, len(o.op.Exprs))
	for i, e := range o.op.Exprs {
		o.moves[i] = -1
		if c, ok := e.(*expr.Column); ok {
			o.moves[i], all[i+1] = c.Index, nil
		}
	}
	o.exprs, err = expr.CompileGroup(all...)
	return err
}

// Process implements operator.Operator.
func (o *Operator) Process(_ int, b *batch.Batch, out operator.Output) error {
	o.eval.Watermark = o.Ctx.Watermark()
	o.exprs.Begin(b)
	defer o.exprs.End()
	some := false
	if o.op.Condition != nil {
		rows, err := o.exprs.Filter(o.eval, 0, o.rows)
		if err != nil {
			return err
		}
		o.rows = rows
		if some = len(rows) < b.Len(); some {
			o.exprs.Keep(rows)
		}
	}
	cols := make([]*batch.Column, len(o.moves))
	for i, at := range o.moves {
		if at >= 0 {
			cols[i] = o.exprs.Column(at)
			continue
		}
		var err error
		if cols[i], err = o.exprs.Eval(o.eval, i+1); err != nil {
			for _, c := range cols[:i] {
				c.Release()
			}
			return err
		}
	}
	if some {
		b = b.TakeWith(o.rows, o.schema, cols)
	} else {
		b = b.WithColumns(o.schema, cols)
	}
	out.Emit(0, b)
	return nil
}
