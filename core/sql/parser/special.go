package parser

import (
	"github.com/headrace/headrace/core/sql/ast"
)

// The functions whose arguments are separated by words. Each gives an ast.Call with positional
// arguments; see there.

// special makes the call of a special syntax, with the name as the word was normalised.
func (p *parser) special(start int, name ast.Ident, args ...ast.Expr) ast.Expr {
	p.expect(")")
	return &ast.Call{
		Span: p.from(start),
		Name: &ast.Name{Span: name.Span, Parts: []ast.Ident{name}},
		Args: args,
	}
}

// specialName reads the function's name and the parenthesis.
func (p *parser) specialName(name string) ast.Ident {
	id := ast.Ident{Span: p.span(), Name: name}
	p.advance()
	p.expect("(")
	return id
}

// extract reads EXTRACT(unit FROM x).
func (p *parser) extract() ast.Expr {
	start := p.start()
	name := p.specialName("EXTRACT")
	unit := p.symbol()
	p.expect("FROM")
	return p.special(start, name, unit, p.expr())
}

// trim reads TRIM([BOTH|LEADING|TRAILING] [chars] [FROM] x).
func (p *parser) trim() ast.Expr {
	start := p.start()
	name := p.specialName("TRIM")
	side := &ast.Symbol{Span: ast.Span{Start: p.start(), Stop: p.start()}, Name: "BOTH"}
	blank := &ast.String{Span: side.Span, Value: " "}
	given := false
	for _, w := range [...]string{"BOTH", "LEADING", "TRAILING"} {
		if span := p.span(); p.accept(w) {
			side.Span, side.Name, given = span, w, true
			break
		}
	}
	if given && p.accept("FROM") {
		return p.special(start, name, side, blank, p.expr())
	}
	x := p.expr()
	if p.accept("FROM") {
		return p.special(start, name, side, x, p.expr())
	}
	if given {
		p.unexpected("FROM")
	}
	return p.special(start, name, side, blank, x)
}

// position reads POSITION(a IN b [FROM c]).
func (p *parser) position() ast.Expr {
	start := p.start()
	name := p.specialName("POSITION")
	args := []ast.Expr{p.exprAbove(bpLike + 1)}
	p.expect("IN")
	args = append(args, p.expr())
	if p.accept("FROM") {
		args = append(args, p.expr())
	}
	return p.special(start, name, args...)
}

// substring reads SUBSTRING(x FROM a [FOR b]) and SUBSTRING(x, a [, b]).
func (p *parser) substring() ast.Expr {
	start := p.start()
	name := p.specialName("SUBSTRING")
	args := []ast.Expr{p.expr()}
	if p.acceptAny("FROM", ",") == "" {
		p.unexpected(",")
	}
	args = append(args, p.expr())
	if p.acceptAny("FOR", ",") != "" {
		args = append(args, p.expr())
	}
	return p.special(start, name, args...)
}

// overlay reads OVERLAY(x PLACING y FROM a [FOR b]).
func (p *parser) overlay() ast.Expr {
	start := p.start()
	name := p.specialName("OVERLAY")
	args := []ast.Expr{p.expr()}
	p.expect("PLACING")
	args = append(args, p.expr())
	p.expect("FROM")
	args = append(args, p.expr())
	if p.accept("FOR") {
		args = append(args, p.expr())
	}
	return p.special(start, name, args...)
}

// floorCeil reads FLOOR(x [TO unit]) and CEIL, with CEILING as another word for it.
func (p *parser) floorCeil() ast.Expr {
	start := p.start()
	word := "CEIL"
	if p.tok().word == "FLOOR" {
		word = "FLOOR"
	}
	name := p.specialName(word)
	args := []ast.Expr{p.expr()}
	if p.accept("TO") {
		return p.special(start, name, args[0], p.symbol())
	}
	for p.accept(",") {
		args = append(args, p.expr())
	}
	return p.special(start, name, args...)
}

// translate reads TRANSLATE(x USING charset) and CONVERT(x USING charset); TRANSLATE(a, b, c) is
// an ordinary call.
func (p *parser) translate() ast.Expr {
	start := p.start()
	convert := p.tok().word == "CONVERT"
	name := p.specialName("TRANSLATE")
	args := []ast.Expr{p.expr()}
	if convert || p.is("USING") {
		p.expect("USING")
		return p.special(start, name, args[0], p.symbol())
	}
	for p.accept(",") {
		args = append(args, p.expr())
	}
	return p.special(start, name, args...)
}

// unitFirst reads TIMESTAMPADD(unit, n, x) and TIMESTAMPDIFF(unit, a, b).
func (p *parser) unitFirst() ast.Expr {
	if p.peek(1).word != "(" {
		return nil
	}
	start := p.start()
	name := p.specialName(p.tok().word)
	args := []ast.Expr{p.symbol()}
	for range 2 {
		p.expect(",")
		args = append(args, p.expr())
	}
	return p.special(start, name, args...)
}
