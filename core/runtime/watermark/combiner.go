// Package watermark combines the watermarks of several inputs and makes those of sources.
package watermark

import "github.com/headrace/headrace/core/data/batch"

// Combiner is the event-time clock of something with several inputs: the least watermark of the
// inputs that are neither idle nor ended. It never goes back. An input that was idle counts again
// once its watermark has caught up with the clock.
type Combiner struct {
	inputs []input
	last   int64
	idle   bool
}

type input struct {
	time   int64
	idle   bool
	ended  bool
	behind bool // active again after idleness, still below the clock
}

// NewCombiner makes the clock of n inputs, at MinWatermark.
func NewCombiner(n int) *Combiner {
	c := &Combiner{inputs: make([]input, n), last: batch.MinWatermark}
	for i := range c.inputs {
		c.inputs[i].time = batch.MinWatermark
	}
	return c
}

// Now is the clock.
func (c *Combiner) Now() int64 { return c.last }

// Idle says whether all inputs are idle.
func (c *Combiner) Idle() bool { return c.idle }

// Advance takes a watermark of an input and returns the clock and whether it moved.
func (c *Combiner) Advance(i int, time int64) (now int64, moved bool) {
	in := &c.inputs[i]
	if time <= in.time && time != batch.MinWatermark {
		return c.last, false
	}
	in.time = max(in.time, time)
	if in.behind && in.time >= c.last {
		in.behind = false
	}
	return c.settle()
}

// SetIdle takes an input's idleness; changed says that the clock as a whole became idle or active.
func (c *Combiner) SetIdle(i int, idle bool) (now int64, moved, changed bool) {
	in := &c.inputs[i]
	in.idle = idle
	if !idle {
		in.behind = in.time < c.last
	}
	now, moved = c.settle()
	all := c.allIdle()
	changed = all != c.idle
	c.idle = all
	return now, moved, changed
}

// End takes an input out: it holds nothing back any more.
func (c *Combiner) End(i int) (now int64, moved bool) {
	c.inputs[i].ended = true
	return c.settle()
}

// Least returns the least watermark of the counted inputs but one, MaxWatermark when there is no
// other: with it the clock for watermarks inside a batch of that one is a minimum of two.
func (c *Combiner) Least(but int) int64 {
	least := int64(batch.MaxWatermark)
	for i := range c.inputs {
		if in := &c.inputs[i]; i != but && in.counts() {
			least = min(least, in.time)
		}
	}
	return least
}

// Counts says whether the input takes part in the clock.
func (c *Combiner) Counts(i int) bool { return c.inputs[i].counts() }

func (in *input) counts() bool { return !in.idle && !in.ended && !in.behind }

func (c *Combiner) allIdle() bool {
	for i := range c.inputs {
		if in := &c.inputs[i]; !in.idle && !in.ended {
			return false
		}
	}
	return true
}

// settle moves the clock to the least counted watermark. When nothing counts because all that has
// not ended is idle, it moves to the greatest: nobody will ask for the time between.
func (c *Combiner) settle() (int64, bool) {
	least, greatest, counted, open := int64(batch.MaxWatermark), c.last, false, false
	for i := range c.inputs {
		in := &c.inputs[i]
		if in.counts() {
			least, counted = min(least, in.time), true
		}
		if !in.ended {
			open = true
			greatest = max(greatest, in.time)
		}
	}
	switch {
	case counted:
	case open && c.allIdle():
		least = greatest
	default:
		return c.last, false
	}
	if least <= c.last {
		return c.last, false
	}
	c.last = least
	return c.last, true
}
