package session

import (
	"maps"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/catalog"
)

// catalogObject serves the verbs of one catalog's methods: their path begins with the catalog's
// name, then the database's, then the object's. ok is false for any other verb.
func (s *Session) catalogObject(r *planpb.CatalogRequest) (a *Answer, ok bool, err error) {
	path := r.GetPath()
	if len(path) == 0 {
		return nil, false, nil
	}
	switch r.GetVerb() {
	case "default_database", "list_databases":
		a, err = s.wholeCatalog(r.GetVerb(), path[0])
	case "create_database", "alter_database", "drop_database", "get_database":
		a, err = s.databaseVerb(r)
	case "list_catalog_tables", "list_catalog_views", "list_catalog_functions":
		a, err = s.listDatabase(r.GetVerb(), path)
	case "rename_table", "describe_table", "get_function", "get_statistics", "set_statistics":
		a, err = s.objectVerb(r)
	default:
		return nil, false, nil
	}
	return a, true, err
}

func (s *Session) wholeCatalog(verb, name string) (*Answer, error) {
	c, err := s.catalog.Catalog(name)
	if err != nil {
		return nil, err
	}
	names := c.Databases()
	if verb == "list_databases" {
		return &Answer{Kind: "success", Names: names}, nil
	}
	a := &Answer{Kind: "success", Text: c.Options()["default-database"]}
	if a.Text == "" && slices.Contains(names, catalog.DefaultDatabase) {
		a.Text = catalog.DefaultDatabase
	} else if a.Text == "" && len(names) > 0 {
		a.Text = names[0]
	}
	return a, nil
}

func (s *Session) databaseVerb(r *planpb.CatalogRequest) (*Answer, error) {
	path := r.GetPath()
	if len(path) != 2 {
		return nil, errs.Internalf("a database's path has two names")
	}
	c, err := s.catalog.Catalog(path[0])
	if err != nil {
		return nil, err
	}
	switch r.GetVerb() {
	case "create_database":
		db := catalog.NewDatabase(path[1])
		db.Comment = r.GetDescriptor_().GetComment()
		maps.Copy(db.Options, r.GetOptions())
		return success, c.CreateDatabase(db)
	case "drop_database":
		return success, c.DropDatabase(path[1], r.GetOptions()["cascade"] == "true")
	}
	db, err := s.catalog.Database(path[0], path[1])
	if err != nil {
		return nil, err
	}
	if r.GetVerb() == "alter_database" {
		db.Comment, db.Options = r.GetDescriptor_().GetComment(), maps.Clone(r.GetOptions())
		return success, c.Save(db)
	}
	return &Answer{Kind: "success", Options: db.Options, Text: db.Comment}, nil
}

func (s *Session) listDatabase(verb string, path []string) (*Answer, error) {
	if len(path) != 2 {
		return nil, errs.Internalf("a database's path has two names")
	}
	db, err := s.catalog.Database(path[0], path[1])
	if err != nil {
		return nil, err
	}
	a := &Answer{Kind: "success"}
	switch verb {
	case "list_catalog_tables":
		a.Names = append(sortedKeys(db.Tables), sortedKeys(db.Views)...)
	case "list_catalog_views":
		a.Names = sortedKeys(db.Views)
	case "list_catalog_functions":
		a.Names = sortedKeys(db.Functions)
	}
	return a, nil
}

func (s *Session) objectVerb(r *planpb.CatalogRequest) (*Answer, error) {
	path, err := s.catalog.Qualify(r.GetPath())
	if err != nil {
		return nil, err
	}
	switch r.GetVerb() {
	case "rename_table":
		return success, s.renameTable(path, r.GetOptions()["to"])
	case "get_function":
		f, ok := s.catalog.Function(r.GetPath(), true)
		if !ok {
			return nil, errs.Userf("function '%s' does not exist", path.Dotted())
		}
		return &Answer{Kind: "success", Text: f.Spec.GetPath()}, nil
	case "get_statistics", "set_statistics":
		return s.statistics(r.GetPath(), r.GetOptions()["statistics"])
	}
	return s.describeFully(r.GetPath())
}

func (s *Session) renameTable(p catalog.Path, to string) error {
	db, err := s.catalog.Database(p.Catalog, p.Database)
	if err != nil {
		return err
	}
	if db.Tables[to] != nil || db.Views[to] != nil {
		return errs.Userf("table '%s' already exists", to)
	}
	if t := db.Tables[p.Name]; t != nil {
		delete(db.Tables, p.Name)
		t.Path.Name = to
		db.Tables[to] = t
	} else if v := db.Views[p.Name]; v != nil {
		delete(db.Views, p.Name)
		v.Path.Name = to
		db.Views[to] = v
	} else {
		return errs.Userf("table '%s' does not exist", p.Dotted())
	}
	c, err := s.catalog.Catalog(p.Catalog)
	if err != nil {
		return err
	}
	return c.Save(db)
}

// describeFully gives a table's descriptor, of which another session can make the same table.
func (s *Session) describeFully(path []string) (*Answer, error) {
	t, v, err := s.catalog.Lookup(path)
	if err != nil {
		return nil, err
	}
	a := &Answer{Kind: "success"}
	d := &planpb.TableDescriptor{Schema: &planpb.TableSchema{}}
	if v != nil {
		schema, err := s.viewSchema(v)
		if err != nil {
			return nil, err
		}
		for _, f := range schema.Fields {
			d.Schema.Columns = append(d.Schema.Columns,
				&planpb.TableSchema_Column{Name: f.Name, Type: f.Type.String()})
		}
		a.IsView, a.Text, d.Comment = true, v.Text, v.Comment
	} else {
		d = tableDescriptor(t)
	}
	a.Descriptor, err = protojson.Marshal(d)
	return a, err
}

// tableDescriptor is binder.TableOf undone.
func tableDescriptor(t *catalog.Table) *planpb.TableDescriptor {
	schema := &planpb.TableSchema{PrimaryKey: t.PrimaryKey, PrimaryKeyName: t.PrimaryKeyName}
	for _, c := range t.Columns {
		col := &planpb.TableSchema_Column{Name: c.Name, Comment: c.Comment}
		switch c.Kind {
		case catalog.Computed:
			col.Computed = expression(c.ExprPB, c.ExprSQL)
		case catalog.Metadata:
			col.Metadata, col.MetadataKey, col.Virtual = true, c.Key, c.Virtual
			col.Type = c.Type.String()
		default:
			col.Type = c.Type.String()
		}
		schema.Columns = append(schema.Columns, col)
	}
	if w := t.Watermark; w != nil {
		schema.Watermarks = append(schema.Watermarks, &planpb.TableSchema_Watermark{
			Column: w.Column, Expr: expression(w.ExprPB, w.ExprSQL)})
	}
	return &planpb.TableDescriptor{Schema: schema, Options: t.Options,
		PartitionKeys: t.PartitionKeys, Comment: t.Comment}
}

func expression(pb *planpb.Expr, sql string) *planpb.Expr {
	if pb != nil {
		return pb
	}
	return &planpb.Expr{Node: &planpb.Expr_Sql{Sql: sql}}
}
