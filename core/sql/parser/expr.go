package parser

import (
	"github.com/headrace/headrace/core/sql/ast"
)

// Binding powers of the operators; a higher one binds tighter. They are Calcite's.
const (
	bpMultiset  = 14
	bpMultisetI = 18 // MULTISET INTERSECT
	bpOr        = 22
	bpAnd       = 24
	bpNot       = 26
	bpIs        = 28
	bpCompare   = 30
	bpLike      = 32 // LIKE, BETWEEN, IN
	bpAdd       = 40
	bpMul       = 60 // also ||
	bpSign      = 80
)

// binaryPower gives the binding power of the operators that are one word and take two operands.
var binaryPower = map[string]int{
	"OR": bpOr, "AND": bpAnd,
	"=": bpCompare, "<>": bpCompare, "<": bpCompare, "<=": bpCompare, ">": bpCompare,
	">=": bpCompare, "OVERLAPS": bpCompare, "CONTAINS": bpCompare, "PRECEDES": bpCompare,
	"SUCCEEDS": bpCompare, "EQUALS": bpCompare,
	"+": bpAdd, "-": bpAdd, "*": bpMul, "/": bpMul, "%": bpMul, "||": bpMul,
}

// expr reads an expression.
func (p *parser) expr() ast.Expr { return p.exprAbove(0) }

// exprAbove reads an expression whose operators outside of parentheses bind tighter than or as
// tight as power.
func (p *parser) exprAbove(power int) ast.Expr {
	if !p.enter() {
		p.leave()
		return &ast.Null{Span: p.span()}
	}
	defer p.leave()
	outer := p.height
	p.height = 0
	start := p.start()
	left := p.prefix()
	height := p.height + 1
	for {
		p.height = 0
		next := p.infix(left, start, power)
		if next == nil {
			break
		}
		left = next
		height = p.grow(max(height, p.height) + 1)
	}
	p.height = max(outer, height)
	return left
}

// prefix reads an operand with the operators in front of it.
func (p *parser) prefix() ast.Expr {
	start := p.start()
	switch t := p.tok(); t.word {
	case "NOT":
		p.advance()
		x := p.exprAbove(bpNot)
		return &ast.Unary{Span: p.from(start), Op: "NOT", X: x}
	case "-", "+":
		p.advance()
		x := p.exprAbove(bpSign)
		return &ast.Unary{Span: p.from(start), Op: ast.Op(t.word), X: x}
	}
	return p.postfix(p.primary(), start)
}

// postfix reads element and field access behind an operand.
func (p *parser) postfix(x ast.Expr, start int) ast.Expr {
	for links := 0; ; links++ {
		switch {
		case p.accept("["):
			index := p.expr()
			p.expect("]")
			x = &ast.Index{Span: p.from(start), X: x, Index: index}
		case p.is(".") && isIdent(p.peek(1)):
			p.advance()
			name := p.ident()
			x = &ast.Field{Span: p.from(start), X: x, Name: name}
		default:
			return x
		}
		p.grow(links)
	}
}

// infix reads an operator with what follows it, if it binds at least as tight as power; else nil.
func (p *parser) infix(left ast.Expr, start, power int) ast.Expr {
	p.want(anOperator)
	t := p.tok()
	if t.word == "" {
		return nil
	}
	if bp, ok := binaryPower[t.word]; ok {
		if bp < power {
			return nil
		}
		p.advance()
		if bp == bpCompare {
			if q := p.quantified(left, ast.Op(t.word), start); q != nil {
				return q
			}
		}
		right := p.exprAbove(bp + 1)
		return &ast.Binary{Span: p.from(start), Op: ast.Op(t.word), Left: left, Right: right}
	}
	switch t.word {
	case "NOT", "BETWEEN", "IN", "LIKE", "ILIKE", "RLIKE", "SIMILAR", "MEMBER", "SUBMULTISET":
		return p.negatable(left, start, power)
	case "IS":
		if bpIs < power {
			return nil
		}
		return p.isTest(left, start)
	case "IMMEDIATELY":
		w := p.peek(1).word
		if bpCompare < power || w != "PRECEDES" && w != "SUCCEEDS" {
			return nil
		}
		p.advance()
		op := "IMMEDIATELY " + p.expectAny("PRECEDES", "SUCCEEDS")
		right := p.exprAbove(bpCompare + 1)
		return &ast.Binary{Span: p.from(start), Op: ast.Op(op), Left: left, Right: right}
	case "MULTISET":
		return p.multisetOp(left, start, power)
	case "FORMAT":
		if p.acceptSeq("FORMAT", "JSON") {
			return &ast.FormatJSON{Span: p.from(start), X: left}
		}
	}
	return nil
}

