package session

import "testing"

// TestOverlapsTakesPairs: the documented form, (time, end or interval) OVERLAPS (time, end …).
func TestOverlapsTakesPairs(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	got := rows(t, s, "SELECT (DATE '2024-01-01', DATE '2024-02-01') OVERLAPS (DATE '2024-01-15', "+
		"DATE '2024-03-01'), (TIME '2:55:00', INTERVAL '1' HOUR) OVERLAPS (TIME '4:30:00', "+
		"INTERVAL '2' HOUR)")
	if len(got) != 1 || got[0] != "+I true false" {
		t.Errorf("%v", got)
	}
}
