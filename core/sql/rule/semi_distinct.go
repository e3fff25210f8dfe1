package rule

import (
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// SemiWithoutDistinct leaves out a DISTINCT, or GROUP BY without aggregates, on the right side of a
// semi or anti join of a stream: whether a row has a match does not depend on how many there are,
// and the join counts equal rows itself. (In batch mode fewer rows are joined with it.)
var SemiWithoutDistinct = Rule{Name: "semi-without-distinct", Apply: semiWithoutDistinct}

func semiWithoutDistinct(r logical.Rel, o Options) logical.Rel {
	j, ok := r.(*logical.Join)
	if !ok || o.Batch || j.Kind != plan.SemiJoin && j.Kind != plan.AntiJoin {
		return r
	}
	right, changed := withoutDistinct(j.Right)
	if !changed {
		return r
	}
	c := *j
	c.Right = right
	return &c
}

// withoutDistinct is r with rows that come more than once.
func withoutDistinct(r logical.Rel) (logical.Rel, bool) {
	switch r := r.(type) {
	case *logical.Project, *logical.Filter:
		in, changed := withoutDistinct(r.Inputs()[0])
		if !changed {
			return r, false
		}
		return r.WithInputs([]logical.Rel{in}), true
	case *logical.Distinct:
		in, _ := withoutDistinct(r.Input)
		return in, true
	case *logical.SetOp:
		if r.Kind == "UNION" && !r.All {
			c := *r
			c.All = true
			return &c, true
		}
	case *logical.Aggregate:
		if len(r.Aggs) > 0 || len(r.Keys) == 0 || len(r.Sets) > 1 || r.Window != nil || r.TableAgg {
			return r, false
		}
		return picked(r.Input, r.Keys, r.Out), true
	}
	return r, false
}
