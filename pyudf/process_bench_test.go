package pyudf

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/connector/collect"
	"github.com/headrace/headrace/core/connector/collection"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/udf"
)

const (
	streamRows  = 200_000
	streamBatch = 4096
)

// plainLoop returns the nanoseconds that a Python program's loop() takes over streamRows elements.
func plainLoop(b *testing.B, h *Host, source string) float64 {
	b.Helper()
	var best float64 = math.MaxFloat64
	err := h.do(func() error {
		f, err := python.Loads(code(b, "loop", "", source).GetPickled())
		if err != nil {
			return err
		}
		defer f.Drop()
		for range 5 {
			start := time.Now()
			none, err := f.Call()
			if err != nil {
				return err
			}
			none.Drop()
			best = min(best, float64(time.Since(start).Nanoseconds()))
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return best / streamRows
}

// chunks makes object columns of the elements, streamBatch each.
func chunks(b *testing.B, h *Host, element string) []*batch.Column {
	var out []*batch.Column
	for from := 0; from < streamRows; from += streamBatch {
		to := min(from+streamBatch, streamRows)
		out = append(out, objectsOf(b, h,
			fmt.Sprintf("[%s for i in range(%d, %d)]", element, from, to)))
	}
	return out
}

// slotsOf resolves the keys of a batch as the operator does, over a plain Go map.
type slotsOf struct {
	keys  state.Keys
	slots map[string]int32
	out   []int32
}

func (s *slotsOf) resolve(b *testing.B, col *batch.Column) []int32 {
	if err := state.KeysFromBytes(col, 128, &s.keys); err != nil {
		b.Fatal(err)
	}
	s.out = s.out[:0]
	for i := range s.keys.Len() {
		slot, ok := s.slots[string(s.keys.Key(i))]
		if !ok {
			slot = int32(len(s.slots))
			s.slots[string(s.keys.Key(i))] = slot
		}
		s.out = append(s.out, slot)
	}
	return s.out
}

func runAll(b *testing.B, p udf.Process, use func(*batch.Batch)) {
	for {
		stop, err := p.Run(noTimers, streamBatch, 1<<30)
		if err != nil {
			b.Fatal(err)
		}
		p.Effects()
		out, err := p.Take(0)
		if err != nil {
			b.Fatal(err)
		}
		if out != nil {
			use(out)
			out.Release()
		}
		if stop == udf.StopDone {
			return
		}
	}
}

func report(b *testing.B, plain float64, ours time.Duration) {
	row := float64(ours.Nanoseconds()) / float64(b.N) / streamRows
	b.ReportMetric(row, "ns/row")
	b.ReportMetric(plain, "plain-ns/row")
	b.ReportMetric(row/plain, "ratio")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkMapFilterMap(b *testing.B) {
	for _, e := range []struct{ name, element, first, second, test string }{
		{"ints", "i", "lambda v: v + 1", "lambda v: v * 2", "lambda v: v % 3 != 0"},
		{"tuples", "(i, 'a', 1.5)", "lambda v: (v[0] + 1, v[1], v[2])", "lambda v: (v[0], v[2])",
			"lambda v: v[0] % 3 != 0"},
	} {
		b.Run(e.name, func(b *testing.B) {
			h := host(b)
			plain := plainLoop(b, h, fmt.Sprintf(`
data = [%s for i in range(%d)]
m, k, g = %s, %s, %s
def f():
    out = []
    for v in data:
        v = m(v)
        if k(v):
            out.append(g(v))
    return out`, e.element, streamRows, e.first, e.test, e.second))
			p := open(b, h, specFor(stage(b, "map", "f = "+e.first),
				stage(b, "filter", "f = "+e.test), stage(b, "map", "f = "+e.second)))
			cols := chunks(b, h, e.element)
			b.ResetTimer()
			start := time.Now()
			for range b.N {
				for _, c := range cols {
					feed(b, p, c, nil)
					runAll(b, p, func(*batch.Batch) {})
				}
			}
			report(b, plain, time.Since(start))
		})
	}
}

const reduceLoop = `
data = [i for i in range(%d)]
m, k, r = lambda v: (v %% 10000, v), lambda v: v[0], lambda a, b: (a[0], a[1] + b[1])
def f():
    out, d = [], {}
    for v in data:
        v = m(v)
        key = k(v)
        v = r(d[key], v) if key in d else v
        d[key] = v
        out.append(v)
    return out`

func BenchmarkMapKeyByReduce(b *testing.B) {
	h := host(b)
	plain := plainLoop(b, h, fmt.Sprintf(reduceLoop, streamRows))
	keyBy := open(b, h, specFor(stage(b, "map", "f = lambda v: (v % 10000, v)"),
		stage(b, "key_by", "f = lambda v: v[0]")))
	reduce := open(b, h, specFor(stage(b, "reduce", "f = lambda a, b: (a[0], a[1] + b[1])")))
	benchKeyed(b, h, keyBy, reduce, plain)
}

func BenchmarkKeyedProcessValueState(b *testing.B) {
	h := host(b)
	plain := plainLoop(b, h, fmt.Sprintf(`
data = [i for i in range(%d)]
k = lambda v: v %% 10000
d = {}
def process(key, v):
    n = (d.get(key) or 0) + v
    d[key] = n
    yield key, n
def f():
    out = []
    for v in data:
        for x in process(k(v), v):
            out.append(x)
    return out`, streamRows))
	keyBy := open(b, h, specFor(stage(b, "key_by", "f = lambda v: v % 10000")))
	process := open(b, h, specFor(stage(b, "keyed_process", `
class F:
    def open(self, ctx):
        class ValueStateDescriptor:
            name = "n"
        self.n = ctx.get_state(ValueStateDescriptor())
    def process_element(self, v, ctx):
        n = (self.n.value() or 0) + v
        self.n.update(n)
        yield ctx.get_current_key(), n
f = F()`)))
	benchKeyed(b, h, keyBy, process, plain)
}

func benchKeyed(b *testing.B, h *Host, keyBy, process udf.Process, plain float64) {
	cols := chunks(b, h, "i")
	slots := slotsOf{slots: map[string]int32{}}
	b.ResetTimer()
	start := time.Now()
	for range b.N {
		for _, c := range cols {
			feed(b, keyBy, c, nil)
			runAll(b, keyBy, func(keyed *batch.Batch) {
				if err := process.FeedRows(udf.Rows{Value: keyed.Cols[0], Key: keyed.Cols[1],
					Slots: slots.resolve(b, keyed.Cols[2])}); err != nil {
					b.Fatal(err)
				}
				runAll(b, process, func(*batch.Batch) {})
			})
		}
	}
	report(b, plain, time.Since(start))
}

// BenchmarkJob runs the chain as a whole job: source, exchange by key, state, sink.
func BenchmarkJob(b *testing.B) {
	h := host(b)
	plain := plainLoop(b, h, fmt.Sprintf(reduceLoop, streamRows))
	cols := chunks(b, h, "i")
	schema := plan.StreamSchema(nil)
	b.ResetTimer()
	start := time.Now()
	for range b.N {
		var batches []*batch.Batch
		for _, c := range cols {
			c.Retain()
			batches = append(batches, batch.New(schema, []*batch.Column{c}, c.Len()))
		}
		g := &plan.Graph{Name: "bench"}
		src := g.Add(&plan.Node{Name: "source", Parallelism: 1, Schema: schema,
			Op: &plan.Source{Source: collection.New(schema, batches)}})
		pair := pythonNode(b, g, "map", "f = lambda v: (v % 10000, v)", false, 1)
		key := pythonNode(b, g, "key_by", "f = lambda v: v[0]", false, 1)
		sum := pythonNode(b, g, "reduce", "f = lambda a, b: (a[0], a[1] + b[1])", true, 1)
		last := pythonNode(b, g, "filter", "f = lambda v: False", false, 1)
		sink, results := collect.New(1<<20, false)
		end := g.Add(&plan.Node{Name: "end", Parallelism: 1, Op: &plan.Sink{Sink: sink}})
		for _, e := range [][2]*plan.Node{{src, pair}, {pair, key}, {sum, last}, {last, end}} {
			g.Connect(e[0], e[1], plan.Forward)
		}
		g.Connect(key, sum, plan.Hash)
		if _, err := runJob(b, h, g, results); err != nil {
			b.Fatal(err)
		}
	}
	report(b, plain, time.Since(start))
}
