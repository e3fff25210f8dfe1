package task

import (
	"fmt"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/metrics"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/drive"
	"github.com/headrace/headrace/core/runtime/exchange"
	"github.com/headrace/headrace/core/runtime/operator"
)

var bigint = types.Of(types.BigInt)

func numbers(n int) *batch.Batch {
	v := make([]int64, n)
	for i := range v {
		v[i] = int64(i)
	}
	return batch.New(types.NewSchema(types.F("n", bigint)),
		[]*batch.Column{batch.MakeFixed(bigint, v, nil)}, n)
}

// repeat is a source that emits the same batch n times.
type repeat struct {
	operator.Base
	b *batch.Batch
	n int
}

func (o *repeat) Pull(out operator.Output) (operator.Pulled, error) {
	if o.n == 0 {
		return operator.PullDone, nil
	}
	o.n--
	o.b.Retain()
	out.Emit(0, o.b)
	return operator.PullAgain, nil
}

func (o *repeat) Barrier(int64) error                              { return nil }
func (o *repeat) Process(int, *batch.Batch, operator.Output) error { return nil }

// pass does nothing.
type pass struct{ operator.Base }

func (o *pass) Process(_ int, b *batch.Batch, out operator.Output) error {
	b.Retain()
	out.Emit(0, b)
	return nil
}

// drop counts rows.
type drop struct {
	operator.Base
	rows int
}

func (o *drop) Process(_ int, b *batch.Batch, _ operator.Output) error {
	o.rows += b.Len()
	return nil
}

type groupMetrics struct{ group *metrics.Group }

func (m groupMetrics) Counter(name string) operator.Counter     { return m.group.Counter(name) }
func (m groupMetrics) Gauge(name string, read func() int64)     { m.group.Gauge(name, read) }
func (m groupMetrics) Histogram(name string) operator.Histogram { return m.group.Histogram(name) }

type silent struct{}

func (silent) Ended(*Task)               {}
func (silent) Captured(*Task, *Snapshot) {}

func opOf(o operator.Operator, outputs ...[]Target) Operator {
	ctx := &operator.Context{Clock: clock.System{}, Metrics: groupMetrics{&metrics.Group{}},
		BatchRows: 1024, BatchBytes: 1 << 20}
	ctx.Name = fmt.Sprintf("%T", o)
	return Operator{Op: o, Context: ctx, Outputs: outputs}
}

// BenchmarkEmptyOperator measures what one more operator in a chain costs a batch: the difference
// between two depths by the difference of the depths.
func BenchmarkEmptyOperator(b *testing.B) {
	for _, depth := range []int{0, 1, 10} {
		b.Run(fmt.Sprint(depth), func(b *testing.B) {
			ops := []Operator{opOf(&repeat{b: numbers(1024), n: b.N}, []Target{{Next: 1}})}
			for i := range depth {
				ops = append(ops, opOf(&pass{}, []Target{{Next: i + 2}}))
			}
			ops = append(ops, opOf(&drop{}))
			t := New(Spec{Name: "chain", Operators: ops, Clock: clock.System{}, Host: silent{},
				Wake: func() {}})
			b.ResetTimer()
			for t.Step(drive.Budget) != drive.Done {
			}
			if t.Err() != nil {
				b.Fatal(t.Err())
			}
		})
	}
}

// BenchmarkExchange measures a batch of 1024 rows from one task to others, each in a goroutine.
func BenchmarkExchange(b *testing.B) {
	hash := &exchange.Hash{MaxParallelism: 128, Groups: func(x *batch.Batch, _ int, g []uint16,
	) ([]uint16, error) {
		for _, v := range batch.Values[int64](x.Cols[0]) {
			g = append(g, uint16(v&127))
		}
		return g, nil
	}}
	for _, c := range []struct {
		name      string
		router    exchange.Router
		consumers int
		rows      int
	}{{"forward", exchange.First{}, 1, 1024}, {"forward small", exchange.First{}, 1, 16},
		{"hash 2", hash, 2, 1024}, {"hash 8", hash, 8, 1024},
		{"rebalance 2", &exchange.RoundRobin{}, 2, 1024}} {
		b.Run(c.name, func(b *testing.B) { benchExchange(b, c.router, c.consumers, c.rows) })
	}
}

func benchExchange(b *testing.B, router exchange.Router, consumers, rows int) {
	d := drive.Goroutines{}
	done := make(chan *Task)
	wakeSource, startSource := d.New("source")
	var channels []*exchange.Channel
	var starts []func()
	for range consumers {
		wake, start := d.New("sink")
		ch := exchange.NewChannel(1<<20, wake, wakeSource)
		channels = append(channels, ch)
		gate := exchange.NewGate(clock.System{}, []*exchange.Channel{ch}, []int{0}, 1)
		t := New(Spec{Name: "sink", Operators: []Operator{opOf(&drop{})}, Gate: gate, Ports: 1,
			Clock: clock.System{}, Host: silent{}, Wake: wake})
		starts = append(starts, func() { start(t, func() { done <- t }) })
	}
	w := exchange.NewWriter(router, channels)
	t := New(Spec{Name: "source", Operators: []Operator{opOf(&repeat{b: numbers(rows), n: b.N},
		[]Target{{Writer: w}})}, Clock: clock.System{}, Host: silent{}, Wake: wakeSource})
	b.ReportAllocs()
	b.ResetTimer()
	startSource(t, func() {})
	for _, s := range starts {
		s()
	}
	got := 0
	for range consumers {
		t := <-done
		if t.Err() != nil {
			b.Fatal(t.Err())
		}
		got += t.chain.nodes[0].op.(*drop).rows
	}
	if got != b.N*rows {
		b.Fatalf("%d rows arrived, %d sent", got, b.N*rows)
	}
}
