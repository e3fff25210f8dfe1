package parser

import (
	"github.com/headrace/headrace/core/sql/ast"
)

// optHints reads [/*+ hint, … */].
func (p *parser) optHints() []*ast.Hint {
	if !p.accept("/*+") {
		return nil
	}
	hints := list(p, p.hintItem)
	p.expect("*/")
	return hints
}

// hintItem reads name [(arguments)]; the arguments are all options or all plain.
func (p *parser) hintItem() *ast.Hint {
	start := p.start()
	h := &ast.Hint{Name: p.ident().Name}
	if p.accept("(") {
		if !p.accept(")") {
			if p.peek(1).word == "=" {
				h.Options = list(p, p.hintOption)
			} else {
				h.Args = list(p, p.hintArg)
			}
			p.expect(")")
		}
	}
	h.Span = p.from(start)
	return h
}

// hintOption reads key = 'value', the key being a string or a name.
func (p *parser) hintOption() ast.Option {
	start := p.start()
	o := ast.Option{}
	if isIdent(p.tok()) {
		o.Key = p.ident().Name
	} else {
		o.Key = p.text()
	}
	p.expect("=")
	o.Value = p.text()
	o.Span = p.from(start)
	return o
}

// hintArg reads a name, a string or a number.
func (p *parser) hintArg() ast.HintArg {
	start := p.start()
	a := ast.HintArg{}
	switch p.tok().kind {
	case tokString, tokUnicode:
		a.Text, a.Quoted = p.text(), true
	case tokNumber:
		a.Text = p.tok().text
		p.advance()
	default:
		a.Text = p.ident().Name
	}
	a.Span = p.from(start)
	return a
}
