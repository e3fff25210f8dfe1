package agg_test

import (
	"log/slog"
	"math"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/agg"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/memory"
)

// nothing takes what an operator emits.
type nothing struct{ rows int }

func (n *nothing) Emit(_ int, b *batch.Batch) { n.rows += b.Len() }
func (*nothing) Watermark(int64)              {}
func (*nothing) Full() bool                   { return false }

type noMetrics struct{}

func (noMetrics) Add(int64)                             {}
func (noMetrics) Record(int64)                          {}
func (m noMetrics) Counter(string) operator.Counter     { return m }
func (noMetrics) Gauge(string, func() int64)            {}
func (m noMetrics) Histogram(string) operator.Histogram { return m }

// benchContext is a context over the memory back end.
func benchContext(b testing.TB) *operator.Context {
	b.Helper()
	store, err := memory.Backend{}.Open(&state.StoreContext{OperatorInfo: state.OperatorInfo{
		Parallelism: 1, MaxParallelism: 128}, Clock: clock.System{}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	return &operator.Context{Task: operator.Task{Parallelism: 1, MaxParallelism: 128},
		Clock: clock.System{}, Log: slog.New(slog.DiscardHandler), Keyed: store.Keyed(),
		OperatorState: store.Operator(), BatchRows: 1024, Escapes: make([]bool, 1),
		Metrics: noMetrics{}, Watermark: func() int64 { return math.MinInt64 }}
}

var benchSchema = types.NewSchema(types.F("ts", types.WithPrecision(types.Timestamp, 3)),
	types.F("k", types.Of(types.BigInt)), types.F("v", types.Of(types.BigInt)))

// benchRows is batch n of rows: 100 a millisecond, 1,000 keys, a watermark after each millisecond.
func benchRows(n, rows int) *batch.Batch {
	ts, k, v := make([]int64, rows), make([]int64, rows), make([]int64, rows)
	var marks []batch.Mark
	for i := range rows {
		at := int64(n*rows + i)
		ts[i], k[i], v[i] = at/100, at*7%1000, at%977
		if at%100 == 0 && i > 0 {
			marks = append(marks, batch.Mark{Row: i, Time: at/100 - 1001})
		}
	}
	b := batch.New(benchSchema, []*batch.Column{
		batch.MakeFixed(benchSchema.Fields[0].Type, ts, nil),
		batch.MakeFixed(benchSchema.Fields[1].Type, k, nil),
		batch.MakeFixed(benchSchema.Fields[2].Type, v, nil)}, rows)
	b.Marks = marks
	return b
}

var benchAggs = []plan.AggCall{
	{Name: "COUNT", Filter: -1, Type: types.Of(types.BigInt)},
	{Name: "SUM", Args: []int{2}, Filter: -1, Type: types.Of(types.BigInt)},
	{Name: "MAX", Args: []int{2}, Filter: -1, Type: types.Of(types.BigInt)},
}

func benchWindow(b *testing.B, w plan.Window) {
	benchWindows(b, w, func(op *plan.WindowAggregate, in, out *types.Schema) operator.Operator {
		return agg.NewWindow(op, in, out)
	})
}

func benchWindows(b *testing.B, w plan.Window,
	newOperator func(op *plan.WindowAggregate, in, out *types.Schema) operator.Operator) {
	const rows, batches = 1024, 1000
	in := make([]*batch.Batch, batches)
	for i := range in {
		in[i] = benchRows(i, rows)
	}
	out := types.NewSchema(types.F("k", types.Of(types.BigInt)), types.F("n", types.Of(types.BigInt)),
		types.F("s", types.Of(types.BigInt)), types.F("m", types.Of(types.BigInt)))
	op := newOperator(&plan.WindowAggregate{Window: w, Keys: []int{1}, Aggs: benchAggs},
		benchSchema, out)
	if err := op.Open(benchContext(b)); err != nil {
		b.Fatal(err)
	}
	sink := &nothing{}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if n%batches == 0 && n > 0 { // time goes on
			b.StopTimer()
			for _, x := range in {
				ts := batch.Values[int64](x.Cols[0])
				for i := range ts {
					ts[i] += rows * batches / 100
				}
				for i := range x.Marks {
					x.Marks[i].Time += rows * batches / 100
				}
			}
			b.StartTimer()
		}
		if err := op.Process(0, in[n%batches], sink); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(n*rows), "ns/row")
}

func BenchmarkTumble(b *testing.B) {
	benchWindow(b, plan.Window{Kind: plan.Tumble, SizeMs: 10_000, TimeColumn: 0})
}

func BenchmarkHop(b *testing.B) {
	benchWindow(b, plan.Window{Kind: plan.Hop, SizeMs: 10_000, SlideMs: 2_000, TimeColumn: 0})
}

// BenchmarkSessions has a session for each row, which the next watermarks close.
func BenchmarkSessions(b *testing.B) {
	benchWindows(b, plan.Window{Kind: plan.Session, SizeMs: 8, TimeColumn: 0},
		func(op *plan.WindowAggregate, in, out *types.Schema) operator.Operator {
			return agg.NewSessions(op, in, out)
		})
}
