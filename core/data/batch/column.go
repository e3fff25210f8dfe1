// Package batch holds columns and batches: what operators read, build and hand on.
//
// Memory. Columns that the engine builds live on the Go heap and are garbage-collected; they
// cross to Python pinned, without a copy (see arrowbridge). Columns whose memory belongs to
// somebody else (Python, a mapped file) or that hold live objects carry an Owner. The borrow
// rule: a batch given to a call is valid during the call; who keeps it (or a column of it)
// longer calls Retain first and Release when done. New batches made from columns of an old one
// (Project, Take, Slice) retain the owners themselves. Release is prompt return of foreign memory;
// it is a no-op for Go memory. Columns are immutable once built.
package batch

import (
	"unsafe"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/decimal128"

	"github.com/headrace/headrace/core/data/types"
)

// Decimal is the unscaled value of a DECIMAL: 128 bits, two's complement.
type Decimal = decimal128.Num

// Owner counts the users of memory that the Go heap does not hold. It starts at one; the last
// Release gives the memory back. Both may be called from any goroutine and never block.
type Owner interface {
	Retain()
	Release()
}

// Fixed are the Go types of fixed-width columns: the physical type of each kind is int8…int64,
// float32/64, Decimal; DATE and INTERVAL YEAR int32; TIME int32 (unit 3) or int64; timestamps and
// INTERVAL DAY int64; OBJECT uint64.
type Fixed interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint64 | ~float32 | ~float64 | Decimal
}

// Column is one immutable column. Use the typed accessors on its kind; others panic.
type Column struct {
	Type types.Type

	arr   arrow.Array
	own   Owner
	n     int
	nulls int
	valid []byte // validity bitmap; nil when no value is null
	off   int    // offset of row 0 in valid and in bits
	data  unsafe.Pointer
	bits  []byte  // BOOLEAN values
	offs  []int32 // strings, lists, maps: len n+1
	bytes []byte  // strings
	kids  []*Column
}

// FromArrow wraps an Arrow array of type t.Arrow(). own may be nil for Go memory; the column takes
// over the reference that the caller holds.
func FromArrow(t types.Type, arr arrow.Array, own Owner) *Column {
	c := &Column{Type: t, arr: arr, own: own, n: arr.Len(), nulls: arr.NullN()}
	d := arr.Data()
	c.off = d.Offset()
	if c.nulls > 0 && len(d.Buffers()) > 0 && d.Buffers()[0] != nil {
		c.valid = d.Buffers()[0].Bytes()
	}
	switch a := arr.(type) {
	case *array.Null:
		c.nulls = c.n
	case *array.Boolean:
		if d.Buffers()[1] != nil {
			c.bits = d.Buffers()[1].Bytes()
		}
	case *array.String:
		c.offs = stringOffsets(d)
		c.bytes = bufferBytes(d, 2)
	case *array.Binary:
		c.offs = stringOffsets(d)
		c.bytes = bufferBytes(d, 2)
	case *array.Map:
		c.offs = stringOffsets(d)
		kt, vt := t.Key, t.Elem
		if t.Kind == types.Multiset {
			count := types.Of(types.Int).Nullable(false)
			kt, vt = t.Elem, &count
		}
		c.kids = []*Column{FromArrow(*kt, a.Keys(), nil), FromArrow(*vt, a.Items(), nil)}
	case *array.List:
		c.offs = stringOffsets(d)
		c.kids = []*Column{FromArrow(*t.Elem, a.ListValues(), nil)}
	case *array.Struct:
		c.kids = make([]*Column, a.NumField())
		for i := range c.kids {
			c.kids[i] = FromArrow(t.Fields[i].Type, a.Field(i), nil)
		}
	default:
		width := arr.DataType().(arrow.FixedWidthDataType).Bytes()
		// A view of no rows may begin where the buffer ends: a pointer there would be one into
		// whatever memory follows, and the garbage collector stops the process at it.
		if b := bufferBytes(d, 1); len(b) > 0 && c.n > 0 {
			c.data = unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), d.Offset()*width)
		}
	}
	return c
}

func bufferBytes(d arrow.ArrayData, i int) []byte {
	if b := d.Buffers()[i]; b != nil {
		return b.Bytes()
	}
	return nil
}

// stringOffsets returns the n+1 offsets of a variable-width array, also for an empty one.
func stringOffsets(d arrow.ArrayData) []int32 {
	b := bufferBytes(d, 1)
	if len(b) == 0 {
		return make([]int32, d.Len()+1)
	}
	all := unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
	return all[d.Offset() : d.Offset()+d.Len()+1]
}

