package snapshot

import "github.com/headrace/headrace/core/state/slots"

// Where most keys change between two checkpoints, a checkpoint of all keys costs little more than
// that of the changed ones, and makes merging needless: merges would read and write everything
// again. It is worth it when at least leastShare of the keys have changed, and there is credit for
// what is written beyond the changes.
const leastShare = 0.5

// wantsBase says whether the next capture should hold all keys. It is for the operator's thread.
func (s *Store) wantsBase() bool {
	share, inMemory := s.table.ChangedShare()
	if !inMemory || share < leastShare {
		return false
	}
	keys := s.table.Stats().Keys
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.chain) == 0 || s.chain[0].foreign {
		return false // the next file is a base
	}
	all := max(float64(s.chain[0].ref.Size), s.keyBytes*float64(keys))
	return (1-share)*all <= float64(s.credit())+mergeShare*share*all
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
	share, live := 1.0, 0
	if base := newestBase(pending); base >= 0 {
		share = pending[base].Share
		s.stats.Merges++
	}
	for _, c := range pending {
		live += c.Live()
	}
	if live > 0 {
		s.keyBytes = float64(size) / float64(live)
	}
	changed := int64(share * float64(size))
	s.stats.DeltaBytes += changed
	s.stats.MergeBytes += size - changed
}
