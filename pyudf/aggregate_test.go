package pyudf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/udf"
)

const span = `
class F:
    def open(self, ctx):
        self.counter = ctx.get_metric_group().counter("rows")
        self.unit = int(ctx.get_job_parameter("unit", "1"))
    def create_accumulator(self):
        return [0, 0]
    def accumulate(self, acc, v):
        acc[0] += 1
        acc[1] += v
        self.counter.inc()
    def retract(self, acc, v):
        acc[0] -= 1
        acc[1] -= v
    def merge(self, acc, others):
        for o in others:
            acc[0] += o[0]
            acc[1] += o[1]
    def get_value(self, acc):
        return (acc[0] * 1000 + acc[1]) * self.unit
f = F()`

type counts map[string]int64

func (c counts) Count(name string, n int64)   { c[name] += n }
func (c counts) Gauge(name string, v float64) { c[name] = int64(v) }
func (c counts) Record(name string, vs []int64) {
	for _, v := range vs {
		c[name] += v
	}
}

func aggregateSpec(t *testing.T, kind, style, source string,
	result ...types.Type) *udf.AggregateSpec {
	t.Helper()
	f := code(t, "f", style, source)
	f.Kind = kind
	bigint := types.Of(types.BigInt)
	return &udf.AggregateSpec{Inputs: []types.Type{bigint}, Call: call(f, 1, result...)}
}

func values(t *testing.T, a udf.Aggregate, slots ...int32) string {
	t.Helper()
	out, err := a.Value(slots)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(out[0].Arrow())
}

