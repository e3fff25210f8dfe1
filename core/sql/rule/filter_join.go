package rule

import (
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// FilterIntoJoin moves the conjuncts of a filter over a join into the join's condition (inner
// joins) or below it, to the side whose columns they use: fewer rows are joined, and equalities
// of a comma join become keys. Conjuncts of the join's own condition move below it too, to the
// side that an outer join does not keep. Nothing but conditions on the left passes a temporal
// join: its right side is versions, of which one that is filtered out still replaces the last.
var FilterIntoJoin = Rule{Name: "filter-into-join", Apply: filterIntoJoin}

func filterIntoJoin(r logical.Rel, o Options) logical.Rel {
	switch f := r.(type) {
	case *logical.Join:
		return conditionIntoJoin(f, o)
	case *logical.Filter:
		if j, ok := f.Input.(*logical.Join); ok {
			return filterOverJoin(f, j, o)
		}
	}
	return r
}

func filterOverJoin(f *logical.Filter, j *logical.Join, o Options) logical.Rel {
	width := j.Left.Schema().Len()
	_, temporal := j.Right.(*logical.Snapshot)
	var left, right, both, rest []expr.Expr
	for _, c := range expr.Conjuncts(f.Condition) {
		usesLeft, usesRight := sides(c, width)
		switch {
		case !movable(c):
			rest = append(rest, c)
		case !usesRight && usesLeft && (j.Kind == plan.InnerJoin || j.Kind == plan.LeftJoin ||
			j.Kind == plan.SemiJoin || j.Kind == plan.AntiJoin):
			left = append(left, retyped(c, j.Left))
		case temporal:
			rest = append(rest, c)
		case !usesLeft && usesRight && (j.Kind == plan.InnerJoin || j.Kind == plan.RightJoin):
			right = append(right, retyped(moved(c, -width), j.Right))
		case j.Kind == plan.InnerJoin:
			both = append(both, c)
		default:
			rest = append(rest, c)
		}
	}
	if len(left)+len(right)+len(both) == 0 {
		return f
	}
	out := *j
	out.Left, out.Right = filtered(j.Left, left, o), filtered(j.Right, right, o)
	if len(both) > 0 {
		if j.Condition != nil {
			both = append([]expr.Expr{j.Condition}, both...)
		}
		out.Condition = conjunction(both)
	}
	return above(&out, rest)
}

// conditionIntoJoin moves conjuncts of ON that read one side only below the join: rows for which
// they do not hold join with nothing.
func conditionIntoJoin(j *logical.Join, o Options) logical.Rel {
	if _, temporal := j.Right.(*logical.Snapshot); temporal || j.Condition == nil {
		return j
	}
	width := j.Left.Schema().Len()
	var left, right, keep []expr.Expr
	for _, c := range expr.Conjuncts(j.Condition) {
		usesLeft, usesRight := sides(c, width)
		switch {
		case !movable(c):
			keep = append(keep, c)
		case usesLeft && !usesRight && (j.Kind == plan.InnerJoin || j.Kind == plan.RightJoin ||
			j.Kind == plan.SemiJoin):
			left = append(left, retyped(c, j.Left))
		case usesRight && !usesLeft && j.Kind != plan.RightJoin && j.Kind != plan.FullJoin:
			right = append(right, retyped(moved(c, -width), j.Right))
		default:
			keep = append(keep, c)
		}
	}
	if len(left)+len(right) == 0 {
		return j
	}
	out := *j
	out.Left, out.Right = filtered(j.Left, left, o), filtered(j.Right, right, o)
	out.Condition = nil
	if len(keep) > 0 {
		out.Condition = conjunction(keep)
	}
	return &out
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
