package drive

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/headrace/headrace/core/base/clock"
)

// Simulator drives everything from one goroutine: the seed decides who is stepped next, for how
// long, and when time passes. The same seed gives the same run.
type Simulator struct {
	Clock *clock.Manual
	Rand  *rand.Rand
	// Steps counts what has been run.
	Steps int

	actors []*actor
}

type actor struct {
	name    string
	stepper Stepper
	work    func()
	awake   bool
	done    func()
}

var _ Driver = (*Simulator)(nil)

// NewSimulator makes a simulator whose clock stands at the given milliseconds since 1970.
func NewSimulator(seed uint64, nowMs int64) *Simulator {
	return &Simulator{Clock: clock.NewManual(nowMs), Rand: rand.New(rand.NewPCG(seed, 1))}
}

// New implements Driver.
func (s *Simulator) New(name string) (wake func(), start func(x Stepper, done func())) {
	a := &actor{name: name, awake: true}
	return func() { a.awake = true }, func(x Stepper, done func()) {
		a.stepper, a.done = x, done
		s.actors = append(s.actors, a)
	}
}

// Go implements Driver.
func (s *Simulator) Go(name string, f func()) {
	s.actors = append(s.actors, &actor{name: name, work: f, awake: true})
}

// Run steps until end says so; it returns an error when nothing can run any more, or after
// maxSteps.
func (s *Simulator) Run(end func() bool, maxSteps int) error {
	for range maxSteps {
		if end() {
			return nil
		}
		if !s.once() {
			return fmt.Errorf("deadlock after %d steps: %s", s.Steps, s.asleep())
		}
	}
	return fmt.Errorf("not finished after %d steps", s.Steps)
}

// once steps one actor that is awake, or lets time pass to the next alarm.
func (s *Simulator) once() bool {
	s.Steps++
	awake := make([]int, 0, len(s.actors))
	for i, a := range s.actors {
		if a.awake {
			awake = append(awake, i)
		}
	}
	// Time passes now and then also while there is work: a slow machine.
	if d, ok := s.Clock.NextAlarm(); ok && (len(awake) == 0 || s.Rand.IntN(50) == 0) {
		s.Clock.Advance(max(d, 0))
		return true
	}
	if len(awake) == 0 {
		return false
	}
	s.Clock.Advance(time.Duration(s.Rand.IntN(200)) * time.Microsecond)
	i := awake[s.Rand.IntN(len(awake))]
	a := s.actors[i]
	if a.work != nil {
		s.drop(a)
		a.work()
		return true
	}
	a.awake = false
	switch a.stepper.Step(1 + s.Rand.IntN(8)) {
	case Progressed:
		a.awake = true
	case Done:
		s.drop(a)
		a.done()
	}
	return true
}

func (s *Simulator) drop(a *actor) {
	for i, x := range s.actors {
		if x == a {
			s.actors = append(s.actors[:i:i], s.actors[i+1:]...)
			return
		}
	}
}

// Kill forgets everything that runs: the process died.
func (s *Simulator) Kill() { s.actors = nil }

func (s *Simulator) asleep() string {
	names := ""
	for _, a := range s.actors {
		names += " " + a.name
	}
	return "asleep are" + names
}
