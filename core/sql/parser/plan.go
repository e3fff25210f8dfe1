package parser

import (
	"github.com/headrace/headrace/core/sql/ast"
)

// compilePlan reads COMPILE [AND EXECUTE] PLAN 'file' [IF NOT EXISTS] FOR statement.
func (p *parser) compilePlan() ast.Statement {
	start := p.start()
	p.advance()
	c := &ast.CompilePlan{}
	if p.accept("AND") {
		p.expect("EXECUTE")
		c.Execute = true
	}
	p.expect("PLAN")
	c.File = p.text()
	c.IfNotExists = p.ifNotExists()
	p.expect("FOR")
	switch {
	case p.is("STATEMENT"):
		c.Stmt = p.statementSet()
	default:
		c.Stmt = p.setInsert()
	}
	c.Span = p.from(start)
	return c
}

// beginSet reads BEGIN STATEMENT SET.
func (p *parser) beginSet() ast.Statement {
	start := p.start()
	p.expect("BEGIN", "STATEMENT", "SET")
	return &ast.BeginStatementSet{Span: p.from(start)}
}

// endSet reads END.
func (p *parser) endSet() ast.Statement {
	start := p.start()
	p.advance()
	return &ast.EndStatementSet{Span: p.from(start)}
}
