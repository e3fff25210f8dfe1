package binder

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/catalog"
)

// TableOf makes a catalog table of CREATE TABLE and checks it: types, computed columns, watermark,
// primary key, partition columns.
func (b *Binder) TableOf(
	src string, path catalog.Path, s *ast.CreateTable,
) (*catalog.Table, error) {
	bd := &binding{Binder: b, src: src}
	t := &catalog.Table{Path: path, Options: map[string]string{}}
	merge := merging{}
	if s.Like != nil {
		var err error
		if merge, err = bd.like(t, s); err != nil {
			return nil, err
		}
	}
	for _, o := range s.Options {
		t.Options[o.Key] = o.Value
	}
	if err := bd.onceEach(s.Elements); err != nil {
		return nil, err
	}
	if s.Comment != nil {
		t.Comment = s.Comment.Value
	}
	for _, e := range s.Elements {
		at := merge.overwritten(t, e)
		if err := bd.element(t, e); err != nil {
			return nil, err
		}
		if at >= 0 {
			last := len(t.Columns) - 1
			t.Columns = slices.Insert(t.Columns[:last:last], at, t.Columns[last])
		}
	}
	if err := bd.metadataKeys(s, t); err != nil {
		return nil, err
	}
	if s.As != nil {
		if err := bd.columnsOf(t, s); err != nil {
			return nil, err
		}
	}
	for _, c := range s.PartitionedBy {
		if t.Column(c.Name) < 0 {
			return nil, bd.at(c, errs.Userf("partition column '%s' is not a column of the table",
				c.Name).Fix("%s", errs.DidYouMean(c.Name, columnNames(t.Columns))))
		}
		if t.Columns[t.Column(c.Name)].Kind != catalog.Physical {
			return nil, bd.errorf(c, "partition column '%s' is not a physical column", c.Name)
		}
		t.PartitionKeys = append(t.PartitionKeys, c.Name)
	}
	if s.Distribution != nil {
		if err := bd.distribute(t, s.Distribution); err != nil {
			return nil, err
		}
	}
	if err := bd.primaryKey(s.Name, s.Elements, t); err != nil {
		return nil, err
	}
	bd.declare(s.Elements)
	if _, err := bd.Table(t, nil); err != nil {
		return nil, bd.at(s.Name, err)
	}
	return t, nil
}

func (b *binding) element(t *catalog.Table, e ast.TableElement) error {
	switch e := e.(type) {
	case *ast.ColumnDef:
		return b.columnDef(t, e)
	case *ast.Watermark:
		t.Watermark = &catalog.Watermark{Column: e.Column.Last().Name, Expr: e.Expr,
			ExprSQL: ast.Format(e.Expr)}
	case *ast.Constraint:
		if e.Unique {
			return b.unsupported(e, "UNIQUE")
		}
		if e.Enforcement != ast.NotEnforced {
			return b.at(e, errs.Userf("a primary key is not enforced by the engine").
				Fix("write PRIMARY KEY (…) NOT ENFORCED"))
		}
		for _, c := range e.Columns {
			t.PrimaryKey = append(t.PrimaryKey, c.Name)
		}
		if e.Name != nil {
			t.PrimaryKeyName = e.Name.Name
		}
	}
	return nil
}

func (b *binding) columnDef(t *catalog.Table, e *ast.ColumnDef) error {
	c := catalog.Column{Name: e.Name.Last().Name}
	if t.Column(c.Name) >= 0 {
		return b.errorf(e.Name, "column '%s' is defined twice", c.Name)
	}
	if e.Comment != nil {
		c.Comment = e.Comment.Value
	}
	if e.Type != nil {
		var err error
		if c.Type, err = b.dataType(e.Type); err != nil {
			return err
		}
		if c.Type.Kind == types.Null {
			return b.errorf(e.Type, "a column cannot be of type NULL")
		}
	}
	switch {
	case e.Computed != nil:
		c.Kind, c.Expr, c.ExprSQL = catalog.Computed, e.Computed, ast.Format(e.Computed)
	case e.Metadata:
		c.Kind, c.Virtual = catalog.Metadata, e.Virtual
		if e.MetadataKey != nil {
			c.Key = e.MetadataKey.Value
		}
	}
	t.Columns = append(t.Columns, c)
	if e.Constraint != nil {
		k := *e.Constraint
		k.Columns = []ast.Ident{e.Name.Last()}
		return b.element(t, &k)
	}
	return nil
}

// columnsOf takes the columns of CREATE TABLE … AS from the query.
func (b *binding) columnsOf(t *catalog.Table, s *ast.CreateTable) error {
	rel, err := b.query(s.As, nil)
	if err != nil {
		return err
	}
	fields, err := b.chosen(rel.Schema(), s)
	if err != nil {
		return err
	}
	for _, f := range fields {
		if t.Column(f.Name) < 0 {
			ft := f.Type
			ft.Attr = types.NoTime
			t.Columns = append(t.Columns, catalog.Column{Name: f.Name, Type: ft})
		}
	}
	return nil
}

func (b *binding) primaryKey(
	n ast.Node, elements []ast.TableElement, t *catalog.Table,
) error {
	for _, k := range t.PrimaryKey {
		i := t.Column(k)
		if i < 0 || t.Columns[i].Kind != catalog.Physical {
			return b.at(keyColumn(n, elements, k),
				errs.Userf("primary key column '%s' is not a physical column of the table", k).
					Fix("%s", errs.DidYouMean(k, physical(t))))
		}
		t.Columns[i].Type = t.Columns[i].Type.Nullable(false)
	}
	return nil
}

// keyColumn is where the statement names a column of its primary key.
func keyColumn(n ast.Node, elements []ast.TableElement, name string) ast.Node {
	for _, e := range elements {
		if k, ok := e.(*ast.Constraint); ok {
			for _, c := range k.Columns {
				if c.Name == name {
					return c
				}
			}
		}
	}
	return n
}

func physical(t *catalog.Table) []string {
	var names []string
	for _, c := range t.Columns {
		if c.Kind == catalog.Physical {
			names = append(names, c.Name)
		}
	}
	return names
}
