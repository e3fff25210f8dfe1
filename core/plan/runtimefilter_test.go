package plan

import (
	"slices"
	"testing"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
)

// filtered makes a source of two columns, a calculation that turns them around and appends a sum,
// and a runtime filter by all three.
func filtered() (g *Graph, source, calc, filter *Node) {
	g = &Graph{}
	kinds := [...]types.Type{types.Of(types.BigInt), types.Of(types.Int)}
	a, b := expr.NewColumn(0, "a", kinds[0]), expr.NewColumn(1, "b", kinds[1])
	source = g.Add(&Node{Op: &Source{}, Parallelism: 2,
		Schema: types.NewSchema(types.F("a", kinds[0]), types.F("b", kinds[1]))})
	calc = g.Add(&Node{Op: &Calc{Exprs: []expr.Expr{b, a, expr.MustCall("+", b, b)}}, Parallelism: 2})
	build := g.Add(&Node{Op: &RuntimeFilterBuild{}, Parallelism: 1})
	filter = g.Add(&Node{Op: &RuntimeFilter{Keys: []int{2, 0, 1}}, Parallelism: 2})
	g.Connect(source, calc, Forward)
	g.Connect(calc, filter, Forward)
	g.Connect(build, filter, Broadcast).Port = 1
	return g, source, calc, filter
}

func TestFilteredScanFollowsColumns(t *testing.T) {
	g, source, _, filter := filtered()
	scan, columns := g.FilteredScan(filter)
	if scan != source || !slices.Equal(columns, []int{-1, 1, 0}) {
		t.Errorf("got %v, %v", scan, columns)
	}
	if g.ScanFilter(source) != filter {
		t.Error("the source does not find its filter")
	}
}

// TestFilteredScanIsReadByNobodyElse has sources that must not leave rows out.
func TestFilteredScanIsReadByNobodyElse(t *testing.T) {
	for name, change := range map[string]func(g *Graph, source, calc, filter *Node){
		"read by others": func(g *Graph, source, _, _ *Node) {
			g.Connect(source, g.Add(&Node{Op: &Sink{}}), Forward)
		},
		"calculation read by others": func(g *Graph, _, calc, _ *Node) {
			g.Connect(calc, g.Add(&Node{Op: &Sink{}}), Hash, 0)
		},
		"exchanged before":       func(g *Graph, _, _, _ *Node) { g.Edges[0].Partition = Rebalance },
		"of another parallelism": func(_ *Graph, source, _, _ *Node) { source.Parallelism = 1 },
		"behind a limit":         func(_ *Graph, _, calc, _ *Node) { calc.Op = &Limit{Fetch: 3} },
		"by computed values only": func(_ *Graph, _, _, filter *Node) {
			filter.Op.(*RuntimeFilter).Keys = []int{2}
		},
		"by texts": func(_ *Graph, source, _, _ *Node) {
			for i := range source.Schema.Fields {
				source.Schema.Fields[i].Type = types.String()
			}
		},
	} {
		g, source, calc, filter := filtered()
		change(g, source, calc, filter)
		if scan, _ := g.FilteredScan(filter); scan != nil || g.ScanFilter(source) != nil {
			t.Errorf("%s: it is narrowed", name)
		}
	}
}
