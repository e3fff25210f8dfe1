package batch

import (
	"strings"
	"unsafe"

	"github.com/headrace/headrace/core/base/invariant"
)

// uninitBytes is the size from which clearing memory costs more than it takes to ask for memory
// that is not cleared.
const uninitBytes = 2 << 10

// Uninit makes a slice of n values whose content is arbitrary, for a caller that writes each of
// them before anybody reads: Go clears what make gives, which for large columns costs as much as
// filling them.
func Uninit[T Fixed](n int) []T {
	var zero T
	size := n * int(unsafe.Sizeof(zero))
	if size < uninitBytes {
		return make([]T, n)
	}
	// A strings.Builder is the one way to memory that is not cleared. What it gives holds no
	// pointers, and neither do the values.
	var b strings.Builder
	b.Grow(size)
	_ = b.WriteByte(0)
	raw := unsafe.Slice(unsafe.StringData(b.String()), size)
	if invariant.Enabled {
		for i := range raw {
			raw[i] = 0xa5
		}
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(raw))), n)
}

// BytesOf is the memory of the values.
func BytesOf[T Fixed](values []T) []byte { return asBytes(values) }
