package parser

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/sql/ast"
)

// Things that are expected and are no single word.
const (
	anExpression = "an expression"
	aName        = "a name"
	aString      = "a string"
	aNumber      = "a number"
	anOperator   = "an operator"
	aType        = "a data type"
	aQuery       = "a query"
	endOfInput   = "end of input"
)

// recorder keeps, token by token, what the parser would have taken there.
type recorder struct {
	wanted map[int][]string
}

func newRecorder() *recorder { return &recorder{wanted: map[int][]string{}} }

// note adds what would be taken at the parser's place.
func (r *recorder) note(p *parser, what string) {
	if p.err != nil || slices.Contains(r.wanted[p.i], what) {
		return
	}
	r.wanted[p.i] = append(r.wanted[p.i], what)
}

// want notes what would be taken next.
func (p *parser) want(what string) {
	if p.rec != nil {
		p.rec.note(p, what)
	}
}

// unexpected fails at the next token. what is what was expected there, besides all that the
// recorder has noted; it may be empty.
func (p *parser) unexpected(what string) {
	if p.err != nil {
		return
	}
	t := p.tok()
	if t.kind == tokBad {
		p.fail(p.span(), t.text, "")
		return
	}
	if p.rec == nil {
		p.fail(p.span(), "unexpected "+p.shown(t), "")
		return
	}
	if what != "" {
		p.want(what)
	}
	message := "unexpected " + p.shown(t)
	if expected := p.expected(); expected != "" {
		message += "; expected " + expected
	}
	p.fail(p.span(), message, p.hint(t))
}

// shown is a token as an error names it.
func (p *parser) shown(t *token) string {
	const widthMax = 40
	if t.kind == tokEOF {
		return endOfInput
	}
	text := []rune(p.src[t.start:t.end])
	if len(text) > widthMax {
		text = append(text[:widthMax-1:widthMax-1], '…')
	}
	return fmt.Sprintf("%q", string(text))
}

// expected lists what would have been taken at the next token.
func (p *parser) expected() string {
	const shownMax = 12
	wanted := slices.Clone(p.rec.wanted[p.i])
	if slices.Contains(wanted, anExpression) {
		wanted = []string{anExpression} // its first words are many and help nobody
	}
	if slices.Contains(wanted, anOperator) {
		wanted = slices.DeleteFunc(wanted, func(w string) bool {
			return w == "." || w == "[" || w == "("
		})
	}
	for i, w := range wanted {
		if weight(w) == 1 {
			wanted[i] = strconv.Quote(w)
		}
	}
	slices.SortStableFunc(wanted, func(a, b string) int { return weight(a) - weight(b) })
	more := ""
	if len(wanted) > shownMax {
		wanted = wanted[:shownMax]
		more = ", …"
	}
	if n := len(wanted); n > 1 && more == "" {
		return strings.Join(wanted[:n-1], ", ") + " or " + wanted[n-1]
	}
	return strings.Join(wanted, ", ") + more
}

// weight orders what was expected: words, then punctuation, then kinds of things.
func weight(want string) int {
	switch {
	case want[0] >= 'A' && want[0] <= 'Z':
		return 0
	case want[0] >= 'a' && want[0] <= 'z':
		return 2
	}
	return 1 // also what is quoted already
}

// hint says what to write instead: a keyword nearly like the one found here or just before, or
// the name in quotes.
func (p *parser) hint(t *token) string {
	if foreign := p.foreign(t); foreign != "" {
		return foreign
	}
	if t.kind == tokWord {
		if near := p.nearest(t); near != "" {
			return "did you mean " + near + "?"
		}
	}
	// SELECT a FORM t: FORM was taken for an alias, and t is the surprise. What may follow the
	// alias may also stand in its place.
	if p.i > 0 && p.toks[p.i-1].kind == tokWord && p.toks[p.i-1].class&ast.ReservedWord == 0 {
		last := &p.toks[p.i-1]
		if near := p.nearest(last); near != "" {
			return "did you mean " + near + " instead of " + last.text + "?"
		}
	}
	wanted := p.rec.wanted[p.i]
	switch {
	case t.kind == tokWord && slices.Contains(wanted, aString):
		return "strings are written '" + t.text + "'"
	case p.i > 0 && p.toks[p.i-1].word == ",":
		return "is there a comma too many?"
	case t.class&ast.ReservedWord == 0, beginsClause(t.word):
		return ""
	case slices.Contains(wanted, aName), slices.Contains(wanted, anExpression):
		return fmt.Sprintf("%s is a reserved word; as a name it is written `%s`", t.word, t.text)
	}
	return ""
}

// foreign says what other dialects' syntax at a token is here.
func (p *parser) foreign(t *token) string {
	before := ""
	if p.i > 0 {
		before = strings.ToUpper(p.toks[p.i-1].text)
	}
	switch {
	case t.word == "=" && p.i > 0 && p.toks[p.i-1].word == "=":
		return "equality is written with one ="
	case t.word == ":" && p.peek(1).word == ":":
		return "write CAST(value AS type)"
	case t.word == "ON" && before == "DISTINCT":
		return "DISTINCT ON is written with ROW_NUMBER() OVER (PARTITION BY …) and a filter on it"
	case t.kind == tokNumber && before == "TOP":
		return "write LIMIT at the end of the query"
	case p.i > 2 && p.toks[p.i-1].word == "(" && p.toks[p.i-2].word == "EXCEPT" && p.toks[p.i-3].word == "*":
		return "name the columns: there is no * without some"
	}
	return ""
}

// beginsClause reports whether a reserved word is more likely misplaced than meant as a name.
func beginsClause(word string) bool {
	switch word {
	case "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FETCH", "UNION",
		"INTERSECT", "EXCEPT", "SELECT", "INSERT", "CREATE", "ON", "USING", "JOIN", "AND", "OR",
		"AS", "THEN", "ELSE", "END", "WHEN", "WITH", "INTO", "VALUES", "SET", "BY", "IN", "IS",
		"LIKE", "BETWEEN", "OVER", "PARTITION", "WINDOW", "QUALIFY", "LEFT", "RIGHT", "FULL",
		"INNER", "CROSS", "NATURAL", "TABLE":
		return true
	}
	return false
}

// nearest is the keyword expected at the next token that the text of t is nearly, but not quite.
func (p *parser) nearest(t *token) string {
	if len(t.text) < 2 {
		return ""
	}
	var words []string
	for _, w := range p.rec.wanted[p.i] {
		if weight(w) == 0 && w != t.word {
			words = append(words, w)
		}
	}
	return errs.Nearest(t.text, words)
}

// failAt fails with a message about a span that was read already.
func (p *parser) failAt(span ast.Span, hint, format string, a ...any) {
	p.fail(span, fmt.Sprintf(format, a...), hint)
}
