package batch

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/memory"

	"github.com/headrace/headrace/core/data/types"
)

// Concat puts batches of one schema one after the other and releases them; a single one comes back
// as it is. Marks keep their place between rows.
func Concat(parts []*Batch) *Batch {
	if len(parts) == 1 {
		return parts[0]
	}
	out := &Batch{Schema: parts[0].Schema, Cols: make([]*Column, len(parts[0].Cols))}
	cols := make([]*Column, len(parts))
	for i := range out.Cols {
		for j, p := range parts {
			cols[j] = p.Cols[i]
		}
		out.Cols[i] = concatColumns(cols)
	}
	kinds, times := false, false
	for _, p := range parts {
		kinds = kinds || p.Kinds != nil
		times = times || p.Times != nil
	}
	for _, p := range parts {
		if kinds {
			out.Kinds = appendKinds(out.Kinds, p)
		}
		if times {
			out.Times = appendTimes(out.Times, p)
		}
		for _, m := range p.Marks {
			m.Row += out.n
			if k := len(out.Marks); k > 0 && out.Marks[k-1].Row == m.Row {
				out.Marks[k-1] = m
				continue
			}
			out.Marks = append(out.Marks, m)
		}
		out.n += p.n
	}
	return out
}

func appendKinds(dst []types.RowKind, p *Batch) []types.RowKind {
	if p.Kinds != nil {
		return append(dst, p.Kinds...)
	}
	return append(dst, make([]types.RowKind, p.n)...)
}

func appendTimes(dst []int64, p *Batch) []int64 {
	if p.Times != nil {
		return append(dst, p.Times...)
	}
	for range p.n {
		dst = append(dst, NoTime)
	}
	return dst
}

// concatColumns takes over the references of cols.
func concatColumns(cols []*Column) *Column {
	if cols[0].Type.Kind == types.Object {
		n := 0
		for _, c := range cols {
			n += c.n
		}
		handles := make([]uint64, 0, n)
		for _, c := range cols {
			handles = append(handles, Values[uint64](c)...)
		}
		return MakeObjects(handles, shared(cols))
	}
	if joined := concatFlat(cols); joined != nil {
		return joined
	}
	arrs := make([]arrow.Array, len(cols))
	for i, c := range cols {
		arrs[i] = c.arr
	}
	joined, err := array.Concatenate(arrs, memory.DefaultAllocator)
	if err != nil {
		panic(fmt.Sprintf("batch: concat of %s: %v", cols[0].Type, err))
	}
	for _, c := range cols {
		c.Release()
	}
	return FromArrow(cols[0].Type, joined, nil)
}

// concatFlat joins columns without nulls whose values are numbers or bytes; nil: others.
func concatFlat(cols []*Column) *Column {
	n := 0
	for _, c := range cols {
		if c.nulls > 0 {
			return nil
		}
		n += c.n
	}
	var out *Column
	switch c := cols[0]; fixedWidth(c) {
	case 1:
		out = concatFixed[uint8](cols, n)
	case 2:
		out = concatFixed[int16](cols, n)
	case 4:
		out = concatFixed[int32](cols, n)
	case 8:
		out = concatFixed[int64](cols, n)
	case 16:
		out = concatFixed[Decimal](cols, n)
	default:
		if c.offs == nil || c.kids != nil {
			return nil
		}
		out = concatBytes(cols, n)
	}
	for _, c := range cols {
		if out != nil {
			c.Release()
		}
	}
	return out
}

func concatFixed[T Fixed](cols []*Column, n int) *Column {
	out := Uninit[T](n)
	at := 0
	for _, c := range cols {
		if c.n > 0 {
			at += copy(out[at:], unsafe.Slice((*T)(c.data), c.n))
		}
	}
	data := array.NewData(cols[0].arr.DataType(), n, []*memory.Buffer{nil,
		memory.NewBufferBytes(asBytes(out))}, nil, 0, 0)
	return FromArrow(cols[0].Type, array.MakeFromData(data), nil)
}

// concatBytes returns nil when the offsets do not suffice.
func concatBytes(cols []*Column, n int) *Column {
	size := int64(0)
	for _, c := range cols {
		size += int64(c.offs[c.n] - c.offs[0])
	}
	if size > math.MaxInt32 {
		return nil
	}
	offs, data := Uninit[int32](n+1), Uninit[byte](int(size))
	offs[0] = 0
	at, row := int32(0), 1
	for _, c := range cols {
		shift := at - c.offs[0]
		for _, o := range c.offs[1 : c.n+1] {
			offs[row] = o + shift
			row++
		}
		at += int32(copy(data[at:], c.bytes[c.offs[0]:c.offs[c.n]]))
	}
	return MakeBytes(cols[0].Type, offs, data, nil)
}

// SizeBytes implements Sized: the sum over the owners.
func (o owners) SizeBytes() int64 {
	var n int64
	for _, x := range o {
		if s, ok := x.(Sized); ok {
			n += s.SizeBytes()
		}
	}
	return n
}

// Len implements Sized.
func (o owners) Len() int {
	n := 0
	for _, x := range o {
		if s, ok := x.(Sized); ok {
			n += s.Len()
		}
	}
	return n
}
