package rule

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// uniqueKeys are sets of columns in which no two rows of r are equal, by what r computes: the set
// without columns says that there is one row at most. Declared keys of tables are not among them,
// since nobody enforces them.
func uniqueKeys(r logical.Rel) [][]int {
	switch r := r.(type) {
	case *logical.Aggregate:
		if len(r.Sets) <= 1 && r.Window == nil && !r.TableAgg {
			return [][]int{identity(len(r.Keys))}
		}
	case *logical.Distinct:
		return append(uniqueKeys(r.Input), identity(r.Schema().Len()))
	case *logical.SetOp:
		if !r.All {
			return [][]int{identity(r.Out.Len())}
		}
	case *logical.Rank:
		if r.Function == "row_number" && r.From == 1 && r.To == 1 {
			return [][]int{r.Partition}
		}
		return uniqueKeys(r.Input)
	case *logical.SingleRow:
		return [][]int{r.Keys}
	case *logical.Values:
		if len(r.Rows) <= 1 {
			return [][]int{{}}
		}
	case *logical.Filter, *logical.Sort, *logical.Over:
		return uniqueKeys(r.Inputs()[0])
	case *logical.Join:
		if r.Kind == plan.SemiJoin || r.Kind == plan.AntiJoin {
			return uniqueKeys(r.Left)
		}
	case *logical.Project:
		return projectedKeys(r)
	}
	return nil
}

func projectedKeys(r *logical.Project) [][]int {
	var out [][]int
	for _, key := range uniqueKeys(r.Input) {
		to := make([]int, len(key))
		for i, k := range key {
			to[i] = slices.IndexFunc(r.Exprs, func(e expr.Expr) bool {
				c, ok := e.(*expr.Column)
				return ok && c.Index == k
			})
		}
		if !slices.Contains(to, -1) {
			out = append(out, to)
		}
	}
	return out
}

// coversUnique says whether no two rows of r are equal in all of the columns.
func coversUnique(r logical.Rel, columns []int) bool {
	return slices.ContainsFunc(uniqueKeys(r), func(key []int) bool {
		return !slices.ContainsFunc(key, func(k int) bool { return !slices.Contains(columns, k) })
	})
}
