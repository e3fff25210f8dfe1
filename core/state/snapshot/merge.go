package snapshot

// What captures write earns credit, mergeShare of it, and merges spend it: so they write at most
// that share in the long run. A chain is merged into a new base when there is credit for it, which
// bounds what a restore has to read too. A chain of many small deltas, that would take long to get
// there, is merged (without the base) at maxFiles.
const (
	mergeShare = 0.2
	maxFiles   = 600
)

// Maintain implements state.Store.
func (s *Store) Maintain() error {
	s.merging.Lock()
	defer s.merging.Unlock()
	chain, id := s.current()
	switch s.mergeKind(chain) {
	case mergeAll:
		return s.merge(id, chain, 0)
	case mergeDeltas:
		return s.merge(id, chain, 1)
	}
	return nil
}

// Materialize makes one new base of the chain, whatever its size.
func (s *Store) Materialize() error {
	s.merging.Lock()
	defer s.merging.Unlock()
	chain, id := s.current()
	if len(chain) < 2 || chain[0].foreign {
		return nil
	}
	return s.merge(id, chain, 0)
}

// current returns the chain; before the first use of the table nothing is known about its columns,
// and nothing is merged.
func (s *Store) current() (chain []file, id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.schema == nil {
		return nil, 0
	}
	return append([]file(nil), s.chain...), s.lastID
}

type mergeChoice uint8

const (
	mergeNothing mergeChoice = iota
	mergeAll
	mergeDeltas
)

// mergeKind decides about a chain; it has no foreign files but before the first capture.
func (s *Store) mergeKind(chain []file) mergeChoice {
	if len(chain) < 3 || chain[0].foreign {
		return mergeNothing
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	base := chain[0].ref.Size
	// The state may have grown since the base. Keys on the disk are not known here: when too little
	// is expected, the next merge has to wait for longer.
	expected := max(base, int64(s.keyBytes*float64(s.stats.Keys)))
	switch {
	case s.credit() >= expected && sizeOf(chain[1:]) > base:
		return mergeAll
	case len(chain) > maxFiles:
		return mergeDeltas
	}
	return mergeNothing
}

// credit is how many bytes merges may write; the store is locked.
func (s *Store) credit() int64 {
	return int64(mergeShare*float64(s.stats.DeltaBytes+s.inherited)) - s.stats.MergeBytes
}

// merge replaces the chain from a position on by one file. Captures may be written meanwhile: they
// come behind it.
func (s *Store) merge(id int64, chain []file, from int) error {
	src, done, err := s.merged(chain[from:], nil)
	if err != nil {
		return err
	}
	defer done()
	out, err := s.write(s.ctx.Files, id, "merge", src, from > 0)
	if err != nil {
		return err
	}
	s.replace(chain, append(append([]file(nil), chain[:from]...), out...))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Merges++
	s.stats.MergeBytes += sizeOf(out)
	return nil
}
