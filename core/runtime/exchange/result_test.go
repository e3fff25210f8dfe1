package exchange

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/element"
	"github.com/headrace/headrace/core/state"
)

// filled makes a complete result of 3 parts with n batches spread at random, and what each part
// should give. limit is the budget's.
func filled(t testing.TB, f fsys.FS, codec Codec, n int, limit int64) (*Result, [3][]string) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	r := NewResult(3, ResultSpec{FS: f, Path: "/tmp/job/result", Codec: codec, MaxRows: 64,
		Budget: state.NewBudget(limit)})
	w := NewResultWriter(First{}, r)
	var want [3][]string
	for range n {
		i := rng.IntN(3)
		if rng.IntN(10) == 0 {
			time := rng.Int64N(1000)
			part{r, i}.TryPush(element.OfWatermark(time))
			want[i] = append(want[i], fmt.Sprintf("wm%d", time))
			continue
		}
		v := make([]int64, 1+rng.IntN(60))
		for k := range v {
			v[k] = rng.Int64N(1000)
			want[i] = append(want[i], fmt.Sprint(v[k]))
		}
		part{r, i}.TryPush(rows(v...))
	}
	if err := w.Write(end()); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if err := w.Err(); err != nil || !w.Closed() {
		t.Fatalf("the result is not complete: %v", err)
	}
	return r, want
}

// readPart returns the elements of a part, row by row.
func readPart(r *Result, i int) (out []string, err error) {
	c := NewStored(r.Reader(i))
	g := NewGate(clock.NewManual(0), []*Channel{c}, []int{0}, 1)
	g.MaxRows = 64
	for {
		_, e, ok := g.Poll(0)
		if !ok {
			return out, g.Err()
		}
		switch e.Kind {
		case element.Batch:
			for _, v := range batch.Values[int64](e.Batch.Cols[0]) {
				out = append(out, fmt.Sprint(v))
			}
		case element.Watermark:
			out = append(out, fmt.Sprintf("wm%d", e.Time))
		case element.End:
			out = append(out, "end")
		}
	}
}

func TestResultsAreReadInOrderAndAgain(t *testing.T) {
	for _, codec := range []Codec{NoCodec, LZ4, ZSTD} {
		for _, limit := range []int64{0, 1 << 20} {
			f := fsys.NewMem()
			r, want := filled(t, f, codec, 8_000, limit)
			if spilled := r.Spilled() > 0; spilled != (limit > 0) {
				t.Fatalf("%s, %d bytes: spilled %v", codec, limit, spilled)
			}
			for i := range want {
				for range 2 {
					got, err := readPart(r, i)
					if err != nil {
						t.Fatal(err)
					}
					// The gate passes on a watermark only when time moves.
					if s := rising(append(want[i], "end")); strings.Join(got, " ") != strings.Join(s, " ") {
						t.Fatalf("%s, %d bytes: part %d differs", codec, limit, i)
					}
				}
			}
			if err := r.Dispose(); err != nil {
				t.Fatal(err)
			}
			if left, _ := f.List("/tmp/job"); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			if used := r.spec.Budget.Used(); used != 0 {
				t.Errorf("%d bytes are still counted", used)
			}
			if _, err := readPart(r, 0); err == nil {
				t.Error("a result that was disposed of can be read")
			}
		}
	}
}

func TestWhatIsReadOnceIsLetGoOf(t *testing.T) {
	for _, limit := range []int64{0, 1 << 20} {
		r, want := filled(t, fsys.NewMem(), LZ4, 8_000, limit)
		for i := range want {
			reader := r.Reader(i)
			reader.Once = true
			var got []string
			for {
				e, ok, err := reader.next(64)
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					break
				}
				if e.Kind == element.Watermark {
					got = append(got, fmt.Sprintf("wm%d", e.Time))
				}
				if e.Batch != nil {
					for _, v := range batch.Values[int64](e.Batch.Cols[0]) {
						got = append(got, fmt.Sprint(v))
					}
				}
			}
			if strings.Join(got, " ") != strings.Join(want[i], " ") {
				t.Errorf("%d bytes: part %d differs", limit, i)
			}
		}
		if used := r.spec.Budget.Used(); used != 0 {
			t.Errorf("%d bytes are still held", used)
		}
	}
}

// rising drops the watermarks that do not move time.
func rising(all []string) (out []string) {
	now := int64(-1)
	for _, s := range all {
		var at int64
		if n, _ := fmt.Sscanf(s, "wm%d", &at); n == 1 {
			if at <= now {
				continue
			}
			now = at
		}
		out = append(out, s)
	}
	return out
}

func TestCorruptResultsAreTold(t *testing.T) {
	f := fsys.NewMem()
	r, _ := filled(t, f, LZ4, 8_000, 1<<20)
	f.Corrupt("/tmp/job/result", int(r.Spilled()/2))
	var lost *LostError
	failed := 0
	for i := range 3 {
		if _, err := readPart(r, i); err != nil {
			failed++
			if !errors.As(err, &lost) || lost.Result != r || !strings.Contains(err.Error(), "checksum") {
				t.Errorf("got %v", err)
			}
		}
	}
	if failed != 1 {
		t.Errorf("%d parts cannot be read", failed)
	}
}

func TestFullDiskNamesTheRemedy(t *testing.T) {
	f := fsys.NewMem()
	f.Fault = func(op fsys.Op, _ string, size int) (int, error) {
		if op == fsys.OpWrite {
			return size / 2, errors.New("no space left on device")
		}
		return -1, nil
	}
	r := NewResult(1, ResultSpec{FS: f, Path: "/tmp/job/result", MaxRows: 64,
		Budget: state.NewBudget(1)})
	w := NewResultWriter(nil, r)
	var err error
	for range 100_000 {
		if err = w.Write(rows(1, 2, 3, 4, 5, 6, 7, 8)); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "no space left") ||
		!strings.Contains(err.Error(), "io.tmp.dirs") {
		t.Fatalf("got %v", err)
	}
	if err := r.Dispose(); err != nil {
		t.Fatal(err)
	}
	if left, _ := f.List("/tmp/job"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func BenchmarkResult(b *testing.B) {
	for _, c := range []struct {
		name  string
		codec Codec
		limit int64
	}{{"memory", NoCodec, 0}, {"file", NoCodec, 1}, {"lz4", LZ4, 1}, {"zstd", ZSTD, 1}} {
		b.Run(c.name, func(b *testing.B) {
			var total int64
			for b.Loop() {
				r, _ := filled(b, fsys.NewMem(), c.codec, 1000, c.limit)
				for i := range 3 {
					if _, err := readPart(r, i); err != nil {
						b.Fatal(err)
					}
				}
				total += r.Spilled()
				_ = r.Dispose()
			}
		})
	}
}
