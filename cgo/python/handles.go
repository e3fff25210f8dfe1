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

	"github.com/headrace/headrace/core/data/batch"
)

// ListOfColumn makes a list of the objects of an OBJECT column; a null is None. Where nobody else
// holds the column its references move into the list: the column may only be released then.
func ListOfColumn(c *batch.Column) Object {
	handles := batch.Values[uint64](c)
	p, n := u64(handles), C.Py_ssize_t(len(handles))
	own, ok := c.Owner().(*objects)
	if !ok || len(handles) == 0 || !own.solely(handles) {
		return Object{C.hr_list_of_handles(p, n)}
	}
	list := C.hr_list_of_own_handles(p, n)
	if list != nil {
		own.handles = nil
	}
	return Object{list}
}

// solely says that the handles are all that the owner has, and one reference all that it has given.
func (o *objects) solely(handles []uint64) bool {
	return o.refs.Load() == 1 && len(o.handles) == len(handles) &&
		unsafe.SliceData(o.handles) == unsafe.SliceData(handles)
}

// ColumnOfList makes an OBJECT column of the items of a list. What can be changed is copied.
func ColumnOfList(list Object) (*batch.Column, error) {
	if list.p.ob_type != C.py.ListType {
		return nil, errors.New("python: a column is made of a list only")
	}
	n, err := list.Len()
	if err != nil {
		return nil, err
	}
	handles := make([]uint64, n)
	if n == 0 {
		return NewObjectColumn(handles, 0), nil
	}
	var bytes C.int64_t
	if C.hr_handles_of_list(list.p, u64(handles), C.Py_ssize_t(n), &bytes) != 0 {
		return nil, fetched()
	}
	return NewObjectColumn(handles, int64(bytes)), nil
}
