package batch

import (
	"fmt"
	"unsafe"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/memory"

	"github.com/headrace/headrace/core/data/types"
)

// Builder builds one column row by row. Use the Append function of the column's physical type.
// A nested row is built in its children first, then closed with CloseList (or AppendRow).
// Builders are not for OBJECT columns.
type Builder struct {
	Type  types.Type
	n     int
	nulls int
	valid Bitmap
	width int
	fixed []byte
	bits  Bitmap
	offs  []int32
	bytes []byte
	kids  []*Builder
	// rows and size are what the column before had: room for as much is made at the first value.
	rows, size int
}

// NewBuilder makes a builder with room for n rows.
func NewBuilder(t types.Type, n int) *Builder {
	b := &Builder{Type: t}
	switch t.Kind {
	case types.Null, types.Boolean:
	case types.Char, types.Varchar, types.Binary, types.Varbinary, types.Raw:
		b.offs = append(Uninit[int32](n + 1)[:0], 0)
	case types.Array:
		b.offs = append(Uninit[int32](n + 1)[:0], 0)
		b.kids = []*Builder{NewBuilder(*t.Elem, n)}
	case types.Map:
		b.offs = append(Uninit[int32](n + 1)[:0], 0)
		b.kids = []*Builder{NewBuilder(*t.Key, n), NewBuilder(*t.Elem, n)}
	case types.Multiset:
		b.offs = append(Uninit[int32](n + 1)[:0], 0)
		count := types.Of(types.Int).Nullable(false)
		b.kids = []*Builder{NewBuilder(*t.Elem, n), NewBuilder(count, n)}
	case types.Row:
		for _, f := range t.Fields {
			b.kids = append(b.kids, NewBuilder(f.Type, n))
		}
	default:
		b.width = t.Arrow().(arrow.FixedWidthDataType).Bytes()
		b.fixed = Uninit[byte](n * b.width)[:0]
	}
	return b
}

// Len is the number of rows so far.
func (b *Builder) Len() int { return b.n }

// Append adds a value to a fixed-width column; T must be the column's physical type.
func Append[T Fixed](b *Builder, v T) {
	if cap(b.fixed)-len(b.fixed) < b.width {
		b.fixed = grown(b.fixed, b.width, b.rows*b.width)
	}
	b.fixed = append(b.fixed, unsafe.Slice((*byte)(unsafe.Pointer(&v)), b.width)...)
	b.mark(true)
}

// mostRoom is how many bytes are made room for, for no other reason than that the column before had
// as many.
const mostRoom = 512 << 10

// grown is s with room for n values more: of what the column before had when it is empty, else
// twice as much as it had. The new memory is not cleared.
func grown[T Fixed](s []T, n, before int) []T {
	var zero T
	room := max(len(s)+n, 2*cap(s), 16)
	if cap(s) <= 1 {
		room = max(room, min(before, mostRoom/int(unsafe.Sizeof(zero))))
	}
	out := Uninit[T](room)[:len(s)]
	copy(out, s)
	return out
}

// AppendBool adds a value to a BOOLEAN column.
func (b *Builder) AppendBool(v bool) {
	b.bits.Append(v)
	b.mark(true)
}

// AppendBytes adds a value to a string or bytes column; v is copied.
func (b *Builder) AppendBytes(v []byte) {
	if cap(b.bytes)-len(b.bytes) < len(v) {
		b.bytes = grown(b.bytes, len(v), b.size)
	}
	if len(b.offs) == cap(b.offs) {
		b.offs = grown(b.offs, 1, b.rows+1)
	}
	b.bytes = append(b.bytes, v...)
	b.offs = append(b.offs, int32(len(b.bytes)))
	b.mark(true)
}

// AppendString adds a value to a string column.
func (b *Builder) AppendString(v string) {
	b.AppendBytes(unsafe.Slice(unsafe.StringData(v), len(v)))
}

// Child returns the builder of a child column, numbered as in Column.Child.
func (b *Builder) Child(i int) *Builder { return b.kids[i] }

// CloseList ends a row of an ARRAY, MAP or MULTISET column: what was appended to the children
// since the last row belongs to it.
func (b *Builder) CloseList() {
	b.offs = append(b.offs, int32(b.kids[0].n))
	b.mark(true)
}

// AppendRow ends a row of a ROW column: each child has got one value since the last row.
func (b *Builder) AppendRow() { b.mark(true) }

