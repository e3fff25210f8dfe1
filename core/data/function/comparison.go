package function

import (
	"sync"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// comparableTypes returns the types to which operands are brought for a comparison. DECIMALs keep
// their scales; text compared with a time or a BOOLEAN is read as one.
func comparableTypes(a, b types.Type) (x, y types.Type, ok bool) {
	if a.IsNumeric() && b.IsNumeric() && (a.Kind == types.Decimal || b.Kind == types.Decimal) {
		x, ok1 := types.AsDecimal(a)
		y, ok2 := types.AsDecimal(b)
		if ok1 && ok2 {
			return x, y, true
		}
	}
	if a.IsString() && b.IsTemporal() {
		return b, b, true
	}
	if a.IsTemporal() && b.IsString() {
		return a, a, true
	}
	if a.IsString() && b.Kind == types.Boolean {
		return b, b, true
	}
	if a.Kind == types.Boolean && b.IsString() {
		return a, a, true
	}
	t, ok := types.Common(a, b)
	if t.IsString() {
		t = stringT
	}
	return t, t, ok && t.Kind != types.Object
}

func incomparable(op string, a, b types.Type) error {
	return errs.Userf("cannot apply '%s' to %s and %s", op, a, b).
		Fix("CAST one side to the type of the other")
}

func inferCompare(op kernel.CmpOp) func([]Arg) (Bound, error) {
	k := func(_ *kernel.Context, args []kernel.Vec, n int, _ types.Type) (kernel.Vec, error) {
		return kernel.Compare(op, args[0], args[1], n), nil
	}
	return inferPair(op.String(), func(null bool) types.Type { return boolT.Nullable(null) }, k)
}

// inferPair binds a function of two comparable operands.
func inferPair(op string, result func(null bool) types.Type, k Kernel) func([]Arg) (Bound, error) {
	return func(args []Arg) (Bound, error) {
		if len(args) != 2 {
			return Bound{}, mismatch(op, "value1 "+op+" value2", args)
		}
		a, b := args[0].Type, args[1].Type
		x, y, ok := comparableTypes(a, b)
		if !ok {
			return Bound{}, incomparable(op, a, b)
		}
		return Bound{
			Args:   []types.Type{x.Nullable(!a.NotNull), y.Nullable(!b.NotNull)},
			Result: result(!a.NotNull || !b.NotNull),
			Kernel: k,
		}, nil
	}
}

func inferDistinct(same bool) func([]Arg) (Bound, error) {
	k := func(_ *kernel.Context, args []kernel.Vec, n int, _ types.Type) (kernel.Vec, error) {
		return kernel.Distinct(args[0], args[1], n, same), nil
	}
	op := "IS DISTINCT FROM"
	if same {
		op = "IS NOT DISTINCT FROM"
	}
	return inferPair(op, func(bool) types.Type { return boolT.Nullable(false) }, k)
}

func isNullKernel(not bool) Kernel {
	return func(_ *kernel.Context, args []kernel.Vec, n int, _ types.Type) (kernel.Vec, error) {
		return kernel.IsNull(args[0], n, not), nil
	}
}

// inferIn binds value IN (items…): all brought to one type.
func inferIn(not bool) func([]Arg) (Bound, error) {
	return func(args []Arg) (Bound, error) {
		if len(args) < 2 {
			return Bound{}, mismatch("IN", "value1 IN (value2 [, value3]*)", args)
		}
		t := args[0].Type
		null := false
		for _, a := range args {
			null = null || !a.Type.NotNull
			x, y, ok := comparableTypes(t, a.Type)
			if !ok {
				return Bound{}, incomparable("IN", args[0].Type, a.Type)
			}
			if t = x; x.Kind == types.Decimal {
				t, _ = types.Common(x, y)
			}
		}
		b := Bound{Result: boolT.Nullable(null), Kernel: inKernel(not),
			Args: make([]types.Type, len(args))}
		for i, a := range args {
			b.Args[i] = t.Nullable(!a.Type.NotNull)
		}
		return b, nil
	}
}

// setFrom is the number of constants from which IN looks values up instead of comparing.
const setFrom = 6

// inKernel compares with each item in turn, or, for many constants, looks them up in a set that
// is made once.
func inKernel(not bool) Kernel {
	var once sync.Once
	var set *kernel.Set
	return func(_ *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		items := args[1:]
		constant := len(items) >= setFrom && !args[0].Const
		for _, a := range items {
			constant = constant && a.Const
		}
		if constant {
			once.Do(func() { set = kernel.NewSet(items) })
			if set != nil {
				return set.Contains(args[0], n, not), nil
			}
		}
		acc := kernel.Compare(kernel.Eq, args[0], items[0], n)
		for _, item := range items[1:] {
			acc = kernel.Or(acc, kernel.Compare(kernel.Eq, args[0], item, n), n)
		}
		if not {
			acc = kernel.Not(acc, n)
		}
		return acc, nil
	}
}

func extremum(op kernel.CmpOp) Kernel {
	return rowsN(func(c *call, i int) error {
		best := 0
		for k := range c.args {
			if c.null(k, i) {
				c.putNull()
				return nil
			}
			r := kernel.CompareAt(c.col(k), c.at(k, i), c.col(best), c.at(best, i))
			if op == kernel.Gt && r > 0 || op == kernel.Lt && r < 0 {
				best = k
			}
		}
		c.putFrom(c.col(best), c.at(best, i))
		return nil
	})
}

// inferCommon binds a function whose arguments all get their common type, which is the result's.
func inferCommon(name, syntax string, n nulls, k Kernel) func([]Arg) (Bound, error) {
	return func(args []Arg) (Bound, error) {
		t, ok := commonOf(args)
		if len(args) == 0 || !ok {
			return Bound{}, mismatch(name, syntax, args)
		}
		b := Bound{Kernel: k, Result: t, Args: make([]types.Type, len(args))}
		for i, a := range args {
			b.Args[i] = t.Nullable(!a.Type.NotNull)
		}
		if n == nullable {
			b.Result.NotNull = false
		}
		return b, nil
	}
}

func commonOf(args []Arg) (types.Type, bool) {
	ts := make([]types.Type, len(args))
	for i, a := range args {
		ts[i] = a.Type
	}
	return types.Common(ts...)
}

func comparisonFunctions() []*Scalar {
	cmp := func(op kernel.CmpOp, doc, example string) *Scalar {
		name := op.String()
		return &Scalar{Name: name, Category: "comparison", Syntax: "value1 " + name + " value2",
			Doc: doc, Example: example, Infer: inferCompare(op)}
	}
	ne := cmp(kernel.Ne, "TRUE if the values differ; NULL if one is NULL.", "1 <> 2 → TRUE")
	ne.Aliases = []string{"!="}
	planned := func(name, syntax, doc string) *Scalar {
		return &Scalar{Name: name, Category: "comparison", Syntax: syntax, Doc: doc,
			Special: "an expression of its own"}
	}
	return []*Scalar{
		cmp(kernel.Eq, "TRUE if the values are equal; NULL if one is NULL.", "1 = 1.0 → TRUE"),
		ne,
		cmp(kernel.Gt, "TRUE if value1 is greater; NULL if one is NULL.", "2 > 1 → TRUE"),
		cmp(kernel.Ge, "TRUE if value1 is greater or equal; NULL if one is NULL.", "2 >= 2 → TRUE"),
		cmp(kernel.Lt, "TRUE if value1 is less; NULL if one is NULL.", "'Z' < 'a' → TRUE"),
		cmp(kernel.Le, "TRUE if value1 is less or equal; NULL if one is NULL.", "2 <= 1 → FALSE"),
		def(Scalar{Name: "IS NULL", Category: "comparison", Syntax: "value IS NULL",
			Doc: "TRUE if the value is NULL.", Example: "NULLIF(1, 1) IS NULL → TRUE"},
			on(anyArg).with(notNull).returns(boolT, isNullKernel(false))),
		def(Scalar{Name: "IS NOT NULL", Category: "comparison", Syntax: "value IS NOT NULL",
			Doc: "TRUE if the value is not NULL.", Example: "1 IS NOT NULL → TRUE"},
			on(anyArg).with(notNull).returns(boolT, isNullKernel(true))),
		{Name: "IS DISTINCT FROM", Category: "comparison", Syntax: "value1 IS DISTINCT FROM value2",
			Doc:     "TRUE if the values differ, NULL counting as a value equal to itself.",
			Example: "1 IS DISTINCT FROM NULL → TRUE", Infer: inferDistinct(false)},
		{Name: "IS NOT DISTINCT FROM", Category: "comparison",
			Syntax:  "value1 IS NOT DISTINCT FROM value2",
			Doc:     "TRUE if the values are the same, NULL counting as a value equal to itself.",
			Example: "1 IS NOT DISTINCT FROM NULL → FALSE", Infer: inferDistinct(true)},
		planned("BETWEEN", "value1 BETWEEN [ASYMMETRIC] value2 AND value3",
			"TRUE if value2 <= value1 and value1 <= value3."),
		planned("NOT BETWEEN", "value1 NOT BETWEEN [ASYMMETRIC] value2 AND value3",
			"The negation of BETWEEN."),
		planned("BETWEEN SYMMETRIC", "value1 BETWEEN SYMMETRIC value2 AND value3",
			"BETWEEN with the bounds in either order."),
		planned("NOT BETWEEN SYMMETRIC", "value1 NOT BETWEEN SYMMETRIC value2 AND value3",
			"The negation of BETWEEN SYMMETRIC."),
		{Name: "IN", Category: "comparison", Syntax: "value1 IN (value2 [, value3]*)",
			Doc: "TRUE if value1 equals a value of the list; NULL if it does not and one of them " +
				"is NULL.",
			Example: "2 IN (1, 2, 3) → TRUE", Infer: inferIn(false)},
		{Name: "NOT IN", Category: "comparison", Syntax: "value1 NOT IN (value2 [, value3]*)",
			Doc: "The negation of IN.", Example: "2 NOT IN (1, 3) → TRUE", Infer: inferIn(true)},
		{Name: "EXISTS", Category: "comparison", Syntax: "EXISTS (sub-query)",
			Doc: "TRUE if the sub-query gives at least one row.", Special: "a join of the plan"},
		{Name: "GREATEST", Category: "conditional", Syntax: "GREATEST(value1 [, value2]*)",
			Doc: "The greatest value; NULL if one is NULL.", Example: "GREATEST(1, 3, 2) → 3",
			Infer: inferCommon("GREATEST", "GREATEST(value1 [, value2]*)", nullIfAny,
				extremum(kernel.Gt))},
		{Name: "LEAST", Category: "conditional", Syntax: "LEAST(value1 [, value2]*)",
			Doc: "The least value; NULL if one is NULL.", Example: "LEAST(2, 1, 3) → 1",
			Infer: inferCommon("LEAST", "LEAST(value1 [, value2]*)", nullIfAny,
				extremum(kernel.Lt))},
	}
}
