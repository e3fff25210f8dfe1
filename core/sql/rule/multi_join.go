package rule

import (
	"maps"
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// MultiJoin makes one operator of a chain of inner and left joins of a stream that have a key in
// common (a.k = b.k, b.k = c.k), when table.optimizer.multi-join.enabled or the hint MULTI_JOIN of
// the joins says so: what two of the relations give together is kept nowhere, and a change goes
// through one exchange. RIGHT JOIN at the
// beginning of a chain is a LEFT JOIN with its sides swapped; an inner join's right side may be a
// chain of inner joins itself. Joins that time bounds, FULL, semi and anti joins begin a new chain.
// Last of the rules, so that no other one meets the node.
var MultiJoin = Rule{Name: "multi-join", Forest: multiJoin}

// leastMulti is how many relations one operator pays for.
const leastMulti = 3

func multiJoin(roots []logical.Rel, o Options) []logical.Rel {
	if o.Batch {
		return roots
	}
	out := make([]logical.Rel, len(roots))
	for i, r := range roots {
		out[i] = chained(r, o.MultiJoin)
	}
	return out
}

// Chains says whether the rule would make something of trees that it has left as they are.
func Chains(roots []logical.Rel) bool {
	return !slices.Equal(multiJoin(roots, Options{MultiJoin: true}), roots)
}

// chained puts the chains of a tree together, from the top; all: without hints too.
func chained(r logical.Rel, all bool) logical.Rel {
	if c := chainOf(r, all); c != nil && len(c.rels) >= leastMulti {
		return c.build(r.Schema(), all)
	}
	in := r.Inputs()
	kids := make([]logical.Rel, len(in))
	changed := false
	for i, k := range in {
		kids[i] = chained(k, all)
		changed = changed || kids[i] != k
	}
	if !changed {
		return r
	}
	return r.WithInputs(kids)
}

// joinChain is relations that are joined one by one.
type joinChain struct {
	rels   []logical.Rel
	starts []int // first of all columns of each relation
	width  int
	kinds  []plan.JoinKind
	conds  [][]expr.Expr // of each step, over the columns of all relations
	hints  [][]logical.Hint
	keys   [][]int // keys that all have in common: of each a column of every relation
	out    []int   // which column of all each column of the relation at the top is
}

// alone is a chain of one relation, which any of its columns may join.
func alone(r logical.Rel, ttl []logical.Hint) *joinChain {
	c := &joinChain{rels: []logical.Rel{r}, starts: []int{0}, width: r.Schema().Len(),
		hints: [][]logical.Hint{ttl}, out: identity(r.Schema().Len())}
	for i := range c.out {
		c.keys = append(c.keys, []int{i})
	}
	return c
}

// chainOf is the chain that ends at r; nil: it is no join, or one that nothing is chained to.
func chainOf(r logical.Rel, all bool) *joinChain {
	switch r := r.(type) {
	case *logical.Project:
		return chainBelow(r, all)
	case *logical.Join:
		if !chainable(r, all) {
			return nil
		}
		left, right, kind, swapped := r.Left, r.Right, r.Kind, false
		if kind == plan.RightJoin {
			left, right, kind, swapped = right, left, plan.LeftJoin, true
		}
		ttl := [2][]logical.Hint{ttlHint(r.Hints, "LEFT"), ttlHint(r.Hints, "RIGHT")}
		if swapped {
			ttl[0], ttl[1] = ttl[1], ttl[0]
		}
		head, tail := chainOf(left, all), (*joinChain)(nil)
		if kind == plan.InnerJoin {
			tail = chainOf(right, all)
		}
		// the longest chain that has a key in common
		for _, h := range []*joinChain{head, alone(left, ttl[0])} {
			for _, t := range []*joinChain{tail, alone(right, ttl[1])} {
				if h == nil || t == nil {
					continue
				}
				if c := joinChains(h, t, r, kind, swapped); c != nil {
					return c
				}
			}
		}
	}
	return nil
}

// chainBelow looks through a projection that only picks columns.
func chainBelow(r *logical.Project, all bool) *joinChain {
	picked := make([]int, len(r.Exprs))
	for i, e := range r.Exprs {
		c, ok := e.(*expr.Column)
		if !ok {
			return nil
		}
		picked[i] = c.Index
	}
	c := chainOf(r.Input, all)
	if c != nil {
		c.out = pick(c.out, picked)
	}
	return c
}

// chainable says whether a join is a regular one by its kind and condition.
func chainable(j *logical.Join, all bool) bool {
	if _, versions := j.Right.(*logical.Snapshot); versions || j.Condition == nil ||
		j.Kind != plan.InnerJoin && j.Kind != plan.LeftJoin && j.Kind != plan.RightJoin {
		return false
	}
	for _, h := range j.Hints {
		all = all || h.Name == "MULTI_JOIN"
		if h.Name != "MULTI_JOIN" && h.Name != "STATE_TTL" {
			return false
		}
	}
	if !all {
		return false
	}
	fields := append(slices.Clone(j.Left.Schema().Fields), j.Right.Schema().Fields...)
	return !slices.ContainsFunc(expr.Conjuncts(j.Condition), func(e expr.Expr) bool {
		return !movable(e) || slices.ContainsFunc(expr.Columns(e), func(c int) bool {
			name := fields[c].Name // of a window, which bounds a join by time
			return fields[c].Type.Attr != types.NoTime || name == "window_start" ||
				name == "window_end"
		})
	})
}

// ttlHint is the STATE_TTL of a side as the hint of a relation.
func ttlHint(hints []logical.Hint, side string) []logical.Hint {
	for _, h := range hints {
		if v, ok := h.Options[side]; ok {
			return []logical.Hint{{Name: h.Name, Options: map[string]string{"": v}}}
		}
	}
	return nil
}

// joinChains joins a chain of inner joins, or one relation, to a chain; nil: a relation of it would
// have no key in common with the rest.
func joinChains(
	h, t *joinChain, r *logical.Join, kind plan.JoinKind, swapped bool,
) *joinChain {
	if slices.ContainsFunc(t.kinds, func(k plan.JoinKind) bool { return k != plan.InnerJoin }) {
		return nil
	}
	c := &joinChain{rels: slices.Concat(h.rels, t.rels), width: h.width + t.width,
		starts: slices.Clone(h.starts), kinds: slices.Clone(h.kinds), conds: slices.Clone(h.conds),
		hints: slices.Concat(h.hints, t.hints)}
	right := make([]int, len(t.out)) // its columns
	for i, at := range t.out {
		right[i] = at + h.width
	}
	c.out = slices.Concat(h.out, right)
	if swapped {
		c.out = slices.Concat(right, h.out)
	}
	conds := expr.Conjuncts(expr.Remap(r.Condition, c.out))
	for _, list := range t.conds {
		for _, e := range list {
			conds = append(conds, moved(e, h.width))
		}
	}
	keys := h.keys
	for i, start := range t.starts {
		c.starts = append(c.starts, start+h.width)
		end := h.width + start + t.rels[i].Schema().Len()
		var own []expr.Expr // those that can be asked now
		conds = slices.DeleteFunc(conds, func(e expr.Expr) bool {
			if slices.ContainsFunc(expr.Columns(e), func(c int) bool { return c >= end }) {
				return false
			}
			own = append(own, e)
			return true
		})
		c.kinds, c.conds = append(c.kinds, kind), append(c.conds, own)
		if keys = commonKeys(keys, own, start+h.width); len(keys) == 0 {
			return nil
		}
	}
	c.keys = keys
	return c
}

// commonKeys are the keys that a relation, whose columns begin at start, has in common with those
// before: conditions equate a column of it with one of each.
func commonKeys(keys [][]int, conds []expr.Expr, start int) [][]int {
	var out [][]int
	for _, k := range keys {
		for _, e := range conds {
			if a, b, ok := equated(e, start); ok && slices.Contains(k, a) {
				out = append(out, append(slices.Clone(k), b))
				break
			}
		}
	}
	return out
}

// equated are the columns that e equates: one before start, one from there on.
func equated(e expr.Expr, start int) (before, own int, ok bool) {
	call, isCall := e.(*expr.Call)
	if !isCall || call.Fn.Name != "=" {
		return 0, 0, false
	}
	a, okA := call.Args[0].(*expr.Column)
	b, okB := call.Args[1].(*expr.Column)
	if !okA || !okB || !a.T.EqualIgnoringNull(b.T) || a.T.IsApprox() {
		return 0, 0, false
	}
	if a.Index > b.Index {
		a, b = b, a
	}
	return a.Index, b.Index, a.Index < start && b.Index >= start
}

// relOf is the relation of a column.
func (c *joinChain) relOf(column int) int {
	at := len(c.starts) - 1
	for c.starts[at] > column {
		at--
	}
	return at
}

// build makes the operator, and above it a projection to the columns of the relation that the chain
// is in place of.
func (c *joinChain) build(out *types.Schema, all bool) logical.Rel {
	m := &logical.MultiJoin{Hints: c.hints, Out: &types.Schema{}}
	for i, r := range c.rels {
		r = chained(r, all)
		key := make([]int, len(c.keys))
		for k := range c.keys {
			key[k] = c.keys[k][i] - c.starts[i]
		}
		m.Rels, m.Keys = append(m.Rels, r), append(m.Keys, key)
		kind := plan.InnerJoin
		if i > 0 {
			kind = c.kinds[i-1]
			m.Steps = append(m.Steps, c.step(i))
		}
		m.Out = logical.JoinSchema(kind, m.Out, r.Schema())
	}
	list := make([]expr.Expr, len(c.out))
	same := len(c.out) == m.Out.Len()
	for i, at := range c.out {
		list[i] = expr.NewColumn(at, out.Fields[i].Name, m.Out.Fields[at].Type)
		same = same && i == at
	}
	if same {
		return m
	}
	return &logical.Project{Input: m, Exprs: list, Out: out}
}

// step is how relation i is joined: equalities of common keys are known by the key, the rest is
// asked.
func (c *joinChain) step(i int) logical.JoinStep {
	s := logical.JoinStep{Kind: c.kinds[i-1]}
	with := map[int]bool{}
	var rest []expr.Expr
	for _, e := range c.conds[i-1] {
		a, b, ok := equated(e, c.starts[i])
		if ok && slices.ContainsFunc(c.keys, func(k []int) bool {
			return k[i] == b && k[c.relOf(a)] == a
		}) {
			with[c.relOf(a)] = true
			continue
		}
		rest = append(rest, e)
	}
	s.With = slices.Sorted(maps.Keys(with))
	if len(rest) > 0 {
		s.Condition = conjunction(rest)
	}
	return s
}
