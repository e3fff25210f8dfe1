package function

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow/go/v16/arrow/decimal128"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

type plainNumber interface {
	int8 | int16 | int32 | int64 | float32 | float64
}

type sumCell[S plainNumber] struct {
	sum S
	n   int64 // non-null values
}

// sumAcc is SUM, SUM0 and AVG of T summed as S.
type sumAcc[T, S plainNumber] struct {
	t     types.Type
	kind  sumKind
	cells []sumCell[S]
}

type sumKind uint8

const (
	plainSum sumKind = iota
	sum0
	average
)

func (a *sumAcc[T, S]) Grow(n int) { a.cells = grow(a.cells, n) }

func (a *sumAcc[T, S]) Add(groups []int32, args []*batch.Column, rows []int32) {
	c, v, cells := args[0], batch.Values[T](args[0]), a.cells
	switch {
	case c.NullCount() > 0:
		eachRow(c, groups, rows, func(g int32, i int) {
			cells[g].sum += S(v[i])
			cells[g].n++
		})
	case rows == nil:
		v = v[:len(groups)]
		for i, g := range groups {
			x := &cells[g]
			x.sum += S(v[i])
			x.n++
		}
	default:
		for k, g := range groups {
			x := &cells[g]
			x.sum += S(v[rows[k]])
			x.n++
		}
	}
}

func (a *sumAcc[T, S]) Retract(groups []int32, args []*batch.Column, rows []int32) {
	v, cells := batch.Values[T](args[0]), a.cells
	eachRow(args[0], groups, rows, func(g int32, i int) {
		cells[g].sum -= S(v[i])
		cells[g].n--
		if cells[g].n == 0 {
			cells[g].sum = 0 // floating point may leave a rest
		}
	})
}

func (a *sumAcc[T, S]) Merge(groups []int32, other Accumulator, from []int32) {
	o := other.(*sumAcc[T, S])
	for k, g := range groups {
		a.cells[g].sum += o.cells[from[k]].sum
		a.cells[g].n += o.cells[from[k]].n
	}
}

func (a *sumAcc[T, S]) Result(groups []int32) (*batch.Column, error) {
	return fixedResult(a.t, groups, func(g int32) (T, bool) {
		x := a.cells[g]
		switch {
		case a.kind == sum0:
			return T(x.sum), true
		case x.n == 0:
			return 0, false
		case a.kind == average:
			return T(x.sum / S(x.n)), true
		}
		return T(x.sum), true
	}), nil
}

func (a *sumAcc[T, S]) Encode(groups []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	return encodeEach(groups, dst, ends, func(dst []byte, g int32) []byte {
		x := a.cells[g]
		if x.n == 0 && x.sum == 0 {
			return dst
		}
		dst = binary.AppendVarint(dst, x.n)
		if isFloat[S]() {
			return binary.LittleEndian.AppendUint64(dst, math.Float64bits(float64(x.sum)))
		}
		return binary.AppendVarint(dst, int64(x.sum))
	})
}

func isFloat[S plainNumber]() bool {
	half := 0.5
	return S(half) != 0
}

func (a *sumAcc[T, S]) Decode(groups []int32, src []byte, ends []int32) error {
	return decodeEach(groups, src, ends, a.Clear, func(g int32, r *reader) {
		x := &a.cells[g]
		x.n = r.varint()
		if isFloat[S]() {
			x.sum = S(math.Float64frombits(r.uint64()))
		} else {
			x.sum = S(r.varint())
		}
	})
}

func (a *sumAcc[T, S]) Clear(groups []int32) {
	for _, g := range groups {
		a.cells[g] = sumCell[S]{}
	}
}

func (a *sumAcc[T, S]) SizeBytes(groups []int32) int64 { return 16 * int64(len(groups)) }

type decimalCell struct {
	sum  batch.Decimal
	n    int64
	over bool // the sum has left 38 digits: it stays NULL
}

// decimalSumAcc is SUM, SUM0 and AVG of DECIMAL.
type decimalSumAcc struct {
	t     types.Type
	scale int // of the argument and the sum
	kind  sumKind
	cells []decimalCell
}

func (a *decimalSumAcc) Grow(n int) { a.cells = grow(a.cells, n) }

func (a *decimalSumAcc) update(groups []int32, c *batch.Column, rows []int32, sub bool, by int64) {
	v := batch.Values[batch.Decimal](c)
	if by == 1 && c.NullCount() == 0 {
		cells, scale := a.cells, a.scale
		for k, g := range groups {
			i := k
			if rows != nil {
				i = int(rows[k])
			}
			x := &cells[g]
			sum, ok := kernel.SumDecimals(x.sum, v[i], scale)
			x.sum, x.over = sum, x.over || !ok
			x.n++
		}
		return
	}
	eachRow(c, groups, rows, func(g int32, i int) { a.cells[g].add(v[i], a.scale, sub, by) })
}

func (x *decimalCell) add(v batch.Decimal, scale int, sub bool, by int64) {
	x.n += by
	if !sub {
		sum, ok := kernel.SumDecimals(x.sum, v, scale)
		x.sum, x.over = sum, x.over || !ok
		return
	}
	sum, ok := kernel.AddDecimals(x.sum, scale, v, scale, sub, types.MaxPrecision, scale)
	x.sum, x.over = sum, x.over || !ok
}

