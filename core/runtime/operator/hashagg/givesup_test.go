package hashagg

import (
	"math"
	"testing"
)

// drawn is how many distinct keys n rows have that were drawn at random from keys.
func drawn(keys, n int) int {
	k := float64(keys)
	return int(k * (1 - math.Exp(-float64(n)/k)))
}

func TestLocalAggregationIsGivenUpWhenKeysAreDistinct(t *testing.T) {
	for _, c := range []struct {
		name string
		keys func(n int) int
		give bool
	}{
		{"every row its own key", func(n int) int { return n }, true},
		{"a thousand keys", func(n int) int { return min(n, 1000) }, false},
		{"four rows a key", func(n int) int { return n / 4 }, false},
		{"200,000 keys at random", func(n int) int { return drawn(200_000, n) }, false},
		{"10 million keys at random", func(n int) int { return drawn(10_000_000, n) }, true},
	} {
		gave := false
		for n := 8192; n < 3_000_000; n += 8192 {
			gave = gave || givesUp(c.keys(n), n)
		}
		if gave != c.give {
			t.Errorf("%s: given up: %v", c.name, gave)
		}
	}
}
