package exchange

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/element"
)

var bigint = types.Of(types.BigInt)

func ints(v ...int64) *batch.Batch {
	return batch.New(types.NewSchema(types.F("n", bigint)),
		[]*batch.Column{batch.MakeFixed(bigint, v, nil)}, len(v))
}

func rows(v ...int64) element.Element { return element.OfBatch(ints(v...)) }

func barrier(id int64) element.Element {
	return element.Element{Kind: element.Barrier, Barrier: &element.BarrierInfo{ID: id}}
}

func end() element.Element { return element.Element{Kind: element.End} }

// harness is a gate over channels that are filled by hand.
type harness struct {
	t        *testing.T
	gate     *Gate
	channels []*Channel
	woken    int // producers that were woken
}

func newHarness(t *testing.T, window int64, ports ...int) *harness {
	h := &harness{t: t}
	nPorts := 0
	for _, p := range ports {
		h.channels = append(h.channels, NewChannel(window, func() {}, func() { h.woken++ }))
		nPorts = max(nPorts, p+1)
	}
	h.gate = NewGate(clock.NewManual(0), h.channels, ports, nPorts)
	return h
}

func (h *harness) push(channel int, es ...element.Element) {
	h.t.Helper()
	for _, e := range es {
		if !h.channels[channel].TryPush(e) {
			h.t.Fatalf("channel %d has no credit", channel)
		}
	}
}

// poll returns all that can be had, as text.
func (h *harness) poll(ports uint64) []string {
	var out []string
	for {
		port, e, ok := h.gate.Poll(ports)
		if !ok {
			return out
		}
		s := ""
		switch e.Kind {
		case element.Batch:
			s = fmt.Sprint(batch.Values[int64](e.Batch.Cols[0]))
			for _, m := range e.Batch.Marks {
				s += fmt.Sprintf(" wm%d@%d", m.Time, m.Row)
			}
		case element.Watermark:
			s = fmt.Sprintf("wm%d", e.Time)
		case element.Barrier:
			s = fmt.Sprintf("barrier%d", e.Barrier.ID)
		case element.End:
			s = fmt.Sprintf("end%d", port)
		case element.Status:
			s = fmt.Sprintf("idle=%v", e.Idle)
		}
		out = append(out, s)
	}
}

func (h *harness) want(ports uint64, want ...string) {
	h.t.Helper()
	if got := h.poll(ports); !slices.Equal(got, want) {
		h.t.Fatalf("got %q, want %q", got, want)
	}
}

func TestRowsBehindABarrierWaitForTheOthers(t *testing.T) {
	h := newHarness(t, 1<<20, 0, 0)
	h.push(0, rows(1), barrier(7), rows(2))
	h.push(1, rows(3))
	h.want(0, "[1]", "[3]")
	if !h.gate.Aligning() {
		t.Error("not aligning")
	}
	h.push(1, rows(4), barrier(7), rows(5))
	h.want(0, "[4]", "barrier7", "[2]", "[5]")
	if h.gate.Aligning() {
		t.Error("still aligning")
	}
}

func TestNewerBarrierEndsTheWaitForAnOlder(t *testing.T) {
	h := newHarness(t, 1<<20, 0, 0)
	h.push(0, barrier(1), rows(1), barrier(2), rows(2))
	h.want(0)
	h.push(1, barrier(2), rows(3))
	h.want(0, "[1]", "barrier2", "[3]", "[2]")
	h.push(1, barrier(1)) // late, given up
	h.want(0)
}

func TestAbortedBarrierLetsRowsGo(t *testing.T) {
	h := newHarness(t, 1<<20, 0, 0)
	h.push(0, barrier(1), rows(1))
	h.want(0)
	h.gate.GiveUp(1)
	h.want(0, "[1]")
	h.push(1, barrier(1), rows(2))
	h.want(0, "[2]")
}

func TestEndedChannelsStillCarryBarriersAndClosedOnesDoNotCount(t *testing.T) {
	h := newHarness(t, 1<<20, 0, 0)
	h.push(0, end())
	h.push(1, rows(1))
	h.want(0, "[1]")
	h.push(1, barrier(1), rows(2))
	h.want(0)
	h.push(0, barrier(1))
	h.want(0, "barrier1", "[2]")
	h.push(1, barrier(2), end())
	h.channels[0].Close()
	h.want(0, "barrier2", "end0")
	if !h.gate.Ended() || h.gate.Closed() {
		t.Error("ended, but one channel is open still")
	}
}

func TestEndComesOnceForEachPort(t *testing.T) {
	h := newHarness(t, 1<<20, 0, 0, 1)
	h.push(0, end())
	h.push(1, end())
	h.push(2, rows(1), end())
	got := h.poll(0)
	slices.Sort(got)
	if !slices.Equal(got, []string{"[1]", "end0", "end1"}) {
		t.Fatalf("got %q", got)
	}
}

