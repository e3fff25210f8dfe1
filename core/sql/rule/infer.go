package rule

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// InferPredicates carries a condition on a join key over to the other side's key: of a.k = b.k and
// a.k > 5 follows b.k > 5, so that fewer rows of b are read and kept. Outer joins carry conditions
// from the side that they keep to the other only.
var InferPredicates = Rule{Name: "infer-predicates", Apply: inferPredicates}

func inferPredicates(r logical.Rel, o Options) logical.Rel {
	j, ok := r.(*logical.Join)
	if !ok || j.Condition == nil {
		return r
	}
	if _, temporal := j.Right.(*logical.Snapshot); temporal {
		return r
	}
	toRight := j.Kind != plan.RightJoin && j.Kind != plan.FullJoin
	toLeft := j.Kind == plan.InnerJoin || j.Kind == plan.RightJoin || j.Kind == plan.SemiJoin
	var left, right []expr.Expr
	knownLeft, knownRight := known(j.Left), known(j.Right)
	for _, pair := range equalColumns(j) {
		if toRight {
			right = append(right, carried(knownLeft, pair[0], pair[1], j.Right, knownRight)...)
		}
		if toLeft {
			left = append(left, carried(knownRight, pair[1], pair[0], j.Left, knownLeft)...)
		}
	}
	if len(left)+len(right) == 0 {
		return r
	}
	out := *j
	out.Left, out.Right = filtered(j.Left, left, o), filtered(j.Right, right, o)
	return &out
}

// equalColumns lists the pairs of columns, left and right, that the condition of a join equates,
// both of one type.
func equalColumns(j *logical.Join) [][2]int {
	width := j.Left.Schema().Len()
	var out [][2]int
	for _, c := range expr.Conjuncts(j.Condition) {
		call, ok := c.(*expr.Call)
		if !ok || call.Fn.Name != "=" {
			continue
		}
		a, okA := call.Args[0].(*expr.Column)
		b, okB := call.Args[1].(*expr.Column)
		if !okA || !okB || (a.Index < width) == (b.Index < width) ||
			!a.T.EqualIgnoringNull(b.T) || a.T.IsApprox() {
			continue
		}
		if a.Index > b.Index {
			a, b = b, a
		}
		out = append(out, [2]int{a.Index, b.Index - width})
	}
	return out
}

// carried are the conditions on column from alone, as conditions on column to of r, without those
// that are known there.
func carried(conds []expr.Expr, from, to int, r logical.Rel, have []expr.Expr) []expr.Expr {
	var out []expr.Expr
	for _, c := range conds {
		if !onColumns(c, func(i int) bool { return i == from }) {
			continue
		}
		f := r.Schema().Fields[to]
		c = expr.Rewrite(c, func(e expr.Expr) expr.Expr {
			if _, ok := e.(*expr.Column); ok {
				return expr.NewColumn(to, f.Name, f.Type)
			}
			return e
		})
		same := func(o expr.Expr) bool { return expr.Equal(o, c) }
		if !slices.ContainsFunc(have, same) && !slices.ContainsFunc(out, same) {
			out = append(out, c)
		}
	}
	return out
}

// known lists conditions that hold for all rows of r, over its columns.
func known(r logical.Rel) []expr.Expr {
	switch r := r.(type) {
	case *logical.Filter:
		out := known(r.Input)
		for _, c := range expr.Conjuncts(r.Condition) {
			if movable(c) && !expr.Raises(c) {
				out = append(out, c)
			}
		}
		return out
	case *logical.Watermark:
		return known(r.Input)
	case *logical.WindowTable:
		return known(r.Input)
	case *logical.Project:
		return renamed(known(r.Input), func(i int) int {
			return slices.IndexFunc(r.Exprs, func(e expr.Expr) bool {
				c, ok := e.(*expr.Column)
				return ok && c.Index == i
			})
		})
	case *logical.Aggregate:
		if len(r.Sets) > 1 || r.TableAgg {
			return nil
		}
		return renamed(known(r.Input), func(i int) int { return slices.Index(r.Keys, i) })
	case *logical.Join:
		return knownOfJoin(r)
	}
	return nil
}

func knownOfJoin(r *logical.Join) []expr.Expr {
	var out []expr.Expr
	if r.Kind != plan.RightJoin && r.Kind != plan.FullJoin {
		out = known(r.Left)
	}
	if _, temporal := r.Right.(*logical.Snapshot); r.Kind == plan.InnerJoin && !temporal {
		width := r.Left.Schema().Len()
		out = append(out, renamed(known(r.Right), func(i int) int { return i + width })...)
	}
	return out
}

// renamed moves the conditions to other columns; one whose column is gone (-1) is left out.
func renamed(conds []expr.Expr, to func(column int) int) []expr.Expr {
	var out []expr.Expr
	for _, c := range conds {
		if !onColumns(c, func(i int) bool { return to(i) >= 0 }) {
			continue
		}
		out = append(out, expr.Rewrite(c, func(e expr.Expr) expr.Expr {
			if col, ok := e.(*expr.Column); ok {
				return expr.NewColumn(to(col.Index), col.Name, col.T)
			}
			return e
		}))
	}
	return out
}
