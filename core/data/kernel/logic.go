package kernel

import (
	"math/bits"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// truth is BOOLEAN in two bitmaps: where it is TRUE and where it is FALSE. NULL is neither.
type truth struct{ yes, no []byte }

func truthOf(v Vec, n int) truth {
	yes, valid := BoolBits(v, n)
	no := make([]byte, len(yes))
	for i := range no {
		no[i] = ^yes[i]
		if valid != nil {
			no[i] &= valid[i]
		}
	}
	if n&7 != 0 {
		no[len(no)-1] &= 1<<(n&7) - 1
	}
	return truth{yes, no}
}

func (t truth) column(n int) *batch.Column {
	var valid []byte
	nulls := 0
	for i := range t.yes {
		nulls += 8 - bits.OnesCount8(t.yes[i]|t.no[i])
	}
	if nulls > len(t.yes)*8-n {
		valid = make([]byte, len(t.yes))
		for i := range valid {
			valid[i] = t.yes[i] | t.no[i]
		}
	}
	typ := types.Of(types.Boolean).Nullable(valid != nil)
	return batch.MakeBool(typ, t.yes, n, valid)
}

// And is three-valued AND.
func And(a, b Vec, n int) Vec {
	if a.Const && b.Const {
		n = 1
	}
	x, y := truthOf(a, n), truthOf(b, n)
	for i := range x.yes {
		x.yes[i] &= y.yes[i]
		x.no[i] |= y.no[i]
	}
	return Vec{Col: x.column(n), Const: a.Const && b.Const}
}

// Or is three-valued OR.
func Or(a, b Vec, n int) Vec {
	if a.Const && b.Const {
		n = 1
	}
	x, y := truthOf(a, n), truthOf(b, n)
	for i := range x.yes {
		x.yes[i] |= y.yes[i]
		x.no[i] &= y.no[i]
	}
	return Vec{Col: x.column(n), Const: a.Const && b.Const}
}

// Not is three-valued NOT.
func Not(a Vec, n int) Vec {
	if a.Const {
		n = 1
	}
	x := truthOf(a, n)
	return Vec{Col: truth{x.no, x.yes}.column(n), Const: a.Const}
}

// Is is IS [NOT] TRUE or IS [NOT] FALSE: never null.
func Is(a Vec, n int, what, not bool) Vec {
	if a.Const {
		n = 1
	}
	x := truthOf(a, n)
	out := x.yes
	if !what {
		out = x.no
	}
	if not {
		invert(out, n)
	}
	t := types.Of(types.Boolean).Nullable(false)
	return Vec{Col: batch.MakeBool(t, out, n, nil), Const: a.Const}
}

// SelectTrue appends the rows where v is TRUE to rows, ascending.
func SelectTrue(v Vec, n int, rows []int32) []int32 {
	if v.Const {
		if !v.AllNull() && v.Col.Bool(0) {
			for i := range n {
				rows = append(rows, int32(i))
			}
		}
		return rows
	}
	yes, _ := BoolBits(v, n)
	return SelectBits(yes, n, rows)
}

// bytePositions has the places of the ones of each byte; what follows them is arbitrary.
var bytePositions = func() (t [256][8]int8) {
	for b := range t {
		k := 0
		for i := range 8 {
			if b>>i&1 == 1 {
				t[b][k] = int8(i)
				k++
			}
		}
	}
	return
}()

// SelectBits appends the positions of the ones among n bits. It writes eight places a byte without
// branches and goes on by as many as there are ones.
func SelectBits(set []byte, n int, rows []int32) []int32 {
	k := len(rows)
	if cap(rows)-k < n+8 {
		rows = append(make([]int32, 0, k+n+8), rows...)
	}
	rows = rows[:k+n+8]
	for i, b := range set {
		if b == 0 {
			continue
		}
		base := int32(i * 8)
		w, t := (*[8]int32)(rows[k:]), &bytePositions[b]
		w[0], w[1] = base+int32(t[0]), base+int32(t[1])
		w[2], w[3] = base+int32(t[2]), base+int32(t[3])
		w[4], w[5] = base+int32(t[4]), base+int32(t[5])
		w[6], w[7] = base+int32(t[6]), base+int32(t[7])
		k += bits.OnesCount8(b)
	}
	return rows[:k]
}

// CountTrue is the number of rows where v is TRUE.
func CountTrue(v Vec, n int) int {
	if v.Const {
		if v.AllNull() || !v.Col.Bool(0) {
			return 0
		}
		return n
	}
	yes, _ := BoolBits(v, n)
	count := 0
	for _, b := range yes {
		count += bits.OnesCount8(b)
	}
	return count
}

// Chooses says whether Choose knows the type.
func Chooses(t types.Type) bool {
	switch t.Kind {
	case types.Int, types.BigInt, types.Float, types.Double, types.Decimal:
		return true
	}
	return false
}

// Choose makes a column of type t that is the constant yes where v is TRUE and the constant no
// elsewhere, neither of them NULL.
func Choose(v, yes, no Vec, n int, t types.Type) Vec {
	switch t.Kind {
	case types.Int:
		return choose[int32](v, yes, no, n, t)
	case types.BigInt:
		return choose[int64](v, yes, no, n, t)
	case types.Float:
		return choose[float32](v, yes, no, n, t)
	case types.Double:
		return choose[float64](v, yes, no, n, t)
	}
	return choose[batch.Decimal](v, yes, no, n, t)
}

func choose[T batch.Fixed](v, yes, no Vec, n int, t types.Type) Vec {
	set, _ := BoolBits(v, n)
	values := [2]T{batch.Values[T](no.Col)[0], batch.Values[T](yes.Col)[0]}
	out := batch.Uninit[T](n)
	for i := range out {
		out[i] = values[set[i>>3]>>(i&7)&1]
	}
	return ColVec(batch.MakeFixed(t, out, nil))
}
