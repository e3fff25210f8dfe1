// Package parser reads SQL text in Flink's dialect into the tree of package ast.
//
// It is written by hand: a lexer that cuts the whole text into tokens, recursive descent for
// statements and queries, precedence climbing for expressions. The first error wins: it is kept
// in the parser, which from then on sees only the end of the input, so that every loop ends and
// no function needs an error result. To say what was expected, a text with an error is parsed a
// second time with a recorder switched on; texts without one pay nothing for it.
//
// Text of any kind gives an error, never a panic: nesting, and the height of the tree, are
// limited.
package parser

import (
	"github.com/headrace/headrace/core/sql/ast"
)

const (
	nestingMax = 400    // of parentheses, subqueries, types
	heightMax  = 10_000 // of the tree, as in a + b + c + …
)

// parser reads tokens. All functions may be called after an error; what they return is then
// meaningless but never nil where the tree needs a node.
type parser struct {
	src     string
	toks    []token
	i       int
	err     *Error
	nesting int
	height  int // of the highest expression finished inside the one being read
	params  int
	rec     *recorder // nil on the first pass
}

// Parse reads a script: statements separated by semicolons. BEGIN STATEMENT SET; … END; becomes
// one statement. An empty script gives no statements.
func Parse(src string) ([]ast.Statement, error) {
	return run(src, (*parser).script)
}

// ParseStatement reads exactly one statement, with or without a semicolon behind it.
func ParseStatement(src string) (ast.Statement, error) {
	return run(src, func(p *parser) ast.Statement {
		stmt := p.statement()
		p.accept(";")
		return stmt
	})
}

// ParseQuery reads exactly one query.
func ParseQuery(src string) (*ast.Query, error) { return run(src, (*parser).query) }

// ParseExpr reads exactly one expression.
func ParseExpr(src string) (ast.Expr, error) { return run(src, (*parser).expr) }

// ParseType reads exactly one data type, with an optional NOT NULL behind it.
func ParseType(src string) (*ast.Type, error) { return run(src, (*parser).nullableType) }

// ParseName reads a name of one or more parts: catalog.database.table.
func ParseName(src string) (*ast.Name, error) { return run(src, (*parser).name) }

// run parses src with parse, which must use up the whole text.
func run[T any](src string, parse func(*parser) T) (T, error) {
	p := &parser{src: src, toks: lex(src)}
	out := parse(p)
	p.atEnd()
	if p.err == nil {
		return out, nil
	}
	again := &parser{src: src, toks: p.toks, rec: newRecorder()}
	parse(again)
	again.atEnd()
	var none T
	return none, again.err
}

// atEnd reports what follows the end of the text to be parsed.
func (p *parser) atEnd() {
	if p.tok().kind != tokEOF {
		p.unexpected("")
	}
}

// tok is the token to be read next.
func (p *parser) tok() *token { return &p.toks[p.i] }

// peek is the token n places behind tok.
func (p *parser) peek(n int) *token { return &p.toks[min(p.i+n, len(p.toks)-1)] }

// is reports whether the next token is this keyword or operator.
func (p *parser) is(word string) bool {
	if p.rec != nil {
		p.rec.note(p, word)
	}
	return p.toks[p.i].word == word
}

// isSeq reports whether the next tokens are these words.
func (p *parser) isSeq(words ...string) bool {
	if !p.is(words[0]) {
		return false
	}
	for n, w := range words[1:] {
		if p.peek(n+1).word != w {
			return false
		}
	}
	return true
}

// advance goes past the next token.
func (p *parser) advance() {
	if p.i < len(p.toks)-1 {
		p.i++
	}
}

// accept goes past the next token if it is this word.
func (p *parser) accept(word string) bool {
	if p.is(word) {
		p.advance()
		return true
	}
	return false
}

// acceptSeq goes past the next tokens if they are these words.
func (p *parser) acceptSeq(words ...string) bool {
	if !p.isSeq(words...) {
		return false
	}
	p.i += len(words)
	return true
}

// acceptAny goes past the next token if it is one of the words, and returns it; else "".
func (p *parser) acceptAny(words ...string) string {
	for _, w := range words {
		if p.accept(w) {
			return w
		}
	}
	return ""
}

// expect goes past these words; anything else is an error.
func (p *parser) expect(words ...string) {
	for _, w := range words {
		if !p.accept(w) {
			p.unexpected(w)
			return
		}
	}
}

// expectAny goes past one of the words and returns it; anything else is an error.
func (p *parser) expectAny(words ...string) string {
	w := p.acceptAny(words...)
	if w == "" {
		p.unexpected("")
	}
	return w
}

// list reads items separated by commas.
func list[T any](p *parser, item func() T) []T {
	var out []T
	for {
		out = append(out, item())
		if !p.accept(",") {
			return out
		}
	}
}

// parens reads ( items ), at least one.
func parens[T any](p *parser, item func() T) []T {
	p.expect("(")
	out := list(p, item)
	p.expect(")")
	return out
}

// start is the offset of the next token.
func (p *parser) start() int { return p.toks[p.i].start }

// from is the span from an offset to the end of the last token read.
func (p *parser) from(start int) ast.Span {
	stop := start
	if p.i > 0 {
		stop = max(start, p.toks[p.i-1].end)
	}
	return ast.Span{Start: start, Stop: stop}
}

// enter counts a level of nesting; it fails when there are too many. Each enter needs a leave.
func (p *parser) enter() bool {
	p.nesting++
	if p.nesting > nestingMax {
		p.fail(p.span(), "nested too deeply", "break the statement up, with views or WITH")
		return false
	}
	return true
}

func (p *parser) leave() { p.nesting-- }

// grow notes that something of this height is finished; it fails when that is too much.
func (p *parser) grow(height int) int {
	if height > heightMax {
		p.fail(p.span(), "expression or query with too many parts in a row",
			"break the statement up, or use IN (…)")
	}
	p.height = max(p.height, height)
	return height
}

// span is that of the next token.
func (p *parser) span() ast.Span {
	t := p.tok()
	return ast.Span{Start: t.start, Stop: t.end}
}

// fail keeps the first error and puts the parser at the end of the input.
func (p *parser) fail(span ast.Span, message, hint string) {
	if p.err == nil {
		p.err = newError(p.src, span, message, hint)
	}
	p.i = len(p.toks) - 1
}
