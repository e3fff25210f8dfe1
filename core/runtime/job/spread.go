package job

import (
	"fmt"
	"slices"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/runtime/exchange"
)

// spreading says when the inputs of a join are not read one part a subtask.
type spreading struct {
	broadcast int64 // a side of so many bytes goes to every subtask, if that evens out the other
	// A part is skewed that has more than skewBytes and factor times the median; 0: none is.
	factor    float64
	skewBytes int64
}

// unevenPercent is how much larger than the average the largest part is before it is worth it to
// give every subtask the whole of the other side.
const unevenPercent = 120

func newSpreading(cfg config.Map) (s spreading, err error) {
	skew, err := config.SkewStrategy.Get(cfg)
	if err != nil {
		return s, err
	}
	if skew != "NONE" {
		if s.factor, err = config.SkewFactor.Get(cfg); err != nil {
			return s, err
		}
		if s.skewBytes, err = config.SkewThreshold.Get(cfg); err != nil {
			return s, err
		}
	}
	cast, err := config.AdaptiveBroadcast.Get(cfg)
	if err != nil || cast == "NONE" {
		return s, err
	}
	s.broadcast, err = config.BroadcastThreshold.Get(cfg)
	return s, err
}

// reading is which pieces each subtask reads of the results at the two ports of a join.
type reading [2][][]exchange.Piece

// spread says who reads what of the two sides of a join, given the bytes of each part of them, and
// why; nil: each subtask its own part. may says of which side the rows of one part may be divided
// among subtasks, each of which then gets the same part of the other side as a whole.
func (s spreading) spread(sizes [2][]int64, may [2]bool) (*reading, string) {
	for side, parts := range sizes {
		if other := total(sizes[1-side]); may[side] && other <= s.broadcast && uneven(parts) {
			return evenly(side, len(parts)), fmt.Sprintf("the %s side, of %d bytes, goes to every "+
				"subtask: the largest of %d parts of the other side has %d of its %d bytes",
				sideName(1-side), other, len(parts), slices.Max(parts), total(parts))
		}
	}
	n := len(sizes[0])
	divided := make([]int, n) // by part: the side whose rows are divided, -1 for none
	why := ""
	for p := range divided {
		divided[p] = -1
		for side := range sizes {
			if size := sizes[side][p]; may[side] && s.skewed(sizes[side], p) &&
				(divided[p] < 0 || size > sizes[divided[p]][p]) {
				divided[p] = side
			}
		}
		if side := divided[p]; side >= 0 {
			why += fmt.Sprintf("%spart %d of the %s side, of %d bytes, is divided: the median is %d",
				separator(why), p, sideName(side), sizes[side][p], median(sizes[side]))
		}
	}
	if why == "" {
		return nil, ""
	}
	r := newReading(n)
	for p, side := range divided {
		if side < 0 {
			r[0][p] = append(r[0][p], exchange.Whole(p))
			r[1][p] = append(r[1][p], exchange.Whole(p))
			continue
		}
		r.divide(side, p)
	}
	return r, why
}

// skewed says whether a part is much larger than most.
func (s spreading) skewed(parts []int64, p int) bool {
	return s.factor > 0 && parts[p] > s.skewBytes &&
		float64(parts[p]) > s.factor*float64(median(parts))
}

// evenly divides all parts of a side and gives everybody all of the other.
func evenly(side, n int) *reading {
	r := newReading(n)
	for p := range n {
		r.divide(side, p)
	}
	return r
}

func newReading(n int) *reading {
	return &reading{make([][]exchange.Piece, n), make([][]exchange.Piece, n)}
}

// divide gives each subtask a piece of a part of one side and the same part of the other.
func (r *reading) divide(side, p int) {
	n := len(r[side])
	for c := range n {
		r[side][c] = append(r[side][c], exchange.Piece{Part: p, Index: (c + p) % n, Of: n})
		r[1-side][c] = append(r[1-side][c], exchange.Whole(p))
	}
}

func uneven(parts []int64) bool {
	return slices.Max(parts)*int64(len(parts))*100 > unevenPercent*total(parts)
}

func total(parts []int64) (sum int64) {
	for _, n := range parts {
		sum += n
	}
	return sum
}

// median is that of the smaller half where their number is even: with two parts, the smaller one.
func median(parts []int64) int64 {
	sorted := slices.Sorted(slices.Values(parts))
	return sorted[(len(sorted)-1)/2]
}

func sideName(side int) string { return [...]string{"left", "right"}[side] }

func separator(text string) string {
	if text == "" {
		return ""
	}
	return "; "
}
