package binder

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// decorrelate takes the conditions that mention the outer query out of a subquery and returns them
// over the subquery's output, which grows by the columns that they need. Aggregates on the way get
// those columns as keys: that is only right for equalities, so value (a scalar subquery) refuses
// others.
func decorrelate(r logical.Rel, value bool) (logical.Rel, []expr.Expr, error) {
	if !isCorrelated(r) {
		return r, nil, nil
	}
	switch r := r.(type) {
	case *logical.Filter:
		return decorrelateFilter(r, value)
	case *logical.Project:
		return decorrelateProject(r, value)
	case *logical.Aggregate:
		return decorrelateAggregate(r)
	case *logical.Distinct:
		in, conds, err := decorrelate(r.Input, value)
		return &logical.Distinct{Input: in}, conds, err
	case *logical.Join:
		return decorrelateJoin(r, value)
	case *logical.Sort:
		if r.Fetch < 0 && r.Offset == 0 {
			return decorrelate(r.Input, value)
		}
		return decorrelateLimit(r, value)
	}
	return nil, nil, errMisplaced()
}

// isCorrelated says whether an outer column is used anywhere below.
func isCorrelated(r logical.Rel) bool {
	for _, e := range relExprs(r) {
		if hasOuter(e) {
			return true
		}
	}
	return slices.ContainsFunc(r.Inputs(), isCorrelated)
}

func relExprs(r logical.Rel) []expr.Expr {
	switch r := r.(type) {
	case *logical.Filter:
		return []expr.Expr{r.Condition}
	case *logical.Project:
		return r.Exprs
	case *logical.Join:
		if r.Condition != nil {
			return []expr.Expr{r.Condition}
		}
	case *logical.Correlate:
		if r.Condition != nil {
			return append(slices.Clip(r.Args), r.Condition)
		}
		return r.Args
	case *logical.Values:
		return slices.Concat(r.Rows...)
	}
	return nil
}

func hasOuter(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		_, ok := e.(*outerColumn)
		found = found || ok
		return !found
	})
	return found
}

func decorrelateFilter(r *logical.Filter, value bool) (logical.Rel, []expr.Expr, error) {
	in, conds, err := decorrelate(r.Input, value)
	if err != nil {
		return nil, nil, err
	}
	var own []expr.Expr
	for _, c := range expr.Conjuncts(r.Condition) {
		if hasOuter(c) {
			conds = append(conds, c)
		} else {
			own = append(own, c)
		}
	}
	if len(own) > 0 {
		cond, err := expr.NewAnd(own...)
		if err != nil {
			return nil, nil, err
		}
		in = &logical.Filter{Input: in, Condition: cond}
	}
	return in, conds, nil
}

func decorrelateProject(r *logical.Project, value bool) (logical.Rel, []expr.Expr, error) {
	in, conds, err := decorrelate(r.Input, value)
	if err != nil {
		return nil, nil, err
	}
	p := &projector{input: in, exprs: slices.Clone(r.Exprs), names: r.Out.Names()}
	if slices.ContainsFunc(r.Exprs, hasOuter) {
		return nil, nil, errs.Userf("a subquery's select list refers to the outer query")
	}
	conds = lift(p, in, conds)
	return project(in, p.exprs, p.names), conds, nil
}

// lift makes the columns that the conditions use part of p and moves the conditions there.
func lift(p *projector, in logical.Rel, conds []expr.Expr) []expr.Expr {
	to := make([]int, in.Schema().Len())
	for i := range to {
		to[i] = -1
	}
	out := make([]expr.Expr, len(conds))
	for i, c := range conds {
		for _, col := range expr.Columns(c) {
			if to[col] < 0 {
				f := in.Schema().Fields[col]
				to[col] = p.column(expr.NewColumn(col, f.Name, f.Type))
			}
		}
		out[i] = expr.Remap(c, to)
	}
	return out
}

// decorrelateAggregate adds the subquery's side of each equality to the keys.
func decorrelateAggregate(r *logical.Aggregate) (logical.Rel, []expr.Expr, error) {
	if len(r.Sets) > 1 || r.Window != nil {
		return nil, nil, errs.Userf("a correlated subquery cannot have grouping sets or a window")
	}
	in, conds, err := decorrelate(r.Input, true)
	if err != nil {
		return nil, nil, err
	}
	keys := slices.Clone(r.Keys)
	at := map[int]int{} // input column → key
	for i, k := range keys {
		at[k] = i
	}
	for _, c := range conds {
		if isLoose(c) {
			return nil, nil, errs.Userf(
				"an aggregate in a correlated subquery needs equalities with the outer query, not %s", c)
		}
		for _, col := range expr.Columns(c) {
			if _, ok := at[col]; !ok {
				at[col] = len(keys)
				keys = append(keys, col)
			}
		}
	}
	a := *r
	a.Input, a.Keys = in, keys
	set := make([]int, len(keys))
	for i := range set {
		set[i] = i
	}
	a.Sets = [][]int{set}
	a.Out = aggregateSchema(&a)
	// the subquery's own columns first, as before, then the new keys
	p := emptyProjector(&a)
	add := func(i int) {
		f := a.Out.Fields[i]
		p.exprs, p.names = append(p.exprs, expr.NewColumn(i, f.Name, f.Type)), append(p.names, f.Name)
	}
	for i := range r.Keys {
		add(i)
	}
	for i := range r.Aggs {
		add(len(keys) + i)
	}
	where := map[int]int{}
	for i := len(r.Keys); i < len(keys); i++ {
		where[i] = len(p.exprs)
		add(i)
	}
	out := make([]expr.Expr, len(conds))
	for i, c := range conds {
		to := make([]int, in.Schema().Len())
		for col, key := range at {
			to[col] = key
			if key >= len(r.Keys) {
				to[col] = where[key]
			}
		}
		out[i] = expr.Remap(c, to)
	}
	return project(&a, p.exprs, p.names), out, nil
}

