package physical

import (
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
)

// splits says whether subtasks aggregate what they have before rows are exchanged: as
// table.optimizer.agg-phase-strategy says, by itself when there are several subtasks. In streaming
// mode only mini-batches are aggregated beforehand.
func (p *Planner) splits(in Result, aggs []plan.AggCall) bool {
	if !in.Mode.IsInsertOnly() || !p.Batch && p.MiniBatchMs <= 0 && p.MiniBatch <= 0 ||
		len(aggs) == 0 && !p.Batch || !splittable(in.Node, aggs) {
		return false
	}
	switch p.AggPhases {
	case "ONE_PHASE":
		return false
	case "TWO_PHASE":
		return true
	}
	return in.Node.Parallelism != 1
}

// splittable says whether partial results of all calls can be merged.
func splittable(in *plan.Node, aggs []plan.AggCall) bool {
	for i := range aggs {
		c := &aggs[i]
		fn, ok := function.LookupAggregate(c.Name)
		if c.UDF != nil || !ok || fn.Ordered || c.Distinct || len(c.Order) > 0 {
			return false
		}
		if b, err := c.Bind(in.Schema); err != nil || !b.Splittable {
			return false
		}
	}
	return true
}

// twoPhases aggregates in each subtask, then by key.
func (p *Planner) twoPhases(
	in Result, keys []int, aggs []plan.AggCall, out *types.Schema, needBefore bool,
) Result {
	partial := &types.Schema{}
	key := make([]int, len(keys))
	for i, k := range keys {
		key[i] = i
		partial.Fields = append(partial.Fields, in.Node.Schema.Fields[k])
	}
	for i := range aggs {
		partial.Fields = append(partial.Fields, types.F(aggs[i].OutName, plan.PartialType))
	}
	local := p.add(&plan.GroupAggregate{Keys: keys, Aggs: aggs, Phase: plan.LocalPhase,
		MiniBatchMs: p.MiniBatchMs, MiniBatchMax: p.MiniBatch}, partial, forward(in.Node))
	local.Name = "LocalGroupAggregate"
	n := p.add(&plan.GroupAggregate{Keys: key, Aggs: aggs, Phase: plan.GlobalPhase,
		Rows: in.Node.Schema, UpdateBefore: needBefore, StateTTLMs: p.StateTTLMs,
		MiniBatchMs: p.MiniBatchMs, MiniBatchMax: p.MiniBatch}, out, hashed(local, key))
	res := Result{Node: n, Mode: p.produced(false, needBefore), Key: key}
	if p.Batch {
		n.Description = "exchanged by key, behind a phase in each subtask"
		res.Layout = byKey(len(keys))
	}
	return res
}
