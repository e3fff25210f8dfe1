package plan

import (
	"encoding/json"
	"fmt"
	"strings"
)

// ModeText is a node's changelog mode, as EXPLAIN CHANGELOG_MODE shows it; "" when it is not known.
func ModeText(n *Node) string {
	switch {
	case n.Schema == nil:
		return "changelogMode=[NONE]"
	case n.Mode == 0:
		return ""
	}
	return "changelogMode=[" + n.Mode.String() + "]"
}

// defaultRows is how many rows a source is taken to have that does not say.
const defaultRows = 1e8

// CostText gives the estimated rows that flow out of each node, and those that have flowed up to
// there, as EXPLAIN ESTIMATED_COST shows them. Without statistics the figures only compare.
func CostText(g *Graph) func(n *Node) string {
	rows, all := make([]float64, len(g.Nodes)), make([]float64, len(g.Nodes))
	for i, n := range g.Nodes { // inputs come before what reads them
		var in []float64
		for _, e := range g.Inputs(n.ID) {
			in = append(in, rows[e.From])
			all[i] += all[e.From]
		}
		rows[i] = estimated(n.Op, in)
		all[i] += rows[i]
	}
	return func(n *Node) string {
		return fmt.Sprintf("rowcount=%.4g, cumulative cost={%.4g rows}", rows[n.ID], all[n.ID])
	}
}

func estimated(op Op, in []float64) float64 {
	if len(in) == 0 {
		return defaultRows
	}
	sum := 0.0
	for _, n := range in {
		sum += n
	}
	switch op := op.(type) {
	case *Calc:
		if op.Condition != nil {
			return sum / 2
		}
	case *GroupAggregate:
		if len(op.Keys) == 0 {
			return 1
		}
		return sum / 10
	case *WindowAggregate, *Rank, *Deduplicate, *Match:
		return sum / 10
	case *Join:
		if len(op.LeftKeys) == 0 {
			return in[0] * in[1]
		}
		return max(in[0], in[1])
	case *TemporalJoin:
		return in[0]
	case *Limit:
		if op.Fetch >= 0 {
			return min(sum, float64(op.Fetch))
		}
	}
	return sum
}

// JSON is the graph in the form of Flink's execution plan.
func (g *Graph) JSON() (string, error) {
	type edge struct {
		ID   int    `json:"id"`
		Ship string `json:"ship_strategy"`
		Side string `json:"side"`
	}
	type node struct {
		ID           int    `json:"id"`
		Type         string `json:"type"`
		Pact         string `json:"pact"`
		Contents     string `json:"contents"`
		Parallelism  int    `json:"parallelism"`
		Predecessors []edge `json:"predecessors,omitempty"`
	}
	nodes := make([]node, 0, len(g.Nodes))
	for _, n := range g.Nodes {
		out := node{ID: n.ID, Type: n.Name, Pact: "Operator", Parallelism: max(1, n.Parallelism)}
		in := g.Inputs(n.ID)
		switch {
		case len(in) == 0:
			out.Pact = "Data Source"
		case n.Schema == nil:
			out.Pact = "Data Sink"
		}
		out.Contents = n.Name
		if n.Schema != nil {
			out.Contents += "(fields=[" + strings.Join(n.Schema.Names(), ", ") + "])"
		}
		for i, e := range in {
			side := "second"
			if i == 0 {
				side = "first"
			}
			out.Predecessors = append(out.Predecessors, edge{ID: e.From,
				Ship: e.Partition.String(), Side: side})
		}
		nodes = append(nodes, out)
	}
	text, err := json.MarshalIndent(map[string]any{"nodes": nodes}, "", "  ")
	return string(text), err
}
