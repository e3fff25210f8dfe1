package watermark

import (
	"slices"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

var ts3 = types.WithPrecision(types.Timestamp, 3)

func rows(ms ...int64) *batch.Batch {
	return batch.New(types.NewSchema(types.F("ts", ts3)),
		[]*batch.Column{batch.MakeFixed(ts3, ms, nil)}, len(ms))
}

func column() (Strategy, error) {
	col := func(b *batch.Batch) (*batch.Column, error) { return b.Cols[0], nil }
	return &Column{Times: col, Watermarks: col, Every: true}, nil
}

func TestMarksFollowTheGreatestRowWhereverBatchesAreCut(t *testing.T) {
	in := []int64{5, 3, 8, 8, 9, 1}
	want := []batch.Mark{{Row: 1, Time: 5}, {Row: 3, Time: 8}, {Row: 5, Time: 9}}
	for size := 1; size <= len(in); size++ {
		a := NewAssigner(column, 0, 0, 0)
		var got []batch.Mark
		for from := 0; from < len(in); from += size {
			b, err := a.Assign("s", rows(in[from:min(from+size, len(in))]...), 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range b.Marks {
				got = append(got, batch.Mark{Row: from + m.Row, Time: m.Time})
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("batches of %d: %v, want %v", size, got, want)
		}
	}
}

func TestSlowestSplitHoldsBackUntilItEndsOrIdles(t *testing.T) {
	a := NewAssigner(column, 0, 100, 0)
	for _, id := range []string{"a", "b"} {
		if err := a.Add(id, 0); err != nil {
			t.Fatal(err)
		}
	}
	b, _ := a.Assign("a", rows(10, 20), 0)
	if len(b.Marks) != 0 {
		t.Fatalf("marks %v although split b has not begun", b.Marks)
	}
	b, _ = a.Assign("b", rows(5, 15, 30), 0)
	want := []batch.Mark{{Row: 1, Time: 5}, {Row: 2, Time: 15}, {Row: 3, Time: 20}}
	if !slices.Equal(b.Marks, want) {
		t.Fatalf("marks %v, want %v", b.Marks, want)
	}
	if _, err := a.Assign("b", rows(40), 90); err != nil {
		t.Fatal(err)
	}
	d, err := a.Tick(120)
	if err != nil || !d.Moved || d.Watermark != 40 || d.Idle {
		t.Fatalf("split a idle: %+v, %v", d, err)
	}
	d, _ = a.Tick(200)
	if !d.Idle || !d.Changed {
		t.Fatalf("both idle: %+v", d)
	}
}

func TestMillisRoundsDown(t *testing.T) {
	us := types.WithPrecision(types.Timestamp, 6)
	got, err := Millis(batch.MakeFixed(us, []int64{1999, -1, -1000}, nil))
	if err != nil || !slices.Equal(got, []int64{1, -1, -1}) {
		t.Fatalf("%v, %v", got, err)
	}
}

func TestSplitThatHasEndedHoldsNothingBack(t *testing.T) {
	a := NewAssigner(column, 0, 0, 0)
	for _, id := range []string{"a", "b"} {
		if err := a.Add(id, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.End("b", 0); err != nil {
		t.Fatal(err)
	}
	if err := a.End("never there", 0); err != nil {
		t.Fatal(err)
	}
	b, err := a.Assign("a", rows(10), 0)
	if err != nil || !slices.Equal(b.Marks, []batch.Mark{{Row: 1, Time: 10}}) {
		t.Fatal(b.Marks, err)
	}
}

func TestReaderWithoutSplitsIsIdleAfterTheTimeout(t *testing.T) {
	a := NewAssigner(column, 0, 100, 1000)
	tick := func(at int64, idle, changed bool) {
		t.Helper()
		if d, err := a.Tick(at); err != nil || d.Idle != idle || d.Changed != changed || d.Moved {
			t.Fatalf("at %d: %+v, %v; want idle %v, changed %v", at, d, err, idle, changed)
		}
	}
	tick(1099, false, false)
	tick(1100, true, true)
	if err := a.Add("a", 1200); err != nil {
		t.Fatal(err)
	}
	tick(1210, false, true) // the split holds back until its rows come
	if err := a.End("a", 1250); err != nil {
		t.Fatal(err)
	}
	tick(1349, false, false)
	tick(1350, true, true)
}

// TestMarksOfAllUnits: rows of a millisecond raise it once, nulls and what is earlier never do.
func TestMarksOfAllUnits(t *testing.T) {
	for precision, per := range map[int]int64{3: 1, 6: 1000, 9: 1_000_000} {
		typ := types.WithPrecision(types.Timestamp, precision)
		b := batch.NewBuilder(typ, 8)
		for _, ticks := range []int64{-3*per - 1, -3 * per, -3*per + per - 1, 5 * per} {
			batch.Append(b, ticks)
		}
		b.AppendNull()
		batch.Append(b, 4*per)
		batch.Append(b, 6*per)
		in := batch.New(types.NewSchema(types.F("ts", typ)), []*batch.Column{b.Finish()}, 7)
		col := func(b *batch.Batch) (*batch.Column, error) { return b.Cols[0], nil }
		times, marks, err := (&Column{Times: col, Watermarks: col, Every: true}).Assign(in)
		if err != nil {
			t.Fatal(err)
		}
		wantTimes := []int64{-4, -3, -3, 5, batch.NoTime, 4, 6}
		want := []batch.Mark{{Row: 1, Time: -4}, {Row: 2, Time: -3}, {Row: 4, Time: 5}, {Row: 7, Time: 6}}
		if !slices.Equal(times, wantTimes) || !slices.Equal(marks, want) {
			t.Errorf("precision %d: times %v, marks %v, want %v, %v", precision, times, marks,
				wantTimes, want)
		}
		c := &Column{Watermarks: col}
		if _, marks, _ = c.Assign(in); marks != nil || c.max != 6 {
			t.Errorf("precision %d: periodic watermark %d, marks %v", precision, c.max, marks)
		}
	}
}

func BenchmarkColumn(b *testing.B) {
	const n = 8192
	ms := make([]int64, n)
	for i := range ms {
		ms[i] = int64(i / 100)
	}
	in := rows(ms...)
	s, _ := column()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.Assign(in); err != nil {
			b.Fatal(err)
		}
	}
}
