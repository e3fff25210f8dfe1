package binder

import (
	"maps"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/sql/logical"
)

// Table binds a catalog table: a scan of its physical and metadata columns, a projection with the
// computed ones, the watermark. options are those of a hint.
func (b *binding) Table(t *catalog.Table, options map[string]string) (logical.Rel, error) {
	scan := &logical.Scan{Table: t, Options: t.Options, Out: &types.Schema{}, Source: t.Source}
	if len(options) > 0 {
		scan.Options = maps.Clone(t.Options)
		maps.Copy(scan.Options, options)
	}
	for i, c := range t.Columns {
		if c.Kind == catalog.Computed {
			continue
		}
		scan.Columns = append(scan.Columns, i)
		scan.Out.Fields = append(scan.Out.Fields, types.Field{Name: c.Name, Type: c.Type,
			Comment: c.Comment})
	}
	return b.overScan(t, scan)
}

func (b *binding) computed(t *catalog.Table, scan logical.Rel) (logical.Rel, error) {
	in := scopeOf(scan.Schema(), t.Path.Name)
	p := emptyProjector(scan)
	next := 0
	for _, c := range t.Columns {
		var e expr.Expr
		if c.Kind != catalog.Computed {
			e = in.column(next)
			next++
		} else {
			var err error
			if e, err = b.columnExpr(&c, in); hasPlace(err) {
				return nil, err
			} else if err != nil {
				return nil, errs.Userf("computed column '%s' of table %s", c.Name,
					t.Path.Dotted()).Wrap(err)
			}
		}
		p.exprs, p.names = append(p.exprs, e), append(p.names, c.Name)
	}
	return project(scan, p.exprs, p.names), nil
}

func (b *binding) columnExpr(c *catalog.Column, in *scope) (expr.Expr, error) {
	own := b.within(c.Expr)
	x := &exprs{binding: own, scope: in, clause: "a computed column"}
	if c.ExprPB != nil {
		e, err := own.pbExpr(c.ExprPB)
		if err != nil {
			return nil, err
		}
		return x.bind(e)
	}
	return x.bind(c.Expr)
}

// watermark makes the row-time attribute.
func (b *binding) watermark(t *catalog.Table, rel logical.Rel) (logical.Rel, error) {
	w := t.Watermark
	schema := rel.Schema()
	i := schema.Index(w.Column)
	if i < 0 {
		return nil, b.inWatermark(t, errs.Userf("there is no column '%s'", w.Column).
			Fix("%s", errs.DidYouMean(w.Column, schema.Names())))
	}
	ft := schema.Fields[i].Type
	if ft.Attr == types.ProcTime {
		return nil, b.inWatermark(t, errs.Userf("column '%s' is a processing-time attribute, which "+
			"has no watermark", w.Column))
	}
	if !ft.IsTimestamp() || ft.Precision > 3 {
		return nil, b.inWatermark(t, errs.Userf("column '%s' must be TIMESTAMP(p) or "+
			"TIMESTAMP_LTZ(p) with p ≤ 3, it is %s", w.Column, ft).
			Fix("cast it in a computed column"))
	}
	own := b.within(w.Expr)
	x := &exprs{binding: own, scope: scopeOf(schema, t.Path.Name), clause: "WATERMARK"}
	syntax := w.Expr
	if w.ExprPB != nil {
		var err error
		if syntax, err = own.pbExpr(w.ExprPB); err != nil {
			return nil, err
		}
	}
	e, err := x.bind(syntax)
	if hasPlace(err) {
		return nil, err
	} else if err != nil {
		return nil, b.inWatermark(t, errs.Userf("").Wrap(err))
	}
	if !e.Type().IsTimestamp() {
		return nil, b.inWatermark(t,
			errs.Userf("its expression gives %s, not a timestamp", e.Type()))
	}
	out := &types.Schema{Fields: append([]types.Field{}, schema.Fields...)}
	out.Fields[i].Type = ft.WithAttr(types.RowTime)
	return &logical.Watermark{Input: rel, Column: i, Expr: e, Out: out}, nil
}

// inWatermark names the table of a watermark, and the place of one that the statement writes.
func (b *binding) inWatermark(t *catalog.Table, e *errs.Error) error {
	place := "watermark of table " + t.Path.Dotted()
	if n := b.declared[t.Watermark.Expr]; n != nil && t.Watermark.Expr != nil {
		e.Msg = place + ": " + e.Msg
		return b.at(n, e)
	}
	return e.At("%s", place)
}

// ResolveSchema returns all columns of a table with the types of computed ones and time
// attributes, for DESCRIBE, validation and sinks.
func (b *Binder) ResolveSchema(t *catalog.Table) (*types.Schema, error) {
	rel, err := (&binding{Binder: b}).Table(t, nil)
	if err != nil {
		return nil, err
	}
	return rel.Schema(), nil
}

// scanOf is the scan below the computed columns and the watermark of a table.
func scanOf(rel logical.Rel) *logical.Scan {
	for rel != nil {
		if scan, ok := rel.(*logical.Scan); ok {
			return scan
		}
		in := rel.Inputs()
		if len(in) != 1 {
			return nil
		}
		rel = in[0]
	}
	return nil
}
