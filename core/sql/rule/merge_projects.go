package rule

import (
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/sql/logical"
)

// MergeProjects makes one projection of two, when nothing is computed twice by it: chained Python
// calls meet in one crossing then.
var MergeProjects = Rule{Name: "merge-projects", Apply: mergeProjects}

func mergeProjects(r logical.Rel, _ Options) logical.Rel {
	p, ok := r.(*logical.Project)
	if !ok {
		return r
	}
	inner, ok := p.Input.(*logical.Project)
	if !ok {
		return r
	}
	uses := make([]int, len(inner.Exprs))
	for _, e := range p.Exprs {
		for _, c := range expr.Columns(e) {
			uses[c]++
		}
	}
	for i, n := range uses {
		if n > 1 && !passes(inner.Exprs[i]) {
			return r
		}
	}
	list := make([]expr.Expr, len(p.Exprs))
	for i, e := range p.Exprs {
		list[i] = expr.Replace(e, inner.Exprs)
	}
	return &logical.Project{Input: inner.Input, Exprs: list, Out: p.Out}
}
