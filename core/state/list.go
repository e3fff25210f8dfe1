package state

import (
	"encoding/binary"
	"slices"

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

// list holds the elements, each behind its length, in pieces: what has been written is not moved
// again, and a list of many elements has little room that is not used.
type list struct {
	data []byte    // the newest piece
	full *[][]byte // those before it, none empty; nil: there are none
	size int32     // bytes in all of them
	n    int32
	// told is how many of the bytes the newest capture (or decoded state) has; -1: the next capture
	// tells all.
	told int32
}

// pieceBytes is the size of the pieces of a large list.
const pieceBytes = 4096

var _ Incremental = (*List)(nil)

// NewList makes a column; e speaks of the elements.
func NewList(e Evolution) *List { return &List{Evolution: e} }

// Append adds a copy of an element.
func (c *List) Append(slot int32, element []byte) {
	l := &c.lists[slot]
	need := len(element) + uvarintLen(len(element))
	l.room(need)
	l.data = appendBytes(l.data, element)
	l.size += int32(need)
	l.n++
}

func uvarintLen(n int) int {
	size := 1
	for ; n >= 0x80; n >>= 7 {
		size++
	}
	return size
}

// room has n bytes more fit into the newest piece, which is another one where a list is not small.
func (l *list) room(n int) {
	if n <= cap(l.data)-len(l.data) {
		return
	}
	if have := len(l.data); have < pieceBytes/4 && l.full == nil {
		l.data = append(slices.Grow([]byte(nil), max(have+n, have*3/2)), l.data...)
		return
	}
	if l.full == nil {
		l.full = new([][]byte)
	}
	if len(l.data) > 0 {
		*l.full = append(*l.full, l.data)
	}
	l.data = slices.Grow([]byte(nil), max(n, min(int(l.size)/2, pieceBytes)))
}

// pieces calls f with the pieces in order until it returns false.
func (l *list) pieces(f func(piece []byte) bool) {
	if l.full != nil {
		for _, p := range *l.full {
			if !f(p) {
				return
			}
		}
	}
	f(l.data)
}

// Len is the number of elements.
func (c *List) Len(slot int32) int { return int(c.lists[slot].n) }

// Range calls f with the elements in order until it returns false. They are valid until the next
// change of the slot.
func (c *List) Range(slot int32, f func(i int, element []byte) bool) {
	i := 0
	c.lists[slot].pieces(func(data []byte) bool {
		for len(data) > 0 {
			size, n := uvarint(data)
			end := n + size
			if !f(i, data[n:end:end]) {
				return false
			}
			data = data[end:]
			i++
		}
		return true
	})
}

// Filter keeps the elements for which keep returns true; it says whether any went.
func (c *List) Filter(slot int32, keep func(i int, element []byte) bool) bool {
	l := &c.lists[slot]
	i, kept, size := 0, int32(0), 0
	var full [][]byte
	sift := func(data []byte) []byte {
		out := data[:0]
		for len(data) > 0 {
			length, n := uvarint(data)
			end := n + length
			if keep(i, data[n:end:end]) {
				out = append(out, data[:end]...)
				kept++
			}
			data = data[end:]
			i++
		}
		size += len(out)
		return out
	}
	if l.full != nil {
		for _, p := range *l.full {
			if p = sift(p); len(p) > 0 {
				full = append(full, p)
			}
		}
		*l.full = full
	}
	l.data = sift(l.data)
	if kept == l.n {
		return false
	}
	l.n, l.size, l.told = kept, int32(size), -1
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

// Empty implements Emptied.
func (c *List) Empty(slot int32) bool { return c.lists[slot].n == 0 }

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
	return l.from(append(dst, 0), 0)
}

// from adds the bytes of all pieces from a place on to dst.
func (l *list) from(dst []byte, at int) []byte {
	l.pieces(func(p []byte) bool {
		if at < len(p) {
			dst = append(dst, p[max(at, 0):]...)
		}
		at -= len(p)
		return true
	})
	return dst
}

// EncodeDelta implements Incremental.
func (c *List) EncodeDelta(slots []int32, dst []byte, ends []int32, whole []bool) ([]byte, []int32,
	[]bool, error) {
	for _, s := range slots {
		l := &c.lists[s]
		if all := l.told < 0 || l.size < largeValue; all {
			dst = l.whole(dst)
			whole = append(whole, true)
		} else {
			dst = l.from(dst, int(l.told))
			whole = append(whole, false)
		}
		l.told = l.size
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
	l.room(len(v))
	l.data = append(l.data, v...)
	l.size += int32(len(v))
	for len(v) > 0 {
		size, n := binary.Uvarint(v)
		if n <= 0 || size > uint64(len(v)-n) {
			return errs.Corruptf("an element of a list is cut off")
		}
		v = v[n+int(size):]
		l.n++
	}
	l.told = l.size
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
	n := int64(48 * len(slots))
	for _, s := range slots {
		l := &c.lists[s]
		l.pieces(func(p []byte) bool {
			n += int64(cap(p))
			return true
		})
		if l.full != nil {
			n += int64(24 * cap(*l.full))
		}
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
