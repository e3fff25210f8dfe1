package parser

import (
	"github.com/headrace/headrace/core/sql/ast"
)

// alter reads ALTER kind [IF EXISTS] name action.
func (p *parser) alter() ast.Statement {
	start := p.start()
	p.advance()
	if f, ok := p.alterFunction(start); ok {
		return f
	}
	a := &ast.Alter{Kind: ast.ObjectKind(p.expectAny("TABLE", "VIEW", "MATERIALIZED", "CATALOG",
		"DATABASE", "MODEL", "CONNECTION"))}
	if a.Kind == "MATERIALIZED" {
		p.expect("TABLE")
		a.Kind = ast.MaterializedObject
	}
	switch a.Kind {
	case ast.TableObject, ast.ModelObject, ast.ConnectionObject:
		a.IfExists = p.ifExists()
	}
	a.Name = p.name()
	a.Action = p.alterAction(a.Kind)
	a.Span = p.from(start)
	return a
}

// alterFunction reads [TEMPORARY [SYSTEM]] FUNCTION … if that is what follows.
func (p *parser) alterFunction(start int) (ast.Statement, bool) {
	f := createFlags{start: start}
	f.temporary = p.accept("TEMPORARY")
	f.system = f.temporary && p.accept("SYSTEM")
	if !p.is("FUNCTION") {
		if f.temporary {
			p.unexpected("FUNCTION")
		}
		return nil, false
	}
	return p.createFunction(f, true), true
}

// alterAction reads what is done to an object of this kind.
func (p *parser) alterAction(kind ast.ObjectKind) ast.AlterAction {
	start := p.start()
	table := kind == ast.TableObject
	mat := kind == ast.MaterializedObject
	switch {
	case (table || mat) && (p.is("ADD") || p.is("MODIFY")):
		return p.alterAdd(table)
	case (table || mat) && p.is("DROP"):
		return p.alterDrop(table)
	case mat && p.isMaterializedAction():
		return p.alterMaterialized()
	case (kind == ast.ViewObject || mat) && p.accept("AS"):
		q := p.query()
		return &ast.SetQuery{Span: p.from(start), Query: q}
	case table && p.accept("RENAME"):
		return p.alterRename(start)
	case (kind == ast.ViewObject || kind == ast.ModelObject || kind == ast.ConnectionObject) &&
		p.accept("RENAME"):
		p.expect("TO")
		to := p.name()
		return &ast.Rename{Span: p.from(start), To: to}
	case kind == ast.CatalogObject && p.is("COMMENT"):
		c := p.optComment()
		return &ast.SetComment{Span: p.from(start), Comment: c}
	case kind != ast.ViewObject && p.accept("SET"):
		o := p.options()
		return &ast.SetOptions{Span: p.from(start), Options: o}
	case kind != ast.ViewObject && kind != ast.DatabaseObject && p.accept("RESET"):
		keys := parens(p, p.stringLit)
		return &ast.ResetOptions{Span: p.from(start), Keys: keys}
	}
	p.unexpected("")
	return &ast.Suspend{Span: p.span()}
}

// alterRename reads TO table, or column TO name.
func (p *parser) alterRename(start int) ast.AlterAction {
	if p.accept("TO") {
		to := p.name()
		return &ast.Rename{Span: p.from(start), To: to}
	}
	r := &ast.RenameColumn{From: p.name()}
	p.expect("TO")
	r.To = p.ident()
	r.Span = p.from(start)
	return r
}

// alterAdd reads ADD or MODIFY of columns, constraints, watermarks, a distribution or, for a
// table, partitions.
func (p *parser) alterAdd(table bool) ast.AlterAction {
	start := p.start()
	modify := p.expectAny("ADD", "MODIFY") == "MODIFY"
	if p.accept("DISTRIBUTION") {
		d := p.distribution()
		return &ast.AddDistribution{Span: p.from(start), Modify: modify, Distribution: d}
	}
	if table && !modify && (p.is("PARTITION") || p.is("IF")) {
		a := &ast.AddPartitions{IfNotExists: p.ifNotExists()}
		for p.accept("PARTITION") {
			at := p.start()
			s := &ast.PartitionSpec{Items: p.partition(), Options: p.optWith()}
			s.Span = p.from(at)
			a.Partitions = append(a.Partitions, s)
		}
		if a.Partitions == nil {
			p.unexpected("PARTITION")
		}
		a.Span = p.from(start)
		return a
	}
	a := &ast.AddElements{Modify: modify, Parens: p.is("(")}
	element := func() ast.TableElement { return p.tableElement(true) }
	if a.Parens {
		a.Elements = parens(p, element)
	} else {
		a.Elements = []ast.TableElement{element()}
	}
	a.Span = p.from(start)
	return a
}

