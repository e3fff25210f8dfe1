package binder

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/logical"
)

// where filters rel; EXISTS and IN at the top level of the condition become semi and anti joins.
func (b *binding) where(rel logical.Rel, in *scope, cond ast.Expr) (logical.Rel, error) {
	for _, c := range conjuncts(cond) {
		joined, ok, err := b.semiJoin(rel, in, c, false)
		if err != nil {
			return nil, err
		}
		if ok {
			rel = joined
			continue
		}
		s := rescope(in, rel)
		x := &exprs{binding: b, scope: s, rel: &rel, clause: "WHERE"}
		e, err := x.condition(c)
		if err != nil {
			return nil, err
		}
		rel = &logical.Filter{Input: rel, Condition: e}
	}
	return rel, nil
}

func conjuncts(e ast.Expr) []ast.Expr {
	if a, ok := e.(*ast.Binary); ok && a.Op == "AND" {
		return append(conjuncts(a.Left), conjuncts(a.Right)...)
	}
	return []ast.Expr{e}
}

// semiJoin turns [NOT] EXISTS (…) and x [NOT] IN (…) into a join; ok is false for anything else.
func (b *binding) semiJoin(
	rel logical.Rel, in *scope, e ast.Expr, not bool,
) (logical.Rel, bool, error) {
	switch e := e.(type) {
	case *ast.Unary:
		if e.Op == "NOT" {
			return b.semiJoin(rel, in, e.X, !not)
		}
	case *ast.Exists:
		if e.Unique {
			return nil, false, b.unsupported(e, "UNIQUE (query)")
		}
		sub, err := b.query(e.Query, in)
		if err != nil {
			return nil, false, err
		}
		out, err := b.joinSubquery(e, rel, sub, semiKind(not), nil)
		return out, true, err
	case *ast.In:
		if e.Query != nil {
			out, err := b.inJoin(rel, in, e, not != e.Not)
			return out, true, err
		}
	}
	return nil, false, nil
}

func semiKind(not bool) plan.JoinKind {
	if not {
		return plan.AntiJoin
	}
	return plan.SemiJoin
}

func (b *binding) inJoin(
	rel logical.Rel, in *scope, e *ast.In, not bool,
) (logical.Rel, error) {
	sub, err := b.query(e.Query, in)
	if err != nil {
		return nil, err
	}
	x := &exprs{binding: b, scope: rescope(in, rel), clause: "IN"}
	left := []ast.Expr{e.X}
	if r, ok := e.X.(*ast.RowExpr); ok {
		left = r.Items
	}
	values, err := x.bindAll(left)
	if err != nil {
		return nil, err
	}
	own := visible(sub)
	if len(values) != own {
		return nil, b.errorf(e, "IN compares %d values with %d columns", len(values), own)
	}
	return b.joinSubquery(e, rel, sub, semiKind(not), values)
}

// mayEqual is l = r for an anti join: NOT IN gives no row also where either side is NULL.
func mayEqual(l, r expr.Expr) (expr.Expr, error) {
	any := make([]expr.Expr, 0, 3)
	eq, err := expr.NewCall("=", l, r)
	if err != nil {
		return nil, err
	}
	any = append(any, eq)
	for _, e := range []expr.Expr{l, r} {
		if !e.Type().NotNull {
			null, err := expr.NewCall("IS NULL", e)
			if err != nil {
				return nil, err
			}
			any = append(any, null)
		}
	}
	return expr.NewOr(any...)
}

// visible is the number of output columns of a subquery.
func visible(sub logical.Rel) int { return sub.Schema().Len() }

// joinSubquery joins rel with a subquery: values (of rel) must equal the subquery's columns, and
// what the subquery says about columns of rel becomes part of the condition.
func (b *binding) joinSubquery(
	n ast.Node, rel, sub logical.Rel, kind plan.JoinKind, values []expr.Expr,
) (logical.Rel, error) {
	own := sub.Schema().Len()
	sub, correlated, err := flatten(rel, sub, false, false, false)
	if err != nil {
		return nil, b.at(n, err)
	}
	width := rel.Schema().Len()
	conds := make([]expr.Expr, 0, len(values)+len(correlated))
	for i := 0; i < own && i < len(values); i++ {
		f := sub.Schema().Fields[i]
		var eq expr.Expr
		right := expr.NewColumn(width+i, f.Name, f.Type)
		if kind == plan.AntiJoin {
			eq, err = mayEqual(values[i], right)
		} else {
			eq, err = expr.NewCall("=", values[i], right)
		}
		if err != nil {
			return nil, b.at(n, err)
		}
		conds = append(conds, eq)
	}
	for _, c := range correlated {
		conds = append(conds, overJoin(c, width))
	}
	join := &logical.Join{Kind: kind, Left: rel, Right: sub,
		Out: logical.JoinSchema(kind, rel.Schema(), sub.Schema())}
	if len(conds) > 0 {
		if join.Condition, err = expr.NewAnd(conds...); err != nil {
			return nil, b.at(n, err)
		}
	}
	return join, nil
}

