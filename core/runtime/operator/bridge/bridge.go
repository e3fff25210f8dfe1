// Package bridge turns the elements of a DataStream into rows of a table and back.
package bridge

import (
	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// From is plan.FromStream.
type From struct {
	operator.Base
	op     *plan.FromStream
	schema *types.Schema
}

var _ operator.Operator = (*From)(nil)

// NewFrom makes the operator; schema is that of its output.
func NewFrom(op *plan.FromStream, schema *types.Schema) *From {
	return &From{op: op, schema: schema}
}

// Process implements operator.Operator.
func (o *From) Process(_ int, b *batch.Batch, out operator.Output) error {
	value := b.Cols[0]
	var present []int32 // rows of the fields; nil: no element is null
	if value.Type.Kind == types.Row && value.NullCount() > 0 {
		present = make([]int32, value.Len())
		for i := range present {
			present[i] = int32(i)
			if value.IsNull(i) {
				present[i] = -1
			}
		}
	}
	cols := make([]*batch.Column, len(o.op.Columns))
	for i, from := range o.op.Columns {
		t := o.schema.Fields[i].Type
		if from == -2 {
			c, err := o.times(b, t)
			if err != nil {
				return err
			}
			cols[i] = c
			continue
		}
		c, err := as(field(value, from, present), t)
		if err != nil {
			return errs.Dataf("column '%s': %v", o.schema.Fields[i].Name, err)
		}
		cols[i] = c
	}
	made := b.WithColumns(o.schema, cols)
	if kinds := kindsOf(value); kinds != nil {
		made.Kinds = kinds
	} else if err := insertsOnly(made.Kinds); err != nil {
		return err
	}
	out.Emit(0, made)
	return nil
}

// field is a field of the elements, or they themselves (-1).
func field(value *batch.Column, from int, present []int32) *batch.Column {
	switch {
	case from == -1:
		return value
	case present != nil:
		return batch.Take(value.Child(from), present)
	}
	value.Retain() // a field of foreign memory keeps the whole element
	return value.Child(from)
}

// as gives a column the type that the table's schema declares for it, converted where the two are
// laid out otherwise.
func as(c *batch.Column, t types.Type) (*batch.Column, error) {
	if c.Type.Kind == types.Object || sameForm(c.Type, t) {
		return c.WithType(t), nil
	}
	v, err := kernel.Cast(kernel.NewContext(still), kernel.ColVec(c), c.Len(), t, false)
	if err != nil {
		return nil, err
	}
	return v.Column(c.Len()).WithType(t), nil
}

// still is the clock of casts, which ask for no time.
var still = clock.NewManual(0)

// sameForm says whether columns of the two types hold their values in the same way.
func sameForm(a, b types.Type) bool {
	switch {
	case a.Kind == types.Char || a.Kind == types.Varchar:
		return b.Kind == types.Char || b.Kind == types.Varchar
	case a.Kind == types.Binary || a.Kind == types.Varbinary:
		return b.Kind == types.Binary || b.Kind == types.Varbinary
	case a.Kind != b.Kind || a.Unit() != b.Unit():
		return false
	}
	switch a.Kind {
	case types.Decimal:
		return a.Precision == b.Precision && a.Scale == b.Scale
	case types.Array, types.Multiset:
		return sameForm(*a.Elem, *b.Elem)
	case types.Map:
		return sameForm(*a.Key, *b.Key) && sameForm(*a.Elem, *b.Elem)
	case types.Row:
		if len(a.Fields) != len(b.Fields) {
			return false
		}
		for i := range a.Fields {
			if !sameForm(a.Fields[i].Type, b.Fields[i].Type) {
				return false
			}
		}
	}
	return true
}

// insertsOnly refuses rows of a stream that is not read as one of changes.
func insertsOnly(kinds []types.RowKind) error {
	for _, k := range kinds {
		if k != types.Insert {
			return errs.Dataf("the stream is read as one of inserted rows, but has %s", k).
				Fix("use from_changelog_stream")
		}
	}
	return nil
}

// kindsOf are the row kinds that a field of the elements holds; nil: there is none.
func kindsOf(value *batch.Column) []types.RowKind {
	if value.Type.Kind != types.Row {
		return nil
	}
	for i, f := range value.Type.Fields {
		if f.Name == plan.KindField {
			held := batch.Values[int8](value.Child(i))
			kinds := make([]types.RowKind, value.Len())
			for r := range kinds {
				kinds[r] = types.RowKind(held[r])
			}
			return kinds
		}
	}
	return nil
}

// times are the records' timestamps as a column.
func (o *From) times(b *batch.Batch, t types.Type) (*batch.Column, error) {
	scale := int64(1)
	switch t.Unit() {
	case 6:
		scale = 1000
	case 9:
		scale = 1_000_000
	}
	values := make([]int64, b.Len())
	for i := range values {
		ms := b.Time(i)
		if ms == batch.NoTime {
			return nil, errs.Dataf("the stream's records have no timestamp, which the column '%s' "+
				"is made of", o.schema.Fields[0].Name).
				Fix("assign timestamps and watermarks before the stream becomes a table")
		}
		values[i] = ms * scale
	}
	return batch.MakeFixed(t, values, nil), nil
}

// To is plan.ToStream.
type To struct {
	operator.Base
	op     *plan.ToStream
	schema *types.Schema
}

var _ operator.Operator = (*To)(nil)

// NewTo makes the operator; schema is that of its output.
func NewTo(op *plan.ToStream, schema *types.Schema) *To { return &To{op: op, schema: schema} }

// Process implements operator.Operator.
func (o *To) Process(_ int, b *batch.Batch, out operator.Output) error {
	for _, c := range b.Cols {
		c.Retain()
	}
	row := batch.MakeRow(o.schema.Fields[0].Type, b.Len(), b.Cols, nil)
	r := b.WithColumns(o.schema, []*batch.Column{row})
	if o.op.RowTime >= 0 {
		r.Times = append([]int64(nil), operator.Millis(b.Cols[o.op.RowTime])...)
		for i := range r.Times {
			if b.Cols[o.op.RowTime].IsNull(i) {
				r.Times[i] = batch.NoTime
			}
		}
	}
	out.Emit(0, r)
	return nil
}
