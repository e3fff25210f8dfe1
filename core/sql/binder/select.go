package binder

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/logical"
)

// item is one output column of a SELECT before its expression is final.
type item struct {
	e    expr.Expr
	name string
}

// selectQuery binds SELECT with, when q is given, the ORDER BY and LIMIT around it: ORDER BY sees
// the select list's aliases and the columns of FROM.
func (b *binding) selectQuery(s *ast.Select, q *ast.Query, outer *scope) (logical.Rel, error) {
	hints, err := b.queryHints(s.Hints)
	if err != nil {
		return nil, err
	}
	around := b.blockHints
	b.blockHints = hints
	defer func() { b.blockHints = around }()
	rel, in, err := b.from(s.From, outer)
	if err != nil {
		return nil, err
	}
	aggHints := b.aggregateHints(in)
	if err := b.unmatched(hints); err != nil {
		return nil, err
	}
	b.blockHints = nil // WHERE and the rest have blocks of their own
	if s.Where != nil {
		if rel, err = b.where(rel, in, s.Where); err != nil {
			return nil, err
		}
		in = rescope(in, rel)
	}
	calls := &callCollector{hints: aggHints}
	x := &exprs{binding: b, scope: in, rel: &rel, calls: calls, clause: "SELECT",
		named: s.Windows}
	if s.GroupBy != nil {
		calls.grouped = true
	}
	agg, err := b.groupBy(s, x)
	if err != nil {
		return nil, err
	}
	calls.defers = calls.grouped || s.Having != nil
	items, err := b.items(s, x)
	if err != nil {
		return nil, err
	}
	list := make([]expr.Expr, len(items))
	for i, it := range items {
		list[i] = it.e
	}
	extra := &tail{b: b, x: x, items: items, list: list}
	if err := extra.bind(s, q); err != nil {
		return nil, err
	}
	if calls.grouped || len(calls.aggs) > 0 {
		if rel, extra.list, err = b.aggregate(s, agg, rel, calls, extra); err != nil {
			return nil, err
		}
	}
	rel, extra.list = addLate(rel, calls.late, extra.list)
	if extra.having >= 0 {
		rel = &logical.Filter{Input: rel, Condition: extra.list[extra.having]}
	}
	if rel, extra.list, err = b.addOvers(rel, calls.overs, extra.list); err != nil {
		return nil, err
	}
	if extra.qualify >= 0 {
		rel = &logical.Filter{Input: rel, Condition: extra.list[extra.qualify]}
	}
	return b.finish(rel, s, q, items, extra)
}

// tail is the expressions of the clauses behind the select list; they go through the same steps
// (aggregation, windows), so they travel in one list with it.
type tail struct {
	b       *binding
	x       *exprs
	items   []item
	list    []expr.Expr
	having  int
	qualify int
	order   []int // positions in list
	keys    []orderKey
}

func (t *tail) bind(s *ast.Select, q *ast.Query) error {
	t.having, t.qualify = -1, -1
	if s.Having != nil {
		x := *t.x
		x.clause = "HAVING"
		t.x.calls.grouped = true
		e, err := x.condition(s.Having)
		if err != nil {
			return err
		}
		t.having = t.push(e)
	}
	if s.Qualify != nil {
		x := *t.x
		x.clause = "QUALIFY"
		e, err := x.condition(s.Qualify)
		if err != nil {
			return err
		}
		t.qualify = t.push(e)
	}
	if q == nil {
		return nil
	}
	for _, o := range q.OrderBy {
		e, err := t.orderExpr(o.Expr)
		if err != nil {
			return err
		}
		t.order = append(t.order, t.push(e))
		t.keys = append(t.keys, newOrderKey(e, o))
	}
	return nil
}

func (t *tail) push(e expr.Expr) int {
	t.list = append(t.list, e)
	return len(t.list) - 1
}

// orderExpr: a position, an alias of the select list, or an expression over FROM.
func (t *tail) orderExpr(e ast.Expr) (expr.Expr, error) {
	if n, ok := e.(*ast.Number); ok && n.Kind == ast.Integer {
		i, err := t.b.position(n, len(t.items))
		if err != nil {
			return nil, err
		}
		return t.items[i].e, nil
	}
	if c, ok := e.(*ast.ColumnRef); ok && c.Name.Simple() {
		var found expr.Expr
		for _, it := range t.items {
			switch {
			case it.name != c.Name.Parts[0].Name:
			case found != nil && !expr.Equal(found, it.e):
				return nil, t.b.at(c, errs.Userf("column '%s' is ambiguous", it.name).
					Fix("give the columns of the select list names of their own"))
			default:
				found = it.e
			}
		}
		if found != nil {
			return found, nil
		}
	}
	x := *t.x
	x.clause = "ORDER BY"
	return (&aliased{exprs: &x, items: t.items}).bind(e)
}

// aliased binds expressions that may use aliases of the select list inside: ORDER BY -total.
type aliased struct {
	*exprs
	items []item
}

func (a *aliased) bind(e ast.Expr) (expr.Expr, error) {
	out, err := a.exprs.bind(e)
	if err == nil {
		return out, nil
	}
	s := &scope{outer: a.scope.outer}
	for _, it := range a.items {
		s.cols = append(s.cols, column{name: it.name, typ: it.e.Type()})
	}
	x := *a.exprs
	x.scope, x.calls = s, nil
	over, aliasErr := x.bind(e)
	if aliasErr != nil {
		return nil, err
	}
	list := make([]expr.Expr, len(a.items))
	for i, it := range a.items {
		list[i] = it.e
	}
	return expr.Replace(over, list), nil
}

