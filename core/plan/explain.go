package plan

import (
	"fmt"
	"strings"
)

// Explain prints the graph from its sinks down, one operator a line, inputs indented; what has
// been printed is referred to by number.
func (g *Graph) Explain() string { return g.ExplainWith(nil) }

// ExplainWith is Explain with more about each node in its parentheses; extra "" is nothing.
func (g *Graph) ExplainWith(extra func(n *Node) string) string {
	e := explainer{g: g, extra: extra, seen: map[int]bool{}}
	for _, n := range g.Nodes {
		if len(g.Outputs(n.ID)) == 0 {
			e.node(n, nil, "", "")
		}
	}
	return e.b.String()
}

type explainer struct {
	b     strings.Builder
	g     *Graph
	extra func(n *Node) string
	seen  map[int]bool
}

// boundedNames are the columns of a FilteredScan whose least and largest value it is told.
func boundedNames(scan *Node, columns []int) []string {
	var names []string
	for _, c := range columns {
		if c >= 0 {
			names = append(names, scan.Schema.Fields[c].Name)
		}
	}
	return names
}

func (x *explainer) node(n *Node, via *Edge, head, indent string) {
	b, g, seen := &x.b, x.g, x.seen
	b.WriteString(head)
	if via != nil && via.Partition != Forward {
		fmt.Fprintf(b, "Exchange(distribution=[%s%s]) ", strings.ToLower(via.Partition.String()),
			g.exchangeKeys(via))
	}
	fmt.Fprintf(b, "%s(id=[%d]", n.Name, n.ID)
	if d, ok := n.Op.(fmt.Stringer); ok {
		b.WriteString(", " + d.String())
	} else if d := g.detail(n); d != "" {
		b.WriteString(", " + d)
	}
	if scan, columns := g.FilteredScan(n); scan != nil {
		fmt.Fprintf(b, ", scan=[%s]", strings.Join(boundedNames(scan, columns), ", "))
	}
	if n.Description != "" {
		fmt.Fprintf(b, ", why=[%s]", n.Description)
	}
	if n.Schema != nil {
		fmt.Fprintf(b, ", fields=[%s]", strings.Join(n.Schema.Names(), ", "))
	}
	if n.Parallelism > 0 {
		fmt.Fprintf(b, ", parallelism=[%d]", n.Parallelism)
	}
	if x.extra != nil {
		if more := x.extra(n); more != "" {
			b.WriteString(", " + more)
		}
	}
	b.WriteString(")")
	if seen[n.ID] {
		b.WriteString(" (reused)\n")
		return
	}
	seen[n.ID] = true
	b.WriteString("\n")
	in := g.Inputs(n.ID)
	for i, e := range in {
		next, pad := indent+":- ", indent+":  "
		if i == len(in)-1 {
			next, pad = indent+"+- ", indent+"   "
		}
		x.node(g.Nodes[e.From], e, next, pad)
	}
}

// exchangeKeys are the columns that an exchange partitions by: "[a, b]", "" without any.
func (g *Graph) exchangeKeys(e *Edge) string {
	schema := g.Nodes[e.From].Schema
	if len(e.KeyColumns) == 0 || schema == nil {
		return ""
	}
	return "[" + ColumnsText(schema.Names(), e.KeyColumns) + "]"
}
