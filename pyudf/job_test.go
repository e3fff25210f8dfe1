package pyudf

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/headrace/headrace/core/connector/collect"
	"github.com/headrace/headrace/core/connector/collection"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/runtime/job"
	"github.com/headrace/headrace/core/udf"

	_ "github.com/headrace/headrace/core/state/memory"
)

func withPython(ctx *udf.Context) (udf.Host, error) { return NewTaskHost(ctx) }

// pythonNode makes a node of a graph.
func pythonNode(t testing.TB, g *plan.Graph, kind, source string, keyed bool,
	parallelism int) *plan.Node {
	t.Helper()
	op := &plan.Python{Spec: &planpb.PythonOp{Kind: kind, Function: code(t, kind, "", source)},
		Keyed: []bool{keyed}}
	n := &plan.Node{Name: kind, Parallelism: parallelism, Op: op, Origin: "job.py:7",
		Schema: plan.StreamSchema(nil)}
	if kind == "key_by" {
		n.Schema = plan.KeyedSchema(nil, nil)
	}
	return g.Add(n)
}

// runJob runs a graph that ends in a collecting sink and returns the reprs of its rows.
func runJob(t testing.TB, h *Host, g *plan.Graph, results *collect.Results) ([]string, error) {
	t.Helper()
	if err := g.AssignUIDs(); err != nil {
		t.Fatal(err)
	}
	j, err := job.Start(context.Background(), g, job.Options{UDF: withPython, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-j.Done()
		results.End(j.Wait(context.Background()))
	}()
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	var rows []string
	for {
		b, ok, err := results.Next(ctx)
		if err != nil || !ok {
			return rows, err
		}
		rows = append(rows, reprs(t, h, b.Cols[0])...)
		b.Release()
	}
}

func TestJobOnObjects(t *testing.T) {
	h := host(t)
	for _, parallelism := range []int{1, 3} {
		g := &plan.Graph{Name: "words"}
		sink, results := collect.New(1<<20, false)
		words := objectsOf(t, h, "['a b', 'b', 'c a b'] * 100")
		words.Retain()
		schema := plan.StreamSchema(nil)
		src := g.Add(&plan.Node{Name: "source", Parallelism: 1, Schema: schema, Op: &plan.Source{
			Source: collection.New(schema, []*batch.Batch{
				batch.New(schema, []*batch.Column{words}, words.Len())})}})
		split := pythonNode(t, g, "flat_map", "f = lambda v: v.split()", false, parallelism)
		pair := pythonNode(t, g, "map", "f = lambda v: [v, 1]", false, parallelism)
		key := pythonNode(t, g, "key_by", "f = lambda v: v[0]", false, parallelism)
		count := pythonNode(t, g, "reduce",
			"def f(a, b):\n  a[1] += b[1]\n  return a", true, parallelism)
		last := pythonNode(t, g, "filter", "f = lambda v: v[1] % 100 == 0", false, parallelism)
		end := g.Add(&plan.Node{Name: "collect", Parallelism: 1, Op: &plan.Sink{Sink: sink}})
		g.Connect(src, split, plan.Rebalance)
		g.Connect(split, pair, plan.Forward)
		g.Connect(pair, key, plan.Forward)
		g.Connect(key, count, plan.Hash)
		g.Connect(count, last, plan.Forward)
		g.Connect(last, end, plan.Rebalance)
		rows, err := runJob(t, h, g, results)
		if err != nil {
			t.Fatal(err)
		}
		sort.Strings(rows)
		want := "['a', 100] ['a', 200] ['b', 100] ['b', 200] ['b', 300] ['c', 100]"
		if got := strings.Join(rows, " "); got != want {
			t.Errorf("parallelism %d: %s, want %s", parallelism, got, want)
		}
	}
}

func TestJobFailsWithTheUsersException(t *testing.T) {
	h := host(t)
	g := &plan.Graph{Name: "fails"}
	sink, results := collect.New(1<<20, false)
	numbers := objectsOf(t, h, "[3, 2, 1, 0]")
	numbers.Retain()
	schema := plan.StreamSchema(nil)
	src := g.Add(&plan.Node{Name: "source", Parallelism: 1, Schema: schema, Op: &plan.Source{
		Source: collection.New(schema, []*batch.Batch{
			batch.New(schema, []*batch.Column{numbers}, 4)})}})
	divide := pythonNode(t, g, "map", "f = lambda v: 6 // v", false, 1)
	end := g.Add(&plan.Node{Name: "collect", Parallelism: 1, Op: &plan.Sink{Sink: sink}})
	g.Connect(src, divide, plan.Forward)
	g.Connect(divide, end, plan.Forward)
	_, err := runJob(t, h, g, results)
	if err == nil || !strings.Contains(err.Error(), "ZeroDivisionError") ||
		!strings.Contains(fmt.Sprint(err), "at row 0") {
		t.Errorf("got %v", err)
	}
}
