// Package compile turns a plan into what the runtime deploys: operators grouped into chains, with
// links between the chains, and for each kind of plan.Op the operator that does it.
package compile

import (
	"strings"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/state"
)

// Layout is a graph cut into vertices.
type Layout struct {
	Graph    *plan.Graph
	Vertices []*Vertex // each after those in front of it
	Links    []*Link
	Batch    bool
}

// Vertex is a chain of operators that run in one task a subtask.
type Vertex struct {
	ID             int
	Name           string
	Nodes          []*plan.Node // head first, each before those behind it
	Inner          []*plan.Edge // between nodes of the chain
	Inputs         []*Link      // into the head
	Outputs        []*Link
	Ports          int
	Parallelism    int
	MaxParallelism int
}

// Source says whether the vertex reads a connector.
func (v *Vertex) Source() bool { return v.Ports == 0 }

// Index returns the position of a node in the chain.
func (v *Vertex) Index(node int) int {
	for i, n := range v.Nodes {
		if n.ID == node {
			return i
		}
	}
	return -1
}

// Keyed says whether the head's input is spread by key.
func (v *Vertex) Keyed() bool {
	for _, l := range v.Inputs {
		if l.Partition == plan.Hash {
			return true
		}
	}
	return false
}

// Link carries an output of one vertex to a port of another.
type Link struct {
	Edge      *plan.Edge
	From, To  *Vertex
	Partition plan.Partition
	// Blocking says that the consumers start when the producers that feed them are done.
	Blocking bool
}

// Lay chains the operators of a graph, whose nodes have uids. batch is the mode that the job runs
// in; defaultParallelism is for nodes that say nothing.
func Lay(g *plan.Graph, cfg config.Map, batch bool, defaultParallelism int) (*Layout, error) {
	chaining, err := config.Chaining.Get(cfg)
	if err != nil {
		return nil, err
	}
	maxPar, err := config.MaxParallelism.Get(cfg)
	if err != nil {
		return nil, err
	}
	if batch {
		if err := combineFirst(g, cfg); err != nil {
			return nil, err
		}
	}
	order, err := g.Order()
	if err != nil {
		return nil, err
	}
	shareSlots(g, order)
	l := &Layout{Graph: g, Batch: batch}
	parallelism := func(n *plan.Node) int {
		if n.Parallelism > 0 {
			return n.Parallelism
		}
		return defaultParallelism
	}
	of := make([]*Vertex, len(g.Nodes))
	for _, n := range order {
		inputs := g.Inputs(n.ID)
		if chaining && len(inputs) == 1 {
			e := inputs[0]
			from := g.Nodes[e.From]
			if chainable(e, from, n) && parallelism(from) == parallelism(n) {
				v := of[from.ID]
				v.Nodes = append(v.Nodes, n)
				v.Inner = append(v.Inner, e)
				of[n.ID] = v
				continue
			}
		}
		v := &Vertex{ID: len(l.Vertices), Nodes: []*plan.Node{n}, Parallelism: parallelism(n),
			Ports: g.Ports(n.ID)}
		of[n.ID] = v
		l.Vertices = append(l.Vertices, v)
	}
	for _, e := range g.Edges {
		from, to := of[e.From], of[e.To]
		if from == to && contains(to.Inner, e) {
			continue
		}
		link := &Link{Edge: e, From: from, To: to, Partition: e.Partition}
		if link.Partition == plan.Forward && from.Parallelism != to.Parallelism {
			link.Partition = plan.Rebalance
		}
		from.Outputs = append(from.Outputs, link)
		to.Inputs = append(to.Inputs, link)
		l.Links = append(l.Links, link)
	}
	for _, v := range l.Vertices {
		if err := v.finish(maxPar); err != nil {
			return nil, err
		}
	}
	l.fuse()
	return l, nil
}

// defaultGroup is the slot sharing group of operators that nothing else is said of.
const defaultGroup = "default"

// shareSlots gives operators without a slot sharing group that of their inputs, if they agree.
func shareSlots(g *plan.Graph, order []*plan.Node) {
	for _, n := range order {
		if n.SlotGroup != "" {
			continue
		}
		for i, e := range g.Inputs(n.ID) {
			if of := g.Nodes[e.From].SlotGroup; i == 0 || of == n.SlotGroup {
				n.SlotGroup = of
			} else {
				n.SlotGroup = defaultGroup
				break
			}
		}
		if n.SlotGroup == "" {
			n.SlotGroup = defaultGroup
		}
	}
}

func contains(edges []*plan.Edge, e *plan.Edge) bool {
	for _, x := range edges {
		if x == e {
			return true
		}
	}
	return false
}

// chainable says whether the consumer of an edge may run in the task of its producer: one input,
// row i to row i, and both agree.
func chainable(e *plan.Edge, from, to *plan.Node) bool {
	return e.Partition == plan.Forward && e.Port == 0 && to.Chaining == plan.ChainAlways &&
		from.Chaining != plan.ChainNever && from.SlotGroup == to.SlotGroup
}

func (v *Vertex) finish(maxPar int) error {
	for _, n := range v.Nodes {
		if n.MaxParallelism > 0 {
			v.MaxParallelism = max(v.MaxParallelism, n.MaxParallelism)
		}
	}
	v.Name = v.chainName(v.Nodes[0])
	if v.MaxParallelism == 0 {
		if v.MaxParallelism = maxPar; maxPar <= 0 {
			v.MaxParallelism = state.DefaultMaxParallelism(v.Parallelism)
		}
	}
	if v.Parallelism < 1 {
		return errs.Userf("operator '%s' has parallelism %d", v.Name, v.Parallelism).
			Fix("set parallelism.default to 1 or more")
	}
	return state.CheckParallelism(v.MaxParallelism, v.Parallelism)
}

// chainName is what Flink calls the part of the chain that starts at a node: "Source: a -> b ->
// (Sink: c, d)", and "b, c" for functions in Python that run as one.
func (v *Vertex) chainName(n *plan.Node) string {
	var next []*plan.Node
	for _, e := range v.Inner {
		if e.From == n.ID {
			next = append(next, v.Nodes[v.Index(e.To)])
		}
	}
	names := make([]string, len(next))
	for i, to := range next {
		names[i] = v.chainName(to)
	}
	name := labelOf(n, len(v.Inputs) == 0 && n == v.Nodes[0])
	switch {
	case len(next) == 0:
		return name
	case len(next) > 1:
		return name + " -> (" + strings.Join(names, ", ") + ")"
	case isPython(n) && isPython(next[0]) && !partOfSink(next[0]):
		return name + ", " + names[0]
	case partOfSink(n):
		return names[0]
	}
	return name + " -> " + names[0]
}

func isPython(n *plan.Node) bool {
	_, is := n.Op.(*plan.Python)
	return is
}

func partOfSink(n *plan.Node) bool {
	p, is := n.Op.(*plan.Python)
	return is && p.Spec.GetOptions()[PartOfSink] != ""
}

// PartOfSink is the option of a Python operator that is no operator of the user's: it makes what a
// sink writes.
const PartOfSink = "part-of-sink"

func labelOf(n *plan.Node, source bool) string {
	_, sink := n.Op.(*plan.Sink)
	switch {
	case source && !strings.HasPrefix(n.Name, "Source: "):
		return "Source: " + n.Name
	case sink && !strings.HasPrefix(n.Name, "Sink: "):
		return "Sink: " + n.Name
	}
	return n.Name
}
