package batch

import (
	"testing"

	"github.com/headrace/headrace/core/data/types"
)

func TestConcatKeepsRowsKindsTimesAndMarks(t *testing.T) {
	schema := types.NewSchema(types.F("n", types.Of(types.BigInt)), types.F("s", types.String()))
	make2 := func(from int64, kinds bool, times bool) *Batch {
		r := NewRowBuilder(schema, 2)
		for i := range int64(2) {
			Append(r.Cols[0], from+i)
			if i == 1 {
				r.Cols[1].AppendNull()
			} else {
				r.Cols[1].AppendString("x")
			}
			if kinds {
				r.Kinds = append(r.Kinds, types.Delete)
			}
			if times {
				r.Times = append(r.Times, from+i)
			}
		}
		return r.Finish()
	}
	a, b := make2(0, false, true), make2(10, true, false)
	a.Marks = []Mark{{0, 1}, {2, 5}}
	b.Marks = []Mark{{0, 6}, {1, 9}}
	got := Concat([]*Batch{a, b})
	if got.Len() != 4 {
		t.Fatalf("%d rows", got.Len())
	}
	if v := Values[int64](got.Cols[0]); v[0] != 0 || v[3] != 11 {
		t.Errorf("values %v", v)
	}
	if !got.Cols[1].IsNull(3) || got.Cols[1].Str(2) != "x" {
		t.Error("strings wrong")
	}
	if got.Kind(1) != types.Insert || got.Kind(2) != types.Delete {
		t.Errorf("kinds %v", got.Kinds)
	}
	if got.Time(1) != 1 || got.Time(2) != NoTime {
		t.Errorf("times %v", got.Times)
	}
	want := []Mark{{0, 1}, {2, 6}, {3, 9}}
	if len(got.Marks) != len(want) {
		t.Fatalf("marks %v", got.Marks)
	}
	for i := range want {
		if got.Marks[i] != want[i] {
			t.Errorf("marks %v, want %v", got.Marks, want)
		}
	}
}
