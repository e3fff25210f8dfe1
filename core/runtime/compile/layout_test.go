package compile

import (
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
)

type opaque string

func (o opaque) Kind() string { return string(o) }

func graph() (*plan.Graph, map[string]*plan.Node) {
	g, by := &plan.Graph{}, map[string]*plan.Node{}
	add := func(name string, p int, op plan.Op) {
		by[name] = g.Add(&plan.Node{Name: name, UID: name, Parallelism: p, Op: op,
			SideSchemas: []*types.Schema{nil}})
	}
	add("Source: src", 0, &plan.Source{})
	for _, n := range []string{"map", "agg", "side", "sink"} {
		add(n, 0, opaque(n))
	}
	g.Connect(by["Source: src"], by["map"], plan.Forward)
	g.Connect(by["map"], by["agg"], plan.Hash, 0)
	g.Connect(by["map"], by["side"], plan.Forward).Output = 1
	g.Connect(by["agg"], by["sink"], plan.Forward)
	return g, by
}

func lay(t *testing.T, g *plan.Graph, cfg config.Map) string {
	t.Helper()
	l, err := Lay(g, cfg, false, 2)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, v := range l.Vertices {
		out = append(out, v.Name)
	}
	return strings.Join(out, " | ")
}

func TestChainsFollowForwardEdges(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(by map[string]*plan.Node)
		cfg    config.Map
		want   string
	}{
		{"as it is", nil, nil, "Source: src -> map -> side | agg -> sink"},
		{"chaining off", nil, config.Map{"pipeline.operator-chaining.enabled": "false"},
			"Source: src | map | agg | side | sink"},
		{"other parallelism", func(by map[string]*plan.Node) { by["sink"].Parallelism = 1 }, nil,
			"Source: src -> map -> side | agg | sink"},
		{"new chain", func(by map[string]*plan.Node) { by["map"].Chaining = plan.ChainHead }, nil,
			"Source: src | map -> side | agg -> sink"},
		{"never", func(by map[string]*plan.Node) { by["map"].Chaining = plan.ChainNever }, nil,
			"Source: src | map | agg -> sink | side"},
		{"slot group", func(by map[string]*plan.Node) { by["side"].SlotGroup = "x" }, nil,
			"Source: src -> map | agg -> sink | side"},
		{"slot group of the input", func(by map[string]*plan.Node) { by["map"].SlotGroup = "x" }, nil,
			"Source: src | map -> side | agg -> sink"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, by := graph()
			if c.change != nil {
				c.change(by)
			}
			got := lay(t, g, c.cfg)
			sorted := func(s string) string {
				parts := strings.Split(s, " | ")
				for i := range parts {
					for j := range i {
						if parts[i] < parts[j] {
							parts[i], parts[j] = parts[j], parts[i]
						}
					}
				}
				return strings.Join(parts, " | ")
			}
			if sorted(got) != sorted(c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestForwardBetweenParallelismsBecomesRebalance(t *testing.T) {
	g, by := graph()
	by["sink"].Parallelism = 1
	l, err := Lay(g, nil, false, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range l.Links {
		if link.To.Name == "sink" && link.Partition != plan.Rebalance {
			t.Errorf("partition %s", link.Partition)
		}
	}
}

func TestParallelismAboveMaxIsTheUsersError(t *testing.T) {
	g, _ := graph()
	_, err := Lay(g, config.Map{"pipeline.max-parallelism": "4"}, false, 8)
	if err == nil || !strings.Contains(err.Error(), "max-parallelism") {
		t.Fatalf("got %v", err)
	}
}
