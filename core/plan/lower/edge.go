package lower

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
)

var partitions = map[string]plan.Partition{
	"": plan.Forward, "forward": plan.Forward, "hash": plan.Hash, "rebalance": plan.Rebalance,
	"rescale": plan.Rescale, "shuffle": plan.Shuffle, "broadcast": plan.Broadcast,
	"global": plan.Global, "custom": plan.Custom,
}

// edge connects two nodes. A hash edge gets an operator in front that computes the key of each
// element; it runs where the element was made, chained to its producer.
func (l *Lowering) edge(e *planpb.Edge) error {
	part, ok := partitions[e.GetPartition()]
	if !ok {
		return errs.Internalf("unknown partition %q", e.GetPartition())
	}
	from, err := l.Find(e.GetFrom())
	if err != nil {
		return err
	}
	to := l.nodes[e.GetTo()]
	if from == nil || to == nil {
		return errs.Internalf("edge from %d to %d: no such node", e.GetFrom(), e.GetTo())
	}
	edge := &plan.Edge{From: from.ID, Output: int(e.GetOutput()), To: to.ID,
		Port: int(e.GetPort()), Partition: part}
	switch {
	case part == plan.Hash && e.GetKeySelector() != nil:
		key := l.keyBy(e, from)
		edge.From, edge.Output = key.ID, 0
	case part == plan.Custom:
		edge.Custom, edge.CustomKey = e.GetPartitioner(), e.GetKeySelector()
	}
	l.Graph.Edges = append(l.Graph.Edges, edge)
	return nil
}

func (l *Lowering) keyBy(e *planpb.Edge, from *plan.Node) *plan.Node {
	spec := l.specs[e.GetFrom()].node
	value := spec.GetOutput()
	if e.GetOutput() > 0 {
		value = spec.GetSideOutputs()[e.GetOutput()-1].GetType()
	}
	key := l.Graph.Add(&plan.Node{
		Name: "KeyBy", Origin: l.specs[e.GetTo()].node.GetOrigin(), Parallelism: from.Parallelism,
		MaxParallelism: from.MaxParallelism, SlotGroup: from.SlotGroup,
		BufferTimeout: from.BufferTimeout, Schema: plan.KeyedSchema(value, e.GetKeyType()),
		Op: &plan.Python{
			Spec: &planpb.PythonOp{Kind: "key_by", Function: e.GetKeySelector(),
				Inputs: []*planpb.TypeInfo{value}, Keys: []*planpb.TypeInfo{e.GetKeyType()}},
			Output: value,
		},
	})
	l.Graph.Edges = append(l.Graph.Edges,
		&plan.Edge{From: from.ID, Output: int(e.GetOutput()), To: key.ID})
	return key
}
