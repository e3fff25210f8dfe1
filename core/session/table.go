package session

import (
	"context"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/lower"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/binder"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/sql/logical"
	"github.com/headrace/headrace/core/sql/parser"
	"github.com/headrace/headrace/core/sql/physical"
)

// table serves a request about a relation of the Table API.
func (s *Session) table(_ context.Context, r *planpb.TableRequest) (*Answer, error) {
	g := &plan.Graph{Name: "collect"}
	l := lower.New(g)
	if err := s.lower(l, r.GetProgram()); err != nil {
		return nil, err
	}
	b := s.binderOver(l)
	switch r.GetVerb() {
	case "schema":
		rel, err := b.Rel(r.GetRel())
		if err != nil {
			return nil, err
		}
		a := schemaAnswer(rel.Schema())
		s.declaration(a, r.GetRel())
		return a, nil
	case "execute":
		rel, err := b.Rel(r.GetRel())
		if err != nil {
			return nil, err
		}
		return s.collect(rel, g)
	case "bounded":
		rel, err := b.Rel(r.GetRel())
		if err != nil {
			return nil, err
		}
		return s.bounded(rel, g)
	case "explain":
		if r.GetRel() != nil {
			rel, err := b.Rel(r.GetRel())
			if err != nil {
				return nil, err
			}
			return s.explainRel(rel, g, r.GetDetails())
		}
		return s.insertAll(b, g, r, true)
	case "insert":
		return s.insertAll(b, g, r, false)
	case "create_view":
		return s.tableView(b, r, true)
	case "create_permanent_view":
		return s.tableView(b, r, false)
	}
	return nil, errs.Internalf("unknown verb '%s'", r.GetVerb())
}

func schemaAnswer(schema *types.Schema) *Answer {
	a := &Answer{Kind: "schema", Schema: schema.RowType().Nullable(true).String()}
	for _, f := range schema.Fields {
		a.Names = append(a.Names, f.Type.Summary())
	}
	return a
}

// declaration adds what a table says of its columns besides their types, and its watermark.
func (s *Session) declaration(a *Answer, r *planpb.Rel) {
	for r.GetFilter() != nil {
		r = r.GetFilter().GetInput()
	}
	scan := r.GetScan()
	if scan == nil || len(scan.GetPath()) == 0 {
		return
	}
	t, _, err := s.catalog.Lookup(scan.GetPath())
	if err != nil || t == nil || len(t.Columns) != len(a.Names) {
		return
	}
	for _, c := range t.Columns {
		a.Extras = append(a.Extras, columnExtras(c))
		a.Comments = append(a.Comments, c.Comment)
	}
	if a.PrimaryKey = t.PrimaryKey; len(t.PrimaryKey) > 0 {
		a.Text = keyName(t)
	}
	if w := t.Watermark; w != nil {
		i := t.Column(w.Column)
		kind := strings.TrimSuffix(a.Names[i], " *ROWTIME*")
		a.Watermarks = []string{w.Column, kind, quotedExpr(w.Expr, w.ExprSQL)}
	}
}

// lower adds a program whose streams relations read.
func (s *Session) lower(l *lower.Lowering, p *planpb.Program) error {
	return l.Add(p, &programEnv{s: s, cfg: s.merged(p.GetConfig()), batch: s.batchMode()})
}

func (s *Session) insertAll(
	b *binder.Binder, g *plan.Graph, r *planpb.TableRequest, explain bool,
) (*Answer, error) {
	sinks, err := s.insertsOf(b, r.GetInserts())
	if err != nil {
		return nil, err
	}
	if explain {
		return s.explainSinks(g, sinks, r.GetDetails())
	}
	if _, err := s.planSinks(g, sinks); err != nil {
		return nil, err
	}
	return s.startInserts(g, sinks)
}

