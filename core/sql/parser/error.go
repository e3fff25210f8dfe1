package parser

import (
	"fmt"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/sql/ast"
)

// Error is a syntax error. Pos and End are byte offsets into the source, Line and Col count from
// 1, in characters.
type Error struct {
	Pos, End  int
	Line, Col int
	Message   string
	Hint      string // what to write instead; may be empty
	snippet   string
}

// newError makes an error about a span of src.
func newError(src string, span ast.Span, message, hint string) *Error {
	e := &Error{Pos: span.Start, End: span.Stop, Message: message, Hint: hint}
	e.Line, e.Col = ast.LineCol(src, span.Start)
	e.snippet = ast.Snippet(src, span)
	return e
}

// Error gives the message with line and column, the source line with carets, and the hint.
func (e *Error) Error() string {
	return e.text(e.snippet)
}

// Render is Error with the place shown in src instead of in the text that was parsed, for a
// caller that parsed a part of a larger text.
func (e *Error) Render(src string) string {
	return e.text(ast.Snippet(src, ast.Span{Start: e.Pos, Stop: e.End}))
}

func (e *Error) text(snippet string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "SQL syntax error at line %d, column %d: %s", e.Line, e.Col, e.Message)
	if snippet != "" {
		b.WriteString("\n")
		b.WriteString(snippet)
	}
	if e.Hint != "" {
		b.WriteString("\n")
		b.WriteString(e.Hint)
	}
	return b.String()
}

// Unwrap gives the error its mark: the user's SQL is wrong.
func (e *Error) Unwrap() error {
	return errs.Userf("%s", e.Message).At("line %d, column %d", e.Line, e.Col).Fix("%s", e.Hint)
}
