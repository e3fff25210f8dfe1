package source

import "testing"

func TestBatchesFollowTheSpeedOfThoseBehind(t *testing.T) {
	p := pace{most: 1024}
	now := int64(1)
	step := func(ms int64) int {
		now += ms * 1_000_000
		return p.next(now)
	}
	if got := step(0); got != 64 {
		t.Fatalf("the first batch has %d rows", got)
	}
	for range 10 {
		step(1)
	}
	if got := step(1); got != 1024 {
		t.Errorf("fast operators get %d rows", got)
	}
	if got := step(50); got != 1024 {
		t.Errorf("50 ms a batch changes the size to %d", got)
	}
	if got := step(5000); got != 512 {
		t.Errorf("slow operators get %d rows", got)
	}
	for range 20 {
		step(200)
	}
	if got := step(200); got != 1 {
		t.Errorf("very slow operators get %d rows", got)
	}
}
