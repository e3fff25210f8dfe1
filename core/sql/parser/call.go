package parser

import (
	"github.com/headrace/headrace/core/sql/ast"
)

// call reads (arguments) and what may follow them, for the function of this name.
func (p *parser) call(name *ast.Name) ast.Expr {
	c := p.bareCall(name)
	switch {
	case p.acceptSeq("IGNORE", "NULLS"):
		c.Nulls = ast.IgnoreNulls
	case p.acceptSeq("RESPECT", "NULLS"):
		c.Nulls = ast.RespectNulls
	}
	if p.acceptSeq("WITHIN", "DISTINCT") {
		c.WithinDistinct = parens(p, p.expr)
	}
	c.WithinGroup = p.withinGroup()
	c.Filter = p.optFilter()
	c.Over = p.optOver()
	c.Span = p.from(name.Start)
	return c
}

// bareCall reads (arguments).
func (p *parser) bareCall(name *ast.Name) *ast.Call {
	c := &ast.Call{Name: name}
	p.expect("(")
	if p.accept(")") {
		c.Span = p.from(name.Start)
		return c
	}
	switch {
	case p.accept("DISTINCT"):
		c.Quantifier = ast.Distinct
	case p.accept("ALL"):
		c.Quantifier = ast.All
	}
	c.Args = list(p, p.arg)
	switch {
	case p.acceptSeq("IGNORE", "NULLS"):
		c.Nulls = ast.IgnoreNulls
	case p.acceptSeq("RESPECT", "NULLS"):
		c.Nulls = ast.RespectNulls
	}
	c.OrderBy = p.optOrderBy()
	p.expect(")")
	c.Span = p.from(name.Start)
	return c
}

// arg reads an argument of a call.
func (p *parser) arg() ast.Expr {
	start := p.start()
	if isIdent(p.tok()) && p.peek(1).word == "=>" {
		name := p.ident()
		p.advance()
		value := p.argValue()
		return &ast.NamedArg{Span: p.from(start), Name: name, Value: value}
	}
	return p.argValue()
}

// argValue reads an argument without a name.
func (p *parser) argValue() ast.Expr {
	start := p.start()
	switch t := p.tok(); {
	case t.word == "DEFAULT":
		p.advance()
		return &ast.Default{Span: p.from(start)}
	case t.word == "TABLE":
		p.advance()
		return p.tableArg(&ast.TableArg{Table: p.name()}, start)
	case t.word == "MODEL" && isIdent(p.peek(1)):
		p.advance()
		name := p.name()
		return &ast.ModelArg{Span: p.from(start), Model: name}
	case t.word == "DESCRIPTOR" && p.peek(1).word == "(":
		p.advance()
		columns := parens(p, p.name)
		return &ast.Descriptor{Span: p.from(start), Columns: columns}
	case isQueryStart(t):
		q := p.query()
		return &ast.Subquery{Span: q.Span, Query: q}
	}
	x := p.expr()
	if s, ok := x.(*ast.Subquery); ok && (p.is("PARTITION") || p.is("ORDER")) {
		return p.tableArg(&ast.TableArg{Query: s.Query}, start)
	}
	return x
}

// tableArg reads [PARTITION BY …] [ORDER BY …] behind a table argument.
func (p *parser) tableArg(a *ast.TableArg, start int) ast.Expr {
	if p.accept("PARTITION") {
		p.expect("BY")
		if p.is("(") {
			a.PartitionBy = parens(p, p.expr)
		} else {
			// A comma goes on with the next argument, not with the next column.
			a.PartitionBy = []ast.Expr{p.expr()}
		}
	}
	if p.is("ORDER") {
		p.advance()
		p.expect("BY")
		if p.accept("(") {
			a.OrderBy = list(p, p.orderItem)
			p.expect(")")
		} else {
			a.OrderBy = []*ast.OrderItem{p.orderItem()}
		}
	}
	a.Span = p.from(start)
	return a
}

