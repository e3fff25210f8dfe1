package kernel

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strconv"
)

// Bitmaps are sets of 32-bit numbers in the portable format of Roaring bitmaps: containers of up
// to 65,536 numbers that share their upper half, as sorted arrays up to 4,096 numbers and as bits
// above. Runs are read, not written.

const (
	bitmapCookie    = 12346 // no runs
	bitmapCookieRun = 12347
	arrayLimit      = 4096
	bitmapBytes     = 8192
)

// AppendBitmap appends the bytes of a set of sorted, distinct numbers.
func AppendBitmap(dst []byte, values []uint32) []byte {
	le := binary.LittleEndian
	type container struct{ from, to int }
	var parts []container
	for i := 0; i < len(values); {
		j := i
		for j < len(values) && values[j]>>16 == values[i]>>16 {
			j++
		}
		parts = append(parts, container{i, j})
		i = j
	}
	start := len(dst)
	dst = le.AppendUint32(dst, bitmapCookie)
	dst = le.AppendUint32(dst, uint32(len(parts)))
	for _, p := range parts {
		dst = le.AppendUint16(dst, uint16(values[p.from]>>16))
		dst = le.AppendUint16(dst, uint16(p.to-p.from-1))
	}
	at := len(dst) - start + 4*len(parts)
	for _, p := range parts {
		dst = le.AppendUint32(dst, uint32(at))
		if n := p.to - p.from; n <= arrayLimit {
			at += 2 * n
		} else {
			at += bitmapBytes
		}
	}
	for _, p := range parts {
		if p.to-p.from <= arrayLimit {
			for _, v := range values[p.from:p.to] {
				dst = le.AppendUint16(dst, uint16(v))
			}
			continue
		}
		var words [bitmapBytes]byte
		for _, v := range values[p.from:p.to] {
			words[uint16(v)>>3] |= 1 << (v & 7)
		}
		dst = append(dst, words[:]...)
	}
	return dst
}

// ReadBitmap returns the numbers of a set, sorted; ok is false for bytes that are none.
func ReadBitmap(b []byte) (values []uint32, ok bool) {
	r := &bitmapReader{b: b}
	cookie := r.uint32()
	n := 0
	var runs []byte
	switch {
	case cookie == bitmapCookie:
		n = int(r.uint32())
	case cookie&0xffff == bitmapCookieRun:
		n = int(cookie>>16) + 1
		runs = r.take((n + 7) / 8)
	default:
		return nil, false
	}
	if n > 1<<16 {
		return nil, false
	}
	header := r.take(4 * n)
	if runs == nil || n >= 4 {
		r.take(4 * n) // where the containers are: they follow in order
	}
	for i := 0; i < n && !r.bad; i++ {
		high := uint32(binary.LittleEndian.Uint16(header[4*i:])) << 16
		count := int(binary.LittleEndian.Uint16(header[4*i+2:])) + 1
		switch {
		case runs != nil && runs[i/8]>>(i%8)&1 == 1:
			for range r.uint16() {
				from, more := uint32(r.uint16()), uint32(r.uint16())
				for v := from; v <= from+more && v <= 0xffff; v++ {
					values = append(values, high|v)
				}
			}
		case count <= arrayLimit:
			for range count {
				values = append(values, high|uint32(r.uint16()))
			}
		default:
			for k, w := range r.take(bitmapBytes) {
				for ; w != 0; w &= w - 1 {
					values = append(values, high|uint32(k*8+bits.TrailingZeros8(w)))
				}
			}
		}
	}
	return values, !r.bad && slices.IsSorted(values)
}

type bitmapReader struct {
	b   []byte
	bad bool
}

func (r *bitmapReader) take(n int) []byte {
	if n > len(r.b) {
		r.bad, r.b = true, nil
		return make([]byte, n)
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *bitmapReader) uint16() uint16 { return binary.LittleEndian.Uint16(r.take(2)) }
func (r *bitmapReader) uint32() uint32 { return binary.LittleEndian.Uint32(r.take(4)) }

// CombineBitmaps joins two sorted sets: the operator says, from being in a and in b, what stays.
func CombineBitmaps(a, b []uint32, keep func(inA, inB bool) bool) []uint32 {
	var out []uint32
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		inA := i < len(a) && (j == len(b) || a[i] <= b[j])
		inB := j < len(b) && (i == len(a) || b[j] <= a[i])
		v := uint32(0)
		if inA {
			v = a[i]
			i++
		}
		if inB {
			v = b[j]
			j++
		}
		if keep(inA, inB) {
			out = append(out, v)
		}
	}
	return out
}

// AppendBitmapText appends {1,2,3}.
func AppendBitmapText(dst []byte, values []uint32) []byte {
	dst = append(dst, '{')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, uint64(v), 10)
	}
	return append(dst, '}')
}
