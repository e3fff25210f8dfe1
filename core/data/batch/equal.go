package batch

import "github.com/headrace/headrace/core/data/types"

// EqualAt says whether row i of a and row j of b, columns of one type, are the same: nulls are equal
// to each other, floating-point values when their bits are.
func EqualAt(a *Column, i int, b *Column, j int) bool {
	if a.IsNull(i) || b.IsNull(j) {
		return a.IsNull(i) == b.IsNull(j)
	}
	switch {
	case a.Type.Kind == types.Null:
		return true
	case a.Type.Kind == types.Boolean:
		return a.Bool(i) == b.Bool(j)
	case a.Type.Kind == types.Row:
		for k := range a.kids {
			if !EqualAt(a.kids[k], i, b.kids[k], j) {
				return false
			}
		}
		return true
	case a.kids != nil:
		return equalLists(a, i, b, j)
	case a.offs != nil:
		return a.Str(i) == b.Str(j)
	}
	switch fixedWidth(a) {
	case 1:
		return Values[int8](a)[i] == Values[int8](b)[j]
	case 2:
		return Values[int16](a)[i] == Values[int16](b)[j]
	case 4:
		return Values[int32](a)[i] == Values[int32](b)[j]
	case 8:
		return Values[int64](a)[i] == Values[int64](b)[j]
	}
	return Values[Decimal](a)[i] == Values[Decimal](b)[j]
}

func equalLists(a *Column, i int, b *Column, j int) bool {
	n := a.offs[i+1] - a.offs[i]
	if n != b.offs[j+1]-b.offs[j] {
		return false
	}
	for k := range n {
		for c := range a.kids {
			if !EqualAt(a.kids[c], int(a.offs[i]+k), b.kids[c], int(b.offs[j]+k)) {
				return false
			}
		}
	}
	return true
}