// overJoin rewrites a correlated condition over a subquery's columns to one over the join: outer
// columns are the left side's, the subquery's own move right.
func overJoin(e expr.Expr, width int) expr.Expr {
	return rewrite(e, func(e expr.Expr) expr.Expr {
		switch e := e.(type) {
		case *expr.Column:
			return expr.NewColumn(e.Index+width, e.Name, e.T)
		case *outerColumn:
			if e.level > 1 {
				return &outerColumn{level: e.level - 1, index: e.index, name: e.name, t: e.t}
			}
			return expr.NewColumn(e.index, e.name, e.t)
		}
		return nil
	})
}

// scalarQuery joins the one value of a subquery to the relation of the clause.
func (x *exprs) scalarQuery(e *ast.Subquery) (expr.Expr, error) {
	if x.rel == nil {
		return nil, errs.Userf("a subquery cannot be used in %s", x.clause)
	}
	sub, err := x.query(e.Query, x.scope)
	if err != nil {
		return nil, err
	}
	if sub.Schema().Len() != 1 {
		return nil, x.errorf(e, "a subquery used as a value has one column, this one has %d",
			sub.Schema().Len())
	}
	empty := emptyValue(sub)
	flat, correlated, err := decorrelateValue(*x.rel, sub, empty != nil)
	if err != nil {
		return nil, err
	}
	if len(correlated) == 0 && !oneRowAtMost(flat) {
		flat = &logical.SingleRow{Input: flat}
	} else if len(correlated) > 0 && !oneRowAtMost(sub) {
		if flat, err = oneRowEach(flat, correlated); err != nil {
			return nil, err
		}
	}
	if c := x.calls; len(correlated) == 0 && c != nil && c.defers && !c.inAgg && !c.inOver {
		return c.addLate(flat), nil
	}
	rel := *x.rel
	width := rel.Schema().Len()
	join := &logical.Join{Kind: plan.LeftJoin, Left: rel, Right: flat,
		Out: logical.JoinSchema(plan.LeftJoin, rel.Schema(), flat.Schema())}
	var conds []expr.Expr
	for _, c := range correlated {
		conds = append(conds, overJoin(c, width))
	}
	if len(conds) > 0 {
		if join.Condition, err = expr.NewAnd(conds...); err != nil {
			return nil, err
		}
	}
	*x.rel = join
	x.scope = rescope(x.scope, join)
	out := expr.Expr(expr.NewColumn(width, join.Out.Fields[width].Name, join.Out.Fields[width].Type))
	if empty != nil && len(correlated) > 0 { // COUNT of no rows is 0, not NULL
		return expr.NewCoalesce(out, empty)
	}
	return out, nil
}

// decorrelateValue is flatten for a value; counted says that the caller knows the value of no rows.
func decorrelateValue(rel, sub logical.Rel, counted bool) (logical.Rel, []expr.Expr, error) {
	if counted {
		if flat, conds, err := decorrelate(sub, true); err == nil {
			return flat, conds, nil
		}
	}
	return flatten(rel, sub, true, !oneRowAtMost(sub), false)
}

// oneRowEach makes more than one row of a combination of the columns in the conditions an error.
// NULLs that equal nothing do not count.
func oneRowEach(flat logical.Rel, conds []expr.Expr) (logical.Rel, error) {
	var keys []int
	for _, c := range conds {
		for _, i := range expr.Columns(c) {
			if slices.Contains(keys, i) {
				continue
			}
			keys = append(keys, i)
			f := flat.Schema().Fields[i]
			if call, ok := c.(*expr.Call); f.Type.NotNull || !ok || call.Fn.Name != "=" {
				continue
			}
			known, err := expr.NewCall("IS NOT NULL", expr.NewColumn(i, f.Name, f.Type))
			if err != nil {
				return nil, err
			}
			flat = &logical.Filter{Input: flat, Condition: known}
		}
	}
	return &logical.SingleRow{Input: flat, Keys: keys}, nil
}

// oneRowAtMost says whether a relation is a global aggregate or a single row already.
func oneRowAtMost(r logical.Rel) bool {
	switch r := r.(type) {
	case *logical.Project:
		return oneRowAtMost(r.Input)
	case *logical.Filter:
		return oneRowAtMost(r.Input)
	case *logical.Aggregate:
		return len(r.Keys) == 0 && r.Window == nil
	case *logical.Values:
		return len(r.Rows) <= 1
	case *logical.Sort:
		return r.Fetch == 0 || r.Fetch == 1
	}
	return false
}

