package function

import (
	"encoding/binary"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// eachRow calls f with the group and the row of every non-null value.
func eachRow(c *batch.Column, groups, rows []int32, f func(g int32, i int)) {
	nulls := c.NullCount() > 0
	for k, g := range groups {
		i := k
		if rows != nil {
			i = int(rows[k])
		}
		if !nulls || !c.IsNull(i) {
			f(g, i)
		}
	}
}

// rowOf is the row of position k.
func rowOf(rows []int32, k int) int {
	if rows == nil {
		return k
	}
	return int(rows[k])
}

// grow lengthens s to n zero values.
func grow[T any](s []T, n int) []T {
	if n <= len(s) {
		return s
	}
	if n > cap(s) {
		s = append(make([]T, 0, max(n, 2*cap(s))), s...)
	}
	return s[:n]
}

// encodeEach is Encode by a function that appends one group.
func encodeEach(groups []int32, dst []byte, ends []int32, f func(dst []byte, g int32) []byte,
) ([]byte, []int32, error) {
	for _, g := range groups {
		dst = f(dst, g)
		if len(dst) > 1<<31-1 {
			return dst, ends, errs.Dataf("the state of %d groups exceeds 2 GiB", len(groups))
		}
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends, nil
}

// decodeEach is Decode by a function that reads one non-empty group; clear empties the group
// beforehand. The function gets a reader and must not fail: the reader remembers.
func decodeEach(groups []int32, src []byte, ends []int32, clear func([]int32),
	f func(g int32, r *reader)) error {
	clear(groups)
	from := int32(0)
	for k, g := range groups {
		if to := ends[k]; to > from {
			r := &reader{b: src[from:to]}
			f(g, r)
			if r.bad || len(r.b) > 0 {
				return errs.Corruptf("the state of an aggregate cannot be read")
			}
		}
		from = ends[k]
	}
	return nil
}

// reader reads what was appended; past the end it gives zeros and is bad.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad = true
		r.b = nil
		return make([]byte, max(min(n, 16), 0))
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) uint64() uint64 { return binary.LittleEndian.Uint64(r.take(8)) }

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad = true
		r.b = nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad = true
		r.b = nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) text() string {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.bad = true
		return ""
	}
	return string(r.take(int(n)))
}

// count reads a number of things that follow, bounded by the bytes left.
func (r *reader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.bad = true
		return 0
	}
	return int(n)
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// fixedResult makes a column of one value a group; has nil means that none is null.
func fixedResult[T batch.Fixed](t types.Type, groups []int32, value func(g int32) (T, bool),
) *batch.Column {
	out := make([]T, len(groups))
	var valid []byte
	for k, g := range groups {
		v, ok := value(g)
		out[k] = v
		if !ok {
			if valid == nil {
				valid = batch.NewValid(len(groups))
			}
			batch.ClearBit(valid, k)
		}
	}
	return batch.MakeFixed(t, out, valid)
}
