package drive

import (
	"sync/atomic"
	"testing"
	"time"
)

// relay passes a number of wakes on to the next stepper.
type relay struct {
	left atomic.Int64
	next func()
	stop atomic.Bool
}

func (r *relay) Step(int) Status {
	if r.stop.Load() {
		return Done
	}
	if r.left.Add(-1) > 0 {
		r.next()
	}
	return Blocked
}

func TestIdleComesOnceNothingIsLeft(t *testing.T) {
	w := NewWatched()
	var a, b relay
	a.left.Store(1000)
	b.left.Store(1000)
	wakeA, startA := w.New("a")
	wakeB, startB := w.New("b")
	a.next, b.next = wakeB, wakeA
	ended := make(chan struct{}, 2)
	done := func() { ended <- struct{}{} }
	startA(&a, done)
	startB(&b, done)
	w.Go("beside", func() { time.Sleep(time.Millisecond) })
	quiet(t, w)
	if l := min(a.left.Load(), b.left.Load()); l > 0 {
		t.Fatalf("idle with %d wakes left", l)
	}
	a.stop.Store(true)
	b.stop.Store(true)
	wakeA()
	wakeB()
	<-ended
	<-ended
	wakeA() // nobody is there to answer
	quiet(t, w)
}

func quiet(t *testing.T, w *Watched) {
	t.Helper()
	for w.Busy() {
		select {
		case <-w.Idle():
		case <-time.After(2 * time.Minute):
			t.Fatal("never idle")
		}
	}
}