// quantified reads ANY|SOME|ALL (…) behind a comparison; nil if there is none.
func (p *parser) quantified(left ast.Expr, op ast.Op, start int) ast.Expr {
	if w := p.tok().word; w != "ANY" && w != "SOME" && w != "ALL" || p.peek(1).word != "(" {
		return nil
	}
	all := p.tok().word == "ALL"
	p.advance()
	items, query := p.listOrQuery()
	return &ast.Quantified{Span: p.from(start), Op: op, X: left, All: all, List: items,
		Query: query}
}

// negatable reads the operators that may have NOT in front.
func (p *parser) negatable(left ast.Expr, start, power int) ast.Expr {
	op, n := p.tok().word, 0
	if op == "NOT" {
		op, n = p.peek(1).word, 1
	}
	bp := bpLike
	switch op {
	case "MEMBER", "SUBMULTISET":
		bp = bpCompare
	case "BETWEEN", "IN", "LIKE", "ILIKE", "RLIKE", "SIMILAR":
	default:
		return nil
	}
	if bp < power {
		return nil
	}
	p.i += n + 1
	not := n == 1
	switch op {
	case "BETWEEN":
		return p.between(left, start, not)
	case "IN":
		items, query := p.listOrQuery()
		return &ast.In{Span: p.from(start), X: left, Not: not, List: items, Query: query}
	case "MEMBER", "SUBMULTISET":
		p.expect("OF")
		right := p.exprAbove(bp + 1)
		text := ast.Op(op + " OF")
		if not {
			text = "NOT " + text
		}
		return &ast.Binary{Span: p.from(start), Op: text, Left: left, Right: right}
	}
	kind := ast.LikeKind(op)
	if op == "SIMILAR" {
		p.expect("TO")
		kind = ast.LikeSimilar
	}
	like := &ast.Like{Kind: kind, X: left, Not: not, Pattern: p.exprAbove(bpLike + 1)}
	if p.accept("ESCAPE") {
		like.Escape = p.exprAbove(bpLike + 1)
	}
	like.Span = p.from(start)
	return like
}

// between reads [SYMMETRIC|ASYMMETRIC] low AND high.
func (p *parser) between(left ast.Expr, start int, not bool) ast.Expr {
	symmetric := p.accept("SYMMETRIC")
	if !symmetric {
		p.accept("ASYMMETRIC")
	}
	low := p.exprAbove(bpAnd + 1)
	p.expect("AND")
	high := p.exprAbove(bpLike + 1)
	return &ast.Between{Span: p.from(start), X: left, Low: low, High: high, Not: not,
		Symmetric: symmetric}
}

// isTest reads IS [NOT] and what may follow it.
func (p *parser) isTest(left ast.Expr, start int) ast.Expr {
	p.advance()
	not := p.accept("NOT")
	if p.acceptSeq("DISTINCT", "FROM") {
		right := p.exprAbove(bpCompare + 1)
		return &ast.IsDistinct{Span: p.from(start), Left: left, Right: right, Not: not}
	}
	what := p.expectAny("NULL", "TRUE", "FALSE", "UNKNOWN", "A", "EMPTY", "JSON")
	switch what {
	case "A":
		p.expect("SET")
		what = "A SET"
	case "JSON":
		form := p.acceptAny("VALUE", "OBJECT", "ARRAY", "SCALAR")
		if form == "" {
			form = "VALUE"
		}
		what = "JSON " + form
	}
	return &ast.Is{Span: p.from(start), X: left, Not: not, What: what}
}

// multisetOp reads MULTISET UNION|INTERSECT|EXCEPT [ALL|DISTINCT] and the right operand.
func (p *parser) multisetOp(left ast.Expr, start, power int) ast.Expr {
	w := p.peek(1).word
	if w != "UNION" && w != "INTERSECT" && w != "EXCEPT" {
		return nil
	}
	bp := bpMultiset
	if w == "INTERSECT" {
		bp = bpMultisetI
	}
	if bp < power {
		return nil
	}
	p.i += 2
	op := "MULTISET " + w
	if p.accept("ALL") {
		op += " ALL"
	} else {
		p.accept("DISTINCT")
	}
	right := p.exprAbove(bp + 1)
	return &ast.Binary{Span: p.from(start), Op: ast.Op(op), Left: left, Right: right}
}

// listOrQuery reads (a, b, …) or (query).
func (p *parser) listOrQuery() ([]ast.Expr, *ast.Query) {
	p.expect("(")
	if p.atQuery() {
		q := p.query()
		p.expect(")")
		return nil, q
	}
	items := list(p, p.expr)
	if s, ok := items[0].(*ast.Subquery); ok && len(items) == 1 {
		q := s.Query
		if p.atQueryTail() {
			q = p.queryFrom(s.Start, s.Query)
		}
		p.expect(")")
		return nil, q
	}
	p.expect(")")
	return items, nil
}
