package arrowbridge

import (
	"fmt"
	"math"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// ticks reads times as whole numbers of a unit, given as a power of ten of ticks a second; days
// have unit -1.
type ticks struct {
	read func(i int) int64
	unit int
}

const days = -1

// ticksOf returns how to read an array of times; nil for other arrays. of is what they count:
// the kinds that may be made of them.
func ticksOf(arr arrow.Array) (t *ticks, of []types.Kind) {
	switch a := arr.(type) {
	case *array.Date32:
		return &ticks{func(i int) int64 { return int64(a.Value(i)) }, days}, []types.Kind{types.Date}
	case *array.Date64:
		return &ticks{func(i int) int64 { return int64(a.Value(i)) }, 3}, []types.Kind{types.Date}
	case *array.Time32:
		return &ticks{func(i int) int64 { return int64(a.Value(i)) },
			3 * int(a.DataType().(*arrow.Time32Type).Unit)}, []types.Kind{types.Time}
	case *array.Time64:
		return &ticks{func(i int) int64 { return int64(a.Value(i)) },
			3 * int(a.DataType().(*arrow.Time64Type).Unit)}, []types.Kind{types.Time}
	case *array.Timestamp:
		return &ticks{func(i int) int64 { return int64(a.Value(i)) },
				3 * int(a.DataType().(*arrow.TimestampType).Unit)},
			[]types.Kind{types.Timestamp, types.TimestampLTZ, types.Date}
	case *array.Duration:
		return &ticks{func(i int) int64 { return int64(a.Value(i)) },
			3 * int(a.DataType().(*arrow.DurationType).Unit)}, []types.Kind{types.IntervalDT}
	}
	return nil, nil
}

// toTime converts between units of the same kind of time, rounding down, and timestamps to dates.
func toTime(arr arrow.Array, want types.Type) (*batch.Column, error) {
	t, kinds := ticksOf(arr)
	fits := false
	for _, k := range kinds {
		fits = fits || k == want.Kind
	}
	if !fits {
		return nil, cannot(arr, want, castRemedy)
	}
	var failed error
	scale := scaler(t.unit, unitOf(want))
	read := func(i int) int64 {
		v, ok := scale(t.read(i))
		if !ok && failed == nil {
			failed = fmt.Errorf("the time %s at row %d does not fit into %s", arr.ValueStr(i), i,
				want.Nullable(true))
		}
		return v
	}
	if want.Arrow().(arrow.FixedWidthDataType).Bytes() == 4 {
		return mapFixed(arr, want, func(i int) int32 { return int32(read(i)) }), failed
	}
	return mapFixed(arr, want, read), failed
}

func unitOf(t types.Type) int {
	switch t.Kind {
	case types.Date:
		return days
	case types.IntervalDT:
		return 3
	}
	return t.Unit()
}

// scaler returns the conversion from one unit to another.
func scaler(from, to int) func(int64) (int64, bool) {
	num, den := ticksPer(to), ticksPer(from)
	if to == days {
		num, den = 1, 86_400*den
	}
	if from == to {
		num, den = 1, 1
	}
	if num >= den {
		k := num / den
		return func(v int64) (int64, bool) {
			return v * k, v <= math.MaxInt64/k && v >= math.MinInt64/k
		}
	}
	k := den / num
	return func(v int64) (int64, bool) {
		q := v / k
		if v%k < 0 {
			q--
		}
		return q, true
	}
}

func ticksPer(unit int) int64 {
	n := int64(1)
	for range unit {
		n *= 10
	}
	return n
}
