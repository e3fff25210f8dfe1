package binder

import (
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/sql/logical"
)

func upper(s string) string { return strings.ToUpper(s) }

// from binds FROM; without one there is one row of no columns that names see.
func (b *binding) from(t ast.TableRef, outer *scope) (logical.Rel, *scope, error) {
	if t == nil {
		rel := &logical.Values{Rows: [][]expr.Expr{{expr.Int(0)}},
			Out: types.NewSchema(types.F("ZERO", types.Of(types.Int).Nullable(false)))}
		return rel, &scope{cols: []column{{name: "ZERO", typ: rel.Out.Fields[0].Type,
			hidden: true}}, outer: outer}, nil
	}
	rel, s, err := b.tableRef(t, outer)
	if err != nil {
		return nil, nil, err
	}
	s.outer = outer
	return rel, s, nil
}

func (b *binding) tableRef(t ast.TableRef, outer *scope) (logical.Rel, *scope, error) {
	switch t := t.(type) {
	case *ast.TableName:
		return b.tableName(t, outer)
	case *ast.DerivedTable:
		rel, err := b.query(t.Query, outer)
		if err != nil {
			return nil, nil, err
		}
		rel, s, err := b.aliased(rel, t.Alias, "")
		if err == nil && (t.Alias == nil || len(t.Alias.Columns) == 0) {
			ambiguities(s, t.Query)
		}
		return rel, s, err
	case *ast.Join:
		return b.join(t, outer)
	case *ast.TableFunction:
		if w, ok := windowFunctions[upper(t.Call.Name.Last().Name)]; ok {
			rel, err := b.windowTable(t.Call, w, outer)
			if err != nil {
				return nil, nil, err
			}
			return b.aliased(rel, t.Alias, "")
		}
		return b.correlate(oneRow(), &scope{outer: outer}, t, false, nil)
	case *ast.Unnest:
		return b.unnest(oneRow(), &scope{outer: outer}, t, false, nil)
	case *ast.MatchRecognize:
		rel, err := b.match(t, outer)
		if err != nil {
			return nil, nil, err
		}
		return b.aliased(rel, t.Alias, "")
	case *boundTable:
		return t.rel, scopeOf(t.rel.Schema(), t.alias), nil
	}
	return nil, nil, errs.Internalf("no table %T", t)
}

// boundTable is a relation that is bound already, where syntax is wanted.
type boundTable struct {
	ast.TableRef
	rel   logical.Rel
	alias string
}

// Pos implements ast.Node: it has no place in the source.
func (*boundTable) Pos() int { return 0 }

// End implements ast.Node.
func (*boundTable) End() int { return 0 }

func oneRow() logical.Rel { return &logical.Values{Rows: [][]expr.Expr{{}}, Out: &types.Schema{}} }

// aliased names a relation and, when the alias has columns, them.
func (b *binding) aliased(
	rel logical.Rel, a *ast.Alias, name string,
) (logical.Rel, *scope, error) {
	if a == nil {
		return rel, scopeOf(rel.Schema(), name), nil
	}
	if len(a.Columns) > 0 {
		var err error
		if rel, err = b.renamed(a, rel, a.Columns); err != nil {
			return nil, nil, err
		}
	}
	return rel, scopeOf(rel.Schema(), a.Name.Name), nil
}

func (b *binding) renamed(n ast.Node, rel logical.Rel, names []ast.Ident) (logical.Rel, error) {
	if len(names) != rel.Schema().Len() {
		return nil, b.errorf(n, "%d column names for %d columns", len(names), rel.Schema().Len())
	}
	if err := b.distinctNames(names); err != nil {
		return nil, err
	}
	list := make([]expr.Expr, len(names))
	as := make([]string, len(names))
	for i, f := range rel.Schema().Fields {
		list[i], as[i] = expr.NewColumn(i, f.Name, f.Type), names[i].Name
	}
	return project(rel, list, as), nil
}

func (b *binding) tableName(t *ast.TableName, outer *scope) (logical.Rel, *scope, error) {
	if err := b.countTable(t); err != nil {
		return nil, nil, err
	}
	rel, err := b.named(t, outer)
	if err != nil {
		return nil, nil, b.at(t.Name, err)
	}
	if t.AsOf != nil {
		x := &exprs{binding: b, scope: &scope{outer: outer}, clause: "FOR SYSTEM_TIME AS OF"}
		period, err := x.bind(t.AsOf)
		if err != nil {
			return nil, nil, err
		}
		rel = &logical.Snapshot{Input: rel, Period: period,
			Placed: func(err error) error { return b.at(t.AsOf, err) }}
	}
	if t.Sample != nil {
		return nil, nil, b.unsupported(t.Sample, "TABLESAMPLE")
	}
	return b.aliased(rel, t.Alias, t.Name.Last().Name)
}

