package python

/*
#include "loop.h"
#include "objects.h"
*/
import "C"

import (
	"errors"
	"unsafe"
)

// Table is one keyed state of a Loop: an object a slot. It is a state.Column: the back end calls it
// from the loop's thread, without the GIL.
type Table struct {
	Name string

	t       *C.hr_table
	loop    *Ref // keeps the table's memory; the collector gives it back
	do      func(func() error) error
	handles []uint64 // scratch
}

// Tables returns the states of the loop; do takes the GIL on the loop's thread. They may be used
// after the loop's Close, and are empty then. The GIL is held.
func (l *Loop) Tables(do func(func() error) error) []*Table {
	var out []*Table
	for _, t := range unsafe.Slice(l.l.tables, int(l.l.n_tables)) {
		out = append(out, &Table{Name: C.GoString(t.name), t: t, do: do,
			loop: collectedRef(l.Object().Keep())})
	}
	return out
}

// Grow implements state.Column.
func (t *Table) Grow(n int) {
	if C.hr_table_grow(t.t, C.int32_t(n)) != 0 {
		panic(errors.New("no memory for state"))
	}
}

// slots returns the table's objects by slot, borrowed.
func (t *Table) slots() []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(t.t.v)), int(t.t.cap))
}

func (t *Table) gather(slots []int32) (any bool) {
	all := t.slots()
	t.handles = t.handles[:0]
	for _, s := range slots {
		var h uint64
		if int(s) < len(all) {
			h = all[s]
		}
		any = any || h != 0
		t.handles = append(t.handles, h)
	}
	return any
}

// Encode implements state.Column.
func (t *Table) Encode(slots []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	if !t.gather(slots) {
		for range slots {
			ends = append(ends, int32(len(dst)))
		}
		return dst, ends, nil
	}
	err := t.do(func() (err error) {
		dst, ends, err = encodeHandles(t.handles, dst, ends)
		return err
	})
	return dst, ends, err
}

// Decode implements state.Column.
func (t *Table) Decode(slots []int32, src []byte, ends []int32) error {
	top := int32(-1)
	for _, s := range slots {
		top = max(top, s)
	}
	t.Grow(int(top) + 1)
	t.Clear(slots)
	if len(src) == 0 {
		return nil
	}
	return t.do(func() error {
		handles, err := decodeHandles(src, ends)
		if err != nil {
			return err
		}
		all := t.slots()
		for i, s := range slots {
			all[s] = handles[i]
		}
		return nil
	})
}

// Clear implements state.Column; the objects go to the release queue.
func (t *Table) Clear(slots []int32) {
	all := t.slots()
	t.handles = t.handles[:0]
	for _, s := range slots {
		if int(s) < len(all) && all[s] != 0 {
			t.handles = append(t.handles, all[s])
			all[s] = 0
		}
	}
	if len(t.handles) > 0 {
		C.hr_objects_release(u64(t.handles), C.size_t(len(t.handles)))
	}
}

// SizeBytes implements state.Column.
func (t *Table) SizeBytes(slots []int32) int64 {
	if !t.gather(slots) {
		return 0
	}
	var n C.int64_t
	if err := t.do(func() error {
		n = C.hr_objects_weigh(u64(t.handles), C.size_t(len(t.handles)))
		return nil
	}); err != nil {
		return 0
	}
	return int64(n)
}
