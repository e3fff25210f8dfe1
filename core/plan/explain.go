package plan

import (
	"fmt"
	"strings"
)

// Explain prints the graph from its sinks down, one operator a line, inputs indented; what has
// been printed is referred to by number.
func (g *Graph) Explain() string {
	var b strings.Builder
	seen := map[int]bool{}
	for _, n := range g.Nodes {
		if len(g.Outputs(n.ID)) == 0 {
			g.explain(&b, n, nil, "", "", seen)
		}
	}
	return b.String()
}

func (g *Graph) explain(
	b *strings.Builder, n *Node, via *Edge, head, indent string, seen map[int]bool,
) {
	b.WriteString(head)
	if via != nil && via.Partition != Forward {
		fmt.Fprintf(b, "Exchange(distribution=[%s]) ", strings.ToLower(via.Partition.String()))
	}
	fmt.Fprintf(b, "%s(id=[%d]", n.Name, n.ID)
	if d, ok := n.Op.(fmt.Stringer); ok {
		b.WriteString(", " + d.String())
	}
	if _, ok := n.Op.(*Join); ok && n.Description != "" {
		fmt.Fprintf(b, ", why=[%s]", n.Description)
	}
	if n.Schema != nil {
		fmt.Fprintf(b, ", fields=[%s]", strings.Join(n.Schema.Names(), ", "))
	}
	if n.Parallelism > 0 {
		fmt.Fprintf(b, ", parallelism=[%d]", n.Parallelism)
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
		g.explain(b, g.Nodes[e.From], e, next, pad, seen)
	}
}
