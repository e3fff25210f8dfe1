package session

import (
	"context"
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/lower"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/binder"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/sql/logical"
	"github.com/headrace/headrace/core/sql/parser"
	"github.com/headrace/headrace/core/sql/physical"
)

// executeSQL runs one statement.
func (s *Session) executeSQL(ctx context.Context, text string) (*Answer, error) {
	stmt, err := parser.ParseStatement(text)
	if err != nil {
		return nil, err
	}
	return s.statement(ctx, text, stmt)
}

// statement runs a parsed statement; text is the source that its positions refer to.
func (s *Session) statement(ctx context.Context, text string, stmt ast.Statement) (*Answer, error) {
	a, err := s.dispatch(ctx, text, stmt)
	if n := objectOf(stmt); err != nil && n != nil {
		err = binder.At(text, n, err)
	}
	return a, err
}

// objectOf is what a statement is about, where errors about it point to; nil: nothing in it.
func objectOf(stmt ast.Statement) ast.Node {
	if n := nameOf(stmt); n != nil {
		return n
	}
	switch stmt := stmt.(type) {
	case *ast.CreateCatalog:
		return stmt.Name
	case *ast.LoadModule:
		return stmt.Name
	case *ast.UnloadModule:
		return stmt.Name
	case *ast.Use:
		return stmt
	case *ast.Jar, *ast.ExecutePlan, *ast.CompilePlan, *ast.StopJob:
		return stmt
	}
	return nil
}

func nameOf(stmt ast.Statement) *ast.Name {
	switch stmt := stmt.(type) {
	case *ast.CreateTable:
		return stmt.Name
	case *ast.CreateView:
		return stmt.Name
	case *ast.CreateFunction:
		return stmt.Name
	case *ast.CreateDatabase:
		return stmt.Name
	case *ast.Drop:
		return stmt.Name
	case *ast.Alter:
		return stmt.Name
	case *ast.Describe:
		return stmt.Name
	case *ast.Use:
		return stmt.Name
	case *ast.Show:
		if stmt.Name == nil {
			return stmt.From
		}
		return stmt.Name
	case *ast.Analyze:
		return stmt.Table
	case *ast.Truncate:
		return stmt.Table
	case *ast.Delete:
		return stmt.Table
	case *ast.Update:
		return stmt.Table
	}
	return nil
}

func (s *Session) dispatch(ctx context.Context, text string, stmt ast.Statement) (*Answer, error) {
	switch stmt := stmt.(type) {
	case *ast.QueryStmt:
		return s.query(text, stmt.Query)
	case *ast.Insert:
		return s.inserts(text, []*ast.Insert{stmt})
	case *ast.StatementSet:
		return s.inserts(text, stmt.Inserts)
	case *ast.Execute:
		return s.statement(ctx, text, stmt.Stmt)
	case *ast.Explain:
		return s.explain(text, stmt)
	case *ast.Set:
		return s.set(stmt)
	case *ast.Reset:
		return s.reset(stmt)
	case *ast.Show:
		return s.show(stmt)
	case *ast.Describe:
		return s.describe(stmt)
	case *ast.Use:
		return s.use(stmt)
	case *ast.CompilePlan:
		return s.compile(text, stmt)
	case *ast.ExecutePlan:
		return s.executePlan(stmt)
	case *ast.Analyze:
		return s.analyze(ctx, stmt)
	case *ast.Truncate:
		return s.truncate(ctx, text, stmt)
	case *ast.Delete:
		return s.deleteRows(ctx, text, stmt)
	case *ast.Update:
		return s.update(text, stmt)
	case *ast.StopJob:
		return s.stopJob(ctx, stmt)
	case *ast.Jar:
		return nil, errs.Userf("there are no jars in headrace: connectors and formats are built in").
			Fix("leave ADD JAR out")
	}
	return s.ddl(text, stmt)
}

func (s *Session) set(stmt *ast.Set) (*Answer, error) {
	if stmt.Option == nil {
		var rows [][]string
		for _, k := range sortedKeys(s.config) {
			rows = append(rows, []string{k, s.config[k]})
		}
		return s.textRows([]string{"key", "value"}, rows), nil
	}
	s.config[stmt.Option.Key] = stmt.Option.Value
	return success, nil
}

