package worker

import "github.com/headrace/headrace/core/udf"

// stateBytes is what a slot of live objects is taken to hold before one has been looked at.
const stateBytes = 256

// column is a column of live objects in a worker: a keyed state of a process, or accumulators.
type column struct {
	h    *Host
	n    int64
	at   int64
	name string
	ttl  int64 // ms; 0: the state is never over
	mean int64 // estimated bytes of a slot
}

var _ udf.StateColumn = (*column)(nil)

func (c *column) sized(mean int64) {
	if mean > 0 {
		c.mean = mean
	}
}

// Grow implements udf.StateColumn.
func (c *column) Grow(n int) {
	_ = c.h.void(opGrow, c.n, func(w *writer) { // the next call meets the error again
		w.num(c.at)
		w.num(int64(n))
	})
}

// Encode implements udf.StateColumn.
func (c *column) Encode(slots []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	if len(slots) == 0 {
		return dst, ends, nil
	}
	err := c.h.call(opEncode, c.n, func(w *writer) {
		w.num(c.at)
		list(w, slots)
	}, func(r *reader) {
		base := int32(len(dst))
		for _, e := range listOf[int32](r) {
			ends = append(ends, base+e)
		}
		dst = append(dst, r.bytes()...)
		c.sized(r.num())
	})
	return dst, ends, err
}

// Decode implements udf.StateColumn. An error of user code (__setstate__) comes with the next
// result.
func (c *column) Decode(slots []int32, src []byte, ends []int32) error {
	if len(slots) == 0 {
		return nil
	}
	return c.h.void(opDecode, c.n, func(w *writer) {
		w.num(c.at)
		list(w, slots)
		list(w, ends)
		w.bytes(src)
	})
}

// Clear implements udf.StateColumn.
func (c *column) Clear(slots []int32) {
	if len(slots) == 0 {
		return
	}
	_ = c.h.void(opClear, c.n, func(w *writer) { // the next call meets the error again
		w.num(c.at)
		list(w, slots)
	})
}

// SizeBytes implements udf.StateColumn: an estimate from the slots looked at last.
func (c *column) SizeBytes(slots []int32) int64 { return int64(len(slots)) * c.mean }