func TestWantedPortsComeFirst(t *testing.T) {
	h := newHarness(t, 1<<20, 0, 1)
	h.push(0, rows(1))
	h.push(1, rows(2))
	h.want(1<<1, "[2]")
	h.push(1, end())
	h.want(1<<1, "end1", "[1]") // the wanted port has ended: the other is read
}

func TestMarksAreRewrittenToTheCombinedClock(t *testing.T) {
	h := newHarness(t, 1<<20, 0, 0)
	b := ints(1, 2, 3)
	b.Marks = []batch.Mark{{Row: 1, Time: 10}, {Row: 2, Time: 20}}
	h.push(1, element.OfWatermark(15))
	h.want(0)
	h.push(0, element.OfBatch(b))
	h.want(0, "[1 2 3] wm10@1 wm15@2")
	h.push(1, element.OfWatermark(30))
	h.want(0, "wm20")
	if len(b.Marks) != 2 {
		t.Error("the producer's batch was changed")
	}
}

// TestClockDoesNotDependOnCuts feeds the same rows and marks in different batches: the watermark
// in force before each row is the same as long as the channels are read in the same order.
func TestClockDoesNotDependOnCuts(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 0))
		n := 2 + rng.IntN(20)
		whole := make([]int64, n)
		var marks []batch.Mark
		at := int64(0)
		for i := range whole {
			whole[i] = int64(i)
			if rng.IntN(2) == 0 {
				at += int64(rng.IntN(5)) + 1
				marks = append(marks, batch.Mark{Row: i, Time: at})
			}
		}
		other := int64(rng.IntN(30))
		var first []int64
		for size := 1; size <= n; size += 1 + rng.IntN(3) {
			b := ints(whole...)
			b.Marks = marks
			h := newHarness(t, 1<<20, 0, 0)
			h.gate.MaxRows = 0 // keep the cuts
			h.push(1, element.OfWatermark(other))
			h.poll(0)
			for from := 0; from < n; from += size {
				h.push(0, element.OfBatch(b.Slice(from, min(from+size, n))))
			}
			got := inForce(h.gate, n)
			if first == nil {
				first = got
			}
			if !slices.Equal(got, first) {
				t.Fatalf("seed %d, batches of %d: %v, else %v", seed, size, got, first)
			}
		}
	}
}

// inForce polls and returns the watermark in force before each row.
func inForce(g *Gate, n int) []int64 {
	out := make([]int64, n)
	now := int64(batch.MinWatermark)
	for {
		_, e, ok := g.Poll(0)
		if !ok {
			return out
		}
		if e.Kind == element.Watermark {
			now = e.Time
		}
		if e.Kind != element.Batch {
			continue
		}
		v := batch.Values[int64](e.Batch.Cols[0])
		_ = e.Batch.Segments(func(time int64) error { now = time; return nil },
			func(from, to int) error {
				for i := from; i < to; i++ {
					out[v[i]] = now
				}
				return nil
			})
	}
}

func TestCreditIsKeptAndReturned(t *testing.T) {
	h := newHarness(t, 20, 0)
	c := h.channels[0]
	h.push(0, rows(1, 2)) // 16 bytes
	if c.TryPush(rows(3)) {
		t.Fatal("24 bytes in a window of 20")
	}
	h.push(0, element.OfWatermark(1), barrier(1)) // never wait for credit
	if h.want(0, "[1 2]", "wm1", "barrier1"); h.woken != 1 {
		t.Errorf("producer woken %d times", h.woken)
	}
	h.push(0, rows(1, 2, 3, 4)) // larger than the window, but alone
	if c.TryPush(rows(5)) {
		t.Fatal("second batch beside one larger than the window")
	}
}

func TestSmallBatchesThatWaitAreJoined(t *testing.T) {
	h := newHarness(t, 1<<20, 0)
	h.push(0, rows(1), rows(2), element.OfWatermark(5), rows(3), rows(4, 5))
	h.want(0, "[1 2]", "wm5", "[3 4 5]")
}

func TestFencedChannelSwallows(t *testing.T) {
	h := newHarness(t, 8, 0)
	h.push(0, rows(1))
	h.channels[0].Fence()
	h.push(0, rows(2), rows(3), barrier(1))
	h.want(0)
	h.channels[0].Close()
	h.want(0)
}

