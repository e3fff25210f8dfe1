package rule

import (
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/sql/logical"
)

// FilterThroughSetOp moves conditions into all inputs of UNION, INTERSECT and EXCEPT: whether a
// row is in them depends on the row alone.
var FilterThroughSetOp = Rule{Name: "filter-through-setop", Apply: filterThroughSetOp}

func filterThroughSetOp(r logical.Rel, o Options) logical.Rel {
	f, ok := r.(*logical.Filter)
	if !ok {
		return r
	}
	s, ok := f.Input.(*logical.SetOp)
	if !ok {
		return r
	}
	below, rest := split(f, func(c expr.Expr) (expr.Expr, bool) { return c, true })
	if len(below) == 0 {
		return r
	}
	rels := make([]logical.Rel, len(s.Rels))
	for i, in := range s.Rels {
		own := make([]expr.Expr, len(below))
		for k, c := range below {
			own[k] = retyped(c, in)
		}
		rels[i] = filtered(in, own, o)
	}
	return above(s.WithInputs(rels), rest)
}
