package physical

import (
	"slices"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
)

// inPlace says whether bounded rows can be aggregated where they are, since the rows of a key are in
// one subtask. Python functions keep keyed state, for which rows are exchanged and sorted.
func (p *Planner) inPlace(in Result, keys []int, aggs []plan.AggCall) bool {
	return p.Batch && in.Mode.IsInsertOnly() && len(keys) > 0 && p.AggPhases != "TWO_PHASE" &&
		in.Layout.collocates(keys) &&
		!slices.ContainsFunc(aggs, func(c plan.AggCall) bool { return c.UDF != nil })
}

// aggregateInPlace aggregates without an exchange: by sort aggregation, which has one group at a
// time, when rows of a key come together, else in a hash table.
func (p *Planner) aggregateInPlace(
	in Result, keys []int, aggs []plan.AggCall, out *types.Schema,
) Result {
	op := &plan.GroupAggregate{Keys: keys, Aggs: retract(aggs, false),
		Together: in.Layout.gathers(keys)}
	n := p.add(op, out, forward(in.Node))
	n.Mode = plan.InsertOnly
	n.Description = "not exchanged: each key is in one subtask"
	if op.Together {
		n.Name = "SortAggregate"
		n.Description = "not exchanged: the input has the rows of each key together"
	}
	key := make([]int, len(keys))
	for i := range keys {
		key[i] = i
	}
	return Result{Node: n, Mode: plan.InsertOnly, Key: key, Layout: in.Layout.aggregated(keys)}
}
