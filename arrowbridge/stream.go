package arrowbridge

/*
#include <stdlib.h>
#include "abi.h"
*/
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// ImportStream takes all arrays of the ArrowArrayStream at p, which it releases. want is the schema
// that the batches are to have, nil for the one that follows from the stream's (SchemaOf). Reading
// a stream may run the other side's code for any time: no lock may be held.
func ImportStream(p unsafe.Pointer, want *types.Schema) (*types.Schema, []*batch.Batch, error) {
	s := (*C.struct_ArrowArrayStream)(p)
	defer C.ab_release_stream(s)
	sch := (*C.struct_ArrowSchema)(NewSchema())
	defer DropSchema(unsafe.Pointer(sch))
	if code := C.ab_stream_schema(s, sch); code != 0 {
		return nil, nil, streamError(s, code)
	}
	from, err := ImportSchema(unsafe.Pointer(sch))
	if err != nil {
		return nil, nil, err
	}
	if want == nil {
		if want, err = SchemaOf(from); err != nil {
			return nil, nil, err
		}
	}
	var out []*batch.Batch
	arr := (*C.struct_ArrowArray)(NewArray())
	defer DropArray(unsafe.Pointer(arr))
	for {
		code := C.ab_stream_next(s, arr)
		if code == 0 && arr.release == nil {
			return want, out, nil
		}
		err = nil
		if code != 0 {
			err = streamError(s, code)
		}
		if err == nil {
			var b *batch.Batch
			if b, err = ImportBatch(unsafe.Pointer(arr), from, want); err == nil {
				out = append(out, b)
				continue
			}
		}
		for _, b := range out {
			b.Release()
		}
		return nil, nil, err
	}
}

func streamError(s *C.struct_ArrowArrayStream, code C.int) error {
	if text := C.ab_stream_error(s); text != nil {
		return fmt.Errorf("reading an Arrow stream: %s", C.GoString(text))
	}
	return fmt.Errorf("reading an Arrow stream: error %d", int(code))
}
