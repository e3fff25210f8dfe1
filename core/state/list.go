package state

import (
	"encoding/binary"

	"github.com/headrace/headrace/core/base/errs"
)

// largeValue is from where on a list or map is told to checkpoints as changes.
const largeValue = 1024

// List is a column of a list of byte strings a slot, in the order of Append.
//
// Encoded: 0 and the elements, each with its length as uvarint. A delta is the elements appended.
type List struct {
	Evolution
	lists []list
}

type list struct {
	data []byte // elements, each behind its length
	n    int32
	// told is how much of data the newest capture (or decoded state) has; -1: the next capture
	// tells all.
	told int32
}

var _ Incremental = (*List)(nil)

// NewList makes a column; e speaks of the elements.
func NewList(e Evolution) *List { return &List{Evolution: e} }

// Append adds a copy of an element.
func (c *List) Append(slot int32, element []byte) {
	l := &c.lists[slot]
	l.data = appendBytes(l.data, element)
	l.n++
}

// Len is the number of elements.
func (c *List) Len(slot int32) int { return int(c.lists[slot].n) }

// Range calls f with the elements in order until it returns false. They are valid until the next
// change of the slot.
func (c *List) Range(slot int32, f func(i int, element []byte) bool) {
	data := c.lists[slot].data
	for i := 0; len(data) > 0; i++ {
		size, n := binary.Uvarint(data)
		end := n + int(size)
		if !f(i, data[n:end:end]) {
			return
		}
		data = data[end:]
	}
}

// Filter keeps the elements for which keep returns true; it says whether any went.
func (c *List) Filter(slot int32, keep func(i int, element []byte) bool) bool {
	l := &c.lists[slot]
	out := l.data[:0]
	n := int32(0)
	c.Range(slot, func(i int, element []byte) bool {
		if keep(i, element) {
			out = appendBytes(out, element)
			n++
		}
		return true
	})
	if n == l.n {
		return false
	}
	l.data, l.n, l.told = out, n, -1
	return true
}

// DropFirst removes the first n elements.
func (c *List) DropFirst(slot int32, n int) {
	c.Filter(slot, func(i int, _ []byte) bool { return i >= n })
}

// Grow implements Column.
func (c *List) Grow(n int) {
	for len(c.lists) < n {
		c.lists = append(c.lists, list{told: -1})
	}
}

// Encode implements Column.
func (c *List) Encode(slots []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	for _, s := range slots {
		dst = c.lists[s].whole(dst)
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends, nil
}

func (l *list) whole(dst []byte) []byte {
	if l.n == 0 {
		return dst
	}
	return append(append(dst, 0), l.data...)
}

// EncodeDelta implements Incremental.
func (c *List) EncodeDelta(slots []int32, dst []byte, ends []int32, whole []bool) ([]byte, []int32,
	[]bool, error) {
	for _, s := range slots {
		l := &c.lists[s]
		if all := l.told < 0 || len(l.data) < largeValue; all {
			dst = l.whole(dst)
			whole = append(whole, true)
		} else {
			dst = append(dst, l.data[l.told:]...)
			whole = append(whole, false)
		}
		l.told = int32(len(l.data))
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends, whole, nil
}

// Decode implements Column.
func (c *List) Decode(slots []int32, src []byte, ends []int32) error {
	from := int32(0)
	for i, s := range slots {
		v := src[from:ends[i]]
		from = ends[i]
		c.lists[s] = list{}
		if len(v) == 0 {
			continue
		}
		if err := c.lists[s].extend(v[1:]); err != nil {
			return err
		}
	}
	return nil
}

// Apply implements Incremental.
func (c *List) Apply(slots []int32, src []byte, ends []int32) error {
	from := int32(0)
	for i, s := range slots {
		if err := c.lists[s].extend(src[from:ends[i]]); err != nil {
			return err
		}
		from = ends[i]
	}
	return nil
}

// extend appends encoded elements that a checkpoint has.
func (l *list) extend(v []byte) error {
	l.data = append(l.data, v...)
	for len(v) > 0 {
		size, n := binary.Uvarint(v)
		if n <= 0 || size > uint64(len(v)-n) {
			return errs.Corruptf("an element of a list is cut off")
		}
		v = v[n+int(size):]
		l.n++
	}
	l.told = int32(len(l.data))
	return nil
}

// Clear implements Column.
func (c *List) Clear(slots []int32) {
	for _, s := range slots {
		c.lists[s] = list{told: -1}
	}
}

// SizeBytes implements Column.
func (c *List) SizeBytes(slots []int32) int64 {
	n := int64(32 * len(slots))
	for _, s := range slots {
		n += int64(cap(c.lists[s].data))
	}
	return n
}

// TypeDescriptor implements Typed.
func (c *List) TypeDescriptor() string { return c.describe("list") }

// Evolve implements Typed.
func (c *List) Evolve(from string) (Convert, error) {
	convert, err := c.evolve("list", from)
	if convert == nil || err != nil {
		return nil, err
	}
	return func(dst, src []byte, delta bool) ([]byte, error) {
		if !delta && len(src) > 0 {
			dst, src = append(dst, 0), src[1:]
		}
		for len(src) > 0 {
			element, rest, err := cutBytes(src)
			if err != nil {
				return dst, err
			}
			next, err := convert(nil, element)
			if err != nil {
				return dst, err
			}
			dst, src = appendBytes(dst, next), rest
		}
		return dst, nil
	}, nil
}

// cutBytes takes a byte string off its length and what follows.
func cutBytes(src []byte) (v, rest []byte, err error) {
	size, n := binary.Uvarint(src)
	if n <= 0 || size > uint64(len(src)-n) {
		return nil, nil, errs.Corruptf("a byte string is cut off")
	}
	end := n + int(size)
	return src[n:end:end], src[end:], nil
}
