package binder

import (
	"fmt"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/ast"
)

// anyCall binds a call: a user function, an aggregate or window function, a group window's
// property, or a built-in function.
func (x *exprs) anyCall(e *ast.Call) (expr.Expr, error) {
	name := e.Name.Last().Name
	if x.match != nil {
		if out, ok, err := x.matchCall(e, strings.ToUpper(name)); ok || err != nil {
			return out, err
		}
	}
	if e.Name.Simple() {
		if f, ok := x.Catalog.Function(e.Name.Strings(), false); ok {
			spec, err := x.described(f)
			if err != nil {
				return nil, err
			}
			return x.userCall(e, spec)
		}
		if out, ok, err := x.builtin(e, strings.ToUpper(name)); ok || err != nil {
			return out, err
		}
	}
	if f, ok := x.Catalog.Function(e.Name.Strings(), true); ok {
		spec, err := x.described(f)
		if err != nil {
			return nil, err
		}
		return x.userCall(e, spec)
	}
	return nil, function.Unknown(name, x.Catalog.UserFunctions())
}

func (x *exprs) builtin(e *ast.Call, name string) (expr.Expr, bool, error) {
	if p, ok := windowProperties[name]; ok && x.calls != nil {
		out, err := x.windowProperty(e, p)
		return out, true, err
	}
	_, isWindow := function.LookupWindow(name)
	if e.Over != nil {
		out, err := x.overCall(e, name, nil)
		return out, true, err
	}
	if isWindow {
		return nil, true, errs.Userf("%s needs an OVER clause", name)
	}
	if _, ok := function.LookupAggregate(name); ok {
		out, err := x.aggregateCall(e, name, nil)
		return out, true, err
	}
	fn, ok := function.Lookup(name)
	if !ok {
		return nil, false, nil
	}
	if name == "GROUPING" || name == "GROUPING_ID" || name == "GROUP_ID" {
		out, err := x.grouping(e, name)
		return out, true, err
	}
	args, err := x.bindAll(e.Args)
	if err != nil {
		return nil, true, err
	}
	out, err := expr.NewCallOf(fn, args...)
	return out, true, err
}

// userCall binds a call of a Python function.
func (x *exprs) userCall(e *ast.Call, f *planpb.Function) (expr.Expr, error) {
	switch f.GetKind() {
	case "aggregate", "table_aggregate":
		if e.Over != nil {
			return x.overCall(e, f.GetName(), f)
		}
		return x.aggregateCall(e, f.GetName(), f)
	case "table":
		return nil, errs.Userf("table function '%s' cannot be used as a value", f.GetName()).
			Fix("write LATERAL TABLE(%s(…)) in FROM", f.GetName())
	}
	args, err := x.bindAll(e.Args)
	if err != nil {
		return nil, err
	}
	return x.udf(f, args)
}

// udf calls a scalar Python function; arguments are converted to declared input types.
func (x *exprs) udf(f *planpb.Function, args []expr.Expr) (expr.Expr, error) {
	args, err := udfArgs(f, args)
	if err != nil {
		return nil, err
	}
	if len(f.GetResultTypes()) == 0 {
		return nil, errs.Userf("function '%s' has no result type", f.GetName()).
			Fix("give result_type to @udf, or annotate the function's return value")
	}
	t, err := types.Parse(f.GetResultTypes()[0])
	if err != nil {
		return nil, err
	}
	return &expr.Udf{Fn: f, Name: f.GetName(), Args: args, T: t,
		Deterministic: f.GetDeterministic()}, nil
}

func udfArgs(f *planpb.Function, args []expr.Expr) ([]expr.Expr, error) {
	want := f.GetInputTypes()
	if len(want) == 0 {
		return args, nil
	}
	if len(want) != len(args) {
		return nil, errs.Userf("function '%s' takes %d arguments (%s), it got %d", f.GetName(),
			len(want), strings.Join(want, ", "), len(args))
	}
	out := make([]expr.Expr, len(args))
	for i, a := range args {
		t, err := types.Parse(want[i])
		if err != nil {
			return nil, err
		}
		if !types.CanCoerce(a.Type(), t) {
			return nil, errs.Userf("argument %d of '%s' is %s, it must be %s", i+1, f.GetName(),
				a.Type(), t)
		}
		out[i] = expr.Coerce(a, t)
	}
	return out, nil
}

// text returns the canonical text of a placeholder.
func placeholder(kind string, i int) string { return fmt.Sprintf("$%s%d", kind, i) }
