package kernel

import (
	"math"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// ArithOp is an arithmetic operator.
type ArithOp uint8

const (
	Add ArithOp = iota
	Sub
	Mul
	Div
	Mod
)

func (op ArithOp) String() string { return [...]string{"+", "-", "*", "/", "%"}[op] }

// Arith computes a op b; both have the representation of t, except DECIMALs, which may have their
// own precision and scale. Integers wrap; their division truncates toward zero and raises
// "/ by zero"; DECIMALs that do not fit t are NULL, and a DECIMAL divided by zero raises.
func Arith(op ArithOp, a, b Vec, n int, t types.Type) (Vec, error) {
	if a.AllNull() || b.AllNull() {
		return NullVec(t.Nullable(true)), nil
	}
	constant := a.Const && b.Const
	if constant {
		n = 1
	}
	var c *batch.Column
	var err error
	switch t.Kind {
	case types.TinyInt:
		c, err = arithInts[int8](op, a, b, n, t)
	case types.SmallInt:
		c, err = arithInts[int16](op, a, b, n, t)
	case types.Int, types.IntervalYM:
		c, err = arithInts[int32](op, a, b, n, t)
	case types.BigInt, types.IntervalDT:
		c, err = arithInts[int64](op, a, b, n, t)
	case types.Float:
		c = arithFloats[float32](op, a, b, n, t)
	case types.Double:
		c = arithFloats[float64](op, a, b, n, t)
	case types.Decimal:
		c, err = arithDecimals(op, a, b, n, t)
	default:
		return Vec{}, errs.Internalf("no arithmetic on %s", t)
	}
	return Vec{Col: c, Const: constant}, err
}

func arithInts[T int8 | int16 | int32 | int64](op ArithOp, a, b Vec, n int, t types.Type,
) (*batch.Column, error) {
	valid := Valid(n, a, b)
	if op == Div || op == Mod {
		out := make([]T, n)
		if err := divInts(op, NumsOf[T](a), NumsOf[T](b), out, valid); err != nil {
			return nil, err
		}
		return batch.MakeFixed(t, out, valid), nil
	}
	out := batch.Uninit[T](n)
	basicArith(op, a, b, out)
	return batch.MakeFixed(t, out, valid), nil
}

func divInts[T int8 | int16 | int32 | int64](op ArithOp, a, b Nums[T], out []T, valid []byte,
) error {
	for i := range out {
		y := b.At(i)
		if y == 0 {
			if valid == nil || batch.Bit(valid, i) {
				return errs.Dataf("/ by zero")
			}
			continue
		}
		if op == Div {
			out[i] = a.At(i) / y
		} else {
			out[i] = a.At(i) % y
		}
	}
	return nil
}

// basicArith is +, - and * in tight loops.
func basicArith[T number](op ArithOp, a, b Vec, out []T) {
	n := len(out)
	va, vb := batch.Values[T](a.Col), batch.Values[T](b.Col)
	switch {
	case b.Const:
		arithConst(op, va, vb[0], out, a.Const)
	case a.Const && op == Sub:
		c := va[0]
		for i, y := range vb[:n] {
			out[i] = c - y
		}
	case a.Const:
		arithConst(op, vb, va[0], out, false)
	default:
		arithVec(op, va[:n], vb[:n], out)
	}
}

func arithConst[T number](op ArithOp, v []T, c T, out []T, one bool) {
	if one {
		v = v[:1]
	}
	v = v[:len(out)]
	switch op {
	case Add:
		for i, x := range v {
			out[i] = x + c
		}
	case Sub:
		for i, x := range v {
			out[i] = x - c
		}
	case Mul:
		for i, x := range v {
			out[i] = x * c
		}
	}
}

func arithVec[T number](op ArithOp, a, b, out []T) {
	b, out = b[:len(a)], out[:len(a)]
	switch op {
	case Add:
		for i, x := range a {
			out[i] = x + b[i]
		}
	case Sub:
		for i, x := range a {
			out[i] = x - b[i]
		}
	case Mul:
		for i, x := range a {
			out[i] = x * b[i]
		}
	}
}

func arithFloats[T float32 | float64](op ArithOp, a, b Vec, n int, t types.Type) *batch.Column {
	out := batch.Uninit[T](n)
	x, y := NumsOf[T](a), NumsOf[T](b)
	switch op {
	case Div:
		for i := range out {
			out[i] = x.At(i) / y.At(i)
		}
	case Mod:
		for i := range out {
			out[i] = T(math.Mod(float64(x.At(i)), float64(y.At(i))))
		}
	default:
		basicArith(op, a, b, out)
	}
	return batch.MakeFixed(t, out, Valid(n, a, b))
}

// Negate is unary minus; integers wrap.
func Negate(a Vec, n int) Vec {
	if a.Const {
		n = 1
	}
	t := a.Type()
	var c *batch.Column
	switch t.Kind {
	case types.TinyInt:
		c = mapNums(a, n, func(x int8) int8 { return -x })
	case types.SmallInt:
		c = mapNums(a, n, func(x int16) int16 { return -x })
	case types.Int, types.IntervalYM:
		c = mapNums(a, n, func(x int32) int32 { return -x })
	case types.BigInt, types.IntervalDT:
		c = mapNums(a, n, func(x int64) int64 { return -x })
	case types.Float:
		c = mapNums(a, n, func(x float32) float32 { return -x })
	case types.Double:
		c = mapNums(a, n, func(x float64) float64 { return -x })
	default:
		c = mapNums(a, n, func(x batch.Decimal) batch.Decimal { return x.Negate() })
	}
	return Vec{Col: c, Const: a.Const}
}

// mapNums applies f to n rows of a fixed-width column.
func mapNums[T batch.Fixed](a Vec, n int, f func(T) T) *batch.Column {
	out := batch.Uninit[T](n)
	for i, x := range batch.Values[T](a.Col)[:n] {
		out[i] = f(x)
	}
	return batch.MakeFixed(a.Type(), out, Valid(n, a))
}
