// Package arrowbridge carries columns and batches across the Arrow C data interface without a
// copy: Export hands the engine's buffers to foreign code, Import takes foreign ones.
//
// Exported Go memory is pinned from Export until the consumer has released every node of the
// array; the release callback may come from any thread. Imported memory belongs to an Owner: the
// last Release gives it back through Defer, as giving it back may need a lock that only the other
// side can take (Python's). What is forgotten is given back by the collector, and counted.
package arrowbridge

/*
#cgo CFLAGS: -std=gnu11 -O2 -Wall -Wextra -Wno-unused-parameter -fvisibility=hidden
#include "abi.h"
*/
import "C"

import (
	"fmt"
	"runtime"
	"runtime/cgo"
	"sync/atomic"
	"unsafe"

	"github.com/apache/arrow/go/v16/arrow"

	"github.com/headrace/headrace/core/data/batch"
)

func init() { C.ab_watch_fork() }

var counters struct{ exported, imported, forgotten atomic.Int64 }

// Exported is the number of exported arrays that foreign code has not released yet: the pins that
// are outstanding.
func Exported() int64 { return counters.exported.Load() }

// Imported is the number of imported arrays that the engine has not released yet.
func Imported() int64 { return counters.imported.Load() }

// Forgotten counts the imported arrays that only the garbage collector gave back.
func Forgotten() int64 { return counters.forgotten.Load() }

// lease is what an exported array keeps in place.
type lease struct {
	pins   runtime.Pinner
	data   []arrow.ArrayData
	owners []batch.Owner
}

//export arrowbridgeReleased
func arrowbridgeReleased(handle C.uintptr_t) {
	h := cgo.Handle(handle)
	l := h.Value().(*lease)
	h.Delete()
	l.pins.Unpin()
	for _, o := range l.owners {
		o.Release()
	}
	counters.exported.Add(-1)
}

// Export fills the ArrowArray at out with the column, under the Arrow type c.Type.Arrow(). The
// consumer releases it.
func Export(c *batch.Column, out unsafe.Pointer) {
	e := newExporter([]*batch.Column{c}, false)
	e.fill((*C.struct_ArrowArray)(out), c.Arrow().Data())
}

// ExportBatch fills the ArrowArray at out with the batch as a struct array, one child a column.
// Row kinds, times and marks do not travel.
func ExportBatch(b *batch.Batch, out unsafe.Pointer) {
	e := newExporter(b.Cols, true)
	top := (*C.struct_ArrowArray)(out)
	*top = C.struct_ArrowArray{length: C.int64_t(b.Len()), n_buffers: 1}
	top.buffers = (*unsafe.Pointer)(unsafe.Pointer(&e.take(1)[0]))
	e.finish(top)
	kids := e.children(top, len(b.Cols))
	for i, c := range b.Cols {
		e.fill(kids[i], c.Arrow().Data())
	}
}

// exporter lays out one array: inner nodes and pointer lists are cut from one block of C memory.
type exporter struct {
	lease    *lease
	block    *C.ab_block
	nodes    []C.struct_ArrowArray
	pointers []unsafe.Pointer
}

func newExporter(cols []*batch.Column, asStruct bool) *exporter {
	l := &lease{data: make([]arrow.ArrayData, len(cols))}
	var nodes, pointers int
	for i, c := range cols {
		l.data[i] = c.Arrow().Data()
		count(l.data[i], &nodes, &pointers)
		if o := c.Owner(); o != nil {
			o.Retain()
			l.owners = append(l.owners, o)
		}
	}
	if asStruct {
		pointers += 1 + len(cols)
	} else {
		nodes-- // the only column's own node is the caller's
	}
	counters.exported.Add(1)
	block := C.ab_new(C.int64_t(nodes), C.int64_t(pointers), C.uintptr_t(cgo.NewHandle(l)))
	return &exporter{lease: l, block: block,
		nodes: unsafe.Slice(C.ab_nodes(block), nodes),
		pointers: unsafe.Slice(
			(*unsafe.Pointer)(unsafe.Pointer(C.ab_pointers(block, C.int64_t(nodes)))), pointers)}
}

// count adds the nodes of an array and the pointers of their lists.
func count(d arrow.ArrayData, nodes, pointers *int) {
	*nodes++
	*pointers += max(bufferCount(d), 0) + len(d.Children())
	for _, k := range d.Children() {
		count(k, nodes, pointers)
	}
}

// bufferCount is the number of buffers that the C interface has for the type of d.
func bufferCount(d arrow.ArrayData) int {
	if d.DataType().ID() == arrow.NULL {
		return 0
	}
	return len(d.Buffers())
}

func (e *exporter) take(n int) []unsafe.Pointer {
	p := e.pointers[:n:n]
	e.pointers = e.pointers[n:]
	return p
}

// children cuts n nodes and links them to their parent.
func (e *exporter) children(parent *C.struct_ArrowArray, n int) []*C.struct_ArrowArray {
	if n == 0 {
		return nil
	}
	list := e.take(n)
	kids := unsafe.Slice((**C.struct_ArrowArray)(unsafe.Pointer(&list[0])), n)
	for i := range kids {
		kids[i] = &e.nodes[i]
	}
	e.nodes = e.nodes[n:]
	parent.n_children = C.int64_t(n)
	parent.children = &kids[0]
	return kids
}

func (e *exporter) finish(out *C.struct_ArrowArray) {
	out.release = (*[0]byte)(C.ab_release_node)
	out.private_data = unsafe.Pointer(e.block)
}

func (e *exporter) fill(out *C.struct_ArrowArray, d arrow.ArrayData) {
	*out = C.struct_ArrowArray{length: C.int64_t(d.Len()), offset: C.int64_t(d.Offset()),
		null_count: C.int64_t(d.NullN())}
	if n := bufferCount(d); n > 0 {
		list := e.take(n)
		for i, b := range d.Buffers() {
			if b != nil && b.Len() > 0 {
				p := unsafe.Pointer(unsafe.SliceData(b.Bytes()))
				e.lease.pins.Pin(p)
				list[i] = p
			} else if i > 0 {
				list[i] = unsafe.Pointer(&C.ab_zeros[0])
			}
		}
		out.n_buffers = C.int64_t(n)
		out.buffers = &list[0]
	}
	e.finish(out)
	if d.DataType().ID() == arrow.DICTIONARY {
		panic(fmt.Sprintf("arrowbridge: export of a dictionary of %s", d.DataType()))
	}
	kids := e.children(out, len(d.Children()))
	for i, k := range d.Children() {
		e.fill(kids[i], k)
	}
}
