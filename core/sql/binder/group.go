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

// grouping is GROUP BY bound: key expressions over FROM, the sets of them, a legacy window.
type grouping struct {
	keys   []expr.Expr
	sets   [][]int
	window *plan.Window
	time   expr.Expr // the window's time column
}

func (b *binding) groupBy(s *ast.Select, x *exprs) (*grouping, error) {
	g := &grouping{}
	if s.GroupBy == nil {
		g.sets = [][]int{{}}
		return g, nil
	}
	if err := b.fewSets(s.GroupBy); err != nil {
		return nil, err
	}
	gx := *x
	gx.calls, gx.clause = nil, "GROUP BY"
	g.sets = [][]int{{}}
	for _, it := range s.GroupBy.Items {
		sets, err := b.groupItem(g, it, &gx, s)
		if err != nil {
			return nil, err
		}
		g.sets = cross(g.sets, sets)
	}
	for i, set := range g.sets {
		slices.Sort(set)
		g.sets[i] = slices.Compact(set)
	}
	x.calls.keys, x.calls.window, x.calls.windowTime = g.keys, g.window, g.time
	x.calls.neverEmpty = g.window != nil || !slices.ContainsFunc(g.sets,
		func(set []int) bool { return len(set) == 0 })
	return g, nil
}

// cross combines grouping sets: every one of a with every one of b.
func cross(a, b [][]int) [][]int {
	var out [][]int
	for _, x := range a {
		for _, y := range b {
			out = append(out, append(slices.Clone(x), y...))
		}
	}
	return out
}

func (b *binding) groupItem(
	g *grouping, it ast.GroupItem, x *exprs, s *ast.Select,
) ([][]int, error) {
	switch it := it.(type) {
	case *ast.GroupExpr:
		set, err := b.groupKey(g, it.Expr, x, s)
		return [][]int{set}, err
	case *ast.GroupSet:
		var set []int
		for _, e := range it.Exprs {
			keys, err := b.groupKey(g, e, x, s)
			if err != nil {
				return nil, err
			}
			set = append(set, keys...)
		}
		return [][]int{set}, nil
	case *ast.Grouping:
		return b.groupingSets(g, it, x, s)
	}
	return nil, errs.Internalf("no group item %T", it)
}

func (b *binding) groupingSets(
	g *grouping, it *ast.Grouping, x *exprs, s *ast.Select,
) ([][]int, error) {
	var parts [][][]int
	for _, i := range it.Items {
		sets, err := b.groupItem(g, i, x, s)
		if err != nil {
			return nil, err
		}
		parts = append(parts, sets)
	}
	var out [][]int
	switch it.Kind {
	case ast.GroupingSets:
		for _, p := range parts {
			out = append(out, p...)
		}
	case ast.Rollup:
		for n := len(parts); n >= 0; n-- {
			set := [][]int{{}}
			for _, p := range parts[:n] {
				set = cross(set, p)
			}
			out = append(out, set...)
		}
	case ast.Cube:
		for mask := 1<<len(parts) - 1; mask >= 0; mask-- {
			set := [][]int{{}}
			for i, p := range parts {
				if mask&(1<<(len(parts)-1-i)) != 0 {
					set = cross(set, p)
				}
			}
			out = append(out, set...)
		}
	}
	return out, nil
}

// notGrouped says that a column is not a key; GROUP BY 1 does not mean the first one.
func notGrouped(name string, g *grouping) error {
	e := errs.Userf("column '%s' must be in GROUP BY or inside of an aggregate", name)
	for _, k := range g.keys {
		if n, ok := k.(*expr.Literal); ok && n.Type().IsNumeric() {
			return e.Fix("a number in GROUP BY is a constant, not a position: name the column")
		}
	}
	return e
}

// groupKey binds one key: a select alias, a legacy window or an expression. A number is a constant,
// as in Flink, not a position.
func (b *binding) groupKey(g *grouping, e ast.Expr, x *exprs, s *ast.Select) ([]int, error) {
	if c, ok := e.(*ast.Call); ok && c.Name.Simple() {
		if w, ok := legacyWindows[upper(c.Name.Last().Name)]; ok {
			return nil, b.legacyWindow(g, c, w, x)
		}
	}
	if c, ok := e.(*ast.ColumnRef); ok && c.Name.Simple() {
		if i, _, _ := x.scope.find(c.Name.Strings()); i < 0 {
			for _, it := range s.Items {
				if it.Alias != nil && it.Alias.Name == c.Name.Parts[0].Name {
					e = it.Expr
				}
			}
		}
	}
	key, err := x.bind(e)
	if err != nil {
		return nil, err
	}
	for i, k := range g.keys {
		if expr.Equal(k, key) {
			return []int{i}, nil
		}
	}
	g.keys = append(g.keys, key)
	return []int{len(g.keys) - 1}, nil
}

