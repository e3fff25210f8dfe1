package csv

import (
	"math/bits"

	"github.com/headrace/headrace/core/format"
)

// Marks on the end of a field; offsets are below 2^30.
const (
	quotedField = 1 << 31 // the field has quotes or escapes to undo
	absentField = 1 << 30 // the record ended before it
	offsetMask  = absentField - 1
)

// block is where the fields of some records lie: for each record the place before its first byte,
// then the end of each field. A field starts one behind the end before it.
type block struct {
	data []byte
	ends []uint32
	rows int
}

// scanner finds the fields of records.
type scanner struct {
	dialect
	fields int    // of a record
	drop   func() // counts a record that is left out
	block

	pos    int // next byte
	record int // start of the record
	got    int // fields of the record found
	open   int // start of its last field
	flag   uint32
}

// scan finds up to rows records of data.
func (s *scanner) scan(data []byte, rows int) (used int, err error) {
	s.data, s.ends, s.block.rows = data, s.ends[:0], 0
	s.pos = 0
	for s.block.rows < rows && s.pos < len(data) {
		if s.comments && s.skipComment() {
			continue
		}
		s.begin()
		if err := s.run(rows); err != nil && !s.lenient {
			return 0, err
		} else if err != nil {
			s.leaveOut()
		}
	}
	return s.pos, nil
}

// leaveOut goes on behind a record with wrong quotes: where the framing says that it ends, so that it
// does not matter how much of the file is in data.
func (s *scanner) leaveOut() {
	s.ends = s.ends[:s.block.rows*(s.fields+1)]
	s.pos = len(s.data)
	if n := s.framing().First(format.AtRecord, s.data[s.record:]); n >= 0 {
		s.pos = s.record + n
	}
	s.drop()
}

func (s *scanner) begin() {
	s.record, s.got, s.flag = s.pos, 0, 0
	s.ends = append(s.ends, uint32(s.pos-1)&offsetMask)
}

// skipComment leaves out a line that starts with '#'.
func (s *scanner) skipComment() bool {
	i := s.pos
	for i < len(s.data) && (s.data[i] == ' ' || s.data[i] == '\t') {
		i++
	}
	if i == len(s.data) || s.data[i] != '#' {
		return false
	}
	for i < len(s.data) && s.data[i] != '\n' {
		i++
	}
	s.pos = min(i+1, len(s.data))
	return true
}

// run scans records, the first of which has begun, until rows are there, the data ends, or a
// record could be a comment.
func (s *scanner) run(rows int) error {
	data, delimiter, fields := s.data, s.delimiter, s.fields
	fieldStart := s.pos
	ends, got, flag := s.ends, s.got, s.flag // of s, in registers
	w := s.words()
	for base := s.pos; base < len(data); {
		m, next := w.marks(data[base:]), base+window
		for m != 0 {
			i := base + bits.TrailingZeros64(m)
			m &= m - 1
			skip := 0 // the place to go on at, behind what has been read here
			switch c := data[i]; {
			case c == delimiter:
				if got < fields {
					ends = append(ends, uint32(i)|flag)
				}
				got++
				flag = 0
				fieldStart = i + 1
				continue
			case c == '\n':
				s.ends, s.got, s.flag, s.open = ends, got, flag, fieldStart
				s.field(i)
				more, err := s.endRecord(i+1, rows)
				if err != nil || !more {
					return err
				}
				ends, got, flag = s.ends, s.got, s.flag
				fieldStart = i + 1
				continue
			case s.escape != 0 && c == s.escape:
				flag, skip = quotedField, i+2
			case i == fieldStart:
				end, err := s.quoted(i)
				if err != nil {
					return err
				}
				flag, skip = quotedField, end
			}
			if skip >= next {
				m, next = 0, skip
			} else if skip > base {
				m &= ^uint64(0) << (skip - base)
			}
		}
		base = next
	}
	s.ends, s.got, s.flag, s.open = ends, got, flag, fieldStart
	s.field(len(data))
	_, err := s.endRecord(len(data), rows)
	return err
}

// field ends a field before i.
func (s *scanner) field(i int) {
	if s.got < s.fields {
		s.ends = append(s.ends, uint32(i)|s.flag)
	}
	s.got++
	s.flag = 0
}

// endRecord closes a record that ends before next; more says whether the run may go on.
func (s *scanner) endRecord(next, rows int) (more bool, err error) {
	s.pos = next
	stride := s.fields + 1
	if s.got == s.fields+1 && len(format.Trim(s.data[s.open:next])) == 0 {
		s.got-- // a delimiter behind the last field is allowed, as in Flink
	} else if s.got != s.fields {
		if err := s.length(next); err != nil {
			return false, err
		}
		if s.got > s.fields {
			s.ends = s.ends[:s.block.rows*stride]
			s.block.rows--
			s.drop()
		}
	} else if last := len(s.ends) - 1; next > 1 && s.data[next-1] == '\n' &&
		s.data[next-2] == '\r' && s.ends[last]&offsetMask == uint32(next-1) &&
		next-2 >= s.record {
		s.ends[last]--
	}
	s.block.rows++
	if s.block.rows >= rows || next >= len(s.data) || s.comments {
		return false, nil
	}
	s.begin()
	return true, nil
}

// length is the error of a record with too few or too many fields; with errors ignored, the
// missing ones are marked absent.
func (s *scanner) length(next int) error {
	if !s.lenient {
		text := s.data[s.record:next]
		e := format.BadField("csv", s.record, "", format.Trim(text), "")
		e.Reason = lengthReason(s.fields, s.got)
		return e
	}
	for s.got < s.fields {
		s.ends = append(s.ends, uint32(next)|absentField)
		s.got++
	}
	return nil
}

// quoted returns the place behind the closing quote of the field that opens at i and the blanks
// that may follow it.
func (s *scanner) quoted(i int) (int, error) {
	start := i
	data := s.data
	for i++; i < len(data); i++ {
		switch c := data[i]; {
		case s.escape != 0 && c == s.escape:
			i++
		case c == s.quote:
			if i+1 < len(data) && data[i+1] == s.quote {
				i++
				continue
			}
			return s.behindQuote(start, i+1)
		}
	}
	return 0, format.BadField("csv", s.record, "", data[start:], "the quote is never closed")
}

func (s *scanner) behindQuote(start, i int) (int, error) {
	for ; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == s.delimiter || c == '\n':
			return i, nil
		case c > ' ':
			return 0, format.BadField("csv", s.record, "", s.data[start:i+1],
				"something other than a delimiter follows the closing quote")
		}
	}
	return i, nil
}

// text returns the bytes of a field; scratch is used where quotes or escapes are undone.
func (b *block) text(from, end uint32, d *dialect, scratch []byte) []byte {
	raw := b.data[(from+1)&offsetMask : end&offsetMask]
	if end&quotedField == 0 {
		return raw
	}
	return unquote(raw, d, scratch[:0])
}

func unquote(raw []byte, d *dialect, out []byte) []byte {
	inQuotes := len(raw) > 0 && d.quote != 0 && raw[0] == d.quote
	if inQuotes {
		raw = raw[1:]
	}
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case d.escape != 0 && c == d.escape && i+1 < len(raw):
			i++
			c = raw[i]
		case inQuotes && c == d.quote:
			if i+1 >= len(raw) || raw[i+1] != d.quote {
				return out
			}
			i++
		}
		out = append(out, c)
	}
	return out
}