func TestAggregate(t *testing.T) {
	spec := aggregateSpec(t, "aggregate", "general", span, types.Of(types.BigInt))
	seen := counts{}
	spec.Context = udf.Context{Parameters: map[string]string{"unit": "2"}, Metrics: seen}
	a, err := host(t).Aggregate(spec)
	if err != nil {
		t.Fatal(err)
	}
	var _ state.Column = a
	a.Grow(3)
	kinds := []types.RowKind{types.Insert, types.Insert, types.UpdateBefore, types.UpdateAfter}
	in := []*batch.Column{bigints(5, 7, 5, 6)}
	if err := a.Accumulate([]int32{0, 1, 0, 0}, in, kinds); err != nil {
		t.Fatal(err)
	}
	if got := values(t, a, 0, 1, 2); got != "[2012 2014 0]" {
		t.Errorf("got %s", got)
	}
	if err := a.Merge([]int32{2, 0}, []int32{1, 1}); err != nil {
		t.Fatal(err)
	}
	if got := values(t, a, 0, 1, 2); got != "[4026 2014 2014]" {
		t.Errorf("after merge: %s", got)
	}
	if seen["rows"] != 3 || !a.CanMerge() || !a.CanRetract() {
		t.Errorf("metrics %v, merge %v, retract %v", seen, a.CanMerge(), a.CanRetract())
	}

	a.Clear([]int32{1})
	data, ends, err := a.Encode([]int32{0, 1}, []byte("before"), []int32{6})
	if err != nil || len(ends) != 3 || ends[2] != ends[1] || int(ends[2]) != len(data) {
		t.Fatalf("ends %v of %d bytes, %v", ends, len(data), err)
	}
	shifted := []int32{ends[1] - 6, ends[2] - 6}
	if err := a.Decode([]int32{2, 0}, data[6:], shifted); err != nil {
		t.Fatal(err)
	}
	if got := values(t, a, 0, 1, 2); got != "[0 0 4026]" {
		t.Errorf("after decode: %s", got)
	}
	if n := a.SizeBytes([]int32{0, 1}); n < 2 || n > 2000 {
		t.Errorf("two slots hold %d bytes", n)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// TestAccumulatorsAreApart: a create_accumulator that returns one object for all.
func TestAccumulatorsAreApart(t *testing.T) {
	a, err := host(t).Aggregate(aggregateSpec(t, "aggregate", "general", `
class F:
    zero = [0]
    def create_accumulator(self): return self.zero
    def accumulate(self, acc, v): acc[0] += v
    def get_value(self, acc): return acc[0]
f = F()`, types.Of(types.BigInt)))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	a.Grow(3)
	if err := a.Accumulate([]int32{0, 1, 0}, []*batch.Column{bigints(1, 10, 2)}, nil); err != nil {
		t.Fatal(err)
	}
	if got := values(t, a, 0, 1, 2); got != "[3 10 0]" {
		t.Errorf("got %s", got)
	}
}

func TestAggregateErrors(t *testing.T) {
	h := host(t)
	spec := aggregateSpec(t, "aggregate", "general", `
class F:
    def create_accumulator(self): return []
    def accumulate(self, acc, v): acc.append(1 // v)
    def get_value(self, acc): return "text"
f = F()`, types.Of(types.BigInt))
	a, err := h.Aggregate(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	a.Grow(1)
	err = a.Accumulate([]int32{0, 0}, []*batch.Column{bigints(1, 0)}, nil)
	wants(t, err, "ZeroDivisionError", "(0)", "job.py:7", "'f'")
	err = a.Accumulate([]int32{0}, []*batch.Column{bigints(1)}, []types.RowKind{types.Delete})
	wants(t, err, "no retract()", "updates or deletes", "job.py:7")
	wants(t, a.Merge([]int32{0}, []int32{0}), "no merge()")
	_, err = a.Value([]int32{0})
	wants(t, err, "TypeError", "BIGINT", "'text'")
	_, err = h.Aggregate(aggregateSpec(t, "aggregate", "general", "f = object()",
		types.Of(types.Int)))
	wants(t, err, "no aggregate function", "create_accumulator()")
}

func wants(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if err == nil || !strings.Contains(err.Error(), p) {
			t.Errorf("%v does not say %q", err, p)
		}
	}
}

// TestAggregateTakesRow: a Row in, a Row as accumulator, a Row spread over columns.
func TestAggregateTakesRow(t *testing.T) {
	bigint, str := types.Of(types.BigInt), types.String()
	f := code(t, "f", "general", `
from headrace.common.types import Row
class CountSum:
    def create_accumulator(self): return Row(0, 0)
    def accumulate(self, acc, row):
        acc[0] += 1
        acc[1] += row.qty
    def get_value(self, acc): return Row(acc[0], acc[1])
f = CountSum()`)
	f.Kind, f.TakesRow = "aggregate", true
	c := call(f, 2, bigint, bigint)
	c.Names = []string{"currency", "qty"}
	a, err := host(t).Aggregate(&udf.AggregateSpec{Inputs: []types.Type{str, bigint}, Call: c})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	a.Grow(2)
	in := []*batch.Column{strs("EUR", "USD", "EUR"), bigints(5, 6, 7)}
	if err := a.Accumulate([]int32{0, 1, 0}, in, nil); err != nil {
		t.Fatal(err)
	}
	data, ends, err := a.Encode([]int32{0}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Decode([]int32{1}, data, ends); err != nil {
		t.Fatal(err)
	}
	out, err := a.Value([]int32{0, 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(out[0].Arrow(), out[1].Arrow()); got != "[2 2] [12 12]" {
		t.Errorf("got %s", got)
	}
}

func TestTableAggregate(t *testing.T) {
	spec := aggregateSpec(t, "table_aggregate", "general", `
class Top2:
    def create_accumulator(self): return {"top": [], "old": []}
    def accumulate(self, acc, v):
        acc["top"] = sorted(acc["top"] + [v], reverse=True)[:2]
    def emit_value(self, acc):
        for rank, v in enumerate(acc["top"]):
            yield v, rank
    def emit_update_with_retract(self, acc, out):
        for v in acc["old"]: out.retract((v, 0))
        for v in acc["top"]: out.collect((v, 0))
        acc["old"] = list(acc["top"])
f = Top2()`, types.Of(types.BigInt), types.Of(types.Int))
	a, err := host(t).TableAggregate(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	a.Grow(2)
	if err := a.Accumulate([]int32{0, 0, 0}, []*batch.Column{bigints(3, 9, 5)}, nil); err != nil {
		t.Fatal(err)
	}
	out, origin, err := a.Emit([]int32{1, 0})
	if got := fmt.Sprint(out[0].Arrow(), out[1].Arrow(), origin); err != nil ||
		got != "[9 5] [0 1] [1 1]" {
		t.Errorf("got %s, %v", got, err)
	}
	if !a.CanUpdate() {
		t.Error("emit_update_with_retract is not seen")
	}
	for _, want := range []string{"[9 5] [0 0] [+U +U]", "[9 5 9 5] [0 0 0 0] [-U -U +U +U]"} {
		out, origin, kinds, err := a.EmitUpdate([]int32{0})
		if got := fmt.Sprintf("%v %v %v", out[0].Arrow(), origin, kinds); err != nil || got != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}

func TestGroupAggregate(t *testing.T) {
	for style, source := range map[string]string{
		"pandas": "f = lambda t: float(t.median())",
		"numpy":  "import numpy as np\nf = lambda t: np.median(t) if len(t) else None",
		"polars": "f = lambda t: t.median()",
		"arrow":  "import pyarrow.compute as pc\nf = lambda t: pc.quantile(t, 0.5)[0].as_py()",
	} {
		t.Run(style, func(t *testing.T) {
			spec := aggregateSpec(t, "aggregate", style, source, types.Of(types.Double))
			g, err := host(t).GroupAggregate(spec)
			if err != nil {
				t.Fatal(err)
			}
			defer g.Close()
			in := []*batch.Column{bigints(1, 9, 5, 4, 6)}
			out, err := g.Eval(in, 5, []int32{0, 3, 1, 2}, []int32{3, 5, 2, 2})
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(out[0].Arrow()); got != "[5 5 9 (null)]" {
				t.Errorf("got %s", got)
			}
		})
	}
	spec := aggregateSpec(t, "aggregate", "pandas", `
class MaxAdd:
    def create_accumulator(self): return []
    def accumulate(self, acc, v): acc.append(int(v.max()) + 1)
    def get_value(self, acc): return acc[0]
f = MaxAdd()`, types.Of(types.Int))
	g, err := host(t).GroupAggregate(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	out, err := g.Eval([]*batch.Column{bigints(1, 9)}, 2, []int32{0, 0}, []int32{1, 2})
	if err != nil || fmt.Sprint(out[0].Arrow()) != "[2 10]" {
		t.Errorf("got %v, %v", out, err)
	}
}

// TestGroupAggregateTakesRow: a DataFrame a group, a Row spread over columns.
func TestGroupAggregateTakesRow(t *testing.T) {
	double, bigint := types.Of(types.Double), types.Of(types.BigInt)
	f := code(t, "f", "pandas", `
from headrace.common.types import Row
f = lambda d: Row(float((d.a * d.b).sum()), len(d))`)
	f.Kind, f.TakesRow = "aggregate", true
	c := call(f, 2, double, bigint)
	c.Names = []string{"a", "b"}
	g, err := host(t).GroupAggregate(&udf.AggregateSpec{Inputs: []types.Type{bigint, bigint},
		Call: c})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	in := []*batch.Column{bigints(1, 2, 3), bigints(10, 20, 30)}
	out, err := g.Eval(in, 3, []int32{0, 1}, []int32{1, 3})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(out[0].Arrow(), out[1].Arrow()); got != "[10 130] [1 2]" {
		t.Errorf("got %s", got)
	}
}