func (b *binding) named(t *ast.TableName, outer *scope) (logical.Rel, error) {
	parts := t.Name.Strings()
	if len(parts) == 1 {
		for i := len(b.ctes) - 1; i >= 0; i-- {
			if c := b.ctes[i]; c.name == parts[0] {
				return b.cte(t, c, outer)
			}
		}
	}
	table, view, err := b.Catalog.Lookup(parts)
	if err != nil {
		return nil, err
	}
	if view != nil {
		return b.view(t, view)
	}
	options := map[string]string{}
	for _, h := range t.Hints {
		if name := upper(h.Name); name != "OPTIONS" {
			return nil, b.at(h, errs.Userf("there is no hint %s behind a table", name).
				Fix("%s", behindTable(name)))
		}
		for _, o := range h.Options {
			options[o.Key] = o.Value
		}
	}
	rel, err := b.Table(table, options)
	if scan := scanOf(rel); scan != nil {
		scan.Placed = func(err error) error { return b.at(t.Name, err) }
	}
	return rel, err
}

func (b *binding) cte(t *ast.TableName, c cte, outer *scope) (logical.Rel, error) {
	saved := b.ctes
	b.ctes = b.ctes[:c.depth]
	defer func() { b.ctes = saved }()
	rel, err := b.query(c.query, outer)
	if err == nil && len(c.columns) == 0 {
		err = b.distinctColumns(c.query)
	}
	if err != nil || len(c.columns) == 0 {
		return rel, err
	}
	return b.renamed(t, rel, c.columns)
}

// view expands a view in the catalog and database that it was made in.
func (b *binding) view(n ast.Node, v *catalog.View) (logical.Rel, error) {
	path := v.Path.String()
	if slices.Contains(b.views, path) {
		return nil, errs.Userf("view %s contains itself", v.Path.Dotted())
	}
	if v.Program != nil {
		if err := b.Program(v.Program); err != nil {
			return nil, err
		}
	}
	var rel logical.Rel
	err := b.Catalog.Within(v.Catalog, v.Database, func() error {
		inner := &binding{Binder: b.Binder, src: v.Text, views: append(b.views, path),
			tables: b.tables}
		var err error
		if v.Rel != nil {
			rel, err = inner.Rel(v.Rel)
			return err
		}
		q, err := b.ParseView(v.Text)
		if err == nil {
			rel, err = inner.query(q, nil)
		}
		return err
	})
	if err != nil || len(v.Columns) == 0 {
		return rel, err
	}
	names := make([]ast.Ident, len(v.Columns))
	for i, c := range v.Columns {
		names[i].Name = c
	}
	return b.renamed(n, rel, names)
}

var joinKinds = map[ast.JoinKind]plan.JoinKind{
	ast.InnerJoin: plan.InnerJoin, ast.LeftJoin: plan.LeftJoin, ast.RightJoin: plan.RightJoin,
	ast.FullJoin: plan.FullJoin, ast.CrossJoin: plan.InnerJoin, ast.CommaJoin: plan.InnerJoin,
}

func (b *binding) join(j *ast.Join, outer *scope) (logical.Rel, *scope, error) {
	left, ls, err := b.tableRef(j.Left, outer)
	if err != nil {
		return nil, nil, err
	}
	switch right := j.Right.(type) {
	case *ast.TableFunction:
		if _, ok := windowFunctions[upper(right.Call.Name.Last().Name)]; !ok {
			return b.correlateJoin(j, left, ls, outer, func(s *scope) (logical.Rel, *scope, error) {
				return b.correlate(left, s, right, j.Kind == ast.LeftJoin, j.On)
			})
		}
	case *ast.Unnest:
		return b.correlateJoin(j, left, ls, outer, func(s *scope) (logical.Rel, *scope, error) {
			return b.unnest(left, s, right, j.Kind == ast.LeftJoin, j.On)
		})
	case *ast.TableName:
		if right.AsOf != nil {
			return b.temporal(j, left, ls, right, outer)
		}
	case *ast.DerivedTable:
		if right.Lateral {
			return b.lateral(j, left, ls, right, outer)
		}
	}
	right, rs, err := b.tableRef(j.Right, outer)
	if err != nil {
		return nil, nil, err
	}
	return b.joined(j, left, ls, right, rs, outer)
}

