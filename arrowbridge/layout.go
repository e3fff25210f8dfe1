package arrowbridge

import (
	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
)

// sameLayout says whether buffers of one type can be read as the other: names, nullability and
// the name of a time zone do not count.
func sameLayout(a, b arrow.DataType) bool {
	if a.ID() != b.ID() {
		return false
	}
	switch x := a.(type) {
	case *arrow.TimestampType:
		return x.Unit == b.(*arrow.TimestampType).Unit
	case *arrow.Time32Type:
		return x.Unit == b.(*arrow.Time32Type).Unit
	case *arrow.Time64Type:
		return x.Unit == b.(*arrow.Time64Type).Unit
	case *arrow.DurationType:
		return x.Unit == b.(*arrow.DurationType).Unit
	case *arrow.Decimal128Type:
		y := b.(*arrow.Decimal128Type)
		return x.Scale == y.Scale && x.Precision <= y.Precision
	case *arrow.DictionaryType:
		return false
	}
	ka, kb := childTypes(a), childTypes(b)
	if len(ka) != len(kb) {
		return false
	}
	for i := range ka {
		if !sameLayout(ka[i], kb[i]) {
			return false
		}
	}
	return true
}

// retype returns the data under another type of the same layout.
func retype(d arrow.ArrayData, dt arrow.DataType) arrow.ArrayData {
	kids := make([]arrow.ArrayData, len(d.Children()))
	types := childTypes(dt)
	for i, k := range d.Children() {
		kids[i] = retype(k, types[i])
	}
	return array.NewData(dt, d.Len(), d.Buffers(), kids, d.NullN(), d.Offset())
}
