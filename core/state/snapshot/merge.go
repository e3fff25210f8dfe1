package snapshot

// A chain is merged into a new base when its deltas have grown to mergeRatio times the base: so
// merges write at most 1/mergeRatio of what captures write. A chain of many small deltas, that
// would take long to get there, is merged (without the base) at maxFiles.
const (
	mergeRatio = 5
	maxFiles   = 600
)

// Maintain implements state.Store.
func (s *Store) Maintain() error {
	s.merging.Lock()
	defer s.merging.Unlock()
	chain, id := s.current()
	switch mergeKind(chain) {
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
func mergeKind(chain []file) mergeChoice {
	if len(chain) < 3 || chain[0].foreign {
		return mergeNothing
	}
	base := chain[0].ref.Size
	switch {
	case sizeOf(chain[1:]) >= mergeRatio*base:
		return mergeAll
	case len(chain) > maxFiles:
		return mergeDeltas
	}
	return mergeNothing
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
