package python

/*
#include <stdlib.h>
#include "handles.h"
#include "loop_typed.h"
*/
import "C"

import (
	"runtime"
	"unsafe"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Shape says which ROW types inside a type are tuples in Python; kids are numbered as the child
// columns are.
type Shape struct {
	Tuple bool
	Kids  []Shape
}

// Typed converts a column of one type to Python objects and back, over and over. All methods need
// the GIL.
type Typed struct {
	t    types.Type
	ct   *C.hr_type
	view *C.hr_view
	out  *C.hr_builder
}

// NewTyped makes a converter.
func NewTyped(t types.Type, shape Shape) (*Typed, error) {
	if C.hr_convert_init() != 0 {
		return nil, fetched()
	}
	ct, err := newType(t, Nil)
	if err != nil {
		return nil, err
	}
	shape.apply(ct)
	c := &Typed{t: t, ct: ct, out: (*C.hr_builder)(C.calloc(1, C.sizeof_hr_builder))}
	if c.view = C.hr_views_new(&c.ct, 1); c.view == nil || C.hr_builder_init(c.out, ct) != 0 {
		err := fetched()
		c.Free()
		return nil, err
	}
	return c, nil
}

func (s Shape) apply(t *C.hr_type) {
	if s.Tuple {
		C.hr_type_as_tuple(t)
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
	if c.view != nil {
		C.hr_views_free(c.view, &c.ct, 1)
	}
	C.hr_builder_free(c.out)
	C.free(unsafe.Pointer(c.out))
	C.hr_type_free(c.ct)
	c.ct = nil
}

// Elements are the rows of a column as Python objects: borrowed from an OBJECT column, or made of
// a typed one and then owned.
type Elements struct {
	handles []uint64
	made    **C.PyObject
	n       int
}

// Borrow takes the objects of an OBJECT column, which must outlive their use; pin keeps the memory
// where it is until then.
func Borrow(c *batch.Column, pin *runtime.Pinner) Elements {
	h := Handles(c)
	if len(h) > 0 {
		pin.Pin(unsafe.SliceData(h))
	}
	return Elements{handles: h, n: len(h)}
}

// Elements makes the objects of rows from from on.
func (c *Typed) Elements(col *batch.Column, from int) (Elements, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	fillView(c.view, col, &pin)
	n := col.Len()
	made := C.hr_typed_objects(c.ct, c.view, C.int64_t(from), C.int64_t(n))
	if made == nil {
		return Elements{}, fetched()
	}
	return Elements{made: made, n: n}, nil
}

// List makes a list of a column's rows, Rows with the row kinds given (nil: all inserts).
func (c *Typed) List(col *batch.Column, kinds []types.RowKind) (Object, error) {
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

// SetKinds gives Rows that were made their row kinds, of which there is one for each row of the
// column. The GIL is held.
func (e *Elements) SetKinds(kinds []types.RowKind, from int) {
	if e.made == nil || len(kinds) < e.n || e.n == 0 {
		return
	}
	first := (*C.int8_t)(unsafe.Pointer(unsafe.SliceData(kinds)))
	C.hr_typed_set_kinds(e.made, first, C.int64_t(from), C.int64_t(e.n))
}

// Drop gives back elements that were not fed.
func (e *Elements) Drop() {
	if e.made != nil {
		C.hr_typed_drop(e.made, C.int64_t(e.n))
		e.made = nil
	}
}

// List makes a list of the elements; the elements themselves stay the caller's. The GIL is held.
func (e *Elements) List() Object {
	p, _ := e.pointer()
	return Object{C.hr_list_of_handles((*C.uint64_t)(unsafe.Pointer(p)), C.Py_ssize_t(e.n))}
}

func (e *Elements) pointer() (p **C.PyObject, owned C.int) {
	if e.made != nil {
		return e.made, 1
	}
	return objs(e.handles), 0
}

// Kinds reads the row kinds of objects; nil: all inserts. The GIL is held.
func Kinds(handles []uint64) []types.RowKind {
	if len(handles) == 0 {
		return nil
	}
	kinds := make([]types.RowKind, len(handles))
	first := (*C.int8_t)(unsafe.Pointer(unsafe.SliceData(kinds)))
	if C.hr_typed_kinds(u64(handles), C.int64_t(len(handles)), first) == 0 {
		return nil
	}
	return kinds
}

// Column makes a column of the objects, whose references it takes over. On an error, bad is the
// text of the object that does not fit, cut to limit bytes.
func (c *Typed) Column(handles []uint64, limit int) (col *batch.Column, bad string, err error) {
	defer C.hr_builder_reset(c.out)
	if len(handles) == 0 {
		return takeColumn(c.out, c.t), "", nil
	}
	var o *C.PyObject
	if C.hr_typed_build(c.out, u64(handles), C.int64_t(len(handles)), &o) != 0 {
		err := fetched()
		if o != nil {
			bad = cut(Object{o}.Repr(), limit)
			Object{o}.Drop()
		}
		return nil, bad, err
	}
	return takeColumn(c.out, c.t), "", nil
}
