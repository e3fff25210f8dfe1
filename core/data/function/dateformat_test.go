package function

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// TestDateFormatOfTimesNearOneAnother formats times of which many share the minute or the day, by
// patterns that change from row to row, and compares with each one formatted by itself.
func TestDateFormatOfTimesNearOneAnother(t *testing.T) {
	patterns := []string{"yyyy-MM-dd", "HH:mm", "yyyy-MM-dd HH:mm:ss.SSS", "HH 'h'", "E a hh", "mm:ss",
		"D", "'text'", "HH:mm Z"}
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 9))
	for _, unit := range []int{0, 3, 6} {
		ctx, second := &kernel.Context{Zone: zone}, kernel.ConvertUnit(1, 0, unit)
		stamp := types.WithPrecision(types.Timestamp, unit)
		for _, step := range []int64{1, 20, 1500, 40_000} {
			const n = 500
			times, texts := make([]int64, n), batch.NewBuilder(types.String(), n)
			at, pattern, names := -3*86400*second, 0, make([]string, n)
			for i := range n {
				at += rng.Int64N(step*second+1) - step*second/4
				if rng.IntN(10) == 0 {
					pattern = rng.IntN(len(patterns))
				}
				times[i], names[i] = at, patterns[pattern]
				texts.AppendBytes([]byte(names[i]))
			}
			args := []kernel.Vec{kernel.ColVec(batch.MakeFixed(stamp, times, nil)),
				kernel.ColVec(texts.Finish())}
			got, err := rows(dateFormat)(ctx, args, n, types.String())
			if err != nil {
				t.Fatal(err)
			}
			c := got.Column(n)
			for i := range n {
				alone := newCall(ctx, args, 1, types.String())
				if err := dateFormat(alone, i); err != nil {
					t.Fatal(err)
				}
				if want := alone.out.Finish().Str(0); c.Str(i) != want {
					t.Fatalf("unit %d, row %d: %d by %q is %q, want %q", unit, i, times[i], names[i],
						c.Str(i), want)
				}
			}
		}
	}
}

// TestWordCounts counts numbers up and down and compares with a map of Go.
func TestWordCounts(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 10))
	var w wordCounts
	want := map[int64]int64{}
	for range 50_000 {
		v, by := rng.Int64N(900)-300, rng.Int64N(5)-2
		if v > 500 {
			v <<= 50
		}
		want[v] += by
		if got := w.add(v, by); got != want[v] {
			t.Fatalf("%d has count %d, want %d", v, got, want[v])
		}
		if want[v] == 0 {
			delete(want, v)
		}
	}
	for _, v := range w.sorted() {
		if w.add(v, 0) != want[v] {
			t.Errorf("%d has count %d, want %d", v, w.add(v, 0), want[v])
		}
		delete(want, v)
	}
	if len(want) > 0 {
		t.Errorf("%v are not there", want)
	}
}
