package kernel

import (
	"math/rand/v2"
	"testing"
)

func TestBloomKnowsItsMembersAndFewOthers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 100, 50_000} {
		a, b := NewBloom(int64(n)), NewBloom(int64(n))
		members := make([]uint64, n)
		for i := range members {
			members[i] = rng.Uint64()
		}
		a.Add(members[:n/2])
		b.Add(members[n/2:])
		if !a.Merge(b.Bytes()) {
			t.Fatal("sets of one size do not merge")
		}
		if got := a.Filter(members, nil); len(got) != n {
			t.Errorf("%d of %d members are known", len(got), n)
		}
		others := make([]uint64, 100_000)
		for i := range others {
			others[i] = rng.Uint64()
		}
		if got := a.Filter(others, nil); len(got) > 4000 {
			t.Errorf("with %d members %d of 100,000 others are taken for one", n, len(got))
		}
	}
	if NewBloom(1).Merge(make([]byte, 8)) {
		t.Error("a set of another size was merged")
	}
}
