package batch_test

import (
	"runtime"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// TestViewsOfNoRows: a view that begins where its column ends points at nothing. A pointer one past
// the end of a buffer belongs to whatever lies there, and once that is a free span the garbage
// collector stops the process ("found bad pointer in Go heap").
func TestViewsOfNoRows(t *testing.T) {
	const rows = 8192 // 64 KiB of int64: a span of its own, without slack behind it
	var views, all []*batch.Column
	for range 256 {
		c := batch.MakeFixed(types.Of(types.BigInt), make([]int64, rows), nil)
		all = append(all, c)
		views = append(views, c.Slice(rows, rows))
	}
	for i := range all {
		if i%2 == 1 {
			all[i], views[i] = nil, nil // free what lies behind every other column
		}
	}
	for range 3 {
		runtime.GC()
	}
	for i, v := range views {
		if v != nil && (v.Len() != 0 || len(batch.Values[int64](v)) != 0 || all[i].Len() != rows) {
			t.Fatalf("view %d has %d rows", i, v.Len())
		}
	}
}
