package rule

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// FilterThroughWindow moves conditions below a window table function: which windows a row is in
// depends on the row alone. Only sessions depend on other rows, those of their partition.
var FilterThroughWindow = Rule{Name: "filter-through-window", Apply: filterThroughWindow}

func filterThroughWindow(r logical.Rel, o Options) logical.Rel {
	f, ok := r.(*logical.Filter)
	if !ok {
		return r
	}
	w, ok := f.Input.(*logical.WindowTable)
	if !ok {
		return r
	}
	width := w.Input.Schema().Len()
	below, rest := split(f, func(c expr.Expr) (expr.Expr, bool) {
		if !onColumns(c, func(i int) bool {
			return i < width && (w.Window.Kind != plan.Session ||
				slices.Contains(w.Window.Partition, i))
		}) {
			return nil, false
		}
		return retyped(c, w.Input), true
	})
	if len(below) == 0 {
		return r
	}
	return above(w.WithInputs([]logical.Rel{filtered(w.Input, below, o)}), rest)
}
