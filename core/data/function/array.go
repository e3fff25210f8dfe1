package function

import "github.com/headrace/headrace/core/data/types"

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
	// withElem is arr of one array and one element, whose NULLs count for the result, too.
	withElem := func(name, syntax, doc, example string, result func(types.Type) types.Type,
		null func(b *Bound, args []Arg), f func(c *call, i int) error) *Scalar {
		s := arr(name, syntax, doc, example, 1, 1, nullIfAny, result, f)
		infer := s.Infer
		s.Infer = func(args []Arg) (Bound, error) {
			b, err := infer(args)
			if err == nil {
				null(&b, args)
			}
			return b, err
		}
		return s
	}
	return []*Scalar{
		def(Scalar{Name: "CARDINALITY", Category: "collection",
			Syntax: "CARDINALITY(array), CARDINALITY(map)", Doc: "The number of elements or entries.",
			Example: "CARDINALITY(ARRAY(1, 2)) → 2"}, on(size).returns(intT, rows(cardinality))),
		{Name: "[]", Category: "collection", Syntax: "array[INT], map[key]",
			Doc:   "The element at a position from 1, or the value of a key; NULL if there is none.",
			Infer: inferAt, Aliases: []string{"ITEM"}},
		def(Scalar{Name: "ELEMENT", Category: "collection", Syntax: "ELEMENT(array)", Raises: true,
			Doc: "The only element; NULL for an empty array.", Example: "ELEMENT(ARRAY(7)) → 7"},
			on(array).returnsFn(func(args []Arg) types.Type { return *args[0].Type.Elem },
				rows(element)).with(asElement)),
		withElem("ARRAY_APPEND", "ARRAY_APPEND(array, element)",
			"The array with an element at its end.", "ARRAY_APPEND(ARRAY(1), 2) → [1, 2]",
			same, nullOfBoth, arrayAdd(false)),
		arr("ARRAY_CONTAINS", "ARRAY_CONTAINS(array, element)", "TRUE if the array has the element.",
			"ARRAY_CONTAINS(ARRAY(1, 2), 2) → TRUE", 1, 1, nullIfAny, list, arrayContains),
		arr("ARRAY_DISTINCT", "ARRAY_DISTINCT(array)", "The array without repeats.",
			"ARRAY_DISTINCT(ARRAY(1, 1)) → [1]", 1, 0, nullIfAny, same, arraySet),
		withElem("ARRAY_POSITION", "ARRAY_POSITION(array, element)",
			"Where the element stands first, from 1; 0 if it is not there.",
			"ARRAY_POSITION(ARRAY(5, 6), 6) → 2", pos, nullOfBoth, arrayPosition),
		withElem("ARRAY_PREPEND", "ARRAY_PREPEND(array, element)",
			"The array with an element in front.", "ARRAY_PREPEND(ARRAY(1), 2) → [2, 1]",
			same, nullOfBoth, arrayAdd(true)),
		withElem("ARRAY_REMOVE", "ARRAY_REMOVE(array, element)", "The array without the element.",
			"ARRAY_REMOVE(ARRAY(1, 2, 1), 1) → [2]", same, nullOfElements, arrayRemove),
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

// nullOfBoth lets the element decide beside the array on whether the result may be NULL.
func nullOfBoth(b *Bound, args []Arg) {
	b.Result = b.Result.Nullable(!args[0].Type.NotNull || !args[1].Type.NotNull)
}

// nullOfElements gives an array whose elements may be NULL only where those of the argument may.
func nullOfElements(b *Bound, args []Arg) {
	if args[0].Type.Kind == types.Array {
		b.Result = types.ArrayOf(b.Result.Elem.Nullable(!args[0].Type.Elem.NotNull)).
			Nullable(!b.Result.NotNull)
	}
}
