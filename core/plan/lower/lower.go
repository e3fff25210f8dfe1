// Package lower turns the Program that the DataStream API describes into a plan.Graph.
package lower

import (
	"fmt"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
)

// Env resolves what a program only names.
type Env interface {
	// Source makes the connector of a source node.
	Source(node *planpb.Node) (connector.Source, error)
	// Sink makes the connector of a sink node; schema is that of its input.
	Sink(node *planpb.Node, schema *types.Schema) (connector.Sink, error)
	// Table plans a relation over streams into l's graph and returns the node that gives its rows
	// as a stream.
	Table(l *Lowering, op *planpb.TableOp) (*plan.Node, error)
	// Inserts plans INSERTs over streams into l's graph.
	Inserts(l *Lowering, inserts []*planpb.Insert) error
}

// Program lowers a program.
func Program(p *planpb.Program, env Env) (*plan.Graph, error) {
	g := &plan.Graph{Name: p.GetName(), Config: p.GetConfig()}
	return g, New(g).Add(p, env)
}

// Lowering puts programs of one environment into a graph. Their nodes have one numbering: what
// several programs hold, as those of views over the same stream do, is lowered once.
type Lowering struct {
	Graph *plan.Graph
	nodes map[int32]*plan.Node
	specs map[int32]spec
	edges map[int32][]*planpb.Edge // by the node they lead to
}

type spec struct {
	node *planpb.Node
	env  Env
}

// New is a lowering into a graph that may have other nodes.
func New(g *plan.Graph) *Lowering {
	return &Lowering{Graph: g, nodes: map[int32]*plan.Node{}, specs: map[int32]spec{},
		edges: map[int32][]*planpb.Edge{}}
}

// Add lowers a program.
func (l *Lowering) Add(p *planpb.Program, env Env) error {
	fresh := map[int32]bool{}
	for _, n := range p.GetNodes() {
		if _, known := l.specs[n.GetId()]; !known {
			l.specs[n.GetId()], fresh[n.GetId()] = spec{n, env}, true
		}
	}
	for _, e := range p.GetEdges() {
		if fresh[e.GetTo()] {
			l.edges[e.GetTo()] = append(l.edges[e.GetTo()], e)
		}
	}
	for _, n := range p.GetNodes() {
		if _, err := l.Find(n.GetId()); err != nil {
			return err
		}
	}
	for _, e := range p.GetEdges() {
		if !fresh[e.GetTo()] {
			continue
		}
		if err := l.edge(e); err != nil {
			return at(l.specs[e.GetTo()].node, err)
		}
	}
	return nil
}

// Find is the node of a number, which it lowers if that has not had its turn; nil for an end
// without an output and for a number that no program has.
func (l *Lowering) Find(id int32) (*plan.Node, error) {
	s, known := l.specs[id]
	n, done := l.nodes[id]
	if !known || done {
		return n, nil
	}
	l.nodes[id] = nil // an end without an output stays that
	if err := l.node(s); err != nil {
		delete(l.nodes, id)
		return nil, at(s.node, err)
	}
	return l.nodes[id], nil
}

// at names the API call that made the node, for errors that do not name a place of their own.
func at(n *planpb.Node, err error) error {
	if errs.MarkOf(err) == errs.Internal || n.GetOrigin() == "" {
		return err
	}
	return fmt.Errorf("%s (%s): %w", n.GetName(), n.GetOrigin(), err)
}

