package session

import "testing"

func TestGarbageBesideColumnsIsBounded(t *testing.T) {
	for _, c := range []struct {
		liveMB, scanMB uint64
		percent        int
	}{
		{0, 0, mostGarbage}, {70, 5, mostGarbage}, {128, 10, mostGarbage},
		{512, 20, 50}, {2048, 20, leastGarbage}, // columns
		{2048, 1024, mostGarbage}, {2048, 256, 50}, // state with pointers
	} {
		if got := garbagePercent(c.liveMB<<20, c.scanMB<<20); got != c.percent {
			t.Errorf("%d MB, %d of them with pointers: %d %%, want %d", c.liveMB, c.scanMB, got, c.percent)
		}
	}
}
