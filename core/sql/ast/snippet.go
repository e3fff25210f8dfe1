package ast

import (
	"strings"
	"unicode/utf8"
)

// snippetWidthMax is the longest part of a source line that Snippet shows.
const snippetWidthMax = 100

// Snippet shows the line of src in which s starts and, below it, carets under the part of s that
// lies in that line. A long line is cut around the place. It ends without a line break.
func Snippet(src string, s Span) string {
	start := min(max(s.Start, 0), len(src))
	stop := min(max(s.Stop, start), len(src))
	from := strings.LastIndexByte(src[:start], '\n') + 1
	to := len(src)
	if i := strings.IndexByte(src[start:], '\n'); i >= 0 {
		to = start + i
	}
	stop = min(stop, to)
	before := printable(src[from:start])
	marked := printable(src[start:stop])
	after := printable(src[stop:to])

	cut := func(text []rune, width int, tail bool) []rune {
		if len(text) <= width {
			return text
		}
		if tail {
			return append([]rune("…"), text[len(text)-width+1:]...)
		}
		return append(text[:width-1:width-1], '…')
	}
	before = cut(before, snippetWidthMax/2, true)
	marked = cut(marked, snippetWidthMax/2, false)
	after = cut(after, snippetWidthMax/2, false)

	var b strings.Builder
	b.WriteString("  ")
	b.WriteString(string(before))
	b.WriteString(string(marked))
	b.WriteString(string(after))
	b.WriteString("\n  ")
	b.WriteString(strings.Repeat(" ", len(before)))
	b.WriteString(strings.Repeat("^", max(len(marked), 1)))
	return b.String()
}

// printable turns control characters into blanks, so that the carets stand below their text.
func printable(s string) []rune {
	out := make([]rune, 0, utf8.RuneCountInString(s))
	for _, r := range strings.TrimRight(s, "\r") {
		if r < ' ' {
			r = ' '
		}
		out = append(out, r)
	}
	return out
}
