package function

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// arithResult is the result type of a numeric operator and the types its operands are brought to.
func arithResult(op kernel.ArithOp, a, b types.Type) (x, y, t types.Type, ok bool) {
	if a.Kind == types.Null {
		a = b.Nullable(true)
	}
	if b.Kind == types.Null {
		b = a.Nullable(true)
	}
	if !a.IsNumeric() || !b.IsNumeric() {
		return x, y, t, false
	}
	if a.Kind == types.Decimal || b.Kind == types.Decimal {
		x, ok1 := types.AsDecimal(a)
		y, ok2 := types.AsDecimal(b)
		if ok1 && ok2 {
			return x, y, types.DecimalResult(op.String(), x, y), true
		}
	}
	t, _ = types.Common(a, b)
	return t, t, t, true
}

func arithKernel(op kernel.ArithOp) Kernel {
	return func(_ *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		return kernel.Arith(op, args[0], args[1], n, t)
	}
}

func inferArith(op kernel.ArithOp) func([]Arg) (Bound, error) {
	return func(args []Arg) (Bound, error) {
		if len(args) != 2 {
			return Bound{}, mismatch(op.String(), "a "+op.String()+" b", args)
		}
		a, b := args[0].Type, args[1].Type
		null := !a.NotNull || !b.NotNull
		if bound, ok := inferTimeArith(op, a, b); ok {
			bound.Args[0] = bound.Args[0].Nullable(!a.NotNull)
			bound.Args[1] = bound.Args[1].Nullable(!b.NotNull)
			bound.Result = bound.Result.Nullable(null).WithAttr(types.NoTime)
			return bound, nil
		}
		x, y, t, ok := arithResult(op, a, b)
		if !ok {
			return Bound{}, errs.Userf("cannot apply '%s' to %s and %s", op, a, b).
				Fix("numbers, or a time and an interval, are needed")
		}
		bound := Bound{Args: []types.Type{x.Nullable(!a.NotNull), y.Nullable(!b.NotNull)},
			Result: t.Nullable(null), Kernel: arithKernel(op)}
		if op == kernel.Mod && b.IsInteger() && a.IsInteger() && a.Kind > b.Kind {
			bound.Result = b.Nullable(null) // MOD has the type of its divisor
			bound.Kernel = narrowMod(t)
		}
		return bound, nil
	}
}

// narrowMod computes a remainder in a wide type and gives it in the narrow one, where it fits.
func narrowMod(wide types.Type) Kernel {
	return func(ctx *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		v, err := kernel.Arith(kernel.Mod, args[0], args[1], n, wide)
		if err != nil {
			return v, err
		}
		return kernel.Cast(ctx, v, n, t, false)
	}
}

// inferTimeArith binds operators on times and intervals.
func inferTimeArith(op kernel.ArithOp, a, b types.Type) (Bound, bool) {
	plus, minus := op == kernel.Add, op == kernel.Sub
	switch {
	case a.IsTemporal() && b.IsInterval() && (plus || minus):
		return Bound{Args: []types.Type{a, b}, Result: a, Kernel: shiftKernel(0, minus)}, true
	case a.IsInterval() && b.IsTemporal() && plus:
		return Bound{Args: []types.Type{a, b}, Result: b, Kernel: shiftKernel(1, false)}, true
	case a.IsInterval() && a.Kind == b.Kind && (plus || minus):
		return Bound{Args: []types.Type{a, b}, Result: a, Kernel: arithKernel(op)}, true
	case a.IsInterval() && b.IsNumeric() && (op == kernel.Mul || op == kernel.Div):
		return Bound{Args: []types.Type{a, b}, Result: a, Kernel: scaleKernel(op, 0)}, true
	case a.IsNumeric() && b.IsInterval() && op == kernel.Mul:
		return Bound{Args: []types.Type{a, b}, Result: b, Kernel: scaleKernel(op, 1)}, true
	case a.IsTemporal() && b.IsTemporal() && minus:
		t, ok := types.Common(a, b)
		k := func(_ *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
			return kernel.SubtractTimes(args[0], args[1], n, t), nil
		}
		return Bound{Args: []types.Type{t, t}, Result: types.Of(types.IntervalDT), Kernel: k}, ok
	}
	return Bound{}, false
}

// shiftKernel adds an interval to the time at position at, or takes it away.
func shiftKernel(at int, minus bool) Kernel {
	sign := int64(1)
	if minus {
		sign = -1
	}
	return func(ctx *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		return kernel.AddInterval(ctx, args[at], args[1-at], n, sign, t), nil
	}
}

// scaleKernel multiplies or divides the interval at position at by a number.
func scaleKernel(op kernel.ArithOp, at int) Kernel {
	return func(ctx *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		plain, factor := bigintT, bigintT
		if k := args[1-at].Type().Kind; k == types.Decimal || k == types.Float ||
			k == types.Double {
			plain, factor = doubleT, doubleT
		}
		iv, err := kernel.Cast(ctx, args[at], n, bigintT, false)
		if err == nil {
			iv, err = kernel.Cast(ctx, iv, n, plain, false)
		}
		if err != nil {
			return iv, err
		}
		f, err := kernel.Cast(ctx, args[1-at], n, factor, false)
		if err != nil {
			return f, err
		}
		v, err := kernel.Arith(op, iv, f, n, plain)
		if err != nil {
			return v, err
		}
		if v, err = kernel.Cast(ctx, v, n, bigintT, false); err != nil {
			return v, err
		}
		return kernel.Cast(ctx, v, n, t, false)
	}
}

func arithmeticFunctions() []*Scalar {
	op := func(o kernel.ArithOp, doc, example string) *Scalar {
		return &Scalar{Name: o.String(), Category: "arithmetic", Doc: doc, Example: example,
			Syntax: "numeric1 " + o.String() + " numeric2", Infer: inferArith(o),
			Raises: o == kernel.Div || o == kernel.Mod}
	}
	mod := op(kernel.Mod, "The remainder, with the sign of numeric1; it has the type of "+
		"numeric2. Raises if an exact numeric2 is 0.", "-7 % 2 → -1")
	mod.Aliases = []string{"MOD"}
	number := func(t types.Type) bool { return t.IsNumeric() || t.IsInterval() }
	return []*Scalar{
		op(kernel.Add, "The sum. Integers wrap around, a DECIMAL that overflows is NULL. Also a "+
			"time plus an interval.", "1 + 2 → 3"),
		op(kernel.Sub, "The difference. Also a time minus an interval or a time.", "1 - 2 → -1"),
		op(kernel.Mul, "The product. Also an interval times a number.", "2 * 3 → 6"),
		op(kernel.Div, "The quotient; that of integers is cut toward zero. Raises if an exact "+
			"numeric2 is 0; floating point gives Infinity or NaN.", "7 / 2 → 3"),
		mod,
		def(Scalar{Name: "unary -", Category: "arithmetic", Syntax: "- numeric",
			Doc: "The negative; the least integer stays itself.", Example: "- (3) → -3"},
			on(keep(intT, number)).returnsFn(first,
				func(_ *kernel.Context, args []kernel.Vec, n int, _ types.Type) (kernel.Vec, error) {
					return kernel.Negate(args[0], n), nil
				})),
		def(Scalar{Name: "unary +", Category: "arithmetic", Syntax: "+ numeric",
			Doc: "The number itself.", Example: "+ (3) → 3"},
			on(keep(intT, number)).returnsFn(first,
				func(_ *kernel.Context, args []kernel.Vec, _ int, _ types.Type) (kernel.Vec, error) {
					return args[0], nil
				})),
	}
}
