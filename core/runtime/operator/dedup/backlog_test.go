package dedup_test

import (
	"fmt"
	"log/slog"
	"math"
	"slices"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/dedup"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/memory"
)

// told notes the rows that it is given.
type told struct{ lines []string }

func (o *told) Emit(_ int, b *batch.Batch) {
	for i := range b.Len() {
		o.lines = append(o.lines, fmt.Sprint(b.Kind(i), " ", b.Cols[0].Str(i),
			batch.Values[int32](b.Cols[1])[i]))
	}
}
func (*told) Watermark(int64) {}
func (*told) Full() bool      { return false }

type value struct {
	k  string
	v  int32
	ts int64
}

func TestBacklogGivesTheLastRowOnce(t *testing.T) {
	ends := map[string]func(o *dedup.Last, out operator.Output) error{
		"switch":    func(o *dedup.Last, out operator.Output) error { return o.Backlog(false, out) },
		"barrier":   func(o *dedup.Last, out operator.Output) error { return o.PrepareBarrier(out) },
		"watermark": func(o *dedup.Last, out operator.Output) error { return o.Watermark(9, out) },
		"end":       func(o *dedup.Last, out operator.Output) error { return o.EndInput(0, out) },
	}
	for name, end := range ends {
		for _, before := range []bool{true, false} {
			t.Run(fmt.Sprint(name, before), func(t *testing.T) { lastOnce(t, before, end) })
		}
	}
}

func lastOnce(t *testing.T, before bool, end func(o *dedup.Last, out operator.Output) error) {
	t.Helper()
	store, err := memory.Backend{}.Open(&state.StoreContext{OperatorInfo: state.OperatorInfo{
		Parallelism: 1, MaxParallelism: 128}, Clock: clock.System{}}, nil)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(err)
	op := &plan.Deduplicate{Keys: []int{0}, KeepLast: true, TimeColumn: 2, UpdateBefore: before}
	o, out := dedup.New(op, schema).(*dedup.Last), &told{}
	check(o.Open(&operator.Context{Task: operator.Task{Parallelism: 1, MaxParallelism: 128},
		Clock: clock.System{}, Log: slog.New(slog.DiscardHandler), Keyed: store.Keyed(),
		OperatorState: store.Operator(), BatchRows: 1024, Escapes: make([]bool, 1),
		Watermark: func() int64 { return math.MinInt64 }}))
	feed := func(values ...value) {
		b := batch.NewRowBuilder(schema, len(values))
		for _, x := range values {
			b.Cols[0].AppendBytes([]byte(x.k))
			batch.Append(b.Cols[1], x.v)
			batch.Append(b.Cols[2], x.ts)
		}
		check(o.Process(0, b.Finish(), out))
	}
	comes := func(want ...string) {
		t.Helper()
		if !slices.Equal(out.lines, want) {
			t.Errorf("got %q, want %q", out.lines, want)
		}
		out.lines = nil
	}
	check(o.Backlog(true, out))
	feed(value{"a", 1, 10}, value{"b", 2, 20}, value{"a", 3, 5})
	feed(value{"a", 4, 12}, value{"b", 5, 20})
	comes()
	check(end(o, out))
	slices.Sort(out.lines)
	comes("+I a4", "+I b5")
	feed(value{"a", 6, 11}, value{"b", 7, 21})
	if before {
		comes("-U b5", "+U b7")
	} else {
		comes("+U b7")
	}
	check(o.Close())
}
