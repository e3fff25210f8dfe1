package rule

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/sql/logical"
)

// FactorDisjunctions takes out of an OR what all its branches ask: (a = b AND x) OR (a = b AND y)
// is a = b AND (x OR y). Only then is a = b a key of a join.
var FactorDisjunctions = Rule{Name: "factor-disjunctions", Apply: factorDisjunctions}

func factorDisjunctions(r logical.Rel, _ Options) logical.Rel {
	switch r := r.(type) {
	case *logical.Filter:
		if e, ok := factored(r.Condition); ok {
			return &logical.Filter{Input: r.Input, Condition: e}
		}
	case *logical.Join:
		if r.Condition == nil {
			return r
		}
		if e, ok := factored(r.Condition); ok {
			out := *r
			out.Condition = e
			return &out
		}
	}
	return r
}

func factored(cond expr.Expr) (expr.Expr, bool) {
	var all []expr.Expr
	changed := false
	for _, c := range expr.Conjuncts(cond) {
		or, ok := c.(*expr.Or)
		if !ok {
			all = append(all, c)
			continue
		}
		common, rest := commonOf(or)
		if len(common) == 0 {
			all = append(all, c)
			continue
		}
		changed = true
		all = append(all, common...)
		if rest != nil {
			all = append(all, rest)
		}
	}
	if !changed {
		return cond, false
	}
	return conjunction(all), true
}

// commonOf returns the conjuncts that all branches have, and the OR of what is left of them; nil
// when a branch has nothing left, which makes it true.
func commonOf(or *expr.Or) (common []expr.Expr, rest expr.Expr) {
	branches := make([][]expr.Expr, len(or.Args))
	for i, a := range or.Args {
		branches[i] = expr.Conjuncts(a)
	}
	for _, e := range branches[0] {
		if expr.Determinism(e) != 0 || expr.HasUdf(e) || holds(common, e) {
			continue
		}
		if !slices.ContainsFunc(branches[1:], func(b []expr.Expr) bool { return !holds(b, e) }) {
			common = append(common, e)
		}
	}
	if len(common) == 0 {
		return nil, nil
	}
	left := make([]expr.Expr, 0, len(branches))
	for _, b := range branches {
		b = slices.DeleteFunc(slices.Clone(b), func(e expr.Expr) bool { return holds(common, e) })
		if len(b) == 0 {
			return common, nil
		}
		left = append(left, conjunction(b))
	}
	e, err := expr.NewOr(left...)
	if err != nil {
		panic(err) // they were conditions before
	}
	return common, e
}
