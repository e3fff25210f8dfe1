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
		if !ok {
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
	lo, hi = place(lo), min(place(hi), n)
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

func collection(name, syntax, doc, example string, infer func([]Arg) (Bound, error)) *Scalar {
	return &Scalar{Name: name, Category: "collection", Syntax: syntax, Doc: doc, Example: example,
		Infer: infer}
}

func arrayFunctions() []*Scalar {
	// arr declares a function of arrays (and single elements) of one element type.
	arr := func(name, syntax, doc, example string, arrays, elems int, n nulls,
		result func(types.Type) types.Type, f func(c *call, i int) error) *Scalar {
		return collection(name, syntax, doc, example, inferArrays(name, syntax, arrays, elems, 0,
			false, n, result, strictArrays(arrays, f)))
	}
	list := func(types.Type) types.Type { return boolT }
	pos := func(types.Type) types.Type { return intT }
	size := keep(types.ArrayOf(intT), func(t types.Type) bool {
		return t.Kind == types.Array || t.Kind == types.Map || t.Kind == types.Multiset
	})
	return []*Scalar{
		def(Scalar{Name: "CARDINALITY", Category: "collection",
			Syntax: "CARDINALITY(array), CARDINALITY(map)", Doc: "The number of elements or entries.",
			Example: "CARDINALITY(ARRAY(1, 2)) → 2"}, on(size).returns(intT, rows(cardinality))),
		{Name: "[]", Category: "collection", Syntax: "array[INT], map[key]",
			Doc:   "The element at a position from 1, or the value of a key; NULL if there is none.",
			Infer: inferAt, Aliases: []string{"ITEM"}},
		def(Scalar{Name: "ELEMENT", Category: "collection", Syntax: "ELEMENT(array)", Raises: true,
			Doc: "The only element; NULL for an empty array.", Example: "ELEMENT(ARRAY(7)) → 7"},
			on(array).returnsFn(func(args []Arg) types.Type { return *args[0].Type.Elem }, rows(element))),
		arr("ARRAY_APPEND", "ARRAY_APPEND(array, element)", "The array with an element at its end.",
			"ARRAY_APPEND(ARRAY(1), 2) → [1, 2]", 1, 1, nullIfAny, same, arrayAdd(false)),
		arr("ARRAY_CONTAINS", "ARRAY_CONTAINS(array, element)", "TRUE if the array has the element.",
			"ARRAY_CONTAINS(ARRAY(1, 2), 2) → TRUE", 1, 1, nullIfAny, list, arrayContains),
		arr("ARRAY_DISTINCT", "ARRAY_DISTINCT(array)", "The array without repeats.",
			"ARRAY_DISTINCT(ARRAY(1, 1)) → [1]", 1, 0, nullIfAny, same, arraySet),
		arr("ARRAY_POSITION", "ARRAY_POSITION(array, element)",
			"Where the element stands first, from 1; 0 if it is not there.",
			"ARRAY_POSITION(ARRAY(5, 6), 6) → 2", 1, 1, nullIfAny, pos, arrayPosition),
		arr("ARRAY_PREPEND", "ARRAY_PREPEND(array, element)", "The array with an element in front.",
			"ARRAY_PREPEND(ARRAY(1), 2) → [2, 1]", 1, 1, nullIfAny, same, arrayAdd(true)),
		arr("ARRAY_REMOVE", "ARRAY_REMOVE(array, element)", "The array without the element.",
			"ARRAY_REMOVE(ARRAY(1, 2, 1), 1) → [2]", 1, 1, nullIfAny, same, arrayRemove),
		arr("ARRAY_REVERSE", "ARRAY_REVERSE(array)", "The array backwards.",
			"ARRAY_REVERSE(ARRAY(1, 2)) → [2, 1]", 1, 0, nullIfAny, same, arrayReverse),
		def(Scalar{Name: "ARRAY_SLICE", Category: "collection",
			Syntax: "ARRAY_SLICE(array, start[, end])", Example: "ARRAY_SLICE(ARRAY(1, 2, 3), 2) → [2, 3]",
			Doc: "The elements from start to end, both included, counted from 1, from the end if " +
				"negative."},
			on(array, i32, i32).optional(1).returnsFn(first, rows(arraySlice))),
		def(Scalar{Name: "ARRAY_SORT", Category: "collection",
			Syntax:  "ARRAY_SORT(array[, ascending[, null_first]])",
			Doc:     "The array sorted; NULLs come first when ascending, last when not.",
			Example: "ARRAY_SORT(ARRAY(3, 1), FALSE) → [3, 1]"},
			on(array, boolean, boolean).optional(2).returnsFn(first, rows(arraySort))),
		arr("ARRAY_UNION", "ARRAY_UNION(array1, array2)", "The distinct elements of both.",
			"ARRAY_UNION(ARRAY(1, 1), ARRAY(2)) → [1, 2]", 2, 0, nullIfAny, same, arraySet),
		collection("ARRAY_CONCAT", "ARRAY_CONCAT(array1, …)", "The arrays one after the other.",
			"ARRAY_CONCAT(ARRAY(1), ARRAY(2)) → [1, 2]", inferArrays("ARRAY_CONCAT",
				"ARRAY_CONCAT(array1, …)", 1, 0, 0, true, nullIfAny, same,
				strictArrays(-1, arrayConcat))),
		arr("ARRAY_EXCEPT", "ARRAY_EXCEPT(array1, array2)",
			"The distinct elements of array1 that array2 does not have.",
			"ARRAY_EXCEPT(ARRAY(1, 2), ARRAY(2)) → [1]", 2, 0, nullIfAny, same, arrayExcept),
		arr("ARRAY_INTERSECT", "ARRAY_INTERSECT(array1, array2)",
			"The distinct elements of array1 that array2 has too.",
			"ARRAY_INTERSECT(ARRAY(1, 2), ARRAY(2)) → [2]", 2, 0, nullIfAny, same, arrayIntersect),
		arr("ARRAY_MAX", "ARRAY_MAX(array)", "The greatest element that is not NULL.",
			"ARRAY_MAX(ARRAY(1, 3)) → 3", 1, 0, nullable, elemOf, arrayExtreme(1)),
		arr("ARRAY_MIN", "ARRAY_MIN(array)", "The least element that is not NULL.",
			"ARRAY_MIN(ARRAY(1, 3)) → 1", 1, 0, nullable, elemOf, arrayExtreme(-1)),
		def(Scalar{Name: "ARRAY_JOIN", Category: "collection",
			Syntax:  "ARRAY_JOIN(array, delimiter[, null_replacement])",
			Doc:     "The texts joined; NULLs are left out if they are not replaced.",
			Example: "ARRAY_JOIN(ARRAY('a', 'b'), '-') → a-b"},
			on(to(types.ArrayOf(stringT), func(t types.Type) bool {
				return t.Kind == types.Array && t.Elem.IsString()
			}), str, str).optional(1).returns(stringT, rows(arrayJoin))),
	}
}
