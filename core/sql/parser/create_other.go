package parser

import (
	"strings"

	"github.com/headrace/headrace/core/sql/ast"
)

// createFunction reads FUNCTION [IF [NOT] EXISTS] name AS 'id' [LANGUAGE …] [USING …] [WITH …].
func (p *parser) createFunction(f createFlags, alter bool) ast.Statement {
	p.advance()
	c := &ast.CreateFunction{Alter: alter, OrReplace: f.orReplace, Temporary: f.temporary,
		System: f.system}
	if alter {
		c.IfNotExists = p.ifExists()
	} else {
		c.IfNotExists = p.ifNotExists()
	}
	c.Name = p.name()
	p.expect("AS")
	c.Identifier = p.text()
	if p.accept("LANGUAGE") {
		c.Language = p.expectAny("PYTHON", "JAVA", "SCALA", "SQL")
	}
	if p.accept("USING") {
		c.Resources = list(p, p.resource)
	}
	c.Options = p.optWith()
	c.Span = p.from(f.start)
	return c
}

// resource reads JAR|ARTIFACT|FILE 'path'.
func (p *parser) resource() ast.Resource {
	start := p.start()
	r := ast.Resource{Kind: p.expectAny("JAR", "ARTIFACT", "FILE")}
	r.Path = p.text()
	r.Span = p.from(start)
	return r
}

// createCatalog reads CATALOG [IF NOT EXISTS] name [COMMENT …] [WITH …].
func (p *parser) createCatalog(f createFlags) ast.Statement {
	p.advance()
	c := &ast.CreateCatalog{IfNotExists: p.ifNotExists(), Name: p.ident()}
	c.Comment = p.optComment()
	c.Options = p.optWith()
	c.Span = p.from(f.start)
	return c
}

// createDatabase reads DATABASE [IF NOT EXISTS] name [COMMENT …] [WITH …].
func (p *parser) createDatabase(f createFlags) ast.Statement {
	p.advance()
	c := &ast.CreateDatabase{IfNotExists: p.ifNotExists(), Name: p.name()}
	c.Comment = p.optComment()
	c.Options = p.optWith()
	c.Span = p.from(f.start)
	return c
}

// createConnection reads CONNECTION [IF NOT EXISTS] name [COMMENT …] [WITH …].
func (p *parser) createConnection(f createFlags) ast.Statement {
	p.advance()
	c := &ast.CreateConnection{Temporary: f.temporary, System: f.system}
	c.IfNotExists = p.ifNotExists()
	c.Name = p.name()
	c.Comment = p.optComment()
	c.Options = p.optWith()
	c.Span = p.from(f.start)
	return c
}

// createModel reads MODEL [IF NOT EXISTS] name [INPUT (…)] [OUTPUT (…)] [COMMENT …] [WITH …]
// [AS query].
func (p *parser) createModel(f createFlags) ast.Statement {
	p.advance()
	m := &ast.CreateModel{OrReplace: f.orReplace, Temporary: f.temporary}
	m.IfNotExists = p.ifNotExists()
	m.Name = p.name()
	if p.accept("INPUT") {
		m.Input = parens(p, p.modelColumn)
	}
	if p.accept("OUTPUT") {
		m.Output = parens(p, p.modelColumn)
	}
	m.Comment = p.optComment()
	m.Options = p.optWith()
	if p.accept("AS") {
		m.As = p.query()
	}
	m.Span = p.from(f.start)
	return m
}

// modelColumn reads name type [COMMENT …].
func (p *parser) modelColumn() *ast.ColumnDef {
	start := p.start()
	c := &ast.ColumnDef{Name: p.name(), Type: p.nullableType()}
	c.Comment = p.optComment()
	c.Span = p.from(start)
	return c
}

// createMaterialized reads MATERIALIZED TABLE name … AS query.
func (p *parser) createMaterialized(f createFlags) ast.Statement {
	p.expect("MATERIALIZED", "TABLE")
	m := &ast.CreateMaterializedTable{OrAlter: f.orAlter, Name: p.name()}
	if p.is("(") {
		m.Elements = p.tableElements()
	}
	m.Comment = p.optComment()
	if p.accept("DISTRIBUTED") {
		m.Distribution = p.distribution()
	}
	m.PartitionedBy = p.partitionedBy()
	m.Options = p.optWith()
	if p.is("START_MODE") {
		m.StartMode = p.startMode()
	}
	if p.accept("FRESHNESS") {
		p.expect("=")
		m.Freshness = p.intervalLit()
	}
	if p.accept("REFRESH_MODE") {
		p.expect("=")
		m.RefreshMode = p.expectAny("FULL", "CONTINUOUS")
	}
	p.expect("AS")
	m.Query = p.query()
	m.Span = p.from(f.start)
	return m
}

// startMode reads START_MODE = word [(argument)].
func (p *parser) startMode() *ast.StartMode {
	start := p.start()
	p.expect("START_MODE", "=")
	m := &ast.StartMode{Kind: strings.ToUpper(p.ident().Name)}
	if p.accept("(") {
		m.Arg = p.expr()
		p.expect(")")
	}
	m.Span = p.from(start)
	return m
}
