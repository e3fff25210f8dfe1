package rule

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// PruneEmpty leaves out what can give no rows: where a condition is never TRUE, all that needs its
// rows goes too, sources of the other side of a join included; of COUNT, SUM, MIN and MAX without
// keys their row for no input is left, which a stream gives in this case alone. What tells time
// stays in a stream.
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
		return pruneEmptyAggregate(r, nothing)
	case *logical.Join:
		return pruneEmptyJoin(r, nothing)
	case *logical.SetOp:
		return pruneEmptySetOp(r, nothing)
	}
	return r
}

func pruneEmptyAggregate(r *logical.Aggregate, nothing logical.Rel) logical.Rel {
	switch {
	case !isEmpty(r.Input) || r.Window != nil || r.TableAgg:
		return r
	case len(r.Keys) == 0 && len(r.Sets) <= 1:
		return ofNoRows(r)
	case slices.ContainsFunc(r.Sets, func(s []int) bool { return len(s) == 0 }):
		return r
	}
	return nothing
}

// ofNoRows is the row of aggregates without keys over no rows.
func ofNoRows(r *logical.Aggregate) logical.Rel {
	var row []expr.Expr
	for _, a := range r.Aggs {
		switch a.Name {
		case "COUNT":
			row = append(row, expr.BigInt(0))
		case "SUM", "MIN", "MAX":
			row = append(row, expr.Null(a.Type))
		default:
			return r
		}
	}
	return &logical.Values{Rows: [][]expr.Expr{row}, Out: r.Out}
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
