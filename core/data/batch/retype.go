package batch

import (
	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"

	"github.com/headrace/headrace/core/data/types"
)

// Retype gives the column a type of equal representation, one that says otherwise what may be NULL
// or how fields of ROWs are called, down to Arrow's own types: those of columns that are put
// together have to be identical. The caller owns the result as well as c.
func (c *Column) Retype(t types.Type) *Column {
	if c.kids == nil || c.Type.EqualIgnoringNull(t) {
		return c.WithType(t)
	}
	c.Retain()
	data := retyped(c.arr.Data(), t.Arrow())
	arr := array.MakeFromData(data)
	data.Release()
	return FromArrow(t, arr, c.own)
}

// retyped shares the buffers of data under a type of the same layout.
func retyped(data arrow.ArrayData, t arrow.DataType) arrow.ArrayData {
	var want []arrow.Field
	if n, ok := t.(arrow.NestedType); ok {
		want = n.Fields()
	}
	kids := make([]arrow.ArrayData, len(data.Children()))
	for i, k := range data.Children() {
		kids[i] = retyped(k, want[i].Type)
		defer kids[i].Release()
	}
	return array.NewData(t, data.Len(), data.Buffers(), kids, data.NullN(), data.Offset())
}
