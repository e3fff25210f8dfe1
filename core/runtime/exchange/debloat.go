package exchange

import (
	"sync"
	"time"
)

// Debloater decides how many bytes may be in flight to a task: what it consumes in the target
// time. It averages over samples, weighing new ones more, and leaves small changes alone.
type Debloater struct {
	Target           time.Duration
	Period           time.Duration
	Samples          int
	ThresholdPercent int
	MinBytes         int64
	MaxBytes         int64

	mu   sync.Mutex // metrics are read from elsewhere
	rate float64    // bytes a second, averaged
	size int64
}

// Update takes what was consumed in a time in which there was something to consume, and returns
// the bytes that may be in flight from now on.
func (d *Debloater) Update(bytes int64, active time.Duration) (size int64, changed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.size == 0 {
		d.size = d.MaxBytes
	}
	if active <= 0 {
		return d.size, false
	}
	rate := float64(bytes) / active.Seconds()
	if d.rate == 0 {
		d.rate = rate
	} else {
		alpha := 2 / float64(max(d.Samples, 1)+1)
		d.rate += alpha * (rate - d.rate)
	}
	// A consumer that has become far slower must not be waited for through all the samples.
	if rate*4 < d.rate {
		d.rate = rate
	}
	want := min(max(int64(d.rate*d.Target.Seconds()), d.MinBytes), d.MaxBytes)
	diff := want - d.size
	if diff < 0 {
		diff = -diff
	}
	edge := (want == d.MaxBytes || want == d.MinBytes) && want != d.size
	if diff*100 < d.size*int64(d.ThresholdPercent) && !edge {
		return d.size, false
	}
	d.size = want
	return want, true
}

// Size is the number of bytes that may be in flight.
func (d *Debloater) Size() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.size == 0 {
		return d.MaxBytes
	}
	return d.size
}

// TimeToConsume estimates how long the task needs for so many bytes.
func (d *Debloater) TimeToConsume(bytes int64) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.rate <= 0 {
		return 0
	}
	return time.Duration(float64(bytes) / d.rate * float64(time.Second))
}

// Debloat has the gate's channels follow the debloater; call Measure each Period.
func (g *Gate) Debloat(d *Debloater) { g.debloater = d }

// Debloater returns what Debloat set.
func (g *Gate) Debloater() *Debloater { return g.debloater }

// Measure adjusts the channels' windows to what was consumed since the last call; active is the
// part of that time in which there was input.
func (g *Gate) Measure(active time.Duration) {
	var taken int64
	for i := range g.inputs {
		taken += g.inputs[i].Taken()
	}
	size, changed := g.debloater.Update(taken-g.measured, active)
	g.measured = taken
	if !changed {
		return
	}
	for i := range g.inputs {
		g.inputs[i].SetWindow(max(size/int64(len(g.inputs)), 1))
	}
}

// Queued is the number of bytes that wait in the gate's channels.
func (g *Gate) Queued() int64 {
	var n int64
	for i := range g.inputs {
		n += g.inputs[i].Channel.Queued()
	}
	return n
}
