package binder

import (
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// lateRef stands for the value of a subquery that is joined to the output of an aggregation: below
// it the value would be a column like any other, that is neither a key nor aggregated.
type lateRef struct {
	i int
	t types.Type
}

// Type implements expr.Expr.
func (r *lateRef) Type() types.Type { return r.t }

func (r *lateRef) String() string { return placeholder("value", r.i) }

// addLate notes a subquery of one row and one column.
func (c *callCollector) addLate(sub logical.Rel) expr.Expr {
	c.late = append(c.late, sub)
	return &lateRef{i: len(c.late) - 1, t: sub.Schema().Fields[0].Type.Nullable(true)}
}

// addLate joins the subqueries to rel and puts their columns into the list.
func addLate(
	rel logical.Rel, late []logical.Rel, list []expr.Expr,
) (logical.Rel, []expr.Expr) {
	if len(late) == 0 {
		return rel, list
	}
	width := rel.Schema().Len()
	for _, sub := range late {
		rel = &logical.Join{Kind: plan.LeftJoin, Left: rel, Right: sub,
			Out: logical.JoinSchema(plan.LeftJoin, rel.Schema(), sub.Schema())}
	}
	out := make([]expr.Expr, len(list))
	for i, e := range list {
		out[i] = rewrite(e, func(e expr.Expr) expr.Expr {
			if r, ok := e.(*lateRef); ok {
				f := rel.Schema().Fields[width+r.i]
				return expr.NewColumn(width+r.i, f.Name, f.Type)
			}
			return nil
		})
	}
	return rel, out
}
