package watermark

import (
	"testing"

	"github.com/headrace/headrace/core/data/batch"
)

func TestClockIsTheLeastOfTheActive(t *testing.T) {
	c := NewCombiner(3)
	step := func(what string, now int64, moved bool, want int64, wantMoved bool) {
		t.Helper()
		if now != want || moved != wantMoved {
			t.Fatalf("%s: %d, %v; want %d, %v", what, now, moved, want, wantMoved)
		}
	}
	now, moved := c.Advance(0, 10)
	step("one of three", now, moved, batch.MinWatermark, false)
	c.Advance(1, 20)
	now, moved = c.Advance(2, 5)
	step("all three", now, moved, 5, true)
	now, moved, changed := c.SetIdle(2, true)
	step("slowest idle", now, moved, 10, true)
	if changed {
		t.Error("idle as a whole although two are active")
	}
	now, moved = c.End(0)
	step("next one ended", now, moved, 20, true)
	now, moved, changed = c.SetIdle(2, false)
	step("back, but behind", now, moved, 20, false)
	if changed {
		t.Error("status changed")
	}
	now, moved = c.Advance(1, 40)
	step("one behind does not hold back", now, moved, 40, true)
	now, moved = c.Advance(2, 41)
	step("caught up: it counts", now, moved, 40, false)
	now, moved = c.Advance(1, 50)
	step("held by the one that caught up", now, moved, 41, true)
	c.SetIdle(1, true)
	now, moved, changed = c.SetIdle(2, true)
	step("all idle: the greatest", now, moved, 50, true)
	if !changed || !c.Idle() {
		t.Error("all idle, not told")
	}
}

func TestEndWithoutMaxDoesNotMoveTheClock(t *testing.T) {
	c := NewCombiner(2)
	c.Advance(0, 7)
	c.Advance(1, 9)
	if now, moved := c.End(0); now != 9 || !moved {
		t.Fatalf("first end: %d %v", now, moved)
	}
	if now, moved := c.End(1); now != 9 || moved {
		t.Fatalf("last end moved the clock: %d %v", now, moved)
	}
}
