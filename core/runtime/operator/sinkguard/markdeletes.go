package sinkguard

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
)

// MarkDeletes is plan.MarkDeletes.
type MarkDeletes struct{ operator.Base }

var _ operator.Operator = (*MarkDeletes)(nil)

// NewMarkDeletes makes the operator.
func NewMarkDeletes() *MarkDeletes { return &MarkDeletes{} }

// Process implements operator.Operator.
func (o *MarkDeletes) Process(_ int, b *batch.Batch, out operator.Output) error {
	b.Retain()
	marked := b.WithColumns(b.Schema, b.Cols)
	marked.Kinds = make([]types.RowKind, b.Len())
	for i := range marked.Kinds {
		marked.Kinds[i] = types.Delete
	}
	out.Emit(0, marked)
	return nil
}
