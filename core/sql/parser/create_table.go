package parser

import (
	"github.com/headrace/headrace/core/sql/ast"
)

// createTable reads TABLE [IF NOT EXISTS] name [(elements)] and its clauses.
func (p *parser) createTable(f createFlags) ast.Statement {
	p.advance()
	t := &ast.CreateTable{OrReplace: f.orReplace, Replace: f.replace, Temporary: f.temporary}
	t.IfNotExists = p.ifNotExists()
	t.Name = p.name()
	if p.is("(") {
		t.Elements = p.tableElements()
	}
	t.Comment = p.optComment()
	if p.accept("DISTRIBUTED") {
		t.Distribution = p.distribution()
	}
	t.PartitionedBy = p.partitionedBy()
	t.Options = p.optWith()
	switch {
	case p.accept("LIKE"):
		t.Like = p.tableLike()
	case p.accept("AS"):
		t.As = p.query()
	case f.replace:
		p.unexpected("AS")
	}
	t.Span = p.from(f.start)
	return t
}

// partitionedBy reads [PARTITIONED BY (columns)].
func (p *parser) partitionedBy() []ast.Ident {
	if !p.accept("PARTITIONED") {
		return nil
	}
	p.expect("BY")
	return p.idents()
}

// distribution reads [BY [HASH|RANGE] (columns)] [INTO n BUCKETS], at least one of them.
func (p *parser) distribution() *ast.Distribution {
	start := p.start()
	d := &ast.Distribution{Buckets: -1}
	if p.accept("BY") {
		d.Kind = p.acceptAny("HASH", "RANGE")
		d.Columns = p.idents()
	} else if !p.is("INTO") {
		p.unexpected("BY")
	}
	if p.accept("INTO") {
		d.Buckets = p.integer()
		p.expect("BUCKETS")
	}
	d.Span = p.from(start)
	return d
}

// tableElements reads (element, …).
func (p *parser) tableElements() []ast.TableElement {
	return parens(p, func() ast.TableElement { return p.tableElement(false) })
}

// tableElement reads a column, a watermark or a constraint; with alter, columns may say where
// they go and must have a type.
func (p *parser) tableElement(alter bool) ast.TableElement {
	switch {
	case p.is("WATERMARK"):
		return p.watermark()
	case p.is("CONSTRAINT"), p.is("PRIMARY"), p.is("UNIQUE"):
		return p.constraint(true)
	}
	start := p.start()
	if !alter && isIdent(p.tok()) && (p.peek(1).word == "," || p.peek(1).word == ")") {
		id := p.ident()
		return &ast.ColumnName{Span: id.Span, Name: id}
	}
	c := &ast.ColumnDef{Name: p.name()}
	if p.accept("AS") {
		c.Computed = p.expr()
	} else {
		p.physical(c)
	}
	c.Comment = p.optComment()
	if alter {
		c.Position = p.columnPosition()
	}
	c.Span = p.from(start)
	return c
}

// physical reads type [METADATA [FROM 'key'] [VIRTUAL]] [constraint].
func (p *parser) physical(c *ast.ColumnDef) {
	c.Type = p.nullableType()
	if p.accept("METADATA") {
		c.Metadata = true
		if p.accept("FROM") {
			c.MetadataKey = p.stringLit()
		}
		c.Virtual = p.accept("VIRTUAL")
		return
	}
	if p.is("CONSTRAINT") || p.is("PRIMARY") || p.is("UNIQUE") {
		c.Constraint = p.constraint(false)
	}
}

// columnPosition reads [FIRST | AFTER column].
func (p *parser) columnPosition() *ast.ColumnPosition {
	start := p.start()
	pos := &ast.ColumnPosition{}
	switch {
	case p.accept("FIRST"):
	case p.accept("AFTER"):
		pos.After = p.name()
	default:
		return nil
	}
	pos.Span = p.from(start)
	return pos
}

// watermark reads WATERMARK FOR column AS expr.
func (p *parser) watermark() *ast.Watermark {
	start := p.start()
	p.expect("WATERMARK", "FOR")
	w := &ast.Watermark{Column: p.name()}
	p.expect("AS")
	w.Expr = p.expr()
	w.Span = p.from(start)
	return w
}

// constraint reads [CONSTRAINT name] PRIMARY KEY|UNIQUE [(columns)] [[NOT] ENFORCED].
func (p *parser) constraint(columns bool) *ast.Constraint {
	start := p.start()
	c := &ast.Constraint{}
	if p.accept("CONSTRAINT") {
		id := p.ident()
		c.Name = &id
	}
	if p.accept("UNIQUE") {
		c.Unique = true
	} else {
		p.expect("PRIMARY", "KEY")
	}
	if columns {
		c.Columns = p.idents()
	}
	switch {
	case p.accept("NOT"):
		p.expect("ENFORCED")
		c.Enforcement = ast.NotEnforced
	case p.accept("ENFORCED"):
		c.Enforcement = ast.Enforced
	}
	c.Span = p.from(start)
	return c
}

// tableLike reads table [(INCLUDING|EXCLUDING|OVERWRITING feature …)].
func (p *parser) tableLike() *ast.TableLike {
	start := p.start()
	like := &ast.TableLike{Table: p.name()}
	if p.accept("(") {
		for !p.accept(")") && p.err == nil {
			at := p.start()
			o := ast.LikeOption{Merge: p.expectAny("INCLUDING", "EXCLUDING", "OVERWRITING")}
			o.Feature = p.expectAny("ALL", "CONSTRAINTS", "DISTRIBUTION", "GENERATED", "METADATA",
				"OPTIONS", "PARTITIONS", "WATERMARKS")
			o.Span = p.from(at)
			like.Options = append(like.Options, o)
		}
	}
	like.Span = p.from(start)
	return like
}
