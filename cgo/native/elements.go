package native

import (
	"encoding/json"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// elements turns a batch of one typed column into the payload of fetch that is a list: shape is
// the JSON of a python.Shape, None for who wants columns. made is false where the column's type has
// other Python values for a program than for a function. The GIL is held.
func elements(b *batch.Batch, shape python.Object) (payload python.Object, made bool, err error) {
	if shape.IsNone() || len(b.Cols) != 1 || !sameForPrograms(b.Cols[0].Type) {
		return python.Nil, false, nil
	}
	text, err := shape.Text()
	if err != nil {
		return python.Nil, false, err
	}
	var s python.Shape
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return python.Nil, false, errs.Internalf("the shape of elements %q: %v", text, err)
	}
	typed, err := python.NewTyped(b.Cols[0].Type, s)
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
