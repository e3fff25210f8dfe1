package parser

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/headrace/headrace/core/sql/ast"
)

// lexer cuts a source into tokens.
type lexer struct {
	src    string
	pos    int
	inHint bool // between /*+ and */
	words  map[string]ast.Keyword
	out    []token
	upper  [48]byte // longer words are in no table
}

// lex cuts src into tokens; the last one is tokEOF. A lexical error is a tokBad, after which
// nothing is read.
func lex(src string) []token {
	l := &lexer{src: src, words: ast.Keywords(), out: make([]token, 0, len(src)/5+2)}
	for l.next() {
	}
	l.out = append(l.out, token{kind: tokEOF, start: len(src), end: len(src)})
	return l.out
}

// next adds one token; false at the end or behind an error.
func (l *lexer) next() bool {
	if !l.skipBlanks() {
		return false
	}
	if l.pos >= len(l.src) {
		return false
	}
	start := l.pos
	c := l.src[start]
	switch {
	case c == '\'':
		return l.quoted('\'', tokString, start)
	case c == '`':
		return l.quoted('`', tokQuoted, start)
	case isDigit(c), c == '.' && isDigit(l.at(1)):
		l.number()
		return true
	case c == '"':
		return l.bad(start, start+1, `unexpected "; strings are written with ', names with `+"`")
	case isLetter(c) || c >= utf8.RuneSelf:
		return l.wordToken()
	}
	return l.operator()
}

// skipBlanks goes past blanks and comments; false behind an unclosed comment.
func (l *lexer) skipBlanks() bool {
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		switch {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			l.pos++
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(l.src[l.pos:])
			if !unicode.IsSpace(r) && r != '\uFEFF' {
				return true
			}
			l.pos += n
		case c == '-' && l.at(1) == '-' || c == '/' && l.at(1) == '/':
			n := strings.IndexByte(l.src[l.pos:], '\n')
			if n < 0 {
				n = len(l.src) - l.pos
			}
			l.pos += n
		case c == '/' && l.at(1) == '*' && l.at(2) != '+':
			n := strings.Index(l.src[l.pos+2:], "*/")
			if n < 0 {
				return l.bad(l.pos, l.pos+2, "comment is not closed by */")
			}
			l.pos += n + 4
		default:
			return true
		}
	}
	return true
}

// at is the byte n places ahead, 0 behind the end.
func (l *lexer) at(n int) byte {
	if l.pos+n < len(l.src) {
		return l.src[l.pos+n]
	}
	return 0
}

func (l *lexer) bad(start, end int, message string) bool {
	end = min(end, len(l.src))
	l.out = append(l.out, token{kind: tokBad, start: start, end: end, text: message})
	return false
}

// quoted reads from the opening quote at pos to the closing one; a doubled quote stands for one.
func (l *lexer) quoted(quote byte, k kind, start int) bool {
	value, end, ok := unquote(l.src, l.pos, quote)
	if !ok {
		what := "string is not closed by '"
		if quote == '`' {
			what = "quoted name is not closed by `"
		}
		return l.bad(start, l.pos+1, what)
	}
	if k == tokQuoted && value == "" {
		return l.bad(start, end, "a quoted name needs at least one character")
	}
	l.pos = end
	l.out = append(l.out, token{kind: k, start: start, end: end, text: value})
	return true
}

// unquote reads the quoted text that opens at pos.
func unquote(src string, pos int, quote byte) (value string, end int, ok bool) {
	i := pos + 1
	doubled := false
	for i < len(src) {
		if src[i] != quote {
			i++
			continue
		}
		if i+1 < len(src) && src[i+1] == quote {
			doubled = true
			i += 2
			continue
		}
		value = src[pos+1 : i]
		if doubled {
			q := string(quote)
			value = strings.ReplaceAll(value, q+q, q)
		}
		return value, i + 1, true
	}
	return "", pos, false
}

