package hashjoin_test

import (
	"fmt"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/hashjoin"
)

// BenchmarkHotKey merges two sides of which all rows have one key, with a condition that one pair in
// a thousand meets.
func BenchmarkHotKey(b *testing.B) {
	const rows, limit = 2000, 1024
	side := types.NewSchema(types.F("k", types.Of(types.BigInt)), types.F("v", types.Of(types.BigInt)),
		types.F("text", types.Of(types.Varchar)))
	both := types.NewSchema(append(append([]types.Field{}, side.Fields...), side.Fields...)...)
	op := &plan.Join{LeftKeys: []int{0}, RightKeys: []int{0}, Condition: expr.MustCall("=",
		expr.NewColumn(1, "v", types.Of(types.BigInt)), expr.NewColumn(4, "v", types.Of(types.BigInt)))}
	made := batch.NewRowBuilder(side, rows)
	for i := range rows {
		batch.Append(made.Cols[0], int64(7))
		batch.Append(made.Cols[1], int64(i%1000))
		made.Cols[2].AppendBytes(fmt.Appendf(nil, "a text of some length, number %d", i))
	}
	in := made.Finish()
	for b.Loop() {
		o := hashjoin.NewMerge(op, side, side, both)
		ctx := &operator.Context{FS: fsys.NewMem(), Dir: "/work", Memory: memory.New(1 << 30),
			Clock:     clock.System{},
			BatchRows: limit, Task: operator.Task{BatchMode: true, Parallelism: 1}}
		if err := o.Open(ctx); err != nil {
			b.Fatal(err)
		}
		out := &output{}
		for port := range 2 {
			if err := o.Process(port, in, out); err != nil {
				b.Fatal(err)
			}
		}
		for port := range 2 {
			if err := o.EndInput(port, out); err != nil {
				b.Fatal(err)
			}
		}
		for o.Pending() {
			if err := o.Resume(out); err != nil {
				b.Fatal(err)
			}
		}
		if err := o.Close(); err != nil {
			b.Fatal(err)
		}
		if out.rows != rows*rows/1000 {
			b.Fatalf("%d rows", out.rows)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows/rows, "ns/pair")
}
