package native

import (
	"encoding/json"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// shape says which ROW types inside a type are tuples in Python, and what the fields of the others
// are called there: a TypeInfo knows names that the plan's columns may not have.
type shape struct {
	Tuple bool
	Names []string
	Kids  []shape
}

func (s shape) kid(i int) shape {
	if i < len(s.Kids) {
		return s.Kids[i]
	}
	return shape{}
}

// tuples is the part of the shape that the converter knows.
func (s shape) tuples() python.Shape {
	p := python.Shape{Tuple: s.Tuple}
	for _, k := range s.Kids {
		p.Kids = append(p.Kids, k.tuples())
	}
	return p
}

// named is the type with the shape's field names.
func (s shape) named(t types.Type) types.Type {
	switch t.Kind {
	case types.Array:
		elem := s.kid(0).named(*t.Elem)
		t.Elem = &elem
	case types.Map:
		key, elem := s.kid(0).named(*t.Key), s.kid(1).named(*t.Elem)
		t.Key, t.Elem = &key, &elem
	case types.Row:
		fields := make([]types.Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = f
			fields[i].Type = s.kid(i).named(f.Type)
			if len(s.Names) == len(fields) {
				fields[i].Name = s.Names[i]
			}
		}
		t.Fields = fields
	}
	return t
}

// elements turns a batch of one typed column into the payload of fetch that is a list: want is
// the JSON of a shape, None for who wants columns. made is false where the column's type has other
// Python values for a program than for a function. The GIL is held.
func elements(b *batch.Batch, want python.Object) (payload python.Object, made bool, err error) {
	if want.IsNone() || len(b.Cols) != 1 || !sameForPrograms(b.Cols[0].Type) {
		return python.Nil, false, nil
	}
	text, err := want.Text()
	if err != nil {
		return python.Nil, false, err
	}
	var s shape
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return python.Nil, false, errs.Internalf("the shape of elements %q: %v", text, err)
	}
	typed, err := python.NewTyped(s.named(b.Cols[0].Type), s.tuples())
	if err != nil {
		return python.Nil, false, err
	}
	defer typed.Free()
	list, err := typed.List(b.Cols[0], b.Kinds)
	if err != nil {
		return python.Nil, false, err
	}
	return python.Tuple(python.Str("objects"), list, python.None()), true, nil
}

// sameForPrograms says whether a program is given the very values that functions get. It sees
// instants otherwise, and objects have a way of their own.
func sameForPrograms(t types.Type) bool {
	switch t.Kind {
	case types.Boolean, types.TinyInt, types.SmallInt, types.Int, types.BigInt, types.Float,
		types.Double, types.Char, types.Varchar, types.Date, types.Time, types.Timestamp:
		return true
	case types.Array:
		return sameForPrograms(*t.Elem)
	case types.Map:
		return sameForPrograms(*t.Key) && sameForPrograms(*t.Elem)
	case types.Row:
		for _, f := range t.Fields {
			if !sameForPrograms(f.Type) {
				return false
			}
		}
		return true
	}
	return false
}
