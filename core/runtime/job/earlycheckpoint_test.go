package job

import (
	"context"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/connector/collect"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
)

// TestCollectedRowsDoNotWaitForTheNextCheckpointWhenTheyAreMany: the interval is longer than the
// test, and the job does not end before its reader has seen a row.
func TestCollectedRowsDoNotWaitForTheNextCheckpointWhenTheyAreMany(t *testing.T) {
	ctx, done := context.WithTimeout(context.Background(), 2*time.Minute)
	defer done()
	open := make(chan struct{})
	sink, results := collect.New(1000, true)
	g := &plan.Graph{Name: "early"}
	src := g.Add(node("ranges", 1, &plan.Source{Source: ranges(2, 2_000, 10)}))
	gate := g.Add(node("gate", 1, &jobtest.Apply{Make: slowUntil(open)}))
	out := g.Add(node("collect", 2, &plan.Sink{Sink: sink}))
	g.Connect(src, gate, plan.Forward)
	g.Connect(gate, out, plan.Hash, 0)
	j, err := Start(ctx, g, Options{ID: "a", Dir: t.TempDir(), Config: config.Map{
		"headrace.batch.rows": "10", "execution.checkpointing.interval": "1 h"}})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-j.Done()
		results.End(j.Err())
	}()
	rows := 0
	for {
		b, ok, err := results.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		if rows == 0 {
			close(open)
		}
		rows += b.Len()
		b.Release()
	}
	if rows != 4_000 {
		t.Fatalf("%d rows, not 4000", rows)
	}
	if n := len(j.Snapshots()); n < 2 {
		t.Fatalf("%d checkpoints: the last one and none before it", n)
	}
}
