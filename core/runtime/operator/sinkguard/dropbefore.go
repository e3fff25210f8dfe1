package sinkguard

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
)

// DropBefore is plan.DropUpdateBefore.
type DropBefore struct {
	operator.Base
	rows []int32
}

var _ operator.Operator = (*DropBefore)(nil)

// NewDropBefore makes the operator.
func NewDropBefore() *DropBefore { return &DropBefore{} }

// Process implements operator.Operator.
func (o *DropBefore) Process(_ int, b *batch.Batch, out operator.Output) error {
	if b.Kinds == nil {
		b.Retain()
		out.Emit(0, b)
		return nil
	}
	o.rows = o.rows[:0]
	for i, k := range b.Kinds {
		if k != types.UpdateBefore {
			o.rows = append(o.rows, int32(i))
		}
	}
	out.Emit(0, b.Take(o.rows))
	return nil
}
