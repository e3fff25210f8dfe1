// Package rowcodec turns rows of a batch into bytes and back: compactly, for state and files
// (Encoder, Decode), and so that bytes order as the rows do (SortKey).
//
// A row is a bitmap of its nulls (a byte for each eight columns, least significant bit first) and
// the values that are not null, one after the other: fixed-width ones little-endian, BOOLEAN as a
// byte, strings and bytes behind their length as uvarint, ARRAY, MAP and MULTISET as a count and a
// row of one or two columns for each entry, ROW as a row.
package rowcodec

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Encoder encodes the rows of some columns. It is made for each batch; making it is cheap.
type Encoder struct {
	cells []cell
	nulls int // bytes of the bitmap
}

// cell is a column as the encoder needs it.
type cell struct {
	col   *batch.Column
	width int // of fixed-width values; 0: others
	raw   []byte
	kids  *Encoder // of nested types
}

// NewEncoder makes an encoder of columns of equal length. OBJECT columns cannot be encoded.
func NewEncoder(cols []*batch.Column) (*Encoder, error) {
	e := &Encoder{cells: make([]cell, len(cols)), nulls: (len(cols) + 7) / 8}
	for i, c := range cols {
		e.cells[i] = cell{col: c, width: fixedWidth(c.Type)}
		switch {
		case c.Type.Kind == types.Object:
			return nil, errs.Internalf("a column of objects cannot be encoded as part of a row")
		case e.cells[i].width > 0:
			e.cells[i].raw = rawBytes(c, e.cells[i].width)
		case c.NumChildren() > 0:
			kids := make([]*batch.Column, c.NumChildren())
			for k := range kids {
				kids[k] = c.Child(k)
			}
			sub, err := NewEncoder(kids)
			if err != nil {
				return nil, err
			}
			e.cells[i].kids = sub
		}
	}
	return e, nil
}

// fixedWidth is the size of a type's values, 0 for BOOLEAN and those of variable size.
func fixedWidth(t types.Type) int {
	switch t.Kind {
	case types.TinyInt:
		return 1
	case types.SmallInt:
		return 2
	case types.Int, types.Float, types.Date, types.IntervalYM:
		return 4
	case types.BigInt, types.Double, types.Timestamp, types.TimestampLTZ, types.IntervalDT:
		return 8
	case types.Time:
		if t.Unit() == 3 {
			return 4
		}
		return 8
	case types.Decimal:
		return 16
	}
	return 0
}

// rawBytes returns the values of a fixed-width column as they are in memory.
func rawBytes(c *batch.Column, width int) []byte {
	if c.Len() == 0 {
		return nil
	}
	var p unsafe.Pointer
	switch width {
	case 1:
		p = unsafe.Pointer(unsafe.SliceData(batch.Values[int8](c)))
	case 2:
		p = unsafe.Pointer(unsafe.SliceData(batch.Values[int16](c)))
	case 4:
		p = unsafe.Pointer(unsafe.SliceData(batch.Values[int32](c)))
	case 8:
		p = unsafe.Pointer(unsafe.SliceData(batch.Values[int64](c)))
	default:
		p = unsafe.Pointer(unsafe.SliceData(batch.Values[batch.Decimal](c)))
	}
	return unsafe.Slice((*byte)(p), c.Len()*width)
}

// Append adds the encoding of a row to dst.
func (e *Encoder) Append(dst []byte, row int) []byte {
	at := len(dst)
	for range e.nulls {
		dst = append(dst, 0)
	}
	for i := range e.cells {
		c := &e.cells[i]
		if c.col.IsNull(row) {
			dst[at+i>>3] |= 1 << (i & 7)
			continue
		}
		dst = c.append(dst, row)
	}
	return dst
}

func (c *cell) append(dst []byte, row int) []byte {
	switch {
	case c.width > 0:
		return append(dst, c.raw[row*c.width:(row+1)*c.width]...)
	case c.kids == nil && c.col.Type.Kind == types.Boolean:
		if c.col.Bool(row) {
			return append(dst, 1)
		}
		return append(dst, 0)
	case c.kids == nil && c.col.Type.Kind == types.Row: // no fields
		return dst
	case c.kids == nil:
		v := c.col.Bytes(row)
		dst = binary.AppendUvarint(dst, uint64(len(v)))
		return append(dst, v...)
	case c.col.Type.Kind == types.Row:
		return c.kids.Append(dst, row)
	}
	from, to := int(c.col.Offsets()[row]), int(c.col.Offsets()[row+1])
	dst = binary.AppendUvarint(dst, uint64(to-from))
	for i := from; i < to; i++ {
		dst = c.kids.Append(dst, i)
	}
	return dst
}

// AppendAll adds the encodings of rows to dst and their ends to ends.
func (e *Encoder) AppendAll(rows []int32, dst []byte, ends []int32) ([]byte, []int32) {
	for _, r := range rows {
		dst = e.Append(dst, int(r))
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends
}

// Decode appends a row to the builders, one for each of its columns, and returns what follows it.
func Decode(row []byte, cols []*batch.Builder) (rest []byte, err error) {
	d := decoder{b: row}
	d.row(cols)
	if d.bad {
		return nil, errs.Corruptf("a row of %d columns does not decode (%d bytes)", len(cols),
			len(row))
	}
	return d.b, nil
}

type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.bad, d.b = true, nil
		return nil
	}
	v := d.b[:n:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) count() int {
	v, n := binary.Uvarint(d.b)
	if n <= 0 || v > math.MaxInt32 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return int(v)
}

func (d *decoder) row(cols []*batch.Builder) {
	nulls := d.take((len(cols) + 7) / 8)
	if d.bad {
		return
	}
	for i, c := range cols {
		if nulls[i>>3]&(1<<(i&7)) != 0 {
			c.AppendNull()
			continue
		}
		if d.cell(c); d.bad {
			return
		}
	}
}

func (d *decoder) cell(c *batch.Builder) {
	switch t := c.Type; t.Kind {
	case types.Boolean:
		if v := d.take(1); v != nil {
			c.AppendBool(v[0] != 0)
		}
	case types.Char, types.Varchar, types.Binary, types.Varbinary, types.Raw:
		if v := d.take(d.count()); !d.bad {
			c.AppendBytes(v)
		}
	case types.Row:
		kids := make([]*batch.Builder, len(t.Fields))
		for i := range kids {
			kids[i] = c.Child(i)
		}
		d.row(kids)
		c.AppendRow()
	case types.Array:
		d.entries(c, []*batch.Builder{c.Child(0)})
	case types.Map, types.Multiset:
		d.entries(c, []*batch.Builder{c.Child(0), c.Child(1)})
	default:
		d.fixed(c)
	}
}

func (d *decoder) entries(c *batch.Builder, kids []*batch.Builder) {
	for n := d.count(); n > 0 && !d.bad; n-- {
		d.row(kids)
	}
	c.CloseList()
}

func (d *decoder) fixed(c *batch.Builder) {
	v := d.take(fixedWidth(c.Type))
	switch len(v) {
	case 1:
		batch.Append(c, int8(v[0]))
	case 2:
		batch.Append(c, int16(binary.LittleEndian.Uint16(v)))
	case 4:
		batch.Append(c, int32(binary.LittleEndian.Uint32(v)))
	case 8:
		batch.Append(c, int64(binary.LittleEndian.Uint64(v)))
	case 16:
		batch.Append(c, batch.DecimalFromWords(int64(binary.LittleEndian.Uint64(v[8:])),
			binary.LittleEndian.Uint64(v)))
	default:
		d.bad = true
	}
}
