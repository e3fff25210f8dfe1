// Package union puts streams of equal schemas together.
package union

import (
	"slices"

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
	out.Emit(0, b.WithColumns(o.schema, o.alike(b.Cols)))
	return nil
}

// alike takes columns over and gives them the types of the output: inputs may be stricter about what
// is NULL.
func (o *Operator) alike(in []*batch.Column) []*batch.Column {
	cols := slices.Clone(in)
	for i, f := range o.schema.Fields {
		if c := in[i]; !c.Type.Equal(f.Type) {
			cols[i] = c.Retype(f.Type)
			c.Release()
		}
	}
	return cols
}
