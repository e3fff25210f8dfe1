package kernel

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// likePattern is a LIKE pattern split at its %.
type likePattern struct {
	parts  []likePart // between them anything
	single bool       // some part has a _
}

// likePart is text without %; '_' wildcards are marked by one.
type likePart struct {
	text  string
	runes []rune // when the part has wildcards
	any   []bool // any[i]: runes[i] is a wildcard
}

// compileLike reads a pattern; escape is 0 for none.
func compileLike(pattern string, escape rune) (*likePattern, error) {
	p := &likePattern{}
	var runes []rune
	var any_ []bool
	wild := false
	flush := func() {
		part := likePart{text: string(runes)}
		if wild {
			part.runes, part.any = runes, any_
			p.single = true
		}
		p.parts = append(p.parts, part)
		runes, any_, wild = nil, nil, false
	}
	rs := []rune(pattern)
	for i := 0; i < len(rs); i++ {
		switch c := rs[i]; {
		case escape != 0 && c == escape:
			i++
			if i == len(rs) || rs[i] != '%' && rs[i] != '_' && rs[i] != escape {
				return nil, errs.Dataf("'%s' is not a LIKE pattern: the escape character '%c' must "+
					"stand before %%, _ or itself", pattern, escape)
			}
			runes, any_ = append(runes, rs[i]), append(any_, false)
		case c == '%':
			flush()
		case c == '_':
			wild = true
			runes, any_ = append(runes, c), append(any_, true)
		default:
			runes, any_ = append(runes, c), append(any_, false)
		}
	}
	flush()
	return p, nil
}

// prefix matches the part at the start of s and returns its length in s, -1 if it does not match.
func (l *likePart) prefix(s string) int {
	if l.runes == nil {
		if strings.HasPrefix(s, l.text) {
			return len(l.text)
		}
		return -1
	}
	at := 0
	for i, want := range l.runes {
		if at == len(s) {
			return -1
		}
		c, size := utf8.DecodeRuneInString(s[at:])
		if !l.any[i] && c != want {
			return -1
		}
		at += size
	}
	return at
}

// find returns the first place of the part in s: start and end, or -1.
func (l *likePart) find(s string) (from, to int) {
	if l.runes == nil {
		from = strings.Index(s, l.text)
		return from, from + len(l.text)
	}
	for from = 0; from <= len(s); {
		if n := l.prefix(s[from:]); n >= 0 {
			return from, from + n
		}
		_, size := utf8.DecodeRuneInString(s[from:])
		from += max(size, 1)
	}
	return -1, -1
}

// suffix says whether the part matches the end of s.
func (l *likePart) suffix(s string) bool {
	if l.runes == nil {
		return strings.HasSuffix(s, l.text)
	}
	at := len(s)
	for range l.runes {
		if at == 0 {
			return false
		}
		_, size := utf8.DecodeLastRuneInString(s[:at])
		at -= size
	}
	return l.prefix(s[at:]) == len(s)-at
}

func (p *likePattern) match(s string) bool {
	first, last := &p.parts[0], &p.parts[len(p.parts)-1]
	n := first.prefix(s)
	if len(p.parts) == 1 {
		return n == len(s)
	}
	if n < 0 {
		return false
	}
	s = s[n:]
	for i := 1; i < len(p.parts)-1; i++ {
		from, to := p.parts[i].find(s)
		if from < 0 {
			return false
		}
		s = s[to:]
	}
	return last.suffix(s)
}

// Like is a LIKE b [ESCAPE e]; e is not set when there is none.
func Like(ctx *Context, a, b Vec, escape string, n int) (Vec, error) {
	return matchEach(a, b, n, func(pattern string) (func(string) bool, error) {
		p, err := cached(ctx, "like"+escape, pattern, func(s string) (*likePattern, error) {
			e, err := escapeRune(escape)
			if err != nil {
				return nil, err
			}
			return compileLike(s, e)
		})
		if err != nil {
			return nil, err
		}
		return p.match, nil
	})
}

func escapeRune(escape string) (rune, error) {
	if escape == "" {
		return 0, nil
	}
	r, size := utf8.DecodeRuneInString(escape)
	if size != len(escape) {
		return 0, errs.Userf("the escape '%s' is not one character", escape)
	}
	return r, nil
}

// matchEach tests texts against patterns, compiling a constant pattern once.
func matchEach(a, b Vec, n int, compile func(string) (func(string) bool, error)) (Vec, error) {
	valid := Valid(n, a, b)
	bits := make([]byte, (n+7)/8)
	x, y := StrsOf(a), StrsOf(b)
	var match func(string) bool
	last, err := "", error(nil)
	for i := range n {
		if valid != nil && !batch.Bit(valid, i) {
			continue
		}
		if p := y.At(i); match == nil || !b.Const && p != last {
			if match, err = compile(p); err != nil {
				return Vec{}, err
			}
			last = p
		}
		bits[i>>3] |= b2(match(x.At(i))) << (i & 7)
	}
	t := types.Of(types.Boolean).Nullable(valid != nil)
	return ColVec(batch.MakeBool(t, bits, n, valid)), nil
}

// Similar is a SIMILAR TO b [ESCAPE e].
func Similar(ctx *Context, a, b Vec, escape string, n int) (Vec, error) {
	return matchEach(a, b, n, func(pattern string) (func(string) bool, error) {
		re, err := cached(ctx, "similar"+escape, pattern, func(s string) (*regexp.Regexp, error) {
			e, err := escapeRune(escape)
			if err != nil {
				return nil, err
			}
			return compileSimilar(s, e)
		})
		if err != nil {
			return nil, err
		}
		return re.MatchString, nil
	})
}

// similarClasses writes the named classes with NUL for the backslash of Go, since a backslash of
// the pattern stands for itself.
var similarClasses = strings.NewReplacer("[:ALPHA:]", "\x00p{L}", "[:alpha:]", "\x00p{L}",
	"[:UPPER:]", "\x00p{Lu}", "[:upper:]", "\x00p{Lu}",
	"[:LOWER:]", "\x00p{Ll}", "[:lower:]", "\x00p{Ll}",
	"[:DIGIT:]", "\x00d", "[:digit:]", "\x00d", "[:SPACE:]", " ", "[:space:]", " ",
	"[:WHITESPACE:]", "\x00s", "[:whitespace:]", "\x00s",
	"[:ALNUM:]", "\x00p{L}\x00d", "[:alnum:]", "\x00p{L}\x00d")

// compileSimilar turns an SQL regular expression into one of Go, anchored at both ends.
func compileSimilar(pattern string, escape rune) (*regexp.Regexp, error) {
	var b strings.Builder
	b.WriteString(`(?s)\A(?:`)
	rs := []rune(similarClasses.Replace(pattern))
	set := false
	for i := 0; i < len(rs); i++ {
		c := rs[i]
		switch {
		case escape != 0 && c == escape && i+1 < len(rs):
			i++
			b.WriteString(regexp.QuoteMeta(string(rs[i])))
		case c == 0:
			b.WriteByte('\\')
		case set:
			set = c != ']'
			b.WriteRune(c)
		case c == '[':
			set = true
			b.WriteRune(c)
		case c == '%':
			b.WriteString(".*")
		case c == '_':
			b.WriteByte('.')
		case c == '$' || c == '\\': // as in Flink, . and ^ are those of Java's expressions
			b.WriteByte('\\')
			b.WriteRune(c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteString(`)\z`)
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil, errs.Dataf("'%s' is not a pattern of SIMILAR TO", pattern).Wrap(err)
	}
	return re, nil
}