func (s *Session) reset(stmt *ast.Reset) (*Answer, error) {
	if stmt.Key == nil {
		clear(s.config)
		for k, v := range s.opts.Config {
			s.config[k] = v
		}
		return success, nil
	}
	if v, ok := s.opts.Config[stmt.Key.Value]; ok {
		s.config[stmt.Key.Value] = v
	} else {
		delete(s.config, stmt.Key.Value)
	}
	return success, nil
}

func (s *Session) use(stmt *ast.Use) (*Answer, error) {
	if stmt.Modules != nil {
		names := make([]string, len(stmt.Modules))
		for i, m := range stmt.Modules {
			names[i] = m.Name
		}
		return success, s.useModules(names)
	}
	var err error
	switch stmt.Kind {
	case ast.CatalogObject:
		err = s.catalog.UseCatalog(stmt.Name.Last().Name)
	case ast.DatabaseObject:
		parts := stmt.Name.Strings()
		c := ""
		if len(parts) > 1 {
			c = parts[0]
		}
		err = s.catalog.UseDatabase(c, parts[len(parts)-1])
	}
	return success, err
}

func (s *Session) batchMode() bool {
	return strings.EqualFold(s.config["execution.runtime-mode"], "batch")
}

// binder binds without planning: streams that views read are lowered into a graph of no use.
func (s *Session) binder() *binder.Binder { return s.binderInto(&plan.Graph{}) }

// binderInto binds what is planned into g next; streams that views read are lowered into it.
func (s *Session) binderInto(g *plan.Graph) *binder.Binder { return s.binderOver(lower.New(g)) }

// binderOver binds what reads streams of a lowering, and of views that it does not have yet.
func (s *Session) binderOver(l *lower.Lowering) *binder.Binder {
	return &binder.Binder{
		Catalog: s.catalog, Zone: zone(s.config), Batch: s.batchMode(), Inline: s.inline,
		ParseView: parser.ParseQuery, Stream: l.Find,
		Program:  func(p *planpb.Program) error { return s.lower(l, p) },
		Describe: s.describeFunction,
	}
}

func (s *Session) planner(g *plan.Graph) (*physical.Planner, error) {
	p := &physical.Planner{Graph: g}
	p.Batch = s.batchMode()
	p.Zone = zone(s.config)
	p.Source, p.Sink = s.newSource, s.newSink
	p.Lookup, p.CanLookUp, p.CanCopy = s.newLookup, s.canLookUp, s.canCopy
	return p, s.planOptions(p)
}

func (s *Session) newSource(
	t *catalog.Table, options map[string]string, schema *types.Schema,
) (connector.Source, error) {
	return connector.NewSource(s.tableSpec(t, options, schema))
}

func (s *Session) newLookup(
	t *catalog.Table, options map[string]string, schema *types.Schema,
) (connector.LookupSource, error) {
	return connector.NewLookup(s.tableSpec(t, options, schema))
}

func (s *Session) canLookUp(t *catalog.Table, options map[string]string) bool {
	return connector.CanLookUp(s.tableSpec(t, options, nil))
}

// canCopy says whether a table comes to an end, so that a copy can be kept to find rows in: a side
// input.
func (s *Session) canCopy(t *catalog.Table, options map[string]string) bool {
	schema := &types.Schema{}
	for _, c := range t.Columns {
		if c.Kind != catalog.Computed {
			schema.Fields = append(schema.Fields, types.F(c.Name, c.Type))
		}
	}
	src, err := s.newSource(t, options, schema)
	return err == nil && src.Bounded()
}

func (s *Session) newSink(
	t *catalog.Table, options map[string]string, schema *types.Schema, overwrite bool,
) (connector.Sink, error) {
	spec := s.tableSpec(t, options, schema)
	spec.Overwrite = overwrite
	return connector.NewSink(spec)
}

