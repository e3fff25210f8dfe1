package binder

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/catalog"
)

// likeFeatures are the parts of a table that LIKE copies, with what it does unless it says so.
var likeFeatures = map[string]string{"CONSTRAINTS": "INCLUDING", "DISTRIBUTION": "INCLUDING",
	"GENERATED": "INCLUDING", "METADATA": "INCLUDING", "OPTIONS": "OVERWRITING",
	"PARTITIONS": "INCLUDING", "WATERMARKS": "INCLUDING"}

// merging says for each feature whether the parts of the base are left out (EXCLUDING), must not
// be declared again (INCLUDING) or give way (OVERWRITING).
type merging map[string]string

// mergingOf reads the options of LIKE.
func (b *binding) mergingOf(l *ast.TableLike) (merging, error) {
	m := merging{}
	for i := range l.Options {
		o := &l.Options[i]
		if _, twice := m[o.Feature]; twice {
			return nil, b.errorf(o, "LIKE says twice what becomes of %s", o.Feature)
		}
		if o.Merge == "OVERWRITING" && (o.Feature == "ALL" || o.Feature == "CONSTRAINTS" ||
			o.Feature == "PARTITIONS" || o.Feature == "DISTRIBUTION") {
			return nil, b.at(o, errs.Userf("%s cannot be overwritten", o.Feature).
				Fix("write INCLUDING or EXCLUDING %s", o.Feature))
		}
		m[o.Feature] = o.Merge
	}
	for f, usual := range likeFeatures {
		if m[f] == "" {
			if m[f] = m["ALL"]; m[f] == "" {
				m[f] = usual
			}
		}
	}
	return m, nil
}

// keeps says whether the base's part stays where the statement declares one as well (own): that
// is an error unless the base's part is left out or overwritten.
func (b *binding) keeps(m merging, f string, has, own bool, n ast.Node) (bool, error) {
	if m[f] == "EXCLUDING" || !has {
		return false, nil
	}
	if own && m[f] == "INCLUDING" {
		return false, b.at(n, errs.Userf("the base table has its own %s", f).
			Fix("write LIKE … (EXCLUDING %s)", f))
	}
	return !own, nil
}

// like copies the parts of another table that LIKE's options include.
func (b *binding) like(t *catalog.Table, s *ast.CreateTable) (merging, error) {
	base, _, err := b.Catalog.Lookup(s.Like.Table.Strings())
	if err == nil && base == nil {
		err = errs.Userf("LIKE takes a table, not a view")
	}
	if err != nil {
		return nil, b.at(s.Like.Table, err)
	}
	m, err := b.mergingOf(s.Like)
	if err != nil {
		return nil, err
	}
	for _, c := range base.Columns {
		if c.Kind == catalog.Computed && m["GENERATED"] == "EXCLUDING" ||
			c.Kind == catalog.Metadata && m["METADATA"] == "EXCLUDING" {
			continue
		}
		t.Columns = append(t.Columns, c)
	}
	if err := b.likeOptions(t, base, m, s); err != nil {
		return nil, err
	}
	return m, b.likeParts(t, base, m, s)
}

func (b *binding) likeOptions(
	t, base *catalog.Table, m merging, s *ast.CreateTable,
) error {
	if m["OPTIONS"] == "EXCLUDING" {
		return nil
	}
	for k, v := range base.Options {
		t.Options[k] = v
	}
	for _, o := range s.Options {
		if _, has := base.Options[o.Key]; has && m["OPTIONS"] == "INCLUDING" {
			return b.at(s.Like, errs.Userf("the base table has an option '%s'", o.Key).
				Fix("write LIKE … (OVERWRITING OPTIONS)"))
		}
	}
	return nil
}

// likeParts takes the key, the partitions, the watermark and the distribution of the base.
func (b *binding) likeParts(t, base *catalog.Table, m merging, s *ast.CreateTable) error {
	var key, watermark bool
	for _, e := range s.Elements {
		switch e := e.(type) {
		case *ast.Constraint:
			key = true
		case *ast.ColumnDef:
			key = key || e.Constraint != nil
		case *ast.Watermark:
			watermark = true
		}
	}
	keep, err := b.keeps(m, "CONSTRAINTS", len(base.PrimaryKey) > 0, key, s.Like)
	if err != nil {
		return err
	}
	if keep {
		t.PrimaryKey, t.PrimaryKeyName = slices.Clone(base.PrimaryKey), base.PrimaryKeyName
	}
	keep, err = b.keeps(m, "PARTITIONS", len(base.PartitionKeys) > 0, len(s.PartitionedBy) > 0,
		s.Like)
	if err != nil {
		return err
	}
	if keep {
		t.PartitionKeys = slices.Clone(base.PartitionKeys)
	}
	keep, err = b.keeps(m, "WATERMARKS", base.Watermark != nil, watermark, s.Like)
	if err != nil {
		return err
	}
	if keep {
		t.Watermark = base.Watermark
	}
	keep, err = b.keeps(m, "DISTRIBUTION", base.Distribution != "", s.Distribution != nil, s.Like)
	if keep {
		t.Distribution = base.Distribution
	}
	return err
}

// overwritten takes the base's computed or metadata column out of t that e declares anew where LIKE
// says OVERWRITING, and returns its place; -1 for anything else.
func (m merging) overwritten(t *catalog.Table, e ast.TableElement) int {
	c, ok := e.(*ast.ColumnDef)
	if !ok {
		return -1
	}
	i := t.Column(c.Name.Last().Name)
	if i < 0 || (t.Columns[i].Kind != catalog.Computed || c.Computed == nil ||
		m["GENERATED"] != "OVERWRITING") && (t.Columns[i].Kind != catalog.Metadata || !c.Metadata ||
		m["METADATA"] != "OVERWRITING") {
		return -1
	}
	t.Columns = slices.Delete(t.Columns, i, i+1)
	return i
}
