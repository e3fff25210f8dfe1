// Package plan is the waist of the hourglass: SQL, the Table API and the DataStream API all lower
// to one Graph, and the runtime starts from it. An operator family puts the description of its
// operators (an Op) into a file of its own here; runtime/compile turns each into the operator.
package plan

import (
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan/planpb"
)

// Graph is a job: a directed acyclic graph of operators.
type Graph struct {
	Name   string
	Config map[string]string
	Nodes  []*Node
	Edges  []*Edge
}

// Node is one operator with its parallelism.
type Node struct {
	ID             int
	UID            string // unique in the graph; "" until AssignUIDs
	Name           string
	Description    string
	Origin         string // where the user made it, "job.py:12"
	Parallelism    int    // 0: the job's default
	MaxParallelism int    // 0: the job's default
	SlotGroup      string
	Chaining       Chaining
	BufferTimeout  int64 // ms; -1 only full batches
	Op             Op
	Schema         *types.Schema // of the main output; nil for sinks
	Mode           ChangelogMode // kinds of rows that flow out, as EXPLAIN shows it; 0: not known
	SideSchemas    []*types.Schema
}

// Chaining says whether an operator may run in one task with its neighbours.
type Chaining uint8

const (
	ChainAlways Chaining = iota
	ChainHead            // not with its input
	ChainNever
)

// Edge carries one output of a node to one input port of another.
type Edge struct {
	From, Output int
	To, Port     int
	Partition    Partition
	KeyColumns   []int            // PartitionHash of typed batches: the key's columns
	Custom       *planpb.Function // PartitionCustom
	CustomKey    *planpb.Function // key selector of PartitionCustom
	// Pipelined keeps producer and consumer in one stage in batch mode.
	Pipelined bool
}

// Partition says which subtask of the consumer a row goes to.
type Partition uint8

const (
	Forward   Partition = iota
	Hash                // by the key group of KeyColumns, or of the batch's encoded "key" column
	Rebalance           // round robin
	Rescale             // round robin within a group of neighbours
	Shuffle             // at random (seeded)
	Broadcast           // to all
	Global              // to subtask 0
	Custom              // as a user function says
)

func (p Partition) String() string {
	return [...]string{"FORWARD", "HASH", "REBALANCE", "RESCALE", "SHUFFLE", "BROADCAST",
		"GLOBAL", "CUSTOM"}[p]
}

// Op describes an operator; each family's file says what its fields mean.
type Op interface {
	// Kind is the family's name, as EXPLAIN shows it.
	Kind() string
}

// Add appends a node with the next id and returns it.
func (g *Graph) Add(n *Node) *Node {
	n.ID = len(g.Nodes)
	g.Nodes = append(g.Nodes, n)
	return n
}

// Connect adds an edge from the main output of a node to port 0 of another.
func (g *Graph) Connect(from, to *Node, p Partition, keyColumns ...int) *Edge {
	e := &Edge{From: from.ID, To: to.ID, Partition: p, KeyColumns: keyColumns}
	g.Edges = append(g.Edges, e)
	return e
}

// Inputs returns the edges into a node, by port.
func (g *Graph) Inputs(id int) []*Edge {
	var in []*Edge
	for _, e := range g.Edges {
		if e.To == id {
			in = append(in, e)
		}
	}
	return in
}

// Outputs returns the edges out of a node.
func (g *Graph) Outputs(id int) []*Edge {
	var out []*Edge
	for _, e := range g.Edges {
		if e.From == id {
			out = append(out, e)
		}
	}
	return out
}
