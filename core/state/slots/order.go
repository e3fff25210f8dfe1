package slots

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/segment"
)

// memorySource reads the parts from a number on, and graves.
func (c *Captured) memorySource(from int, graves state.Keys) segment.Source {
	src := &capturedSource{c: c, graves: graves, words: areWords(&graves)}
	n := graves.Len()
	for i := range c.parts[from:] {
		p := &c.parts[from+i]
		n += p.keys.Len()
		src.words = src.words && areWords(&p.keys)
	}
	src.order = make([]ref, 0, n)
	for p := from; p < len(c.parts); p++ {
		src.addAll(int32(p), &c.parts[p].keys)
	}
	src.addAll(-1, &src.graves)
	src.sort()
	return src
}

// areWords says whether all keys are words.
func areWords(keys *state.Keys) bool {
	for i := range keys.Len() {
		if !isWord(keys.Key(i)) {
			return false
		}
	}
	return true
}

// ref is a captured key; part -1 stands for the graves. start holds the first bytes of the key, so
// that most comparisons look no further; where all keys are words it is all there is to them.
type ref struct {
	start uint64
	part  int32
	row   int32
	group uint16
}

type capturedSource struct {
	c      *Captured
	graves state.Keys
	words  bool // all keys are words
	order  []ref
	at     int
	rec    segment.Record
	body   []byte
}

func (s *capturedSource) addAll(part int32, keys *state.Keys) {
	for i := range keys.Len() {
		key := keys.Key(i)
		r := ref{part: part, row: int32(i), group: keys.Groups[i]}
		if s.words {
			r.start = binary.BigEndian.Uint64(key[1:])
		} else {
			r.start = keyStart(key)
		}
		s.order = append(s.order, r)
	}
}

// sort brings the keys in order: by group first, which needs no comparison, then each group.
func (s *capturedSource) sort() {
	most := 0
	for i := range s.order {
		most = max(most, int(s.order[i].group))
	}
	if len(s.order) < 2*most { // few keys a group
		slices.SortFunc(s.order, s.compare)
		return
	}
	ends := make([]int32, most+2)
	for i := range s.order {
		ends[s.order[i].group+1]++
	}
	for g := 1; g < len(ends); g++ {
		ends[g] += ends[g-1]
	}
	grouped := make([]ref, len(s.order))
	for i := range s.order {
		at := &ends[s.order[i].group]
		grouped[*at] = s.order[i]
		*at++
	}
	s.order = grouped
	from := int32(0)
	for _, to := range ends[:most+1] {
		slices.SortFunc(grouped[from:to], s.compare)
		from = to
	}
}

func (s *capturedSource) key(r ref) []byte {
	if r.part < 0 {
		return s.graves.Key(int(r.row))
	}
	return s.c.parts[r.part].keys.Key(int(r.row))
}

// compare orders by (group, key); the state of a key comes before its grave.
func (s *capturedSource) compare(a, b ref) int {
	if c := s.compareKeys(a, b); c != 0 {
		return c
	}
	return int(b.part) - int(a.part)
}

func (s *capturedSource) compareKeys(a, b ref) int {
	switch {
	case a.group != b.group:
		return int(a.group) - int(b.group)
	case a.start != b.start:
		return cmp.Compare(a.start, b.start)
	case s.words:
		return 0
	}
	return bytes.Compare(s.key(a), s.key(b))
}
