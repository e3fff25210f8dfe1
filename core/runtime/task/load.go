package task

import (
	"sync/atomic"
	"time"

	"github.com/headrace/headrace/core/base/clock"
)

// load tells apart the time in which a task works, waits for input and waits for its outputs.
type load struct {
	since    int64 // of the state that lasts, ns
	state    loadState
	spentNs  [3]atomic.Int64
	measured int64 // ns; when active was asked for last
	idleThen int64 // idle time then
}

type loadState uint8

const (
	busy loadState = iota
	idle
	backPressured
)

func (l *load) to(c clock.Clock, s loadState) {
	if s == l.state && l.since != 0 {
		return
	}
	now := c.NowNs()
	if l.since != 0 {
		l.spentNs[l.state].Add(now - l.since)
	} else {
		l.measured = now
	}
	l.since, l.state = now, s
}

// begin notes that the task works; it costs nothing while it does already.
func (l *load) begin(c clock.Clock) { l.to(c, busy) }

// block notes that it waits: for input, or else for its outputs or the outside.
func (l *load) block(c clock.Clock, starved bool) {
	if starved {
		l.to(c, idle)
	} else {
		l.to(c, backPressured)
	}
}

// active is the time since the last call in which the task did not wait for input.
func (l *load) active(c clock.Clock) time.Duration {
	now, waited := c.NowNs(), l.spentNs[idle].Load()
	d := now - l.measured - (waited - l.idleThen)
	l.measured, l.idleThen = now, waited
	return time.Duration(d)
}

// worked is how long the task, which works now, has worked and waited for its outputs or the
// outside.
func (l *load) worked(c clock.Clock) (busyTime, waited time.Duration) {
	now := l.spentNs[busy].Load() + c.NowNs() - l.since
	return time.Duration(now), time.Duration(l.spentNs[backPressured].Load())
}

// starved says that the task waits for input and for nothing else.
func (t *Task) starved() bool {
	for _, n := range t.chain.nodes {
		if n.queue.Len() > 0 || n.pending() || !n.room() {
			return false
		}
	}
	return true
}

// Load is how long the task has worked, waited for input, and waited for outputs or the outside,
// up to its last change between them. It may be called from anywhere.
func (t *Task) Load() (busyTime, idleTime, backPressuredTime time.Duration) {
	at := func(s loadState) time.Duration { return time.Duration(t.load.spentNs[s].Load()) }
	return at(busy), at(idle), at(backPressured)
}

// watchLoad has the gate measured each period, if its channels follow a debloater.
func (t *Task) watchLoad() {
	if t.gate == nil || t.gate.Debloater() == nil {
		return
	}
	var ring func()
	ring = func() {
		if t.over.Load() {
			return
		}
		t.measure.Store(true)
		t.wake()
		t.clock.AfterFunc(t.gate.Debloater().Period, ring)
	}
	t.clock.AfterFunc(t.gate.Debloater().Period, ring)
}
