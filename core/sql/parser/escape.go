package parser

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// cEscapes resolves the backslash escapes of an e'…' string; message is "" on success.
func cEscapes(s string) (value, message string) {
	if !strings.Contains(s, `\`) {
		return s, ""
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; c {
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'x', 'u', 'U':
			digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
			code, ok := hexAt(s, i+1, digits)
			if !ok {
				return "", fmt.Sprintf(`escape \%c needs %d hexadecimal digits`, c, digits)
			}
			b.WriteRune(code)
			i += digits
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

// unicodeEscapes resolves the escapes of a U&'…' string: \XXXX, \+XXXXXX and \\, with another
// character in place of \ after UESCAPE.
func unicodeEscapes(s string, escape rune) (value, message string) {
	var b strings.Builder
	var high rune // a high surrogate that waits for its other half
	flush := func() {
		if high != 0 {
			b.WriteRune(utf8.RuneError)
			high = 0
		}
	}
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if r != escape {
			flush()
			b.WriteString(s[i-n : i])
			continue
		}
		if next, n := utf8.DecodeRuneInString(s[i:]); n > 0 && next == escape {
			flush()
			b.WriteRune(escape)
			i += n
			continue
		}
		digits := 4
		if i < len(s) && s[i] == '+' {
			digits = 6
			i++
		}
		code, ok := hexAt(s, i, digits)
		if !ok {
			return "", fmt.Sprintf("a Unicode escape needs %d hexadecimal digits", digits)
		}
		i += digits
		switch {
		case high != 0 && utf16.IsSurrogate(code) && code >= 0xDC00:
			b.WriteRune(utf16.DecodeRune(high, code))
			high = 0
		case utf16.IsSurrogate(code) && code < 0xDC00:
			flush()
			high = code
		default:
			flush()
			b.WriteRune(code)
		}
	}
	flush()
	return b.String(), ""
}

// hexAt reads a code point of exactly n hexadecimal digits at i.
func hexAt(s string, i, n int) (rune, bool) {
	if i+n > len(s) {
		return 0, false
	}
	code, err := strconv.ParseUint(s[i:i+n], 16, 32)
	if err != nil || code > utf8.MaxRune {
		return 0, false
	}
	return rune(code), true
}

// hexBytes reads the text of an x'…' literal; blanks between the digits are allowed.
func hexBytes(s string) ([]byte, error) {
	return hex.DecodeString(strings.Join(strings.Fields(s), ""))
}
