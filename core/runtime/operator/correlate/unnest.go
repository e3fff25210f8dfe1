// Package correlate joins each row with the rows that a function makes of it.
package correlate

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// Unnest is plan.Correlate over the elements of an ARRAY, MAP or MULTISET.
type Unnest struct {
	operator.Base
	op      *plan.Correlate
	in      *types.Schema
	schema  *types.Schema
	program *expr.Program
	filter  *filter
}

var _ operator.Operator = (*Unnest)(nil)

// NewUnnest makes the operator; in and schema are those of its input and output.
func NewUnnest(op *plan.Correlate, in, schema *types.Schema) *Unnest {
	return &Unnest{op: op, in: in, schema: schema}
}

// Open implements operator.Operator.
func (o *Unnest) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	var err error
	if o.program, err = expr.Compile(o.op.Unnest); err != nil {
		return err
	}
	o.filter, err = newFilter(ctx, o.op, o.in, o.schema)
	return err
}

// Process implements operator.Operator.
func (o *Unnest) Process(_ int, b *batch.Batch, out operator.Output) error {
	col, err := o.program.Eval(o.filter.eval, b)
	if err != nil {
		return err
	}
	defer col.Release()
	var rows, elements, ordinals []int32
	multiset := col.Type.Kind == types.Multiset
	offs := col.Offsets()
	for i := range b.Len() {
		if col.IsNull(i) {
			continue
		}
		n := int32(0)
		for e := offs[i]; e < offs[i+1]; e++ {
			times := int32(1)
			if multiset {
				times = batch.Values[int32](col.Child(1))[e]
			}
			for range times {
				n++
				rows, elements = append(rows, int32(i)), append(elements, e)
				ordinals = append(ordinals, n)
			}
		}
	}
	cols := o.elements(col, elements)
	if o.op.Ordinality {
		cols = append(cols, batch.MakeFixed(o.schema.Fields[o.schema.Len()-1].Type, ordinals, nil))
	}
	return o.filter.emit(b, cols, rows, false, out)
}

// elements are the columns of the elements at positions: the element, the fields of a ROW, or key
// and value of a map.
func (o *Unnest) elements(col *batch.Column, at []int32) []*batch.Column {
	first := batch.Take(col.Child(0), at)
	switch {
	case col.Type.Kind == types.Map:
		return []*batch.Column{first, batch.Take(col.Child(1), at)}
	case first.Type.Kind != types.Row:
		return []*batch.Column{first}
	}
	out := make([]*batch.Column, first.NumChildren())
	for i := range out {
		out[i] = batch.Take(first.Child(i), nullable(first))
	}
	return out
}

// nullable are the rows of a ROW column, -1 where the row is null: its fields are null then.
func nullable(c *batch.Column) []int32 {
	out := make([]int32, c.Len())
	for i := range out {
		out[i] = int32(i)
		if c.IsNull(i) {
			out[i] = -1
		}
	}
	return out
}
