package arrowbridge

/*
#include <stdlib.h>
#include "abi.h"
*/
import "C"

import "unsafe"

// Addresses of C functions void (*)(void *) that release and free what NewArray and NewSchema
// made: for Defer, and as destructors of Python's capsules.
var (
	FreeArray  = C.ab_free
	FreeSchema = C.ab_free_schema
)

// NewArray allocates an empty ArrowArray in C memory; give it back with DropArray (or FreeArray).
func NewArray() unsafe.Pointer { return C.calloc(1, C.sizeof_struct_ArrowArray) }

// NewSchema allocates an empty ArrowSchema in C memory; give it back with DropSchema.
func NewSchema() unsafe.Pointer { return C.calloc(1, C.sizeof_struct_ArrowSchema) }

// DropArray releases the array, unless somebody has taken it, and frees the structure.
func DropArray(p unsafe.Pointer) { C.ab_free(p) }

// DropSchema releases the schema, unless somebody has taken it, and frees the structure.
func DropSchema(p unsafe.Pointer) { C.ab_free_schema(p) }

// NewStream allocates an empty ArrowArrayStream in C memory; give it back with DropStream.
func NewStream() unsafe.Pointer { return C.calloc(1, C.sizeof_struct_ArrowArrayStream) }

// DropStream releases the stream, unless that has been done, and frees the structure.
func DropStream(p unsafe.Pointer) {
	C.ab_release_stream((*C.struct_ArrowArrayStream)(p))
	C.free(p)
}
