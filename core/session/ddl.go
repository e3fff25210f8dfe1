package session

import (
	"maps"
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/binder"
	"github.com/headrace/headrace/core/sql/catalog"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// ddl runs a statement that changes the catalog.
func (s *Session) ddl(text string, stmt ast.Statement) (*Answer, error) {
	switch stmt := stmt.(type) {
	case *ast.CreateTable:
		return s.createTable(text, stmt)
	case *ast.CreateView:
		return s.createView(text, stmt)
	case *ast.CreateFunction:
		return s.createFunction(stmt)
	case *ast.CreateDatabase:
		return s.createDatabase(stmt)
	case *ast.CreateCatalog:
		return s.createCatalog(stmt)
	case *ast.Drop:
		return s.drop(stmt)
	case *ast.Alter:
		return s.alter(text, stmt)
	case *ast.CreateMaterializedTable:
		return nil, noMaterialized("CREATE")
	case *ast.CallProcedure:
		return nil, s.callProcedure(text, stmt)
	case *ast.LoadModule:
		return success, s.loadModule(stmt.Name.Name)
	case *ast.UnloadModule:
		return success, s.unloadModule(stmt.Name.Name)
	}
	head, _, _ := strings.Cut(ast.Format(stmt), "(")
	return nil, errs.Userf("the statement '%s' is not supported", strings.TrimSpace(head))
}

func (s *Session) createTable(text string, stmt *ast.CreateTable) (*Answer, error) {
	path, err := s.catalog.Qualify(stmt.Name.Strings())
	if err != nil {
		return nil, err
	}
	if stmt.IfNotExists && s.exists(path) {
		return success, nil
	}
	if stmt.As != nil && stmt.Temporary {
		return nil, binder.At(text, stmt.Name, errs.Userf("CREATE TEMPORARY TABLE … AS is not "+
			"supported").Fix("leave TEMPORARY out, or make the table first and INSERT"))
	}
	t, err := s.binder().TableOf(text, path, stmt)
	if err != nil {
		return nil, err
	}
	t.Temporary = stmt.Temporary
	if err := s.catalog.PutTable(t, stmt.OrReplace || stmt.Replace); err != nil {
		return nil, err
	}
	if stmt.As == nil {
		return success, nil
	}
	insert := &ast.Insert{Span: stmt.Span, Table: stmt.Name, Query: stmt.As}
	if len(stmt.Elements) > 0 { // columns of the table's own, or in another order
		rel, err := s.binder().Query(text, stmt.As)
		if err != nil {
			return nil, err
		}
		for _, name := range rel.Schema().Names() {
			insert.Columns = append(insert.Columns, &ast.Name{Span: stmt.Name.Span,
				Parts: []ast.Ident{{Span: stmt.Name.Span, Name: name}}})
		}
	}
	return s.inserts(text, []*ast.Insert{insert})
}

func (s *Session) exists(p catalog.Path) bool {
	_, _, err := s.catalog.Lookup([]string{p.Catalog, p.Database, p.Name})
	return err == nil
}

func (s *Session) createView(text string, stmt *ast.CreateView) (*Answer, error) {
	path, err := s.catalog.Qualify(stmt.Name.Strings())
	if err != nil {
		return nil, err
	}
	if stmt.IfNotExists && s.exists(path) {
		return success, nil
	}
	rel, frozen, err := s.binder().ViewQuery(text, stmt.Query) // names must resolve now
	if err != nil {
		return nil, err
	}
	if n := rel.Schema().Len(); len(stmt.Columns) > 0 && len(stmt.Columns) != n {
		return nil, binder.At(text, stmt.Name, errs.Userf("the view declares %d columns, its query "+
			"has %d", len(stmt.Columns), n))
	}
	if err := s.binder().ViewColumns(text, stmt.Query, stmt.Columns); err != nil {
		return nil, err
	}
	v := &catalog.View{Path: path, Text: frozen, Temporary: stmt.Temporary}
	v.Catalog, v.Database = s.catalog.Current()
	for _, c := range stmt.Columns {
		v.Columns = append(v.Columns, c.Name)
	}
	if stmt.Comment != nil {
		v.Comment = stmt.Comment.Value
	}
	return success, s.catalog.PutView(v, stmt.OrReplace)
}

func (s *Session) createFunction(stmt *ast.CreateFunction) (*Answer, error) {
	path, err := s.catalog.Qualify(stmt.Name.Strings())
	if err != nil {
		return nil, err
	}
	var spec *planpb.Function
	if stmt.Language == "" || stmt.Language == "PYTHON" {
		spec, err = s.describeFunction(stmt.Identifier)
	}
	if spec == nil || err != nil { // as in Flink whoever calls the function is told
		spec = binder.LaterFunction(stmt.Identifier, stmt.Language)
	}
	spec.Name = stmt.Name.Last().Name
	f := &catalog.Function{Path: path, Spec: spec, Temporary: stmt.Temporary, System: stmt.System}
	err = s.catalog.PutFunction(f, stmt.OrReplace || stmt.Alter)
	if err != nil && stmt.IfNotExists {
		err = nil
	}
	return success, err
}

// describeFunction asks the host what the attribute of a module is.
func (s *Session) describeFunction(path string) (*planpb.Function, error) {
	if s.opts.Describe == nil {
		return nil, errs.Userf("there is no Python in this host to load '%s' from", path)
	}
	return s.opts.Describe(path)
}

func (s *Session) createDatabase(stmt *ast.CreateDatabase) (*Answer, error) {
	parts := stmt.Name.Strings()
	name, _ := s.catalog.Current()
	if len(parts) > 1 {
		name = parts[0]
	}
	c, err := s.catalog.Catalog(name)
	if err != nil {
		return nil, err
	}
	db := catalog.NewDatabase(parts[len(parts)-1])
	if stmt.Comment != nil {
		db.Comment = stmt.Comment.Value
	}
	for _, o := range stmt.Options {
		db.Options[o.Key] = o.Value
	}
	if _, ok := c.Database(db.Name); ok && stmt.IfNotExists {
		return success, nil
	}
	return success, c.CreateDatabase(db)
}

func (s *Session) createCatalog(stmt *ast.CreateCatalog) (*Answer, error) {
	options := map[string]string{}
	for _, o := range stmt.Options {
		options[o.Key] = o.Value
	}
	if _, err := s.catalog.Catalog(stmt.Name.Name); err == nil && stmt.IfNotExists {
		return success, nil
	}
	c, err := newCatalog(stmt.Name.Name, options)
	if err != nil {
		return nil, err
	}
	if stmt.Comment != nil {
		c.SetComment(stmt.Comment.Value)
	}
	return success, s.catalog.Register(stmt.Name.Name, c)
}

// catalogOptions are the options of each type of catalog.
var catalogOptions = map[string][]string{
	"generic_in_memory": {"type", "default-database"},
	"filesystem":        {"type", "path", "default-database"},
}

func newCatalog(name string, options map[string]string) (catalog.Catalog, error) {
	kind := options["type"]
	if f := connector.FindCatalog(kind); f != nil {
		c, err := f.NewCatalog(name, options)
		if err != nil {
			return nil, err
		}
		return catalog.NewExternal(name, c, options), nil
	}
	known, ok := catalogOptions[kind]
	if !ok {
		types := append(sortedKeys(catalogOptions), connector.CatalogTypes()...)
		e := errs.Userf("there is no catalog of type '%s'", kind)
		if hint := errs.DidYouMean(kind, types); hint != "" {
			return nil, e.Fix("%s", hint)
		}
		return nil, e.Fix("known are %s", strings.Join(types, ", "))
	}
	for k := range options {
		if !slices.Contains(known, k) {
			return nil, errs.Userf("a catalog of type '%s' has no option '%s'", kind, k).
				Fix("%s", errs.DidYouMean(k, known))
		}
	}
	db := options["default-database"]
	if db == "" {
		db = "default"
	}
	if kind == "generic_in_memory" {
		m := catalog.NewMemory(db)
		maps.Copy(m.Options(), options)
		return m, nil
	}
	path := strings.TrimPrefix(options["path"], "file://")
	if path == "" {
		return nil, errs.Userf("a catalog of type 'filesystem' needs the option 'path'").
			Fix("name a directory; it is made when there is none")
	}
	return catalog.OpenFile(name, path, db, options)
}

func (s *Session) drop(stmt *ast.Drop) (*Answer, error) {
	if stmt.Kind == ast.MaterializedObject {
		return nil, noMaterialized("DROP")
	}
	parts := stmt.Name.Strings()
	switch stmt.Kind {
	case ast.CatalogObject:
		err := s.catalog.Drop(parts[0])
		if err != nil && stmt.IfExists {
			err = nil
		}
		return success, err
	case ast.DatabaseObject:
		name, _ := s.catalog.Current()
		if len(parts) > 1 {
			name = parts[0]
		}
		c, err := s.catalog.Catalog(name)
		if err != nil {
			return nil, err
		}
		if _, ok := c.Database(parts[len(parts)-1]); !ok && stmt.IfExists {
			return success, nil
		}
		return success, c.DropDatabase(parts[len(parts)-1], stmt.Cascade)
	}
	path, err := s.catalog.Qualify(parts)
	if err != nil {
		return nil, err
	}
	var found bool
	if _, err := s.catalog.Database(path.Catalog, path.Database); err != nil && stmt.IfExists &&
		!stmt.Temporary {
		return success, nil
	}
	switch stmt.Kind {
	case ast.FunctionObject:
		found, err = s.catalog.DropFunction(path, stmt.Temporary, stmt.System)
	case ast.TableObject, ast.ViewObject:
		found, err = s.catalog.DropTable(path, stmt.Temporary, stmt.Kind == ast.ViewObject)
	default:
		return nil, errs.Userf("DROP %s is not supported", stmt.Kind)
	}
	if err != nil {
		return nil, err
	}
	if !found && !stmt.IfExists {
		fix := errs.DidYouMean(path.Name, s.namesOf(stmt.Kind, path))
		if fix == "" {
			fix = "write IF EXISTS if that is fine"
		}
		return nil, errs.Userf("%s '%s' does not exist", stmt.Kind, path.Dotted()).Fix("%s", fix)
	}
	return success, nil
}

// namesOf lists what there is of a kind where a path points to.
func (s *Session) namesOf(kind ast.ObjectKind, p catalog.Path) []string {
	switch kind {
	case ast.TableObject:
		return s.catalog.Tables(p.Catalog, p.Database)
	case ast.ViewObject:
		return s.catalog.Views(p.Catalog, p.Database)
	case ast.FunctionObject:
		return s.catalog.UserFunctions()
	}
	return nil
}
