package plan

import (
	"fmt"
	"strings"
)

// PythonFunctions returns the nodes that call Python functions, in order of their numbers.
func (g *Graph) PythonFunctions() []*Node {
	var out []*Node
	for _, n := range g.Nodes {
		if usesPython(n.Op) {
			out = append(out, n)
		}
	}
	return out
}

// ExplainPython says for each operator that calls Python functions where they run: mode is thread
// or process. It is empty for a graph without such operators.
func (g *Graph) ExplainPython(mode string) string {
	var b strings.Builder
	for _, n := range g.PythonFunctions() {
		fmt.Fprintf(&b, "%s(id=[%d]): %s\n", n.Name, n.ID, mode)
	}
	return b.String()
}

// pinnedSource is a source that is written in Python.
type pinnedSource interface{ Pinned() bool }

func usesPython(op Op) bool {
	switch op := op.(type) {
	case *Python, *PythonCalc:
		return true
	case *Correlate:
		return op.Function != nil
	case *GroupAggregate:
		return anyPython(op.Aggs)
	case *WindowAggregate:
		return anyPython(op.Aggs)
	case *Over:
		for i := range op.Calls {
			if op.Calls[i].UDF != nil {
				return true
			}
		}
	case *WatermarkAssigner:
		return op.Watermarks.Python != nil
	case *Source:
		if p, ok := op.Source.(pinnedSource); ok && p.Pinned() {
			return true
		}
		return op.Watermarks != nil && op.Watermarks.Python != nil
	}
	return false
}

func anyPython(calls []AggCall) bool {
	for i := range calls {
		if calls[i].UDF != nil {
			return true
		}
	}
	return false
}
