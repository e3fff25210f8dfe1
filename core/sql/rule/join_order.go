package rule

import (
	"math"
	"math/bits"
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/estimate"
	"github.com/headrace/headrace/core/sql/logical"
)

// OrderJoins puts the relations of inner joins on top of each other into the order in which the
// intermediate results are thought to be smallest, in batch mode: all orders, bushy ones as well,
// are tried for up to Options.BushyJoins relations, beyond that the best next step is taken. The
// larger side of a join comes first.
var OrderJoins = Rule{Name: "order-joins", Forest: orderJoins}

// mostOrders is up to how many relations all orders are tried, whatever is asked for: their number
// grows threefold with each.
const mostOrders = 14

func orderJoins(roots []logical.Rel, o Options) []logical.Rel {
	if !o.Batch || o.KeepJoins {
		return roots
	}
	est := &estimate.Estimator{Source: o.sourceOf}
	out := make([]logical.Rel, len(roots))
	for i, r := range roots {
		out[i] = orderBelow(r, est, o.BushyJoins)
	}
	return out
}

// orderBelow orders from the top, so that a group of joins is seen whole.
func orderBelow(r logical.Rel, est *estimate.Estimator, most int) logical.Rel {
	if j, ok := r.(*logical.Join); ok && reorderable(j) {
		g := &joinGroup{est: est, most: min(most, mostOrders)}
		g.collect(j, 0)
		for i, leaf := range g.leaves {
			g.leaves[i] = orderBelow(leaf, est, most)
		}
		if len(g.leaves) > 2 {
			return g.ordered(j.Out)
		}
	}
	in := r.Inputs()
	if len(in) == 0 {
		return r
	}
	kids := make([]logical.Rel, len(in))
	changed := false
	for i, k := range in {
		kids[i] = orderBelow(k, est, most)
		changed = changed || kids[i] != k
	}
	if !changed {
		return r
	}
	return r.WithInputs(kids)
}

func reorderable(j *logical.Join) bool {
	_, versions := j.Right.(*logical.Snapshot)
	if j.Kind != plan.InnerJoin || versions || len(j.Hints) > 0 {
		return false
	}
	return j.Condition == nil || !slices.ContainsFunc(expr.Conjuncts(j.Condition),
		func(e expr.Expr) bool { return !movable(e) })
}

// joinGroup is relations that inner joins put together.
type joinGroup struct {
	est    *estimate.Estimator
	most   int // relations of which all orders are tried
	leaves []logical.Rel
	starts []int // first column of each leaf
	conds  []expr.Expr
	uses   []uint64 // leaves of each condition
	cols   []estimate.Column
	fields []types.Field
}

// collect flattens a tree of joins whose first column is at.
func (g *joinGroup) collect(r logical.Rel, at int) {
	j, ok := r.(*logical.Join)
	if !ok || !reorderable(j) {
		g.leaves, g.starts = append(g.leaves, r), append(g.starts, at)
		return
	}
	g.collect(j.Left, at)
	g.collect(j.Right, at+j.Left.Schema().Len())
	if j.Condition == nil {
		return
	}
	for _, c := range expr.Conjuncts(j.Condition) {
		if !expr.IsTrue(c) {
			g.conds = append(g.conds, moved(c, at))
		}
	}
}

// leafOf is the leaf of a column.
func (g *joinGroup) leafOf(c int) int {
	i := len(g.starts) - 1
	for g.starts[i] > c {
		i--
	}
	return i
}

// joinNode is a joined set of leaves.
type joinNode struct {
	set         uint64
	rows        float64
	cost        float64
	left, right *joinNode // nil: a leaf
}

func (g *joinGroup) ordered(out *types.Schema) logical.Rel {
	for _, l := range g.leaves {
		g.cols = append(g.cols, g.est.Of(l).Cols...)
		g.fields = append(g.fields, l.Schema().Fields...)
	}
	for _, c := range g.conds {
		var set uint64
		for _, i := range expr.Columns(c) {
			set |= 1 << g.leafOf(i)
		}
		g.uses = append(g.uses, set)
	}
	var best *joinNode
	if len(g.leaves) <= g.most {
		best = g.all()
	} else {
		best = g.greedy()
	}
	r, order := g.build(best)
	list := make([]expr.Expr, len(g.fields))
	for at, c := range order {
		f := g.fields[c]
		list[c] = expr.NewColumn(at, f.Name, f.Type)
	}
	return &logical.Project{Input: r, Exprs: list, Out: out}
}

