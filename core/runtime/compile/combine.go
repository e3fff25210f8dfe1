package compile

import (
	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/fold"
	"github.com/headrace/headrace/core/runtime/operator/process"
)

// combine is a reduce in front of the exchange that leads to it; only this package makes it.
type combine struct{ reduce *plan.Node }

var _ plan.Op = (*combine)(nil)

// Kind implements plan.Op.
func (*combine) Kind() string { return "Combine" }

func init() {
	Register(func(n *plan.Node, op *combine, _ *Env) (operator.Operator, error) {
		rows := process.NewCombine(stageOf(op.reduce), n.Schema)
		if spec, ok := folds(op.reduce); ok {
			return fold.NewPart(rows, spec, n.Schema), nil
		}
		return rows, nil
	})
}

// combineFirst puts, in batch mode, a combine in front of the exchange of each keyed sum, min, max,
// min_by and max_by, and of reduces when headrace.batch.pre-aggregation is ALL.
func combineFirst(g *plan.Graph, cfg config.Map) error {
	which, err := config.PreAggregation.Get(cfg)
	if err != nil || which == "NONE" {
		return err
	}
	for _, e := range g.Edges {
		from, to := g.Nodes[e.From], g.Nodes[e.To]
		if e.Partition != plan.Hash || !combinable(to, which) {
			continue
		}
		if key, ok := from.Op.(*plan.Python); !ok || key.Kind() != "key_by" {
			continue
		}
		n := g.Add(&plan.Node{UID: to.UID + "-combine", Name: "Combine", Origin: to.Origin,
			Parallelism: from.Parallelism, MaxParallelism: from.MaxParallelism,
			SlotGroup: from.SlotGroup, BufferTimeout: from.BufferTimeout, Schema: from.Schema,
			Op: &combine{reduce: to}})
		g.Connect(from, n, plan.Forward)
		e.From = n.ID
	}
	return nil
}

// folds says whether a reduce of batch mode can be done by columns.
func folds(n *plan.Node) (fold.Spec, bool) {
	op, ok := n.Op.(*plan.Python)
	if !ok || op.Kind() != "reduce" || n.Schema.Len() != 1 || len(n.SideSchemas) > 0 {
		return fold.Spec{}, false
	}
	return fold.SpecOf(op.Spec.GetOptions(), n.Schema.Fields[0].Type)
}

// combinable says whether the results of parts of a key's rows may be joined by the same function.
// That is known of the functions that headrace has; a user's is only taken at its word.
func combinable(n *plan.Node, which string) bool {
	op, ok := n.Op.(*plan.Python)
	if !ok || op.Kind() != "reduce" {
		return false
	}
	return op.Spec.GetOptions()["combinable"] == "true" || which == "ALL"
}
