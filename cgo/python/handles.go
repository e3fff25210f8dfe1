package python

/*
#include "calls.h"
#include "handles.h"
#include "objects.h"
*/
import "C"

import (
	"errors"
	"unsafe"
)

// ListOfHandles makes a list of the objects whose addresses are the handles (of an OBJECT column);
// handle 0 is None.
func ListOfHandles(handles []uint64) Object {
	p := (*C.uint64_t)(unsafe.Pointer(unsafe.SliceData(handles)))
	return Object{C.hr_list_of_handles(p, C.Py_ssize_t(len(handles)))}
}

// Handles returns the addresses of the items of a list with a new reference to each, as
// NewObjectColumn takes them over.
func (o Object) Handles() ([]uint64, error) {
	if o.p.ob_type != C.py.ListType {
		return nil, errors.New("python: handles are taken of a list only")
	}
	n, err := o.Len()
	if err != nil || n == 0 {
		return nil, err
	}
	out := make([]uint64, n)
	C.hr_handles_of_list(o.p, (*C.uint64_t)(unsafe.Pointer(&out[0])), C.Py_ssize_t(n))
	return out, nil
}

// Weigh estimates the memory of the objects that the handles stand for, in bytes.
func Weigh(handles []uint64) int64 {
	p := (*C.uint64_t)(unsafe.Pointer(unsafe.SliceData(handles)))
	return int64(C.hr_objects_weigh(p, C.size_t(len(handles))))
}
