package rule

import (
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// OuterToInner makes an outer join inner (or less outer) when a filter above it drops the rows that
// it pads: a condition that no NULL passes. An inner join needs less state, takes nothing back and
// lets the condition move below it.
var OuterToInner = Rule{Name: "outer-to-inner", Apply: outerToInner}

func outerToInner(r logical.Rel, o Options) logical.Rel {
	f, ok := r.(*logical.Filter)
	if !ok {
		return r
	}
	j, ok := f.Input.(*logical.Join)
	if !ok {
		return r
	}
	width := j.Left.Schema().Len()
	var left, right bool // no row passes whose left, right side is padded
	for _, c := range expr.Conjuncts(f.Condition) {
		left = left || rejectsNull(c, func(i int) bool { return i < width })
		right = right || rejectsNull(c, func(i int) bool { return i >= width })
	}
	kind := j.Kind
	switch {
	case kind == plan.FullJoin && left && right:
		kind = plan.InnerJoin
	case kind == plan.FullJoin && left:
		kind = plan.LeftJoin
	case kind == plan.FullJoin && right:
		kind = plan.RightJoin
	case kind == plan.LeftJoin && right, kind == plan.RightJoin && left:
		kind = plan.InnerJoin
	}
	if kind == j.Kind {
		return r
	}
	c := *j
	c.Kind = kind
	return filterIntoJoin(&logical.Filter{Input: &c, Condition: f.Condition}, o)
}

// rejectsNull says whether c is never TRUE when the columns of a side are all NULL.
func rejectsNull(c expr.Expr, side func(column int) bool) bool {
	switch c := c.(type) {
	case *expr.And:
		for _, a := range c.Args {
			if rejectsNull(a, side) {
				return true
			}
		}
	case *expr.Or:
		for _, a := range c.Args {
			if !rejectsNull(a, side) {
				return false
			}
		}
		return true
	case *expr.Column:
		return side(c.Index)
	case *expr.Call:
		switch c.Fn.Name {
		case "=", "<>", "<", "<=", ">", ">=", "LIKE", "IS NOT NULL", "BETWEEN", "IN":
			return isNullWith(c.Args[0], side) ||
				len(c.Args) == 2 && c.Fn.Name != "IN" && isNullWith(c.Args[1], side)
		}
	}
	return false
}

// isNullWith says whether e is NULL when the columns of a side are.
func isNullWith(e expr.Expr, side func(column int) bool) bool {
	switch e := e.(type) {
	case *expr.Column:
		return side(e.Index)
	case *expr.Cast:
		return isNullWith(e.Arg, side)
	case *expr.Call:
		switch e.Fn.Name {
		case "+", "-", "*", "/", "%":
			for _, a := range e.Args {
				if isNullWith(a, side) {
					return true
				}
			}
		}
	}
	return false
}
