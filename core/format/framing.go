package format

import "bytes"

// Framing says how records lie in a stream of bytes: each ends at a line feed. With a quote, line
// feeds inside a quoted field do not count; a quote opens a field only right behind the field
// delimiter or the record's end.
type Framing struct {
	Quote     byte // 0: every line feed ends a record
	Delimiter byte // between fields, used with Quote
	Escape    byte // makes the next byte ordinary; 0: none
	// Comments: a line that starts with '#' (blanks before it allowed) ends at its line feed.
	Comments bool
	// Whole: the stream is one record.
	Whole bool
	// Mark: a byte order mark at the begin of the stream is not part of the first record.
	Mark bool
}

// ByteOrderMark is what some programs put before text in UTF-8.
const ByteOrderMark = "\ufeff"

// State is where between bytes a scan stands.
type State uint8

// The states of a scan.
const (
	AtRecord State = iota // a record begins
	AtField               // a field begins
	InField
	InQuotes
	QuoteInQuotes // behind a quote inside quotes: the end, or the first of a pair
)

// Seekable says whether a scan can start in the middle when its State there is known.
func (f Framing) Seekable() bool { return !f.Whole && f.Escape == 0 && !f.Comments }

// Plain says whether each line feed ends a record, so that the state never matters.
func (f Framing) Plain() bool { return !f.Whole && f.Quote == 0 && f.Escape == 0 }

// Scan runs over data and returns the state behind it.
func (f Framing) Scan(s State, data []byte) State {
	_, s = f.first(s, data, len(data)+1)
	return s
}

// First returns the length of the prefix that ends behind the first record end, -1 if there is
// none.
func (f Framing) First(s State, data []byte) int {
	n, _ := f.first(s, data, 1)
	return n
}

// Last returns the length of the prefix of data, which starts at a record, that holds complete
// records only.
func (f Framing) Last(data []byte) int {
	switch {
	case f.Whole:
		return 0
	case f.Plain(), f.Escape == 0 && !f.Comments && bytes.IndexByte(data, f.Quote) < 0:
		return bytes.LastIndexByte(data, '\n') + 1
	}
	last, pos, s := 0, 0, AtRecord
	for pos < len(data) {
		n, _ := f.first(s, data[pos:], 1)
		if n < 0 {
			break
		}
		pos += n
		last = pos
	}
	return last
}

// first scans for the count-th record end and returns the length up to it, or -1, and the state.
func (f Framing) first(s State, data []byte, count int) (int, State) {
	if f.Plain() {
		if i := bytes.IndexByte(data, '\n'); i >= 0 && count == 1 {
			return i + 1, AtRecord
		}
		return -1, AtRecord
	}
	comment := false
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch {
		case comment:
			if c == '\n' {
				comment, s = false, AtRecord
			}
			continue
		case s == InQuotes:
			if j := f.quoteOrEscape(data[i:]); j < 0 {
				return -1, s
			} else if i += j; data[i] == f.Quote {
				s = QuoteInQuotes
			} else {
				i++
			}
			continue
		case f.Escape != 0 && c == f.Escape:
			i++
			s = InField
			continue
		case s == QuoteInQuotes && c == f.Quote:
			s = InQuotes
			continue
		case (s == AtRecord || s == AtField) && c == f.Quote && f.Quote != 0:
			s = InQuotes
			continue
		case f.Comments && s == AtRecord && c == '#':
			comment = true
			continue
		}
		switch c {
		case '\n':
			s = AtRecord
			if count--; count == 0 {
				return i + 1, s
			}
		case f.Delimiter:
			s = AtField
		default:
			if !(f.Comments && s == AtRecord && (c == ' ' || c == '\t')) {
				s = InField
			}
		}
	}
	return -1, s
}

func (f Framing) quoteOrEscape(data []byte) int {
	if f.Escape == 0 {
		return bytes.IndexByte(data, f.Quote)
	}
	for i, c := range data {
		if c == f.Quote || c == f.Escape {
			return i
		}
	}
	return -1
}
