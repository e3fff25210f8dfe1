package session

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/lower"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/binder"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/sql/logical"
)

func insertStatement(
	b *binder.Binder, text string, stmt ast.Statement,
) (*logical.Sink, error) {
	ins, ok := stmt.(*ast.Insert)
	if !ok {
		return nil, errs.Userf("only INSERT statements can be put into a statement set")
	}
	return b.Insert(text, ins)
}

// catalogRequest serves the catalog methods of TableEnvironment.
func (s *Session) catalogRequest(r *planpb.CatalogRequest) (*Answer, error) {
	if a, ok, err := s.catalogObject(r); ok {
		return a, err
	}
	cat, db := s.catalog.Current()
	a := &Answer{Kind: "success"}
	var err error
	switch r.GetVerb() {
	case "current":
		a.Names = []string{cat, db}
	case "use_catalog":
		err = s.catalog.UseCatalog(r.GetPath()[0])
	case "use_database":
		err = s.catalog.UseDatabase("", r.GetPath()[0])
	case "list_catalogs":
		a.Names = s.catalog.Catalogs()
	case "use_modules":
		err = s.useModules(r.GetPath())
	case "list_modules":
		a.Names, a.Used = s.modules.names, s.modules.used
	case "list_databases":
		var c catalog.Catalog
		if c, err = s.catalog.Catalog(cat); err == nil {
			a.Names = c.Databases()
		}
	case "list_tables":
		a.Names = append(s.catalog.Tables(cat, db), s.catalog.Views(cat, db)...)
	case "list_views":
		a.Names = s.catalog.Views(cat, db)
	case "list_temporary_tables":
		a.Names = s.catalog.TemporaryTables(cat, db)
	case "list_temporary_views":
		a.Names = s.catalog.TemporaryTables(cat, db)
	case "list_user_functions":
		a.Names = s.catalog.UserFunctions()
	case "list_functions":
		a.Names = append(s.catalog.UserFunctions(), lowered(function.Names())...)
	default:
		return s.changeCatalog(r)
	}
	return a, err
}

func (s *Session) changeCatalog(r *planpb.CatalogRequest) (*Answer, error) {
	path, err := s.catalog.Qualify(r.GetPath())
	if err != nil {
		return nil, err
	}
	a := &Answer{Kind: "success"}
	switch r.GetVerb() {
	case "create_table":
		if r.GetIgnoreIfExists() && s.exists(path) {
			return a, nil
		}
		t, err := binder.TableOf(path, r.GetDescriptor_())
		if err != nil {
			return nil, err
		}
		t.Temporary = r.GetTemporary()
		if _, err := s.binder().ResolveSchema(t); err != nil {
			return nil, err
		}
		return a, s.catalog.PutTable(t, false)
	case "drop_table", "drop_view":
		a.Found, err = s.catalog.DropTable(path, r.GetTemporary(), r.GetVerb() == "drop_view")
	case "create_function":
		f := &catalog.Function{Path: path, Spec: r.GetFunction(), Temporary: r.GetTemporary(),
			System: r.GetOptions()["system"] == "true"}
		if f.Spec.GetPath() != "" && len(f.Spec.GetPickled()) == 0 {
			if f.Spec, err = s.describeFunction(f.Spec.GetPath()); err != nil {
				return nil, err
			}
		}
		err = s.catalog.PutFunction(f, r.GetOptions()["replace"] == "true")
		if err != nil && r.GetIgnoreIfExists() {
			err = nil
		}
	case "drop_function":
		a.Found, err = s.catalog.DropFunction(path, r.GetTemporary(),
			r.GetOptions()["system"] == "true")
	case "get_table":
		return s.describeTable(r.GetPath())
	default:
		return nil, errs.Internalf("unknown verb '%s'", r.GetVerb())
	}
	return a, err
}

// describeTable says what a table or view is: its schema, key and options.
func (s *Session) describeTable(path []string) (*Answer, error) {
	t, v, err := s.catalog.Lookup(path)
	if err != nil {
		return nil, err
	}
	if v != nil {
		schema, err := s.viewSchema(v)
		if err != nil {
			return nil, err
		}
		a := schemaAnswer(schema)
		a.IsView, a.Text = true, v.Text
		return a, nil
	}
	schema, err := s.binder().ResolveSchema(t)
	if err != nil {
		return nil, err
	}
	a := schemaAnswer(schema)
	a.Options, a.PrimaryKey, a.Text = t.Options, t.PrimaryKey, t.Comment
	return a, nil
}

// explainRequest explains a statement or a program.
func (s *Session) explainRequest(r *planpb.Explain) (*Answer, error) {
	if r.GetProgram() == nil {
		return s.explainText(r.GetText(), r.GetDetails())
	}
	g := &plan.Graph{}
	if err := s.lower(lower.New(g), r.GetProgram()); err != nil {
		return nil, err
	}
	python, err := explainPython(g, s.merged(r.GetProgram().GetConfig()))
	return &Answer{Kind: "text", Text: g.Explain() + python}, err
}
