package python

/*
#include <stdlib.h>
#include "handles.h"
#include "loop.h"
#include "loop_typed.h"
*/
import "C"

import (
	"runtime"
	"unsafe"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Shape says which ROW types inside a type are tuples in Python, and which ARRAY<TINYINT> bytes;
// kids are numbered as the child columns are.
type Shape struct {
	Tuple bool
	Bytes bool
	Kids  []Shape
}

// Typed converts a column of one type to Python objects and back, over and over. All methods need
// the GIL.
type Typed struct {
	t    types.Type
	ct   *C.hr_type
	view *C.hr_view
	out  *C.hr_builder

	shape Shape
	other *Typed // reads columns that lie otherwise than t says
}

// NewTyped makes a converter. Objects of TIMESTAMP_LTZ are Instants, as in DataStream programs.
func NewTyped(t types.Type, shape Shape) (*Typed, error) {
	if C.hr_convert_init() != 0 {
		return nil, fetched()
	}
	ct, err := newType(t, Nil)
	if err != nil {
		return nil, err
	}
	shape.apply(ct)
	asInstants(ct)
	c := &Typed{t: t, ct: ct, shape: shape, out: (*C.hr_builder)(C.calloc(1, C.sizeof_hr_builder))}
	if c.view = C.hr_views_new(&c.ct, 1); c.view == nil || C.hr_builder_init(c.out, ct) != 0 {
		err := fetched()
		c.Free()
		return nil, err
	}
	return c, nil
}

// asInstants makes Instants of all TIMESTAMP_LTZ in a type.
func asInstants(t *C.hr_type) {
	t.instants = cBool(t.kind == C.HR_T_TIMESTAMP_LTZ)
	for _, k := range unsafe.Slice(t.kids, int(t.nkids)) {
		asInstants(k)
	}
}

func (s Shape) apply(t *C.hr_type) {
	if s.Tuple {
		C.hr_type_as_tuple(t)
	}
	if s.Bytes && t.nkids == 1 && unsafe.Slice(t.kids, 1)[0].kind == C.HR_T_TINYINT {
		C.hr_type_as_bytes(t)
	}
	for i, k := range unsafe.Slice(t.kids, int(t.nkids)) {
		if i < len(s.Kids) {
			s.Kids[i].apply(k)
		}
	}
}

// Free gives the converter's memory back; a second time does nothing.
func (c *Typed) Free() {
	if c.ct == nil {
		return
	}
	if c.other != nil {
		c.other.Free()
	}
	if c.view != nil {
		C.hr_views_free(c.view, &c.ct, 1)
	}
	C.hr_builder_free(c.out)
	C.free(unsafe.Pointer(c.out))
	C.hr_type_free(c.ct)
	c.ct = nil
}

// Source is the rows of a column as a loop reads them: the objects of an OBJECT column, or objects
// that are made one by one of a typed one.
type Source struct {
	objects unsafe.Pointer
	typed   *Typed
	kinds   unsafe.Pointer
	n       int
}

// Objects reads an OBJECT column, which must outlive its use; pin keeps the memory where it is until
// then.
func Objects(c *batch.Column, pin *runtime.Pinner) *Source {
	h := Handles(c)
	return &Source{objects: pinned(pin, h), n: len(h)}
}

// Source reads a column of the converter's type, which must outlive its use, and gives Rows the row
// kinds (nil: all inserts). The converter has one source at a time; pin keeps the memory where it
// is.
func (c *Typed) Source(col *batch.Column, kinds []types.RowKind, pin *runtime.Pinner) (
	*Source, error) {
	c, err := c.reader(col.Type)
	if err != nil {
		return nil, err
	}
	fillView(c.view, col, pin)
	return &Source{typed: c, kinds: pinned(pin, kinds), n: col.Len()}, nil
}

// reader is the converter that reads columns of a type. A table's may lie otherwise than the type
// of a stream's elements says, which knows no TIMESTAMP(3).
func (c *Typed) reader(t types.Type) (*Typed, error) {
	if sameLayout(c.t, t) {
		return c, nil
	}
	if c.other != nil && !sameLayout(c.other.t, t) {
		c.other.Free()
		c.other = nil
	}
	if c.other == nil {
		other, err := NewTyped(named(t, c.t), c.shape)
		if err != nil {
			return nil, err
		}
		c.other = other
	}
	return c.other, nil
}

// sameLayout says whether the values of two types lie alike in columns.
func sameLayout(a, b types.Type) bool {
	if a.Kind != b.Kind || a.Unit() != b.Unit() || a.Scale != b.Scale {
		return false
	}
	k, l := kidTypes(a), kidTypes(b)
	if len(k) != len(l) {
		return false
	}
	for i := range k {
		if !sameLayout(k[i], l[i]) {
			return false
		}
	}
	return true
}

// named is a type whose ROWs have the field names of another's.
func named(t, names types.Type) types.Type {
	switch {
	case t.Kind != names.Kind:
	case t.Kind == types.Array:
		elem := named(*t.Elem, *names.Elem)
		t.Elem = &elem
	case t.Kind == types.Map:
		key, elem := named(*t.Key, *names.Key), named(*t.Elem, *names.Elem)
		t.Key, t.Elem = &key, &elem
	case t.Kind == types.Row && len(t.Fields) == len(names.Fields):
		fields := make([]types.Field, len(t.Fields))
		for i, f := range t.Fields {
			f.Name, f.Type = names.Fields[i].Name, named(f.Type, names.Fields[i].Type)
			fields[i] = f
		}
		t.Fields = fields
	}
	return t
}

// fill makes the source what C reads; nil gives nil.
func (s *Source) fill(c *C.hr_source) *C.hr_source {
	if s == nil {
		return nil
	}
	if s.typed == nil {
		c.objects = (**C.PyObject)(s.objects)
		return c
	}
	c._type, c.view, c.kinds = s.typed.ct, s.typed.view, (*C.int8_t)(s.kinds)
	return c
}

// ListOf makes a list of the objects of an OBJECT column.
func ListOf(c *batch.Column) Object {
	h := Handles(c)
	return Object{C.hr_list_of_handles(u64(h), C.Py_ssize_t(len(h)))}
}

// List makes a list of a column's rows, Rows with the row kinds given (nil: all inserts).
func (c *Typed) List(col *batch.Column, kinds []types.RowKind) (Object, error) {
	c, err := c.reader(col.Type)
	if err != nil {
		return Nil, err
	}
	var pin runtime.Pinner
	defer pin.Unpin()
	fillView(c.view, col, &pin)
	var first *C.int8_t
	if len(kinds) > 0 {
		first = (*C.int8_t)(unsafe.Pointer(unsafe.SliceData(kinds)))
	}
	list := C.hr_typed_list(c.ct, c.view, C.int64_t(col.Len()), first)
	if list == nil {
		return Nil, fetched()
	}
	return Object{list}, nil
}
