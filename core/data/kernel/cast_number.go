package kernel

import (
	"math"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// castNumeric converts between numeric types. v's column has n rows.
func castNumeric(v Vec, n int, to types.Type) *batch.Column {
	v = ColVec(v.Col)
	switch v.Type().Kind {
	case types.TinyInt:
		return castInts[int8](v, n, to)
	case types.SmallInt:
		return castInts[int16](v, n, to)
	case types.Int:
		return castInts[int32](v, n, to)
	case types.BigInt:
		return castInts[int64](v, n, to)
	case types.Float:
		return castFloats[float32](v, n, to)
	case types.Double:
		return castFloats[float64](v, n, to)
	}
	return castDecimals(v, n, to)
}

func convert[F, T number](v Vec, n int, to types.Type) *batch.Column {
	out := make([]T, n)
	for i, x := range batch.Values[F](v.Col)[:n] {
		out[i] = T(x)
	}
	return batch.MakeFixed(to, out, Valid(n, v))
}

func castInts[F int8 | int16 | int32 | int64](v Vec, n int, to types.Type) *batch.Column {
	switch to.Kind {
	case types.TinyInt:
		return convert[F, int8](v, n, to)
	case types.SmallInt:
		return convert[F, int16](v, n, to)
	case types.Int:
		return convert[F, int32](v, n, to)
	case types.BigInt:
		return convert[F, int64](v, n, to)
	case types.Float:
		return convert[F, float32](v, n, to)
	case types.Double:
		return convert[F, float64](v, n, to)
	}
	in := batch.Values[F](v.Col)
	return makeDecimals(v, n, to, func(i int) (batch.Decimal, bool) {
		return IntToDecimal(int64(in[i]), to.Precision, to.Scale)
	})
}

// saturate converts as Java does: NaN is 0, beyond the range its end; narrower than INT wraps.
func saturate[F float32 | float64, T int8 | int16 | int32](v Vec, n int, to types.Type,
) *batch.Column {
	out := make([]T, n)
	for i, x := range batch.Values[F](v.Col)[:n] {
		f := float64(x)
		var r int32
		switch {
		case f != f:
		case f >= math.MaxInt32:
			r = math.MaxInt32
		case f <= math.MinInt32:
			r = math.MinInt32
		default:
			r = int32(f)
		}
		out[i] = T(r)
	}
	return batch.MakeFixed(to, out, Valid(n, v))
}

// SaturateLong converts as Java does: NaN is 0, beyond the range its end.
func SaturateLong(f float64) int64 {
	switch {
	case f != f:
		return 0
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
}

func castFloats[F float32 | float64](v Vec, n int, to types.Type) *batch.Column {
	in := batch.Values[F](v.Col)
	switch to.Kind {
	case types.TinyInt:
		return saturate[F, int8](v, n, to)
	case types.SmallInt:
		return saturate[F, int16](v, n, to)
	case types.Int:
		return saturate[F, int32](v, n, to)
	case types.BigInt:
		out := make([]int64, n)
		for i, x := range in[:n] {
			out[i] = SaturateLong(float64(x))
		}
		return batch.MakeFixed(to, out, Valid(n, v))
	case types.Float:
		return convert[F, float32](v, n, to)
	case types.Double:
		return convert[F, float64](v, n, to)
	}
	return makeDecimals(v, n, to, func(i int) (batch.Decimal, bool) {
		// Flink widens FLOAT to DOUBLE first, so its text has the digits of the DOUBLE.
		return FloatToDecimal(float64(in[i]), 64, to.Precision, to.Scale)
	})
}

func castDecimals(v Vec, n int, to types.Type) *batch.Column {
	in := batch.Values[batch.Decimal](v.Col)
	scale := v.Type().Scale
	valid := Valid(n, v)
	ints := func() []int64 {
		out := make([]int64, n)
		for i, d := range in[:n] {
			out[i] = TruncDecimal(d, scale)
		}
		return out
	}
	switch to.Kind {
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt:
		long := batch.MakeFixed(types.Of(types.BigInt), ints(), valid)
		return castInts[int64](ColVec(long), n, to)
	case types.Float, types.Double:
		out := make([]float64, n)
		for i, d := range in[:n] {
			out[i] = DecimalToFloat(d, scale)
		}
		return castFloats[float64](ColVec(batch.MakeFixed(types.Of(types.Double), out, valid)), n, to)
	}
	return makeDecimals(v, n, to, func(i int) (batch.Decimal, bool) {
		return Rescale(in[i], scale, to.Precision, to.Scale)
	})
}

// makeDecimals makes a DECIMAL column; rows that do not fit are null.
func makeDecimals(v Vec, n int, to types.Type, f func(i int) (batch.Decimal, bool),
) *batch.Column {
	out := make([]batch.Decimal, n)
	valid := Valid(n, v)
	for i := range out {
		if valid != nil && !batch.Bit(valid, i) {
			continue
		}
		d, ok := f(i)
		if !ok {
			if valid == nil {
				valid = batch.NewValid(n)
			}
			batch.ClearBit(valid, i)
			continue
		}
		out[i] = d
	}
	return batch.MakeFixed(to, out, valid)
}
