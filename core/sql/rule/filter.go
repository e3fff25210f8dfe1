package rule

import (
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// MergeFilters makes one filter of several on top of each other: the binder makes one for each
// condition of WHERE.
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
	cond, err := expr.NewAnd(inner.Condition, f.Condition)
	if err != nil {
		return r
	}
	return &logical.Filter{Input: inner.Input, Condition: cond}
}

// FilterIntoJoin moves the conjuncts of a filter over a join into the join's condition (inner
// joins) or below it, to the side whose columns they use: fewer rows are joined, and equalities
// of a comma join become keys.
var FilterIntoJoin = Rule{Name: "filter-into-join", Apply: filterIntoJoin}

func filterIntoJoin(r logical.Rel, o Options) logical.Rel {
	f, ok := r.(*logical.Filter)
	if !ok {
		return r
	}
	j, ok := f.Input.(*logical.Join)
	if !ok {
		return r
	}
	if _, temporal := j.Right.(*logical.Snapshot); temporal {
		return r
	}
	width := j.Left.Schema().Len()
	var left, right, both, above []expr.Expr
	for _, c := range expr.Conjuncts(f.Condition) {
		usesLeft, usesRight := sides(c, width)
		safe := expr.Determinism(c) == 0 && !expr.HasUdf(c)
		switch {
		case !safe:
			above = append(above, c)
		case !usesRight && (j.Kind == plan.InnerJoin || j.Kind == plan.LeftJoin ||
			j.Kind == plan.SemiJoin || j.Kind == plan.AntiJoin):
			left = append(left, c)
		case !usesLeft && (j.Kind == plan.InnerJoin || j.Kind == plan.RightJoin):
			right = append(right, moved(c, -width))
		case j.Kind == plan.InnerJoin:
			both = append(both, c)
		default:
			above = append(above, c)
		}
	}
	if len(left)+len(right)+len(both) == 0 {
		return r
	}
	out := *j
	out.Left, out.Right = filtered(j.Left, left, o), filtered(j.Right, right, o)
	if len(both) > 0 {
		if j.Condition != nil {
			both = append([]expr.Expr{j.Condition}, both...)
		}
		out.Condition = conjunction(both)
	}
	if len(above) == 0 {
		return &out
	}
	return &logical.Filter{Input: &out, Condition: conjunction(above)}
}

// filtered puts conditions on a relation, further down where a rule applies.
func filtered(r logical.Rel, conds []expr.Expr, o Options) logical.Rel {
	if len(conds) == 0 {
		return r
	}
	f := mergeFilters(&logical.Filter{Input: r, Condition: conjunction(conds)}, o)
	return filterIntoJoin(f, o)
}

func conjunction(conds []expr.Expr) expr.Expr {
	e, err := expr.NewAnd(conds...)
	if err != nil {
		panic(err) // they were conditions before
	}
	return e
}

func sides(e expr.Expr, width int) (left, right bool) {
	for _, c := range expr.Columns(e) {
		left, right = left || c < width, right || c >= width
	}
	return left, right
}

func moved(e expr.Expr, by int) expr.Expr {
	return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		if c, ok := e.(*expr.Column); ok {
			return expr.NewColumn(c.Index+by, c.Name, c.T)
		}
		return e
	})
}