// withinGroup reads [WITHIN GROUP (ORDER BY …)].
func (p *parser) withinGroup() []*ast.OrderItem {
	if !p.acceptSeq("WITHIN", "GROUP") {
		return nil
	}
	p.expect("(", "ORDER", "BY")
	items := list(p, p.orderItem)
	p.expect(")")
	return items
}

// optFilter reads [FILTER (WHERE condition)].
func (p *parser) optFilter() ast.Expr {
	if !p.accept("FILTER") {
		return nil
	}
	p.expect("(", "WHERE")
	x := p.expr()
	p.expect(")")
	return x
}

// optOver reads [OVER window], nil if there is none.
func (p *parser) optOver() *ast.Window {
	if !p.accept("OVER") {
		return nil
	}
	if p.is("(") {
		return p.window()
	}
	id := p.ident()
	return &ast.Window{Span: id.Span, Ref: &id}
}

// window reads ([base] [PARTITION BY …] [ORDER BY …] [frame]).
func (p *parser) window() *ast.Window {
	start := p.start()
	w := &ast.Window{Inline: true}
	p.expect("(")
	if isIdent(p.tok()) {
		id := p.ident()
		w.Ref = &id
	}
	if p.accept("PARTITION") {
		p.expect("BY")
		w.PartitionBy = list(p, p.expr)
	}
	w.OrderBy = p.optOrderBy()
	if p.is("ROWS") || p.is("RANGE") {
		w.Frame = p.frame()
	}
	p.expect(")")
	w.Span = p.from(start)
	return w
}

// frame reads ROWS|RANGE bound, or BETWEEN bound AND bound, [ALLOW|DISALLOW PARTIAL].
func (p *parser) frame() *ast.Frame {
	start := p.start()
	f := &ast.Frame{Rows: p.expectAny("ROWS", "RANGE") == "ROWS"}
	if p.accept("BETWEEN") {
		f.From = p.bound()
		p.expect("AND")
		f.To = p.bound()
	} else {
		f.From = p.bound()
	}
	switch {
	case p.accept("ALLOW"):
		p.expect("PARTIAL")
	case p.accept("DISALLOW"):
		p.expect("PARTIAL")
		f.NoPartial = true
	}
	f.Span = p.from(start)
	return f
}

// bound reads an end of a frame.
func (p *parser) bound() *ast.Bound {
	start := p.start()
	b := &ast.Bound{}
	switch {
	case p.accept("UNBOUNDED"):
		b.Kind = ast.UnboundedPreceding
		if p.expectAny("PRECEDING", "FOLLOWING") == "FOLLOWING" {
			b.Kind = ast.UnboundedFollowing
		}
	case p.accept("CURRENT"):
		p.expect("ROW")
		b.Kind = ast.CurrentRow
	default:
		b.Offset = p.exprAbove(bpLike + 1)
		b.Kind = ast.Preceding
		if p.expectAny("PRECEDING", "FOLLOWING") == "FOLLOWING" {
			b.Kind = ast.Following
		}
	}
	b.Span = p.from(start)
	return b
}

// optOrderBy reads [ORDER BY items].
func (p *parser) optOrderBy() []*ast.OrderItem {
	if !p.accept("ORDER") {
		return nil
	}
	p.expect("BY")
	return list(p, p.orderItem)
}

// orderItem reads expr [ASC|DESC] [NULLS FIRST|LAST].
func (p *parser) orderItem() *ast.OrderItem {
	start := p.start()
	item := &ast.OrderItem{Expr: p.expr()}
	if p.accept("DESC") {
		item.Desc = true
	} else {
		p.accept("ASC")
	}
	if p.accept("NULLS") {
		item.Nulls = ast.NullsFirst
		if p.expectAny("FIRST", "LAST") == "LAST" {
			item.Nulls = ast.NullsLast
		}
	}
	item.Span = p.from(start)
	return item
}
