package fold

import (
	"math"
	"slices"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// values has what has been made of a field, by key number. Of a type one of the two is used.
type values struct {
	kind   string // sum, min or max
	typ    types.Type
	ints   []int64
	floats []float64
}

// numeric says whether values can be of a type.
func numeric(t types.Type) bool {
	switch t.Kind {
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt, types.Float, types.Double:
		return true
	}
	return false
}

func (v *values) reset() { v.ints, v.floats = nil, nil }

func (v *values) bytes() int64 { return int64(8*cap(v.ints) + 8*cap(v.floats)) }

// add takes rows in, whose keys' numbers are ids; it returns how many: the sum of the one behind
// them is not of the type.
func (v *values) add(c *batch.Column, ids []int32) (n int) {
	switch v.typ.Kind {
	case types.TinyInt:
		v.ints, n = addInts(v.kind, v.ints, batch.Values[int8](c), ids, math.MinInt8, math.MaxInt8)
	case types.SmallInt:
		v.ints, n = addInts(v.kind, v.ints, batch.Values[int16](c), ids, math.MinInt16,
			math.MaxInt16)
	case types.Int:
		v.ints, n = addInts(v.kind, v.ints, batch.Values[int32](c), ids, math.MinInt32,
			math.MaxInt32)
	case types.BigInt:
		v.ints, n = addInts(v.kind, v.ints, batch.Values[int64](c), ids, math.MinInt64,
			math.MaxInt64)
	case types.Float:
		v.floats = addFloats(v.kind, v.floats, batch.Values[float32](c), ids)
		n = len(ids)
	default:
		v.floats = addFloats(v.kind, v.floats, batch.Values[float64](c), ids)
		n = len(ids)
	}
	return n
}

func addInts[T int8 | int16 | int32 | int64](
	kind string, acc []int64, from []T, ids []int32, least, most int64,
) ([]int64, int) {
	for i, id := range ids {
		x := int64(from[i])
		if int(id) == len(acc) {
			acc = append(acc, x)
			continue
		}
		old := acc[id]
		switch kind {
		case "sum":
			s := old + x
			if (s^old)&(s^x) < 0 || s < least || s > most {
				return acc, i
			}
			acc[id] = s
		case "min":
			acc[id] = min(old, x)
		default:
			acc[id] = max(old, x)
		}
	}
	return acc, len(ids)
}

// addFloats takes a value in place of another one only if it is smaller (greater): NaN is neither.
func addFloats[T float32 | float64](kind string, acc []float64, from []T, ids []int32) []float64 {
	for i, id := range ids {
		x := float64(from[i])
		switch {
		case int(id) == len(acc):
			acc = append(acc, x)
		case kind == "sum":
			acc[id] += x
		case kind == "min" && x < acc[id], kind == "max" && x > acc[id]:
			acc[id] = x
		}
	}
	return acc
}

// column is that of the keys numbered [from, to).
func (v *values) column(from, to int) *batch.Column {
	switch v.typ.Kind {
	case types.TinyInt:
		return narrow[int8](v.typ, v.ints[from:to])
	case types.SmallInt:
		return narrow[int16](v.typ, v.ints[from:to])
	case types.Int:
		return narrow[int32](v.typ, v.ints[from:to])
	case types.BigInt:
		return batch.MakeFixed(v.typ, slices.Clone(v.ints[from:to]), nil)
	case types.Float:
		return narrow[float32](v.typ, v.floats[from:to])
	}
	return batch.MakeFixed(v.typ, slices.Clone(v.floats[from:to]), nil)
}

func narrow[T int8 | int16 | int32 | float32, S int64 | float64](
	t types.Type, from []S,
) *batch.Column {
	out := make([]T, len(from))
	for i, x := range from {
		out[i] = T(x)
	}
	return batch.MakeFixed(t, out, nil)
}
