// Package changelog is a back end around another one: changes of state leave in small portions
// while the operator works, so that a checkpoint has little left to write. The base of the chain
// of files is made anew (materialised) on its own period, or when deltas have outgrown it by far.
//
// Its files are those of every back end, so it can be switched on and off with any restore. A base
// takes the place of older files in the next checkpoint; the job deletes these once that is
// complete.
package changelog

import (
	"sync"
	"sync/atomic"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/state"
)

// Options of the back end.
type Options struct {
	// PortionKeys is how many changed keys leave at a time; 0: 16,384. More: keys that change
	// often are written less often; fewer: a checkpoint has less left to capture.
	PortionKeys int
	// WriteBytes is how much may wait before it is written, beside the operator; 0: 4 MiB.
	WriteBytes int64
	// MaterializeMs is the period of new bases (state.changelog.periodic-materialize.interval);
	// 0: 600,000; below 0: never.
	MaterializeMs int64
	// MaxFailures is how many materialisations in a row may fail before Maintain says so
	// (state.changelog.max-failures-allowed); 0: 3.
	MaxFailures int
}

// Backend makes stores around those of Inner.
type Backend struct {
	Inner   state.Backend
	Options Options
}

var _ state.Backend = (*Backend)(nil)

// streamer is a store that can let changes go early; the memory and pebble back ends make such.
type streamer interface {
	state.Store
	Changed() int
	Precapture() error
	Pending() int64
	WritePending() error
	Materialize() error
}

// Open implements state.Backend.
func (b *Backend) Open(ctx *state.StoreContext, restore []state.Handle) (state.Store, error) {
	store, err := b.Inner.Open(ctx, restore)
	if err != nil {
		return nil, err
	}
	inner, ok := store.(streamer)
	if !ok {
		return nil, errs.Internalf("%T cannot keep a changelog", store)
	}
	s := &Store{streamer: inner, options: b.Options, clock: ctx.Clock, beside: ctx.Beside}
	if s.options.PortionKeys <= 0 {
		s.options.PortionKeys = 16 << 10
	}
	if s.options.WriteBytes <= 0 {
		s.options.WriteBytes = 4 << 20
	}
	if s.options.MaterializeMs == 0 {
		s.options.MaterializeMs = 600_000
	}
	if s.options.MaxFailures <= 0 {
		s.options.MaxFailures = 3
	}
	s.lastMs.Store(ctx.Clock.NowMs())
	s.keyed = &keyed{Keyed: inner.Keyed(), store: s}
	return s, nil
}

// Store lets changes go in portions.
type Store struct {
	streamer
	options  Options
	clock    clock.Clock
	beside   func(name string, f func())
	keyed    *keyed
	writing  atomic.Bool  // a portion is being written, or waits for that
	failing  atomic.Bool  // writing has failed since the last checkpoint
	pushes   sync.Mutex   // held while a portion is written
	closed   bool         // guarded by pushes
	lastMs   atomic.Int64 // of the last materialisation
	failures int
}

// Keyed implements state.Store.
func (s *Store) Keyed() state.Keyed { return s.keyed }

// push has what was captured written beside the operator, when there is much of it. After a failure
// it waits for the next checkpoint, whose Write writes all that is left, and says what is wrong.
func (s *Store) push() {
	if s.beside == nil || s.failing.Load() || s.Pending() < s.options.WriteBytes ||
		!s.writing.CompareAndSwap(false, true) {
		return
	}
	s.beside("write changelog", func() {
		defer s.writing.Store(false)
		s.pushes.Lock()
		defer s.pushes.Unlock()
		if !s.closed && s.WritePending() != nil {
			s.failing.Store(true)
		}
	})
}

// Settled implements state.Store.
func (s *Store) Settled(id int64, complete bool) {
	s.failing.Store(false)
	s.streamer.Settled(id, complete)
}

// Close implements state.Store; it waits for what is being written.
func (s *Store) Close() error {
	s.pushes.Lock()
	s.closed = true
	s.pushes.Unlock()
	return s.streamer.Close()
}

// Maintain implements state.Store: it writes the portions captured so far and, when it is time,
// a new base. A failing materialisation is tried again at the next period: checkpoints go on
// without it, only their chain grows. Deltas that have outgrown the base are merged before that,
// as without a changelog: what a restore has to read is bounded by the state, not by the period.
func (s *Store) Maintain() error {
	if err := s.WritePending(); err != nil {
		return err
	}
	if err := s.streamer.Maintain(); err != nil {
		return err
	}
	period, now := s.options.MaterializeMs, s.clock.NowMs()
	if period < 0 || now-s.lastMs.Load() < period {
		return nil
	}
	s.lastMs.Store(now)
	err := s.Materialize()
	if err == nil {
		s.failures = 0
		return nil
	}
	if s.failures++; s.failures < s.options.MaxFailures {
		return nil
	}
	return err
}

// keyed takes the moment before keys are resolved, when every change is made known, to capture.
type keyed struct {
	state.Keyed
	store *Store
}

func (k *keyed) portion() error {
	if k.store.Changed() < k.store.options.PortionKeys {
		return nil
	}
	if err := k.store.Precapture(); err != nil {
		return err
	}
	k.store.push()
	return nil
}

// Resolve implements state.Keyed.
func (k *keyed) Resolve(keys *state.Keys, slots []int32) ([]int32, error) {
	if err := k.portion(); err != nil {
		return nil, err
	}
	return k.Keyed.Resolve(keys, slots)
}

// Lookup implements state.Keyed.
func (k *keyed) Lookup(keys *state.Keys, slots []int32) ([]int32, error) {
	if err := k.portion(); err != nil {
		return nil, err
	}
	return k.Keyed.Lookup(keys, slots)
}

// Tour implements state.Toured.
func (k *keyed) Tour(n int) error {
	t, ok := k.Keyed.(state.Toured)
	if !ok {
		return nil
	}
	if err := k.portion(); err != nil {
		return err
	}
	return t.Tour(n)
}

// Settle implements state.Steady: it is the moment that Resolve would have been.
func (k *keyed) Settle() error {
	if err := k.portion(); err != nil {
		return err
	}
	if s, ok := k.Keyed.(state.Steady); ok {
		return s.Settle()
	}
	return nil
}

// Epoch implements state.Steady.
func (k *keyed) Epoch() (uint64, bool) {
	if s, ok := k.Keyed.(state.Steady); ok {
		return s.Epoch()
	}
	return 0, false
}
