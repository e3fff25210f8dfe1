package slots

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/headrace/headrace/core/state/segment"
)

// shelfSource reads shelves in order of (group, key).
type shelfSource struct {
	shelves *shelves
	next    int // shelf
	chunks  [][]byte
	words   bool // all keys of the shelf are words
	order   []ref
	at      int
	rec     segment.Record
}

// ref is a record of the shelf. start holds the first bytes of the key, so that most comparisons
// look no further; where all keys are words it is all there is to them.
type ref struct {
	start uint64
	chunk int32
	at    int32 // where in the chunk
	group uint16
}

// Next skips the grave of a key that came back, which stands behind the key's state, and the
// second grave of one that went twice.
func (s *shelfSource) Next() bool {
	for s.at >= len(s.order) {
		if s.next >= len(s.shelves.all) {
			return false
		}
		s.arrange(&s.shelves.all[s.next])
		s.next++
	}
	r := s.order[s.at]
	for s.at++; s.at < len(s.order) && s.compareKeys(r, s.order[s.at]) == 0; s.at++ {
		continue
	}
	s.rec = s.record(r)
	return true
}

// Record implements segment.Source.
func (s *shelfSource) Record() segment.Record { return s.rec }

// Err implements segment.Source.
func (s *shelfSource) Err() error { return nil }

func (s *shelfSource) record(r ref) segment.Record {
	rec, _ := segment.NextRecord(s.chunks[r.chunk][r.at:])
	return rec
}

// arrange brings the records of a shelf in order.
func (s *shelfSource) arrange(shelf *chunked) {
	s.chunks, s.order, s.at, s.words = s.chunks[:0], s.order[:0], 0, true
	shelf.each(func(chunk []byte) {
		for rest := chunk; len(rest) > 0; {
			r := ref{chunk: int32(len(s.chunks)), at: int32(len(chunk) - len(rest))}
			var rec segment.Record
			rec, rest = segment.NextRecord(rest)
			r.group = rec.Group
			if s.words = s.words && isWord(rec.Key); s.words {
				r.start = binary.BigEndian.Uint64(rec.Key[1:])
			}
			s.order = append(s.order, r)
		}
		s.chunks = append(s.chunks, chunk)
	})
	if !s.words {
		for i := range s.order {
			s.order[i].start = keyStart(s.record(s.order[i]).Key)
		}
	}
	slices.SortFunc(s.order, s.compare)
}

// compare orders by (group, key); what was told of a key first comes first.
func (s *shelfSource) compare(a, b ref) int {
	if c := s.compareKeys(a, b); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.chunk, b.chunk), cmp.Compare(a.at, b.at))
}

func (s *shelfSource) compareKeys(a, b ref) int {
	switch {
	case a.group != b.group:
		return int(a.group) - int(b.group)
	case a.start != b.start:
		return cmp.Compare(a.start, b.start)
	case s.words:
		return 0
	}
	return bytes.Compare(s.record(a).Key, s.record(b).Key)
}
