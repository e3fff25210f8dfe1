package binder

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/catalog"
)

// onceEach refuses a second primary key, a second watermark and a key column that stands twice.
func (b *binding) onceEach(elements []ast.TableElement) error {
	var key, watermark bool
	for _, e := range elements {
		c, isKey := e.(*ast.Constraint)
		if d, ok := e.(*ast.ColumnDef); ok && d.Constraint != nil {
			isKey = true
		}
		if isKey && key {
			return b.errorf(e, "a table has one primary key")
		}
		key = key || isKey
		if c != nil {
			for i := range c.Columns {
				if slices.ContainsFunc(c.Columns[:i], func(o ast.Ident) bool {
					return o.Name == c.Columns[i].Name
				}) {
					return b.errorf(&c.Columns[i], "column '%s' stands in the primary key twice",
						c.Columns[i].Name)
				}
			}
		}
		if _, ok := e.(*ast.Watermark); ok {
			if watermark {
				return b.errorf(e, "a table has one watermark")
			}
			watermark = true
		}
	}
	return nil
}

// metadataKeys refuses two columns that read one metadata key.
func (b *binding) metadataKeys(s *ast.CreateTable, t *catalog.Table) error {
	seen := map[string]string{}
	for _, c := range t.Columns {
		if c.Kind != catalog.Metadata {
			continue
		}
		key := c.Key
		if key == "" {
			key = c.Name
		}
		if other, twice := seen[key]; twice {
			return b.at(s.Name, errs.Userf("the columns '%s' and '%s' are both from the metadata "+
				"key '%s'", other, c.Name, key).Fix("write '%s AS %s' for the second", c.Name, other))
		}
		seen[key] = c.Name
	}
	return nil
}

// distribute sets DISTRIBUTED BY, whose keys are physical columns.
func (b *binding) distribute(t *catalog.Table, d *ast.Distribution) error {
	for i := range d.Columns {
		name := d.Columns[i].Name
		if at := t.Column(name); at < 0 || t.Columns[at].Kind != catalog.Physical {
			return b.at(&d.Columns[i], errs.Userf("bucket key '%s' is not a physical column of the "+
				"table", name).Fix("%s", errs.DidYouMean(name, physical(t))))
		}
	}
	t.Distribution = ast.FormatQuoted(d)
	return nil
}

// chosen is the columns of the query of CREATE TABLE … AS, in the order of the list of names, if
// the statement has one.
func (b *binding) chosen(schema *types.Schema, s *ast.CreateTable) ([]types.Field, error) {
	var out []types.Field
	for _, e := range s.Elements {
		n, ok := e.(*ast.ColumnName)
		if !ok {
			continue
		}
		i := slices.IndexFunc(schema.Fields, func(f types.Field) bool {
			return f.Name == n.Name.Name
		})
		if i < 0 {
			return nil, b.at(n, errs.Userf("the query has no column '%s'", n.Name.Name).
				Fix("%s", errs.DidYouMean(n.Name.Name, schema.Names())))
		}
		out = append(out, schema.Fields[i])
	}
	switch len(out) {
	case 0:
		return schema.Fields, nil
	case len(schema.Fields):
		return out, nil
	}
	return nil, b.errorf(s.Name, "the list names %d of the query's %d columns", len(out),
		len(schema.Fields))
}
