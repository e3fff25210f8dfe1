package kernel

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/apache/arrow/go/v16/arrow/decimal128"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// AppendValue appends a self-delimiting encoding of row i, nulls included. Within one type two
// values are equal exactly when their bytes are: NaN has one form, maps are sorted by key.
func AppendValue(dst []byte, c *batch.Column, i int) []byte {
	if c.IsNull(i) {
		return append(dst, 0)
	}
	dst = append(dst, 1)
	switch c.Type.Kind {
	case types.Null:
		return dst
	case types.Boolean:
		return append(dst, b2(c.Bool(i)))
	case types.TinyInt:
		return append(dst, byte(batch.Values[int8](c)[i]))
	case types.SmallInt:
		return binary.LittleEndian.AppendUint16(dst, uint16(batch.Values[int16](c)[i]))
	case types.Int, types.Date, types.IntervalYM:
		return binary.LittleEndian.AppendUint32(dst, uint32(batch.Values[int32](c)[i]))
	case types.Time:
		return binary.LittleEndian.AppendUint64(dst, uint64(timeTicks(c, i)))
	case types.BigInt, types.Timestamp, types.TimestampLTZ, types.IntervalDT:
		return binary.LittleEndian.AppendUint64(dst, uint64(batch.Values[int64](c)[i]))
	case types.Float:
		f := batch.Values[float32](c)[i]
		if f != f {
			f = float32(math.NaN())
		}
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(f))
	case types.Double:
		f := batch.Values[float64](c)[i]
		if f != f {
			f = math.NaN()
		}
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(f))
	case types.Decimal:
		d := batch.Values[batch.Decimal](c)[i]
		dst = binary.LittleEndian.AppendUint64(dst, d.LowBits())
		return binary.LittleEndian.AppendUint64(dst, uint64(d.HighBits()))
	case types.Row:
		for k := range c.NumChildren() {
			dst = AppendValue(dst, c.Child(k), i)
		}
		return dst
	case types.Array:
		from, to := c.Offsets()[i], c.Offsets()[i+1]
		dst = binary.AppendUvarint(dst, uint64(to-from))
		for k := from; k < to; k++ {
			dst = AppendValue(dst, c.Child(0), int(k))
		}
		return dst
	case types.Map, types.Multiset:
		entries := sortedEntries(c, i)
		dst = binary.AppendUvarint(dst, uint64(len(entries)))
		for _, k := range entries {
			dst = AppendValue(dst, c.Child(0), k)
			dst = AppendValue(dst, c.Child(1), k)
		}
		return dst
	case types.Object:
		panic("kernel: live objects have no encoding")
	}
	v := c.Bytes(i)
	dst = binary.AppendUvarint(dst, uint64(len(v)))
	return append(dst, v...)
}

// ReadValue appends a value that AppendValue encoded to b and returns the bytes after it.
func ReadValue(b *batch.Builder, src []byte) (rest []byte, err error) {
	if len(src) == 0 {
		return nil, errCut
	}
	set := src[0]
	src = src[1:]
	if set == 0 {
		b.AppendNull()
		return src, nil
	}
	if n := fixedSize(b.Type); n > 0 {
		if len(src) < n {
			return nil, errCut
		}
		readFixed(b, src[:n])
		return src[n:], nil
	}
	switch b.Type.Kind {
	case types.Null:
		b.AppendNull()
		return src, nil
	case types.Row:
		for k := range b.Type.Fields {
			if src, err = ReadValue(b.Child(k), src); err != nil {
				return nil, err
			}
		}
		b.AppendRow()
		return src, nil
	}
	size, n := binary.Uvarint(src)
	if n <= 0 || size > uint64(len(src)) {
		return nil, errCut
	}
	src = src[n:]
	switch b.Type.Kind {
	case types.Array, types.Map, types.Multiset:
		for range size {
			if src, err = ReadValue(b.Child(0), src); err != nil {
				return nil, err
			}
			if b.Type.Kind == types.Array {
				continue
			}
			if src, err = ReadValue(b.Child(1), src); err != nil {
				return nil, err
			}
		}
		b.CloseList()
		return src, nil
	}
	if size > uint64(len(src)) {
		return nil, errCut
	}
	b.AppendBytes(src[:size])
	return src[size:], nil
}

var errCut = fmt.Errorf("an encoded value is cut short")

// fixedSize is the size of an encoded value without its null mark, 0 where it varies.
func fixedSize(t types.Type) int {
	switch t.Kind {
	case types.Boolean, types.TinyInt:
		return 1
	case types.SmallInt:
		return 2
	case types.Int, types.Date, types.IntervalYM, types.Float:
		return 4
	case types.Time, types.BigInt, types.Timestamp, types.TimestampLTZ, types.IntervalDT,
		types.Double:
		return 8
	case types.Decimal:
		return 16
	}
	return 0
}

func readFixed(b *batch.Builder, v []byte) {
	le := binary.LittleEndian
	switch b.Type.Kind {
	case types.Boolean:
		b.AppendBool(v[0] != 0)
	case types.TinyInt:
		batch.Append(b, int8(v[0]))
	case types.SmallInt:
		batch.Append(b, int16(le.Uint16(v)))
	case types.Int, types.Date, types.IntervalYM:
		batch.Append(b, int32(le.Uint32(v)))
	case types.Float:
		batch.Append(b, math.Float32frombits(le.Uint32(v)))
	case types.Double:
		batch.Append(b, math.Float64frombits(le.Uint64(v)))
	case types.Decimal:
		batch.Append(b, decimal128.New(int64(le.Uint64(v[8:])), le.Uint64(v)))
	case types.Time:
		if b.Type.Unit() == 3 {
			batch.Append(b, int32(le.Uint64(v)))
		} else {
			batch.Append(b, int64(le.Uint64(v)))
		}
	default:
		batch.Append(b, int64(le.Uint64(v)))
	}
}