func (s *Session) tableSpec(
	t *catalog.Table, options map[string]string, schema *types.Schema,
) *connector.Table {
	spec := &connector.Table{
		Name: t.Path.Dotted(), Schema: schema, Options: options, Metadata: map[string]string{},
		PartitionKeys: t.PartitionKeys, PrimaryKey: t.PrimaryKey, BatchMode: s.batchMode(),
		Zone: zone(s.config), Stdout: s.opts.Stdout, Python: s.opts.DescribeConnector,
		Call: s.opts.CallClass,
	}
	for i := range t.Columns {
		if c := &t.Columns[i]; c.Kind == catalog.Metadata {
			spec.Metadata[c.Name] = c.MetadataKey()
		}
	}
	return spec
}

// query runs a query whose rows come back.
func (s *Session) query(text string, q *ast.Query) (*Answer, error) {
	g := &plan.Graph{Name: "collect"}
	rel, err := s.binderInto(g).Query(text, q)
	if err != nil {
		return nil, err
	}
	return s.collect(rel, g)
}

// collect plans a bound relation into g and runs it; the rows come back under a handle.
func (s *Session) collect(rel logical.Rel, g *plan.Graph) (*Answer, error) {
	cfg := s.merged(nil)
	roots, p, err := s.optimize(g, rel)
	if err != nil {
		return nil, err
	}
	rel = roots[0]
	handle := s.handle("result")
	sink, res := s.collectSink(handle, cfg)
	out, err := p.Collect(rel, sink)
	if err != nil {
		delete(s.results, handle)
		return nil, err
	}
	id, err := s.start(g, cfg, []*result{res})
	if err != nil {
		delete(s.results, handle)
		return nil, err
	}
	a := &Answer{Kind: "result", Job: id, Handle: handle, Streams: !s.batchMode(),
		Schema: rel.Schema().RowType().Nullable(true).String()}
	for _, k := range out.Key {
		a.Key = append(a.Key, rel.Schema().Fields[k].Name)
	}
	return a, nil
}

// inserts runs INSERT statements as one job.
func (s *Session) inserts(text string, list []*ast.Insert) (*Answer, error) {
	g := &plan.Graph{}
	sinks, err := s.bindInserts(text, list, g)
	if err != nil {
		return nil, err
	}
	if _, err := s.planSinks(g, sinks); err != nil {
		return nil, err
	}
	return s.startInserts(g, sinks)
}

func (s *Session) bindInserts(
	text string, list []*ast.Insert, g *plan.Graph,
) ([]logical.Rel, error) {
	b := s.binderInto(g)
	sinks := make([]logical.Rel, len(list))
	for i, stmt := range list {
		sink, err := b.Insert(text, stmt)
		if err != nil {
			return nil, err
		}
		sinks[i] = sink
	}
	return sinks, nil
}

// planSinks plans the sinks of one job into g and returns their optimized trees.
func (s *Session) planSinks(g *plan.Graph, sinks []logical.Rel) ([]logical.Rel, error) {
	roots, p, err := s.optimize(g, sinks...)
	if err != nil {
		return nil, err
	}
	for _, r := range roots {
		if err := p.Insert(r.(*logical.Sink)); err != nil {
			return nil, err
		}
	}
	return roots, nil
}

// numbered tells equal names apart: a_1, a_2.
func numbered(names []string) []string {
	count := map[string]int{}
	for _, n := range names {
		count[n]++
	}
	seen := map[string]int{}
	out := make([]string, len(names))
	for i, n := range names {
		if out[i] = n; count[n] > 1 {
			seen[n]++
			out[i] = n + "_" + strconv.Itoa(seen[n])
		}
	}
	return out
}

func (s *Session) startInserts(g *plan.Graph, sinks []logical.Rel) (*Answer, error) {
	names := make([]string, len(sinks))
	for i, r := range sinks {
		names[i] = r.(*logical.Sink).Table.Path.Dotted()
	}
	g.Name = "insert-into_" + strings.Join(names, ",")
	names = numbered(names)
	if n := s.config["pipeline.name"]; n != "" {
		g.Name = n
	}
	id, err := s.start(g, s.merged(nil), nil)
	if err != nil {
		return nil, err
	}
	return &Answer{Kind: "job", Job: id, Names: names}, nil
}
