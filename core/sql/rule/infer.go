package rule

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// InferPredicates carries a condition on a join key over to the other side's key: of a.k = b.k and
// a.k > 5 follows b.k > 5, so that fewer rows of b are read and kept. Outer joins carry conditions
// from the side that they keep to the other only, those of ON on the kept side among them. What
// comes down so is carried on by the joins below.
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
	ownLeft, ownRight := ofOneSide(j)
	for _, pair := range equalColumns(j) {
		if toRight {
			conds := slices.Concat(knownLeft, ownLeft)
			right = append(right, carried(conds, pair[0], pair[1], j.Right, knownRight)...)
		}
		if toLeft {
			conds := slices.Concat(knownRight, ownRight)
			left = append(left, carried(conds, pair[1], pair[0], j.Left, knownLeft)...)
		}
	}
	if len(left)+len(right) == 0 {
		return r
	}
	out := *j
	out.Left, out.Right = inferredBelow(j.Left, left, o), inferredBelow(j.Right, right, o)
	return &out
}

// inferredBelow puts conditions on r and has the joins there carry them on.
func inferredBelow(r logical.Rel, conds []expr.Expr, o Options) logical.Rel {
	if len(conds) == 0 {
		return r
	}
	return logical.Rewrite(filtered(r, conds, o),
		func(n logical.Rel) logical.Rel { return inferPredicates(n, o) })
}

// ofOneSide are conjuncts of ON that read one side only, over its columns: they hold of the rows of
// the kept side that join with something.
func ofOneSide(j *logical.Join) (left, right []expr.Expr) {
	width := j.Left.Schema().Len()
	for _, c := range expr.Conjuncts(j.Condition) {
		if !movable(c) || expr.Raises(c) {
			continue
		}
		switch l, r := sides(c, width); {
		case l && !r:
			left = append(left, c)
		case r && !l:
			right = append(right, moved(c, -width))
		}
	}
	return left, right
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
		if !holds(have, c) && !holds(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// known lists conditions that hold for all rows of r in which their columns are not NULL: only such
// rows have an equal one on the other side of a join.
func known(r logical.Rel) []expr.Expr {
	return named(knownBelow(r), r)
}

func knownBelow(r logical.Rel) []expr.Expr {
	switch r := r.(type) {
	case *logical.Filter:
		out := known(r.Input)
		for _, c := range expr.Conjuncts(r.Condition) {
			if movable(c) && !expr.Raises(c) {
				out = append(out, c)
			}
		}
		return out
	case *logical.Watermark, *logical.WindowTable, *logical.Distinct, *logical.Sort, *logical.Rank,
		*logical.Over: // columns of the input come first
		return known(r.Inputs()[0])
	case *logical.Correlate:
		if r.FlatMap {
			return nil
		}
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
	case *logical.SetOp:
		return knownOfSetOp(r)
	}
	return nil
}

// knownOfJoin: a side that is padded has NULLs where its conditions do not hold.
func knownOfJoin(r *logical.Join) []expr.Expr {
	out := known(r.Left)
	if _, temporal := r.Right.(*logical.Snapshot); temporal || r.Kind == plan.SemiJoin ||
		r.Kind == plan.AntiJoin {
		return out
	}
	width := r.Left.Schema().Len()
	return append(out, renamed(known(r.Right), func(i int) int { return i + width })...)
}

// knownOfSetOp is what holds in all inputs; of EXCEPT in the first.
func knownOfSetOp(r *logical.SetOp) []expr.Expr {
	out := named(known(r.Rels[0]), r)
	if r.Kind == "EXCEPT" {
		return out
	}
	for _, in := range r.Rels[1:] {
		also := named(known(in), r)
		out = slices.DeleteFunc(out, func(c expr.Expr) bool { return !holds(also, c) })
	}
	return out
}

// named gives the columns of conditions the names that r has for them, by which they are compared.
func named(conds []expr.Expr, r logical.Rel) []expr.Expr {
	for i, c := range conds {
		conds[i] = retyped(c, r)
	}
	return conds
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
