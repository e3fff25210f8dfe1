package parser

import (
	"github.com/headrace/headrace/core/sql/ast"
)

// createFlags are the words between CREATE and the kind of object.
type createFlags struct {
	start              int
	orReplace, orAlter bool
	replace            bool // REPLACE without CREATE
	temporary, system  bool
}

// create reads CREATE … and REPLACE TABLE.
func (p *parser) create() ast.Statement {
	f := createFlags{start: p.start()}
	if p.accept("REPLACE") {
		f.replace = true
		if !p.is("TABLE") {
			p.unexpected("TABLE")
		}
	} else {
		p.expect("CREATE")
		if p.accept("OR") {
			f.orAlter = p.expectAny("REPLACE", "ALTER") == "ALTER"
			f.orReplace = !f.orAlter
		}
		f.temporary = p.accept("TEMPORARY")
		f.system = f.temporary && p.accept("SYSTEM")
	}
	return p.createObject(f)
}

// createObject reads from the kind of object on.
func (p *parser) createObject(f createFlags) ast.Statement {
	switch {
	case !f.system && !f.orAlter && p.is("TABLE"):
		return p.createTable(f)
	case !f.system && !f.orAlter && p.is("VIEW"):
		return p.createView(f)
	case !f.orAlter && p.is("FUNCTION"):
		return p.createFunction(f, false)
	case !f.temporary && !f.orReplace && p.is("MATERIALIZED"):
		return p.createMaterialized(f)
	case !f.system && !f.orAlter && p.is("MODEL"):
		return p.createModel(f)
	case !f.orReplace && !f.orAlter && p.is("CONNECTION"):
		return p.createConnection(f)
	case f.temporary || f.orReplace || f.orAlter:
	case p.is("CATALOG"):
		return p.createCatalog(f)
	case p.is("DATABASE"):
		return p.createDatabase(f)
	}
	p.unexpected("")
	return &ast.CreateView{Span: p.span()}
}

// createView reads VIEW [IF NOT EXISTS] name [(columns)] [COMMENT …] AS query.
func (p *parser) createView(f createFlags) ast.Statement {
	p.advance()
	v := &ast.CreateView{OrReplace: f.orReplace, Temporary: f.temporary}
	v.IfNotExists = p.ifNotExists()
	v.Name = p.name()
	if p.is("(") {
		v.Columns = p.idents()
	}
	v.Comment = p.optComment()
	p.expect("AS")
	v.Query = p.query()
	v.Span = p.from(f.start)
	return v
}
