package job

import (
	"context"
	"maps"
	"sync"
	"testing"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

// TestSlotsGetExternalResourcesOfTheirOwn: slots of a group get theirs one after the other, also
// parts of one; a group that asks for none sees all.
func TestSlotsGetExternalResourcesOfTheirOwn(t *testing.T) {
	var mu sync.Mutex
	got := map[string]string{}
	note := &jobtest.Apply{Make: func(ctx *operator.Context) step {
		mu.Lock()
		defer mu.Unlock()
		got[ctx.Name+string(rune('0'+ctx.Subtask))] = ctx.Config[externalResources]
		return func(b *batch.Batch, out operator.Output) error { return nil }
	}}
	g := &plan.Graph{Name: "external"}
	src := g.Add(node("in", 1, &plan.Source{Source: ranges(1, 10, 1)}))
	for _, name := range []string{"a", "b", "rest"} {
		n := g.Add(node(name, 2, note))
		n.SlotGroup = name
		g.Connect(src, n, plan.Hash, 0)
	}
	src.SlotGroup = "rest"
	j, err := Start(context.Background(), g, Options{Config: config.Map{
		"external-resource.gpu.amount": "5", "external-resource.none.amount": "0", "other.amount": "3",
		SlotGroups: `{"a":{"external":{"gpu":2}},"b":{"external":{"gpu":0.5}}}`}})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a0": `{"gpu":[0,1]}`, "a1": `{"gpu":[2,3]}`, "b0": `{"gpu":[4]}`,
		"b1": `{"gpu":[4]}`, "rest0": `{"gpu":[0,1,2,3,4]}`, "rest1": `{"gpu":[0,1,2,3,4]}`}
	if !maps.Equal(got, want) {
		t.Errorf("subtasks see %v", got)
	}
}
