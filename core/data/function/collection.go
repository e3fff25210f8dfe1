package function

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// span is the positions of row i of argument k in its child columns.
func (c *call) span(k, i int) (from, to int) {
	offs := c.col(k).Offsets()
	at := c.at(k, i)
	return int(offs[at]), int(offs[at+1])
}

func (c *call) elems(k int) *batch.Column { return c.col(k).Child(0) }

// putElem appends element j of array argument k to the array that is being built.
func (c *call) putElem(k, j int) { c.out.Child(0).AppendFrom(c.elems(k), j) }

// arrayOf brings arrays to one element type: the common one. elemArgs are positions of single
// elements.
func inferArrays(name, syntax string, arrays, elems, opt int, rest bool, n nulls,
	result func(array types.Type) types.Type, k Kernel) func([]Arg) (Bound, error) {
	return func(args []Arg) (Bound, error) {
		bad := mismatch(name, syntax, args)
		least := arrays + elems - opt
		if len(args) < least || len(args) > arrays+elems && !rest {
			return Bound{}, bad
		}
		var ts []types.Type
		isArray := func(i int) bool { return i < arrays || rest }
		for i, a := range args {
			switch {
			case !isArray(i):
				ts = append(ts, a.Type)
			case a.Type.Kind == types.Array:
				ts = append(ts, *a.Type.Elem)
			case a.Type.Kind != types.Null:
				return Bound{}, bad
			}
		}
		elem, ok := types.Common(ts...)
		if !ok || arrays == 1 && elems == 1 && widens(ts[0], elem) {
			return Bound{}, bad
		}
		b := Bound{Kernel: k, Result: result(types.ArrayOf(elem))}
		null := n == nullable
		for i, a := range args {
			t := elem
			if isArray(i) {
				t = types.ArrayOf(elem)
				null = null || !a.Type.NotNull
			}
			b.Args = append(b.Args, t.Nullable(!a.Type.NotNull))
		}
		b.Result = b.Result.Nullable(null)
		return b, nil
	}
}

// widens says whether an array of elem takes values of the common type only as an array of another
// kind, which Flink does not make of it: 1.5 is no element of an ARRAY<INT>.
func widens(elem, common types.Type) bool {
	return elem.Kind != types.Null && elem.Kind != common.Kind && !elem.IsString() && !elem.IsBytes()
}

func same(t types.Type) types.Type { return t }

func elemOf(t types.Type) types.Type { return *t.Elem }

// strictArrays is rows for arrays only: elements may be null.
func strictArrays(arrays int, f func(c *call, i int) error) Kernel {
	return rowsN(func(c *call, i int) error {
		for k := range c.args {
			if (k < arrays || arrays < 0) && c.null(k, i) {
				c.putNull()
				return nil
			}
		}
		return f(c, i)
	})
}

// sameElem compares element j of array argument k with row i of argument m.
func (c *call) sameElem(k, j, m, i int) bool {
	return kernel.EqualAt(c.elems(k), j, c.col(m), c.at(m, i))
}

// keyset collects encoded elements.
type keyset map[string]struct{}

func (s keyset) add(c *batch.Column, j int) bool {
	k := string(kernel.AppendValue(nil, c, j))
	_, had := s[k]
	s[k] = struct{}{}
	return !had
}

func (s keyset) has(c *batch.Column, j int) bool {
	_, ok := s[string(kernel.AppendValue(nil, c, j))]
	return ok
}

func arrayContains(c *call, i int) error {
	from, to := c.span(0, i)
	for j := from; j < to; j++ {
		if c.sameElem(0, j, 1, i) {
			c.putBool(true)
			return nil
		}
	}
	c.putBool(false)
	return nil
}

func arrayPosition(c *call, i int) error {
	if c.null(1, i) {
		c.putNull()
		return nil
	}
	from, to := c.span(0, i)
	for j := from; j < to; j++ {
		if c.sameElem(0, j, 1, i) {
			c.putInt(j - from + 1)
			return nil
		}
	}
	c.putInt(0)
	return nil
}

