package binder

import (
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/ast"
)

// json binds the JSON functions with clauses of their own; ok is false for other syntax. The
// clauses become constant arguments, NULL where one is not written.
func (x *exprs) json(e ast.Expr) (bind func() (expr.Expr, error), ok bool) {
	switch e := e.(type) {
	case *ast.JSONExists:
		return func() (expr.Expr, error) {
			return x.jsonCall("JSON_EXISTS", []ast.Expr{e.Input, e.Path}, behavior(e.OnError))
		}, true
	case *ast.JSONValue:
		return func() (expr.Expr, error) {
			return x.jsonCall("JSON_VALUE", []ast.Expr{e.Input, e.Path}, x.returning(e.Returning),
				behavior(e.OnEmpty), x.otherwise(e.OnEmpty), behavior(e.OnError),
				x.otherwise(e.OnError))
		}, true
	case *ast.JSONQuery:
		return func() (expr.Expr, error) {
			return x.jsonCall("JSON_QUERY", []ast.Expr{e.Input, e.Path}, x.returning(e.Returning),
				clause(e.Wrapper), behavior(e.OnEmpty), behavior(e.OnError))
		}, true
	case *ast.JSONObject:
		return func() (expr.Expr, error) { return x.jsonObject(e) }, true
	case *ast.JSONArray:
		return func() (expr.Expr, error) {
			return x.constructor("JSON_ARRAY", e.Nulls, e.Items)
		}, true
	case *ast.JSONObjectAgg:
		return func() (expr.Expr, error) {
			call := &ast.Call{Span: e.Span, Args: []ast.Expr{e.Pair.Key, e.Pair.Value},
				Filter: e.Filter, Over: e.Over}
			return x.jsonAggregate(call, "JSON_OBJECTAGG", e.Nulls)
		}, true
	case *ast.JSONArrayAgg:
		return func() (expr.Expr, error) {
			call := &ast.Call{Span: e.Span, Args: []ast.Expr{e.Value}, OrderBy: e.OrderBy,
				Filter: e.Filter, Over: e.Over}
			return x.jsonAggregate(call, "JSON_ARRAYAGG", e.Nulls)
		}, true
	case *ast.FormatJSON:
		return func() (expr.Expr, error) { return x.call("JSON", e.X) }, true
	}
	return nil, false
}

// argument makes one constant argument of a JSON function.
type argument func() (expr.Expr, error)

func clause(text string) argument {
	return func() (expr.Expr, error) {
		if text == "" {
			return expr.Null(types.String()), nil
		}
		return expr.Text(text), nil
	}
}

func behavior(b *ast.JSONBehavior) argument {
	if b == nil {
		return clause("")
	}
	return clause(b.Kind)
}

// otherwise is the value of DEFAULT value ON EMPTY or ON ERROR.
func (x *exprs) otherwise(b *ast.JSONBehavior) argument {
	return func() (expr.Expr, error) {
		if b == nil || b.Default == nil {
			return expr.Null(types.Of(types.Null)), nil
		}
		return x.bind(b.Default)
	}
}

func (x *exprs) returning(t *ast.Type) argument {
	return func() (expr.Expr, error) {
		if t == nil {
			return expr.Null(types.String()), nil
		}
		to, err := x.dataType(t)
		if err != nil {
			return nil, err
		}
		return expr.Text(to.String()), nil
	}
}

// jsonCall calls a function of a text and a path; clauses at the end that are not written are left
// out.
func (x *exprs) jsonCall(name string, in []ast.Expr, clauses ...argument) (expr.Expr, error) {
	args, err := x.bindAll(in)
	if err != nil {
		return nil, err
	}
	written := len(args)
	for _, c := range clauses {
		a, err := c()
		if err != nil {
			return nil, err
		}
		args = append(args, a)
		if l, ok := a.(*expr.Literal); !ok || !l.IsNull() {
			written = len(args)
		}
	}
	return expr.NewCall(name, args[:written]...)
}

func (x *exprs) jsonObject(e *ast.JSONObject) (expr.Expr, error) {
	var items []ast.Expr
	for _, p := range e.Pairs {
		items = append(items, p.Key, p.Value)
	}
	return x.constructor("JSON_OBJECT", e.Nulls, items)
}

// constructor calls JSON_OBJECT or JSON_ARRAY: what to do with NULLs is the first argument.
func (x *exprs) constructor(
	name string, nulls ast.JSONNulls, items []ast.Expr,
) (expr.Expr, error) {
	first, err := clause(string(nulls))()
	if err != nil {
		return nil, err
	}
	args, err := x.bindAll(items)
	if err != nil {
		return nil, err
	}
	return expr.NewCall(name, append([]expr.Expr{first}, args...)...)
}

// jsonAggregate calls the variant of an aggregate that treats NULLs as its clause says.
func (x *exprs) jsonAggregate(
	e *ast.Call, name string, nulls ast.JSONNulls,
) (expr.Expr, error) {
	if nulls != "" {
		name += " " + string(nulls)
	}
	if e.Over != nil {
		return x.overCall(e, name, nil)
	}
	return x.aggregateCall(e, name, nil)
}
