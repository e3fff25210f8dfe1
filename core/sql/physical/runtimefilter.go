package physical

import (
	"fmt"
	"slices"

	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/estimate"
	"github.com/headrace/headrace/core/sql/logical"
)

// RuntimeFilters says when rows of the probe side of a batch join are filtered by the keys of the
// build side before they are exchanged: table.optimizer.runtime-filter.*.
type RuntimeFilters struct {
	On                 bool
	MaxBuild, MinProbe int64   // bytes of the sides
	MinRatio           float64 // of the probe rows, to be dropped
}

// runtimeFilter puts a filter behind the probe side of a join, where that pays, and returns the
// node that the join is to read.
func (p *Planner) runtimeFilter(
	r *logical.Join, op *plan.Join, build int, in [2]Result, rows [2]*estimate.Rows,
) *plan.Node {
	probe, source := in[1-build].Node, in[build].Node
	f := p.RuntimeFilters
	keys := [2][]int{op.LeftKeys, op.RightKeys}
	small, large := rows[build], rows[1-build]
	if !f.On || len(keys[0]) == 0 || slices.Contains(op.NullSafe, true) ||
		!broadcastable(r.Kind, 1-build) || !small.Known || !large.Known ||
		small.Bytes() > float64(f.MaxBuild) || large.Bytes() < float64(f.MinProbe) ||
		p.related(probe, source) {
		return probe
	}
	ratio := 1 - p.estimate(r).Count/max(large.Count, 1)
	if ratio < f.MinRatio {
		return probe
	}
	n := int64(small.Count) + 1
	made := p.add(&plan.RuntimeFilterBuild{Keys: keys[build], Rows: n}, plan.RuntimeFilterSchema,
		forward(source))
	node := p.add(&plan.RuntimeFilter{Keys: keys[1-build], Rows: n}, probe.Schema, forward(probe),
		input{from: made, by: plan.Broadcast})
	node.Parallelism, node.Mode = probe.Parallelism, in[1-build].Mode
	for _, e := range p.Graph.Inputs(node.ID) {
		e.Pipelined = e.Port == 0
	}
	node.Description = fmt.Sprintf("keys of %.3g rows, about %.2g of the rows dropped",
		small.Count, ratio)
	return node
}

// related says whether a node in front of one is in front of the other, too: then the filter would
// wait for itself.
func (p *Planner) related(a, b *plan.Node) bool {
	seen := map[int]bool{}
	var walk func(id int, visit func(id int) bool) bool
	walk = func(id int, visit func(id int) bool) bool {
		if visit(id) {
			return true
		}
		for _, e := range p.Graph.Inputs(id) {
			if walk(e.From, visit) {
				return true
			}
		}
		return false
	}
	walk(a.ID, func(id int) bool { seen[id] = true; return false })
	return walk(b.ID, func(id int) bool { return seen[id] })
}
