package python

/*
#include "loop.h"
#include "objects.h"
*/
import "C"

import (
	"sync/atomic"
	"unsafe"

	"github.com/headrace/headrace/core/data/batch"
)

// objects owns the references of an object column. The last Release queues them.
type objects struct {
	refs    atomic.Int64
	handles []uint64
	bytes   int64
}

var _ interface {
	batch.Owner
	batch.Sized
} = (*objects)(nil)

var liveColumns atomic.Int64

// LiveObjectColumns is the number of object columns that nobody has released yet.
func LiveObjectColumns() int64 { return liveColumns.Load() }

// NewObjectColumn makes an OBJECT column that takes over the references in handles; bytes is an
// estimate of their memory.
func NewObjectColumn(handles []uint64, bytes int64) *batch.Column {
	o := &objects{handles: handles, bytes: bytes}
	o.refs.Store(1)
	liveColumns.Add(1)
	return batch.MakeObjects(handles, o)
}

func (o *objects) Retain() { o.refs.Add(1) }

func (o *objects) Release() {
	if o.refs.Add(-1) != 0 {
		return
	}
	liveColumns.Add(-1)
	if len(o.handles) > 0 {
		C.hr_objects_release((*C.uint64_t)(unsafe.SliceData(o.handles)), C.size_t(len(o.handles)))
	}
}

// SizeBytes estimates the memory of all objects of the owner.
func (o *objects) SizeBytes() int64 { return o.bytes }

// Len is the number of objects of the owner.
func (o *objects) Len() int { return len(o.handles) }

// InitLoops makes the types that loops need known to Python. The GIL is held.
func InitLoops() error { return status(C.hr_loop_types()) }

// Handles returns the objects of an OBJECT column, borrowed.
func Handles(c *batch.Column) []uint64 { return batch.Values[uint64](c) }

// ObjectAt returns an object of an OBJECT column, borrowed.
func ObjectAt(c *batch.Column, row int) Object {
	return FromPointer(handlePointer(Handles(c)[row]))
}

// handlePointer turns a handle back into the address that it is; PyObjects do not move and are not
// on the Go heap.
func handlePointer(h uint64) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&h))
}

// HandleOf turns a reference, which is taken over, into a handle.
func HandleOf(o Object) uint64 { return uint64(uintptr(o.Pointer())) }

// CopyObjects returns a column of copies that share nothing mutable with c. The GIL is held.
func CopyObjects(c *batch.Column) (*batch.Column, error) {
	from := Handles(c)
	to := make([]uint64, len(from))
	if len(from) == 0 {
		return NewObjectColumn(to, 0), nil
	}
	if C.hr_objects_copy(u64(from), u64(to), C.size_t(len(from))) != 0 {
		return nil, fetched()
	}
	return NewObjectColumn(to, c.MemBytes()-int64(8*len(to))), nil
}

// EncodeObjects appends the objects of c to dst, encoded, and their ends to ends. The GIL is held.
func EncodeObjects(c *batch.Column, dst []byte, ends []int32) ([]byte, []int32, error) {
	return encodeHandles(Handles(c), dst, ends)
}

func encodeHandles(handles []uint64, dst []byte, ends []int32) ([]byte, []int32, error) {
	if len(handles) == 0 {
		return dst, ends, nil
	}
	var b C.hr_buffer
	defer C.hr_buffer_free(&b)
	at := make([]int32, len(handles))
	if C.hr_objects_encode(&b, u64(handles), i32(at), C.size_t(len(handles))) != 0 {
		return dst, ends, fetched()
	}
	base := int32(len(dst))
	dst = append(dst, unsafe.Slice((*byte)(unsafe.Pointer(b.data)), int(b.len))...)
	for _, end := range at {
		ends = append(ends, base+end)
	}
	return dst, ends, nil
}

// LiveObjects returns a column of live objects for one that may hold encoded ones; the caller
// releases it. The GIL is held.
func LiveObjects(c *batch.Column) (*batch.Column, error) {
	if !batch.AnyEncoded(c) {
		c.Retain()
		return c, nil
	}
	if err := InitLoops(); err != nil {
		return nil, err
	}
	var data []byte
	var ends []int32
	handles := Handles(c)
	for i, h := range handles {
		raw, ok := batch.Encoded(h)
		if !ok { // rows from both worlds: a union of a collection and a worker's output
			var err error
			if data, ends, err = encodeHandles(handles[i:i+1], data, ends); err != nil {
				return nil, err
			}
			continue
		}
		data = append(data, raw...)
		ends = append(ends, int32(len(data)))
	}
	return DecodeObjects(data, ends)
}

// DecodeObjects makes a column of what EncodeObjects wrote. The GIL is held.
func DecodeObjects(src []byte, ends []int32) (*batch.Column, error) {
	handles, err := decodeHandles(src, ends)
	if err != nil {
		return nil, err
	}
	var bytes C.int64_t
	if len(handles) > 0 {
		bytes = C.hr_objects_weigh(u64(handles), C.size_t(len(handles)))
	}
	return NewObjectColumn(handles, int64(bytes)), nil
}

func decodeHandles(src []byte, ends []int32) ([]uint64, error) {
	handles := make([]uint64, len(ends))
	if len(ends) == 0 {
		return handles, nil
	}
	if C.hr_objects_decode(u8(src), i32(ends), u64(handles), C.size_t(len(ends))) != 0 {
		return nil, fetched()
	}
	return handles, nil
}

func u64(s []uint64) *C.uint64_t { return (*C.uint64_t)(unsafe.SliceData(s)) }
func i64(s []int64) *C.int64_t   { return (*C.int64_t)(unsafe.SliceData(s)) }
func i32(s []int32) *C.int32_t   { return (*C.int32_t)(unsafe.SliceData(s)) }
func u8(s []byte) *C.uint8_t     { return (*C.uint8_t)(unsafe.SliceData(s)) }
