package connector

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Elements is the schema of the rows that a sink writes: the table's columns or, of a DataStream
// whose elements are ROWs, their fields.
func Elements(t *Table) (*types.Schema, error) {
	if !t.Stream {
		return t.Schema, nil
	}
	switch e := t.Schema.Fields[0].Type; e.Kind {
	case types.Row:
		return types.NewSchema(e.Fields...), nil
	case types.Object:
		return nil, errs.Userf("sink '%s' needs elements of a type", t.Name).
			Fix("give the operator in front of it an output_type, as Types.ROW_NAMED(…)")
	}
	return t.Schema, nil
}

// ElementsOf are the rows of a batch under the schema of Elements.
func ElementsOf(t *Table, b *batch.Batch) []*batch.Column {
	if !t.Stream || b.Cols[0].Type.Kind != types.Row {
		return b.Cols
	}
	cols := make([]*batch.Column, b.Cols[0].NumChildren())
	for i := range cols {
		cols[i] = b.Cols[0].Child(i)
	}
	return cols
}
