package bykey

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
)

// numbered makes a batch whose first column is the numbers of its rows.
func numbered(from int, keys [][]byte, times []int64) *batch.Batch {
	b := batch.NewRowBuilder(keySchema, len(keys))
	for i, k := range keys {
		batch.Append(b.Cols[0], int64(from+i))
		batch.Append(b.Cols[1], int64(from+i))
		b.Cols[2].AppendBytes(k)
		if times != nil {
			b.Times = append(b.Times, times[i])
		}
	}
	return b.Finish()
}

// TestRowsOfManyChunksComeInOneOrder: rows are put in order chunk by chunk beside the task, and the
// chunks merged; equal keys keep their order of arrival.
func TestRowsOfManyChunksComeInOneOrder(t *testing.T) {
	const n, per = 3*chunkRows + chunkRows/2, 5_000
	r := rand.New(rand.NewPCG(5, 6))
	for _, shape := range []string{"short", "long"} {
		for _, ports := range []int{1, 2} {
			for _, limit := range []int64{0, 40 * chunkRows, 100 * chunkRows} {
				keys, times := make([][]byte, n), make([]int64, n)
				for i := range keys {
					if keys[i] = []byte{byte(r.IntN(256)), byte(r.IntN(200))}; shape == "long" {
						keys[i] = fmt.Appendf(nil, "a key of some length %d", r.IntN(20_000))
					}
					times[i] = int64(i * 31 % 4)
				}
				if ports == 1 {
					clear(times)
				}
				port := func(i int) int { return i / per % ports }
				want := make([]int, n)
				for i := range want {
					want[i] = i
				}
				slices.SortStableFunc(want, func(a, b int) int {
					return cmp.Or(bytes.Compare(keys[a], keys[b]), cmp.Compare(times[a], times[b]),
						cmp.Compare(port(a), port(b)))
				})
				f := newBuffer(&operator.Context{FS: fsys.NewMem(), Memory: memory.New(1 << 40)}, limit)
				for from := 0; from < n; from += per {
					to := min(from+per, n)
					b := numbered(from, keys[from:to], times[from:to])
					if err := f.add(port(from), b); err != nil {
						t.Fatal(err)
					}
					b.Release()
				}
				rows, err := f.sorted()
				if err != nil {
					t.Fatal(err)
				}
				if (f.spill != nil) != (limit > 0) {
					t.Errorf("limit %d: on disk: %v", limit, f.spill != nil)
				}
				if got := places(t, rows, 1000); !slices.Equal(got, want) {
					t.Errorf("%s keys, %d ports, limit %d: wrong order", shape, ports, limit)
				}
				if err := f.close(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestLiveObjectsAreInNoChunk: a batch made of others would keep all of them.
func TestLiveObjectsAreInNoChunk(t *testing.T) {
	f := newBuffer(&operator.Context{Memory: memory.New(1 << 40)}, 0)
	schema := types.NewSchema(types.F("value", types.Of(types.Object)))
	if !schema.HasObjects() || keySchema.HasObjects() {
		t.Error("which schemas have objects?")
	}
	b := numbered(0, [][]byte{{1}, {2}}, nil)
	if err := f.add(1, b); err != nil {
		t.Fatal(err)
	}
	if len(f.refs) != 0 || len(f.chunks) != 2 || f.chunks[1].rows != 2 {
		t.Errorf("%d refs, chunks %v", len(f.refs), f.chunks)
	}
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkAddAndSpill is what a keyed stage does with its input, of about twenty chunks a run.
func BenchmarkAddAndSpill(b *testing.B) {
	const n, per = 1 << 20, 8192
	batches := make([]*batch.Batch, 0, n/per)
	r := rand.New(rand.NewPCG(7, 9))
	for from := 0; from < n; from += per {
		keys := make([][]byte, per)
		for i := range keys {
			k := r.IntN(1 << 22)
			keys[i] = []byte{1, 3, 3, byte(k), byte(k >> 8), byte(k >> 16)}
		}
		batches = append(batches, numbered(from, keys, nil))
	}
	for b.Loop() {
		f := newBuffer(&operator.Context{FS: fsys.NewMem(), Memory: memory.New(1 << 40)}, 0)
		for _, in := range batches {
			if err := f.add(0, in); err != nil {
				b.Fatal(err)
			}
		}
		if err := f.toDisk(); err != nil {
			b.Fatal(err)
		}
		_ = f.close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
}
