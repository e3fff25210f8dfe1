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
	// Table plans a relation over streams of the program into g and returns the node that gives
	// its rows as a stream; inputs are the nodes of the streams it reads.
	Table(g *plan.Graph, op *planpb.TableOp, inputs map[int32]*plan.Node) (*plan.Node, error)
}

// Program lowers a program.
func Program(p *planpb.Program, env Env) (*plan.Graph, error) {
	g := &plan.Graph{Name: p.GetName(), Config: p.GetConfig()}
	_, err := Into(g, p, env)
	return g, err
}

// Into lowers a program into a graph that may have other nodes, and returns the program's by id.
func Into(g *plan.Graph, p *planpb.Program, env Env) (map[int32]*plan.Node, error) {
	l := &lowering{
		env: env, prog: p, nodes: map[int32]*plan.Node{}, specs: map[int32]*planpb.Node{},
		graph: g,
	}
	for _, n := range p.GetNodes() {
		l.specs[n.GetId()] = n
	}
	for _, n := range p.GetNodes() {
		if err := l.node(n); err != nil {
			return nil, at(n, err)
		}
	}
	for _, e := range p.GetEdges() {
		if err := l.edge(e); err != nil {
			return nil, at(l.specs[e.GetTo()], err)
		}
	}
	return l.nodes, nil
}

type lowering struct {
	env   Env
	prog  *planpb.Program
	graph *plan.Graph
	nodes map[int32]*plan.Node
	specs map[int32]*planpb.Node
}

// at names the API call that made the node, for errors that do not name a place of their own.
func at(n *planpb.Node, err error) error {
	if errs.MarkOf(err) == errs.Internal || n.GetOrigin() == "" {
		return err
	}
	return fmt.Errorf("%s (%s): %w", n.GetName(), n.GetOrigin(), err)
}

func (l *lowering) node(spec *planpb.Node) error {
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
		return l.source(spec, op.Source, n)
	case *planpb.Node_Sink:
		n.Schema = nil
		schema := l.inputSchema(spec.GetId())
		sink, err := l.env.Sink(spec, schema)
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
		inputs := map[int32]*plan.Node{}
		for _, id := range op.Table.GetInputs() {
			inputs[id] = l.nodes[id]
		}
		t, err := l.env.Table(l.graph, op.Table, inputs)
		if err != nil {
			return err
		}
		l.nodes[spec.GetId()] = t
		return nil
	default:
		return errs.Internalf("node %d has no operator", spec.GetId())
	}
	l.nodes[spec.GetId()] = l.graph.Add(n)
	return nil
}

func (l *lowering) source(spec *planpb.Node, op *planpb.SourceOp, n *plan.Node) error {
	src, err := l.env.Source(spec)
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
	l.nodes[spec.GetId()] = l.graph.Add(n)
	return nil
}

func watermarks(w *planpb.WatermarkOp) plan.Watermarks {
	return plan.Watermarks{
		Column: -1, Python: w, IdleMs: w.GetIdleMs(), Group: w.GetAlignmentGroup(),
		DriftMs: w.GetAlignmentDriftMs(), IntervalMs: w.GetAlignmentIntervalMs(),
	}
}

// inputSchema is the schema of what arrives at port 0 of a node whose inputs are lowered already.
func (l *lowering) inputSchema(id int32) *types.Schema {
	for _, e := range l.prog.GetEdges() {
		if e.GetTo() == id && e.GetPort() == 0 {
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
func (l *lowering) python(id int32, op *planpb.PythonOp) *planpb.PythonOp {
	var keys []*planpb.TypeInfo
	for _, e := range l.prog.GetEdges() {
		if e.GetTo() != id {
			continue
		}
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

func (l *lowering) keyedPorts(id int32) []bool {
	var keyed []bool
	for _, e := range l.prog.GetEdges() {
		if e.GetTo() != id {
			continue
		}
		for int(e.GetPort()) >= len(keyed) {
			keyed = append(keyed, false)
		}
		if e.GetPartition() == "hash" {
			keyed[e.GetPort()] = true
		}
	}
	return keyed
}
