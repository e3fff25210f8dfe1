package rule

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/sql/logical"
)

// MergeFilters makes one filter of several on top of each other: the binder makes one for each
// condition of WHERE. A condition that comes twice is asked once.
var MergeFilters = Rule{Name: "merge-filters", Apply: mergeFilters}

func mergeFilters(r logical.Rel, _ Options) logical.Rel {
	f, ok := r.(*logical.Filter)
	if !ok {
		return r
	}
	inner, ok := f.Input.(*logical.Filter)
	if !ok {
		return r
	}
	conds := expr.Conjuncts(inner.Condition)
	for _, c := range expr.Conjuncts(f.Condition) {
		if !movable(c) || !holds(conds, c) {
			conds = append(conds, c)
		}
	}
	return &logical.Filter{Input: inner.Input, Condition: conjunction(conds)}
}

// holds says whether a condition is one of a list, nullability of its types aside.
func holds(list []expr.Expr, c expr.Expr) bool {
	text, columns := c.String(), expr.Columns(c)
	return slices.ContainsFunc(list, func(have expr.Expr) bool {
		return have.String() == text && slices.Equal(expr.Columns(have), columns)
	})
}

// through are the rules that move conditions of a filter below its input.
var through []func(logical.Rel, Options) logical.Rel

func init() {
	through = []func(logical.Rel, Options) logical.Rel{
		filterThroughProject, filterThroughAggregate, filterThroughSetOp, filterThroughWindow,
		filterThroughCorrelate, filterThroughRank, filterThroughSort, filterIntoJoin,
	}
}

// filtered puts conditions on a relation, further down where a rule allows it.
func filtered(r logical.Rel, conds []expr.Expr, o Options) logical.Rel {
	if len(conds) == 0 {
		return r
	}
	f := mergeFilters(&logical.Filter{Input: r, Condition: conjunction(conds)}, o)
	for _, rule := range through {
		if out := rule(f, o); out != f {
			return out
		}
	}
	return f
}

// split divides the conjuncts of a filter into those that may move, as move gives them over the
// input's input, and the rest. Conditions with functions that are not deterministic stay where they
// are, and so do Python calls: nothing cheaper than they are should come after them.
func split(
	f *logical.Filter, move func(c expr.Expr) (expr.Expr, bool),
) (below, above []expr.Expr) {
	for _, c := range expr.Conjuncts(f.Condition) {
		if movable(c) {
			if m, ok := move(c); ok {
				below = append(below, m)
				continue
			}
		}
		above = append(above, c)
	}
	return below, above
}

func movable(c expr.Expr) bool { return expr.Determinism(c) == 0 && !expr.HasUdf(c) }

// above puts what did not move back on top.
func above(r logical.Rel, conds []expr.Expr) logical.Rel {
	if len(conds) == 0 {
		return r
	}
	return &logical.Filter{Input: r, Condition: conjunction(conds)}
}

// onColumns says whether e reads only columns for which ok holds; at least one.
func onColumns(e expr.Expr, ok func(column int) bool) bool {
	columns := expr.Columns(e)
	for _, c := range columns {
		if !ok(c) {
			return false
		}
	}
	return len(columns) > 0
}

// retyped gives the column references of e the types that a schema has: time attributes come and
// go between nodes.
func retyped(e expr.Expr, r logical.Rel) expr.Expr {
	fields := r.Schema().Fields
	return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		if c, ok := e.(*expr.Column); ok {
			return expr.NewColumn(c.Index, fields[c.Index].Name, fields[c.Index].Type)
		}
		return e
	})
}

func conjunction(conds []expr.Expr) expr.Expr {
	e, err := expr.NewAnd(conds...)
	if err != nil {
		panic(err) // they were conditions before
	}
	return e
}
