package plan

import (
	"strings"
	"testing"
)

type opaque string

func (o opaque) Kind() string { return string(o) }

func twins() *Graph {
	g := &Graph{}
	src := g.Add(&Node{Name: "src", Op: &Source{}})
	for range 2 {
		m := g.Add(&Node{Name: "map", Op: opaque("map")})
		g.Connect(src, m, Rebalance)
	}
	return g
}

func TestUIDsAreStableAndUnique(t *testing.T) {
	a, b := twins(), twins()
	for _, g := range []*Graph{a, b} {
		if err := g.AssignUIDs(); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for i := range a.Nodes {
		if a.Nodes[i].UID != b.Nodes[i].UID {
			t.Errorf("node %d: %s, then %s", i, a.Nodes[i].UID, b.Nodes[i].UID)
		}
		if seen[a.Nodes[i].UID] {
			t.Errorf("uid %s twice", a.Nodes[i].UID)
		}
		seen[a.Nodes[i].UID] = true
	}
}

func TestSameUIDTwiceNamesBoth(t *testing.T) {
	g := twins()
	g.Nodes[1].UID, g.Nodes[2].UID, g.Nodes[2].Name = "x", "x", "other"
	err := g.AssignUIDs()
	if err == nil || !strings.Contains(err.Error(), "'map' and 'other'") {
		t.Fatalf("got %v", err)
	}
}

func TestCycleIsFound(t *testing.T) {
	g := twins()
	g.Connect(g.Nodes[1], g.Nodes[1], Forward)
	if _, err := g.Order(); err == nil {
		t.Fatal("no error")
	}
}
