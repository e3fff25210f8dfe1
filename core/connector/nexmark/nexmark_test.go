package nexmark

import (
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

func open(t testing.TB, options ...string) connector.Source {
	t.Helper()
	tbl := &connector.Table{Name: "t", Options: map[string]string{"connector": "nexmark"},
		Schema: types.NewSchema(types.F("event_type", types.Of(types.Int)),
			types.F("person", types.MustParse(personType)),
			types.F("auction", types.MustParse(auctionType)),
			types.F("bid", types.MustParse(bidType)))}
	for i := 0; i < len(options); i += 2 {
		tbl.Options[options[i]] = options[i+1]
	}
	s, err := connector.NewSource(tbl)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	want, err := connectortest.Start(t, open(t, "events.num", "120"), 1, nil).All(50)
	if err != nil || len(want) != 120 {
		t.Fatal(len(want), err)
	}
	connectortest.Bounded(t, func() connector.Source { return open(t, "events.num", "120") }, want, 12)
}

func TestUnboundedWithoutANumber(t *testing.T) {
	connectortest.Endless(t, open(t, "events.num", "0"))
}

func TestProportionsAndReferences(t *testing.T) {
	src := open(t, "events.num", "50000")
	r, err := src.NewReader(&connector.ReaderContext{Parallelism: 1, Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	r.Add(connector.StridedSplits(50000, 1))
	p, err := r.Poll(50000, 0)
	if err != nil {
		t.Fatal(err)
	}
	kinds := batch.Values[int32](p.Batch.Cols[0])
	var count [3]int
	hot, bytes := 0, 0
	for i, k := range kinds {
		count[k]++
		for c := range 3 {
			if p.Batch.Cols[c+1].IsNull(i) != (int32(c) != k) {
				t.Fatalf("event %d of kind %d", i, k)
			}
		}
		if k != 2 {
			continue
		}
		bid := p.Batch.Cols[3]
		auction := batch.Values[int64](bid.Child(0))[i]
		if last := int64(i/50*3 + 2 + lead + firstID); auction < firstID || auction > last {
			t.Fatalf("bid %d for auction %d of %d", i, auction, last)
		}
		if auction%hotEvery == 0 {
			hot++
		}
		bytes += 32 + len(bid.Child(3).Bytes(i)) + len(bid.Child(4).Bytes(i)) + len(bid.Child(6).Bytes(i))
		if want := int64(1436918400000 + i/10); batch.Values[int64](bid.Child(5))[i] != want {
			t.Fatalf("event %d at %d, want %d", i, batch.Values[int64](bid.Child(5))[i], want)
		}
	}
	if count != [3]int{1000, 3000, 46000} {
		t.Errorf("%v people, auctions and bids", count)
	}
	if share := float64(hot) / 46000; share < 0.49 || share > 0.53 {
		t.Errorf("share of hot auctions %.3f, want about a half", share)
	}
	if size := bytes / 46000; size < 90 || size > 180 {
		t.Errorf("a bid has %d bytes on average", size)
	}
}

func TestWrongColumnsAreNamed(t *testing.T) {
	_, err := connector.NewSource(&connector.Table{Name: "t",
		Options: map[string]string{"connector": "nexmark"},
		Schema:  types.NewSchema(types.F("a", types.String()))})
	if err == nil || !strings.Contains(err.Error(), "declare (event_type INT") {
		t.Fatal(err)
	}
}

func BenchmarkBids(b *testing.B) {
	src, err := open(b).(*Source).Project([]int{3})
	if err != nil {
		b.Fatal(err)
	}
	r, _ := src.NewReader(&connector.ReaderContext{Parallelism: 1, Clock: clock.System{}})
	r.Add(connector.StridedSplits(50000, 1))
	n := 0
	for b.Loop() {
		p, err := r.Poll(4096, 0)
		if err != nil {
			b.Fatal(err)
		}
		n += p.Batch.Len()
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}