// alterDrop reads DROP of columns, a key, the watermark, the distribution or, for a table,
// partitions.
func (p *parser) alterDrop(table bool) ast.AlterAction {
	start := p.start()
	p.expect("DROP")
	switch {
	case p.accept("PRIMARY"):
		p.expect("KEY")
		return &ast.DropConstraint{Span: p.from(start)}
	case p.accept("CONSTRAINT"):
		id := p.ident()
		return &ast.DropConstraint{Span: p.from(start), Name: &id}
	case p.accept("WATERMARK"):
		return &ast.DropWatermark{Span: p.from(start)}
	case p.accept("DISTRIBUTION"):
		return &ast.DropDistribution{Span: p.from(start)}
	case table && (p.is("PARTITION") || p.is("IF")):
		d := &ast.DropPartitions{IfExists: p.ifExists()}
		d.Partitions = list(p, func() *ast.PartitionSpec {
			at := p.start()
			p.expect("PARTITION")
			items := p.partition()
			return &ast.PartitionSpec{Span: p.from(at), Items: items}
		})
		d.Span = p.from(start)
		return d
	case p.is("("):
		columns := parens(p, p.name)
		return &ast.DropColumns{Span: p.from(start), Columns: columns}
	}
	name := p.name()
	return &ast.DropColumns{Span: p.from(start), Columns: []*ast.Name{name}}
}

// isMaterializedAction reports whether an action of materialized tables alone follows.
func (p *parser) isMaterializedAction() bool {
	if p.is("SUSPEND") || p.is("RESUME") || p.is("REFRESH") {
		return true
	}
	return p.is("SET") && (p.peek(1).word == "FRESHNESS" || p.peek(1).word == "REFRESH_MODE")
}

// alterMaterialized reads SUSPEND, RESUME, REFRESH, SET FRESHNESS or SET REFRESH_MODE.
func (p *parser) alterMaterialized() ast.AlterAction {
	start := p.start()
	switch p.expectAny("SUSPEND", "RESUME", "REFRESH", "SET") {
	case "SUSPEND":
		return &ast.Suspend{Span: p.from(start)}
	case "RESUME":
		o := p.optWith()
		return &ast.Resume{Span: p.from(start), Options: o}
	case "REFRESH":
		items := p.optPartition()
		return &ast.Refresh{Span: p.from(start), Partition: items}
	}
	if p.expectAny("FRESHNESS", "REFRESH_MODE") == "FRESHNESS" {
		p.expect("=")
		lit := p.intervalLit()
		return &ast.SetFreshness{Span: p.from(start), Freshness: lit}
	}
	p.expect("=")
	mode := p.expectAny("FULL", "CONTINUOUS")
	return &ast.SetRefreshMode{Span: p.from(start), Mode: mode}
}

// drop reads DROP [TEMPORARY [SYSTEM]] kind [IF EXISTS] name [CASCADE|RESTRICT].
func (p *parser) drop() ast.Statement {
	start := p.start()
	p.advance()
	d := &ast.Drop{Temporary: p.accept("TEMPORARY")}
	d.System = d.Temporary && p.accept("SYSTEM")
	kinds := []string{"TABLE", "VIEW", "FUNCTION", "MODEL", "CONNECTION"}
	switch {
	case d.System:
		kinds = []string{"FUNCTION", "CONNECTION"}
	case !d.Temporary:
		kinds = append(kinds, "CATALOG", "DATABASE", "MATERIALIZED")
	}
	d.Kind = ast.ObjectKind(p.expectAny(kinds...))
	if d.Kind == "MATERIALIZED" {
		p.expect("TABLE")
		d.Kind = ast.MaterializedObject
	}
	d.IfExists = p.ifExists()
	d.Name = p.name()
	if d.Kind == ast.DatabaseObject {
		d.Cascade = p.accept("CASCADE")
		d.Restrict = !d.Cascade && p.accept("RESTRICT")
	}
	d.Span = p.from(start)
	return d
}
