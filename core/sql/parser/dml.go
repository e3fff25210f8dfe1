package parser

import (
	"github.com/headrace/headrace/core/sql/ast"
)

// insertStmt reads an insert as a statement.
func (p *parser) insertStmt() ast.Statement { return p.insert() }

// insert reads INSERT INTO|OVERWRITE table [hints] [PARTITION (…)] [(columns)] query
// [ON CONFLICT DO action].
func (p *parser) insert() *ast.Insert {
	start := p.start()
	ins := &ast.Insert{}
	switch {
	case p.accept("UPSERT"):
		ins.Upsert = true
		p.expect("INTO")
	default:
		p.expect("INSERT")
		ins.Overwrite = p.expectAny("INTO", "OVERWRITE") == "OVERWRITE"
	}
	ins.Table = p.name()
	ins.Hints = p.optHints()
	ins.Partition = p.optPartition()
	if p.is("(") && !p.parenthesisedQuery() {
		ins.Columns = parens(p, p.name)
	}
	ins.Query = p.query()
	if p.acceptSeq("ON", "CONFLICT") {
		p.expect("DO")
		ins.OnConflict = p.expectAny("NOTHING", "ERROR", "DEDUPLICATE")
	}
	ins.Span = p.from(start)
	return ins
}

// parenthesisedQuery reports whether the parentheses that open here enclose a query.
func (p *parser) parenthesisedQuery() bool {
	n := 0
	for p.peek(n).word == "(" {
		n++
	}
	return isQueryStart(p.peek(n))
}

// target reads table [hints] [[AS] alias] of UPDATE and DELETE.
func (p *parser) target() (*ast.Name, []*ast.Hint, *ast.Ident) {
	name, hints := p.name(), p.optHints()
	if p.accept("AS") || isIdent(p.tok()) {
		id := p.ident()
		return name, hints, &id
	}
	return name, hints, nil
}

// update reads UPDATE table SET column = value, … [WHERE condition].
func (p *parser) update() ast.Statement {
	start := p.start()
	p.advance()
	u := &ast.Update{}
	u.Table, u.Hints, u.Alias = p.target()
	p.expect("SET")
	u.Set = list(p, func() *ast.Assignment {
		at := p.start()
		a := &ast.Assignment{Column: p.ident()}
		p.expect("=")
		a.Value = p.expr()
		a.Span = p.from(at)
		return a
	})
	if p.accept("WHERE") {
		u.Where = p.expr()
	}
	u.Span = p.from(start)
	return u
}

// delete reads DELETE FROM table [WHERE condition].
func (p *parser) delete() ast.Statement {
	start := p.start()
	p.expect("DELETE", "FROM")
	d := &ast.Delete{}
	d.Table, d.Hints, d.Alias = p.target()
	if p.accept("WHERE") {
		d.Where = p.expr()
	}
	d.Span = p.from(start)
	return d
}

// truncate reads TRUNCATE TABLE table.
func (p *parser) truncate() ast.Statement {
	start := p.start()
	p.expect("TRUNCATE", "TABLE")
	name := p.name()
	return &ast.Truncate{Span: p.from(start), Table: name}
}

// analyze reads ANALYZE TABLE table [PARTITION (…)] COMPUTE STATISTICS [FOR …].
func (p *parser) analyze() ast.Statement {
	start := p.start()
	p.expect("ANALYZE", "TABLE")
	a := &ast.Analyze{Table: p.name(), Partition: p.optPartition()}
	p.expect("COMPUTE", "STATISTICS")
	if p.accept("FOR") {
		if p.accept("ALL") {
			p.expect("COLUMNS")
			a.AllColumns = true
		} else {
			p.expect("COLUMNS")
			a.Columns = list(p, p.ident)
		}
	}
	a.Span = p.from(start)
	return a
}

// callProcedure reads CALL procedure(…).
func (p *parser) callProcedure() ast.Statement {
	start := p.start()
	p.advance()
	c := p.bareCall(p.name())
	return &ast.CallProcedure{Span: p.from(start), Call: c}
}
