// Package single checks that a relation has one row at most: a subquery used as a value.
package single

import (
	"encoding/binary"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Operator is plan.SingleRow: rows pass; more than one at a time is an error of the program.
type Operator struct {
	operator.Base
	count int64
}

var _ operator.Operator = (*Operator)(nil)

// New makes the operator.
func New() *Operator { return &Operator{} }

// Open implements operator.Operator.
func (o *Operator) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	if ctx.OperatorState == nil {
		return nil
	}
	saved, err := ctx.OperatorState.List("count", state.Split)
	for _, s := range saved {
		n, _ := binary.Varint(s)
		o.count += n
	}
	return err
}

// Process implements operator.Operator.
func (o *Operator) Process(_ int, b *batch.Batch, out operator.Output) error {
	for i := range b.Len() {
		if b.Kind(i).IsAdd() {
			o.count++
		} else {
			o.count--
		}
		if o.count > 1 {
			return many()
		}
	}
	b.Retain()
	out.Emit(0, b)
	return nil
}

func many() error {
	return errs.Userf("SingleValueAggFunction received more than one element: a subquery " +
		"used as a value gave more than one row").
		Fix("add LIMIT 1, or aggregate it with MAX or ANY_VALUE")
}

// Snapshot implements operator.Operator.
func (o *Operator) Snapshot(int64) error {
	o.Ctx.OperatorState.SetList("count", state.Split, [][]byte{binary.AppendVarint(nil, o.count)})
	return nil
}
