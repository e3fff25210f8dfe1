package rule

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/estimate"
	"github.com/headrace/headrace/core/sql/logical"
)

// SemiThroughJoin moves a semi or anti join below the inner join on its left, to the side whose
// columns it compares, when that side is thought to have far fewer rows than the join gives: fewer
// rows look for a match, and fewer are joined then. Batch mode only, behind the order of joins.
var SemiThroughJoin = Rule{Name: "semi-through-join", Forest: semiThroughJoin}

// semiShare is how many times as many rows the join must give.
const semiShare = 2

func semiThroughJoin(roots []logical.Rel, o Options) []logical.Rel {
	if !o.Batch || o.KeepJoins {
		return roots
	}
	est := &estimate.Estimator{Source: o.sourceOf}
	out := make([]logical.Rel, len(roots))
	for i, r := range roots {
		out[i] = logical.Rewrite(r, func(n logical.Rel) logical.Rel {
			j, ok := n.(*logical.Join)
			if !ok || j.Kind != plan.SemiJoin && j.Kind != plan.AntiJoin || j.Condition == nil ||
				len(j.Hints) > 0 {
				return n
			}
			conds := expr.Conjuncts(j.Condition)
			if slices.ContainsFunc(conds, func(e expr.Expr) bool { return !movable(e) }) {
				return n
			}
			if moved := semiBelow(j, est); moved != nil {
				return moved
			}
			return n
		})
	}
	return out
}

// semiBelow is what j gives with the semi join further down; nil: it stays where it is.
func semiBelow(j *logical.Join, est *estimate.Estimator) logical.Rel {
	switch below := j.Left.(type) {
	case *logical.Project:
		to := make([]int, len(below.Exprs))
		for i, e := range below.Exprs {
			to[i] = -1
			if c, ok := e.(*expr.Column); ok {
				to[i] = c.Index
			}
		}
		if in := semiOver(j, below.Input, to); in != nil {
			if in := semiBelow(in, est); in != nil {
				return below.WithInputs([]logical.Rel{in})
			}
		}
	case *logical.Join:
		if below.Kind == plan.InnerJoin && len(below.Hints) == 0 {
			return semiBelowJoin(j, below, est)
		}
	}
	return nil
}

func semiBelowJoin(j, below *logical.Join, est *estimate.Estimator) logical.Rel {
	if _, versions := below.Right.(*logical.Snapshot); versions {
		return nil
	}
	sides := []logical.Rel{below.Left, below.Right}
	for s, first := range []int{0, below.Left.Schema().Len()} {
		to := make([]int, below.Schema().Len())
		for i := range to {
			to[i] = i - first
			if i-first >= sides[s].Schema().Len() {
				to[i] = -1
			}
		}
		semi := semiOver(j, sides[s], to)
		if semi == nil || semiShare*est.Of(sides[s]).Count > est.Of(below).Count {
			continue
		}
		sides[s] = semi
		if further := semiBelow(semi, est); further != nil {
			sides[s] = further
		}
		return below.WithInputs(sides)
	}
	return nil
}

// semiOver is the semi join with another left side, where column i of the old one is to[i]; nil:
// its condition uses a column that is not there.
func semiOver(j *logical.Join, left logical.Rel, to []int) *logical.Join {
	width, now := len(to), left.Schema()
	ok, uses := true, false
	condition := expr.Rewrite(j.Condition, func(e expr.Expr) expr.Expr {
		c, column := e.(*expr.Column)
		switch {
		case !column:
			return e
		case c.Index >= width:
			return expr.NewColumn(c.Index-width+now.Len(), c.Name, c.T)
		case to[c.Index] < 0:
			ok = false
			return e
		}
		uses = true
		f := now.Fields[to[c.Index]]
		return expr.NewColumn(to[c.Index], f.Name, c.T)
	})
	if !ok || !uses {
		return nil
	}
	out := *j
	out.Left, out.Condition, out.Out = left, condition, now
	return &out
}