// rows is how many rows a set of leaves gives.
func (g *joinGroup) rows(set uint64) float64 {
	n := 1.0
	for i, l := range g.leaves {
		if set&(1<<i) != 0 {
			n *= g.est.Of(l).Count
		}
	}
	var conds []expr.Expr
	for i, u := range g.uses {
		if u != 0 && u&^set == 0 {
			conds = append(conds, g.conds[i])
		}
	}
	return max(n*estimate.Joined(conds, g.cols, g.leafOf), 1)
}

// connected says whether a condition joins two sets.
func (g *joinGroup) connected(a, b uint64) bool {
	for _, u := range g.uses {
		if u&a != 0 && u&b != 0 && u&^(a|b) == 0 {
			return true
		}
	}
	return false
}

func (g *joinGroup) leaf(i int) *joinNode {
	return &joinNode{set: 1 << i, rows: g.est.Of(g.leaves[i]).Count}
}

func (g *joinGroup) join(a, b *joinNode, rows float64) *joinNode {
	if a.rows < b.rows {
		a, b = b, a
	}
	// the rows that come out, and those of the side that is put into a table
	return &joinNode{set: a.set | b.set, rows: rows, left: a, right: b,
		cost: a.cost + b.cost + rows + b.rows}
}

// all tries all orders, sets of leaves by size; only sets without a condition between them are
// joined without one.
func (g *joinGroup) all() *joinNode {
	n := len(g.leaves)
	best := make([]*joinNode, 1<<n)
	for i := range n {
		best[1<<i] = g.leaf(i)
	}
	for size := 2; size <= n; size++ {
		for set := uint64(1); set < 1<<n; set++ {
			if bits.OnesCount64(set) == size {
				best[set] = g.bestOf(set, best)
			}
		}
	}
	return best[1<<n-1]
}

func (g *joinGroup) bestOf(set uint64, best []*joinNode) *joinNode {
	rows := g.rows(set)
	var out *joinNode
	for _, crossed := range []bool{false, true} {
		for a := (set - 1) & set; a > 0; a = (a - 1) & set {
			b := set &^ a
			if a < b || !crossed && !g.connected(a, b) {
				continue
			}
			if n := g.join(best[a], best[b], rows); out == nil || n.cost < out.cost {
				out = n
			}
		}
		if out != nil {
			return out
		}
	}
	return out
}

// greedy joins the two sets that give the fewest rows, again and again.
func (g *joinGroup) greedy() *joinNode {
	var nodes []*joinNode
	for i := range g.leaves {
		nodes = append(nodes, g.leaf(i))
	}
	for len(nodes) > 1 {
		var best *joinNode
		var at [2]int
		for _, crossed := range []bool{false, true} {
			least := math.Inf(1)
			for i := range nodes {
				for k := range i {
					if !crossed && !g.connected(nodes[i].set, nodes[k].set) {
						continue
					}
					rows := g.rows(nodes[i].set | nodes[k].set)
					if best == nil || rows < least {
						best, at, least = g.join(nodes[i], nodes[k], rows), [2]int{i, k}, rows
					}
				}
			}
			if best != nil {
				break
			}
		}
		nodes[at[1]] = best
		nodes = append(nodes[:at[0]], nodes[at[0]+1:]...)
	}
	return nodes[0]
}

// build makes the relation of a node; order says which column of the group each of its columns is.
func (g *joinGroup) build(n *joinNode) (r logical.Rel, order []int) {
	if n.left == nil {
		i := bits.TrailingZeros64(n.set)
		r = g.leaves[i]
		var conds []expr.Expr
		for k, u := range g.uses {
			if u == n.set {
				conds = append(conds, moved(g.conds[k], -g.starts[i]))
			}
		}
		for c := range r.Schema().Len() {
			order = append(order, g.starts[i]+c)
		}
		return above(r, conds), order
	}
	left, a := g.build(n.left)
	right, b := g.build(n.right)
	order = append(a, b...)
	to := make([]int, len(g.fields))
	for at, c := range order {
		to[c] = at
	}
	j := &logical.Join{Kind: plan.InnerJoin, Left: left, Right: right,
		Out: logical.JoinSchema(plan.InnerJoin, left.Schema(), right.Schema())}
	var conds []expr.Expr
	for i, u := range g.uses {
		inOne := u&^n.left.set == 0 || u&^n.right.set == 0
		if u == 0 && n.set == 1<<len(g.leaves)-1 || u != 0 && u&^n.set == 0 && !inOne {
			conds = append(conds, expr.Remap(g.conds[i], to))
		}
	}
	if len(conds) > 0 {
		j.Condition = conjunction(conds)
	}
	return j, order
}