func (l *lexer) number() {
	start := l.pos
	digits := func() {
		for isDigit(l.at(0)) {
			l.pos++
		}
	}
	digits()
	if l.at(0) == '.' {
		l.pos++
		digits()
	}
	if c := l.at(0); c == 'e' || c == 'E' {
		n := 1
		if s := l.at(1); s == '+' || s == '-' {
			n = 2
		}
		if isDigit(l.at(n)) {
			l.pos += n
			digits()
		}
	}
	text := l.src[start:l.pos]
	l.out = append(l.out, token{kind: tokNumber, start: start, end: l.pos, text: text})
}

// wordToken reads a word, or the string that a prefix introduces.
func (l *lexer) wordToken() bool {
	start := l.pos
	ascii := true
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		if isLetter(c) || isDigit(c) {
			l.pos++
			continue
		}
		if c < utf8.RuneSelf {
			break
		}
		r, n := utf8.DecodeRuneInString(l.src[l.pos:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			break
		}
		ascii = false
		l.pos += n
	}
	if l.pos == start {
		_, n := utf8.DecodeRuneInString(l.src[start:])
		return l.bad(start, start+n, "unexpected character "+l.src[start:start+n])
	}
	text := l.src[start:l.pos]
	if l.at(0) == '\'' || l.at(0) == '&' && l.at(1) == '\'' {
		if done, ok := l.prefixed(start, text); done {
			return ok
		}
	}
	if text == "$" {
		l.out = append(l.out, token{kind: tokOp, start: start, end: l.pos, word: "$"})
		return true
	}
	t := token{kind: tokWord, start: start, end: l.pos, text: text}
	if ascii && len(text) <= len(l.upper) {
		for i := range len(text) {
			c := text[i]
			if 'a' <= c && c <= 'z' {
				c -= 'a' - 'A'
			}
			l.upper[i] = c
		}
		k := l.words[string(l.upper[:len(text)])]
		t.word, t.class = k.Text, k.Class
	}
	l.out = append(l.out, t)
	return true
}

// prefixed reads a string behind one of the prefixes x, u&, n, e and _charset.
func (l *lexer) prefixed(start int, prefix string) (done, ok bool) {
	switch {
	case l.at(0) == '&':
		if !strings.EqualFold(prefix, "u") {
			return false, false
		}
		l.pos++
		return true, l.quoted('\'', tokUnicode, start)
	case strings.EqualFold(prefix, "x"):
		return true, l.quoted('\'', tokBinary, start)
	case strings.EqualFold(prefix, "n"), prefix[0] == '_':
		return true, l.quoted('\'', tokString, start)
	case strings.EqualFold(prefix, "e"):
		if !l.quoted('\'', tokString, start) {
			return true, false
		}
		t := &l.out[len(l.out)-1]
		value, message := cEscapes(t.text)
		if message != "" {
			l.out = l.out[:len(l.out)-1]
			return true, l.bad(start, l.pos, message)
		}
		t.text = value
		return true, true
	}
	return false, false
}

// operators in the order they are tried: longest first.
var operators = [...]string{
	"/*+", "||", "<>", "!=", "<=", ">=", "=>", "->", "..",
	"(", ")", "[", "]", "{", "}", ",", ";", ".", ":", "+", "-", "*", "/", "%",
	"=", "<", ">", "?", "|", "^",
}

func (l *lexer) operator() bool {
	rest := l.src[l.pos:]
	op := ""
	if l.inHint && strings.HasPrefix(rest, "*/") {
		op = "*/"
		l.inHint = false
	} else {
		for _, o := range operators {
			if strings.HasPrefix(rest, o) {
				op = o
				break
			}
		}
	}
	if op == "" {
		return l.bad(l.pos, l.pos+1, "unexpected character "+rest[:1])
	}
	if op == "/*+" {
		l.inHint = true
	}
	start := l.pos
	l.pos += len(op)
	if op == "!=" {
		op = "<>"
	}
	l.out = append(l.out, token{kind: tokOp, start: start, end: l.pos, word: op})
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '$'
}
