package job

import (
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/runtime/exchange"
)

// meetings counts, for each part, how often each piece of one side meets each of the other.
func meetings(t *testing.T, r *reading, side int) {
	t.Helper()
	n := len(r[0])
	met := map[exchange.Piece]int{}
	for c := range n {
		whole := map[int]bool{}
		for _, p := range r[1-side][c] {
			if p.Of != 1 {
				t.Fatalf("subtask %d has piece %v of what has to be whole", c, p)
			}
			whole[p.Part] = true
		}
		for _, p := range r[side][c] {
			if !whole[p.Part] {
				t.Errorf("subtask %d has rows of part %d and not the other side's", c, p.Part)
			}
			met[p]++
		}
	}
	parts := make([]float64, n)
	for p, times := range met {
		if times != 1 {
			t.Errorf("piece %v is read %d times", p, times)
		}
		parts[p.Part] += 1 / float64(p.Of)
	}
	for p, f := range parts {
		if f < 0.999 || f > 1.001 {
			t.Errorf("%g of part %d is read", f, p)
		}
	}
}

func TestASkewedPartIsDivided(t *testing.T) {
	s := spreading{factor: 4, skewBytes: 100}
	skewed := []int64{20, 500, 25, 30}
	small := []int64{40, 40, 40, 40}
	for side := range 2 {
		sizes := [2][]int64{small, small}
		sizes[side] = skewed
		r, why := s.spread(sizes, [2]bool{true, true})
		if r == nil || !strings.Contains(why, "part 1 of the "+sideName(side)+" side, of 500 bytes") {
			t.Fatalf("%v: %q", r, why)
		}
		meetings(t, r, side)
		for c := range 4 {
			want := []exchange.Piece{{Part: 1, Index: (c + 1) % 4, Of: 4}}
			if c != 1 {
				want = append(want, exchange.Whole(c))
			}
			got := slices.Clone(r[side][c])
			slices.SortFunc(got, func(a, b exchange.Piece) int { return b.Of - a.Of })
			if !slices.Equal(got, want) {
				t.Errorf("subtask %d reads %v, want %v", c, got, want)
			}
		}
		only := [2]bool{true, true}
		only[side] = false // rows of the other side come out by themselves
		if r, why := s.spread(sizes, only); r != nil {
			t.Errorf("what must not be divided is: %s", why)
		}
	}
}

func TestWhatIsNoSkew(t *testing.T) {
	both := [2]bool{true, true}
	for name, sizes := range map[string][2][]int64{
		"small":        {{10, 99, 10, 10}, {10, 10, 10, 10}},
		"not so large": {{100, 390, 100, 100}, {100, 100, 100, 100}},
		"empty":        {{0, 0, 0, 0}, {0, 0, 0, 0}},
	} {
		if r, why := (spreading{factor: 4, skewBytes: 100}).spread(sizes, both); r != nil {
			t.Errorf("%s: %s", name, why)
		}
	}
	if r, why := (spreading{}).spread([2][]int64{{0, 900}, {1, 1}}, both); r != nil {
		t.Errorf("switched off: %s", why)
	}
}

func TestBothSidesOfAPartAreSkewed(t *testing.T) {
	s := spreading{factor: 4, skewBytes: 100}
	r, why := s.spread([2][]int64{{20, 500, 25}, {20, 700, 25}}, [2]bool{true, true})
	if r == nil || !strings.Contains(why, "right") || strings.Contains(why, "left") {
		t.Fatalf("the larger one is divided: %q", why)
	}
	meetings(t, r, 1)
}

func TestASmallSideGoesToEverybody(t *testing.T) {
	s := spreading{broadcast: 50}
	sizes := [2][]int64{{100, 900, 100}, {10, 20, 10}}
	r, why := s.spread(sizes, [2]bool{true, false})
	if r == nil || !strings.Contains(why, "the right side, of 40 bytes") {
		t.Fatalf("%v %q", r, why)
	}
	meetings(t, r, 0)
	if r, why := s.spread(sizes, [2]bool{false, true}); r != nil {
		t.Errorf("rows of the small side come out by themselves: %s", why)
	}
	if r, why := s.spread([2][]int64{{300, 310, 290}, {10, 20, 10}}, [2]bool{true, true}); r != nil {
		t.Errorf("it is even already: %s", why)
	}
}

func TestSpreadingIsOfTheOptions(t *testing.T) {
	s, err := newSpreading(config.Map{})
	if want := (spreading{1 << 20, 4, 256 << 20}); err != nil || s != want {
		t.Errorf("by default %v, want %v; %v", s, want, err)
	}
	s, err = newSpreading(config.Map{
		"table.optimizer.skewed-join-optimization.strategy": "none",
		"table.optimizer.adaptive-broadcast-join.strategy":  "NONE"})
	if err != nil || s != (spreading{}) {
		t.Errorf("switched off: %v, %v", s, err)
	}
}
