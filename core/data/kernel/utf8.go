package kernel

import (
	"encoding/binary"
	"unicode/utf8"
)

// IsText says whether b is well-formed UTF-8, as every string of the engine is. Text in ASCII,
// mostly, costs next to nothing.
func IsText(b []byte) bool {
	const high = 0x8080808080808080
	i := 0
	for ; i+32 <= len(b); i += 32 {
		x := binary.LittleEndian.Uint64(b[i:]) | binary.LittleEndian.Uint64(b[i+8:]) |
			binary.LittleEndian.Uint64(b[i+16:]) | binary.LittleEndian.Uint64(b[i+24:])
		if x&high != 0 {
			return utf8.Valid(b[i:])
		}
	}
	return utf8.Valid(b[i:])
}

// AppendUTF8 appends src to dst as text, with U+FFFD for each part of it that is no UTF-8: the parts
// are those that Java's decoder sees.
func AppendUTF8(dst, src []byte) []byte {
	for len(src) > 0 {
		r, n := utf8.DecodeRune(src)
		if r == utf8.RuneError && n <= 1 {
			n = malformed(src)
			dst = append(dst, "\ufffd"...)
		} else {
			dst = append(dst, src[:n]...)
		}
		src = src[n:]
	}
	return dst
}

// malformed is the length of the malformed part at the beginning of b.
func malformed(b []byte) int {
	at := func(i int) byte {
		if i < len(b) {
			return b[i]
		}
		return 0
	}
	follows := func(i int) bool { return at(i)&0xc0 == 0x80 }
	c, second := b[0], at(1)
	switch {
	case c >= 0xe0 && c <= 0xef:
		if !follows(1) || c == 0xe0 && second < 0xa0 {
			return 1
		}
		if !follows(2) {
			return 2
		}
		return 3 // half of a surrogate pair
	case c >= 0xf0 && c <= 0xf4:
		switch {
		case !follows(1), c == 0xf0 && second < 0x90, c == 0xf4 && second > 0x8f:
			return 1
		case !follows(2):
			return 2
		}
		return 3
	}
	return 1
}