func (a *decimalSumAcc) Add(groups []int32, args []*batch.Column, rows []int32) {
	a.update(groups, args[0], rows, false, 1)
}

func (a *decimalSumAcc) Retract(groups []int32, args []*batch.Column, rows []int32) {
	a.update(groups, args[0], rows, true, -1)
}

func (a *decimalSumAcc) Merge(groups []int32, other Accumulator, from []int32) {
	o := other.(*decimalSumAcc)
	for k, g := range groups {
		x := o.cells[from[k]]
		a.cells[g].add(x.sum, a.scale, false, x.n)
		a.cells[g].over = a.cells[g].over || x.over
	}
}

func (a *decimalSumAcc) Result(groups []int32) (*batch.Column, error) {
	return fixedResult(a.t, groups, func(g int32) (batch.Decimal, bool) {
		x := a.cells[g]
		switch {
		case x.over || x.n == 0 && a.kind != sum0:
			return batch.Decimal{}, false
		case a.kind == average:
			return kernel.DivDecimals(x.sum, a.scale, decimal128.FromI64(x.n), 0, a.t.Precision,
				a.t.Scale)
		}
		return x.sum, true
	}), nil
}

func (a *decimalSumAcc) Encode(groups []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	return encodeEach(groups, dst, ends, func(dst []byte, g int32) []byte {
		x := a.cells[g]
		if x == (decimalCell{}) {
			return dst
		}
		flag := byte(0)
		if x.over {
			flag = 1
		}
		dst = binary.AppendVarint(append(dst, flag), x.n)
		dst = binary.LittleEndian.AppendUint64(dst, x.sum.LowBits())
		return binary.LittleEndian.AppendUint64(dst, uint64(x.sum.HighBits()))
	})
}

func (a *decimalSumAcc) Decode(groups []int32, src []byte, ends []int32) error {
	return decodeEach(groups, src, ends, a.Clear, func(g int32, r *reader) {
		x := &a.cells[g]
		x.over = r.take(1)[0] != 0
		x.n = r.varint()
		lo := r.uint64()
		x.sum = decimal128.New(int64(r.uint64()), lo)
	})
}

func (a *decimalSumAcc) Clear(groups []int32) {
	for _, g := range groups {
		a.cells[g] = decimalCell{}
	}
}

func (a *decimalSumAcc) SizeBytes(groups []int32) int64 { return 32 * int64(len(groups)) }

// inferSum binds SUM, SUM0 or AVG: integers keep their type, DECIMALs become (38, s), for AVG
// with at least six digits after the point.
func inferSum(kind sumKind) func(types.Type) (AggBound, bool) {
	return func(t types.Type) (AggBound, bool) {
		if t.Kind == types.Null {
			t = intT
		}
		res := t
		if t.Kind == types.Decimal {
			res = types.DecimalOf(types.MaxPrecision, t.Scale)
			if kind == average {
				res.Scale = max(6, t.Scale)
			}
		}
		res = res.Nullable(kind != sum0)
		b := AggBound{Args: []types.Type{t}, Result: res, Splittable: true}
		b.New = func(bool) Accumulator { return newSum(t, res, kind) }
		return b, t.IsNumeric() || t.IsInterval()
	}
}

func newSum(t, res types.Type, kind sumKind) Accumulator {
	wide := kind == average // an average sums in the widest type
	switch t.Kind {
	case types.TinyInt:
		if wide {
			return &sumAcc[int8, int64]{t: res, kind: kind}
		}
		return &sumAcc[int8, int8]{t: res, kind: kind}
	case types.SmallInt:
		if wide {
			return &sumAcc[int16, int64]{t: res, kind: kind}
		}
		return &sumAcc[int16, int16]{t: res, kind: kind}
	case types.Int, types.IntervalYM:
		if wide {
			return &sumAcc[int32, int64]{t: res, kind: kind}
		}
		return &sumAcc[int32, int32]{t: res, kind: kind}
	case types.Float:
		if wide {
			return &sumAcc[float32, float64]{t: res, kind: kind}
		}
		return &sumAcc[float32, float32]{t: res, kind: kind}
	case types.Double:
		return &sumAcc[float64, float64]{t: res, kind: kind}
	case types.Decimal:
		return &decimalSumAcc{t: res, scale: t.Scale, kind: kind}
	}
	return &sumAcc[int64, int64]{t: res, kind: kind}
}

func sumAggregates() []*Aggregate {
	return []*Aggregate{
		aggDef(Aggregate{Name: "SUM", Syntax: "SUM([ALL | DISTINCT] value)",
			Doc: "The sum, of the value's own type (integers wrap around), a DECIMAL with 38 " +
				"digits; NULL for no values.", Example: "SUM(x) → 6"}, inferSum(plainSum)),
		aggDef(Aggregate{Name: "SUM0", Aliases: []string{"$SUM0"}, Syntax: "SUM0(value)",
			Doc: "SUM with 0 for no values.", Example: "SUM0(x) → 0"}, inferSum(sum0)),
		aggDef(Aggregate{Name: "AVG", Syntax: "AVG([ALL | DISTINCT] value)",
			Doc: "The arithmetic mean, of the value's own type (integers are cut toward zero), a " +
				"DECIMAL with 38 digits; NULL for no values.", Example: "AVG(x) → 2"},
			inferSum(average)),
	}
}
