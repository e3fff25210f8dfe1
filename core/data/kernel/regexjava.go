package kernel

import "strings"

// javaClasses are the character classes \p{Name} of Java that Go's engine does not know, as the
// inside of [...].
var javaClasses = map[string]string{
	"Lower": "a-z", "Upper": "A-Z", "Alpha": "a-zA-Z", "Digit": "0-9", "Alnum": "a-zA-Z0-9",
	"Punct": "!-/:-@\\[-`{-~", "Graph": "!-~", "Print": " -~", "Blank": " \\t",
	"Cntrl": "\\x00-\\x1F\\x7F", "XDigit": "0-9a-fA-F", "Space": " \\t\\n\\x0B\\f\\r",
	"ASCII": "\\x00-\\x7F", "IsAlphabetic": "\\p{L}\\p{Nl}", "IsLetter": "\\p{L}",
	"IsDigit": "\\p{Nd}", "IsUppercase": "\\p{Lu}", "IsLowercase": "\\p{Ll}",
	"IsPunctuation": "\\p{P}", "IsWhite_Space": "\\s\\p{Z}",
	"javaLowerCase": "\\p{Ll}", "javaUpperCase": "\\p{Lu}", "javaWhitespace": "\\s\\p{Z}",
}

// javaEscapes are the classes of one letter that both engines lack or take as Unicode's.
var javaEscapes = map[byte]string{
	'h': " \\t\\xA0", 'd': "0-9", 'w': "a-zA-Z_0-9", 's': " \\t\\n\\x0B\\f\\r",
}

// javaRegex writes what only Java's dialect has for the engines at hand: names of classes,
// intersections of classes, possessive quantifiers.
func javaRegex(pattern string) string {
	t := &javaTranslator{in: pattern, atom: -1}
	for t.i < len(t.in) {
		t.step()
	}
	return t.out.String()
}

type javaTranslator struct {
	in     string
	i      int
	out    strings.Builder
	atom   int   // where the last atom begins in out, -1: none
	groups []int // where the open groups begin in out
}

func (t *javaTranslator) step() {
	switch c := t.in[t.i]; c {
	case '\\':
		t.atom = t.out.Len()
		inside, plain, n := javaEscape(t.in[t.i:])
		if inside != "" {
			plain = "[" + inside + "]"
		}
		t.out.WriteString(plain)
		t.i += n
	case '[':
		t.atom = t.out.Len()
		class, n := javaClass(t.in[t.i:])
		t.out.WriteString(class)
		t.i += n
	case '(':
		t.groups = append(t.groups, t.out.Len())
		t.put(1)
	case ')':
		t.put(1)
		if k := len(t.groups); k > 0 {
			t.atom, t.groups = t.groups[k-1], t.groups[:k-1]
		}
	case '*', '+', '?', '{':
		t.quantifier()
	default:
		t.atom = t.out.Len()
		t.put(1)
		for t.i < len(t.in) && t.in[t.i]&0xC0 == 0x80 { // the rest of a UTF-8 character
			t.put(1)
		}
	}
}

func (t *javaTranslator) put(n int) {
	t.out.WriteString(t.in[t.i : t.i+n])
	t.i += n
}

// quantifier copies a quantifier; a possessive one becomes an atomic group around its atom.
func (t *javaTranslator) quantifier() {
	n := 1
	if t.in[t.i] == '{' {
		if end := strings.IndexByte(t.in[t.i:], '}'); end > 0 {
			n = end + 1
		}
	}
	if t.i+n < len(t.in) && t.in[t.i+n] == '+' && t.atom >= 0 {
		s := t.out.String()
		t.out.Reset()
		t.out.WriteString(s[:t.atom] + "(?>" + s[t.atom:] + t.in[t.i:t.i+n] + ")")
		t.i += n + 1
		t.atom = -1
		return
	}
	t.put(n)
}

// javaEscape reads an escape: either the inside of a class that it stands for, or its text.
func javaEscape(s string) (inside, plain string, n int) {
	if len(s) < 2 {
		return "", s, len(s)
	}
	if in, ok := javaEscapes[s[1]]; ok {
		return in, "", 2
	}
	if s[1] == 'Q' {
		if end := strings.Index(s, `\E`); end > 0 {
			return "", quoteRegex(s[2:end]), end + 2
		}
		return "", quoteRegex(s[2:]), len(s)
	}
	if (s[1] == 'p' || s[1] == 'P') && len(s) > 2 && s[2] == '{' {
		if end := strings.IndexByte(s, '}'); end > 0 {
			if in, ok := javaClasses[s[3:end]]; ok {
				if s[1] == 'P' {
					return "", "[^" + in + "]", end + 1
				}
				return in, "", end + 1
			}
			return "", s[:end+1], end + 1
		}
	}
	return "", s[:2], 2
}

func quoteRegex(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`\.+*?()|[]{}^$-`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// javaClass reads a class in brackets; an intersection becomes a look ahead at its other side.
func javaClass(s string) (out string, n int) {
	var b strings.Builder
	ahead := ""
	b.WriteByte('[')
	n = 1
	for first := true; n < len(s); first = false {
		switch c := s[n]; {
		case c == '^' && first:
			b.WriteByte('^')
			n++
			if n < len(s) && s[n] == ']' {
				b.WriteString(`\]`)
				n++
			}
		case c == ']' && !first:
			return ahead + b.String() + "]", n + 1
		case c == '\\':
			inside, plain, k := javaEscape(s[n:])
			b.WriteString(inside + plain)
			n += k
		case strings.HasPrefix(s[n:], "&&["):
			other, k := javaClass(s[n+2:])
			ahead += "(?=" + other + ")"
			n += k + 2
		default:
			b.WriteByte(c)
			n++
		}
	}
	return s, len(s) // not closed: the engine says so
}
