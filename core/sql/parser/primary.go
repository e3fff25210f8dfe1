package parser

import (
	"strings"
	"unicode/utf8"

	"github.com/headrace/headrace/core/sql/ast"
)

// primary reads an operand: a literal, a name, a call, something in parentheses.
func (p *parser) primary() ast.Expr {
	p.want(anExpression)
	t := p.tok()
	switch t.kind {
	case tokNumber:
		return p.number()
	case tokString, tokUnicode:
		return p.stringValue()
	case tokBinary:
		return p.bytes()
	case tokQuoted:
		return p.nameOrCall()
	case tokOp:
		return p.punctuated()
	case tokWord:
		if read := wordForms[t.word]; read != nil && t.word != "" {
			if x := read(p); x != nil {
				return x
			}
		}
		if t.class&ast.NiladicWord != 0 || t.class&ast.CallableWord != 0 && p.peek(1).word == "(" {
			return p.reservedCall()
		}
		if t.class&ast.ReservedWord == 0 {
			return p.nameOrCall()
		}
	}
	p.unexpected(anExpression)
	return &ast.Null{Span: p.span()}
}

// wordForms are the words with a syntax of their own. A function gives nil, and has read
// nothing, when what follows the word is not that syntax. It is filled by init because its
// functions call primary.
var wordForms map[string]func(*parser) ast.Expr

func init() {
	wordForms = map[string]func(*parser) ast.Expr{
		"NULL": (*parser).keywordLiteral, "TRUE": (*parser).keywordLiteral,
		"FALSE": (*parser).keywordLiteral, "UNKNOWN": (*parser).keywordLiteral,
		"DATE": (*parser).dateTime, "TIME": (*parser).dateTime,
		"TIMESTAMP": (*parser).dateTime, "DATETIME": (*parser).dateTime,
		"INTERVAL": (*parser).interval,
		"CASE":     (*parser).caseExpr,
		"CAST":     (*parser).cast, "TRY_CAST": (*parser).cast, "SAFE_CAST": (*parser).cast,
		"EXISTS": (*parser).exists, "UNIQUE": (*parser).exists,
		"ARRAY": (*parser).collection, "MAP": (*parser).collection,
		"MULTISET": (*parser).collection,
		"ROW":      (*parser).rowExpr,
		"PERIOD":   (*parser).period,
		"NEXT":     (*parser).nextValue,
		"RUNNING":  (*parser).matchSemantics, "FINAL": (*parser).matchSemantics,
		"EXTRACT": (*parser).extract, "TRIM": (*parser).trim, "POSITION": (*parser).position,
		"SUBSTRING": (*parser).substring, "OVERLAY": (*parser).overlay,
		"CEIL": (*parser).floorCeil, "CEILING": (*parser).floorCeil,
		"FLOOR":   (*parser).floorCeil,
		"CONVERT": (*parser).translate, "TRANSLATE": (*parser).translate,
		"TIMESTAMPADD": (*parser).unitFirst, "TIMESTAMPDIFF": (*parser).unitFirst,
		"JSON_EXISTS": (*parser).jsonExists, "JSON_VALUE": (*parser).jsonValue,
		"JSON_QUERY": (*parser).jsonQuery, "JSON_OBJECT": (*parser).jsonObject,
		"JSON_ARRAY": (*parser).jsonArray, "JSON_OBJECTAGG": (*parser).jsonObjectAgg,
		"JSON_ARRAYAGG": (*parser).jsonArrayAgg,
	}
}

// number reads a numeric literal.
func (p *parser) number() ast.Expr {
	t := p.tok()
	n := &ast.Number{Span: p.span(), Text: t.text}
	switch {
	case strings.ContainsAny(t.text, "eE"):
		n.Kind = ast.Approximate
	case strings.Contains(t.text, "."):
		n.Kind = ast.Decimal
	}
	p.advance()
	return n
}

// stringValue reads the string literals that stand here side by side as one.
func (p *parser) stringValue() *ast.String {
	start := p.start()
	value := ""
	for p.tok().kind == tokString || p.tok().kind == tokUnicode {
		t := p.tok()
		p.advance()
		if t.kind == tokString {
			value += t.text
			continue
		}
		escape := '\\'
		if p.accept("UESCAPE") {
			text := p.text()
			if utf8.RuneCountInString(text) != 1 {
				p.failAt(p.from(start), "", "UESCAPE takes a string of one character")
				break
			}
			escape, _ = utf8.DecodeRuneInString(text)
		}
		resolved, message := unicodeEscapes(t.text, escape)
		if message != "" {
			p.failAt(p.from(start), "", "%s", message)
		}
		value += resolved
	}
	return &ast.String{Span: p.from(start), Value: value}
}

