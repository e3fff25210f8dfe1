package rule

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/sql/logical"
)

// PropagateConstants puts a constant in place of a column that a filter equates with it: of v = 5
// AND w = v AND v > 3 stays v = 5 AND w = 5. Sources understand that, and what cannot hold is seen.
// Behind the rules that move conditions: an equality of two tables is the key of their join first.
var PropagateConstants = Rule{Name: "propagate-constants", Apply: propagateConstants}

func propagateConstants(r logical.Rel, o Options) logical.Rel {
	f, ok := r.(*logical.Filter)
	if !ok {
		return r
	}
	conds := expr.Conjuncts(f.Condition)
	constants := map[int]*expr.Literal{}
	from := map[int]int{} // the conjunct that says so
	changed := true
	any := false
	for changed { // w = v says something as soon as v is known
		changed = false
		for i, c := range conds {
			if column, l := isConstant(c); l != nil {
				if _, known := constants[column]; !known {
					constants[column], from[column], changed = l, i, true
				}
			}
		}
		for i, c := range conds {
			if now := withConstants(c, i, constants, from, o); now != c {
				conds[i], any, changed = now, true, true
			}
		}
	}
	if !any {
		return r
	}
	conds = slices.DeleteFunc(conds, func(c expr.Expr) bool { return expr.IsTrue(c) })
	if len(conds) == 0 {
		return f.Input
	}
	return foldFilter(&logical.Filter{Input: f.Input, Condition: conjunction(conds)}, o)
}

// isConstant takes column = literal, of one type, apart.
func isConstant(c expr.Expr) (column int, l *expr.Literal) {
	call, ok := c.(*expr.Call)
	if !ok || call.Fn.Name != "=" {
		return 0, nil
	}
	for i, a := range call.Args {
		col, isColumn := a.(*expr.Column)
		l, isLiteral := call.Args[1-i].(*expr.Literal)
		if isColumn && isLiteral && !l.IsNull() && !col.T.IsApprox() &&
			col.T.EqualIgnoringNull(l.T) {
			return col.Index, l
		}
	}
	return 0, nil
}

// withConstants is conjunct i with constants in place of columns, except of the one that it gives
// itself. One that may fail stays: it is not asked of rows that another conjunct drops.
func withConstants(
	c expr.Expr, i int, constants map[int]*expr.Literal, from map[int]int, o Options,
) expr.Expr {
	if !movable(c) || expr.Raises(c) {
		return c
	}
	out := expr.Rewrite(c, func(e expr.Expr) expr.Expr {
		col, ok := e.(*expr.Column)
		if !ok || constants[col.Index] == nil || from[col.Index] == i {
			return e
		}
		return constants[col.Index]
	})
	if out == c {
		return c
	}
	return foldSame(out, o)
}