func (b *binding) correlateJoin(
	j *ast.Join, left logical.Rel, ls *scope, outer *scope,
	make func(s *scope) (logical.Rel, *scope, error),
) (logical.Rel, *scope, error) {
	if j.Kind == ast.RightJoin || j.Kind == ast.FullJoin {
		return nil, nil, b.errorf(j, "a table function can only be joined by CROSS, INNER or LEFT JOIN")
	}
	ls.outer = outer
	return make(ls)
}

// joined joins two bound relations on the join's condition, USING columns or common columns.
func (b *binding) joined(
	j *ast.Join, left logical.Rel, ls *scope, right logical.Rel, rs *scope, outer *scope,
) (logical.Rel, *scope, error) {
	kind := joinKinds[j.Kind]
	both := ls.add(rs)
	both.outer = outer
	rel := &logical.Join{Kind: kind, Left: left, Right: right, Hints: b.joinHints(ls, rs),
		Out: logical.JoinSchema(kind, left.Schema(), right.Schema())}
	using := j.Using
	if j.Natural {
		for _, c := range ls.cols {
			if i, _, err := rs.find([]string{c.name}); err == nil && i >= 0 && !c.hidden {
				using = append(using, ast.Ident{Span: j.Span, Name: c.name})
			}
		}
	}
	var out logical.Rel = rel
	var err error
	switch {
	case len(using) > 0:
		return b.joinUsing(rel, ls, rs, both, using)
	case j.On != nil:
		var bothRel logical.Rel = rel
		x := &exprs{binding: b, scope: both, clause: "ON", rel: &bothRel}
		x.rel = nil
		if rel.Condition, err = x.condition(j.On); err != nil {
			return nil, nil, err
		}
		if expr.IsTrue(rel.Condition) {
			rel.Condition = nil
		}
	}
	return out, padScope(kind, ls, rs, both), nil
}

func padScope(kind plan.JoinKind, ls, rs, both *scope) *scope {
	l, r := ls, rs
	if kind == plan.RightJoin || kind == plan.FullJoin {
		l = ls.padded()
	}
	if kind == plan.LeftJoin || kind == plan.FullJoin {
		r = rs.padded()
	}
	s := l.add(r)
	s.outer = both.outer
	return s
}

// joinUsing: the columns come once, first, as COALESCE of both sides in outer joins.
func (b *binding) joinUsing(
	rel *logical.Join, ls, rs, both *scope, using []ast.Ident,
) (logical.Rel, *scope, error) {
	var conds []expr.Expr
	type pair struct{ l, r int }
	var pairs []pair
	for _, id := range using {
		l, _, err := ls.find([]string{id.Name})
		if err != nil {
			return nil, nil, b.at(id, err)
		}
		r, _, err := rs.find([]string{id.Name})
		if err != nil {
			return nil, nil, b.at(id, err)
		}
		if l < 0 || r < 0 {
			return nil, nil, b.errorf(id, "column '%s' of USING is not on both sides", id.Name)
		}
		r += len(ls.cols)
		eq, err := expr.NewCall("=", both.column(l), both.column(r))
		if err != nil {
			return nil, nil, b.at(id, err)
		}
		conds = append(conds, eq)
		pairs = append(pairs, pair{l, r})
	}
	var err error
	if rel.Condition, err = expr.NewAnd(conds...); err != nil {
		return nil, nil, err
	}
	s := padScope(rel.Kind, ls, rs, both)
	out := &scope{outer: both.outer}
	p := emptyProjector(rel)
	used := map[int]bool{}
	for i, pr := range pairs {
		var e expr.Expr = s.column(pr.l)
		if rel.Kind == plan.RightJoin {
			e = s.column(pr.r)
		} else if rel.Kind == plan.FullJoin {
			if e, err = expr.NewCoalesce(s.column(pr.l), s.column(pr.r)); err != nil {
				return nil, nil, err
			}
		}
		p.exprs, p.names = append(p.exprs, e), append(p.names, using[i].Name)
		out.cols = append(out.cols, column{name: using[i].Name, typ: e.Type(),
			table: s.cols[pr.l].table})
		used[pr.l], used[pr.r] = true, true
	}
	for i, c := range s.cols {
		if !used[i] {
			p.exprs, p.names = append(p.exprs, s.column(i)), append(p.names, c.name)
			out.cols = append(out.cols, c)
		}
	}
	return project(rel, p.exprs, p.names), out, nil
}
