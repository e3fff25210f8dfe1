package session

import (
	"context"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/binder"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/sql/logical"
	"github.com/headrace/headrace/core/sql/rule"
)

// modified finds the table that UPDATE, DELETE or TRUNCATE changes; all are for batch mode.
func (s *Session) modified(verb string, name *ast.Name) (*catalog.Table, error) {
	t, v, err := s.catalog.Lookup(name.Strings())
	switch {
	case err != nil:
		return nil, err
	case v != nil:
		return nil, errs.Userf("'%s' is a view: %s is for tables", v.Path.Dotted(), verb)
	case !s.batchMode():
		return nil, errs.Userf("%s is for batch mode", verb).
			Fix("set 'execution.runtime-mode' = 'batch'")
	}
	return t, nil
}

// cannot is the error for a table whose connector does not change rows in place.
func cannot(verb, why string, t *catalog.Table) error {
	return errs.Userf("%s is not supported by connector '%s' of table %s%s", verb,
		t.Options["connector"], t.Path.Dotted(), why).
		Fix("write the rows that should be there with INSERT OVERWRITE")
}

// truncate removes all rows of a table.
func (s *Session) truncate(ctx context.Context, text string, stmt *ast.Truncate) (*Answer, error) {
	t, err := s.modified("TRUNCATE", stmt.Table)
	if err != nil {
		return nil, err
	}
	done, err := s.clear(ctx, text, rowsOf(stmt.Table, nil, nil))
	if err == nil && !done {
		err = cannot("TRUNCATE", "", t)
	}
	return success, err
}

// clear removes the rows of a query over one table if its connector can do that as a whole.
func (s *Session) clear(ctx context.Context, text string, q *ast.Query) (done bool, err error) {
	rel, err := s.binder().Query(text, q)
	if err != nil {
		return false, err
	}
	scan, err := s.wholeScan(rel)
	if scan == nil || err != nil {
		return false, err
	}
	src := scan.PushedSource
	if src == nil {
		if src, err = s.newSource(scan.Table, scan.Options, scan.Out); err != nil {
			return false, err
		}
	}
	c, ok := src.(connector.Clearing)
	if !ok {
		return false, nil
	}
	return true, c.Clear(ctx)
}

// wholeScan is the scan that a query comes to if it takes all rows of a table, or of some of its
// partitions; nil: it takes others.
func (s *Session) wholeScan(rel logical.Rel) (*logical.Scan, error) {
	o, err := s.ruleOptions()
	if err != nil {
		return nil, err
	}
	o.Apart = true
	rel = rule.Apply(rel, o)
	for {
		switch r := rel.(type) {
		case *logical.Scan:
			return r, nil
		case *logical.Project, *logical.Watermark:
			rel = r.Inputs()[0]
		default:
			return nil, nil
		}
	}
}

// deleteRows is DELETE FROM: of whole partitions at once, else by a job that reads the rows and
// tells the sink to remove them.
func (s *Session) deleteRows(ctx context.Context, text string, stmt *ast.Delete) (*Answer, error) {
	t, err := s.modified("DELETE", stmt.Table)
	if err != nil {
		return nil, err
	}
	query := rowsOf(stmt.Table, stmt.Alias, stmt.Where)
	if done, err := s.clear(ctx, text, query); done || err != nil {
		return success, err
	}
	return s.modifyByKey("DELETE", text, t, query, true)
}

