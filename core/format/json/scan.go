package json

import (
	"encoding/binary"
	"math/bits"

	"github.com/headrace/headrace/core/format"
)

// span is where a value lies; end 0: the field is missing. The high bit of end marks a string
// with escapes.
type span struct{ start, end uint32 }

const escaped = 1 << 31

func (s span) to() uint32 { return s.end &^ escaped }

// names finds a field by its name. Records have their fields in the same order most of the time,
// so the one behind the last found is tried first.
type names struct {
	list  []string
	index map[string]int
}

func newNames(list []string) names {
	n := names{list: list, index: map[string]int{}}
	for i, name := range list {
		n.index[name] = i
	}
	return n
}

// scanner checks syntax and finds values.
type scanner struct {
	data []byte
	pos  int
	what string // what is wrong, when a call failed
}

func (s *scanner) fail(what string) bool {
	s.what = what
	return false
}

// space skips blanks and returns the byte behind them, 0 at the end.
func (s *scanner) space() byte {
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		if c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c
		}
		s.pos++
	}
	return 0
}

// object scans an object and puts the spans of the named fields into out. The last of equal
// keys counts.
func (s *scanner) object(n *names, out []span, depth int) bool {
	s.pos++ // {
	if s.space() == '}' {
		s.pos++
		return true
	}
	next := 0
	for {
		if s.space() != '"' {
			return s.fail("a field name is expected")
		}
		field, ok := s.key(n, next)
		if !ok {
			return false
		}
		if s.space() != ':' {
			return s.fail("':' is expected behind a field name")
		}
		s.pos++
		s.space()
		v, ok := s.value(depth)
		if !ok {
			return false
		}
		if field >= 0 {
			out[field] = v
			next = field + 1
		}
		switch s.space() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			return true
		default:
			return s.fail("',' or '}' is expected behind a value")
		}
	}
}

// key scans a field name and returns its place in n, -1 if it is not there.
func (s *scanner) key(n *names, next int) (int, bool) {
	if next < len(n.list) {
		name := n.list[next]
		end := s.pos + 1 + len(name)
		if end < len(s.data) && s.data[end] == '"' && string(s.data[s.pos+1:end]) == name {
			s.pos = end + 1
			return next, true
		}
	}
	v, ok := s.text()
	if !ok {
		return 0, false
	}
	raw := s.data[v.start+1 : v.to()-1]
	if v.end&escaped != 0 {
		raw = unescape(nil, raw)
	}
	if i, ok := n.index[string(raw)]; ok {
		return i, true
	}
	return -1, true
}

// value scans any value.
func (s *scanner) value(depth int) (span, bool) {
	start := uint32(s.pos)
	if s.pos >= len(s.data) {
		return span{}, s.fail("the record ends in the middle")
	}
	switch c := s.data[s.pos]; {
	case c == '"':
		return s.text()
	case c == '{' || c == '[':
		if !s.nested(depth + 1) {
			return span{}, false
		}
	case c == '-' || c >= '0' && c <= '9':
		if !s.number() {
			return span{}, false
		}
	case c == 't':
		return span{start, start + 4}, s.literal("true")
	case c == 'f':
		return span{start, start + 5}, s.literal("false")
	case c == 'n':
		return span{start, start + 4}, s.literal("null")
	default:
		return span{}, s.fail("a value is expected")
	}
	return span{start, uint32(s.pos)}, true
}

func (s *scanner) literal(word string) bool {
	if s.pos+len(word) > len(s.data) || string(s.data[s.pos:s.pos+len(word)]) != word {
		return s.fail("a value is expected")
	}
	s.pos += len(word)
	return true
}

func (s *scanner) number() bool {
	if s.data[s.pos] == '-' {
		s.pos++
	}
	from := s.pos
	s.digits()
	switch {
	case s.pos == from:
		return s.fail("a number needs digits")
	case s.data[from] == '0' && s.pos > from+1:
		return s.fail("a number has a leading zero")
	}
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		s.pos++
		if !s.digits() {
			return s.fail("a number needs digits behind the point")
		}
	}
	if s.pos < len(s.data) && s.data[s.pos]|0x20 == 'e' {
		s.pos++
		if s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		if !s.digits() {
			return s.fail("an exponent needs digits")
		}
	}
	return true
}

func (s *scanner) digits() bool {
	from := s.pos
	for s.pos < len(s.data) && s.data[s.pos]-'0' <= 9 {
		s.pos++
	}
	return s.pos > from
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// text scans a string, quotes included. Eight bytes are looked at together.
func (s *scanner) text() (span, bool) {
	start, i := s.pos, s.pos+1
	mark := uint32(0)
	data := s.data
	for {
		for i+8 <= len(data) {
			x := binary.LittleEndian.Uint64(data[i:])
			q, b := x^('"'*ones), x^('\\'*ones)
			// The lowest mark is exact; those above it may be false.
			m := ((q - ones) &^ q & highs) | ((b - ones) &^ b & highs)
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		for i < len(data) && data[i] != '"' && data[i] != '\\' {
			i++
		}
		if i >= len(data) {
			return span{}, s.fail("a string is never closed")
		}
		if data[i] == '"' {
			s.pos = i + 1
			return span{uint32(start), uint32(i+1) | mark}, true
		}
		if !s.escape(i) {
			return span{}, false
		}
		mark = escaped
		i += 2
	}
}

// escape checks the escape at i; the hex digits of \u are ordinary characters to text.
func (s *scanner) escape(i int) bool {
	if i+1 >= len(s.data) {
		return s.fail("a string is never closed")
	}
	switch s.data[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		if _, ok := hex4(s.data[i+2:]); ok {
			return true
		}
	}
	return s.fail("unknown escape in a string")
}

// maxDepth bounds how deep values may be nested.
const maxDepth = 1000

// nested scans an object or array.
func (s *scanner) nested(depth int) bool {
	if depth > maxDepth {
		return s.fail("values are nested too deep")
	}
	open := s.data[s.pos]
	end := open + 2 // ] or }
	s.pos++
	if s.space() == end {
		s.pos++
		return true
	}
	for {
		if open == '{' {
			if s.space() != '"' {
				return s.fail("a field name is expected")
			}
			if _, ok := s.text(); !ok {
				return false
			}
			if s.space() != ':' {
				return s.fail("':' is expected behind a field name")
			}
			s.pos++
		}
		s.space()
		if _, ok := s.value(depth); !ok {
			return false
		}
		switch c := s.space(); c {
		case ',':
			s.pos++
		case end:
			s.pos++
			return true
		default:
			return s.fail("',' or the end of the object or array is expected")
		}
	}
}

// each calls f for the elements of a checked array, or the keys and values of a checked object.
func each(data []byte, v span, f func(key, value span)) {
	s := scanner{data: data[:v.to()], pos: int(v.start)}
	object := data[v.start] == '{'
	s.pos++
	for {
		switch c := s.space(); c {
		case ']', '}', 0:
			return
		case ',':
			s.pos++
			s.space()
		}
		var key span
		if object {
			key, _ = s.text()
			s.space()
			s.pos++ // :
			s.space()
		}
		value, ok := s.value(0)
		if !ok {
			return
		}
		f(key, value)
	}
}

func badRecord(name string, offset int, data []byte, what string) error {
	return format.BadField(name, offset, "", format.Trim(data), what)
}
