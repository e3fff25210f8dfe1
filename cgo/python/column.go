package python

/*
#include <stdlib.h>
#include "column.h"
*/
import "C"

import (
	"runtime"
	"unsafe"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// newType makes the C form of a type; zone is the session's tzinfo, Nil for UTC. The GIL is held.
func newType(t types.Type, zone Object) (*C.hr_type, error) {
	kids := kidTypes(t)
	name := C.CString(t.String())
	defer C.free(unsafe.Pointer(name))
	ct := C.hr_type_new(C.int(t.Kind), C.int(len(kids)), name)
	if ct == nil {
		return nil, fetched()
	}
	ct.not_null = cBool(t.NotNull)
	ct.unit, ct.precision, ct.scale = C.int(t.Unit()), C.int(t.Precision), C.int(t.Scale)
	if t.Kind == types.TimestampLTZ {
		ct.zone = zone.Keep().p
	}
	if t.Kind == types.Row {
		names := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			names[i] = f.Name
		}
		ct.names = fieldNames(names).p
	}
	slots := unsafe.Slice(ct.kids, len(kids))
	for i, k := range kids {
		kid, err := newType(k, zone)
		if err != nil {
			C.hr_type_free(ct)
			return nil, err
		}
		slots[i] = kid
	}
	if C.hr_type_ready(ct, C.int(widthOf(t))) != 0 {
		C.hr_type_free(ct)
		return nil, fetched()
	}
	return ct, nil
}

// fieldNames makes the list of names that Rows carry. Interned, a name is the very object that
// Python looks an attribute up by.
func fieldNames(names []string) Object {
	list := make([]Object, len(names))
	for i, n := range names {
		s := Str(n)
		C.hr_intern(&s.p)
		list[i] = s
	}
	return List(list...)
}

func cBool(v bool) C.int {
	if v {
		return 1
	}
	return 0
}

// kidTypes are the types of the child columns, as batch.Column numbers them.
func kidTypes(t types.Type) []types.Type {
	switch t.Kind {
	case types.Array:
		return []types.Type{*t.Elem}
	case types.Map:
		return []types.Type{*t.Key, *t.Elem}
	case types.Multiset:
		return []types.Type{*t.Elem, types.Of(types.Int).Nullable(false)}
	case types.Row:
		kids := make([]types.Type, len(t.Fields))
		for i, f := range t.Fields {
			kids[i] = f.Type
		}
		return kids
	}
	return nil
}

// widthOf is the width of a fixed-width value in bytes, 0 for other kinds.
func widthOf(t types.Type) int {
	switch t.Kind {
	case types.TinyInt:
		return 1
	case types.SmallInt:
		return 2
	case types.Int, types.Float, types.Date, types.IntervalYM:
		return 4
	case types.Time:
		if t.Unit() == 3 {
			return 4
		}
		return 8
	case types.BigInt, types.Double, types.Timestamp, types.TimestampLTZ, types.IntervalDT,
		types.Object:
		return 8
	case types.Decimal:
		return 16
	}
	return 0
}

// fillView points a view at a column's buffers, which it pins: the view is good until the pinner
// lets go.
func fillView(v *C.hr_view, c *batch.Column, pin *runtime.Pinner) {
	valid, off := c.Validity()
	v.valid = (*C.uint8_t)(pinned(pin, valid))
	v.valid_off = C.int64_t(off)
	switch k := c.Type.Kind; {
	case k == types.Null:
		return
	case k == types.Boolean:
		bits, off := c.Bits()
		v.data = pinned(pin, bits)
		v.bit_off = C.int64_t(off)
	case k == types.Array || k == types.Map || k == types.Multiset || k == types.Row:
		if k != types.Row {
			v.offs = (*C.int32_t)(pinned(pin, c.Offsets()))
		}
		kids := unsafe.Slice(v.kids, c.NumChildren())
		for i := range kids {
			fillView(&kids[i], c.Child(i), pin)
		}
	case c.Type.IsString() || c.Type.IsBytes():
		v.offs = (*C.int32_t)(pinned(pin, c.Offsets()))
		v.bytes = (*C.uint8_t)(pinned(pin, c.Data()))
	default:
		v.data = fixedData(pin, c)
	}
}