// bytes reads x'…'.
func (p *parser) bytes() ast.Expr {
	t := p.tok()
	value, err := hexBytes(t.text)
	if err != nil {
		p.failAt(p.span(), "", "a binary literal is an even number of hexadecimal digits")
	}
	b := &ast.Bytes{Span: p.span(), Value: value}
	p.advance()
	return b
}

// keywordLiteral reads NULL, TRUE, FALSE or UNKNOWN.
func (p *parser) keywordLiteral() ast.Expr {
	word, span := p.tok().word, p.span()
	p.advance()
	if word == "NULL" || word == "UNKNOWN" {
		return &ast.Null{Span: span, Unknown: word == "UNKNOWN"}
	}
	return &ast.Bool{Span: span, Value: word == "TRUE"}
}

// punctuated reads the operands that begin with punctuation.
func (p *parser) punctuated() ast.Expr {
	start := p.start()
	switch p.tok().word {
	case "(":
		return p.parenthesised()
	case "?":
		p.advance()
		p.params++
		return &ast.Param{Span: p.from(start), Index: p.params - 1}
	case "*":
		p.advance()
		return &ast.Star{Span: p.from(start)}
	case "{":
		return p.escapeSyntax()
	}
	p.unexpected(anExpression)
	return &ast.Null{Span: p.span()}
}

// parenthesised reads (expr), (a, b), or (query).
func (p *parser) parenthesised() ast.Expr {
	start := p.start()
	p.advance()
	if p.atQuery() {
		q := p.query()
		p.expect(")")
		return &ast.Subquery{Span: p.from(start), Query: q}
	}
	first := p.exprAbove(0)
	if s, ok := first.(*ast.Subquery); ok && p.atQueryTail() {
		// ((SELECT …) UNION …): what looked like an operand was the left side of a query.
		q := p.queryFrom(s.Start, s.Query)
		p.expect(")")
		return &ast.Subquery{Span: p.from(start), Query: q}
	}
	if !p.is(",") {
		p.expect(")")
		return p.difference(start, first)
	}
	row := &ast.RowExpr{Items: []ast.Expr{first}}
	for p.accept(",") {
		row.Items = append(row.Items, p.expr())
	}
	p.expect(")")
	row.Span = p.from(start)
	return row
}

// escapeSyntax reads {fn f(…)}, {d '…'}, {t '…'} and {ts '…'}.
func (p *parser) escapeSyntax() ast.Expr {
	p.advance()
	start := p.start()
	var out ast.Expr
	switch strings.ToLower(p.tok().text) {
	case "fn":
		p.advance()
		out = p.primary()
	case "d":
		p.advance()
		out = &ast.DateTime{Kind: ast.DateKind, Text: p.text(), Span: p.from(start)}
	case "t":
		p.advance()
		out = &ast.DateTime{Kind: ast.TimeKind, Text: p.text(), Span: p.from(start)}
	case "ts":
		p.advance()
		out = &ast.DateTime{Kind: ast.TimestampKind, Text: p.text(), Span: p.from(start)}
	default:
		p.unexpected("fn, d, t or ts")
		return &ast.Null{Span: p.span()}
	}
	p.expect("}")
	return out
}

// nameOrCall reads a column reference, name.*, or a call of a function with that name.
func (p *parser) nameOrCall() ast.Expr {
	start := p.start()
	name := &ast.Name{Parts: []ast.Ident{p.ident()}}
	for p.is(".") {
		if p.peek(1).word == "*" {
			name.Span = p.from(start)
			p.i += 2
			return &ast.Star{Span: p.from(start), Qualifier: name}
		}
		p.advance()
		name.Parts = append(name.Parts, p.ident())
	}
	name.Span = p.from(start)
	if p.is("(") {
		return p.call(name)
	}
	return &ast.ColumnRef{Span: name.Span, Name: name}
}

// reservedCall reads a call of a function whose name is a reserved word, or a niladic one.
func (p *parser) reservedCall() ast.Expr {
	t := p.tok()
	span := p.span()
	p.advance()
	name := &ast.Name{Span: span, Parts: []ast.Ident{{Span: span, Name: t.word}}}
	if p.is("(") {
		return p.call(name)
	}
	return &ast.Call{Span: span, Name: name, NoParens: true}
}

