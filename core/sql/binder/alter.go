package binder

import (
	"maps"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/catalog"
)

// Alter returns the table that ALTER TABLE makes of t, which stays as it is.
func (b *Binder) Alter(
	src string, t *catalog.Table, action ast.AlterAction,
) (*catalog.Table, error) {
	bd := &binding{Binder: b, src: src}
	out := *t
	out.Columns = slices.Clone(t.Columns)
	out.Options = maps.Clone(t.Options)
	out.PrimaryKey = slices.Clone(t.PrimaryKey)
	if err := bd.alter(&out, action); err != nil {
		return nil, bd.at(action, err)
	}
	if add, ok := action.(*ast.AddElements); ok {
		bd.declare(add.Elements)
	}
	if _, err := bd.Table(&out, nil); err != nil {
		return nil, bd.at(action, err)
	}
	return &out, nil
}

func (b *binding) alter(t *catalog.Table, action ast.AlterAction) error {
	switch a := action.(type) {
	case *ast.RenameColumn:
		return b.renameColumn(t, a)
	case *ast.SetOptions:
		for _, o := range a.Options {
			t.Options[o.Key] = o.Value
		}
	case *ast.ResetOptions:
		for _, k := range a.Keys {
			if k.Value == "connector" {
				return errs.Userf("'connector' cannot be reset: a table needs one")
			}
			delete(t.Options, k.Value)
		}
	case *ast.AddElements:
		return b.changeElements(t, a)
	case *ast.AddDistribution:
		if !a.Modify && t.Distribution != "" {
			return errs.Userf("the table has a distribution already").Fix("write MODIFY")
		}
		if err := b.distribute(t, a.Distribution); err != nil {
			return err
		}
	case *ast.DropDistribution:
		if t.Distribution == "" {
			return errs.Userf("the table has no distribution")
		}
		t.Distribution = ""
	case *ast.DropColumns:
		return b.dropTableColumns(t, a)
	case *ast.DropConstraint:
		if len(t.PrimaryKey) == 0 || a.Name != nil && a.Name.Name != t.PrimaryKeyName {
			return errs.Userf("the table has no such primary key")
		}
		t.PrimaryKey, t.PrimaryKeyName = nil, ""
	case *ast.DropWatermark:
		if t.Watermark == nil {
			return errs.Userf("the table has no watermark")
		}
		t.Watermark = nil
	case *ast.AddPartitions, *ast.DropPartitions:
		return errs.Userf("the catalog keeps no list of partitions: they are found by reading").
			Fix("write with INSERT INTO … PARTITION (…)")
	default:
		return errs.Userf("'%s' is not for tables", ast.Format(action))
	}
	return nil
}

// known finds the column that a name of one part means.
func (b *binding) known(t *catalog.Table, n *ast.Name) (int, error) {
	if !n.Simple() {
		return 0, b.unsupported(n, "changing a field of a ROW column")
	}
	name := n.Last().Name
	i := t.Column(name)
	if i < 0 {
		return 0, b.at(n, errs.Userf("table %s has no column '%s'", t.Path.Dotted(), name).
			Fix("%s", errs.DidYouMean(name, columnNames(t.Columns))))
	}
	return i, nil
}

func (b *binding) renameColumn(t *catalog.Table, a *ast.RenameColumn) error {
	i, err := b.known(t, a.From)
	if err != nil {
		return err
	}
	old := t.Columns[i].Name
	if t.Column(a.To.Name) >= 0 {
		return b.errorf(a.To, "column '%s' exists already", a.To.Name)
	}
	if slices.Contains(t.PartitionKeys, old) {
		return b.errorf(a.From, "'%s' is a partition column", old)
	}
	if t.Columns[i].Kind == catalog.Metadata && t.Columns[i].Key == "" {
		t.Columns[i].Key = old
	}
	t.Columns[i].Name = a.To.Name
	for k, key := range t.PrimaryKey {
		if key == old {
			t.PrimaryKey[k] = a.To.Name
		}
	}
	if t.Watermark != nil && t.Watermark.Column == old {
		return b.errorf(a.From, "the watermark is on column '%s'", old)
	}
	return nil
}

func (b *binding) dropTableColumns(t *catalog.Table, a *ast.DropColumns) error {
	for _, n := range a.Columns {
		i, err := b.known(t, n)
		if err != nil {
			return err
		}
		name := t.Columns[i].Name
		switch {
		case slices.Contains(t.PrimaryKey, name):
			return b.errorf(n, "column '%s' is part of the primary key", name)
		case slices.Contains(t.PartitionKeys, name):
			return b.errorf(n, "'%s' is a partition column", name)
		case t.Watermark != nil && t.Watermark.Column == name:
			return b.errorf(n, "the watermark is on column '%s'", name)
		case len(t.Columns) == 1:
			return b.errorf(n, "'%s' is the only column", name)
		}
		t.Columns = slices.Delete(t.Columns, i, i+1)
	}
	return nil
}

// changeElements adds or modifies columns, the primary key and the watermark.
func (b *binding) changeElements(t *catalog.Table, a *ast.AddElements) error {
	for _, e := range a.Elements {
		switch e := e.(type) {
		case *ast.ColumnDef:
			if err := b.changeColumn(t, e, a.Modify); err != nil {
				return err
			}
			continue
		case *ast.Watermark:
			if a.Modify != (t.Watermark != nil) {
				return b.errorf(e, "the table has %s watermark", either(a.Modify, "no", "already a"))
			}
		case *ast.Constraint:
			if a.Modify != (len(t.PrimaryKey) > 0) {
				return b.errorf(e, "the table has %s primary key", either(a.Modify, "no", "already a"))
			}
			t.PrimaryKey = nil
		}
		if err := b.element(t, e); err != nil {
			return err
		}
	}
	return b.primaryKey(a, a.Elements, t)
}

func (b *binding) changeColumn(t *catalog.Table, e *ast.ColumnDef, modify bool) error {
	at, comment := len(t.Columns), ""
	if modify {
		i, err := b.known(t, e.Name)
		if err != nil {
			return err
		}
		at = i
		comment = t.Columns[i].Comment
		t.Columns = slices.Delete(t.Columns, i, i+1)
	}
	if err := b.columnDef(t, e); err != nil {
		return err
	}
	if e.Comment == nil {
		t.Columns[len(t.Columns)-1].Comment = comment
	}
	if e.Position != nil {
		at = 0
		if e.Position.After != nil {
			i, err := b.known(t, e.Position.After)
			if err != nil {
				return err
			}
			at = i + 1
		}
	}
	last := len(t.Columns) - 1
	c := t.Columns[last]
	t.Columns = slices.Insert(t.Columns[:last:last], at, c)
	return nil
}
