package batch

import (
	"unsafe"

	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/memory"

	"github.com/headrace/headrace/core/data/types"
)

// Gather puts rows of several columns of one type into one: row i is row rows[i] of
// cols[which[i]]; columns that no row is of may be nil. Of OBJECT columns it takes the handles and
// no owner.
func Gather(cols []*Column, which, rows []int32) *Column {
	if len(rows) < len(cols) {
		cols, which = apart(cols, which)
	}
	valid := gatherValid(cols, which, rows)
	switch fixedWidth(cols[which[0]]) {
	case 1:
		return gatherFixed[uint8](cols, which, rows, valid)
	case 2:
		return gatherFixed[int16](cols, which, rows, valid)
	case 4:
		return gatherFixed[int32](cols, which, rows, valid)
	case 8:
		return gatherFixed[int64](cols, which, rows, valid)
	case 16:
		return gatherFixed[Decimal](cols, which, rows, valid)
	}
	first := cols[which[0]]
	switch {
	case first.Type.Kind == types.Row:
		kids, part := make([]*Column, len(first.kids)), make([]*Column, len(cols))
		for k := range kids {
			for i, c := range cols {
				if c != nil {
					part[i] = c.kids[k]
				}
			}
			kids[k] = Gather(part, which, rows)
		}
		return MakeRow(first.Type, len(rows), kids, valid)
	case first.offs != nil && first.kids == nil:
		return gatherBytes(cols, which, rows, valid)
	}
	b := NewBuilder(first.Type, len(rows))
	for i, r := range rows {
		b.AppendFrom(cols[which[i]], int(r))
	}
	return b.Finish()
}

// apart gives each row a column of its own.
func apart(cols []*Column, which []int32) ([]*Column, []int32) {
	own, all := make([]*Column, len(which)), make([]int32, len(which))
	for i, w := range which {
		own[i], all[i] = cols[w], int32(i)
	}
	return own, all
}

func gatherValid(cols []*Column, which, rows []int32) []byte {
	some := false
	for _, c := range cols {
		some = some || c != nil && c.nulls > 0
	}
	if !some {
		return nil
	}
	var valid []byte
	for i, r := range rows {
		if c := cols[which[i]]; c.nulls > 0 && c.IsNull(int(r)) {
			if valid == nil {
				valid = NewValid(len(rows))
			}
			ClearBit(valid, i)
		}
	}
	return valid
}

func gatherFixed[T Fixed](cols []*Column, which, rows []int32, valid []byte) *Column {
	from := make([][]T, len(cols))
	for i, c := range cols {
		if c != nil && c.data != nil {
			from[i] = unsafe.Slice((*T)(c.data), c.n)
		}
	}
	out := Uninit[T](len(rows))
	for i, r := range rows {
		out[i] = from[which[i]][r]
	}
	first := cols[which[0]]
	data := array.NewData(first.arr.DataType(), len(rows), []*memory.Buffer{validBuffer(valid),
		memory.NewBufferBytes(asBytes(out))}, nil, nullCount(valid, len(rows)), 0)
	return FromArrow(first.Type, array.MakeFromData(data), nil)
}

func gatherBytes(cols []*Column, which, rows []int32, valid []byte) *Column {
	offs := Uninit[int32](len(rows) + 1)
	offs[0] = 0
	size := int32(0)
	for i, r := range rows {
		c := cols[which[i]]
		size += c.offs[r+1] - c.offs[r]
		offs[i+1] = size
	}
	data := Uninit[byte](int(size))
	for i, r := range rows {
		c := cols[which[i]]
		copy(data[offs[i]:offs[i+1]], c.bytes[c.offs[r]:c.offs[r+1]])
	}
	return MakeBytes(cols[which[0]].Type, offs, data, valid)
}
