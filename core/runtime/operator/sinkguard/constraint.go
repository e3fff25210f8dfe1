// Package sinkguard has the operators in front of a sink: constraints, the row kinds that it takes,
// and the order of changes of a key.
package sinkguard

import (
	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

var notNullEnforcer = config.Enum("table.exec.sink.not-null-enforcer", "error",
	[]string{"error", "drop"}, "What happens to a row with NULL for a NOT NULL column.")

// Constraint is plan.ConstraintEnforcer.
type Constraint struct {
	operator.Base
	op   *plan.ConstraintEnforcer
	drop bool
	rows []int32
}

var _ operator.Operator = (*Constraint)(nil)

// NewConstraint makes the operator.
func NewConstraint(op *plan.ConstraintEnforcer) *Constraint { return &Constraint{op: op} }

// Open implements operator.Operator.
func (o *Constraint) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	mode, err := notNullEnforcer.Get(config.Map(ctx.Config))
	o.drop = o.op.Drop || mode == "drop"
	return err
}

// Process implements operator.Operator.
func (o *Constraint) Process(_ int, b *batch.Batch, out operator.Output) error {
	bad := -1
	for _, c := range o.op.NotNull {
		if b.Cols[c].NullCount() > 0 {
			bad = c
		}
	}
	if bad < 0 {
		b.Retain()
		out.Emit(0, b)
		return nil
	}
	if !o.drop {
		return errs.Dataf("column '%s' is NOT NULL, but a NULL value is being written into it",
			b.Schema.Fields[bad].Name).
			Fix("set 'table.exec.sink.not-null-enforcer' = 'drop' to leave such rows out")
	}
	o.rows = o.rows[:0]
	for i := range b.Len() {
		keep := true
		for _, c := range o.op.NotNull {
			keep = keep && !b.Cols[c].IsNull(i)
		}
		if keep {
			o.rows = append(o.rows, int32(i))
		}
	}
	out.Emit(0, b.Take(o.rows))
	return nil
}
