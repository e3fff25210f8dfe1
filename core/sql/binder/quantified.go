package binder

import (
	"strings"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/ast"
)

// quantifiedQuery is x op ALL (query) or x op ANY (query). A comparison with all rows, or any, is
// one with their greatest or least value; NULLs among them make unknown what the others leave open.
func (x *exprs) quantifiedQuery(e *ast.Quantified) (expr.Expr, error) {
	switch {
	case e.Op == "=" && !e.All:
		return x.inQuery(&ast.In{Span: e.Span, X: e.X, Query: e.Query})
	case e.Op == "<>" && e.All:
		return x.inQuery(&ast.In{Span: e.Span, X: e.X, Query: e.Query, Not: true})
	case e.Op == "=", e.Op == "<>": // = ALL, and <> ANY, which is its negation
		var both []expr.Expr
		for _, op := range []ast.Op{"<=", ">="} {
			half := &ast.Quantified{Span: e.Span, Op: op, X: e.X, All: true, Query: e.Query}
			c, err := x.quantifiedQuery(half)
			if err != nil {
				return nil, err
			}
			both = append(both, c)
		}
		all, err := expr.NewAnd(both...)
		if err != nil || e.All {
			return all, err
		}
		return expr.NewCall("NOT", all)
	}
	extreme := "MIN"
	if (e.Op == ">" || e.Op == ">=") == e.All {
		extreme = "MAX"
	}
	if sub, err := x.query(e.Query, x.scope); err != nil {
		return nil, err
	} else if n := sub.Schema().Len(); n != 1 {
		return nil, x.errorf(e, "%s %s compares with one column, the query has %d", e.Op,
			either(e.All, "ALL", "ANY"), n)
	}
	// the extreme value, the rows, those that are not NULL
	parts, err := x.aggregatesOf(e.Span, e.Query, extreme+"(`$q`)", "COUNT(*)", "COUNT(`$q`)")
	if err != nil {
		return nil, err
	}
	return x.quantifiedBy(e, parts[0], parts[1], parts[2])
}

// aggregatesOf are aggregates of a query's one column, $q, as values. Counts are 0 where a query
// without rows gives none, as in streaming mode.
func (x *exprs) aggregatesOf(at ast.Span, query *ast.Query, aggs ...string) ([]expr.Expr, error) {
	out := make([]expr.Expr, len(aggs))
	for i, agg := range aggs {
		q, err := x.ParseView("SELECT " + agg + " FROM (" + ast.Format(query) + ") AS `$t` (`$q`)")
		if err != nil {
			return nil, err
		}
		if out[i], err = x.scalarQuery(&ast.Subquery{Span: at, Query: q}); err != nil {
			return nil, err
		}
		if strings.HasPrefix(agg, "COUNT") {
			if out[i], err = expr.NewCall("COALESCE", out[i], expr.BigInt(0)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// unknownIn is x [NOT] IN (query) where hit says that x is in it: not being in it is unknown when x
// or one of the rows is NULL, unless there are no rows.
func (x *exprs) unknownIn(e *ast.In, hit, value expr.Expr) (expr.Expr, error) {
	counts, err := x.aggregatesOf(e.Span, e.Query, "COUNT(*)", "COUNT(`$q`)")
	if err != nil {
		return nil, err
	}
	none, err := expr.NewCall("=", counts[0], expr.BigInt(0))
	if err != nil {
		return nil, err
	}
	nulls, err := expr.NewCall("<>", counts[0], counts[1])
	if err != nil {
		return nil, err
	}
	isNull, err := expr.NewCall("IS NULL", value)
	if err != nil {
		return nil, err
	}
	open, err := expr.NewOr(isNull, nulls)
	if err != nil {
		return nil, err
	}
	in, err := expr.NewCase([]expr.When{{Cond: hit, Then: expr.Bool(true)},
		{Cond: none, Then: expr.Bool(false)},
		{Cond: open, Then: expr.Null(types.Of(types.Boolean))}}, expr.Bool(false))
	if err != nil || !e.Not {
		return in, err
	}
	return expr.NewCall("NOT", in)
}

func (x *exprs) quantifiedBy(e *ast.Quantified, value, rows, known expr.Expr) (expr.Expr, error) {
	left, err := x.bind(e.X)
	if err != nil {
		return nil, err
	}
	holds, err := expr.NewCall(string(e.Op), left, value)
	if err != nil {
		return nil, x.at(e, err)
	}
	settled := holds
	if e.All {
		if settled, err = expr.NewCall("NOT", holds); err != nil {
			return nil, err
		}
	}
	none, err := expr.NewCall("=", rows, expr.BigInt(0))
	if err != nil {
		return nil, err
	}
	unknown, err := expr.NewCall("<>", rows, known)
	if err != nil {
		return nil, err
	}
	return expr.NewCase([]expr.When{{Cond: none, Then: expr.Bool(e.All)},
		{Cond: settled, Then: expr.Bool(!e.All)},
		{Cond: unknown, Then: expr.Null(types.Of(types.Boolean))}}, holds)
}
