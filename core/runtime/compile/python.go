package compile

import (
	"strings"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/bykey"
	"github.com/headrace/headrace/core/runtime/operator/fold"
	"github.com/headrace/headrace/core/runtime/operator/process"
)

func init() {
	Register(func(n *plan.Node, _ *plan.Python, env *Env) (operator.Operator, error) {
		return processOf([]process.Stage{stageOf(n)}, n, env)
	})
	Register(func(n *plan.Node, op *pythonChain, env *Env) (operator.Operator, error) {
		stages := make([]process.Stage, len(op.nodes))
		for i, s := range op.nodes {
			stages[i] = stageOf(s)
		}
		return processOf(stages, n, env)
	})
}

// processOf makes the operator of a chain; a sum or the like of batch mode is done by columns as long
// as it can be.
func processOf(stages []process.Stage, n *plan.Node, env *Env) (operator.Operator, error) {
	op, err := rowsOf(stages, n, env)
	spec, ok := folds(n)
	inner, can := op.(fold.Inner)
	if err != nil || !env.Batch || !ok || !can {
		return op, err
	}
	return fold.New(inner, spec, inputAt(n, env, 0), n.Schema), nil
}

// rowsOf makes the operator of a chain. Keyed input that is complete comes to it sorted, unless it
// is a reduce, which needs no more than one value a key.
func rowsOf(stages []process.Stage, n *plan.Node, env *Env) (operator.Operator, error) {
	op := process.New(stages, schemasOf(n))
	reduces := stages[0].Op.Kind() == "reduce"
	if !env.Batch && !env.Whole && (reduces || ByKey(n)) {
		return catchingUp(op, stages[0].Op.Keyed, env)
	}
	reduces = reduces && env.Batch
	if !reduces && (!env.Batch && !env.Whole || !ByKey(n)) {
		return op, nil
	}
	sorted, err := config.SortedInputs.Get(env.Config)
	if err != nil || !sorted {
		return op, err
	}
	memory, err := config.SortedInputsMemory.Get(env.Config)
	if reduces {
		return bykey.NewInTime(op, stages[0].Op.Keyed, memory), err
	}
	return bykey.New(op, stages[0].Op.Keyed, memory), err
}

// catchingUp has the keyed input of a streaming operator sorted while it is a backlog.
func catchingUp(op *process.Operator, keyed []bool, env *Env) (operator.Operator, error) {
	sorts, err := config.SortsBacklog(env.Config)
	if err != nil || !sorts {
		return op, err
	}
	memory, err := config.SortedInputsMemory.Get(env.Config)
	return bykey.NewBacklog(op, keyed, memory), err
}

// ByKey says whether the operator of a node is to get its input key by key in batch mode.
func ByKey(n *plan.Node) bool {
	nodes := pythonNodes(n)
	return len(nodes) > 0 && strings.HasPrefix(nodes[0].Op.Kind(), "keyed_")
}

func stageOf(n *plan.Node) process.Stage {
	return process.Stage{Op: n.Op.(*plan.Python), Name: n.Name, UID: n.UID, Origin: n.Origin}
}

func schemasOf(n *plan.Node) []*types.Schema {
	return append([]*types.Schema{n.Schema}, n.SideSchemas...)
}

// pythonChain is a chain of Python operators that run as one, each element going through all of
// them before the next; only this package makes it.
type pythonChain struct{ nodes []*plan.Node }

var _ plan.Op = (*pythonChain)(nil)

// Kind implements plan.Op.
func (c *pythonChain) Kind() string {
	kinds := make([]string, len(c.nodes))
	for i, n := range c.nodes {
		kinds[i] = n.Op.Kind()
	}
	return strings.Join(kinds, " -> ")
}

// follows are the kinds of Python operators that may stand behind another in a chain that runs as
// one: those without keyed state, operator state and timers.
var follows = map[string]bool{
	"map": true, "flat_map": true, "filter": true, "process": true, "key_by": true,
}

// fuse makes one node of Python operators that follow each other in a vertex. The node has the id,
// uid and origin of its head and the side outputs of all.
func (l *Layout) fuse() {
	for _, v := range l.Vertices {
		for i := 0; i+1 < len(v.Nodes); {
			if e := l.fusible(v, v.Nodes[i], v.Nodes[i+1]); e != nil {
				l.join(v, i, e)
			} else {
				i++
			}
		}
	}
}

// fusible returns the one edge between two nodes that can be fused.
func (l *Layout) fusible(v *Vertex, a, b *plan.Node) *plan.Edge {
	head := pythonNodes(a)
	tail, ok := b.Op.(*plan.Python)
	if head == nil || !ok || !follows[tail.Kind()] || head[len(head)-1].Op.Kind() == "key_by" {
		return nil
	}
	if _, byColumns := folds(a); byColumns && l.Batch {
		return nil
	}
	var between *plan.Edge
	readers := 0
	for _, e := range v.Inner {
		if e.From == a.ID && e.Output == 0 {
			readers++
			if e.To == b.ID {
				between = e
			}
		}
	}
	for _, o := range v.Outputs {
		if o.Edge.From == a.ID && o.Edge.Output == 0 {
			readers++
		}
	}
	if readers != 1 {
		return nil
	}
	return between
}

func pythonNodes(n *plan.Node) []*plan.Node {
	switch op := n.Op.(type) {
	case *plan.Python:
		return []*plan.Node{n}
	case *pythonChain:
		return op.nodes
	}
	return nil
}

// join replaces nodes i and i+1 of a vertex, which the edge connects, by one.
func (l *Layout) join(v *Vertex, i int, between *plan.Edge) {
	a, b := v.Nodes[i], v.Nodes[i+1]
	node := *a
	node.Name = a.Name + " -> " + b.Name
	node.Schema = b.Schema
	node.SideSchemas = append(append([]*types.Schema{}, a.SideSchemas...), b.SideSchemas...)
	node.Op = &pythonChain{nodes: append(append([]*plan.Node{}, pythonNodes(a)...), b)}
	v.Nodes = append(append(append([]*plan.Node{}, v.Nodes[:i]...), &node), v.Nodes[i+2:]...)

	moved := func(e *plan.Edge) *plan.Edge {
		if e.From != b.ID {
			return e
		}
		out := *e
		out.From = a.ID
		if out.Output > 0 {
			out.Output += len(a.SideSchemas)
		}
		return &out
	}
	inner := v.Inner
	v.Inner = nil
	for _, e := range inner {
		if e != between {
			v.Inner = append(v.Inner, moved(e))
		}
	}
	for _, o := range v.Outputs {
		o.Edge = moved(o.Edge)
	}
}
