package sinkguard

import (
	"slices"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// DropBefore is plan.DropUpdateBefore. A +U that another batch begins with does not save the -U
// before it: a sink that is told to delete a row and then gets it has the same rows in the end.
type DropBefore struct {
	operator.Base
	op   *plan.DropUpdateBefore
	rows []int32
}

var _ operator.Operator = (*DropBefore)(nil)

// NewDropBefore makes the operator.
func NewDropBefore(op *plan.DropUpdateBefore) *DropBefore { return &DropBefore{op: op} }

// Process implements operator.Operator.
func (o *DropBefore) Process(_ int, b *batch.Batch, out operator.Output) error {
	if !slices.Contains(b.Kinds, types.UpdateBefore) {
		b.Retain()
		out.Emit(0, b)
		return nil
	}
	o.rows = o.rows[:0]
	for i, k := range b.Kinds {
		if k != types.UpdateBefore || o.lost(b, i) {
			o.rows = append(o.rows, int32(i))
		}
	}
	left := b.Take(o.rows)
	if len(o.op.Key) > 0 {
		left = left.WithColumns(left.Schema, left.Cols) // others may have the batch too
		left.Kinds = slices.Clone(left.Kinds)
		for i, k := range left.Kinds {
			if k == types.UpdateBefore {
				left.Kinds[i] = types.Delete
			}
		}
	}
	out.Emit(0, left)
	return nil
}

// lost says whether the row before an update goes without a new one.
func (o *DropBefore) lost(b *batch.Batch, i int) bool {
	if len(o.op.Key) == 0 {
		return false
	}
	next := i + 1
	return next == b.Len() || !b.Kinds[next].IsAdd() || slices.ContainsFunc(o.op.Key,
		func(k int) bool { return !batch.EqualAt(b.Cols[k], i, b.Cols[k], next) })
}
