package batch

import (
	"fmt"

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