// AppendNull adds a null row (and a null to every child of a ROW).
func (b *Builder) AppendNull() {
	switch b.Type.Kind {
	case types.Null:
	case types.Boolean:
		b.bits.Append(false)
	case types.Row:
		for _, k := range b.kids {
			k.AppendNull()
		}
	default:
		if b.offs != nil {
			b.offs = append(b.offs, b.offs[len(b.offs)-1])
		} else {
			b.fixed = append(b.fixed, make([]byte, b.width)...)
		}
	}
	b.mark(false)
}

func (b *Builder) mark(ok bool) {
	if !ok && b.nulls == 0 {
		b.valid.Bits = NewValid(b.n)
		if r := b.n & 7; r != 0 {
			b.valid.Bits[b.n>>3] &= 1<<r - 1
		}
		b.valid.N = b.n
	}
	if !ok {
		b.nulls++
	}
	if b.nulls > 0 {
		b.valid.Append(ok)
	}
	b.n++
}

// AppendFrom copies row i of c, whose type must have the same representation.
func (b *Builder) AppendFrom(c *Column, i int) {
	if c.IsNull(i) {
		b.AppendNull()
		return
	}
	switch b.Type.Kind {
	case types.Boolean:
		b.AppendBool(c.Bool(i))
	case types.Row:
		for f, k := range b.kids {
			k.AppendFrom(c.kids[f], i)
		}
		b.AppendRow()
	case types.Array, types.Map, types.Multiset:
		for j := int(c.offs[i]); j < int(c.offs[i+1]); j++ {
			for k, kid := range b.kids {
				kid.AppendFrom(c.kids[k], j)
			}
		}
		b.CloseList()
	default:
		if b.offs != nil {
			b.AppendBytes(c.Bytes(i))
			return
		}
		src := unsafe.Slice((*byte)(unsafe.Add(c.data, i*b.width)), b.width)
		b.fixed = append(b.fixed, src...)
		b.mark(true)
	}
}

// Finish returns the column and leaves the builder empty, ready for the next one.
func (b *Builder) Finish() *Column {
	n := b.n
	var valid []byte
	if b.nulls > 0 {
		valid = b.valid.Bits
	}
	var c *Column
	switch {
	case b.Type.Kind == types.Null:
		c = FromArrow(b.Type, array.NewNull(n), nil)
	case b.Type.Kind == types.Boolean:
		c = MakeBool(b.Type, b.bits.Bits, n, valid)
	case b.Type.Kind == types.Row:
		c = MakeRow(b.Type, n, finishAll(b.kids), valid)
	case b.kids != nil:
		c = MakeNested(b.Type, b.offs, finishAll(b.kids), valid)
	case b.offs != nil:
		c = MakeBytes(b.Type, b.offs, b.bytes, valid)
	default:
		d := array.NewData(b.Type.Arrow(), n, []*memory.Buffer{validBuffer(valid),
			memory.NewBufferBytes(b.fixed)}, nil, b.nulls, 0)
		c = FromArrow(b.Type, array.MakeFromData(d), nil)
	}
	kids, size := b.kids, len(b.bytes)
	*b = *NewBuilder(b.Type, 0)
	b.rows, b.size = n, size
	if kids != nil {
		b.kids = kids
	}
	return c
}

func finishAll(kids []*Builder) []*Column {
	cols := make([]*Column, len(kids))
	for i, k := range kids {
		cols[i] = k.Finish()
	}
	return cols
}

// RowBuilder builds a batch row by row or column by column.
type RowBuilder struct {
	Schema *types.Schema
	Cols   []*Builder
	Kinds  []types.RowKind
	Times  []int64
}

// NewRowBuilder makes a builder with room for n rows.
func NewRowBuilder(schema *types.Schema, n int) *RowBuilder {
	r := &RowBuilder{Schema: schema, Cols: make([]*Builder, schema.Len())}
	for i, f := range schema.Fields {
		r.Cols[i] = NewBuilder(f.Type, n)
	}
	return r
}

// Len is the number of complete rows (of the first column, or of kinds when there is none).
func (r *RowBuilder) Len() int {
	if len(r.Cols) == 0 {
		return len(r.Kinds)
	}
	return r.Cols[0].n
}

// Finish returns the batch and leaves the builder empty. Kinds and Times must be empty or as long
// as the columns.
func (r *RowBuilder) Finish() *Batch {
	n := r.Len()
	cols := make([]*Column, len(r.Cols))
	for i, b := range r.Cols {
		if b.n != n {
			panic(fmt.Sprintf("batch: column %d has %d rows, not %d", i, b.n, n))
		}
		cols[i] = b.Finish()
	}
	out := New(r.Schema, cols, n)
	out.Kinds, out.Times = r.Kinds, r.Times
	r.Kinds, r.Times = nil, nil
	return out
}
