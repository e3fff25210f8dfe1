package metrics

import "testing"

func TestHistogramQuantiles(t *testing.T) {
	var h Histogram
	for v := int64(1); v <= 1000; v++ {
		h.Record(v)
	}
	for _, c := range []struct {
		q    float64
		want int64
	}{{0, 1}, {0.5, 500}, {0.99, 990}, {1, 1000}} {
		got := h.Quantile(c.q)
		if got > c.want || float64(got) < float64(c.want)*0.875 {
			t.Errorf("quantile %v = %d, want %d within 12.5 %%", c.q, got, c.want)
		}
	}
	if h.Max() != 1000 || h.Count() != 1000 || h.Mean() != 500.5 {
		t.Errorf("max %d count %d mean %v", h.Max(), h.Count(), h.Mean())
	}
}

func TestSnapshotNamesByGroup(t *testing.T) {
	var root Group
	root.Counter("jobs").Add(2)
	op := root.Group("job").Group("map")
	op.Counter("rows").Add(7)
	op.Counter("rows").Add(1)
	op.Gauge("depth", func() int64 { return 5 })
	got := root.Snapshot()
	want := []Value{{"job.map.depth", 5}, {"job.map.rows", 8}, {"jobs", 2}}
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %v, want %v", got[i], want[i])
		}
	}
}