func (l *Lowering) node(s spec) error {
	spec := s.node
	n := &plan.Node{
		UID: spec.GetUid(), Name: spec.GetName(), Description: spec.GetDescription(),
		Origin: spec.GetOrigin(), Parallelism: int(spec.GetParallelism()),
		MaxParallelism: int(spec.GetMaxParallelism()), SlotGroup: spec.GetSlotGroup(),
		BufferTimeout: spec.GetBufferTimeoutMs(),
		Schema:        plan.StreamSchema(spec.GetOutput()),
	}
	switch spec.GetChaining() {
	case "new":
		n.Chaining = plan.ChainHead
	case "never":
		n.Chaining = plan.ChainNever
	}
	for _, s := range spec.GetSideOutputs() {
		n.SideSchemas = append(n.SideSchemas, plan.StreamSchema(s.GetType()))
	}
	switch op := spec.GetOp().(type) {
	case *planpb.Node_Source:
		return l.source(s, op.Source, n)
	case *planpb.Node_Sink:
		n.Schema = nil
		schema := l.inputSchema(spec.GetId())
		sink, err := s.env.Sink(spec, schema)
		if err != nil {
			return err
		}
		n.Op = &plan.Sink{Sink: sink, Label: op.Sink.GetConnector()}
	case *planpb.Node_Python:
		n.Op = &plan.Python{
			Spec: l.python(spec.GetId(), op.Python), Output: spec.GetOutput(), Sides: spec.GetSideOutputs(),
			Keyed: l.keyedPorts(spec.GetId()),
		}
	case *planpb.Node_Watermark:
		n.Op = &plan.WatermarkAssigner{Watermarks: watermarks(op.Watermark)}
	case *planpb.Node_Table:
		if inserts := op.Table.GetInserts(); len(inserts) > 0 {
			return s.env.Inserts(l, inserts)
		}
		t, err := s.env.Table(l, op.Table)
		if err != nil {
			return err
		}
		l.nodes[spec.GetId()] = t
		return nil
	default:
		return errs.Internalf("node %d has no operator", spec.GetId())
	}
	l.nodes[spec.GetId()] = l.Graph.Add(n)
	return nil
}

func (l *Lowering) source(s spec, op *planpb.SourceOp, n *plan.Node) error {
	src, err := s.env.Source(s.node)
	if err != nil {
		return err
	}
	source := &plan.Source{Source: src, Label: op.GetConnector()}
	n.Schema = src.Schema()
	if w := op.GetWatermark(); w != nil && w.GetKind() != "none" && w.GetKind() != "" {
		wm := watermarks(w)
		source.Watermarks = &wm
	}
	n.Op = source
	l.nodes[s.node.GetId()] = l.Graph.Add(n)
	return nil
}

func watermarks(w *planpb.WatermarkOp) plan.Watermarks {
	return plan.Watermarks{
		Column: -1, Python: w, IdleMs: w.GetIdleMs(), Group: w.GetAlignmentGroup(),
		DriftMs: w.GetAlignmentDriftMs(), IntervalMs: w.GetAlignmentIntervalMs(),
	}
}

// inputSchema is the schema of what arrives at port 0 of a node whose inputs are lowered already.
func (l *Lowering) inputSchema(id int32) *types.Schema {
	for _, e := range l.edges[id] {
		if e.GetPort() == 0 {
			from := l.nodes[e.GetFrom()]
			if e.GetOutput() > 0 {
				return from.SideSchemas[e.GetOutput()-1]
			}
			return from.Schema
		}
	}
	return nil
}

// python completes the description of a Python operator with the type of the key on each port;
// one without a kind stands for none.
func (l *Lowering) python(id int32, op *planpb.PythonOp) *planpb.PythonOp {
	var keys []*planpb.TypeInfo
	for _, e := range l.edges[id] {
		for int(e.GetPort()) >= len(keys) {
			keys = append(keys, &planpb.TypeInfo{})
		}
		if e.GetKeyType() != nil {
			keys[e.GetPort()] = e.GetKeyType()
		}
	}
	return &planpb.PythonOp{Kind: op.GetKind(), Function: op.GetFunction(),
		Inputs: op.GetInputs(), Keys: keys, Options: op.GetOptions()}
}

func (l *Lowering) keyedPorts(id int32) []bool {
	var keyed []bool
	for _, e := range l.edges[id] {
		for int(e.GetPort()) >= len(keyed) {
			keyed = append(keyed, false)
		}
		if e.GetPartition() == "hash" {
			keyed[e.GetPort()] = true
		}
	}
	return keyed
}
