package physical

import (
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
)

// splittable says whether subtasks of a bounded input may aggregate what they have before rows are
// exchanged: partial results of all calls can be merged, and there are several subtasks.
func splittable(in *plan.Node, aggs []plan.AggCall) bool {
	for i := range aggs {
		c := &aggs[i]
		fn, ok := function.LookupAggregate(c.Name)
		if c.UDF != nil || !ok || fn.Ordered || c.Distinct || len(c.Order) > 0 {
			return false
		}
		args := make([]function.Arg, len(c.Args))
		for k, a := range c.Args {
			args[k].Type = in.Schema.Fields[a].Type
			if l, ok := c.Consts[k].(*expr.Literal); ok {
				args[k].Value = l.Value
			}
		}
		if b, err := fn.Infer(args); err != nil || !b.Splittable {
			return false
		}
	}
	return in.Parallelism != 1
}

// twoPhases aggregates in each subtask, then by key.
func (p *Planner) twoPhases(in Result, keys []int, aggs []plan.AggCall, out *types.Schema) Result {
	partial := &types.Schema{}
	key := make([]int, len(keys))
	for i, k := range keys {
		key[i] = i
		partial.Fields = append(partial.Fields, in.Node.Schema.Fields[k])
	}
	for i := range aggs {
		partial.Fields = append(partial.Fields, types.F(aggs[i].OutName, plan.PartialType))
	}
	local := p.add(&plan.GroupAggregate{Keys: keys, Aggs: aggs, Phase: plan.LocalPhase}, partial,
		forward(in.Node))
	local.Name = "LocalGroupAggregate"
	n := p.add(&plan.GroupAggregate{Keys: key, Aggs: aggs, Phase: plan.GlobalPhase,
		Rows: in.Node.Schema}, out, hashed(local, key))
	return Result{Node: n, Mode: plan.InsertOnly, Key: key}
}
