package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/headrace/headrace/core/connector/collect"
	"github.com/headrace/headrace/core/connector/collection"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

var (
	bigint = types.Of(types.BigInt)
	pairs  = jobtest.Pairs
)

// node makes a node whose rows are pairs.
var node = jobtest.Node

// addOne adds 1 to v.
func addOne(*operator.Context) func(b *batch.Batch, out operator.Output) error {
	return func(b *batch.Batch, out operator.Output) error {
		v := slices.Clone(batch.Values[int64](b.Cols[1]))
		for i := range v {
			v[i]++
		}
		out.Emit(0, b.WithColumns(pairs, []*batch.Column{b.Cols[0], batch.MakeFixed(bigint, v, nil)}))
		return nil
	}
}

// where puts the subtask into v.
func where(ctx *operator.Context) func(b *batch.Batch, out operator.Output) error {
	return func(b *batch.Batch, out operator.Output) error {
		v := make([]int64, b.Len())
		for i := range v {
			v[i] = int64(ctx.Subtask)
		}
		out.Emit(0, b.WithColumns(pairs, []*batch.Column{b.Cols[0], batch.MakeFixed(bigint, v, nil)}))
		return nil
	}
}

func numbers(n, keys int) *collection.Source {
	var batches []*batch.Batch
	for from := 0; from < n; from += 1000 {
		r := batch.NewRowBuilder(pairs, 1000)
		for i := from; i < min(n, from+1000); i++ {
			batch.Append(r.Cols[0], int64(i%keys))
			batch.Append(r.Cols[1], int64(i))
		}
		batches = append(batches, r.Finish())
	}
	return collection.New(pairs, batches)
}

// pipeline is source → addOne → hash → where → collect.
func pipeline(n, keys int) (*plan.Graph, *collect.Results) {
	g := &plan.Graph{Name: "pipeline"}
	sink, results := collect.New(1<<20, false)
	src := g.Add(node("numbers", 1, &plan.Source{Source: numbers(n, keys)}))
	add := g.Add(node("add one", 2, &jobtest.Apply{Make: addOne}))
	mark := g.Add(node("where", 2, &jobtest.Apply{Make: where}))
	end := g.Add(node("collect", 2, &plan.Sink{Sink: sink}))
	g.Connect(src, add, plan.Rebalance)
	g.Connect(add, mark, plan.Hash, 0)
	g.Connect(mark, end, plan.Forward)
	return g, results
}

func drain(t *testing.T, r *collect.Results) [][2]int64 {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	defer stop()
	var rows [][2]int64
	for {
		b, ok, err := r.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return rows
		}
		k, v := batch.Values[int64](b.Cols[0]), batch.Values[int64](b.Cols[1])
		for i := range k {
			rows = append(rows, [2]int64{k[i], v[i]})
		}
	}
}

func start(t *testing.T, g *plan.Graph, o Options, r *collect.Results) *Job {
	t.Helper()
	j, err := Start(context.Background(), g, o)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-j.Done()
		r.End(j.Wait(context.Background()))
	}()
	return j
}

func TestKeysStayTogetherAndNoRowIsLost(t *testing.T) {
	g, results := pipeline(50_000, 100)
	j := start(t, g, Options{}, results)
	rows := drain(t, results)
	if len(rows) != 50_000 {
		t.Fatalf("%d rows", len(rows))
	}
	home, used := map[int64]int64{}, map[int64]bool{}
	for _, r := range rows {
		if at, ok := home[r[0]]; ok && at != r[1] {
			t.Fatalf("key %d on subtasks %d and %d", r[0], at, r[1])
		}
		home[r[0]] = r[1]
		used[r[1]] = true
	}
	if len(home) != 100 || len(used) != 2 {
		t.Errorf("%d keys on %d subtasks", len(home), len(used))
	}
	if s := j.Status(); s != Finished {
		t.Errorf("status %s", s)
	}
	var in int64
	for _, m := range j.Metrics() {
		if m.Name == "where.0.numRecordsIn" || m.Name == "where.1.numRecordsIn" {
			in += m.Value
		}
	}
	if in != 50_000 {
		t.Errorf("metrics count %d rows in", in)
	}
}

func TestCancelWithFullOutput(t *testing.T) {
	g, results := pipeline(5_000_000, 100)
	j := start(t, g, Options{}, results)
	ctx := context.Background()
	if _, _, err := results.Next(ctx); err != nil { // it runs; nobody reads on
		t.Fatal(err)
	}
	began := time.Now()
	j.Cancel()
	if err := j.Wait(ctx); err == nil || j.Status() != Canceled {
		t.Fatalf("%v, %s", err, j.Status())
	}
	if d := time.Since(began); d > time.Second {
		t.Errorf("cancel took %v", d)
	}
	if len(j.LeftBehind()) > 0 {
		t.Errorf("left behind %v", j.LeftBehind())
	}
}

func TestErrorNamesTheOperatorAndKeepsTheCause(t *testing.T) {
	g, results := pipeline(1000, 10)
	cause := fmt.Errorf("row is bad")
	g.Nodes[2].Origin = "job.py:12"
	g.Nodes[2].Op = &jobtest.Apply{Make: func(*operator.Context) step {
		return func(*batch.Batch, operator.Output) error { return cause }
	}}
	j := start(t, g, Options{}, results)
	err := j.Wait(context.Background())
	if j.Status() != Failed || err == nil ||
		err.Error() != "operator 'where' (job.py:12): row is bad" || !errors.Is(err, cause) {
		t.Fatalf("%s: %v", j.Status(), err)
	}
}
