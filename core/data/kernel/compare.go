package kernel

import (
	"bytes"
	"cmp"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// CmpOp is a comparison operator.
type CmpOp uint8

const (
	Eq CmpOp = iota
	Ne
	Lt
	Le
	Gt
	Ge
)

func (op CmpOp) String() string { return [...]string{"=", "<>", "<", "<=", ">", ">="}[op] }

// Swap is the operator with its sides exchanged.
func (op CmpOp) Swap() CmpOp { return [...]CmpOp{Eq, Ne, Gt, Ge, Lt, Le}[op] }

// holds says whether the operator holds for a three-way result.
func (op CmpOp) holds(c int) bool {
	switch op {
	case Eq:
		return c == 0
	case Ne:
		return c != 0
	case Lt:
		return c < 0
	case Le:
		return c <= 0
	case Gt:
		return c > 0
	}
	return c >= 0
}

// Compare compares two vectors of equal representation (DECIMALs may differ in scale) and gives
// BOOLEAN. NaN is unequal to everything, text compares by its UTF-8 bytes.
func Compare(op CmpOp, a, b Vec, n int) Vec {
	t := types.Of(types.Boolean).Nullable(!a.Type().NotNull || !b.Type().NotNull)
	if a.AllNull() || b.AllNull() || n == 0 {
		return NullVec(t.Nullable(true))
	}
	if a.Const && b.Const {
		bits := compareBits(op, a, b, 1)
		return ConstVec(batch.MakeBool(t, bits, 1, nil))
	}
	if a.Const {
		a, b, op = b, a, op.Swap()
	}
	return ColVec(batch.MakeBool(t, compareBits(op, a, b, n), n, Valid(n, a, b)))
}

// compareBits has the result of every row, arbitrary where one side is null. b alone may be const.
func compareBits(op CmpOp, a, b Vec, n int) []byte {
	switch a.Type().Kind {
	case types.TinyInt:
		return compareNums[int8](op, a, b, n)
	case types.SmallInt:
		return compareNums[int16](op, a, b, n)
	case types.Int, types.Date, types.IntervalYM:
		return compareNums[int32](op, a, b, n)
	case types.Time:
		if a.Type().Unit() == 3 {
			return compareNums[int32](op, a, b, n)
		}
		return compareNums[int64](op, a, b, n)
	case types.BigInt, types.Timestamp, types.TimestampLTZ, types.IntervalDT:
		return compareNums[int64](op, a, b, n)
	case types.Float:
		return compareNums[float32](op, a, b, n)
	case types.Double:
		return compareNums[float64](op, a, b, n)
	case types.Char, types.Varchar, types.Binary, types.Varbinary, types.Raw:
		return compareStrs(op, a, b, n)
	case types.Decimal:
		return compareDecimals(op, a, b, n)
	case types.Boolean:
		return compareBools(op, a, b, n)
	}
	out := make([]byte, (n+7)/8)
	for i := range n {
		x, y := a.At(i), b.At(i)
		if !a.Col.IsNull(x) && !b.Col.IsNull(y) && op.holds(CompareAt(a.Col, x, b.Col, y)) {
			batch.SetBit(out, i)
		}
	}
	return out
}

type number interface {
	int8 | int16 | int32 | int64 | float32 | float64
}

// b2 is 1 for true; it compiles to one instruction.
func b2(b bool) byte {
	var x byte
	if b {
		x = 1
	}
	return x
}

func compareNums[T number](op CmpOp, a, b Vec, n int) []byte {
	out := make([]byte, (n+7)/8)
	va := batch.Values[T](a.Col)[:n]
	if b.Const {
		c := batch.Values[T](b.Col)[0]
		switch op {
		case Eq, Ne:
			eqConst(va, c, out)
		case Lt:
			ltConst(va, c, out)
		case Le:
			leConst(va, c, out)
		case Gt:
			gtConst(va, c, out)
		case Ge:
			geConst(va, c, out)
		}
	} else {
		vb := batch.Values[T](b.Col)[:n]
		switch op {
		case Eq, Ne:
			eqVec(va, vb, out)
		case Lt:
			ltVec(va, vb, out)
		case Le:
			leVec(va, vb, out)
		case Gt:
			ltVec(vb, va, out)
		case Ge:
			leVec(vb, va, out)
		}
	}
	if op == Ne {
		invert(out, n)
	}
	return out
}

// invert flips the first n bits.
func invert(bits []byte, n int) {
	for i := range bits {
		bits[i] ^= 0xff
	}
	if n&7 != 0 {
		bits[len(bits)-1] &= 1<<(n&7) - 1
	}
}

func eqConst[T number](v []T, c T, out []byte) {
	k := 0
	for ; len(v) >= 8; k++ {
		w := v[:8:8]
		out[k] = b2(w[0] == c) | b2(w[1] == c)<<1 | b2(w[2] == c)<<2 | b2(w[3] == c)<<3 |
			b2(w[4] == c)<<4 | b2(w[5] == c)<<5 | b2(w[6] == c)<<6 | b2(w[7] == c)<<7
		v = v[8:]
	}
	for i, x := range v {
		out[k] |= b2(x == c) << i
	}
}

func ltConst[T number](v []T, c T, out []byte) {
	k := 0
	for ; len(v) >= 8; k++ {
		w := v[:8:8]
		out[k] = b2(w[0] < c) | b2(w[1] < c)<<1 | b2(w[2] < c)<<2 | b2(w[3] < c)<<3 |
			b2(w[4] < c)<<4 | b2(w[5] < c)<<5 | b2(w[6] < c)<<6 | b2(w[7] < c)<<7
		v = v[8:]
	}
	for i, x := range v {
		out[k] |= b2(x < c) << i
	}
}

func leConst[T number](v []T, c T, out []byte) {
	k := 0
	for ; len(v) >= 8; k++ {
		w := v[:8:8]
		out[k] = b2(w[0] <= c) | b2(w[1] <= c)<<1 | b2(w[2] <= c)<<2 | b2(w[3] <= c)<<3 |
			b2(w[4] <= c)<<4 | b2(w[5] <= c)<<5 | b2(w[6] <= c)<<6 | b2(w[7] <= c)<<7
		v = v[8:]
	}
	for i, x := range v {
		out[k] |= b2(x <= c) << i
	}
}

func gtConst[T number](v []T, c T, out []byte) {
	k := 0
	for ; len(v) >= 8; k++ {
		w := v[:8:8]
		out[k] = b2(w[0] > c) | b2(w[1] > c)<<1 | b2(w[2] > c)<<2 | b2(w[3] > c)<<3 |
			b2(w[4] > c)<<4 | b2(w[5] > c)<<5 | b2(w[6] > c)<<6 | b2(w[7] > c)<<7
		v = v[8:]
	}
	for i, x := range v {
		out[k] |= b2(x > c) << i
	}
}

func geConst[T number](v []T, c T, out []byte) {
	k := 0
	for ; len(v) >= 8; k++ {
		w := v[:8:8]
		out[k] = b2(w[0] >= c) | b2(w[1] >= c)<<1 | b2(w[2] >= c)<<2 | b2(w[3] >= c)<<3 |
			b2(w[4] >= c)<<4 | b2(w[5] >= c)<<5 | b2(w[6] >= c)<<6 | b2(w[7] >= c)<<7
		v = v[8:]
	}
	for i, x := range v {
		out[k] |= b2(x >= c) << i
	}
}

func eqVec[T number](a, b []T, out []byte) {
	k := 0
	for ; len(a) >= 8 && len(b) >= 8; k++ {
		w, x := a[:8:8], b[:8:8]
		out[k] = b2(w[0] == x[0]) | b2(w[1] == x[1])<<1 | b2(w[2] == x[2])<<2 |
			b2(w[3] == x[3])<<3 | b2(w[4] == x[4])<<4 | b2(w[5] == x[5])<<5 |
			b2(w[6] == x[6])<<6 | b2(w[7] == x[7])<<7
		a, b = a[8:], b[8:]
	}
	for i, x := range a {
		out[k] |= b2(x == b[i]) << i
	}
}

func ltVec[T number](a, b []T, out []byte) {
	k := 0
	for ; len(a) >= 8 && len(b) >= 8; k++ {
		w, x := a[:8:8], b[:8:8]
		out[k] = b2(w[0] < x[0]) | b2(w[1] < x[1])<<1 | b2(w[2] < x[2])<<2 |
			b2(w[3] < x[3])<<3 | b2(w[4] < x[4])<<4 | b2(w[5] < x[5])<<5 |
			b2(w[6] < x[6])<<6 | b2(w[7] < x[7])<<7
		a, b = a[8:], b[8:]
	}
	for i, x := range a {
		out[k] |= b2(x < b[i]) << i
	}
}

func leVec[T number](a, b []T, out []byte) {
	k := 0
	for ; len(a) >= 8 && len(b) >= 8; k++ {
		w, x := a[:8:8], b[:8:8]
		out[k] = b2(w[0] <= x[0]) | b2(w[1] <= x[1])<<1 | b2(w[2] <= x[2])<<2 |
			b2(w[3] <= x[3])<<3 | b2(w[4] <= x[4])<<4 | b2(w[5] <= x[5])<<5 |
			b2(w[6] <= x[6])<<6 | b2(w[7] <= x[7])<<7
		a, b = a[8:], b[8:]
	}
	for i, x := range a {
		out[k] |= b2(x <= b[i]) << i
	}
}

func compareStrs(op CmpOp, a, b Vec, n int) []byte {
	out := make([]byte, (n+7)/8)
	x, y := StrsOf(a), StrsOf(b)
	if op == Eq || op == Ne {
		for i := range n {
			out[i>>3] |= b2(x.At(i) == y.At(i)) << (i & 7)
		}
		if op == Ne {
			invert(out, n)
		}
		return out
	}
	for i := range n {
		out[i>>3] |= b2(op.holds(cmp.Compare(x.At(i), y.At(i)))) << (i & 7)
	}
	return out
}

func compareDecimals(op CmpOp, a, b Vec, n int) []byte {
	out := make([]byte, (n+7)/8)
	x, y := NumsOf[batch.Decimal](a), NumsOf[batch.Decimal](b)
	sa, sb := a.Type().Scale, b.Type().Scale
	if b.Const && sa >= sb {
		neg, u := split(y.V[0])
		if u, ok := u.scaleUp(sa - sb); ok {
			compareConst(op, x.V[:n], join(neg, u), out)
			return out
		}
	}
	if sa == sb && !a.Const && !b.Const {
		compareSame(op, x.V[:n], y.V, out)
		return out
	}
	for i := range n {
		out[i>>3] |= b2(op.holds(CompareDecimals(x.At(i), sa, y.At(i), sb))) << (i & 7)
	}
	return out
}

func compareBools(op CmpOp, a, b Vec, n int) []byte {
	x, _ := BoolBits(a, n)
	y, _ := BoolBits(b, n)
	for i := range x {
		p, q := x[i], y[i]
		switch op {
		case Eq:
			x[i] = ^(p ^ q)
		case Ne:
			x[i] = p ^ q
		case Lt:
			x[i] = ^p & q
		case Le:
			x[i] = ^p | q
		case Gt:
			x[i] = p &^ q
		case Ge:
			x[i] = p | ^q
		}
	}
	return x
}

// CompareAt compares two values of equal representation, neither null: less than, equal to or
// greater than zero. NaN is equal to itself and above all numbers; inside nested values null is
// below everything; maps compare by their sorted entries.
func CompareAt(a *batch.Column, i int, b *batch.Column, j int) int {
	switch a.Type.Kind {
	case types.Null:
		return 0
	case types.Boolean:
		return int(b2(a.Bool(i))) - int(b2(b.Bool(j)))
	case types.TinyInt:
		return cmp.Compare(batch.Values[int8](a)[i], batch.Values[int8](b)[j])
	case types.SmallInt:
		return cmp.Compare(batch.Values[int16](a)[i], batch.Values[int16](b)[j])
	case types.Int, types.Date, types.IntervalYM:
		return cmp.Compare(batch.Values[int32](a)[i], batch.Values[int32](b)[j])
	case types.Time:
		return cmp.Compare(timeTicks(a, i), timeTicks(b, j))
	case types.BigInt, types.Timestamp, types.TimestampLTZ, types.IntervalDT:
		return cmp.Compare(batch.Values[int64](a)[i], batch.Values[int64](b)[j])
	case types.Float:
		return compareFloats(batch.Values[float32](a)[i], batch.Values[float32](b)[j])
	case types.Double:
		return compareFloats(batch.Values[float64](a)[i], batch.Values[float64](b)[j])
	case types.Decimal:
		return CompareDecimals(batch.Values[batch.Decimal](a)[i], a.Type.Scale,
			batch.Values[batch.Decimal](b)[j], b.Type.Scale)
	case types.Array:
		return compareLists(a, i, b, j)
	case types.Map, types.Multiset:
		return compareMaps(a, i, b, j)
	case types.Row:
		for k := range a.NumChildren() {
			if c := compareNullable(a.Child(k), i, b.Child(k), j); c != 0 {
				return c
			}
		}
		return 0
	case types.Object:
		return cmp.Compare(batch.Values[uint64](a)[i], batch.Values[uint64](b)[j])
	}
	return bytes.Compare(a.Bytes(i), b.Bytes(j))
}

// compareFloats orders NaN above everything (cmp.Compare has it below).
func compareFloats[T float32 | float64](a, b T) int {
	switch {
	case a != a:
		return int(b2(b == b))
	case b != b:
		return -1
	}
	return cmp.Compare(a, b)
}

// timeTicks reads a TIME column of either width.
func timeTicks(c *batch.Column, i int) int64 {
	if c.Type.Unit() == 3 {
		return int64(batch.Values[int32](c)[i])
	}
	return batch.Values[int64](c)[i]
}

func compareNullable(a *batch.Column, i int, b *batch.Column, j int) int {
	x, y := a.IsNull(i), b.IsNull(j)
	if x || y {
		return int(b2(y)) - int(b2(x))
	}
	return CompareAt(a, i, b, j)
}

func compareLists(a *batch.Column, i int, b *batch.Column, j int) int {
	p, q := a.Offsets(), b.Offsets()
	n, m := int(p[i+1]-p[i]), int(q[j+1]-q[j])
	for k := range min(n, m) {
		if c := compareNullable(a.Child(0), int(p[i])+k, b.Child(0), int(q[j])+k); c != 0 {
			return c
		}
	}
	return cmp.Compare(n, m)
}

func compareMaps(a *batch.Column, i int, b *batch.Column, j int) int {
	x, y := sortedEntries(a, i), sortedEntries(b, j)
	for k := range min(len(x), len(y)) {
		if c := compareNullable(a.Child(0), x[k], b.Child(0), y[k]); c != 0 {
			return c
		}
		if c := compareNullable(a.Child(1), x[k], b.Child(1), y[k]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}

// EqualAt says whether two values of equal representation are the same, null equal to null.
func EqualAt(a *batch.Column, i int, b *batch.Column, j int) bool {
	return compareNullable(a, i, b, j) == 0
}
