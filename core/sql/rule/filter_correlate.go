package rule

import (
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/sql/logical"
)

// FilterThroughCorrelate moves conditions on the columns of the left side below a table function,
// which is then called for fewer rows.
var FilterThroughCorrelate = Rule{Name: "filter-through-correlate", Apply: filterThroughCorrelate}

func filterThroughCorrelate(r logical.Rel, o Options) logical.Rel {
	f, ok := r.(*logical.Filter)
	if !ok {
		return r
	}
	c, ok := f.Input.(*logical.Correlate)
	if !ok || c.FlatMap {
		return r
	}
	width := c.Input.Schema().Len()
	below, rest := split(f, func(e expr.Expr) (expr.Expr, bool) {
		return e, onColumns(e, func(i int) bool { return i < width })
	})
	if len(below) == 0 {
		return r
	}
	return above(c.WithInputs([]logical.Rel{filtered(c.Input, below, o)}), rest)
}
