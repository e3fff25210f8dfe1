package parquet

import (
	"encoding/binary"

	"github.com/headrace/headrace/core/data/batch"
)

// entries are those of the dictionary of a fixed-width column. Their memory serves one dictionary
// after the other.
type entries[T any] interface {
	// take has n entries, which are stored in data.
	take(data []byte, n int)
	// find gives the entries of some numbers; false: there is none of one of them.
	find(codes []uint32, dst []T) bool
}

// whole are entries in memory as values are.
type whole[T batch.Fixed] struct {
	values []T
	plain  func(dst []T, src []byte)
}

func (e *whole[T]) take(data []byte, n int) {
	e.values = sized(e.values, n)
	e.plain(e.values, data)
}

func (e *whole[T]) find(codes []uint32, dst []T) bool {
	dst = dst[:len(codes)]
	for i, c := range codes {
		if uint64(c) >= uint64(len(e.values)) {
			return false
		}
		dst[i] = e.values[c]
	}
	return true
}

// words are entries of a DECIMAL in 64 bits, as they are stored: half of them stays in the cache
// that would not otherwise.
type words struct{ values []int64 }

func (e *words) take(data []byte, n int) {
	e.values = sized(e.values, n)
	data = data[:8*n]
	for i := range e.values {
		e.values[i] = int64(binary.LittleEndian.Uint64(data[8*i:]))
	}
}

func (e *words) find(codes []uint32, dst []batch.Decimal) bool {
	dst = dst[:len(codes)]
	for i, c := range codes {
		if uint64(c) >= uint64(len(e.values)) {
			return false
		}
		v := e.values[c]
		dst[i] = batch.DecimalFromWords(v>>63, uint64(v))
	}
	return true
}

// sized is v with n values, whose content is arbitrary.
func sized[T batch.Fixed](v []T, n int) []T {
	if cap(v) < n {
		return batch.Uninit[T](n)
	}
	return v[:n]
}
