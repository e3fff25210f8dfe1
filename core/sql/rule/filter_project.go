package rule

import (
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/sql/logical"
)

// FilterThroughProject moves conditions below a projection, when they read columns that it only
// passes on: fewer rows are computed, Python calls above all, and the condition comes nearer to
// the source. Conditions on computed columns stay: they would be computed twice.
var FilterThroughProject = Rule{Name: "filter-through-project", Apply: filterThroughProject}

func filterThroughProject(r logical.Rel, o Options) logical.Rel {
	f, ok := r.(*logical.Filter)
	if !ok {
		return r
	}
	p, ok := f.Input.(*logical.Project)
	if !ok {
		return r
	}
	below, rest := split(f, func(c expr.Expr) (expr.Expr, bool) {
		return expr.Replace(c, p.Exprs), onColumns(c, func(i int) bool { return passes(p.Exprs[i]) })
	})
	if len(below) == 0 {
		return r
	}
	return above(p.WithInputs([]logical.Rel{filtered(p.Input, below, o)}), rest)
}

// passes says whether an expression costs nothing: a column, a field of one, a constant.
func passes(e expr.Expr) bool {
	switch e := e.(type) {
	case *expr.Column, *expr.Literal:
		return true
	case *expr.Field:
		return passes(e.Arg)
	case *expr.Cast:
		return e.Implicit && passes(e.Arg)
	}
	return false
}
