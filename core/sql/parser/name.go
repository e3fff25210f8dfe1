package parser

import (
	"math"
	"strconv"

	"github.com/headrace/headrace/core/sql/ast"
)

// nameLengthMax is the longest name, in bytes, as in Flink.
const nameLengthMax = 256

// isIdent reports whether a token can be a name.
func isIdent(t *token) bool {
	return t.kind == tokQuoted || t.kind == tokWord && t.class&ast.ReservedWord == 0
}

// ident reads a name.
func (p *parser) ident() ast.Ident {
	p.want(aName)
	t := p.tok()
	if !isIdent(t) {
		p.unexpected(aName)
		return ast.Ident{Span: p.span()}
	}
	if len(t.text) > nameLengthMax {
		p.failAt(p.span(), "", "a name may have at most %d bytes", nameLengthMax)
	}
	id := ast.Ident{Span: p.span(), Name: t.text}
	p.advance()
	return id
}

// name reads a name of one or more parts.
func (p *parser) name() *ast.Name {
	start := p.start()
	n := &ast.Name{Parts: []ast.Ident{p.ident()}}
	for p.accept(".") {
		n.Parts = append(n.Parts, p.ident())
	}
	n.Span = p.from(start)
	return n
}

// idents reads (a, b, …).
func (p *parser) idents() []ast.Ident { return parens(p, p.ident) }

// stringLit reads a string literal.
func (p *parser) stringLit() *ast.String {
	p.want(aString)
	switch p.tok().kind {
	case tokString, tokUnicode:
		return p.stringValue()
	}
	p.unexpected(aString)
	return &ast.String{Span: p.span()}
}

// text reads a string literal and gives its value.
func (p *parser) text() string { return p.stringLit().Value }

// optComment reads [COMMENT 'text'].
func (p *parser) optComment() *ast.String {
	if p.accept("COMMENT") {
		return p.stringLit()
	}
	return nil
}

// integer reads an integer literal that fits into 31 bits.
func (p *parser) integer() int {
	p.want(aNumber)
	t := p.tok()
	if t.kind != tokNumber {
		p.unexpected(aNumber)
		return 0
	}
	n, err := strconv.Atoi(t.text)
	if err != nil || n > math.MaxInt32 {
		p.failAt(p.span(), "", "%s is not an integer between 0 and %d", t.text, math.MaxInt32)
		return 0
	}
	p.advance()
	return n
}

// option reads 'key' = 'value'.
func (p *parser) option() ast.Option {
	start := p.start()
	key := p.text()
	p.expect("=")
	value := p.text()
	return ast.Option{Span: p.from(start), Key: key, Value: value}
}

// options reads ('key' = 'value', …), which may be empty.
func (p *parser) options() []ast.Option {
	p.expect("(")
	if p.accept(")") {
		return nil
	}
	out := list(p, p.option)
	p.expect(")")
	return out
}

// optWith reads [WITH (options)].
func (p *parser) optWith() []ast.Option {
	if p.accept("WITH") {
		return p.options()
	}
	return nil
}

// partition reads (column [= value], …) behind PARTITION.
func (p *parser) partition() []ast.PartitionItem {
	return parens(p, func() ast.PartitionItem {
		start := p.start()
		item := ast.PartitionItem{Column: p.ident()}
		if p.accept("=") {
			item.Value = p.expr()
		}
		item.Span = p.from(start)
		return item
	})
}

// optPartition reads [PARTITION (…)].
func (p *parser) optPartition() []ast.PartitionItem {
	if p.accept("PARTITION") {
		return p.partition()
	}
	return nil
}

// ifNotExists reads [IF NOT EXISTS].
func (p *parser) ifNotExists() bool {
	if p.accept("IF") {
		p.expect("NOT", "EXISTS")
		return true
	}
	return false
}

// ifExists reads [IF EXISTS].
func (p *parser) ifExists() bool {
	if p.accept("IF") {
		p.expect("EXISTS")
		return true
	}
	return false
}