func arrayRemove(c *call, i int) error {
	from, to := c.span(0, i)
	for j := from; j < to; j++ {
		if !c.sameElem(0, j, 1, i) {
			c.putElem(0, j)
		}
	}
	c.out.CloseList()
	return nil
}

// arraySet is ARRAY_DISTINCT and ARRAY_UNION: the distinct elements of all arrays.
func arraySet(c *call, i int) error {
	seen := keyset{}
	for k := range c.args {
		from, to := c.span(k, i)
		for j := from; j < to; j++ {
			if seen.add(c.elems(k), j) {
				c.putElem(k, j)
			}
		}
	}
	c.out.CloseList()
	return nil
}

// arrayBoth keeps the elements of the first array that the second has (or, not, has not):
// distinct ones for INTERSECT; EXCEPT takes away one for one.
func arrayIntersect(c *call, i int) error {
	other, seen := keyset{}, keyset{}
	from, to := c.span(1, i)
	for j := from; j < to; j++ {
		other.add(c.elems(1), j)
	}
	from, to = c.span(0, i)
	for j := from; j < to; j++ {
		if other.has(c.elems(0), j) && seen.add(c.elems(0), j) {
			c.putElem(0, j)
		}
	}
	c.out.CloseList()
	return nil
}

func arrayExcept(c *call, i int) error {
	seen := keyset{}
	from, to := c.span(1, i)
	for j := from; j < to; j++ {
		seen.add(c.elems(1), j)
	}
	from, to = c.span(0, i)
	for j := from; j < to; j++ {
		if seen.add(c.elems(0), j) {
			c.putElem(0, j)
		}
	}
	c.out.CloseList()
	return nil
}

func arrayConcat(c *call, i int) error {
	for k := range c.args {
		from, to := c.span(k, i)
		for j := from; j < to; j++ {
			c.putElem(k, j)
		}
	}
	c.out.CloseList()
	return nil
}

// arrayAdd appends (or, front, prepends) one element.
func arrayAdd(front bool) func(c *call, i int) error {
	return func(c *call, i int) error {
		if front {
			c.out.Child(0).AppendFrom(c.col(1), c.at(1, i))
		}
		from, to := c.span(0, i)
		for j := from; j < to; j++ {
			c.putElem(0, j)
		}
		if !front {
			c.out.Child(0).AppendFrom(c.col(1), c.at(1, i))
		}
		c.out.CloseList()
		return nil
	}
}

func arrayReverse(c *call, i int) error {
	from, to := c.span(0, i)
	for j := to - 1; j >= from; j-- {
		c.putElem(0, j)
	}
	c.out.CloseList()
	return nil
}

// arraySlice counts from 1, from the end when negative, both ends included; 0 acts as 1.
func arraySlice(c *call, i int) error {
	from, to := c.span(0, i)
	n := to - from
	lo, hi := c.int(1, i), n
	if c.has(2) {
		hi = c.int(2, i)
	}
	place := func(p int) int {
		if p < 0 {
			return p + n + 1
		}
		return p
	}
	lo, hi = place(lo), place(hi)
	if hi == 0 { // as in Flink, both for 0 and for the place before the first
		hi = 1
	}
	hi = min(hi, n)
	for j := max(lo, 1); j <= hi; j++ {
		c.putElem(0, from+j-1)
	}
	c.out.CloseList()
	return nil
}

// arraySort is ARRAY_SORT(array [, ascending [, nulls first]]); nulls come first when ascending.
func arraySort(c *call, i int) error {
	up := !c.has(1) || c.bool(1, i)
	nullsFirst := up
	if c.has(2) {
		nullsFirst = c.bool(2, i)
	}
	from, to := c.span(0, i)
	order := make([]int, 0, to-from)
	for j := from; j < to; j++ {
		order = append(order, j)
	}
	e := c.elems(0)
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := e.IsNull(a), e.IsNull(b)
		switch {
		case x && y:
			return 0
		case x || y:
			if x == nullsFirst {
				return -1
			}
			return 1
		case up:
			return kernel.CompareAt(e, a, e, b)
		}
		return kernel.CompareAt(e, b, e, a)
	})
	for _, j := range order {
		c.putElem(0, j)
	}
	c.out.CloseList()
	return nil
}

