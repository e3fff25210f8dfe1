package job

import (
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
	"github.com/headrace/headrace/core/runtime/exchange"
)

// readings says who reads which pieces of the inputs of a vertex, by port; nil: each subtask its own
// part. All results that the vertex reads are complete. It says the same for every subtask, as long
// as no result is made anew; when one is, all that have begun to read it start again.
func (x *execution) readings(v *compile.Vertex) *reading {
	may := divisible(v)
	if !x.job.layout.Batch || v.Parallelism < 2 || may == ([2]bool{}) || x.outlives(v) ||
		!scattered(v) {
		return nil
	}
	var sizes [2][]int64
	for port := range sizes {
		sizes[port] = make([]int64, v.Parallelism)
	}
	for _, l := range v.Inputs {
		for _, r := range x.results.made[l] {
			for p := range sizes[l.Edge.Port] {
				sizes[l.Edge.Port][p] += r.PartBytes(p)
			}
		}
	}
	r, why := x.spreading.spread(sizes, may)
	if r != nil && !x.spreads[v] {
		x.spreads[v] = true
		x.job.log.Info("a join reads its inputs evenly", "job", x.job.ID, "join", v.Name, "why", why)
	}
	return r
}

// outlives says that what the subtasks of a vertex wrote may count although results that they read
// are made anew, in another order, for others of them.
func (x *execution) outlives(v *compile.Vertex) bool {
	return x.job.restart != (noRestart{}) && x.shape.sinks[x.shape.of[taskID{v.ID, 0}]]
}

// divisible says of which inputs of a join by key rows may be divided among subtasks that each
// have all rows of the other input: no row of that comes out without a match.
func divisible(v *compile.Vertex) (may [2]bool) {
	op, ok := v.Nodes[0].Op.(*plan.Join)
	if !ok || op.Strategy == "" || len(op.LeftKeys) == 0 {
		return may
	}
	for _, l := range v.Inputs {
		if !l.Blocking || l.Partition != plan.Hash {
			return may
		}
	}
	switch op.Type {
	case plan.InnerJoin:
		return [2]bool{true, true}
	case plan.LeftJoin, plan.SemiJoin, plan.AntiJoin:
		return [2]bool{true, false}
	case plan.RightJoin:
		return [2]bool{false, true}
	}
	return may
}

// scattered says that nothing behind the head of a vertex relies on which subtask a row is in: not
// before rows are exchanged.
func scattered(v *compile.Vertex) bool {
	for _, n := range v.Nodes[1:] {
		if !anywhere(n) {
			return false
		}
	}
	for _, l := range v.Outputs {
		if l.Partition != plan.Forward {
			continue
		}
		if !anywhere(l.To.Nodes[0]) && !probes(l) || !scattered(l.To) {
			return false
		}
	}
	return true
}

// anywhere says that an operator works on one row at a time, or does not mind which rows meet in a
// subtask.
func anywhere(n *plan.Node) bool {
	switch op := n.Op.(type) {
	case *plan.Calc, *plan.PythonCalc, *plan.Expand, *plan.Correlate, *plan.Union, *plan.Sink,
		*plan.RuntimeFilter, *plan.RuntimeFilterBuild, *plan.ToStream, *plan.FromStream:
		return true
	case *plan.GroupAggregate:
		return op.Phase == plan.LocalPhase && !op.Together
	}
	return false
}

// probes says that a link leads into a join whose other side every subtask has all of.
func probes(l *compile.Link) bool {
	if _, ok := l.To.Nodes[0].Op.(*plan.Join); !ok {
		return false
	}
	for _, o := range l.To.Inputs {
		if o != l && o.Partition != plan.Broadcast {
			return false
		}
	}
	return true
}

// of is what a subtask reads of a producer's result at a port; nil: its own part.
func (r *reading) of(port, consumer, producer int) []exchange.Piece {
	if r == nil {
		return nil
	}
	var out []exchange.Piece
	for _, p := range r[port][consumer] {
		p.Index = (p.Index + producer) % p.Of
		out = append(out, p)
	}
	return out
}
