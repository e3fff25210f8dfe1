package parser

import "github.com/headrace/headrace/core/sql/ast"

// kind is the kind of a token.
type kind uint8

const (
	tokEOF kind = iota
	tokWord
	tokQuoted  // `name`
	tokString  // '…', also with the prefixes N, _charset and e
	tokUnicode // U&'…': escapes unresolved, the parser knows UESCAPE
	tokBinary  // x'…'
	tokNumber
	tokOp  // punctuation, operators, /*+ and the */ that closes it
	tokBad // a lexical error; text is the message
)

// token is a piece of the source.
type token struct {
	kind       kind
	class      ast.KeywordClass // of words
	start, end int              // bytes of the source
	word       string           // an operator itself; a word of the table in upper case; else ""
	text       string           // words, names, strings: their value; numbers: as written
}
