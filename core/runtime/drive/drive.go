// Package drive runs state machines: in production each in a goroutine of its own, in tests all of
// them in one goroutine in an order that a seed decides.
package drive

import "runtime"

// Status is what a Step came to.
type Status uint8

const (
	Progressed Status = iota // call Step again
	Blocked                  // wait until woken
	Done                     // never call Step again
)

// Stepper is a state machine: Step works for about budget units and never blocks.
type Stepper interface {
	Step(budget int) Status
}

// Pinned is a Stepper that may have to be stepped from one OS thread.
type Pinned interface {
	Pinned() bool
}

// Driver runs steppers.
type Driver interface {
	// New returns what wakes a stepper and what starts it. Both may be called from anywhere and
	// return at once; wake works before start. done is called once, after the last Step.
	New(name string) (wake func(), start func(s Stepper, done func()))
	// Go runs work that may block (files, uploads) and calls nothing back but what f itself calls.
	Go(name string, f func())
}

// Budget is how many units of work a driver asks of one Step.
const Budget = 64

// Goroutines is the driver of production.
type Goroutines struct{}

var _ Driver = Goroutines{}

// New implements Driver.
func (Goroutines) New(string) (wake func(), start func(s Stepper, done func())) {
	bell := make(chan struct{}, 1)
	wake = func() {
		select {
		case bell <- struct{}{}:
		default:
		}
	}
	return wake, func(s Stepper, done func()) { go run(s, bell, done) }
}

// Go implements Driver.
func (Goroutines) Go(_ string, f func()) { go f() }

func run(s Stepper, bell <-chan struct{}, done func()) {
	if p, ok := s.(Pinned); ok && p.Pinned() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
	}
	defer done()
	for {
		switch s.Step(Budget) {
		case Progressed:
			runtime.Gosched()
		case Blocked:
			<-bell
		case Done:
			return
		}
	}
}
