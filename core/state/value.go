package state

import (
	"fmt"
	"unsafe"

	"github.com/headrace/headrace/core/base/errs"
)

// Plain are values without pointers whose memory is their encoding: numbers and structs or arrays
// of numbers, without padding.
type Plain interface{ any }

// Value is a column of one plain value a slot, e.g. a count or an accumulator of numbers. T must
// hold no pointers, slices or strings; use Bytes for what does.
type Value[T Plain] struct {
	kind   string
	values []T
	set    []bool
}

var _ Column = (*Value[int64])(nil)

// NewValue makes a column. kind names the meaning of T in checkpoints, "" for the Go type's name;
// a restore under another kind is refused.
func NewValue[T Plain](kind string) *Value[T] {
	if kind == "" {
		var zero T
		kind = fmt.Sprintf("%T", zero)
	}
	return &Value[T]{kind: kind}
}

// Get returns the value of a slot; ok is false when it has none.
func (c *Value[T]) Get(slot int32) (v T, ok bool) { return c.values[slot], c.set[slot] }

// Has says whether a slot has a value.
func (c *Value[T]) Has(slot int32) bool { return c.set[slot] }

// Set gives a slot a value. The caller marks the slot dirty, here and in all other columns.
func (c *Value[T]) Set(slot int32, v T) { c.values[slot], c.set[slot] = v, true }

// At returns the slot's value for changes in place, the zero value if it had none. It is valid
// until the next Resolve.
func (c *Value[T]) At(slot int32) *T {
	c.set[slot] = true
	return &c.values[slot]
}

// Values returns all values, by slot: for loops over a batch. Those of slots without a value are
// zero; a loop that sets some must make them known with SetAll.
func (c *Value[T]) Values() []T { return c.values }

// SetAll says that the slots have values now.
func (c *Value[T]) SetAll(slots []int32) {
	for _, s := range slots {
		c.set[s] = true
	}
}

// Grow implements Column.
func (c *Value[T]) Grow(n int) {
	if n > len(c.set) {
		c.values = append(c.values, make([]T, n-len(c.values))...)
		c.set = append(c.set, make([]bool, n-len(c.set))...)
	}
}

func (c *Value[T]) raw(slot int32) []byte {
	v := &c.values[slot]
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}

// Empty implements Emptied.
func (c *Value[T]) Empty(slot int32) bool { return !c.set[slot] }

// Encode implements Column. Numbers are little-endian, as on every machine headrace runs on; a
// leading 1 keeps an empty T apart from no value.
func (c *Value[T]) Encode(slots []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	for _, s := range slots {
		if c.set[s] {
			dst = append(append(dst, 1), c.raw(s)...)
		}
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends, nil
}

// Decode implements Column.
func (c *Value[T]) Decode(slots []int32, src []byte, ends []int32) error {
	var zero T
	from := int32(0)
	for i, s := range slots {
		v := src[from:ends[i]]
		from = ends[i]
		c.values[s], c.set[s] = zero, len(v) > 0
		if len(v) == 0 {
			continue
		}
		if len(v) != 1+int(unsafe.Sizeof(zero)) {
			return errs.Corruptf("a value of %s takes %d bytes", c.kind, len(v))
		}
		copy(c.raw(s), v[1:])
	}
	return nil
}

// Clear implements Column.
func (c *Value[T]) Clear(slots []int32) {
	var zero T
	for _, s := range slots {
		c.values[s], c.set[s] = zero, false
	}
}

// SizeBytes implements Column.
func (c *Value[T]) SizeBytes(slots []int32) int64 {
	var zero T
	return int64(len(slots)) * int64(unsafe.Sizeof(zero)+1)
}

// TypeDescriptor implements Typed.
func (c *Value[T]) TypeDescriptor() string { return "value(" + c.kind + ")" }

// Evolve implements Typed: plain values do not change their type.
func (c *Value[T]) Evolve(from string) (Convert, error) {
	return nil, errs.Userf("its values were %s and are now %s", from, c.TypeDescriptor())
}