// items binds the select list and expands stars.
func (b *binding) items(s *ast.Select, x *exprs) ([]item, error) {
	var out []item
	for _, it := range s.Items {
		if star, ok := it.Expr.(*ast.Star); ok {
			cols, err := b.star(star, x.scope)
			if err != nil {
				return nil, err
			}
			b.freeze(star, x.scope)
			out = append(out, cols...)
			continue
		}
		e, err := x.bind(it.Expr)
		if err != nil {
			return nil, err
		}
		name := "EXPR$" + itoa(len(out))
		switch {
		case it.Alias != nil:
			name = it.Alias.Name
		default:
			if n, ok := impliedName(it.Expr); ok {
				name = n
			}
		}
		out = append(out, item{e: e, name: name})
	}
	return out, nil
}

// impliedName is the name of a column reference or field access.
func impliedName(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.ColumnRef:
		return e.Name.Last().Name, true
	case *ast.Field:
		_, ok := impliedName(e.X) // ROW(…).a has no name
		return e.Name.Name, ok
	}
	return "", false
}

// star expands * and t.*; t.* may also be the fields of a ROW column.
func (b *binding) star(s *ast.Star, in *scope) ([]item, error) {
	var out []item
	if s.Qualifier == nil {
		for i, c := range in.cols {
			if c.twice {
				return nil, b.at(s, ambiguous([]string{c.name}))
			}
			if !c.hidden {
				out = append(out, item{e: in.column(i), name: c.name})
			}
		}
		if len(out) == 0 {
			return nil, b.errorf(s, "SELECT * needs a FROM")
		}
		return out, nil
	}
	parts := s.Qualifier.Strings()
	if len(parts) == 1 {
		for i, c := range in.cols {
			if c.table == parts[0] {
				out = append(out, item{e: in.column(i), name: c.name})
			}
		}
		if len(out) > 0 {
			return out, nil
		}
	}
	row, err := in.resolve(parts)
	if err != nil {
		if len(parts) == 1 {
			err = in.noTable(parts[0])
		}
		return nil, b.at(s, err)
	}
	if row.Type().Kind != types.Row {
		return nil, b.errorf(s, "'%s' is no table and no ROW", ast.Format(s.Qualifier))
	}
	for i, f := range row.Type().Fields {
		e, err := expr.NewField(row, i)
		if err != nil {
			return nil, b.at(s, err)
		}
		out = append(out, item{e: e, name: f.Name})
	}
	return out, nil
}

// finish projects to the select list, with DISTINCT, ORDER BY and LIMIT on top.
func (b *binding) finish(
	rel logical.Rel, s *ast.Select, q *ast.Query, items []item, t *tail,
) (logical.Rel, error) {
	names := make([]string, len(items))
	for i, it := range items {
		names[i] = it.name
	}
	names = unique(names)
	list := t.list[:len(items)]
	if s.Quantifier == ast.Distinct {
		out := logical.Rel(&logical.Distinct{Input: project(rel, list, names)})
		if q == nil {
			return out, nil
		}
		return b.sortDistinct(out, list, t, q)
	}
	if q == nil || len(t.keys) == 0 {
		out := project(rel, list, names)
		if q == nil {
			return out, nil
		}
		return b.sorted(out, nil, q)
	}
	p := emptyProjector(rel)
	for i, e := range list {
		p.exprs, p.names = append(p.exprs, e), append(p.names, names[i])
	}
	keys := t.keys
	for i, at := range t.order {
		keys[i].e = t.list[at]
	}
	cols := make([]int, len(keys))
	for i, k := range keys {
		cols[i] = p.column(k.e)
	}
	wide := project(rel, p.exprs, p.names)
	for i, k := range keys {
		keys[i].e = expr.NewColumn(cols[i], p.names[cols[i]], k.e.Type())
	}
	sorted, err := b.sorted(wide, keys, q)
	if err != nil || wide.Schema().Len() == len(items) {
		return sorted, err
	}
	narrow := &types.Schema{Fields: wide.Schema().Fields[:len(items)]}
	return firstColumns(sorted, narrow), nil
}

// sortDistinct: ORDER BY over SELECT DISTINCT may use output columns only.
func (b *binding) sortDistinct(
	rel logical.Rel, list []expr.Expr, t *tail, q *ast.Query,
) (logical.Rel, error) {
	keys := t.keys
	for i, at := range t.order {
		found := false
		for c, e := range list {
			if expr.Equal(e, t.list[at]) {
				f := rel.Schema().Fields[c]
				keys[i].e, found = expr.NewColumn(c, f.Name, f.Type), true
				break
			}
		}
		if !found {
			return nil, b.errorf(q.OrderBy[i],
				"ORDER BY of SELECT DISTINCT must name a column of the select list")
		}
	}
	return b.sorted(rel, keys, q)
}

// unique makes names differ as Flink does: a second "a" becomes "a0".
func unique(names []string) []string {
	seen := map[string]bool{}
	out := make([]string, len(names))
	for i, n := range names {
		name := n
		for k := 0; seen[name]; k++ {
			name = n + itoa(k)
		}
		seen[name] = true
		out[i] = name
	}
	return out
}

// rescope extends a scope by the hidden columns that subqueries have joined to rel.
func rescope(s *scope, rel logical.Rel) *scope {
	out := &scope{cols: s.cols[:len(s.cols):len(s.cols)], outer: s.outer}
	for _, f := range rel.Schema().Fields[len(s.cols):] {
		out.cols = append(out.cols, column{name: f.Name, typ: f.Type, hidden: true})
	}
	return out
}
