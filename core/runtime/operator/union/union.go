// Package union puts streams of equal schemas together.
package union

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
)

// Operator is plan.Union.
type Operator struct {
	operator.Base
	schema *types.Schema
}

var _ operator.Operator = (*Operator)(nil)

// New makes the operator; schema is that of its output.
func New(schema *types.Schema) *Operator { return &Operator{schema: schema} }

// Process implements operator.Operator.
func (o *Operator) Process(_ int, b *batch.Batch, out operator.Output) error {
	b.Retain()
	out.Emit(0, b.WithColumns(o.schema, b.Cols))
	return nil
}
