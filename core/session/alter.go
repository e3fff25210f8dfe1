package session

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/catalog"
)

// alter runs ALTER ….
func (s *Session) alter(text string, stmt *ast.Alter) (*Answer, error) {
	switch stmt.Kind {
	case ast.TableObject:
		return s.alterTable(text, stmt)
	case ast.ViewObject:
		return s.alterView(text, stmt)
	case ast.DatabaseObject:
		return s.alterDatabase(stmt)
	case ast.CatalogObject:
		return s.alterCatalog(stmt)
	}
	if stmt.Kind == ast.MaterializedObject {
		return nil, noMaterialized("ALTER")
	}
	return nil, errs.Userf("ALTER %s is not supported", stmt.Kind)
}

func (s *Session) alterTable(text string, stmt *ast.Alter) (*Answer, error) {
	t, v, err := s.catalog.Lookup(stmt.Name.Strings())
	if err != nil {
		if stmt.IfExists {
			return success, nil
		}
		return nil, err
	}
	if v != nil {
		return nil, errs.Userf("'%s' is a view", v.Path.Dotted()).Fix("write ALTER VIEW")
	}
	if r, ok := stmt.Action.(*ast.Rename); ok {
		to, err := s.renamed(t.Path, r)
		if err != nil {
			return nil, err
		}
		moved := *t
		moved.Path = to
		if err := s.catalog.PutTable(&moved, false); err != nil {
			return nil, err
		}
		_, err = s.catalog.DropTable(t.Path, t.Temporary, false)
		return success, err
	}
	changed, err := s.binder().Alter(text, t, stmt.Action)
	if err != nil {
		return nil, err
	}
	return success, s.catalog.PutTable(changed, true)
}

// renamed is the path of RENAME TO: in the same database unless it says otherwise.
func (s *Session) renamed(from catalog.Path, r *ast.Rename) (catalog.Path, error) {
	parts := r.To.Strings()
	if len(parts) == 1 {
		from.Name = parts[0]
		return from, nil
	}
	return s.catalog.Qualify(parts)
}

func (s *Session) alterView(text string, stmt *ast.Alter) (*Answer, error) {
	t, v, err := s.catalog.Lookup(stmt.Name.Strings())
	if err != nil {
		if stmt.IfExists {
			return success, nil
		}
		return nil, err
	}
	if t != nil {
		return nil, errs.Userf("'%s' is a table", t.Path.Dotted()).Fix("write ALTER TABLE")
	}
	changed := *v
	switch a := stmt.Action.(type) {
	case *ast.Rename:
		if changed.Path, err = s.renamed(v.Path, a); err != nil {
			return nil, err
		}
		if err := s.catalog.PutView(&changed, false); err != nil {
			return nil, err
		}
		_, err = s.catalog.DropTable(v.Path, v.Temporary, true)
		return success, err
	case *ast.SetQuery:
		_, frozen, err := s.binder().ViewQuery(text, a.Query)
		if err != nil {
			return nil, err
		}
		changed.Text, changed.Rel, changed.Columns = frozen, nil, nil
		changed.Catalog, changed.Database = s.catalog.Current()
		return success, s.catalog.PutView(&changed, true)
	}
	return nil, errs.Userf("'%s' is not for views", ast.Format(stmt.Action))
}

func (s *Session) alterDatabase(stmt *ast.Alter) (*Answer, error) {
	parts := stmt.Name.Strings()
	name, _ := s.catalog.Current()
	if len(parts) > 1 {
		name = parts[0]
	}
	db, err := s.catalog.Database(name, parts[len(parts)-1])
	if err != nil {
		return nil, err
	}
	set, ok := stmt.Action.(*ast.SetOptions)
	if !ok {
		return nil, errs.Userf("'%s' is not for databases", ast.Format(stmt.Action))
	}
	for _, o := range set.Options {
		db.Options[o.Key] = o.Value
	}
	c, err := s.catalog.Catalog(name)
	if err != nil {
		return nil, err
	}
	return success, c.Save(db)
}

func (s *Session) alterCatalog(stmt *ast.Alter) (*Answer, error) {
	c, err := s.catalog.Catalog(stmt.Name.Last().Name)
	if err != nil {
		return nil, err
	}
	switch a := stmt.Action.(type) {
	case *ast.SetOptions:
		for _, o := range a.Options {
			c.Options()[o.Key] = o.Value
		}
	case *ast.ResetOptions:
		for _, k := range a.Keys {
			if k.Value == "type" {
				return nil, errs.Userf("'type' of a catalog cannot be reset")
			}
			delete(c.Options(), k.Value)
		}
	case *ast.SetComment:
		c.SetComment(a.Comment.Value)
	default:
		return nil, errs.Userf("'%s' is not for catalogs", ast.Format(stmt.Action))
	}
	return success, nil
}
