package rule

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// PruneEmpty leaves out what can give no rows: where a condition is never TRUE, all that needs its
// rows goes too, sources of the other side of a join included. What tells time stays in a stream,
// and so do aggregates without keys, which have a row for no input.
var PruneEmpty = Rule{Name: "prune-empty", Apply: pruneEmpty}

func pruneEmpty(r logical.Rel, o Options) logical.Rel {
	if !o.Batch && hasTimeAttribute(r.Schema()) {
		return r
	}
	nothing := &logical.Values{Out: r.Schema()}
	switch r := r.(type) {
	case *logical.Filter, *logical.Project, *logical.Distinct, *logical.Over, *logical.Rank,
		*logical.Correlate:
		if isEmpty(r.Inputs()[0]) {
			return nothing
		}
	case *logical.Sort:
		if isEmpty(r.Input) || r.Fetch == 0 {
			return nothing
		}
	case *logical.Aggregate:
		if isEmpty(r.Input) && len(r.Keys) > 0 && r.Window == nil && !r.TableAgg &&
			!slices.ContainsFunc(r.Sets, func(s []int) bool { return len(s) == 0 }) {
			return nothing
		}
	case *logical.Join:
		return pruneEmptyJoin(r, nothing)
	case *logical.SetOp:
		return pruneEmptySetOp(r, nothing)
	}
	return r
}

func isEmpty(r logical.Rel) bool {
	v, ok := r.(*logical.Values)
	return ok && len(v.Rows) == 0
}

func pruneEmptyJoin(j *logical.Join, nothing logical.Rel) logical.Rel {
	if _, versions := j.Right.(*logical.Snapshot); versions {
		return j
	}
	left, right := isEmpty(j.Left), isEmpty(j.Right)
	width := j.Left.Schema().Len()
	switch {
	case !left && !right:
		return j
	case left && j.Kind != plan.RightJoin && j.Kind != plan.FullJoin || left && right,
		j.Kind == plan.InnerJoin, j.Kind == plan.SemiJoin,
		right && j.Kind == plan.RightJoin:
		return nothing
	case j.Kind == plan.AntiJoin:
		return j.Left
	case right: // the left side, padded
		return padded(j, j.Left, 0, width)
	}
	return padded(j, j.Right, width, j.Out.Len())
}

// padded is a side of a join, whose columns begin at from and end before to in the join, with NULLs
// for the other's.
func padded(j *logical.Join, side logical.Rel, from, to int) logical.Rel {
	list := make([]expr.Expr, j.Out.Len())
	for i, f := range j.Out.Fields {
		if i >= from && i < to {
			list[i] = expr.NewColumn(i-from, f.Name, side.Schema().Fields[i-from].Type)
		} else {
			list[i] = expr.Null(f.Type)
		}
	}
	return &logical.Project{Input: side, Exprs: list, Out: j.Out}
}

func pruneEmptySetOp(s *logical.SetOp, nothing logical.Rel) logical.Rel {
	if !slices.ContainsFunc(s.Rels, isEmpty) {
		return s
	}
	full := slices.DeleteFunc(slices.Clone(s.Rels), isEmpty)
	switch {
	case len(full) == 0, s.Kind == "INTERSECT", s.Kind == "EXCEPT" && isEmpty(s.Rels[0]):
		return nothing
	case len(full) > 1:
		return s.WithInputs(full)
	}
	in := full[0]
	list := make([]expr.Expr, s.Out.Len()) // under the names of the result
	for i, f := range s.Out.Fields {
		list[i] = expr.NewColumn(i, f.Name, in.Schema().Fields[i].Type)
	}
	out := logical.Rel(&logical.Project{Input: in, Exprs: list, Out: s.Out})
	if !s.All {
		return &logical.Distinct{Input: out}
	}
	return out
}
