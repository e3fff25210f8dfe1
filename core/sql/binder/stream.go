package binder

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/sql/logical"
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
	if len(s.GetSchema().GetColumns()) == 0 && s.GetSchema().GetWatermarks() == nil {
		scan.Out.Fields, scan.Columns = append(scan.Out.Fields, fields...), at
		return scan, nil
	}
	t, err := TableOf(catalog.Path{Name: "*stream*"},
		&planpb.TableDescriptor{Schema: s.GetSchema()})
	if err != nil {
		return nil, err
	}
	physical := false
	for _, c := range t.Columns {
		physical = physical || c.Kind == catalog.Physical
	}
	if !physical {
		var own []catalog.Column
		for _, f := range fields {
			own = append(own, catalog.Column{Name: f.Name, Type: f.Type})
		}
		t.Columns = append(own, t.Columns...)
	}
	next := 0
	for i, c := range t.Columns {
		switch c.Kind {
		case catalog.Metadata:
			if c.MetadataKey() != "rowtime" {
				return nil, errs.Userf("a stream has no metadata '%s'", c.MetadataKey()).
					Fix("only 'rowtime'")
			}
			scan.Columns = append(scan.Columns, -2)
		case catalog.Physical:
			k := next
			for j, f := range fields {
				if f.Name == c.Name {
					k = j
				}
			}
			if k >= len(fields) {
				return nil, errs.Userf("the stream has no field '%s'", c.Name)
			}
			scan.Columns = append(scan.Columns, at[k])
			if c.Type.Kind == types.Null {
				t.Columns[i].Type = fields[k].Type
			}
			next++
		default:
			continue
		}
		scan.Out.Fields = append(scan.Out.Fields, types.F(c.Name, t.Columns[i].Type))
	}
	return b.overScan(t, scan)
}

// overScan puts the computed columns and the watermark of t on a relation of its other columns.
func (b *binding) overScan(t *catalog.Table, rel logical.Rel) (logical.Rel, error) {
	var err error
	for _, c := range t.Columns {
		if c.Kind == catalog.Computed {
			if rel, err = b.computed(t, rel); err != nil {
				return nil, err
			}
			break
		}
	}
	if t.Watermark == nil {
		return rel, nil
	}
	return b.watermark(t, rel)
}
