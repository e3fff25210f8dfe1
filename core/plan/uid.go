package plan

import (
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"sort"

	"github.com/headrace/headrace/core/base/errs"
)

// AssignUIDs gives every node without a uid one that depends on what the node is and on what is in
// front of it: a graph built again the same way gets the same ones. Two nodes with the same uid
// of the user's are an error.
func (g *Graph) AssignUIDs() error {
	owner := map[string]*Node{}
	for _, n := range g.Nodes {
		if n.UID == "" {
			continue
		}
		if other := owner[n.UID]; other != nil {
			return errs.Userf("operators '%s' and '%s' have the same uid '%s'", other.Name, n.Name,
				n.UID).Fix("give each operator a uid of its own")
		}
		owner[n.UID] = n
	}
	order, err := g.Order()
	if err != nil {
		return err
	}
	for _, n := range order {
		if n.UID != "" {
			continue
		}
		h := fnv.New128a()
		fmt.Fprintf(h, "%s\x00%d", n.Op.Kind(), n.Chaining)
		for _, e := range g.Inputs(n.ID) {
			fmt.Fprintf(h, "\x00%s\x00%d\x00%d\x00%d\x00%v", g.Nodes[e.From].UID, e.Output, e.Port,
				e.Partition, e.KeyColumns)
		}
		base := hex.EncodeToString(h.Sum(nil))
		n.UID = base
		for k := 1; owner[n.UID] != nil; k++ { // twins behind the same input: by their order
			n.UID = fmt.Sprintf("%s-%d", base, k)
		}
		owner[n.UID] = n
	}
	return nil
}

// Order returns the nodes so that each comes after those in front of it, in order of their ids
// where that leaves a choice.
func (g *Graph) Order() ([]*Node, error) {
	open := make([]int, len(g.Nodes))
	for _, e := range g.Edges {
		open[e.To]++
	}
	var ready []int
	for id, n := range open {
		if n == 0 {
			ready = append(ready, id)
		}
	}
	order := make([]*Node, 0, len(g.Nodes))
	for len(ready) > 0 {
		sort.Ints(ready)
		id := ready[0]
		ready = ready[1:]
		order = append(order, g.Nodes[id])
		for _, e := range g.Edges {
			if e.From == id {
				if open[e.To]--; open[e.To] == 0 {
					ready = append(ready, e.To)
				}
			}
		}
	}
	if len(order) < len(g.Nodes) {
		return nil, errs.Internalf("the graph has a cycle")
	}
	return order, nil
}

// Validate checks what the runtime relies on: edges join nodes that exist, ports are numbered
// without gaps and have rows, parallelism makes sense.
func (g *Graph) Validate() error {
	if len(g.Nodes) == 0 {
		return errs.Userf("the job has no operators").Fix("add a source and a sink before execute")
	}
	ports := make([]uint64, len(g.Nodes))
	for _, e := range g.Edges {
		if e.From < 0 || e.From >= len(g.Nodes) || e.To < 0 || e.To >= len(g.Nodes) {
			return errs.Internalf("an edge joins nodes %d and %d of %d", e.From, e.To, len(g.Nodes))
		}
		from, to := g.Nodes[e.From], g.Nodes[e.To]
		if e.Output < 0 || e.Output > len(from.SideSchemas) {
			return errs.Internalf("operator '%s' has no output %d", from.Name, e.Output)
		}
		if e.Port < 0 || e.Port > 63 {
			return errs.Internalf("operator '%s' has no port %d", to.Name, e.Port)
		}
		ports[e.To] |= 1 << e.Port
	}
	for _, n := range g.Nodes {
		if _, source := n.Op.(*Source); source != (ports[n.ID] == 0) {
			return errs.Internalf("operator '%s' has the wrong number of inputs", n.Name)
		}
		if p := ports[n.ID]; p&(p+1) != 0 {
			return errs.Internalf("operator '%s' lacks an input between others", n.Name)
		}
		if n.Parallelism < 0 {
			return errs.Userf("operator '%s' has parallelism %d", n.Name, n.Parallelism).
				Fix("set 1 or more")
		}
	}
	return nil
}

// Ports is the number of input ports of a node.
func (g *Graph) Ports(id int) int {
	n := 0
	for _, e := range g.Edges {
		if e.To == id {
			n = max(n, e.Port+1)
		}
	}
	return n
}
