package batch

import (
	"fmt"
	"unsafe"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/bitutil"
	"github.com/apache/arrow/go/v16/arrow/memory"

	"github.com/headrace/headrace/core/data/types"
)

// MakeFixed makes a fixed-width column of the values, which it takes over. valid is a validity
// bitmap from bit 0 (nil: no nulls).
func MakeFixed[T Fixed](t types.Type, values []T, valid []byte) *Column {
	raw := asBytes(values)
	data := array.NewData(t.Arrow(), len(values),
		[]*memory.Buffer{validBuffer(valid), memory.NewBufferBytes(raw)}, nil,
		nullCount(valid, len(values)), 0)
	return FromArrow(t, array.MakeFromData(data), nil)
}

// MakeBool makes a BOOLEAN column from bit-packed values.
func MakeBool(t types.Type, bits []byte, n int, valid []byte) *Column {
	data := array.NewData(arrow.FixedWidthTypes.Boolean, n,
		[]*memory.Buffer{validBuffer(valid), memory.NewBufferBytes(bits)}, nil,
		nullCount(valid, n), 0)
	return FromArrow(t, array.MakeFromData(data), nil)
}

// MakeBytes makes a string or bytes column: offs has n+1 entries into data.
func MakeBytes(t types.Type, offs []int32, data, valid []byte) *Column {
	n := len(offs) - 1
	d := array.NewData(t.Arrow(), n, []*memory.Buffer{validBuffer(valid),
		memory.NewBufferBytes(asBytes(offs)), memory.NewBufferBytes(data)}, nil,
		nullCount(valid, n), 0)
	return FromArrow(t, array.MakeFromData(d), nil)
}

// MakeNested makes an ARRAY (one child), MAP or MULTISET (keys, values) column: offs has n+1
// entries into the children.
func MakeNested(t types.Type, offs []int32, kids []*Column, valid []byte) *Column {
	n := len(offs) - 1
	dt := t.Arrow()
	var child arrow.ArrayData
	if m, ok := dt.(*arrow.MapType); ok {
		child = array.NewData(m.Elem(), kids[0].n, []*memory.Buffer{nil},
			[]arrow.ArrayData{kids[0].arr.Data(), kids[1].arr.Data()}, 0, 0)
	} else {
		child = kids[0].arr.Data()
	}
	d := array.NewData(dt, n, []*memory.Buffer{validBuffer(valid),
		memory.NewBufferBytes(asBytes(offs))}, []arrow.ArrayData{child}, nullCount(valid, n), 0)
	return FromArrow(t, array.MakeFromData(d), shared(kids))
}

// MakeRow makes a ROW column of n rows.
func MakeRow(t types.Type, n int, kids []*Column, valid []byte) *Column {
	children := make([]arrow.ArrayData, len(kids))
	for i, k := range kids {
		children[i] = k.arr.Data()
	}
	d := array.NewData(t.Arrow(), n, []*memory.Buffer{validBuffer(valid)}, children,
		nullCount(valid, n), 0)
	return FromArrow(t, array.MakeFromData(d), shared(kids))
}

// MakeNull makes a column of n nulls of any type but OBJECT.
func MakeNull(t types.Type, n int) *Column {
	b := NewBuilder(t, n)
	for range n {
		b.AppendNull()
	}
	return b.Finish()
}

// owners is the owner of a column whose children belong to several.
type owners []Owner

func (o owners) Retain() {
	for _, x := range o {
		x.Retain()
	}
}

func (o owners) Release() {
	for _, x := range o {
		x.Release()
	}
}

// shared collects the owners of the children, whose references the parent takes over.
func shared(kids []*Column) Owner {
	var o owners
	for _, k := range kids {
		if k.own != nil {
			o = append(o, k.own)
		}
	}
	if o == nil {
		return nil
	}
	return o
}

func asBytes[T any](values []T) []byte {
	if len(values) == 0 {
		return nil
	}
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))),
		len(values)*int(unsafe.Sizeof(zero)))
}

func validBuffer(valid []byte) *memory.Buffer {
	if valid == nil {
		return nil
	}
	return memory.NewBufferBytes(valid)
}

func nullCount(valid []byte, n int) int {
	if valid == nil {
		return 0
	}
	return n - bitutil.CountSetBits(valid, 0, n)
}

// Bitmap is a growing bitmap, least significant bit first.
type Bitmap struct {
	Bits []byte
	N    int
}

// Append adds a bit.
func (m *Bitmap) Append(v bool) {
	if m.N&7 == 0 {
		m.Bits = append(m.Bits, 0)
	}
	if v {
		m.Bits[m.N>>3] |= 1 << (m.N & 7)
	}
	m.N++
}

// Get returns bit i.
func (m *Bitmap) Get(i int) bool { return m.Bits[i>>3]&(1<<(i&7)) != 0 }

// NewValid returns a bitmap of n ones.
func NewValid(n int) []byte {
	bits := make([]byte, (n+7)/8)
	for i := range bits {
		bits[i] = 0xff
	}
	return bits
}

// ClearBit sets bit i to zero.
func ClearBit(bits []byte, i int) { bits[i>>3] &^= 1 << (i & 7) }

