package arrowbridge

/*
#include "abi.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/memory"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Defer calls a C function void f(void *arg) where the other side's lock is held; the host sets it
// at start. Left alone, the function is called at once.
var Defer = func(f, arg unsafe.Pointer) { C.ab_call(f, arg) }

// foreign owns an imported array.
type foreign struct {
	state   *foreignState
	cleanup runtime.Cleanup
}

type foreignState struct {
	refs  atomic.Int64
	array *C.struct_ArrowArray
}

// take moves the array at p into an owner with one reference.
func take(p *C.struct_ArrowArray) *foreign {
	s := &foreignState{array: C.ab_take(p)}
	s.refs.Store(1)
	counters.imported.Add(1)
	f := &foreign{state: s}
	f.cleanup = runtime.AddCleanup(f, func(s *foreignState) {
		if s.refs.Swap(0) > 0 {
			counters.forgotten.Add(1)
			s.free()
		}
	}, s)
	return f
}

// Retain implements batch.Owner.
func (f *foreign) Retain() { f.state.refs.Add(1) }

// Release implements batch.Owner.
func (f *foreign) Release() {
	if f.state.refs.Add(-1) == 0 {
		f.cleanup.Stop()
		f.state.free()
	}
}

func (s *foreignState) free() {
	counters.imported.Add(-1)
	Defer(FreeArray, unsafe.Pointer(s.array))
}

// Import takes the ArrowArray at arr, described by the ArrowSchema at schema, as a column of type
// want. The buffers are used where they lie when the Arrow type is want.Arrow(), else converted;
// a type that cannot be is an error. The array is moved out (or released on error), the schema
// stays the caller's.
func Import(arr, schema unsafe.Pointer, want types.Type) (*batch.Column, error) {
	a := (*C.struct_ArrowArray)(arr)
	f, err := ImportField(schema)
	if err != nil {
		C.ab_release_array(a)
		return nil, err
	}
	return ImportAs(arr, f.Type, want)
}

// ImportAs is Import with the Arrow type known already.
func ImportAs(arr unsafe.Pointer, dt arrow.DataType, want types.Type) (*batch.Column, error) {
	owner := take((*C.struct_ArrowArray)(arr))
	d, err := wrap(owner.state.array, dt)
	if err != nil {
		owner.Release()
		return nil, err
	}
	return column(d, want, owner)
}

// column makes a column of want from data that owner holds; it takes over one reference.
func column(d arrow.ArrayData, want types.Type, owner *foreign) (*batch.Column, error) {
	if target := want.Arrow(); sameLayout(d.DataType(), target) {
		return batch.FromArrow(want, array.MakeFromData(retype(d, target)), owner), nil
	}
	defer owner.Release()
	return convert(d, want)
}

// ImportBatch takes the struct array at arr, whose Arrow fields are from, as a batch of the schema
// want, column by column as Import does. Columns are matched by position.
func ImportBatch(arr unsafe.Pointer, from *arrow.Schema, want *types.Schema) (*batch.Batch, error) {
	owner := take((*C.struct_ArrowArray)(arr))
	defer owner.Release()
	top := owner.state.array
	n := int(top.n_children)
	if n != want.Len() || n != from.NumFields() {
		return nil, fmt.Errorf("the data has %d columns, the schema %d", n, want.Len())
	}
	if top.null_count > 0 {
		return nil, errors.New("a batch of rows cannot have null rows")
	}
	rows, from0 := int(top.length), int(top.offset)
	cols := make([]*batch.Column, n)
	kids := unsafe.Slice(top.children, n)
	for i := range cols {
		d, err := wrap(kids[i], from.Field(i).Type)
		if err == nil {
			if from0 != 0 || d.Len() != rows {
				d = array.NewSliceData(d, int64(from0), int64(from0+rows))
			}
			owner.Retain()
			cols[i], err = column(d, want.Fields[i].Type, owner)
		}
		if err != nil {
			for _, c := range cols[:i] {
				c.Release()
			}
			return nil, fmt.Errorf("column %s: %w", types.Quote(want.Fields[i].Name), err)
		}
	}
	return batch.New(want, cols, rows), nil
}

// wrap makes array data over the buffers of a C array, without a copy.
func wrap(a *C.struct_ArrowArray, dt arrow.DataType) (arrow.ArrayData, error) {
	n, off := int(a.length), int(a.offset)
	raw := unsafe.Slice(a.buffers, int(a.n_buffers))
	layout := dt.Layout().Buffers
	if dt.ID() == arrow.NULL {
		return array.NewData(dt, n, []*memory.Buffer{nil}, nil, n, off), nil
	}
	if len(raw) < len(layout) {
		return nil, fmt.Errorf("array of %s has %d buffers, not %d", dt, len(raw), len(layout))
	}
	bufs := make([]*memory.Buffer, len(raw))
	for i := range bufs {
		if raw[i] == nil {
			continue
		}
		size := bufferSize(a, dt, i, raw)
		bufs[i] = memory.NewBufferBytes(unsafe.Slice((*byte)(raw[i]), size))
	}
	if isView(dt) {
		bufs = bufs[:len(bufs)-1] // the sizes of the others
	}
	nulls := int(a.null_count)
	if bufs[0] == nil {
		nulls = 0
	}
	kidTypes := childTypes(dt)
	if len(kidTypes) != int(a.n_children) {
		return nil, fmt.Errorf("array of %s has %d children, not %d", dt, a.n_children,
			len(kidTypes))
	}
	kids := make([]arrow.ArrayData, len(kidTypes))
	for i, k := range unsafe.Slice(a.children, len(kids)) {
		d, err := wrap(k, kidTypes[i])
		if err != nil {
			return nil, err
		}
		kids[i] = d
	}
	if dict, ok := dt.(*arrow.DictionaryType); ok {
		if a.dictionary == nil {
			return nil, errors.New("a dictionary array without its dictionary")
		}
		values, err := wrap(a.dictionary, dict.ValueType)
		if err != nil {
			return nil, err
		}
		return array.NewDataWithDictionary(dt, n, bufs, nulls, off, values.(*array.Data)), nil
	}
	return array.NewData(dt, n, bufs, kids, nulls, off), nil
}

func isView(dt arrow.DataType) bool {
	return dt.ID() == arrow.STRING_VIEW || dt.ID() == arrow.BINARY_VIEW
}

func childTypes(dt arrow.DataType) []arrow.DataType {
	nested, ok := dt.(arrow.NestedType)
	if !ok {
		return nil
	}
	fields := nested.Fields()
	out := make([]arrow.DataType, len(fields))
	for i, f := range fields {
		out[i] = f.Type
	}
	return out
}

// bufferSize is the number of bytes of buffer i, which the C interface does not say.
func bufferSize(a *C.struct_ArrowArray, dt arrow.DataType, i int, raw []unsafe.Pointer) int {
	rows := int(a.length + a.offset)
	layout := dt.Layout()
	if i >= len(layout.Buffers) { // the variadic buffers of a view, whose sizes come last
		sizes := unsafe.Slice((*int64)(raw[len(raw)-1]), len(raw)-1-len(layout.Buffers))
		if k := i - len(layout.Buffers); k < len(sizes) {
			return int(sizes[k])
		}
		return 8 * len(sizes)
	}
	switch spec := layout.Buffers[i]; spec.Kind {
	case arrow.KindBitmap:
		return (rows + 7) / 8
	case arrow.KindFixedWidth:
		if hasOffsets(dt) {
			return (rows + 1) * spec.ByteWidth
		}
		return rows * spec.ByteWidth
	case arrow.KindVarWidth:
		if rows == 0 && a.length == 0 {
			return 0
		}
		if dt.ID() == arrow.LARGE_STRING || dt.ID() == arrow.LARGE_BINARY {
			return int(unsafe.Slice((*int64)(raw[1]), rows+1)[rows])
		}
		return int(unsafe.Slice((*int32)(raw[1]), rows+1)[rows])
	}
	return 0
}

func hasOffsets(dt arrow.DataType) bool {
	switch dt.ID() {
	case arrow.STRING, arrow.BINARY, arrow.LARGE_STRING, arrow.LARGE_BINARY, arrow.LIST,
		arrow.LARGE_LIST, arrow.MAP:
		return true
	}
	return false
}
