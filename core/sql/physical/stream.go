package physical

import (
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
)

// ToStream turns a planned relation into a DataStream of its rows: each element is one ROW.
func ToStream(g *plan.Graph, in Result) *plan.Node {
	row := in.Node.Schema.RowType()
	n := g.Add(&plan.Node{Name: "ToDataStream", Op: &plan.ToStream{RowTime: rowTime(in.Node.Schema)},
		Schema:      types.NewSchema(types.F(plan.ValueColumn, row)),
		Parallelism: in.Node.Parallelism, BufferTimeout: 100})
	g.Connect(in.Node, n, plan.Forward)
	return n
}