// caseExpr reads CASE … END.
func (p *parser) caseExpr() ast.Expr {
	start := p.start()
	p.advance()
	c := &ast.Case{}
	if !p.is("WHEN") {
		c.Operand = p.expr()
	}
	for p.is("WHEN") {
		at := p.start()
		p.advance()
		w := &ast.When{}
		if c.Operand != nil {
			w.Values = list(p, p.expr)
		} else {
			w.Values = []ast.Expr{p.expr()}
		}
		p.expect("THEN")
		w.Then = p.expr()
		w.Span = p.from(at)
		c.Whens = append(c.Whens, w)
	}
	if len(c.Whens) == 0 {
		p.unexpected("WHEN")
	}
	if p.accept("ELSE") {
		c.Else = p.expr()
	}
	p.expect("END")
	c.Span = p.from(start)
	return c
}

// cast reads CAST, TRY_CAST and SAFE_CAST.
func (p *parser) cast() ast.Expr {
	start := p.start()
	c := &ast.Cast{Try: p.tok().word != "CAST"}
	p.advance()
	p.expect("(")
	c.X = p.expr()
	p.expect("AS")
	c.Type = p.dataType()
	p.expect(")")
	c.Span = p.from(start)
	return c
}

// exists reads EXISTS (query) and UNIQUE (query).
func (p *parser) exists() ast.Expr {
	start := p.start()
	unique := p.tok().word == "UNIQUE"
	p.advance()
	q := p.parenQuery()
	return &ast.Exists{Span: p.from(start), Unique: unique, Query: q}
}

// parenQuery reads (query).
func (p *parser) parenQuery() *ast.Query {
	p.expect("(")
	q := p.query()
	p.expect(")")
	return q
}

// collection reads ARRAY[…], MAP[…], MULTISET[…] and the same words before (query).
func (p *parser) collection() ast.Expr {
	start, word := p.start(), p.tok().word
	switch {
	case p.peek(1).word == "(" && isQueryStart(p.peek(2)):
		p.advance()
		q := p.parenQuery()
		return &ast.CollectionQuery{Span: p.from(start), Kind: word, Query: q}
	case p.peek(1).word == "(" && word == "ARRAY":
		return p.reservedCall()
	case p.peek(1).word != "[":
		return nil
	}
	p.i += 2
	var items []ast.Expr
	if !p.is("]") {
		items = list(p, p.expr)
	}
	p.expect("]")
	span := p.from(start)
	switch word {
	case "ARRAY":
		return &ast.ArrayExpr{Span: span, Items: items}
	case "MAP":
		if len(items)%2 != 0 {
			p.failAt(span, "write MAP[key, value, …]",
				"MAP[…] takes keys and values in turn, and here the last key has no value")
		}
		return &ast.MapExpr{Span: span, Items: items}
	}
	return &ast.MultisetExpr{Span: span, Items: items}
}

// rowExpr reads ROW(a, b, …).
func (p *parser) rowExpr() ast.Expr {
	start := p.start()
	p.advance()
	items := parens(p, p.expr)
	return &ast.RowExpr{Span: p.from(start), Keyword: true, Items: items}
}

// period reads PERIOD (from, to).
func (p *parser) period() ast.Expr {
	start := p.start()
	p.advance()
	p.expect("(")
	from := p.expr()
	p.expect(",")
	to := p.expr()
	p.expect(")")
	return &ast.Period{Span: p.from(start), From: from, To: to}
}

// nextValue reads NEXT VALUE FOR sequence.
func (p *parser) nextValue() ast.Expr {
	start := p.start()
	if !p.acceptSeq("NEXT", "VALUE", "FOR") {
		return nil
	}
	name := p.name()
	return &ast.NextValue{Span: p.from(start), Sequence: name}
}

// matchSemantics reads RUNNING or FINAL in front of a call.
func (p *parser) matchSemantics() ast.Expr {
	start, word := p.start(), p.tok().word
	if next := p.peek(1); next.kind != tokWord && next.kind != tokQuoted || p.peek(2).word != "(" {
		return nil
	}
	p.advance()
	x := p.primary()
	if c, ok := x.(*ast.Call); ok {
		c.Semantics = word
		c.Span.Start = start
	} else {
		p.failAt(p.from(start), "", "%s stands in front of a function call", word)
	}
	return x
}
