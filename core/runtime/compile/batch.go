package compile

import (
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/hashjoin"
)

// batchJoin makes the operator of a join of bounded inputs.
func batchJoin(n *plan.Node, op *plan.Join, env *Env) operator.Operator {
	if op.Strategy == "sort-merge" {
		return hashjoin.NewMerge(op, inputAt(n, env, 0), inputAt(n, env, 1), n.Schema)
	}
	build := 1
	if op.Strategy == "hash-left" {
		build = 0
	}
	return hashjoin.New(op, inputAt(n, env, 0), inputAt(n, env, 1), n.Schema, build,
		oneSource(env.Graph, n.ID))
}

// hashes says whether an aggregation of a bounded input runs in a hash table: those of Python
// functions, and of changelogs, keep keyed state.
func hashes(op *plan.GroupAggregate) bool {
	for i := range op.Aggs {
		if op.Aggs[i].UDF != nil {
			return false
		}
	}
	return !op.TableAgg && !op.Retracting
}

// oneSource says whether two inputs of a node come from one node: who reads one of them to its
// end first would wait for ever, as that node waits for its other consumer.
func oneSource(g *plan.Graph, id int) bool {
	seen := map[int]int{} // node → port of the join
	for _, e := range g.Inputs(id) {
		for _, from := range ancestors(g, e.From) {
			if port, ok := seen[from]; ok && port != e.Port {
				return true
			}
			seen[from] = e.Port
		}
	}
	return false
}

// ancestors are a node and all that it gets rows from.
func ancestors(g *plan.Graph, id int) []int {
	all, seen := []int{id}, map[int]bool{id: true}
	for i := 0; i < len(all); i++ {
		for _, e := range g.Inputs(all[i]) {
			if !seen[e.From] {
				seen[e.From] = true
				all = append(all, e.From)
			}
		}
	}
	return all
}
