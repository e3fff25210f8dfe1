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

	condition *expr.Program
	exprs     []*expr.Program // nil: the column at moves
	moves     []int
	used      []bool // columns of the input that exprs and moves read
	eval      *expr.EvalContext
	rows      []int32
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
	if o.op.Condition != nil {
		if o.condition, err = expr.Compile(o.op.Condition); err != nil {
			return err
		}
	}
	o.used = usedColumns(o.op.Exprs)
	o.exprs, o.moves = make([]*expr.Program, len(o.op.Exprs)), make([]int, len(o.op.Exprs))
	for i, e := range o.op.Exprs {
		if c, ok := e.(*expr.Column); ok {
			o.moves[i] = c.Index
			continue
		}
		if o.exprs[i], err = expr.Compile(e); err != nil {
			return err
		}
	}
	return nil
}

// usedColumns marks the columns that expressions read.
func usedColumns(exprs []expr.Expr) []bool {
	used := []bool{}
	for _, e := range exprs {
		for _, c := range expr.Columns(e) {
			for len(used) <= c {
				used = append(used, false)
			}
			used[c] = true
		}
	}
	return used
}

// Process implements operator.Operator.
func (o *Operator) Process(_ int, b *batch.Batch, out operator.Output) error {
	o.eval.Watermark = o.Ctx.Watermark()
	b.Retain()
	if o.condition != nil {
		rows, err := o.condition.EvalFilter(o.eval, b, o.rows)
		if err != nil {
			b.Release()
			return err
		}
		o.rows = rows
		if len(rows) < b.Len() {
			for len(o.used) < len(b.Cols) {
				o.used = append(o.used, false)
			}
			kept := b.TakeUsed(rows, o.used)
			b.Release()
			b = kept
		}
	}
	defer b.Release()
	cols := make([]*batch.Column, len(o.exprs))
	for i, p := range o.exprs {
		if p == nil {
			cols[i] = b.Cols[o.moves[i]]
			cols[i].Retain()
			continue
		}
		var err error
		if cols[i], err = p.Eval(o.eval, b); err != nil {
			for _, c := range cols[:i] {
				c.Release()
			}
			return err
		}
	}
	out.Emit(0, b.WithColumns(o.schema, cols))
	return nil
}