// emptyValue is the value of a scalar subquery over no rows when that is not NULL: a COUNT.
func emptyValue(r logical.Rel) expr.Expr {
	p, ok := r.(*logical.Project)
	in := r
	var e expr.Expr
	if ok {
		in, e = p.Input, p.Exprs[0]
	} else {
		e = expr.NewColumn(0, "", r.Schema().Fields[0].Type)
	}
	a, ok := in.(*logical.Aggregate)
	if !ok || len(a.Keys) > 0 {
		return nil
	}
	c, ok := e.(*expr.Column)
	if !ok || c.Index >= len(a.Aggs) || a.Aggs[c.Index].Name != "COUNT" {
		return nil
	}
	return expr.BigInt(0)
}

// inQuery and existsQuery below the top level of WHERE become a value: the subquery's distinct
// rows are joined with a mark.
func (x *exprs) inQuery(e *ast.In) (expr.Expr, error) {
	values, err := x.bindAll([]ast.Expr{e.X})
	if err != nil {
		return nil, err
	}
	sub, err := x.query(e.Query, x.scope)
	if err != nil {
		return nil, err
	}
	known := values[0].Type().NotNull && sub.Schema().Len() > 0 && sub.Schema().Fields[0].Type.NotNull
	if known || x.clause == "ON" {
		return x.marked(e, e.Query, values, e.Not)
	}
	hit, err := x.marked(e, e.Query, values, false)
	if err != nil {
		return nil, err
	}
	return x.unknownIn(e, hit, values[0])
}

func (x *exprs) existsQuery(e *ast.Exists) (expr.Expr, error) {
	return x.marked(e, e.Query, nil, false)
}

func (x *exprs) marked(
	n ast.Node, q *ast.Query, values []expr.Expr, not bool,
) (expr.Expr, error) {
	if x.rel == nil {
		return nil, errs.Userf("a subquery cannot be used in %s", x.clause)
	}
	sub, err := x.query(q, x.scope)
	if err != nil {
		return nil, err
	}
	own := sub.Schema().Len()
	flat, correlated, err := flatten(*x.rel, sub, false, true, false)
	if err != nil {
		return nil, err
	}
	if len(values) == 0 && own > 0 {
		flat, correlated = dropColumns(flat, own, correlated)
	}
	p := newProjector(&logical.Distinct{Input: flat})
	mark := p.column(expr.Bool(true))
	p.names[mark] = "$mark"
	right := p.rel()
	rel := *x.rel
	width := rel.Schema().Len()
	var conds []expr.Expr
	for i, v := range values {
		f := right.Schema().Fields[i]
		eq, err := expr.NewCall("=", v, expr.NewColumn(width+i, f.Name, f.Type))
		if err != nil {
			return nil, x.at(n, err)
		}
		conds = append(conds, eq)
	}
	for _, c := range correlated {
		conds = append(conds, overJoin(c, width))
	}
	join := &logical.Join{Kind: plan.LeftJoin, Left: rel, Right: right,
		Out: logical.JoinSchema(plan.LeftJoin, rel.Schema(), right.Schema())}
	if len(conds) > 0 {
		if join.Condition, err = expr.NewAnd(conds...); err != nil {
			return nil, err
		}
	}
	*x.rel = join
	x.scope = rescope(x.scope, join)
	hit := expr.NewColumn(width+mark, "$mark", types.Of(types.Boolean))
	return expr.NewCall(either(not, "IS NULL", "IS NOT NULL"), hit)
}

// dropColumns removes the leading n columns of an EXISTS subquery, which only its correlated
// conditions outlive; a subquery without any keeps a constant.
func dropColumns(
	r logical.Rel, n int, conds []expr.Expr,
) (logical.Rel, []expr.Expr) {
	p := emptyProjector(r)
	to := make([]int, r.Schema().Len())
	for i, f := range r.Schema().Fields {
		to[i] = -1
		for _, c := range conds {
			for _, used := range expr.Columns(c) {
				if used == i && to[i] < 0 {
					to[i] = p.column(expr.NewColumn(i, f.Name, f.Type))
				}
			}
		}
	}
	if len(p.exprs) == 0 {
		p.column(expr.Int(1))
	}
	out := make([]expr.Expr, len(conds))
	for i, c := range conds {
		out[i] = expr.Remap(c, to)
	}
	return project(r, p.exprs, p.names), out
}

// quantified is x op ANY|ALL (list): a chain of OR or AND.
func (x *exprs) quantified(e *ast.Quantified) (expr.Expr, error) {
	if e.Query != nil {
		return x.quantifiedQuery(e)
	}
	left, err := x.bind(e.X)
	if err != nil {
		return nil, err
	}
	var list []expr.Expr
	for _, i := range e.List {
		right, err := x.bind(i)
		if err != nil {
			return nil, err
		}
		c, err := expr.NewCall(string(e.Op), left, right)
		if err != nil {
			return nil, x.at(i, err)
		}
		list = append(list, c)
	}
	if e.All {
		return expr.NewAnd(list...)
	}
	return expr.NewOr(list...)
}
