package binder

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/logical"
)

// query binds a complete query; outer is the scope around a subquery.
func (b *binding) query(q *ast.Query, outer *scope) (logical.Rel, error) {
	if q.With != nil {
		if q.With.Recursive {
			if err := b.recursion(q.With); err != nil {
				return nil, err
			}
		}
		saved := b.ctes
		defer func() { b.ctes = saved }()
		for _, c := range q.With.CTEs {
			b.ctes = append(b.ctes[:len(b.ctes):len(b.ctes)],
				cte{name: c.Name.Name, query: c.Query, columns: c.Columns, depth: len(b.ctes)})
		}
	}
	if s, ok := q.Body.(*ast.Select); ok {
		return b.selectQuery(s, q, outer)
	}
	rel, err := b.body(q.Body, outer)
	if err != nil {
		return nil, err
	}
	return b.order(rel, scopeOf(rel.Schema(), ""), q)
}

// recursion refuses a WITH query that reads itself; RECURSIVE alone changes nothing.
func (b *binding) recursion(w *ast.With) error {
	var found error
	for _, c := range w.CTEs {
		ast.Walk(c.Query, func(n ast.Node) bool {
			t, ok := n.(*ast.TableName)
			if ok && found == nil && t.Name.Simple() && t.Name.Last().Name == c.Name.Name {
				found = b.at(t, errs.Userf("'%s' reads itself: recursive queries are not supported",
					c.Name.Name).Fix("name another table, or loop in the program"))
			}
			return true
		})
	}
	return found
}

func (b *binding) body(body ast.QueryBody, outer *scope) (logical.Rel, error) {
	switch body := body.(type) {
	case *ast.Query:
		return b.query(body, outer)
	case *ast.Select:
		return b.selectQuery(body, nil, outer)
	case *ast.SetOp:
		return b.setOp(body, outer)
	case *ast.Values:
		return b.values(body, outer)
	case *ast.TableQuery:
		rel, _, err := b.tableName(&ast.TableName{Span: body.Span, Name: body.Name}, outer)
		return rel, err
	}
	return nil, errs.Internalf("no query body %T", body)
}

// order adds ORDER BY, OFFSET and LIMIT over the columns of rel.
func (b *binding) order(rel logical.Rel, s *scope, q *ast.Query) (logical.Rel, error) {
	var keys []orderKey
	x := &exprs{binding: b, scope: s, clause: "ORDER BY"}
	for _, o := range q.OrderBy {
		e, err := b.orderExpr(x, o.Expr, rel.Schema())
		if err != nil {
			return nil, err
		}
		keys = append(keys, newOrderKey(e, o))
	}
	return b.sorted(rel, keys, q)
}

// orderExpr binds an item of ORDER BY; a number is the position of an output column.
func (b *binding) orderExpr(x *exprs, e ast.Expr, out *types.Schema) (expr.Expr, error) {
	if n, ok := e.(*ast.Number); ok && n.Kind == ast.Integer {
		i, err := b.position(n, out.Len())
		if err != nil {
			return nil, err
		}
		return expr.NewColumn(i, out.Fields[i].Name, out.Fields[i].Type), nil
	}
	return x.bind(e)
}

func (b *binding) position(n *ast.Number, columns int) (int, error) {
	e, err := number(n.Text, n.Kind)
	if err != nil {
		return 0, b.at(n, err)
	}
	i, ok := expr.IntValue(e)
	if !ok || i < 1 || int(i) > columns {
		return 0, b.errorf(n, "position %s is not one of 1 to %d", n.Text, columns)
	}
	return int(i) - 1, nil
}

// sorted sorts and limits; keys that are no columns of rel are added for the sort and dropped.
func (b *binding) sorted(rel logical.Rel, keys []orderKey, q *ast.Query) (logical.Rel, error) {
	if len(keys) == 0 && q.Offset == nil && q.Limit == nil {
		return rel, nil
	}
	offset, err := b.count(q.Offset, 0)
	if err != nil {
		return nil, err
	}
	fetch, err := b.count(q.Limit, -1)
	if err != nil {
		return nil, err
	}
	out := rel.Schema()
	p := newProjector(rel)
	sort := &logical.Sort{Offset: offset, Fetch: fetch}
	for _, k := range keys {
		if _, ok := k.e.(*expr.Literal); ok {
			continue
		}
		sort.Keys = append(sort.Keys,
			plan.SortKey{Column: p.column(k.e), Desc: k.desc, NullsLast: k.nullsLast})
	}
	sort.Input = p.rel()
	if sort.Schema().Len() == out.Len() {
		return sort, nil
	}
	return firstColumns(sort, out), nil
}

