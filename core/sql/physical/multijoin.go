package physical

import (
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// multiJoin plans joins of one key as one operator.
func (p *Planner) multiJoin(r *logical.MultiJoin, needBefore bool) (Result, error) {
	op := &plan.MultiJoin{Keys: r.Keys}
	var edges []input
	var sides []Result
	var mode plan.ChangelogMode
	for i, rel := range r.Rels {
		in, err := p.Plan(rel, true)
		if err != nil {
			return in, err
		}
		sides, edges = append(sides, in), append(edges, hashed(in.Node, r.Keys[i]))
		op.TTLMs = append(op.TTLMs, hintTTL(r.Hints[i], "", p.StateTTLMs))
		mode |= in.Mode
	}
	key, width := sides[0].Key, r.Rels[0].Schema().Len()
	stays := staysIn(sides[0], r.Keys[0])
	for i, s := range r.Steps {
		op.Steps = append(op.Steps, plan.MultiJoinStep{Type: s.Kind, With: s.With,
			Condition: s.Condition})
		if s.Kind == plan.LeftJoin {
			mode |= p.produced(true, needBefore)
		}
		key = joinKey(s.Kind, stepKeys(r, i), width, key, sides[i+1].Key)
		stays = stays && s.Condition == nil && staysIn(sides[i+1], r.Keys[i+1])
		width += r.Rels[i+1].Schema().Len()
	}
	res := Result{Node: p.add(op, r.Out, edges...), Mode: mode, Key: key}
	if !needBefore && stays {
		res = p.withoutBefore(res)
	}
	return res, nil
}

// stepKeys are the columns that step i equates: right of its relation, left of all those before.
func stepKeys(r *logical.MultiJoin, i int) equi {
	var e equi
	width := 0
	for at, rel := range r.Rels[:i+1] {
		for m, k := range r.Keys[at] {
			for _, with := range r.Steps[i].With {
				if with == at {
					e.left, e.right = append(e.left, width+k), append(e.right, r.Keys[i+1][m])
				}
			}
		}
		width += rel.Schema().Len()
	}
	if r.Steps[i].Condition == nil {
		return e
	}
	for _, c := range expr.Conjuncts(r.Steps[i].Condition) {
		if more, err := splitJoin(c, width); err == nil && more.rest == nil && !more.nullSafe[0] {
			e.left, e.right = append(e.left, more.left...), append(e.right, more.right...)
		}
	}
	return e
}
