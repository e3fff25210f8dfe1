package exchange

import (
	"slices"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/element"
)

func open(n int, window int64) []*Channel {
	var cs []*Channel
	for range n {
		cs = append(cs, NewChannel(window, func() {}, func() {}))
	}
	return cs
}

// drained returns the rows and the last watermark of a channel.
func drained(c *Channel) (rows []int64, wm int64) {
	for {
		e, ok, _ := c.Pop(0, 0)
		if !ok {
			return rows, wm
		}
		if e.Kind == element.Watermark {
			wm = e.Time
		}
		if e.Kind == element.Batch {
			rows = append(rows, batch.Values[int64](e.Batch.Cols[0])...)
			if k := len(e.Batch.Marks); k > 0 {
				wm = e.Batch.Marks[k-1].Time
			}
		}
	}
}

func TestRoundRobinGoesOnWhereTheLastBatchEnded(t *testing.T) {
	for _, cut := range []int{1, 3, 7} {
		cs := open(3, 1<<20)
		w := NewWriter(&RoundRobin{}, cs)
		b := ints(0, 1, 2, 3, 4, 5, 6)
		for from := 0; from < 7; from += cut {
			if err := w.Write(element.OfBatch(b.Slice(from, min(7, from+cut)))); err != nil {
				t.Fatal(err)
			}
		}
		for i, want := range [][]int64{{0, 3, 6}, {1, 4}, {2, 5}} {
			if got, _ := drained(cs[i]); !slices.Equal(got, want) {
				t.Errorf("batches of %d, channel %d: %v, want %v", cut, i, got, want)
			}
		}
	}
}

func TestEveryChannelLearnsOfMarks(t *testing.T) {
	cs := open(2, 1<<20)
	w := NewWriter(&RoundRobin{}, cs)
	b := ints(1)
	b.Marks = []batch.Mark{{Row: 1, Time: 9}}
	if err := w.Write(element.OfBatch(b)); err != nil {
		t.Fatal(err)
	}
	for i, c := range cs {
		if _, wm := drained(c); wm != 9 {
			t.Errorf("channel %d is at %d", i, wm)
		}
	}
}

func TestBarrierStaysBehindRowsWithoutCredit(t *testing.T) {
	cs := open(1, 8)
	w := NewWriter(First{}, cs)
	for _, e := range []element.Element{rows(1), rows(2), barrier(1)} {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if !w.Full() {
		t.Fatal("not full")
	}
	var kinds []element.Kind
	for range 4 {
		if e, ok, _ := cs[0].Pop(0, 0); ok {
			kinds = append(kinds, e.Kind)
		}
		w.Flush()
	}
	if !slices.Equal(kinds, []element.Kind{element.Batch, element.Batch, element.Barrier}) {
		t.Fatalf("came as %v", kinds)
	}
	if w.Full() {
		t.Error("still full")
	}
}

// TestWhatABarrierForcedInHasToBeTakenFirst: however many checkpoints there are, no more is in flight
// than one batch that the window allows and one that was forced.
func TestWhatABarrierForcedInHasToBeTakenFirst(t *testing.T) {
	woken := 0
	c := NewChannel(8, func() {}, func() { woken++ })
	w := NewWriter(First{}, []*Channel{c})
	sent := int64(0)
	feed := func() {
		for !w.Full() {
			sent++
			if err := w.Write(rows(sent)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 100 {
		feed()
		w.Force()
	}
	if sent > 3 || c.Queued() > 24 {
		t.Fatalf("%d batches were let in, %d bytes wait", sent, c.Queued())
	}
	for want := int64(1); want <= 20; want++ {
		e, ok, _ := c.Pop(0, 0)
		if !ok || batch.Values[int64](e.Batch.Cols[0])[0] != want {
			t.Fatalf("no batch %d", want)
		}
		w.Flush()
		feed()
	}
	if woken == 0 {
		t.Error("the producer was not woken")
	}
}

func TestPartitionerOutOfRangeIsTheUsersError(t *testing.T) {
	w := NewWriter(wild{}, open(2, 1<<20))
	if err := w.Write(rows(1)); err == nil {
		t.Fatal("no error")
	}
}

type wild struct{}

func (wild) Route(_ *batch.Batch, _ int, targets []int32) ([]int32, error) {
	return append(targets, 2), nil
}

func TestPointwiseCoversAllConsumersOnce(t *testing.T) {
	for producers := 1; producers < 8; producers++ {
		for consumers := 1; consumers < 8; consumers++ {
			seen := make([]int, consumers)
			for p := range producers {
				from, to := Pointwise(p, producers, consumers)
				if from >= to {
					t.Fatalf("producer %d of %d feeds none of %d", p, producers, consumers)
				}
				for c := from; c < to; c++ {
					seen[c]++
				}
			}
			if slices.Min(seen) < 1 || producers <= consumers && slices.Max(seen) != 1 {
				t.Fatalf("%d to %d: %v", producers, consumers, seen)
			}
		}
	}
}
