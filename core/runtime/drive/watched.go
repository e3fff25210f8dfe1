package drive

import (
	"runtime"
	"sync"
)

// Watched is Goroutines that knows when nothing is going on: no stepper runs or has been woken,
// and nothing that Go was given is at work.
type Watched struct {
	mu   sync.Mutex
	busy int
	idle chan struct{}
}

var _ Driver = (*Watched)(nil)

// NewWatched makes a driver of steppers that are all still to come.
func NewWatched() *Watched { return &Watched{idle: make(chan struct{}, 1)} }

// Idle gets a token whenever there is nothing left to do; by the time it is read there may be.
func (w *Watched) Idle() <-chan struct{} { return w.idle }

// Busy says whether something is going on now.
func (w *Watched) Busy() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.busy > 0
}

// New implements Driver.
func (w *Watched) New(string) (wake func(), start func(s Stepper, done func())) {
	b := &bell{w: w, rung: make(chan struct{}, 1)}
	return b.ring, func(s Stepper, done func()) {
		w.add(1)
		go b.run(s, done)
	}
}

// Go implements Driver.
func (w *Watched) Go(_ string, f func()) {
	w.add(1)
	go func() {
		defer w.add(-1)
		f()
	}()
}

func (w *Watched) add(n int) {
	w.mu.Lock()
	w.busy += n
	still := w.busy == 0
	w.mu.Unlock()
	if still {
		select {
		case w.idle <- struct{}{}:
		default:
		}
	}
}

// bell wakes one stepper. A ring that has not been answered counts as work, and so does the
// stepper from its answer until it blocks again.
type bell struct {
	w    *Watched
	mu   sync.Mutex
	rung chan struct{}
	done bool
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.done {
		return
	}
	select {
	case b.rung <- struct{}{}:
		b.w.add(1)
	default:
	}
}

func (b *bell) run(s Stepper, done func()) {
	if p, ok := s.(Pinned); ok && p.Pinned() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
	}
	defer b.end(done)
	for {
		switch s.Step(Budget) {
		case Progressed:
			runtime.Gosched()
		case Blocked:
			b.w.add(-1)
			<-b.rung
		case Done:
			return
		}
	}
}

// end tells that the stepper is done, which may set others to work, before it counts no more.
func (b *bell) end(done func()) {
	done()
	b.mu.Lock()
	b.done = true
	n := 1
	select {
	case <-b.rung:
		n++
	default:
	}
	b.mu.Unlock()
	b.w.add(-n)
}
