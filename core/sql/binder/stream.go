package binder

import (
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/sql/logical"
	"github.com/headrace/headrace/core/sql/parser"
)

// streamScan reads a stream as a table: the fields of a ROW or TUPLE element become columns, any
// other element one column. A schema may add computed columns, the record's timestamp ("rowtime"
// metadata) and a watermark.
func (b *binding) streamScan(n *plan.Node, s *planpb.Rel_StreamScan) (logical.Rel, error) {
	value := n.Schema.Fields[0].Type
	scan := &logical.StreamScan{Node: n, RowTime: -1, Changelog: plan.InsertOnly,
		Out: &types.Schema{}}
	if s.GetChangelog() {
		scan.Changelog = plan.Retract
		if s.GetMode() == "upsert" {
			scan.Changelog = plan.Upsert
		}
	}
	fields := []types.Field{types.F("f0", value)}
	at := []int{-1}
	if value.Kind == types.Row {
		fields, at = nil, nil
		for i, f := range value.Fields {
			if f.Name != plan.KindField {
				fields, at = append(fields, f), append(at, i)
			}
		}
	}
	if scan.Changelog == plan.Upsert && len(s.GetSchema().GetPrimaryKey()) == 0 {
		return nil, errs.Userf("a stream of upserts is a table only with a primary key").
			Fix("give from_changelog_stream() a Schema with primary_key(…), or ChangelogMode.all() " +
				"where updates come in pairs")
	}
	if len(s.GetSchema().GetColumns()) == 0 && s.GetSchema().GetWatermarks() == nil &&
		scan.Changelog != plan.Upsert {
		scan.Out.Fields, scan.Columns = append(scan.Out.Fields, fields...), at
		return scan, nil
	}
	t, err := TableOf(catalog.Path{Name: "*stream*"},
		&planpb.TableDescriptor{Schema: s.GetSchema()})
	if err != nil {
		return nil, err
	}
	if err := wholeSchema(t, fields); err != nil {
		return nil, err
	}
	hidden := &types.Schema{Fields: fields}
	for i, c := range t.Columns {
		switch c.Kind {
		case catalog.Metadata:
			if c.MetadataKey() != "rowtime" {
				return nil, errs.Userf("a stream has no metadata '%s'", c.MetadataKey()).
					Fix("only 'rowtime'")
			}
			scan.Columns = append(scan.Columns, -2)
		case catalog.Physical:
			k := hidden.Index(c.Name)
			if k < 0 {
				return nil, errs.Userf("the stream has no field '%s', it has %s", c.Name,
					strings.Join(hidden.Names(), ", ")).
					Fix("give fields other names with Table.alias(…)")
			}
			scan.Columns = append(scan.Columns, at[k])
			if c.Type.Kind == types.Null {
				t.Columns[i].Type = fields[k].Type
			}
		default:
			continue
		}
		scan.Out.Fields = append(scan.Out.Fields, types.F(c.Name, t.Columns[i].Type))
	}
	for k, f := range fields { // what is not declared is there for computed columns alone
		if scan.Out.Index(f.Name) < 0 && hasComputed(t) {
			scan.Columns, scan.Out.Fields = append(scan.Columns, at[k]), append(scan.Out.Fields, f)
		}
	}
	for _, name := range t.PrimaryKey {
		k := scan.Out.Index(name)
		if k < 0 {
			return nil, errs.Userf("the stream has no field '%s' of the primary key", name)
		}
		if scan.Changelog == plan.Upsert {
			scan.UpsertKey = append(scan.UpsertKey, k)
		}
	}
	return b.overScan(t, scan)
}

// wholeSchema puts the stream's own fields in front of a schema that declares none of them.
func wholeSchema(t *catalog.Table, fields []types.Field) error {
	if slices.ContainsFunc(t.Columns, func(c catalog.Column) bool {
		return c.Kind == catalog.Physical
	}) {
		return nil
	}
	var own []catalog.Column
	for _, f := range fields {
		for _, c := range t.Columns {
			if c.Name == f.Name {
				return errs.Userf("column '%s' of the schema has the name of a field", c.Name).
					At("schema of the stream").Fix("give the computed column another name")
			}
		}
		own = append(own, catalog.Column{Name: f.Name, Type: f.Type})
	}
	t.Columns = append(own, t.Columns...)
	return nil
}

func hasComputed(t *catalog.Table) bool {
	return slices.ContainsFunc(t.Columns, func(c catalog.Column) bool {
		return c.Kind == catalog.Computed
	})
}

// overScan puts the computed columns and the watermark of t on a relation of its other columns.
func (b *binding) overScan(t *catalog.Table, rel logical.Rel) (logical.Rel, error) {
	var err error
	if hasComputed(t) {
		if rel, err = b.computed(t, rel); err != nil {
			return nil, err
		}
	}
	switch {
	case t.Watermark == nil:
		return rel, nil
	case ofSource(t.Watermark):
		return rel, streamTime(rel.Schema(), t.Watermark.Column)
	}
	return b.watermark(t, rel)
}

// ofSource says whether a watermark is SOURCE_WATERMARK(): those that the stream has already.
func ofSource(w *catalog.Watermark) bool {
	syntax := w.Expr
	if sql := w.ExprPB.GetSql(); sql != "" {
		parsed, err := parser.ParseExpr(sql)
		if err != nil {
			return false // it will be found when it is bound
		}
		syntax = parsed
	}
	name := w.ExprPB.GetCall().GetName()
	if call, ok := syntax.(*ast.Call); ok && len(call.Args) == 0 {
		name = call.Name.Last().Name
	}
	return strings.EqualFold(strings.ReplaceAll(name, "_", ""), "sourceWatermark")
}

// streamTime makes a column of a stream its row-time attribute.
func streamTime(schema *types.Schema, column string) error {
	i := schema.Index(column)
	if i < 0 {
		return errs.Userf("there is no column '%s'", column).At("watermark of the stream").
			Fix("%s", errs.DidYouMean(column, schema.Names()))
	}
	t := schema.Fields[i].Type
	if !t.IsTimestamp() || t.Precision > 3 {
		return errs.Userf("column '%s' must be TIMESTAMP(p) or TIMESTAMP_LTZ(p) with p ≤ 3, it is %s",
			column, t).At("watermark of the stream").Fix("cast it in a computed column")
	}
	schema.Fields[i].Type = t.WithAttr(types.RowTime)
	return nil
}
