package rule

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/sql/logical"
)

// FilterThroughRank moves conditions on the partition's columns below top-N, deduplication and
// OVER: rows of other partitions do not matter to a partition. Any other condition must stay: the
// first row of those that hold is another one than the first row, if it holds.
var FilterThroughRank = Rule{Name: "filter-through-rank", Apply: filterThroughRank}

func filterThroughRank(r logical.Rel, o Options) logical.Rel {
	f, ok := r.(*logical.Filter)
	if !ok {
		return r
	}
	var partition []int
	switch in := f.Input.(type) {
	case *logical.Rank:
		partition = in.Partition
	case *logical.Over:
		partition = in.Partition
	default:
		return r
	}
	input := f.Input.Inputs()[0]
	below, rest := split(f, func(c expr.Expr) (expr.Expr, bool) {
		if !onColumns(c, func(i int) bool { return slices.Contains(partition, i) }) {
			return nil, false
		}
		return retyped(c, input), true
	})
	if len(below) == 0 {
		return r
	}
	return above(f.Input.WithInputs([]logical.Rel{filtered(input, below, o)}), rest)
}
