package arrowbridge

import (
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/decimal128"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// convert copies data of another Arrow type into a column of the Go heap. It widens and narrows
// with a check of each value, and never loses a value silently, but for the precision of floats
// and of times finer than the column's.
func convert(d arrow.ArrayData, want types.Type) (*batch.Column, error) {
	arr := array.MakeFromData(d)
	if sameLayout(d.DataType(), want.Arrow()) {
		return ownCopy(batch.FromArrow(want, array.MakeFromData(retype(d, want.Arrow())), nil)), nil
	}
	switch a := arr.(type) {
	case *array.Null:
		return batch.MakeNull(want, a.Len()), nil
	case *array.Dictionary:
		return decode(a, want)
	case *array.Decimal256:
		return nil, cannot(arr, want, "values of more than 38 digits do not exist in SQL: cast it to "+
			"decimal128")
	}
	switch {
	case want.IsInteger(), want.Kind == types.IntervalYM:
		return toInteger(arr, want)
	case want.IsApprox():
		return toFloat(arr, want)
	case want.Kind == types.Decimal:
		return toDecimal(arr, want)
	case want.IsString(), want.IsBytes():
		return toBytes(arr, want)
	case want.Kind == types.Row:
		return toRow(arr, want)
	case want.Kind == types.Array, want.Kind == types.Map, want.Kind == types.Multiset:
		return toNested(arr, want)
	}
	return toTime(arr, want)
}

func cannot(arr arrow.Array, want types.Type, remedy string) error {
	return fmt.Errorf("Arrow data of type %s cannot be used as %s (%s)", arr.DataType(),
		want.Nullable(true), remedy)
}

const castRemedy = "cast it, or declare another type"

// ownCopy copies a column out of foreign memory.
func ownCopy(c *batch.Column) *batch.Column {
	rows := make([]int32, c.Len())
	for i := range rows {
		rows[i] = int32(i)
	}
	return batch.Take(c, rows)
}

// validity copies the null bitmap of an array; nil when nothing is null.
func validity(arr arrow.Array) []byte {
	if arr.NullN() == 0 {
		return nil
	}
	valid := batch.NewValid(arr.Len())
	for i := range arr.Len() {
		if arr.IsNull(i) {
			batch.ClearBit(valid, i)
		}
	}
	return valid
}

func decode(a *array.Dictionary, want types.Type) (*batch.Column, error) {
	values, err := convert(a.Dictionary().Data(), want)
	if err != nil {
		return nil, err
	}
	rows := make([]int32, a.Len())
	for i := range rows {
		rows[i] = -1
		if !a.IsNull(i) {
			rows[i] = int32(a.GetValueIndex(i))
		}
	}
	return batch.Take(values, rows), nil
}

// integers returns a function that reads row i of an integer array; ok is false for uint64 values
// above the range of int64.
func integers(arr arrow.Array) func(i int) (v int64, ok bool) {
	switch a := arr.(type) {
	case *array.Int8:
		return func(i int) (int64, bool) { return int64(a.Value(i)), true }
	case *array.Int16:
		return func(i int) (int64, bool) { return int64(a.Value(i)), true }
	case *array.Int32:
		return func(i int) (int64, bool) { return int64(a.Value(i)), true }
	case *array.Int64:
		return func(i int) (int64, bool) { return a.Value(i), true }
	case *array.Uint8:
		return func(i int) (int64, bool) { return int64(a.Value(i)), true }
	case *array.Uint16:
		return func(i int) (int64, bool) { return int64(a.Value(i)), true }
	case *array.Uint32:
		return func(i int) (int64, bool) { return int64(a.Value(i)), true }
	case *array.Uint64:
		return func(i int) (int64, bool) { return int64(a.Value(i)), a.Value(i) <= math.MaxInt64 }
	case *array.MonthInterval:
		return func(i int) (int64, bool) { return int64(a.Value(i)), true }
	}
	return nil
}

func toInteger(arr arrow.Array, want types.Type) (*batch.Column, error) {
	read := integers(arr)
	if read == nil {
		return nil, cannot(arr, want, castRemedy)
	}
	switch want.Kind {
	case types.TinyInt:
		return narrow[int8](arr, want, read)
	case types.SmallInt:
		return narrow[int16](arr, want, read)
	case types.BigInt:
		return narrow[int64](arr, want, read)
	}
	return narrow[int32](arr, want, read)
}

func narrow[T int8 | int16 | int32 | int64](arr arrow.Array, want types.Type,
	read func(int) (int64, bool)) (*batch.Column, error) {
	out := make([]T, arr.Len())
	for i := range out {
		if arr.IsNull(i) {
			continue
		}
		v, ok := read(i)
		out[i] = T(v)
		if !ok || int64(out[i]) != v {
			return nil, fmt.Errorf("the value %s at row %d does not fit into %s", arr.ValueStr(i), i,
				want.Nullable(true))
		}
	}
	return batch.MakeFixed(want, out, validity(arr)), nil
}

func toFloat(arr arrow.Array, want types.Type) (*batch.Column, error) {
	var read func(i int) float64
	switch a := arr.(type) {
	case *array.Float16:
		read = func(i int) float64 { return float64(a.Value(i).Float32()) }
	case *array.Float32:
		read = func(i int) float64 { return float64(a.Value(i)) }
	case *array.Float64:
		read = a.Value
	default:
		ints := integers(arr)
		if ints == nil {
			return nil, cannot(arr, want, castRemedy)
		}
		read = func(i int) float64 {
			v, ok := ints(i)
			if !ok {
				return float64(uint64(v))
			}
			return float64(v)
		}
	}
	if want.Kind == types.Float {
		return mapFixed(arr, want, func(i int) float32 { return float32(read(i)) }), nil
	}
	return mapFixed(arr, want, read), nil
}

// mapFixed makes a column of f of every row that is not null.
func mapFixed[T batch.Fixed](arr arrow.Array, want types.Type, f func(i int) T) *batch.Column {
	out := make([]T, arr.Len())
	for i := range out {
		if !arr.IsNull(i) {
			out[i] = f(i)
		}
	}
	return batch.MakeFixed(want, out, validity(arr))
}

func toDecimal(arr arrow.Array, want types.Type) (*batch.Column, error) {
	var read func(i int) decimal128.Num
	scale := int32(0)
	if a, ok := arr.(*array.Decimal128); ok {
		read, scale = a.Value, a.DataType().(*arrow.Decimal128Type).Scale
	} else if ints := integers(arr); ints != nil {
		read = func(i int) decimal128.Num {
			v, ok := ints(i)
			if !ok {
				return decimal128.FromU64(uint64(v))
			}
			return decimal128.FromI64(v)
		}
	} else {
		return nil, cannot(arr, want, castRemedy)
	}
	var failed error
	col := mapFixed(arr, want, func(i int) decimal128.Num {
		v, err := read(i).Rescale(scale, int32(want.Scale))
		if (err != nil || !v.FitsInPrecision(int32(want.Precision))) && failed == nil {
			failed = fmt.Errorf("the value %s at row %d does not fit into %s", arr.ValueStr(i), i,
				want.Nullable(true))
		}
		return v
	})
	return col, failed
}

func toBytes(arr arrow.Array, want types.Type) (*batch.Column, error) {
	var read func(i int) []byte
	switch a := arr.(type) {
	case *array.LargeString:
		read = func(i int) []byte { return []byte(a.Value(i)) }
	case *array.StringView:
		read = func(i int) []byte { return []byte(a.Value(i)) }
	case *array.String:
		read = func(i int) []byte { return []byte(a.Value(i)) }
	case *array.LargeBinary:
		read = a.Value
	case *array.BinaryView:
		read = a.Value
	case *array.FixedSizeBinary:
		read = a.Value
	case *array.Binary:
		read = a.Value
	}
	_, fixed := arr.(*array.FixedSizeBinary)
	binary, _ := arr.DataType().(arrow.BinaryDataType)
	if read == nil || want.IsString() && (fixed || !binary.IsUtf8()) {
		return nil, cannot(arr, want, castRemedy)
	}
	b := batch.NewBuilder(want, arr.Len())
	size := 0
	for i := range arr.Len() {
		if arr.IsNull(i) {
			b.AppendNull()
			continue
		}
		v := read(i)
		if size += len(v); size > math.MaxInt32 {
			return nil, errors.New("more than 2 GiB of text in one array (cut it into chunks)")
		}
		b.AppendBytes(v)
	}
	return b.Finish(), nil
}

func toRow(arr arrow.Array, want types.Type) (*batch.Column, error) {
	a, ok := arr.(*array.Struct)
	if !ok || a.NumField() != len(want.Fields) {
		return nil, cannot(arr, want, castRemedy)
	}
	kids := make([]*batch.Column, a.NumField())
	for i := range kids {
		k, err := convert(a.Field(i).Data(), want.Fields[i].Type)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", types.Quote(want.Fields[i].Name), err)
		}
		kids[i] = k
	}
	return batch.MakeRow(want, a.Len(), kids, validity(arr)), nil
}