// aggregate puts the Aggregate on rel and rewrites the expressions of the query to its output.
func (b *binding) aggregate(
	s *ast.Select, g *grouping, rel logical.Rel, calls *callCollector, t *tail,
) (logical.Rel, []expr.Expr, error) {
	p := emptyProjector(rel)
	a := &logical.Aggregate{Sets: g.sets}
	for _, k := range g.keys {
		a.Keys = append(a.Keys, p.column(k))
	}
	if g.window != nil {
		w := *g.window
		w.TimeColumn = p.column(g.time)
		a.Window = &w
		a.Properties = calls.props
	}
	for i, c := range calls.aggs {
		call := p.aggCall(c)
		if len(c.order) > 0 {
			for _, k := range c.order {
				call.Order = append(call.Order, plan.SortKey{Column: p.column(k.e), Desc: k.desc,
					NullsLast: k.nullsLast})
			}
		}
		call.OutName = "EXPR$" + itoa(i)
		a.Aggs = append(a.Aggs, call)
	}
	if len(p.exprs) == 0 { // COUNT(*) needs rows, not columns
		p.column(expr.Int(0))
	}
	a.Input = project(rel, p.exprs, p.names)
	a.Hints = calls.hints
	a.Out = aggregateSchema(a)
	list := make([]expr.Expr, len(t.list))
	for i, e := range t.list {
		var err error
		if list[i], err = b.afterAggregate(e, g, a, calls); err != nil {
			n := ast.Node(s)
			if i < len(s.Items) && len(t.items) == len(s.Items) {
				n = s.Items[i].Expr
			}
			return nil, nil, b.at(n, err)
		}
	}
	return a, list, nil
}

// aggregateSchema is keys, aggregates, window properties; keys that a grouping set leaves out are
// nullable, and several sets add a BIGINT that numbers the set ("$e").
func aggregateSchema(a *logical.Aggregate) *types.Schema {
	out := &types.Schema{}
	in := a.Input.Schema()
	for i, k := range a.Keys {
		f := in.Fields[k]
		for _, set := range a.Sets {
			if !slices.Contains(set, i) {
				f.Type = f.Type.Nullable(true)
			}
		}
		if a.Window == nil && f.Type.Attr != types.NoTime && !isWindowColumn(f.Name) {
			f.Type.Attr = types.NoTime
		}
		out.Fields = append(out.Fields, types.F(f.Name, f.Type))
	}
	for _, c := range a.Aggs {
		out.Fields = append(out.Fields, types.F(c.OutName, c.Type))
	}
	for _, p := range a.Properties {
		out.Fields = append(out.Fields, types.F(propertyName(p), propertyType(p, a.Window)))
	}
	if len(a.Sets) > 1 {
		out.Fields = append(out.Fields, types.F("$e", types.Of(types.BigInt).Nullable(false)))
	}
	return out
}

func isWindowColumn(name string) bool {
	return name == "window_time"
}

// afterAggregate rewrites an expression over FROM to one over the aggregate's output.
func (b *binding) afterAggregate(
	e expr.Expr, g *grouping, a *logical.Aggregate, calls *callCollector,
) (expr.Expr, error) {
	at := func(i int) expr.Expr {
		f := a.Out.Fields[i]
		return expr.NewColumn(i, f.Name, f.Type)
	}
	var err error
	out := rewrite(e, func(e expr.Expr) expr.Expr {
		for i, k := range g.keys {
			if expr.Equal(k, e) {
				return at(i)
			}
		}
		switch e := e.(type) {
		case *aggRef:
			return at(len(a.Keys) + e.i)
		case *propRef:
			return at(len(a.Keys) + len(a.Aggs) + slices.Index(a.Properties, e.p))
		case *groupingRef:
			return groupingExpr(e, g, a)
		case *overRef, *lateRef:
			return e
		case *expr.Column:
			err = notGrouped(e.Name, g)
			return e
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range calls.overs { // windows over an aggregate see its output too
		if calls.overs[i].rewritten {
			continue
		}
		calls.overs[i].rewritten = true
		if err := b.overAfterAggregate(&calls.overs[i], g, a, calls); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (b *binding) overAfterAggregate(
	o *overCall, g *grouping, a *logical.Aggregate, calls *callCollector,
) error {
	lists := [][]expr.Expr{o.args, o.partition}
	for _, l := range lists {
		for i := range l {
			e, err := b.afterAggregate(l[i], g, a, calls)
			if err != nil {
				return err
			}
			l[i] = e
		}
	}
	for i := range o.orders {
		e, err := b.afterAggregate(o.orders[i].e, g, a, calls)
		if err != nil {
			return err
		}
		o.orders[i].e = e
	}
	return nil
}

// groupingExpr computes GROUPING(k, …) from the number of the set: bit by bit, 1 where the key is
// not in the set. GROUP_ID() is how many equal sets stand before it.
func groupingExpr(r *groupingRef, g *grouping, a *logical.Aggregate) expr.Expr {
	value := func(at int) expr.Expr {
		set := g.sets[at]
		if r.group {
			return expr.BigInt(equalBefore(g.sets, at))
		}
		var bits int64
		for _, k := range r.keys {
			bits <<= 1
			i := slices.IndexFunc(g.keys, func(have expr.Expr) bool { return expr.Equal(have, k) })
			if !slices.Contains(set, i) {
				bits |= 1
			}
		}
		return expr.BigInt(bits)
	}
	if len(g.sets) == 1 {
		return value(0)
	}
	last := a.Out.Len() - 1
	id := expr.NewColumn(last, "$e", a.Out.Fields[last].Type)
	var whens []expr.When
	for i := range g.sets[:len(g.sets)-1] {
		whens = append(whens, expr.When{
			Cond: expr.MustCall("=", id, expr.BigInt(int64(i))), Then: value(i)})
	}
	c, err := expr.NewCase(whens, value(len(g.sets)-1))
	if err != nil {
		panic(err) // all BIGINT
	}
	return c
}

// equalBefore counts the grouping sets before the one at a place that have the same keys.
func equalBefore(sets [][]int, at int) int64 {
	var n int64
	for _, s := range sets[:at] {
		if len(s) == len(sets[at]) && !slices.ContainsFunc(s,
			func(k int) bool { return !slices.Contains(sets[at], k) }) {
			n++
		}
	}
	return n
}