func fixedData(pin *runtime.Pinner, c *batch.Column) unsafe.Pointer {
	switch widthOf(c.Type) {
	case 1:
		return pinned(pin, batch.Values[int8](c))
	case 2:
		return pinned(pin, batch.Values[int16](c))
	case 4:
		return pinned(pin, batch.Values[int32](c))
	case 16:
		return pinned(pin, batch.Values[batch.Decimal](c))
	}
	return pinned(pin, batch.Values[int64](c))
}

// pinned pins a slice's memory; foreign memory and nil need none and pass.
func pinned[T any](pin *runtime.Pinner, s []T) unsafe.Pointer {
	if len(s) == 0 {
		return nil
	}
	p := unsafe.Pointer(unsafe.SliceData(s))
	pin.Pin(p)
	return p
}

// Value makes the Python object of row i; zone is the session's tzinfo, Nil for UTC. The GIL is
// held.
func Value(c *batch.Column, i int, zone Object) (Object, error) {
	if C.hr_convert_init() != 0 {
		return Nil, fetched()
	}
	t, err := newType(c.Type, zone)
	if err != nil {
		return Nil, err
	}
	defer C.hr_type_free(t)
	v := C.hr_views_new(&t, 1)
	if v == nil {
		return Nil, fetched()
	}
	defer C.hr_views_free(v, &t, 1)
	var pin runtime.Pinner
	defer pin.Unpin()
	fillView(v, c, &pin)
	return result(C.hr_value(t, v, C.int64_t(i)))
}

// takeColumn copies what a builder holds into a column of type t. Only pending errors of the
// builder's own making could stop it, so there are none.
func takeColumn(o *C.hr_builder, t types.Type) *batch.Column {
	n := int(o.n)
	var valid []byte
	if o.nulls > 0 {
		valid = copied[byte](unsafe.Pointer(o.valid), (n+7)/8)
	}
	switch k := t.Kind; {
	case k == types.Null:
		return batch.MakeNull(t, n)
	case k == types.Boolean:
		return batch.MakeBool(t, copied[byte](unsafe.Pointer(o.data), (n+7)/8), n, valid)
	case t.IsString() || t.IsBytes():
		return batch.MakeBytes(t, copiedOffsets(o, n), copied[byte](unsafe.Pointer(o.data),
			int(o.len)), valid)
	case k == types.Row || k == types.Array || k == types.Map || k == types.Multiset:
		kids := kidTypes(t)
		cols := make([]*batch.Column, len(kids))
		outs := unsafe.Slice(o.kids, len(kids))
		for i := range kids {
			cols[i] = takeColumn(&outs[i], kids[i])
		}
		if k == types.Row {
			return batch.MakeRow(t, n, cols, valid)
		}
		return batch.MakeNested(t, copiedOffsets(o, n), cols, valid)
	}
	p := unsafe.Pointer(o.data)
	switch t.Kind {
	case types.Float:
		return batch.MakeFixed(t, copied[float32](p, n), valid)
	case types.Double:
		return batch.MakeFixed(t, copied[float64](p, n), valid)
	}
	switch widthOf(t) {
	case 1:
		return batch.MakeFixed(t, copied[int8](p, n), valid)
	case 2:
		return batch.MakeFixed(t, copied[int16](p, n), valid)
	case 4:
		return batch.MakeFixed(t, copied[int32](p, n), valid)
	case 16:
		return batch.MakeFixed(t, copied[batch.Decimal](p, n), valid)
	}
	return batch.MakeFixed(t, copied[int64](p, n), valid)
}

func copiedOffsets(o *C.hr_builder, n int) []int32 {
	if o.offs == nil {
		return make([]int32, n+1)
	}
	return copied[int32](unsafe.Pointer(o.offs), n+1)
}

func copied[T any](p unsafe.Pointer, n int) []T {
	if n == 0 {
		return []T{}
	}
	return append([]T(nil), unsafe.Slice((*T)(p), n)...)
}
