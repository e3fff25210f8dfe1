package rowcodec

import (
	"encoding/binary"
	"math"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Order says how a column sorts.
type Order struct {
	Descending bool
	NullsLast  bool
}

// SortKey encodes columns so that the bytes of rows compare as the rows do. Strings compare by
// their UTF-8 bytes, numbers by value (-0.0 before 0.0, NaN after all), arrays and rows from their
// first part on, NULL parts first. A MAP cannot be sorted by, as in Flink.
//
// Each column is 1 (null first), 2 and the value, or 3 (null last). Integers and times are
// big-endian with the sign bit flipped, floats likewise with all bits flipped when negative;
// strings escape 00 as 00 ff and end with 00 01; parts of arrays and rows are 1, or 2 and the value,
// and arrays end with 0. Descending values have all bits flipped.
type SortKey struct {
	cols   []*batch.Column
	orders []Order
	cells  []func(dst []byte, row int) []byte
}

// NewSortKey makes an encoder for the columns, one order each.
func NewSortKey(cols []*batch.Column, orders []Order) (*SortKey, error) {
	k := &SortKey{cols: cols, orders: orders}
	for _, c := range cols {
		f, err := sortCell(c)
		if err != nil {
			return nil, err
		}
		k.cells = append(k.cells, f)
	}
	return k, nil
}

// Append adds the key of a row to dst. Keys are not prefixes of one another.
func (k *SortKey) Append(dst []byte, row int) []byte {
	for i, c := range k.cols {
		o := k.orders[i]
		if c.IsNull(row) {
			if o.NullsLast {
				dst = append(dst, 3)
			} else {
				dst = append(dst, 1)
			}
			continue
		}
		dst = append(dst, 2)
		at := len(dst)
		dst = k.cells[i](dst, row)
		if o.Descending {
			for j := at; j < len(dst); j++ {
				dst[j] = ^dst[j]
			}
		}
	}
	return dst
}

func sortInt[T int8 | int16 | int32 | int64](c *batch.Column) func([]byte, int) []byte {
	v := batch.Values[T](c)
	return func(dst []byte, i int) []byte {
		return binary.BigEndian.AppendUint64(dst, uint64(int64(v[i]))^1<<63)
	}
}

func sortFloat[T float32 | float64](c *batch.Column) func([]byte, int) []byte {
	v := batch.Values[T](c)
	return func(dst []byte, i int) []byte {
		bits := math.Float64bits(float64(v[i]))
		switch {
		case v[i] != v[i]:
			bits = math.MaxUint64
		case bits>>63 != 0:
			bits = ^bits
		default:
			bits |= 1 << 63
		}
		return binary.BigEndian.AppendUint64(dst, bits)
	}
}

func sortCell(c *batch.Column) (func(dst []byte, row int) []byte, error) {
	switch c.Type.Kind {
	case types.Null:
		return func(dst []byte, _ int) []byte { return dst }, nil
	case types.Boolean:
		return func(dst []byte, i int) []byte {
			if c.Bool(i) {
				return append(dst, 1)
			}
			return append(dst, 0)
		}, nil
	case types.Float:
		return sortFloat[float32](c), nil
	case types.Double:
		return sortFloat[float64](c), nil
	case types.Decimal:
		v := batch.Values[batch.Decimal](c)
		return func(dst []byte, i int) []byte {
			dst = binary.BigEndian.AppendUint64(dst, uint64(v[i].HighBits())^1<<63)
			return binary.BigEndian.AppendUint64(dst, v[i].LowBits())
		}, nil
	case types.Char, types.Varchar, types.Binary, types.Varbinary, types.Raw:
		return func(dst []byte, i int) []byte { return AppendEscaped(dst, c.Bytes(i)) }, nil
	case types.Array:
		return sortArray(c)
	case types.Row:
		return sortRow(c)
	}
	switch fixedWidth(c.Type) {
	case 1:
		return sortInt[int8](c), nil
	case 2:
		return sortInt[int16](c), nil
	case 4:
		return sortInt[int32](c), nil
	case 8:
		return sortInt[int64](c), nil
	}
	return nil, errs.Userf("a column of type %s cannot be sorted by", c.Type)
}

// sortPart is the key of a part of a nested value, which may be NULL.
func sortPart(c *batch.Column) (func(dst []byte, row int) []byte, error) {
	cell, err := sortCell(c)
	if err != nil {
		return nil, err
	}
	return func(dst []byte, i int) []byte {
		if c.IsNull(i) {
			return append(dst, 1)
		}
		return cell(append(dst, 2), i)
	}, nil
}

func sortArray(c *batch.Column) (func(dst []byte, row int) []byte, error) {
	part, err := sortPart(c.Child(0))
	if err != nil {
		return nil, err
	}
	offsets := c.Offsets()
	return func(dst []byte, i int) []byte {
		for k := offsets[i]; k < offsets[i+1]; k++ {
			dst = part(dst, int(k))
		}
		return append(dst, 0)
	}, nil
}

func sortRow(c *batch.Column) (func(dst []byte, row int) []byte, error) {
	parts := make([]func(dst []byte, row int) []byte, c.NumChildren())
	for i := range parts {
		var err error
		if parts[i], err = sortPart(c.Child(i)); err != nil {
			return nil, err
		}
	}
	return func(dst []byte, i int) []byte {
		for _, part := range parts {
			dst = part(dst, i)
		}
		return dst
	}, nil
}

// AppendEscaped adds bytes so that they compare as such with more behind them.
func AppendEscaped(dst, v []byte) []byte {
	for _, b := range v {
		dst = append(dst, b)
		if b == 0 {
			dst = append(dst, 0xff)
		}
	}
	return append(dst, 0, 1)
}

// AppendInt adds an integer (a time, a sequence number) as SortKey has it, without the byte for
// null.
func AppendInt(dst []byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(v)^1<<63)
}

// Int reads what AppendInt wrote at the beginning of key.
func Int(key []byte) int64 { return int64(binary.BigEndian.Uint64(key) ^ 1<<63) }
