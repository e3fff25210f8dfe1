package connector

import (
	"testing"
	"time"
)

func TestPaceGivesItsRate(t *testing.T) {
	p, now, given := Pace{PerSecond: 10}, int64(5e9), 0
	for now < 7e9 {
		n, wait := p.Allow(3, now)
		given += n
		if n == 0 && wait <= 0 {
			t.Fatal("told to wait for no time")
		}
		now += int64(max(wait, time.Millisecond))
	}
	if given < 20 || given > 21 {
		t.Fatalf("%d rows in two seconds at ten a second", given)
	}
}
