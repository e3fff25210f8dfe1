package kernel

import (
	"slices"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// sortedEntries returns the positions of a map's entries in the order of their keys.
func sortedEntries(c *batch.Column, i int) []int {
	offs := c.Offsets()
	out := make([]int, 0, offs[i+1]-offs[i])
	for k := offs[i]; k < offs[i+1]; k++ {
		out = append(out, int(k))
	}
	keys := c.Child(0)
	slices.SortFunc(out, func(x, y int) int { return compareNullable(keys, x, keys, y) })
	return out
}

// Distinct is IS DISTINCT FROM (or, same set, IS NOT DISTINCT FROM): never null.
func Distinct(a, b Vec, n int, same bool) Vec {
	op := Ne
	if same {
		op = Eq
	}
	t := types.Of(types.Boolean).Nullable(false)
	if a.Const && b.Const {
		n = 1
	}
	out := make([]byte, (n+7)/8)
	if !a.AllNull() && !b.AllNull() && a.Type().Kind != types.Null && b.Type().Kind != types.Null {
		x, y := a, b
		if x.Const && !y.Const {
			x, y = y, x
		}
		out = compareBits(op, x, y, n)
	}
	if a.HasNulls() || b.HasNulls() {
		for i := range n {
			if p, q := a.IsNull(i), b.IsNull(i); p || q {
				batch.ClearBit(out, i)
				if (p == q) == same {
					batch.SetBit(out, i)
				}
			}
		}
	}
	return Vec{Col: batch.MakeBool(t, out, n, nil), Const: a.Const && b.Const}
}

// IsNull is IS NULL (or, not set, IS NOT NULL).
func IsNull(a Vec, n int, not bool) Vec {
	if a.Const {
		n = 1
	}
	bits := make([]byte, (n+7)/8)
	if valid := Valid(n, a); valid != nil {
		copy(bits, valid)
	} else {
		fillBits(bits, n)
	}
	if !not {
		invert(bits, n)
	}
	t := types.Of(types.Boolean).Nullable(false)
	return Vec{Col: batch.MakeBool(t, bits, n, nil), Const: a.Const}
}
