package runtimefilter_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/runtimefilter"
)

var schema = types.NewSchema(types.F("a", types.String()), types.F("k", types.Of(types.BigInt)))

// output keeps what is emitted.
type output struct{ batches []*batch.Batch }

func (o *output) Emit(_ int, b *batch.Batch) { o.batches = append(o.batches, b) }
func (o *output) Watermark(int64)            {}
func (o *output) Full() bool                 { return false }

func (o *output) rows() (n int) {
	for _, b := range o.batches {
		n += b.Len()
	}
	return n
}

func numbers(from, to int64) *batch.Batch {
	b := batch.NewRowBuilder(schema, 0)
	for k := from; k < to; k++ {
		b.Cols[0].AppendString("x")
		batch.Append(b.Cols[1], k)
	}
	return b.Finish()
}

// set builds the set of some keys, as one of two subtasks does.
func set(t *testing.T, from, to int64) *batch.Batch {
	t.Helper()
	build := runtimefilter.NewBuild(&plan.RuntimeFilterBuild{Keys: []int{1}, Rows: 1000})
	out := &output{}
	if err := build.Open(&operator.Context{}); err != nil {
		t.Fatal(err)
	}
	for at := from; at < to; at += 100 {
		if err := build.Process(0, numbers(at, min(at+100, to)), out); err != nil {
			t.Fatal(err)
		}
	}
	if err := build.EndInput(0, out); err != nil || out.rows() != 1 {
		t.Fatal(err, out.rows())
	}
	return out.batches[0]
}

func filter(t *testing.T, sets []*batch.Batch, rows ...*batch.Batch) *output {
	t.Helper()
	op, out := &plan.RuntimeFilter{Keys: []int{1}, Rows: 1000}, &output{}
	f := runtimefilter.NewFilter(op, nil, nil)
	if err := f.Open(&operator.Context{}); err != nil {
		t.Fatal(err)
	}
	for _, s := range sets {
		if f.Select() != 2 {
			t.Fatal("rows are asked for before the sets")
		}
		if err := f.Process(1, s, out); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.EndInput(1, out); err != nil {
		t.Fatal(err)
	}
	for _, b := range rows {
		if err := f.Process(0, b, out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestRowsWithoutAMatchAreDropped(t *testing.T) {
	sets := []*batch.Batch{set(t, 0, 300), set(t, 300, 500)}
	out := filter(t, sets, numbers(0, 500), numbers(500, 20_500))
	found := map[int64]bool{}
	for _, b := range out.batches {
		for _, k := range batch.Values[int64](b.Cols[1]) {
			found[k] = true
		}
	}
	for k := range int64(500) {
		if !found[k] {
			t.Fatalf("key %d was dropped", k)
		}
	}
	if n := out.rows(); n > 1500 {
		t.Errorf("%d of 20,500 rows passed, 500 have a match", n)
	}
}

func TestAnEmptySideLetsNothingPass(t *testing.T) {
	if n := filter(t, []*batch.Batch{set(t, 0, 0)}, numbers(0, 100)).rows(); n != 0 {
		t.Errorf("%d rows", n)
	}
}

// TestAFilterThatDropsLittleIsLeftOut: all rows pass once it has shown to be of no use.
func TestAFilterThatDropsLittleIsLeftOut(t *testing.T) {
	var rows []*batch.Batch
	for range 200 {
		rows = append(rows, numbers(0, 1000))
	}
	useless := filter(t, []*batch.Batch{set(t, 0, 1000)}, append(rows, numbers(5000, 9000))...)
	if n := useless.rows(); n != 204_000 {
		t.Errorf("%d rows, not 204,000", n)
	}
}
