package function

import (
	"fmt"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

func argTypes(args []Arg) []types.Type {
	ts := make([]types.Type, len(args))
	for i, a := range args {
		ts[i] = a.Type.WithAttr(types.NoTime)
	}
	return ts
}

// inferRow binds ROW(a, b, …) with fields EXPR$0, EXPR$1, …
func inferRow(args []Arg) (Bound, error) {
	if len(args) == 0 {
		return Bound{}, mismatch("ROW", "ROW(value1 [, value2]*)", args)
	}
	t := types.Type{Kind: types.Row, NotNull: true}
	for i, at := range argTypes(args) {
		t.Fields = append(t.Fields, types.F(fmt.Sprintf("EXPR$%d", i), at))
	}
	return Bound{Args: argTypes(args), Result: t, Kernel: rowKernel}, nil
}

func rowKernel(_ *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
	kids := make([]*batch.Column, len(args))
	for i, a := range args {
		kids[i] = kernel.Relabel(a, t.Fields[i].Type).Column(n)
	}
	return kernel.ColVec(batch.MakeRow(t, n, kids, nil)), nil
}

func inferArray(args []Arg) (Bound, error) {
	elem, ok := commonOf(args)
	if len(args) == 0 || !ok {
		return Bound{}, mismatch("ARRAY", "ARRAY[value1 [, value2]*] of one type", args)
	}
	elem = elem.WithAttr(types.NoTime)
	b := Bound{Result: types.ArrayOf(elem).Nullable(false), Kernel: rowsN(func(c *call, i int) error {
		for k := range c.args {
			c.out.Child(0).AppendFrom(c.col(k), c.at(k, i))
		}
		c.out.CloseList()
		return nil
	})}
	for _, a := range args {
		b.Args = append(b.Args, elem.Nullable(!a.Type.NotNull))
	}
	return b, nil
}

func inferMap(args []Arg) (Bound, error) {
	bad := mismatch("MAP", "MAP[key1, value1 [, key2, value2]*] of one type each", args)
	if len(args) == 0 || len(args)%2 != 0 {
		return Bound{}, bad
	}
	var keys, values []Arg
	for i, a := range args {
		if i%2 == 0 {
			keys = append(keys, a)
		} else {
			values = append(values, a)
		}
	}
	key, ok1 := commonOf(keys)
	value, ok2 := commonOf(values)
	if !ok1 || !ok2 {
		return Bound{}, bad
	}
	b := Bound{Result: types.MapOf(key, value).Nullable(false), Kernel: rowsN(buildMap)}
	for i, a := range args {
		t := key
		if i%2 == 1 {
			t = value
		}
		b.Args = append(b.Args, t.Nullable(!a.Type.NotNull))
	}
	return b, nil
}

// buildMap makes a map of alternating keys and values; of equal keys the last one counts.
func buildMap(c *call, i int) error {
	for k := 0; k < len(c.args); k += 2 {
		if c.null(k, i) {
			return nullKey()
		}
		last := true
		for m := k + 2; m < len(c.args); m += 2 {
			last = last && !kernel.EqualAt(c.col(k), c.at(k, i), c.col(m), c.at(m, i))
		}
		if last {
			c.putEntry(c.col(k), c.at(k, i), c.col(k+1), c.at(k+1, i))
		}
	}
	c.out.CloseList()
	return nil
}

// nullKey is the error of a map that Arrow, and so every reader outside, could not hold.
func nullKey() error { return errs.Dataf("a key of a MAP is NULL") }

func (c *call) putEntry(keys *batch.Column, k int, values *batch.Column, v int) {
	c.out.Child(0).AppendFrom(keys, k)
	c.out.Child(1).AppendFrom(values, v)
}

// mapPart is MAP_KEYS (0) or MAP_VALUES (1).
func mapPart(part int) func(c *call, i int) error {
	return func(c *call, i int) error {
		from, to := c.span(0, i)
		for j := from; j < to; j++ {
			c.out.Child(0).AppendFrom(c.col(0).Child(part), j)
		}
		c.out.CloseList()
		return nil
	}
}

func mapEntries(c *call, i int) error {
	from, to := c.span(0, i)
	row := c.out.Child(0)
	for j := from; j < to; j++ {
		row.Child(0).AppendFrom(c.col(0).Child(0), j)
		row.Child(1).AppendFrom(c.col(0).Child(1), j)
		row.AppendRow()
	}
	c.out.CloseList()
	return nil
}

func mapFromArrays(c *call, i int) error {
	from, to := c.span(0, i)
	vfrom, vto := c.span(1, i)
	if to-from != vto-vfrom {
		return errs.Dataf("MAP_FROM_ARRAYS got %d keys and %d values", to-from, vto-vfrom)
	}
	for j := from; j < to; j++ {
		if c.elems(0).IsNull(j) {
			return nullKey()
		}
		c.putEntry(c.elems(0), j, c.elems(1), vfrom+j-from)
	}
	c.out.CloseList()
	return nil
}

// mapUnion joins maps; of equal keys that of the last map counts, at the place of the first.
func mapUnion(c *call, i int) error {
	type entry struct{ k, j int }
	place := map[string]int{}
	var order, values []entry
	for k := range c.args {
		from, to := c.span(k, i)
		for j := from; j < to; j++ {
			key := string(kernel.AppendValue(nil, c.elems(k), j))
			at, ok := place[key]
			if !ok {
				at = len(order)
				place[key] = at
				order, values = append(order, entry{k, j}), append(values, entry{})
			}
			values[at] = entry{k, j}
		}
	}
	for n, e := range order {
		v := values[n]
		c.putEntry(c.elems(e.k), e.j, c.col(v.k).Child(1), v.j)
	}
	c.out.CloseList()
	return nil
}

func typeOf(args []Arg) (Bound, error) {
	if len(args) < 1 || len(args) > 2 {
		return Bound{}, mismatch("TYPEOF", "TYPEOF(value[, force_serializable])", args)
	}
	text := args[0].Type.String()
	return Bound{Args: argTypes(args), Result: stringT, Kernel: func(_ *kernel.Context,
		_ []kernel.Vec, _ int, t types.Type) (kernel.Vec, error) {
		b := batch.NewBuilder(t, 1)
		b.AppendString(text)
		return kernel.ConstVec(b.Finish()), nil
	}}, nil
}

func constructFunctions() []*Scalar {
	part := func(name, doc, example string, of func(t types.Type) types.Type, n int) *Scalar {
		return def(Scalar{Name: name, Category: "collection", Syntax: name + "(map)", Doc: doc,
			Example: example}, on(mapping).returnsFn(func(args []Arg) types.Type {
			return types.ArrayOf(of(args[0].Type))
		}, rows(mapPart(n))))
	}
	entry := func(args []Arg) types.Type {
		t := args[0].Type
		return types.ArrayOf(types.RowOf(types.F("key", *t.Key), types.F("value", *t.Elem)))
	}
	union := func(args []Arg) (Bound, error) {
		const name, syntax = "MAP_UNION", "MAP_UNION(map1, …)"
		b, err := inferCommon(name, syntax, nullIfAny, rows(mapUnion))(args)
		if k := b.Result.Kind; err == nil && k != types.Map && k != types.Null {
			return Bound{}, mismatch(name, syntax, args)
		}
		return b, err
	}
	planned := func(name, category, syntax, doc, special string) *Scalar {
		return &Scalar{Name: name, Category: category, Syntax: syntax, Doc: doc, Special: special}
	}
	database := def(Scalar{Name: "CURRENT_DATABASE", Category: "catalog",
		Syntax: "CURRENT_DATABASE()", Doc: "The current database.", Determinism: PerQuery},
		on().with(notNull).returns(stringT, func(ctx *kernel.Context, _ []kernel.Vec, _ int,
			t types.Type) (kernel.Vec, error) {
			b := batch.NewBuilder(t, 1)
			b.AppendString(ctx.Database)
			return kernel.ConstVec(b.Finish()), nil
		}))
	return []*Scalar{
		{Name: "ROW", Category: "construction", Syntax: "ROW(value1 [, value2]*)", Infer: inferRow,
			Doc: "A row of the values.", Example: "ROW(1, 'a') → (1, a)"},
		{Name: "ARRAY", Category: "construction", Syntax: "ARRAY[value1 [, value2]*]",
			Infer: inferArray, Doc: "An array of the values.", Example: "ARRAY(1, 2) → [1, 2]"},
		{Name: "MAP", Category: "construction", Raises: true,
			Syntax: "MAP[key1, value1 [, key2, value2]*]",
			Infer:  inferMap, Doc: "A map.", Example: "MAP('a', 1) → {a=1}"},
		part("MAP_KEYS", "The keys.", "MAP_KEYS(MAP('a', 1)) → [a]",
			func(t types.Type) types.Type { return *t.Key }, 0),
		part("MAP_VALUES", "The values.", "MAP_VALUES(MAP('a', 1)) → [1]",
			func(t types.Type) types.Type { return *t.Elem }, 1),
		def(Scalar{Name: "MAP_ENTRIES", Category: "collection", Syntax: "MAP_ENTRIES(map)",
			Doc: "The entries as rows of key and value.", Example: "MAP_ENTRIES(MAP('a', 1)) → [(a, 1)]"},
			on(mapping).returnsFn(entry, rows(mapEntries))),
		def(Scalar{Name: "MAP_FROM_ARRAYS", Category: "collection", Raises: true,
			Syntax: "MAP_FROM_ARRAYS(keys, values)", Doc: "The map of an array of keys and one of values.",
			Example: "MAP_FROM_ARRAYS(ARRAY('a'), ARRAY(1)) → {a=1}"},
			on(array, array).returnsFn(func(args []Arg) types.Type {
				return types.MapOf(*args[0].Type.Elem, *args[1].Type.Elem)
			}, rows(mapFromArrays))),
		{Name: "MAP_UNION", Category: "collection", Syntax: "MAP_UNION(map1, …)",
			Doc: "The entries of all maps; of equal keys the last one counts.", Infer: union,
			Example: "MAP_UNION(MAP('a', 1), MAP('a', 2)) → {a=2}"},
		{Name: "$HASH_CODE", Syntax: "HASH_CODE(value)", Infer: hashCode,
			Doc: "A number from 0 on that equal values share, for ever: state knows it."},
		{Name: "TYPEOF", Category: "conversion", Syntax: "TYPEOF(value[, force_serializable])",
			Infer: typeOf, Doc: "The type of the value.", Example: "TYPEOF(1) → INT NOT NULL"},
		database,
		planned("CAST", "conversion", "CAST(value AS type)", "The value as another type; raises if "+
			"it is none of that type.", "an expression of its own"),
		planned("TRY_CAST", "conversion", "TRY_CAST(value AS type)",
			"The value as another type; NULL if it is none of that type.", "an expression of its own"),
		planned("GROUPING", "grouping", "GROUPING(key1 [, key2]*)", "Which of the keys are not part "+
			"of the current grouping set, as bits.", "it belongs to an aggregation").alias("GROUPING_ID"),
		planned("GROUP_ID", "grouping", "GROUP_ID()", "The number of the grouping set among equal ones.",
			"it belongs to an aggregation"),
	}
}