func TestAtLeastOnceHoldsNothingBack(t *testing.T) {
	h := newHarness(t, 1<<20, 0, 0)
	h.gate.Once = false
	h.push(0, rows(1), barrier(1), rows(2), barrier(2), rows(3))
	if got, want := h.poll(0), []string{"[1]", "[2]", "[3]"}; !slices.Equal(got, want) {
		t.Errorf("before the other channel: %v, want %v", got, want)
	}
	h.push(1, rows(4), barrier(1), rows(5))
	if got, want := h.poll(0), []string{"[4]", "barrier1", "[5]"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	h.push(1, barrier(2))
	if got, want := h.poll(0), []string{"barrier2"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	h.push(0, barrier(3))
	h.poll(0)
	h.gate.GiveUp(3)
	h.push(1, barrier(3), barrier(4))
	h.push(0, barrier(4))
	if got, want := h.poll(0), []string{"barrier4"}; !slices.Equal(got, want) {
		t.Errorf("after one was given up: %v, want %v", got, want)
	}
	h.push(0, barrier(5))
	h.poll(0)
	h.channels[1].Close()
	if got, want := h.poll(0), []string{"barrier5"}; !slices.Equal(got, want) {
		t.Errorf("after the other has closed: %v, want %v", got, want)
	}
}

func TestWhatAChannelTellsOfTimeGoesBeforeRowsOfOthers(t *testing.T) {
	h := newHarness(t, 1000, 0, 0, 0)
	marked := ints(1, 2)
	marked.Marks = []batch.Mark{{Row: 1, Time: 10}}
	h.push(0, element.OfBatch(marked), rows(3))
	h.push(1, element.OfWatermark(batch.MaxWatermark), end())
	h.channels[1].Close()
	h.push(2, element.OfWatermark(7))
	h.want(0, "[1 2 3] wm7@1")
}

// TestBacklogAsLongAsOneChannelHasIt: also when a channel ends without having said that it is over.
func TestBacklogAsLongAsOneChannelHasIt(t *testing.T) {
	h := newHarness(t, 1<<20, 0, 0)
	backlog := func(on bool) element.Element {
		return element.Element{Kind: element.Backlog, On: on}
	}
	check := func(step string, want ...bool) {
		t.Helper()
		var got []bool
		for {
			_, e, ok := h.gate.Poll(0)
			if !ok {
				break
			}
			if e.Kind == element.Backlog {
				got = append(got, e.On)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", step, got, want)
		}
	}
	h.push(0, backlog(true))
	check("one", true)
	h.push(1, backlog(true))
	h.push(0, backlog(true))
	check("both")
	h.push(0, backlog(false))
	check("the other")
	h.push(1, end())
	check("an end", false)
	h.push(0, backlog(true), end())
	check("again", true, false)
}

// TestAFewRowsBesideVeryManyDoNotStarve: a channel that has something waits for at most one batch of
// each of the others, however many wait there.
func TestAFewRowsBesideVeryManyDoNotStarve(t *testing.T) {
	h := newHarness(t, 1<<20, 0, 0, 0)
	h.gate.MaxRows = 0 // do not join
	for range 50 {
		for i := range 1000 {
			h.push(1, rows(int64(i)))
			h.push(2, rows(int64(i)))
		}
		h.push(0, rows(-1))
		for polls := 1; ; polls++ {
			_, e, ok := h.gate.Poll(0)
			if !ok || polls > 3 {
				t.Fatalf("not among the first %d", polls)
			}
			if e.Batch != nil && batch.Values[int64](e.Batch.Cols[0])[0] == -1 {
				break
			}
		}
		h.poll(0)
	}
}

// TestWhatABatchHasMoreStaysInTheChannel: its rows keep their order and their marks, and their part
// of the credit.
func TestWhatABatchHasMoreStaysInTheChannel(t *testing.T) {
	h := newHarness(t, 100, 0)
	h.gate.MaxRows = 2
	b := ints(1, 2, 3, 4, 5)
	b.Marks = []batch.Mark{{Row: 1, Time: 7}, {Row: 2, Time: 8}, {Row: 5, Time: 9}}
	h.push(0, element.OfBatch(b), rows(6), barrier(1))
	_, e, _ := h.gate.Poll(0)
	if got := batch.Values[int64](e.Batch.Cols[0]); !slices.Equal(got, []int64{1, 2}) ||
		len(e.Batch.Marks) != 1 {
		t.Errorf("first %v, %v", got, e.Batch.Marks)
	}
	if q := h.channels[0].Queued(); q < 30 || q > 100 {
		t.Errorf("%d bytes are in the channel", q)
	}
	h.want(0, "[3 4] wm8@0", "[5] wm9@1", "[6]", "barrier1")
	if q := h.channels[0].Queued(); q != 0 || h.channels[0].Ready() {
		t.Errorf("%d bytes are left", q)
	}
}
