package python

/*
#include <stdlib.h>
#include "calls.h"
#include "program.h"
*/
import "C"

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Aggregator holds the entry points of an aggregate function; Retract, Merge, Value and Update may
// be Nil.
type Aggregator struct {
	Create, Accumulate, Retract, Merge Object
	Value                              Object // get_value or emit_value
	Update                             Object // emit_update_with_retract
}

// Accumulators are live Python objects indexed by slot. The methods need the GIL, but for
// SizeBytes.
type Accumulators struct {
	a *C.hr_accs
	p *Program

	// meanBytes is the mean pickled size of the slots encoded last: what a slot is taken to hold.
	meanBytes int64
}

// defaultBytes is what a slot is taken to hold before one has been pickled.
const defaultBytes = 256

// NewAccumulators makes an empty table for the only call of p, which says where the arguments come
// from. It keeps the functions of f; p stays the caller's.
func NewAccumulators(p *Program, f Aggregator) (*Accumulators, error) {
	a := C.hr_accs_new()
	if a == nil {
		return nil, fetched()
	}
	a.create, a.accumulate, a.retract = f.Create.Keep().p, f.Accumulate.Keep().p, f.Retract.Keep().p
	a.merge, a.value, a.update = f.Merge.Keep().p, f.Value.Keep().p, f.Update.Keep().p
	return &Accumulators{a: a, p: p, meanBytes: defaultBytes}, nil
}

// Free drops all accumulators.
func (a *Accumulators) Free() {
	C.hr_accs_free(a.a)
	a.a = nil
}

// Grow makes room for slots below n.
func (a *Accumulators) Grow(n int) error { return status(C.hr_accs_grow(a.a, C.int64_t(n))) }

// Clear empties slots.
func (a *Accumulators) Clear(slots []int32) {
	if len(slots) > 0 {
		C.hr_accs_clear(a.a, ints(slots), C.int64_t(len(slots)))
	}
}

// SizeBytes estimates what the slots hold, from the sizes of those that were pickled last.
func (a *Accumulators) SizeBytes(slots []int32) int64 { return int64(len(slots)) * a.meanBytes }

func ints(s []int32) *C.int32_t { return (*C.int32_t)(unsafe.Pointer(unsafe.SliceData(s))) }

// Add accumulates row i of in into slots[i], or retracts it where kinds (nil: all insert) says so.
func (a *Accumulators) Add(slots []int32, in []*batch.Column, kinds []types.RowKind) error {
	if len(slots) == 0 {
		return nil
	}
	a.p.Bind(in)
	defer a.p.Unbind()
	k := (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(kinds)))
	if C.hr_accs_add(a.a, a.p.p, ints(slots), C.int64_t(len(slots)), k, &a.p.stop) != 0 {
		return a.p.failed()
	}
	return nil
}

// Merge merges the accumulator of from[i] into that of into[i].
func (a *Accumulators) Merge(into, from []int32) error {
	if len(into) == 0 {
		return nil
	}
	return status(C.hr_accs_merge(a.a, ints(into), ints(from), C.int64_t(len(into)), &a.p.stop))
}

// Values returns the value of each slot, in the program's outputs.
func (a *Accumulators) Values(slots []int32) ([]*batch.Column, error) {
	if C.hr_accs_values(a.a, a.p.p, ints(slots), C.int64_t(len(slots)), &a.p.stop) != 0 {
		return nil, a.failed()
	}
	return a.p.take(), nil
}

// failed is the error of a loop over slots, which has no input row to show.
func (a *Accumulators) failed() error {
	f, err := a.p.failure()
	if f == nil {
		return err
	}
	return f
}

// Rows returns the rows that Value gives for each slot, and the position in slots of each.
func (a *Accumulators) Rows(slots []int32) ([]*batch.Column, []int32, error) {
	var origin *C.int32_t
	n := C.hr_accs_rows(a.a, a.p.p, ints(slots), C.int64_t(len(slots)), &origin, &a.p.stop)
	defer C.free(unsafe.Pointer(origin))
	if n < 0 {
		return nil, nil, a.failed()
	}
	return a.p.take(), copied[int32](unsafe.Pointer(origin), int(n)), nil
}

// Changes is Rows of Update; collector makes an object with collect, retract, rows and kinds.
func (a *Accumulators) Changes(collector Object, slots []int32) ([]*batch.Column, []int32,
	[]types.RowKind, error) {
	var origin *C.int32_t
	var kinds *C.uint8_t
	n := C.hr_accs_changes(a.a, a.p.p, collector.p, ints(slots), C.int64_t(len(slots)), &origin,
		&kinds, &a.p.stop)
	defer C.free(unsafe.Pointer(origin))
	defer C.free(unsafe.Pointer(kinds))
	if n < 0 {
		return nil, nil, nil, a.failed()
	}
	return a.p.take(), copied[int32](unsafe.Pointer(origin), int(n)),
		copied[types.RowKind](unsafe.Pointer(kinds), int(n)), nil
}

// Encode appends the pickled value of each slot to dst and its end to ends.
func (a *Accumulators) Encode(slots []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	if len(slots) == 0 {
		return dst, ends, nil
	}
	local := make([]C.int64_t, len(slots))
	if C.hr_accs_encode(a.a, ints(slots), C.int64_t(len(slots)), &local[0], &a.p.stop) != 0 {
		return nil, nil, a.failed()
	}
	base := int64(len(dst))
	size := int64(local[len(local)-1])
	if base+size > math.MaxInt32 {
		return nil, nil, fmt.Errorf("the accumulators of %d keys take more than 2 GiB", len(slots))
	}
	a.meanBytes = max(size/int64(len(slots)), 1)
	dst = append(dst, unsafe.Slice((*byte)(unsafe.Pointer(a.a.encoded)), int(size))...)
	for _, e := range local {
		ends = append(ends, int32(base+int64(e)))
	}
	return dst, ends, nil
}

// Decode sets each slot from src[ends[i-1]:ends[i]].
func (a *Accumulators) Decode(slots []int32, src []byte, ends []int32) error {
	if len(slots) == 0 {
		return nil
	}
	p := (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(src)))
	if C.hr_accs_decode(a.a, ints(slots), C.int64_t(len(slots)), p, ints(ends), &a.p.stop) != 0 {
		return a.failed()
	}
	return nil
}

// Records makes the program's outputs of a list of records: Rows, tuples or bare values.
func (p *Program) Records(list Object) ([]*batch.Column, error) {
	if C.hr_put_records(p.p, list.p, &p.stop) != 0 {
		f, err := p.failure()
		if f == nil {
			return nil, err
		}
		return nil, f
	}
	return p.take(), nil
}