func (s *Session) insertsOf(b *binder.Binder, inserts []*planpb.Insert) ([]logical.Rel, error) {
	sinks := make([]logical.Rel, len(inserts))
	for i, ins := range inserts {
		sink, err := s.insertOf(b, ins)
		if err != nil {
			return nil, err
		}
		sinks[i] = sink
	}
	return sinks, nil
}

func (s *Session) insertOf(b *binder.Binder, ins *planpb.Insert) (*logical.Sink, error) {
	if ins.GetSql() != "" {
		stmt, err := parser.ParseStatement(ins.GetSql())
		if err != nil {
			return nil, err
		}
		return insertStatement(b, ins.GetSql(), stmt)
	}
	rel, err := b.Rel(ins.GetRel())
	if err != nil {
		return nil, err
	}
	t := binder.Target{Overwrite: ins.GetOverwrite()}
	if d := ins.GetDescriptor_(); d != nil {
		if t.Table, err = s.anonymous(d, rel.Schema()); err != nil {
			return nil, err
		}
		return b.Sink(rel, t)
	}
	if t.Table, _, err = s.catalog.Lookup(ins.GetPath()); err != nil {
		return nil, err
	}
	if t.Table == nil {
		return nil, errs.Userf("'%s' is a view: it cannot be written", ins.GetPath()[0])
	}
	return b.Sink(rel, t)
}

// anonymous makes a table of a descriptor; without columns it takes those of the query.
func (s *Session) anonymous(
	d *planpb.TableDescriptor, schema *types.Schema,
) (*catalog.Table, error) {
	cat, db := s.catalog.Current()
	t, err := binder.TableOf(catalog.Path{Catalog: cat, Database: db, Name: "*anonymous*"}, d)
	if err == nil && len(t.Columns) == 0 {
		for _, f := range schema.Fields {
			ft := f.Type
			ft.Attr = types.NoTime
			t.Columns = append(t.Columns, catalog.Column{Name: f.Name, Type: ft})
		}
	}
	return t, err
}

func (s *Session) tableView(
	b *binder.Binder, r *planpb.TableRequest, temporary bool,
) (*Answer, error) {
	rel, err := b.Rel(r.GetRel())
	if err != nil {
		return nil, err
	}
	name, err := parser.ParseName(r.GetName())
	if err != nil {
		return nil, err
	}
	path, err := s.catalog.Qualify(name.Strings())
	if err != nil {
		return nil, err
	}
	v := &catalog.View{Path: path, Rel: r.GetRel(), Program: r.GetProgram(),
		Temporary: temporary}
	v.Catalog, v.Database = s.catalog.Current()
	if err := s.catalog.PutView(v, false); err != nil {
		return nil, err
	}
	return schemaAnswer(rel.Schema()), nil
}

func (s *Session) viewSchema(v *catalog.View) (*types.Schema, error) {
	rel, err := s.binder().Rel(&planpb.Rel{Node: &planpb.Rel_Scan_{Scan: &planpb.Rel_Scan{
		Path: []string{v.Path.Catalog, v.Path.Database, v.Path.Name}}}})
	if err != nil {
		return nil, err
	}
	return rel.Schema(), nil
}

// streamTable plans a relation over streams, for to_data_stream.
func (s *Session) streamTable(l *lower.Lowering, op *planpb.TableOp) (*plan.Node, error) {
	g := l.Graph
	rel, err := s.binderOver(l).Rel(op.GetRel())
	if err != nil {
		return nil, err
	}
	roots, p, err := s.optimize(g, rel)
	if err != nil {
		return nil, err
	}
	out, err := p.Plan(roots[0], op.GetChangelogMode() != "upsert")
	if err != nil {
		return nil, err
	}
	if op.GetChangelogMode() == "" && !out.Mode.IsInsertOnly() {
		return nil, errs.Userf("to_data_stream needs a table that only inserts rows; this one " +
			"updates them").Fix("use to_changelog_stream")
	}
	return physical.ToStream(g, out), nil
}
