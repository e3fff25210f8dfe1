package statetest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/headrace/headrace/core/state"
)

// Options say how a back end is tested.
type Options struct {
	// Restore, when set, makes the back end that snapshots are restored on: another one of the
	// same format. nil: the same.
	Restore state.Backend
	// Dir makes working directories on the disk; nil for back ends that need none.
	Dir func() string
	// Budget limits the memory of the stores, 0: not.
	Budget int64
	// Seeds is how many random programs run; 0: 8.
	Seeds int
}

// Run runs the suite.
func Run(t *testing.T, b state.Backend, o Options) {
	seeds := o.Seeds
	if seeds == 0 {
		seeds = 8
	}
	for seed := range seeds {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { random(t, b, o, uint64(seed)) })
	}
}

// random runs one program: batches of changes, timers, checkpoints that are written late or not
// at all, savepoints, merges, crashes back to a snapshot at another parallelism.
func random(t *testing.T, b state.Backend, o Options, seed uint64) {
	j := &job{t: t, rnd: rand.New(rand.NewPCG(seed, 1)), backend: b, files: NewFiles(),
		dir: o.Dir}
	if o.Budget > 0 {
		j.budget = state.NewBudget(o.Budget)
	}
	j.open(1, nil)
	defer j.closeAll()
	keys := 20 + j.rnd.IntN(150)
	var kept []*saved
	for range 150 {
		switch n := j.rnd.IntN(20); {
		case n < 11:
			j.batch(keys, 1+j.rnd.IntN(60), j.mutate)
		case n < 13:
			j.fire(int64(j.rnd.IntN(25)))
		case n < 15:
			kept = append(kept, j.snapshot(false))
		case n == 15:
			kept = append(kept, j.snapshot(true))
		case n == 16:
			j.unwritten()
		case n == 17:
			for _, s := range j.subs {
				j.must(s.store.Maintain())
			}
		case n == 18:
			j.check()
		case n == 19 && len(kept) > 0:
			if o.Restore != nil {
				j.backend, o.Restore = o.Restore, j.backend
			}
			// What is newer than the snapshot that is gone back to will not come about.
			at := j.rnd.IntN(len(kept))
			j.open(1+j.rnd.IntN(4), kept[at])
			kept = kept[:at+1]
		}
	}
	j.check()
	j.fire(100)
}

// unwritten captures without writing: the next snapshot has to.
func (j *job) unwritten() {
	j.id++
	for _, s := range j.subs {
		c, err := s.store.Capture(state.CaptureOptions{ID: j.id})
		j.must(err)
		c.Discard()
		s.store.Settled(j.id, false)
	}
}
