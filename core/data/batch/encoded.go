package batch

import "unsafe"

// Objects that have left their process, or wait to enter one, are bytes. In an OBJECT column their
// handles are told from those of live objects by the lowest bit, which an address of an object
// never has set: the rest is the address of the length, behind which the bytes stand. So a column
// may hold both, and Take, Slice and Concat need not know.

const encodedBit = 1

// encodedOwner keeps the bytes of encoded objects reachable.
type encodedOwner struct {
	arena []uint64
	n     int
}

var _ interface {
	Owner
	Sized
} = (*encodedOwner)(nil)

func (*encodedOwner) Retain()  {}
func (*encodedOwner) Release() {}

// SizeBytes implements Sized.
func (o *encodedOwner) SizeBytes() int64 { return int64(8 * len(o.arena)) }

// Len implements Sized.
func (o *encodedOwner) Len() int { return o.n }

// MakeEncoded makes an OBJECT column of encoded objects: object i is data[ends[i-1]:ends[i]], which
// is copied.
func MakeEncoded(data []byte, ends []int32) *Column {
	words := 0
	from := int32(0)
	for _, end := range ends {
		words += 1 + int(end-from+7)/8
		from = end
	}
	o := &encodedOwner{arena: make([]uint64, words), n: len(ends)}
	handles := make([]uint64, len(ends))
	at := 0
	from = 0
	for i, end := range ends {
		n := int(end - from)
		o.arena[at] = uint64(n)
		p := unsafe.Pointer(&o.arena[at])
		handles[i] = uint64(uintptr(p)) | encodedBit
		if n > 0 {
			copy(unsafe.Slice((*byte)(unsafe.Add(p, 8)), n), data[from:end])
		}
		at += 1 + (n+7)/8
		from = end
	}
	return MakeObjects(handles, o)
}

// Encoded returns the bytes behind a handle of an OBJECT column, valid as long as the column; ok
// false: it stands for a live object, or for None.
func Encoded(handle uint64) (data []byte, ok bool) {
	if handle&encodedBit == 0 {
		return nil, false
	}
	addr := handle &^ encodedBit
	p := *(*unsafe.Pointer)(unsafe.Pointer(&addr)) // kept by the column's owner
	return unsafe.Slice((*byte)(unsafe.Add(p, 8)), *(*uint64)(p)), true
}

// AnyEncoded says whether some objects of an OBJECT column are encoded.
func AnyEncoded(c *Column) bool {
	for _, h := range Values[uint64](c) {
		if h&encodedBit != 0 {
			return true
		}
	}
	return false
}