// update is UPDATE: a job that reads the rows and writes them back changed, under the same keys.
func (s *Session) update(text string, stmt *ast.Update) (*Answer, error) {
	t, err := s.modified("UPDATE", stmt.Table)
	if err != nil {
		return nil, err
	}
	set := map[string]ast.Expr{}
	for _, a := range stmt.Set {
		name := a.Column.Name
		if t.Column(name) < 0 {
			return nil, binder.At(text, a, errs.Userf("table %s has no column '%s'", t.Path.Dotted(), name).
				Fix("%s", errs.DidYouMean(name, columnsOf(t))))
		}
		if slices.Contains(t.PrimaryKey, name) {
			return nil, binder.At(text, a, errs.Userf("column '%s' is of the primary key: it cannot be "+
				"updated", name).Fix("DELETE the row and INSERT it anew"))
		}
		set[name] = a.Value
	}
	query := rowsOf(stmt.Table, stmt.Alias, stmt.Where)
	var list []*ast.SelectItem
	for _, c := range t.Columns {
		if c.Kind != catalog.Physical {
			continue
		}
		name := ast.Ident{Span: stmt.Table.Span, Name: c.Name}
		e, ok := set[c.Name]
		if !ok {
			e = &ast.ColumnRef{Span: stmt.Table.Span, Name: &ast.Name{Span: stmt.Table.Span,
				Parts: []ast.Ident{name}}}
		}
		list = append(list, &ast.SelectItem{Span: ast.Span{Start: e.Pos(), Stop: e.End()}, Expr: e,
			Alias: &name})
	}
	query.Body.(*ast.Select).Items = list
	return s.modifyByKey("UPDATE", text, t, query, false)
}

// rowsOf is the query of the rows of a table for which a condition holds. Its nodes are those of
// the statement, so that errors point there.
func rowsOf(table *ast.Name, alias *ast.Ident, where ast.Expr) *ast.Query {
	from := &ast.TableName{Span: table.Span, Name: table}
	if alias != nil {
		from.Alias = &ast.Alias{Span: alias.Span, Name: *alias}
	}
	return &ast.Query{Span: table.Span, Body: &ast.Select{Span: table.Span, From: from, Where: where,
		Items: []*ast.SelectItem{{Span: table.Span, Expr: &ast.Star{Span: table.Span}}}}}
}

// modifyByKey writes the rows of a query into their table, or removes them there.
func (s *Session) modifyByKey(
	verb, text string, t *catalog.Table, query *ast.Query, remove bool,
) (*Answer, error) {
	if _, err := s.binder().Query(text, query); err != nil {
		return nil, err
	}
	if len(t.PrimaryKey) == 0 {
		return nil, cannot(verb, ", which has no PRIMARY KEY to find rows by", t)
	}
	name := &ast.Name{Span: query.Span}
	for _, part := range []string{t.Path.Catalog, t.Path.Database, t.Path.Name} {
		name.Parts = append(name.Parts, ast.Ident{Span: query.Span, Name: part})
	}
	g := &plan.Graph{}
	insert := &ast.Insert{Span: query.Span, Table: name, Query: query}
	sinks, err := s.bindInserts(text, []*ast.Insert{insert}, g)
	if err != nil {
		return nil, err
	}
	sink := sinks[0].(*logical.Sink)
	to, err := s.newSink(t, sink.Options, sink.Input.Schema(), false)
	if err != nil {
		return nil, err
	}
	if !plan.ChangelogMode(connector.AcceptedBy(to)).Has(plan.HasDelete) {
		return nil, cannot(verb, "", t)
	}
	sink.Deletes = remove
	if _, err := s.planSinks(g, sinks); err != nil {
		return nil, err
	}
	return s.startInserts(g, sinks)
}

func columnsOf(t *catalog.Table) []string {
	out := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = c.Name
	}
	return out
}

// stopJob runs STOP JOB 'id' [WITH SAVEPOINT [WITH DRAIN]].
func (s *Session) stopJob(ctx context.Context, stmt *ast.StopJob) (*Answer, error) {
	run := s.jobs[stmt.Job]
	if run == nil {
		return nil, errs.Userf("there is no job '%s'", stmt.Job)
	}
	if !stmt.Savepoint {
		run.job.Cancel()
		return success, nil
	}
	path, err := run.job.Stop(ctx, s.config["execution.checkpointing.savepoint-dir"], stmt.Drain)
	if err != nil {
		return nil, err
	}
	return s.textRows([]string{"savepoint path"}, [][]string{{path}}), nil
}
