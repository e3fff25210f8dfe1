package bykey

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
)

// places are the numbers of the rows, as holding gives them, in the order in which they come.
func places(t *testing.T, r rows, n int) []int {
	t.Helper()
	var out []int
	for {
		m, err := r.merged(n)
		if err != nil {
			t.Fatal(err)
		}
		if m == nil {
			return out
		}
		if m.Len() > n {
			t.Fatalf("%d rows of at most %d", m.Len(), n)
		}
		for i, port := range m.Ports {
			part, at := m.Parts[port], int(m.At[i])
			out = append(out, int(batch.Values[int64](part.Cols[0])[at]))
			if !bytes.Equal(part.Cols[2].Bytes(at), m.Keys.Bytes(i)) {
				t.Fatalf("row %d of the port has another key", at)
			}
		}
		m.Release()
	}
}

func TestRowsOfSeveralPortsComeInOneOrder(t *testing.T) {
	const n, per = 500, 20
	r := rand.New(rand.NewPCG(3, 4))
	keys := make([][]byte, n)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "a key of some length %d", r.IntN(60))
	}
	port := func(i int) int { return i / per % 2 }
	time := func(i int) int64 { return int64(i * 31 % 4) }
	want := make([]int, n)
	for i := range want {
		want[i] = i
	}
	slices.SortStableFunc(want, func(a, b int) int {
		return cmp.Or(bytes.Compare(keys[a], keys[b]), cmp.Compare(time(a), time(b)),
			cmp.Compare(port(a), port(b)))
	})
	for _, size := range []int{1, 7, 1000} {
		f := holding(keys, per, port, time)
		f.sort()
		if got := places(t, &inMemory{buffer: f}, size); !slices.Equal(got, want) {
			t.Errorf("in memory, %d rows at a time: %v", size, got)
		}
		s, err := newSpill(&operator.Context{FS: fsys.NewMem()})
		if err != nil {
			t.Fatal(err)
		}
		for from := 0; from < n; from += 3 * per { // a run each
			to := min(from+3*per, n)
			f := holding(keys[from:to], per, func(i int) int { return port(from + i) },
				func(i int) int64 { return time(from + i) })
			for _, b := range f.batches {
				for i := range batch.Values[int64](b.Cols[0]) {
					batch.Values[int64](b.Cols[0])[i] += int64(from)
				}
			}
			f.sort()
			if err := s.write(f); err != nil {
				t.Fatal(err)
			}
		}
		m, err := s.merged()
		if err != nil {
			t.Fatal(err)
		}
		if got := places(t, m, size); !slices.Equal(got, want) {
			t.Errorf("from disk, %d rows at a time: %v", size, got)
		}
		if err := s.close(); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkSpillAndMerge(b *testing.B) {
	const n, per = 1 << 18, 8192
	keys := make([][]byte, n)
	for i := range keys {
		k := i * 7919 % (n / 2)
		keys[i] = []byte{1, 3, 3, byte(k), byte(k >> 8), byte(k >> 16)}
	}
	for b.Loop() {
		s, err := newSpill(&operator.Context{FS: fsys.NewMem()})
		if err != nil {
			b.Fatal(err)
		}
		for from := 0; from < n; from += n / 4 {
			f := holding(keys[from:from+n/4], per, nil, nil)
			f.held = 50 * n / 4
			f.sort()
			if err := s.write(f); err != nil {
				b.Fatal(err)
			}
		}
		m, err := s.merged()
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, rows, err := m.next(per); rows == nil || err != nil {
				break
			}
		}
		_ = s.close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
}