func arrayExtreme(sign int) func(c *call, i int) error {
	return func(c *call, i int) error {
		from, to := c.span(0, i)
		e, best := c.elems(0), -1
		for j := from; j < to; j++ {
			if !e.IsNull(j) && (best < 0 || sign*kernel.CompareAt(e, j, e, best) > 0) {
				best = j
			}
		}
		if best < 0 {
			c.putNull()
			return nil
		}
		c.putFrom(e, best)
		return nil
	}
}

func arrayJoin(c *call, i int) error {
	from, to := c.span(0, i)
	var out []byte
	first := true
	for j := from; j < to; j++ {
		null := c.elems(0).IsNull(j)
		if null && !c.has(2) {
			continue
		}
		if !first {
			out = append(out, c.str(1, i)...)
		}
		first = false
		if null {
			out = append(out, c.str(2, i)...)
		} else {
			out = append(out, c.elems(0).Bytes(j)...)
		}
	}
	c.putBytes(out)
	return nil
}

func cardinality(c *call, i int) error {
	from, to := c.span(0, i)
	c.putInt(to - from)
	return nil
}

func element(c *call, i int) error {
	from, to := c.span(0, i)
	switch to - from {
	case 0:
		c.putNull()
	case 1:
		c.putFrom(c.elems(0), from)
	default:
		return errs.Dataf("ELEMENT needs an array of one element, not of %d", to-from)
	}
	return nil
}

// arrayAt is array[i], counted from 1; NULL beyond the end.
func arrayAt(c *call, i int) error {
	from, to := c.span(0, i)
	k := c.int64(1, i)
	if k < 1 || k > int64(to-from) {
		c.putNull()
		return nil
	}
	c.putFrom(c.elems(0), from+int(k)-1)
	return nil
}

func mapAt(c *call, i int) error {
	from, to := c.span(0, i)
	for j := to - 1; j >= from; j-- {
		if c.sameElem(0, j, 1, i) {
			c.putFrom(c.col(0).Child(1), j)
			return nil
		}
	}
	c.putNull()
	return nil
}

// inferAt binds value[index] of arrays, maps and rows.
func inferAt(args []Arg) (Bound, error) {
	const syntax = "array[INT], map[key]"
	if len(args) != 2 {
		return Bound{}, mismatch("[]", syntax, args)
	}
	t, index := args[0].Type, args[1].Type
	switch {
	case t.Kind == types.Array && index.IsInteger():
		if v, ok := args[1].Int(); ok && v < 1 {
			return Bound{}, errs.Userf("an array's elements are counted from 1, not %d", v)
		}
		return Bound{Args: []types.Type{t, bigintT.Nullable(!index.NotNull)},
			Result: t.Elem.Nullable(true), Kernel: rows(arrayAt)}, nil
	case t.IsVariant() && index.IsString():
		return Bound{Args: []types.Type{t, index}, Result: types.Variant(),
			Kernel: rows(variantAt)}, nil
	case t.IsVariant() && index.IsInteger():
		return Bound{Args: []types.Type{t, bigintT.Nullable(!index.NotNull)},
			Result: types.Variant(), Kernel: rows(variantAt)}, nil
	case t.Kind == types.Map:
		_, y, ok := comparableTypes(*t.Key, index)
		key, _ := types.Common(*t.Key, index)
		if ok && types.CanCoerce(y, *t.Key) {
			key = *t.Key
		}
		if ok && key.Kind != types.Null {
			m := types.MapOf(key.Nullable(!t.Key.NotNull), *t.Elem).Nullable(!t.NotNull)
			return Bound{Args: []types.Type{m, key.Nullable(!index.NotNull)},
				Result: t.Elem.Nullable(true), Kernel: rows(mapAt)}, nil
		}
	}
	return Bound{}, mismatch("[]", syntax, args)
}