// Arrow returns the array behind the column; only data, format, arrowbridge and pyudf may ask.
func (c *Column) Arrow() arrow.Array { return c.arr }

// Owner returns who owns the memory, nil for the Go heap.
func (c *Column) Owner() Owner { return c.own }

// Len is the number of rows.
func (c *Column) Len() int { return c.n }

// NullCount is the number of null rows.
func (c *Column) NullCount() int { return c.nulls }

// IsNull says whether row i is null.
func (c *Column) IsNull(i int) bool {
	if c.valid == nil {
		return c.nulls > 0 // only a column of type NULL has nulls without a bitmap
	}
	i += c.off
	return c.valid[i>>3]&(1<<(i&7)) == 0
}

// Validity returns the bitmap (least significant bit first, 1 = not null) and the offset of row 0
// in it; nil when no row is null or the type is NULL.
func (c *Column) Validity() (bits []byte, offset int) { return c.valid, c.off }

// Values returns the rows of a fixed-width column; what stands at null rows is arbitrary.
func Values[T Fixed](c *Column) []T {
	if c.n == 0 || c.data == nil {
		return make([]T, c.n)
	}
	return unsafe.Slice((*T)(c.data), c.n)
}

// Bool returns row i of a BOOLEAN column.
func (c *Column) Bool(i int) bool {
	i += c.off
	return c.bits[i>>3]&(1<<(i&7)) != 0
}

// Bits returns the bit-packed values of a BOOLEAN column and the offset of row 0.
func (c *Column) Bits() (bits []byte, offset int) { return c.bits, c.off }

// Bytes returns row i of a string or bytes column, valid as long as the column.
func (c *Column) Bytes(i int) []byte { return c.bytes[c.offs[i]:c.offs[i+1]] }

// Str returns row i of a string column without a copy, valid as long as the column.
func (c *Column) Str(i int) string {
	b := c.bytes[c.offs[i]:c.offs[i+1]]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// Offsets returns the n+1 offsets of a string, bytes, array, map or multiset column: row i is
// [offs[i], offs[i+1]) of Data (strings) or of the children.
func (c *Column) Offsets() []int32 { return c.offs }

// Data returns the bytes that Offsets points into.
func (c *Column) Data() []byte { return c.bytes }

// Child returns a child column: the elements of an ARRAY (0), keys (0) and values (1) of a MAP or
// MULTISET, the fields of a ROW (sliced alike).
func (c *Column) Child(i int) *Column { return c.kids[i] }

// NumChildren is the number of child columns.
func (c *Column) NumChildren() int { return len(c.kids) }

// Retain keeps foreign memory for one more user.
func (c *Column) Retain() {
	if c.own != nil {
		c.own.Retain()
	}
}

// Release gives one use back.
func (c *Column) Release() {
	if c.own != nil {
		c.own.Release()
	}
}

// Slice returns rows [from, to) as a view; it retains the owner.
func (c *Column) Slice(from, to int) *Column {
	if from == 0 && to == c.n {
		c.Retain()
		return c
	}
	c.Retain()
	return FromArrow(c.Type, array.NewSlice(c.arr, int64(from), int64(to)), c.own)
}

// WithType returns the same values under a type of equal representation (nullability, time
// attribute, length of a string); it retains the owner.
func (c *Column) WithType(t types.Type) *Column {
	c.Retain()
	d := *c
	d.Type = t
	return &d
}

// MemBytes estimates the memory of the column; object columns count their owner's estimate.
func (c *Column) MemBytes() int64 {
	var n int64
	if s, ok := c.own.(Sized); ok {
		n += s.SizeBytes() * int64(c.n) / int64(max(s.Len(), 1))
	}
	switch {
	case c.bits != nil:
		n += int64(c.n+7) / 8
	case c.offs != nil:
		n += int64(4 * len(c.offs))
		if c.bytes != nil {
			n += int64(c.offs[c.n] - c.offs[0])
		}
	case c.data != nil:
		n += int64(c.n * c.arr.DataType().(arrow.FixedWidthDataType).Bytes())
	}
	for _, k := range c.kids {
		n += k.MemBytes()
	}
	return n + int64(len(c.valid))
}

// Sized is an Owner that knows the memory of the objects it holds.
type Sized interface {
	SizeBytes() int64
	Len() int
}
