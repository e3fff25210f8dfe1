package rule

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// DropJoin leaves out a left join nobody reads the right side of, when a left row has one match
// there at most: it comes out once, with or without one. Views join more than each query of them
// wants. Behind the rule that drops columns.
var DropJoin = Rule{Name: "drop-join", Apply: dropJoin}

func dropJoin(r logical.Rel, _ Options) logical.Rel {
	p, ok := r.(*logical.Project)
	if !ok {
		return r
	}
	j, ok := p.Input.(*logical.Join)
	if !ok || j.Kind != plan.LeftJoin {
		return r
	}
	if _, versions := j.Right.(*logical.Snapshot); versions {
		return r
	}
	width := j.Left.Schema().Len()
	for _, e := range p.Exprs {
		if slices.ContainsFunc(expr.Columns(e), func(c int) bool { return c >= width }) {
			return r
		}
	}
	var equal []int // columns of the right side that must be those of the left row
	if j.Condition != nil {
		for _, c := range expr.Conjuncts(j.Condition) {
			if expr.HasUdf(c) || expr.Raises(c) {
				return r
			}
			if _, own, ok := equated(c, width); ok {
				equal = append(equal, own-width)
			}
		}
	}
	if !coversUnique(j.Right, equal) {
		return r
	}
	return dropJoin(p.WithInputs([]logical.Rel{j.Left}), Options{})
}