// toNested converts lists and maps: rows are gathered behind each other, children are converted.
func toNested(arr arrow.Array, want types.Type) (*batch.Column, error) {
	a, ok := arr.(array.ListLike)
	if _, isMap := arr.(*array.Map); !ok || isMap != (want.Kind != types.Array) {
		return nil, cannot(arr, want, castRemedy)
	}
	n := a.Len()
	first, last := int64(0), int64(0)
	if n > 0 {
		first, _ = a.ValueOffsets(0)
		_, last = a.ValueOffsets(n - 1)
	}
	if last-first > math.MaxInt32 {
		return nil, errors.New("more than 2^31 list elements in one array (cut it into chunks)")
	}
	offs := make([]int32, n+1)
	for i := range n {
		_, end := a.ValueOffsets(i)
		offs[i+1] = int32(end - first)
	}
	kidTypes := []types.Type{*want.Elem}
	items := []arrow.Array{a.ListValues()}
	if m, ok := arr.(*array.Map); ok {
		items = []arrow.Array{m.Keys(), m.Items()}
		if want.Kind == types.Map {
			kidTypes = []types.Type{*want.Key, *want.Elem}
		} else {
			kidTypes = append(kidTypes, types.Of(types.Int).Nullable(false))
		}
	}
	kids := make([]*batch.Column, len(kidTypes))
	for i, t := range kidTypes {
		k, err := convert(array.NewSliceData(items[i].Data(), first, last), t)
		if err != nil {
			return nil, fmt.Errorf("element: %w", err)
		}
		kids[i] = k
	}
	return batch.MakeNested(want, offs, kids, validity(arr)), nil
}
