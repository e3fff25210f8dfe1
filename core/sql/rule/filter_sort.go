package rule

import (
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/sql/logical"
)

// FilterThroughSort moves conditions below a sort without LIMIT: fewer rows are sorted. In batch
// mode they pass watermarks too; in streaming mode a row that is filtered out must still move
// time on.
var FilterThroughSort = Rule{Name: "filter-through-sort", Apply: filterThroughSort}

func filterThroughSort(r logical.Rel, o Options) logical.Rel {
	f, ok := r.(*logical.Filter)
	if !ok {
		return r
	}
	switch in := f.Input.(type) {
	case *logical.Sort:
		if in.Offset > 0 || in.Fetch >= 0 {
			return r
		}
	case *logical.Watermark:
		if !o.Batch {
			return r
		}
	default:
		return r
	}
	input := f.Input.Inputs()[0]
	below, rest := split(f, func(c expr.Expr) (expr.Expr, bool) { return retyped(c, input), true })
	if len(below) == 0 {
		return r
	}
	return above(f.Input.WithInputs([]logical.Rel{filtered(input, below, o)}), rest)
}
