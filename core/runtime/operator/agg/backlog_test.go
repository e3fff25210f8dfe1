package agg_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/agg"
)

// told notes the rows that it is given.
type told struct{ lines []string }

func (o *told) Emit(_ int, b *batch.Batch) {
	for i := range b.Len() {
		o.lines = append(o.lines, fmt.Sprint(b.Kind(i), batch.Values[int64](b.Cols[0])[i], ":",
			batch.Values[int64](b.Cols[1])[i]))
	}
}
func (*told) Watermark(int64) {}
func (*told) Full() bool      { return false }

// past drives a sum by key that is told of a backlog.
type past struct {
	t   *testing.T
	op  *agg.Group
	out told
}

var pastSchema = types.NewSchema(types.F("k", types.Of(types.BigInt)),
	types.F("v", types.Of(types.BigInt)))

func newPast(t *testing.T, ttlMs int64, ctx *operator.Context) *past {
	t.Helper()
	p := &past{t: t, op: agg.NewGroup(&plan.GroupAggregate{Keys: []int{0}, UpdateBefore: true,
		StateTTLMs: ttlMs, Aggs: []plan.AggCall{{Name: "SUM", Args: []int{1}, Filter: -1,
			Type: types.Of(types.BigInt)}}}, pastSchema, pastSchema)}
	p.check(p.op.Open(ctx))
	return p
}

func (p *past) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *past) backlog(on bool) {
	p.t.Helper()
	p.check(p.op.Backlog(on, &p.out))
}

// feed hands over (key, value) pairs.
func (p *past) feed(kind types.RowKind, pairs ...[2]int64) {
	p.t.Helper()
	b := batch.NewRowBuilder(pastSchema, len(pairs))
	for _, kv := range pairs {
		batch.Append(b.Cols[0], kv[0])
		batch.Append(b.Cols[1], kv[1])
		b.Kinds = append(b.Kinds, kind)
	}
	p.check(p.op.Process(0, b.Finish(), &p.out))
}

// comes says what has come out since the last call; order: that of the keys does not matter.
func (p *past) comes(order bool, want ...string) {
	p.t.Helper()
	got := p.out.lines
	p.out.lines = nil
	if !order {
		slices.Sort(got)
	}
	if !slices.Equal(got, want) {
		p.t.Errorf("got %q, want %q", got, want)
	}
}

func TestBacklogGivesEachResultOnce(t *testing.T) {
	for name, over := range map[string]func(p *past){
		"switch":    func(p *past) { p.backlog(false) },
		"barrier":   func(p *past) { p.check(p.op.PrepareBarrier(&p.out)) },
		"watermark": func(p *past) { p.check(p.op.Watermark(7, &p.out)) },
		"end":       func(p *past) { p.check(p.op.EndInput(0, &p.out)) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPast(t, 0, benchContext(t))
			p.backlog(true)
			p.feed(types.Insert, [2]int64{1, 10}, [2]int64{2, 20}, [2]int64{1, 5})
			p.feed(types.Insert, [2]int64{1, 1}, [2]int64{3, 30})
			p.comes(true)
			over(p)
			p.comes(false, "+I 1:16", "+I 2:20", "+I 3:30")
			p.feed(types.Insert, [2]int64{1, 4})
			p.comes(true, "-U 1:16", "+U 1:20")
			p.backlog(true) // another past: results have gone out before
			p.feed(types.Insert, [2]int64{2, 1})
			p.comes(true, "-U 2:20", "+U 2:21")
			p.check(p.op.Close())
		})
	}
}

func TestBacklogWithRowsTakenBack(t *testing.T) {
	p := newPast(t, 0, benchContext(t))
	p.backlog(true)
	p.feed(types.Insert, [2]int64{1, 10}, [2]int64{2, 20})
	p.feed(types.Delete, [2]int64{1, 10})
	p.comes(false, "+I 1:10", "+I 2:20", "-D 1:10")
	p.backlog(false)
	p.comes(true)
	p.check(p.op.Close())
}

func TestBacklogThatCannotBeSilent(t *testing.T) {
	restored := benchContext(t)
	restored.RestoredCheckpoint = 3
	for name, p := range map[string]*past{"ttl": newPast(t, 60_000, benchContext(t)),
		"restored": newPast(t, 0, restored)} {
		p.backlog(true)
		p.feed(types.Insert, [2]int64{1, 10})
		p.feed(types.Insert, [2]int64{1, 5})
		if want := []string{"+I 1:10", "-U 1:10", "+U 1:15"}; !slices.Equal(p.out.lines, want) {
			t.Errorf("%s: got %q, want %q", name, p.out.lines, want)
		}
		p.check(p.op.Close())
	}
}

// BenchmarkBacklog sums 1,000 keys of a stream as it comes, and while it catches up.
func BenchmarkBacklog(b *testing.B) {
	for _, on := range []bool{false, true} {
		b.Run(fmt.Sprint("backlog=", on), func(b *testing.B) {
			const rows = 1024
			out := types.NewSchema(types.F("k", types.Of(types.BigInt)),
				types.F("n", types.Of(types.BigInt)), types.F("s", types.Of(types.BigInt)),
				types.F("m", types.Of(types.BigInt)))
			op := agg.NewGroup(&plan.GroupAggregate{Keys: []int{1}, UpdateBefore: true, Aggs: benchAggs},
				benchSchema, out)
			if err := op.Open(benchContext(b)); err != nil {
				b.Fatal(err)
			}
			in, sink := benchRows(0, rows), &nothing{}
			in.Marks = nil
			if err := op.Backlog(on, sink); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := op.Process(0, in, sink); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N*rows), "ns/row")
		})
	}
}
