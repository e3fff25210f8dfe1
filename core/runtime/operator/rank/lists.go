package rank

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/headrace/headrace/core/state"
)

// lists are the first rows of the partitions by sort key and arrival, with a note of each: so most
// rows that come to a full partition are dismissed with one comparison. The notes are no state:
// they go when the slot's rows are set otherwise than by this operator.
type lists struct {
	*state.Map
	notes []note
}

// note is what is known of a partition.
type note struct {
	bound uint64 // when full: rank of the last row's sort key, as rankOf gives it
	round uint32 // the one in which set is right
	set   int32
	full  bool // there are as many rows as are kept
}

var _ state.Incremental = (*lists)(nil)

// Grow implements state.Column.
func (l *lists) Grow(n int) {
	l.Map.Grow(n)
	if n > len(l.notes) {
		l.notes = append(l.notes, make([]note, n-len(l.notes))...)
	}
}

// Clear implements state.Column.
func (l *lists) Clear(slots []int32) {
	l.forget(slots)
	l.Map.Clear(slots)
}

// Decode implements state.Column.
func (l *lists) Decode(slots []int32, src []byte, ends []int32) error {
	l.forget(slots)
	return l.Map.Decode(slots, src, ends)
}

// Apply implements state.Incremental.
func (l *lists) Apply(slots []int32, src []byte, ends []int32) error {
	l.forget(slots)
	return l.Map.Apply(slots, src, ends)
}

func (l *lists) forget(slots []int32) {
	for _, s := range slots {
		l.notes[s] = note{}
	}
}

// startOf is a number that orders as keys do, as far as it tells them apart: a key whose number is
// less comes first. It has the most of a first part that is a number.
func startOf(key []byte) uint64 {
	switch {
	case len(key) < 9: // no order: the arrival
		return 0
	case key[0] == 1: // null first
		return 0
	case key[0] == 3: // null last
		return math.MaxUint64
	}
	return 1<<62 | binary.BigEndian.Uint64(key[1:])>>2
}

// entry is a row of a partition that is being worked on.
type entry struct {
	start uint64
	key   []byte // sort key and arrival
	old   []byte // of a row from the state: its encoding
	part  int32  // where the row stands: a batch that came in, or that of rows from the state
	row   int32
	round uint32 // of a row from the state: the batch that it stands in; 0: none
}

func (e *entry) less(o *entry) bool {
	if e.start != o.start {
		return e.start < o.start
	}
	return bytes.Compare(e.key, o.key) < 0
}

// set is a partition that is being worked on: its rows as they were, and as they are now.
type set struct {
	slot        int32
	changed     bool
	before, now []entry
}

// place is where an entry belongs among the rows.
func (s *set) place(e *entry) int {
	from, to := 0, len(s.now)
	for from < to {
		mid := int(uint(from+to) / 2)
		if s.now[mid].less(e) {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return from
}

// insert puts an entry at its place; the last of more than most rows goes.
func (s *set) insert(at int, e entry, most int64) {
	if int64(len(s.now)) < most {
		s.now = append(s.now, entry{})
	}
	copy(s.now[at+1:], s.now[at:])
	s.now[at] = e
}
