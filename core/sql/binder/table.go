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
			if e, err = b.columnExpr(&c, in); err != nil {
				return nil, errs.Userf("computed column '%s' of table %s", c.Name,
					t.Path.Dotted()).Wrap(err)
			}
		}
		p.exprs, p.names = append(p.exprs, e), append(p.names, c.Name)
	}
	return project(scan, p.exprs, p.names), nil
}

func (b *binding) columnExpr(c *catalog.Column, in *scope) (expr.Expr, error) {
	own := &binding{Binder: b.Binder}
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
	place := "watermark of table " + t.Path.Dotted()
	if i < 0 {
		return nil, errs.Userf("there is no column '%s'", w.Column).At("%s", place).
			Fix("%s", errs.DidYouMean(w.Column, schema.Names()))
	}
	ft := schema.Fields[i].Type
	if !ft.IsTimestamp() || ft.Precision > 3 {
		return nil, errs.Userf("column '%s' must be TIMESTAMP(p) or TIMESTAMP_LTZ(p) with p ≤ 3, it is %s",
			w.Column, ft).At("%s", place).Fix("cast it in a computed column")
	}
	own := &binding{Binder: b.Binder}
	x := &exprs{binding: own, scope: scopeOf(schema, t.Path.Name), clause: "WATERMARK"}
	syntax := w.Expr
	if w.ExprPB != nil {
		var err error
		if syntax, err = own.pbExpr(w.ExprPB); err != nil {
			return nil, err
		}
	}
	e, err := x.bind(syntax)
	if err != nil {
		return nil, errs.Userf("").At("%s", place).Wrap(err)
	}
	if !e.Type().IsTimestamp() {
		return nil, errs.Userf("its expression gives %s, not a timestamp", e.Type()).At("%s", place)
	}
	out := &types.Schema{Fields: append([]types.Field{}, schema.Fields...)}
	out.Fields[i].Type = ft.WithAttr(types.RowTime)
	return &logical.Watermark{Input: rel, Column: i, Expr: e, Out: out}, nil
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
