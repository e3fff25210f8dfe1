package kernel

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// ArithAt is Arith of +, - and * at some rows of a and b, of which one may be a constant. Both are of
// the primitive numeric type t and hold no nulls.
func ArithAt(op ArithOp, a, b Vec, rows []int32, t types.Type) Vec {
	var c *batch.Column
	switch t.Kind {
	case types.TinyInt:
		c = arithAt[int8](op, a, b, rows, t)
	case types.SmallInt:
		c = arithAt[int16](op, a, b, rows, t)
	case types.Int:
		c = arithAt[int32](op, a, b, rows, t)
	case types.BigInt:
		c = arithAt[int64](op, a, b, rows, t)
	case types.Float:
		c = arithAt[float32](op, a, b, rows, t)
	default:
		c = arithAt[float64](op, a, b, rows, t)
	}
	return ColVec(c)
}

func arithAt[T number](op ArithOp, a, b Vec, rows []int32, t types.Type) *batch.Column {
	out := batch.Uninit[T](len(rows))[:len(rows)]
	x, y := batch.Values[T](a.Col), batch.Values[T](b.Col)
	switch {
	case b.Const:
		arithConstAt(op, x, y[0], rows, out)
	case a.Const && op == Sub:
		c := x[0]
		for i, r := range rows {
			out[i] = c - y[r]
		}
	case a.Const:
		arithConstAt(op, y, x[0], rows, out)
	default:
		arithVecAt(op, x, y[:len(x)], rows, out)
	}
	return batch.MakeFixed(t, out, nil)
}

func arithConstAt[T number](op ArithOp, v []T, c T, rows []int32, out []T) {
	out = out[:len(rows)]
	switch op {
	case Add:
		for i, r := range rows {
			out[i] = v[r] + c
		}
	case Sub:
		for i, r := range rows {
			out[i] = v[r] - c
		}
	case Mul:
		for i, r := range rows {
			out[i] = v[r] * c
		}
	}
}

func arithVecAt[T number](op ArithOp, a, b []T, rows []int32, out []T) {
	b, out = b[:len(a)], out[:len(rows)]
	switch op {
	case Add:
		for i, r := range rows {
			out[i] = a[r] + b[r]
		}
	case Sub:
		for i, r := range rows {
			out[i] = a[r] - b[r]
		}
	case Mul:
		for i, r := range rows {
			out[i] = a[r] * b[r]
		}
	}
}
