package rule

import "github.com/headrace/headrace/core/sql/logical"

// DropDistinct leaves out a DISTINCT, or a GROUP BY without aggregates, over rows that differ
// anyway: those of another aggregation by some of the columns, of one row for each key, of a set.
var DropDistinct = Rule{Name: "drop-distinct", Apply: dropDistinct}

func dropDistinct(r logical.Rel, _ Options) logical.Rel {
	switch r := r.(type) {
	case *logical.Distinct:
		if coversUnique(r.Input, identity(r.Schema().Len())) {
			return r.Input
		}
	case *logical.Aggregate:
		if len(r.Aggs) == 0 && len(r.Keys) > 0 && len(r.Sets) <= 1 && r.Window == nil &&
			!r.TableAgg && coversUnique(r.Input, r.Keys) {
			return picked(r.Input, r.Keys, r.Out)
		}
	}
	return r
}