// firstColumns projects to the leading columns of rel, under the schema's names.
func firstColumns(rel logical.Rel, out *types.Schema) logical.Rel {
	list := make([]expr.Expr, out.Len())
	for i, f := range out.Fields {
		list[i] = expr.NewColumn(i, f.Name, rel.Schema().Fields[i].Type)
	}
	return project(rel, list, out.Names())
}

func (b *binding) count(e ast.Expr, missing int64) (int64, error) {
	if e == nil {
		return missing, nil
	}
	x := &exprs{binding: b, scope: &scope{}, clause: "LIMIT"}
	v, err := x.bind(e)
	if err != nil {
		return 0, err
	}
	n, ok := expr.IntValue(expr.Fold(nil, v))
	if !ok || n < 0 {
		return 0, b.errorf(e, "LIMIT, OFFSET and FETCH take a number that is not negative")
	}
	return n, nil
}

func (b *binding) setOp(s *ast.SetOp, outer *scope) (logical.Rel, error) {
	left, err := b.body(s.Left, outer)
	if err != nil {
		return nil, err
	}
	right, err := b.body(s.Right, outer)
	if err != nil {
		return nil, err
	}
	return b.combine(s, string(s.Kind), s.All, left, right)
}

// combine makes a set operation; both sides are converted to their common types, the names are
// those of the left.
func (b *binding) combine(
	n ast.Node, kind string, all bool, left, right logical.Rel,
) (logical.Rel, error) {
	l, r := left.Schema(), right.Schema()
	if l.Len() != r.Len() {
		return nil, b.errorf(n, "%s needs equal numbers of columns: there are %d and %d",
			kind, l.Len(), r.Len())
	}
	out := &types.Schema{}
	for i := range l.Fields {
		t, ok := types.Common(l.Fields[i].Type, r.Fields[i].Type)
		if !ok {
			return nil, b.errorf(n, "column %d of %s is %s on the left and %s on the right",
				i+1, kind, l.Fields[i].Type, r.Fields[i].Type)
		}
		if l.Fields[i].Type.Attr == r.Fields[i].Type.Attr {
			t.Attr = l.Fields[i].Type.Attr
		}
		out.Fields = append(out.Fields, types.F(l.Fields[i].Name, t))
	}
	rels := []logical.Rel{convert(left, out), convert(right, out)}
	if u, ok := rels[0].(*logical.SetOp); ok && kind == "UNION" && all && u.Kind == kind && u.All {
		rels = append(slices.Clone(u.Rels), rels[1])
	}
	return &logical.SetOp{Kind: kind, All: all, Rels: rels, Out: out}, nil
}

// convert casts the columns of rel to the types of out where their representation differs.
func convert(rel logical.Rel, out *types.Schema) logical.Rel {
	list := make([]expr.Expr, out.Len())
	changed := false
	for i, f := range rel.Schema().Fields {
		c := expr.NewColumn(i, f.Name, f.Type)
		list[i] = expr.Coerce(c, out.Fields[i].Type)
		changed = changed || list[i] != expr.Expr(c)
	}
	if !changed {
		return rel
	}
	return project(rel, list, out.Names())
}

func (b *binding) values(v *ast.Values, outer *scope) (logical.Rel, error) {
	x := &exprs{binding: b, scope: &scope{outer: outer}, clause: "VALUES"}
	rows := make([][]expr.Expr, len(v.Rows))
	for i, r := range v.Rows {
		if i > 0 && len(r.Items) != len(v.Rows[0].Items) {
			return nil, b.errorf(r, "row %d has %d values, the first one %d", i+1, len(r.Items),
				len(v.Rows[0].Items))
		}
		var err error
		if rows[i], err = x.bindAll(r.Items); err != nil {
			return nil, err
		}
	}
	return b.valuesOf(v, rows, nil)
}

// valuesOf makes rows of one type a column; names nil: EXPR$0, ….
func (b *binding) valuesOf(n ast.Node, rows [][]expr.Expr, names []string) (logical.Rel, error) {
	out := &types.Schema{}
	for c := range rows[0] {
		kinds := make([]types.Type, len(rows))
		for r := range rows {
			kinds[r] = rows[r][c].Type()
		}
		t, ok := types.Common(kinds...)
		if !ok {
			return nil, b.errorf(n, "column %d of VALUES has no common type", c+1)
		}
		name := "EXPR$" + itoa(c)
		if names != nil {
			name = names[c]
		}
		out.Fields = append(out.Fields, types.F(name, t))
		for r := range rows {
			rows[r][c] = expr.Coerce(rows[r][c], t)
		}
	}
	return &logical.Values{Rows: rows, Out: out}, nil
}
