package snapshot

import "github.com/headrace/headrace/core/state/slots"

// Where most keys change between two checkpoints, a checkpoint of all keys costs little more than
// that of the changed ones, and makes merging needless: merges would read and write everything
// again. It is worth it when at least leastShare of the keys have changed, and what is written
// beyond the changes is at most mergeShare of what captures wrote since the base.
const (
	leastShare = 0.5
	mergeShare = 0.2
)

// wantsBase says whether the next capture should hold all keys. It is for the operator's thread.
func (s *Store) wantsBase() bool {
	share, inMemory := s.table.ChangedShare()
	if !inMemory || share < leastShare {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.chain) == 0 || s.chain[0].foreign {
		return false // the next file is a base
	}
	base := float64(s.chain[0].ref.Size)
	deltas := share*base + float64(sizeOf(s.chain[1:]))
	return (1-share)*base <= mergeShare*deltas
}

// newestBase is the position of the newest capture of all keys, -1 when there is none.
func newestBase(pending []*slots.Captured) int {
	for i := len(pending) - 1; i >= 0; i-- {
		if pending[i].Base {
			return i
		}
	}
	return -1
}

// count notes what a file of captures has added. Of a base, what had not changed counts as merged.
func (s *Store) count(size int64, pending []*slots.Captured) {
	share := 1.0
	if base := newestBase(pending); base >= 0 {
		share = pending[base].Share
		s.stats.Merges++
	}
	changed := int64(share * float64(size))
	s.stats.DeltaBytes += changed
	s.stats.MergeBytes += size - changed
}
