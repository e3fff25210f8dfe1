// Package colcodec writes columns as bytes that can be read in place: every buffer stands at a
// multiple of 8 from the start of the message, as it stands in the column. It is for short ways
// (shared memory between processes of one build), not for what is kept: there is no version.
//
// A column of a type and n rows, both known to the reader, is: a word that says whether there are
// nulls, the validity bitmap if so, then by type the values (fixed width), the bits (BOOLEAN), n+1
// offsets and the bytes (strings), n+1 offsets and the children (ARRAY, MAP, MULTISET), the
// children (ROW), or n ends and the encoded objects (OBJECT).
package colcodec

import (
	"encoding/binary"
	"unsafe"

	"github.com/apache/arrow/go/v16/arrow"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Objects encodes and decodes OBJECT columns; udf.Objects is one.
type Objects interface {
	Encode(c *batch.Column, dst []byte, ends []int32) ([]byte, []int32, error)
	Decode(src []byte, ends []int32) (*batch.Column, error)
}

// Align pads dst to a multiple of 8.
func Align(dst []byte) []byte {
	var zero [8]byte
	return append(dst, zero[:-len(dst)&7]...)
}

// AppendSlice appends the memory of a slice, aligned.
func AppendSlice[T int32 | int64 | uint64 | int8 | types.RowKind](dst []byte, s []T) []byte {
	dst = Align(dst)
	if len(s) == 0 {
		return dst
	}
	return append(dst, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))),
		len(s)*int(unsafe.Sizeof(s[0])))...)
}

// Append appends a column.
func Append(dst []byte, c *batch.Column, objects Objects) ([]byte, error) {
	n := c.Len()
	dst = Align(dst)
	valid, off := c.Validity()
	if valid == nil {
		dst = binary.LittleEndian.AppendUint64(dst, 0)
	} else {
		dst = binary.LittleEndian.AppendUint64(dst, 1)
		dst = appendBits(dst, valid, off, n)
	}
	switch k := c.Type.Kind; {
	case k == types.Null:
		return dst, nil
	case k == types.Object:
		return appendObjects(dst, c, objects)
	case k == types.Boolean:
		bits, off := c.Bits()
		return appendBits(Align(dst), bits, off, n), nil
	case k == types.Row:
		return appendKids(dst, c, 0, n, objects)
	case k == types.Array || k == types.Map || k == types.Multiset:
		offs := c.Offsets()
		return appendKids(appendOffsets(dst, offs), c, int(offs[0]), int(offs[n]), objects)
	case c.Type.IsString() || c.Type.IsBytes():
		offs := c.Offsets()
		dst = Align(appendOffsets(dst, offs))
		return append(dst, c.Data()[offs[0]:offs[n]]...), nil
	}
	return appendFixed(dst, c), nil
}

func appendFixed(dst []byte, c *batch.Column) []byte {
	switch width := widthOf(c.Type); width {
	case 1:
		return AppendSlice(dst, batch.Values[int8](c))
	case 4:
		return AppendSlice(dst, batch.Values[int32](c))
	case 8:
		return AppendSlice(dst, batch.Values[int64](c))
	default:
		dst = Align(dst)
		if c.Len() == 0 {
			return dst
		}
		var p unsafe.Pointer
		if width == 2 {
			p = unsafe.Pointer(unsafe.SliceData(batch.Values[int16](c)))
		} else {
			p = unsafe.Pointer(unsafe.SliceData(batch.Values[batch.Decimal](c)))
		}
		return append(dst, unsafe.Slice((*byte)(p), c.Len()*width)...)
	}
}

func appendKids(dst []byte, c *batch.Column, from, to int, objects Objects) ([]byte, error) {
	for i := range c.NumChildren() {
		kid := c.Child(i).Slice(from, to)
		var err error
		dst, err = Append(dst, kid, objects)
		kid.Release()
		if err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// appendOffsets appends offsets that begin at 0.
func appendOffsets(dst []byte, offs []int32) []byte {
	if offs[0] == 0 {
		return AppendSlice(dst, offs)
	}
	dst = Align(dst)
	for _, o := range offs {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(o-offs[0]))
	}
	return dst
}

// appendBits appends n bits from off on, the first one at bit 0.
func appendBits(dst, bits []byte, off, n int) []byte {
	if off&7 == 0 {
		return append(dst, bits[off>>3:off>>3+(n+7)>>3]...)
	}
	from := len(dst)
	dst = append(dst, make([]byte, (n+7)>>3)...)
	for i := range n {
		if batch.Bit(bits, off+i) {
			batch.SetBit(dst[from:], i)
		}
	}
	return dst
}

// appendObjects appends the ends, the size and the bytes of the objects. Those that are encoded
// already go as they are.
func appendObjects(dst []byte, c *batch.Column, objects Objects) ([]byte, error) {
	if out, ok := appendEncoded(dst, c); ok {
		return out, nil
	}
	data, ends, err := EncodeObjects(c, objects)
	if err != nil {
		return nil, err
	}
	return append(Align(AppendSlice(dst, ends)), data...), nil
}

// appendEncoded is appendObjects for a column whose objects are all encoded; false: it is none.
func appendEncoded(dst []byte, c *batch.Column) ([]byte, bool) {
	handles := batch.Values[uint64](c)
	ends := make([]int32, len(handles))
	size := 0
	for i, h := range handles {
		raw, ok := batch.Encoded(h)
		if !ok {
			return dst, false
		}
		size += len(raw)
		ends[i] = int32(size)
	}
	dst = Align(AppendSlice(dst, ends))
	for _, h := range handles {
		raw, _ := batch.Encoded(h)
		dst = append(dst, raw...)
	}
	return dst, true
}

// EncodeObjects returns the encoded objects of a column, those encoded already as they are.
func EncodeObjects(c *batch.Column, objects Objects) (data []byte, ends []int32, err error) {
	handles := batch.Values[uint64](c)
	ends = make([]int32, 0, len(handles))
	for i := 0; i < len(handles); {
		if raw, ok := batch.Encoded(handles[i]); ok {
			data = append(data, raw...)
			ends = append(ends, int32(len(data)))
			i++
			continue
		}
		to := i + 1
		for to < len(handles) && handles[to]&1 == 0 {
			to++
		}
		if objects == nil {
			return nil, nil, errs.Internalf("live objects are encoded without a host of user code")
		}
		live := c.Slice(i, to)
		data, ends, err = objects.Encode(live, data, ends)
		live.Release()
		if err != nil {
			return nil, nil, err
		}
		i = to
	}
	return data, ends, nil
}

func widthOf(t types.Type) int {
	return t.Arrow().(arrow.FixedWidthDataType).Bytes()
}