// SetBit sets bit i to one.
func SetBit(bits []byte, i int) { bits[i>>3] |= 1 << (i & 7) }

// Bit returns bit i.
func Bit(bits []byte, i int) bool { return bits[i>>3]&(1<<(i&7)) != 0 }

// Take returns the rows of c at the positions; position -1 gives null. Object columns keep the
// owner of c.
func Take(c *Column, rows []int32) *Column {
	if c.Type.Kind == types.Object {
		handles, src := make([]uint64, len(rows)), Values[uint64](c)
		for i, r := range rows {
			if r >= 0 {
				handles[i] = src[r]
			}
		}
		c.Retain()
		return MakeObjects(handles, c.own)
	}
	valid := takeValid(c, rows)
	switch width := fixedWidth(c); width {
	case 1:
		return takeFixed[uint8](c, rows, valid)
	case 2:
		return takeFixed[int16](c, rows, valid)
	case 4:
		return takeFixed[int32](c, rows, valid)
	case 8:
		return takeFixed[int64](c, rows, valid)
	case 16:
		return takeFixed[Decimal](c, rows, valid)
	}
	return takeOther(c, rows, valid)
}

// MakeObjects makes an OBJECT column of handles that own keeps alive.
func MakeObjects(handles []uint64, own Owner) *Column {
	c := MakeFixed(types.Of(types.Object), handles, nil)
	c.own = own
	return c
}

func fixedWidth(c *Column) int {
	if fw, ok := c.arr.DataType().(arrow.FixedWidthDataType); ok && c.bits == nil &&
		c.Type.Kind != types.Boolean && c.kids == nil {
		return fw.Bytes()
	}
	return 0
}

func takeValid(c *Column, rows []int32) []byte {
	if c.nulls == 0 {
		all := int32(0)
		for _, r := range rows {
			all |= r
		}
		if all >= 0 {
			return nil
		}
	}
	var valid []byte
	for i, r := range rows {
		if r < 0 || c.nulls > 0 && c.IsNull(int(r)) {
			if valid == nil {
				valid = NewValid(len(rows))
			}
			ClearBit(valid, i)
		}
	}
	return valid
}

func takeFixed[T Fixed](c *Column, rows []int32, valid []byte) *Column {
	var src []T
	if c.n > 0 {
		src = unsafe.Slice((*T)(c.data), c.n)
	}
	var out []T
	if valid == nil { // then no position is -1
		out = Uninit[T](len(rows))[:len(rows)]
		for i, r := range rows {
			out[i] = src[r]
		}
	} else {
		out = make([]T, len(rows))
		for i, r := range rows {
			if r >= 0 {
				out[i] = src[r]
			}
		}
	}
	data := array.NewData(c.arr.DataType(), len(rows), []*memory.Buffer{validBuffer(valid),
		memory.NewBufferBytes(asBytes(out))}, nil, nullCount(valid, len(rows)), 0)
	return FromArrow(c.Type, array.MakeFromData(data), nil)
}

func takeOther(c *Column, rows []int32, valid []byte) *Column {
	switch {
	case c.Type.Kind == types.Null:
		return FromArrow(c.Type, array.NewNull(len(rows)), nil)
	case c.Type.Kind == types.Boolean:
		bits := make([]byte, (len(rows)+7)/8)
		for i, r := range rows {
			if r >= 0 && c.Bool(int(r)) {
				SetBit(bits, i)
			}
		}
		return MakeBool(c.Type, bits, len(rows), valid)
	case c.Type.Kind == types.Row:
		kids := make([]*Column, len(c.kids))
		for i, k := range c.kids {
			kids[i] = Take(k, rows)
		}
		return MakeRow(c.Type, len(rows), kids, valid)
	case c.kids != nil:
		return takeNested(c, rows, valid)
	case c.offs != nil:
		return takeBytes(c, rows, valid)
	}
	panic(fmt.Sprintf("batch: take of %s", c.Type))
}

func takeBytes(c *Column, rows []int32, valid []byte) *Column {
	offs := Uninit[int32](len(rows) + 1)
	offs[0] = 0
	var size int32
	for i, r := range rows {
		if r >= 0 {
			size += c.offs[r+1] - c.offs[r]
		}
		offs[i+1] = size
	}
	data := Uninit[byte](int(size))
	for i, r := range rows {
		if r >= 0 {
			copy(data[offs[i]:offs[i+1]], c.bytes[c.offs[r]:c.offs[r+1]])
		}
	}
	return MakeBytes(c.Type, offs, data, valid)
}

func takeNested(c *Column, rows []int32, valid []byte) *Column {
	offs := make([]int32, len(rows)+1)
	var inner []int32
	for i, r := range rows {
		if r >= 0 {
			for j := c.offs[r]; j < c.offs[r+1]; j++ {
				inner = append(inner, j)
			}
		}
		offs[i+1] = int32(len(inner))
	}
	kids := make([]*Column, len(c.kids))
	for i, k := range c.kids {
		kids[i] = Take(k, inner)
	}
	return MakeNested(c.Type, offs, kids, valid)
}
