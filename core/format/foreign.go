package format

import (
	"math"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/memory"

	"github.com/headrace/headrace/core/data/batch"
)

// native brings an array of a type that columns do not have to one that they have, with the same
// values: others write strings with long offsets or as views, lists of a fixed size, unsigned
// numbers, seconds. false: there is no such type, or the values do not fit it.
func native(a arrow.Array) (arrow.Array, bool) {
	switch x := a.(type) {
	case *array.LargeString:
		return short(a, arrow.BinaryTypes.String, x.ValueOffsets(), x.Data().Buffers()[2])
	case *array.LargeBinary:
		return short(a, arrow.BinaryTypes.Binary, x.ValueOffsets(), x.Data().Buffers()[2])
	case *array.StringView:
		return viewed(a, arrow.BinaryTypes.String, func(i int) []byte { return []byte(x.Value(i)) })
	case *array.BinaryView:
		return viewed(a, arrow.BinaryTypes.Binary, x.Value)
	case *array.FixedSizeBinary:
		return viewed(a, arrow.BinaryTypes.Binary, x.Value)
	case *array.LargeList:
		offs, ok := shortOffsets(x.Offsets()[x.Data().Offset():][:x.Len()+1])
		return listOf(a, x.ListValues(), offs), ok
	case *array.FixedSizeList:
		size := int(x.DataType().(*arrow.FixedSizeListType).Len())
		offs := make([]int32, x.Len()+1)
		for i := range offs {
			offs[i] = int32((x.Data().Offset() + i) * size)
		}
		return listOf(a, x.ListValues(), offs), (x.Data().Offset()+x.Len())*size <= math.MaxInt32
	case *array.Uint8:
		return fixed(a, arrow.PrimitiveTypes.Int16, widened(x.Uint8Values(), int16(1)))
	case *array.Uint16:
		return fixed(a, arrow.PrimitiveTypes.Int32, widened(x.Uint16Values(), int32(1)))
	case *array.Uint32:
		return fixed(a, arrow.PrimitiveTypes.Int64, widened(x.Uint32Values(), int64(1)))
	case *array.Uint64:
		for i, v := range x.Uint64Values() {
			if v > math.MaxInt64 && x.IsValid(i) {
				return nil, false
			}
		}
		return fixed(a, arrow.PrimitiveTypes.Int64, widened(x.Uint64Values(), int64(1)))
	case *array.Timestamp:
		if t := x.DataType().(*arrow.TimestampType); t.Unit == arrow.Second {
			return fixed(a, &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: t.TimeZone},
				widened(x.TimestampValues(), int64(1000)))
		}
	case *array.Time32:
		return fixed(a, arrow.FixedWidthTypes.Time32ms, widened(x.Time32Values(), int32(1000)))
	case *array.Date64:
		days := make([]int32, x.Len())
		for i, ms := range x.Date64Values() {
			days[i] = int32(ms / 86_400_000)
		}
		return fixed(a, arrow.FixedWidthTypes.Date32, days)
	}
	return nil, false
}

// validity is the bitmap of an array from its first row on.
func validity(a arrow.Array) *memory.Buffer {
	if a.NullN() == 0 {
		return nil
	}
	return memory.NewBufferBytes(shift(a.NullBitmapBytes(), a.Data().Offset(), a.Len()))
}

func made(a arrow.Array, t arrow.DataType, bufs ...*memory.Buffer) arrow.Array {
	bufs = append([]*memory.Buffer{validity(a)}, bufs...)
	return array.MakeFromData(array.NewData(t, a.Len(), bufs, nil, a.NullN(), 0))
}

func widened[S ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~int32 | ~int64, D int16 | int32 | int64](
	values []S, factor D,
) []D {
	out := make([]D, len(values))
	for i, v := range values {
		out[i] = D(v) * factor
	}
	return out
}

func fixed[T int16 | int32 | int64](a arrow.Array, t arrow.DataType, v []T) (arrow.Array, bool) {
	return made(a, t, memory.NewBufferBytes(arrow.GetBytes(v))), true
}

// shortOffsets are long offsets in 32 bits; false: they do not fit.
func shortOffsets(offsets []int64) ([]int32, bool) {
	out := make([]int32, len(offsets))
	for i, o := range offsets {
		if o < 0 || o > math.MaxInt32 {
			return nil, false
		}
		out[i] = int32(o)
	}
	return out, true
}

func short(a arrow.Array, t arrow.DataType, offsets []int64, data *memory.Buffer) (arrow.Array, bool) {
	if len(offsets) == 0 {
		offsets = []int64{0}
	}
	offs, ok := shortOffsets(offsets)
	if !ok {
		return nil, false
	}
	return made(a, t, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offs)), data), true
}

// viewed copies values that lie anywhere.
func viewed(a arrow.Array, t arrow.DataType, value func(i int) []byte) (arrow.Array, bool) {
	offs, data := make([]int32, 1, a.Len()+1), []byte{}
	for i := range a.Len() {
		if a.IsValid(i) {
			data = append(data, value(i)...)
		}
		if len(data) > math.MaxInt32 {
			return nil, false
		}
		offs = append(offs, int32(len(data)))
	}
	return made(a, t, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offs)),
		memory.NewBufferBytes(data)), true
}

func listOf(a, values arrow.Array, offs []int32) arrow.Array {
	data := array.NewData(arrow.ListOf(values.DataType()), a.Len(), []*memory.Buffer{validity(a),
		memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offs))},
		[]arrow.ArrayData{values.Data()}, a.NullN(), 0)
	return array.MakeFromData(data)
}

// lookedUp has the values of a dictionary at its indices.
func lookedUp(dict *batch.Column, x *array.Dictionary) *batch.Column {
	b := batch.NewBuilder(dict.Type, x.Len())
	for i := range x.Len() {
		if x.IsNull(i) {
			b.AppendNull()
			continue
		}
		b.AppendFrom(dict, x.GetValueIndex(i))
	}
	return b.Finish()
}
