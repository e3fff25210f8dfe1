package snapshot

import "math"

// What follows lets changes leave before a checkpoint asks for them (the changelog back end).

// Changed is how many keys are marked as changed since the last capture. It is for the operator's
// thread.
func (s *Store) Changed() int { return s.table.Changed() }

// Precapture captures what changed so far for the checkpoint to come. It is for the operator's
// thread.
func (s *Store) Precapture() error {
	captured, err := s.table.Capture()
	if err != nil || captured.Empty() {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.schema == nil {
		s.schema = &schema{columns: captured.Columns}
	}
	s.pending = append(s.pending, captured)
	return nil
}

// Pending is how many bytes are captured and not written.
func (s *Store) Pending() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := int64(0)
	for _, c := range s.pending {
		n += c.SizeBytes()
	}
	return n
}

// WritePending writes what was captured before any checkpoint that is still to be written. It may
// be called from any goroutine.
func (s *Store) WritePending() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	before, number, id := int64(math.MaxInt64), int64(0), s.lastID
	for _, n := range s.awaited {
		before = min(before, n)
	}
	for _, c := range s.pending {
		if c.Number < before {
			number = c.Number
		}
	}
	s.mu.Unlock()
	if number == 0 {
		return nil
	}
	_, _, err := s.flush(number, id)
	return err
}
