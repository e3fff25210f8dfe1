package rule

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// LimitThrough has the inputs of UNION ALL, and the side that an outer join keeps, give no more rows
// than LIMIT asks for, the first ones in its order: each of them comes out once or more. The limit
// stays. Batch mode only: in a stream it is a state of rows.
var LimitThrough = Rule{Name: "limit-through", Apply: limitThrough}

func limitThrough(r logical.Rel, o Options) logical.Rel {
	sort, ok := r.(*logical.Sort)
	if !ok || !o.Batch || sort.Fetch < 0 {
		return r
	}
	in, ok := limitBelow(sort.Input, sort.Keys, sort.Offset+sort.Fetch)
	if !ok {
		return r
	}
	return sort.WithInputs([]logical.Rel{in})
}

// limitBelow limits what r is made of to its first n rows; false: there is nothing to limit.
func limitBelow(r logical.Rel, keys []plan.SortKey, n int64) (logical.Rel, bool) {
	switch r := r.(type) {
	case *logical.Project:
		below := slices.Clone(keys)
		for i, k := range keys {
			c, ok := r.Exprs[k.Column].(*expr.Column)
			if !ok {
				return r, false
			}
			below[i].Column = c.Index
		}
		in, ok := limitBelow(r.Input, below, n)
		if !ok {
			return r, false
		}
		return r.WithInputs([]logical.Rel{in}), true
	case *logical.SetOp:
		if r.Kind != "UNION" || !r.All {
			return r, false
		}
		rels := make([]logical.Rel, len(r.Rels))
		for i, in := range r.Rels {
			rels[i] = limitedTo(in, keys, n)
		}
		return r.WithInputs(rels), true
	case *logical.Join:
		return limitBelowJoin(r, keys, n)
	}
	return r, false
}

func limitBelowJoin(j *logical.Join, keys []plan.SortKey, n int64) (logical.Rel, bool) {
	if _, versions := j.Right.(*logical.Snapshot); versions {
		return j, false
	}
	width := j.Left.Schema().Len()
	c := *j
	switch j.Kind {
	case plan.LeftJoin:
		if slices.ContainsFunc(keys, func(k plan.SortKey) bool { return k.Column >= width }) {
			return j, false
		}
		c.Left = limitedTo(j.Left, keys, n)
	case plan.RightJoin:
		right := slices.Clone(keys)
		for i := range right {
			if right[i].Column -= width; right[i].Column < 0 {
				return j, false
			}
		}
		c.Right = limitedTo(j.Right, right, n)
	default:
		return j, false
	}
	return &c, true
}

// limitedTo is the first n rows of r, further down where that can be.
func limitedTo(r logical.Rel, keys []plan.SortKey, n int64) logical.Rel {
	if s, ok := r.(*logical.Sort); ok && s.Fetch >= 0 && s.Fetch <= n {
		return r
	}
	in, _ := limitBelow(r, keys, n)
	return &logical.Sort{Input: in, Keys: keys, Fetch: n}
}
