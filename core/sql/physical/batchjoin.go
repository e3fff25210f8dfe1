package physical

import (
	"fmt"
	"runtime"
	"slices"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/estimate"
	"github.com/headrace/headrace/core/sql/logical"
)

// A build side that every subtask gets whole saves the exchange of the other side, and costs a
// table for each.
const (
	broadcastBytes = 10 << 20 // small enough in any case
	// mostBroadcast is how large it may be thought to be when the other side is much larger.
	mostBroadcast = 128 << 20
	// passesOver is how many bytes of the other side could be exchanged while one byte is put into
	// another table.
	passesOver = 2
)

// broadcasts says whether a build side goes to every subtask rather than by key.
func (p *Planner) broadcasts(build, probe *estimate.Rows) bool {
	if !build.Known {
		return false
	}
	subtasks := p.Parallelism
	if subtasks == 0 {
		subtasks = runtime.NumCPU()
	}
	size := build.Bytes()
	return size <= broadcastBytes || size <= mostBroadcast && probe.Known &&
		passesOver*size*float64(subtasks-1) <= probe.Bytes()
}

// batchJoin plans a join of bounded inputs: unless a hint or an option says otherwise the side that
// is thought to be smaller is put into a table, and broadcast when it is small.
func (p *Planner) batchJoin(r *logical.Join, op *plan.Join, left, right Result) Result {
	rows := [2]*estimate.Rows{p.estimate(r.Left), p.estimate(r.Right)}
	choice := p.chooseJoin(r, op, rows)
	e := equi{left: op.LeftKeys, right: op.RightKeys}
	width := left.Node.Schema.Len()
	key := joinKey(r.Kind, e, width, left.Key, right.Key)
	switch choice.name {
	case "sort-merge":
		op.Strategy = choice.name
		n := p.add(op, r.Out, hashed(left.Node, op.LeftKeys), hashed(right.Node, op.RightKeys))
		n.Description = p.describeJoin(r, choice, choice.name, "both sorted", rows)
		return Result{Node: n, Mode: plan.InsertOnly, Key: key, Layout: joinedLayout(op, width, true)}
	case "nested-loop":
		op.LeftKeys, op.RightKeys, op.NullSafe, op.Condition = nil, nil, nil, r.Condition
	}
	build := 1
	switch {
	case choice.side == "LEFT":
		build = 0
	case choice.side == "RIGHT":
	case rows[0].Bytes() < rows[1].Bytes():
		build = 0
	}
	if choice.side != "LEFT" && mustProbe(r.Kind, 0, len(op.LeftKeys)) {
		build = 1 // it can be broadcast only so, and without keys there is no other way
	}
	if choice.side != "RIGHT" && mustProbe(r.Kind, 1, len(op.LeftKeys)) {
		build = 0
	}
	op.Strategy = [...]string{"hash-left", "hash-right"}[build]
	in := [2]Result{left, right}
	edges := [2]input{hashed(left.Node, op.LeftKeys), hashed(right.Node, op.RightKeys)}
	how := choice.name
	probe := in[1-build].Node
	small := p.broadcasts(rows[build], rows[1-build]) || choice.cast
	if (slices.Contains(p.Disabled, broadcastHashJoin) || choice.side != "") && !choice.cast {
		small = false
	}
	if probe.Parallelism != 1 && broadcastable(r.Kind, build) && (small || len(op.LeftKeys) == 0) {
		how = "broadcast " + choice.name
		edges[build] = input{from: in[build].Node, by: plan.Broadcast}
		edges[1-build] = forward(probe)
	}
	if how == "hash" {
		filtered := p.runtimeFilter(r, op, build, in, rows)
		edges[1-build] = hashed(filtered, [2][]int{op.LeftKeys, op.RightKeys}[1-build])
	}
	n := p.add(op, r.Out, edges[0], edges[1])
	lie := joinedLayout(op, width, false)
	if how != choice.name { // the rows of the probe side stay where they are
		n.Parallelism = probe.Parallelism
		lie = layout{parts: in[1-build].Layout.parts}
		if build == 0 {
			lie = lie.moved(func(c int) int { return c + width })
		}
	}
	built := [...]string{"left built", "right built"}[build]
	n.Description = p.describeJoin(r, choice, how, built, rows)
	return Result{Node: n, Mode: plan.InsertOnly, Key: key, Layout: lie}
}

func (p *Planner) describeJoin(
	r *logical.Join, choice joinHow, how, what string, rows [2]*estimate.Rows,
) string {
	return fmt.Sprintf("%s join (%s), %s, rows: left %.3g, right %.3g, out %.3g", how, choice.why,
		what, rows[0].Count, rows[1].Count, p.estimate(r).Count)
}

// mustProbe says whether a side of a join without keys has to be the probe side: the table side of
// such a join goes to every subtask, so rows of it must not come out by themselves.
func mustProbe(kind plan.JoinKind, side, keys int) bool {
	return keys == 0 && broadcastable(kind, 1-side) && !broadcastable(kind, side)
}

// broadcastable says whether every subtask may have the whole of a side: rows of it do not come out
// without a match.
func broadcastable(kind plan.JoinKind, side int) bool {
	switch kind {
	case plan.InnerJoin:
		return true
	case plan.LeftJoin, plan.SemiJoin, plan.AntiJoin:
		return side == 1
	case plan.RightJoin:
		return side == 0
	}
	return false
}

// estimate guesses how many rows a relation has.
func (p *Planner) estimate(r logical.Rel) *estimate.Rows {
	if p.guess == nil {
		p.guess = &estimate.Estimator{Source: func(s *logical.Scan) connector.Source {
			switch {
			case s.PushedSource != nil:
				return s.PushedSource
			case s.Source != nil:
				return s.Source
			}
			src, err := p.Source(s.Table, s.Options, s.Out)
			if err != nil {
				return nil
			}
			return src
		}}
	}
	return p.guess.Of(r)
}