func decorrelateJoin(r *logical.Join, value bool) (logical.Rel, []expr.Expr, error) {
	if r.Kind != plan.InnerJoin && (isCorrelated(r.Right) || r.Kind != plan.LeftJoin &&
		r.Kind != plan.SemiJoin && r.Kind != plan.AntiJoin) {
		return nil, nil, errs.Userf("an outer join in a subquery refers to the outer query")
	}
	left, lc, err := decorrelate(r.Left, value)
	if err != nil {
		return nil, nil, err
	}
	right, rc, err := decorrelate(r.Right, value)
	if err != nil {
		return nil, nil, err
	}
	oldLeft, oldRight := r.Left.Schema().Len(), r.Right.Schema().Len()
	newLeft := left.Schema().Len()
	// columns of the old join in the new one, which may have grown on both sides
	to := make([]int, oldLeft+oldRight)
	for i := range to {
		to[i] = i
		if i >= oldLeft {
			to[i] = i - oldLeft + newLeft
		}
	}
	j := *r
	j.Left, j.Right = left, right
	j.Out = logical.JoinSchema(r.Kind, left.Schema(), right.Schema())
	conds := lc
	for _, c := range rc {
		conds = append(conds, shift(c, newLeft))
	}
	j.Condition = nil
	var own []expr.Expr
	if r.Condition != nil {
		for _, c := range expr.Conjuncts(r.Condition) {
			c = expr.Remap(c, to)
			if hasOuter(c) {
				conds = append(conds, c)
			} else {
				own = append(own, c)
			}
		}
	}
	if len(own) > 0 {
		if j.Condition, err = expr.NewAnd(own...); err != nil {
			return nil, nil, err
		}
	}
	// the subquery's own columns first
	p := emptyProjector(&j)
	width := r.Schema().Len()
	for i := 0; i < width; i++ {
		f := j.Out.Fields[to[i]]
		p.exprs = append(p.exprs, expr.NewColumn(to[i], f.Name, f.Type))
		p.names = append(p.names, f.Name)
	}
	conds = lift(p, &j, conds)
	return project(&j, p.exprs, p.names), conds, nil
}

func shift(e expr.Expr, by int) expr.Expr {
	return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		if c, ok := e.(*expr.Column); ok {
			return expr.NewColumn(c.Index+by, c.Name, c.T)
		}
		return e
	})
}

// decorrelateLimit turns ORDER BY … LIMIT n of a correlated subquery into the first n rows of each
// combination of the correlated columns.
func decorrelateLimit(r *logical.Sort, value bool) (logical.Rel, []expr.Expr, error) {
	in, conds, err := decorrelate(r.Input, value)
	if err != nil {
		return nil, nil, err
	}
	rank := &logical.Rank{Input: in, Function: "row_number", Order: r.Keys, From: r.Offset + 1,
		To: r.Offset + r.Fetch, Out: in.Schema()}
	for _, c := range conds {
		if isLoose(c) {
			return nil, nil, errs.Userf("LIMIT in a correlated subquery needs equalities, not %s", c)
		}
		rank.Partition = append(rank.Partition, expr.Columns(c)...)
	}
	return rank, conds, nil
}

// correlatedJoin joins a derived table that refers to the tables on its left. The columns of both
// come first; firstColumns takes away what follows.
func correlatedJoin(kind plan.JoinKind, left, right logical.Rel) (*logical.Join, error) {
	flat, conds, err := flatten(left, right, true, false, kind == plan.InnerJoin)
	if err != nil {
		return nil, err
	}
	width := left.Schema().Len()
	join := &logical.Join{Kind: kind, Left: left, Right: flat,
		Out: logical.JoinSchema(kind, left.Schema(), flat.Schema())}
	list := make([]expr.Expr, len(conds))
	for i, c := range conds {
		list[i] = overJoin(c, width)
	}
	if len(list) > 0 {
		join.Condition, err = expr.NewAnd(list...)
	}
	return join, err
}
