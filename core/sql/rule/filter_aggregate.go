package rule

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/sql/logical"
)

// FilterThroughAggregate moves conditions on grouping keys below the aggregation: groups that
// nobody sees need no state. Only keys that every grouping set has qualify, and no aggregation
// without keys, which has a row for no input.
var FilterThroughAggregate = Rule{Name: "filter-through-aggregate", Apply: filterThroughAggregate}

func filterThroughAggregate(r logical.Rel, o Options) logical.Rel {
	f, ok := r.(*logical.Filter)
	if !ok {
		return r
	}
	var input logical.Rel
	var key func(column int) (int, bool)
	switch a := f.Input.(type) {
	case *logical.Aggregate:
		input = a.Input
		key = func(i int) (int, bool) { return aggregateKey(a, i) }
	case *logical.Distinct:
		input = a.Input
		key = func(i int) (int, bool) { return i, true }
	default:
		return r
	}
	below, rest := split(f, func(c expr.Expr) (expr.Expr, bool) {
		if !onColumns(c, func(i int) bool { _, ok := key(i); return ok }) {
			return nil, false
		}
		return retyped(expr.Rewrite(c, func(e expr.Expr) expr.Expr {
			if col, ok := e.(*expr.Column); ok {
				at, _ := key(col.Index)
				return expr.NewColumn(at, col.Name, col.T)
			}
			return e
		}), input), true
	})
	if len(below) == 0 {
		return r
	}
	return above(f.Input.WithInputs([]logical.Rel{filtered(input, below, o)}), rest)
}

// aggregateKey is the input column of an output column that all grouping sets have.
func aggregateKey(a *logical.Aggregate, column int) (int, bool) {
	if column >= len(a.Keys) || a.TableAgg {
		return 0, false
	}
	for _, s := range a.Sets {
		if !slices.Contains(s, column) {
			return 0, false
		}
	}
	return a.Keys[column], true
}
