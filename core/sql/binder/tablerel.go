package binder

import (
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/sql/logical"
)

// pbSelect is table.select(…), with the over windows of table.over_window(…).
func (b *binding) pbSelect(p *planpb.Rel_Project) (logical.Rel, error) {
	rel, err := b.Rel(p.GetInput())
	if err != nil {
		return nil, err
	}
	saved := b.overs
	b.overs = p.GetWindows()
	defer func() { b.overs = saved }()
	items, err := b.pbItems(p.GetExprs(), rel.Schema())
	if err != nil {
		return nil, err
	}
	return b.selectQuery(&ast.Select{From: &boundTable{rel: rel}, Items: items}, nil, nil)
}

// pbItems are expressions as items of a select list; "*" and column ranges expand. What has no
// name is called _c and its number, an aggregate or window property EXPR$ and its own number.
func (b *binding) pbItems(list []*planpb.Expr, in *types.Schema) ([]*ast.SelectItem, error) {
	var out []*ast.SelectItem
	more, aggregates := 0, 0 // columns that stars stand for beyond their own place
	for _, e := range list {
		switch n := e.GetNode().(type) {
		case *planpb.Expr_Star:
			out = append(out, &ast.SelectItem{Expr: &ast.Star{}})
			more += in.Len() - 1
			continue
		case *planpb.Expr_Columns_:
			names, err := columnSet(n.Columns, in)
			if err != nil {
				return nil, err
			}
			for _, name := range names {
				out = append(out, &ast.SelectItem{Expr: &pbNode{pb: columnPB(name)},
					Alias: &ast.Ident{Name: name}})
			}
			continue
		case *planpb.Expr_Call_:
			if n.Call.GetName() == "flatten" {
				items, err := b.flatten(n.Call.GetArgs()[0], in)
				if err != nil {
					return nil, err
				}
				out = append(out, items...)
				continue
			}
		}
		name := pbName(e)
		switch {
		case pbAggregate(e):
			if name == nil {
				name = &ast.Ident{Name: "EXPR$" + itoa(aggregates)}
			}
			aggregates++
		case name == nil:
			name = &ast.Ident{Name: "_c" + itoa(len(out)+more)}
		}
		out = append(out, &ast.SelectItem{Expr: &pbNode{pb: e}, Alias: name})
	}
	return out, nil
}

// pbAggregate says whether an expression is an aggregate, or a property of a group window.
func pbAggregate(e *planpb.Expr) bool {
	if as := e.GetAs(); as != nil {
		return pbAggregate(as.GetArg())
	}
	if u := e.GetUdf(); u != nil {
		return strings.HasSuffix(u.GetFunction().GetKind(), "aggregate")
	}
	c := e.GetCall()
	if c == nil {
		return false
	}
	switch c.GetName() {
	case "start", "end", "rowtime", "proctime", "distinct":
		return true
	}
	name, ok := function.LookupTableAPI(c.GetName())
	if !ok {
		return false
	}
	_, ok = function.LookupAggregate(name)
	return ok
}

func columnPB(name string) *planpb.Expr {
	return &planpb.Expr{Node: &planpb.Expr_Column{Column: name}}
}

// pbName is the name that an expression gives its column; nil: none.
func pbName(e *planpb.Expr) *ast.Ident {
	switch n := e.GetNode().(type) {
	case *planpb.Expr_As_:
		if len(n.As.GetNames()) > 0 {
			return &ast.Ident{Name: n.As.GetNames()[0]}
		}
	case *planpb.Expr_Column:
		return &ast.Ident{Name: n.Column}
	}
	return nil
}

// columnSet is with_columns(range_("a", "c"), "d") or, inverted, without_columns.
func columnSet(c *planpb.Expr_Columns, in *types.Schema) ([]string, error) {
	var picked []string
	for _, a := range c.GetArgs() {
		from, to, err := columnRange(a, in)
		if err != nil {
			return nil, err
		}
		picked = append(picked, in.Names()[from:to+1]...)
	}
	if !c.GetInverted() {
		return picked, nil
	}
	var rest []string
	for _, n := range in.Names() {
		if !slices.Contains(picked, n) {
			rest = append(rest, n)
		}
	}
	return rest, nil
}

func columnRange(e *planpb.Expr, in *types.Schema) (from, to int, err error) {
	if c := e.GetCall(); c != nil && (c.GetName() == "rangeTo" || c.GetName() == "range") {
		if from, _, err = columnRange(c.GetArgs()[0], in); err != nil {
			return 0, 0, err
		}
		_, to, err = columnRange(c.GetArgs()[1], in)
		return from, to, err
	}
	if e.GetStar() {
		return 0, in.Len() - 1, nil
	}
	if l := e.GetLiteral(); l != nil {
		n, err := expr.Number(l.GetValue())
		if err != nil {
			return 0, 0, err
		}
		i := int(literalInt64(n)) - 1
		if i < 0 || i >= in.Len() {
			return 0, 0, errs.Userf("there is no column %d", i+1)
		}
		return i, i, nil
	}
	i := in.Index(e.GetColumn())
	if i < 0 {
		return 0, 0, errs.Userf("there is no column '%s'", e.GetColumn()).
			Fix("%s", errs.DidYouMean(e.GetColumn(), in.Names()))
	}
	return i, i, nil
}

func (b *binding) flatten(e *planpb.Expr, in *types.Schema) ([]*ast.SelectItem, error) {
	x := &exprs{binding: b, scope: scopeOf(in, ""), clause: "select"}
	row, err := x.pb(e)
	if err != nil {
		return nil, err
	}
	if row.Type().Kind != types.Row {
		return []*ast.SelectItem{{Expr: &bound{expr: row}}}, nil
	}
	name := "f"
	if n := pbName(e); n != nil {
		name = n.Name
	}
	var out []*ast.SelectItem
	for i, f := range row.Type().Fields {
		field, err := expr.NewField(row, i)
		if err != nil {
			return nil, err
		}
		out = append(out, &ast.SelectItem{Expr: &bound{expr: field},
			Alias: &ast.Ident{Name: name + "$" + f.Name}})
	}
	return out, nil
}

func (b *binding) pbFilter(f *planpb.Rel_Filter) (logical.Rel, error) {
	rel, err := b.Rel(f.GetInput())
	if err != nil {
		return nil, err
	}
	in := scopeOf(rel.Schema(), "")
	if c := f.GetCondition().GetCall(); c != nil && len(c.GetArgs()) == 2 &&
		c.GetArgs()[1].GetSubquery() != nil {
		sub, err := b.Rel(c.GetArgs()[1].GetSubquery())
		if err != nil {
			return nil, err
		}
		x := &exprs{binding: b, scope: in, clause: "in_"}
		v, err := x.pb(c.GetArgs()[0])
		if err != nil {
			return nil, err
		}
		return b.joinSubquery(&ast.Name{}, rel, sub, semiKind(c.GetName() == "notIn"),
			[]expr.Expr{v})
	}
	return b.where(rel, in, &pbNode{pb: f.GetCondition()})
}

func (b *binding) pbSort(s *planpb.Rel_Sort) (logical.Rel, error) {
	rel, err := b.Rel(s.GetInput())
	if err != nil {
		return nil, err
	}
	x := &exprs{binding: b, scope: scopeOf(rel.Schema(), ""), clause: "order_by"}
	var keys []orderKey
	for _, k := range s.GetKeys() {
		o := &ast.OrderItem{}
		if c := k.GetCall(); c != nil && (c.GetName() == "desc" || c.GetName() == "asc") {
			o.Desc, k = c.GetName() == "desc", c.GetArgs()[0]
		}
		e, err := x.pb(k)
		if err != nil {
			return nil, err
		}
		keys = append(keys, newOrderKey(e, o))
	}
	return b.sorted(rel, keys, &ast.Query{})
}

// pbAggregate is group_by(…).select(…), with a group window or not.
func (b *binding) pbAggregate(a *planpb.Rel_Aggregate) (logical.Rel, error) {
	rel, err := b.Rel(a.GetInput())
	if err != nil {
		return nil, err
	}
	in := scopeOf(rel.Schema(), "")
	calls := &callCollector{grouped: true}
	x := &exprs{binding: b, scope: in, calls: calls, clause: "select"}
	g := &grouping{}
	if err := b.pbWindow(a, rel, x, g); err != nil {
		return nil, err
	}
	calls.neverEmpty = len(a.GetKeys()) > 0
	keys := *x
	keys.calls, keys.clause = nil, "group_by"
	var keyNames []string
	for _, k := range a.GetKeys() {
		if calls.window != nil && k.GetColumn() == calls.windowName {
			continue
		}
		e, err := keys.pb(k)
		if err != nil {
			return nil, err
		}
		g.keys = append(g.keys, e)
		name := "EXPR$" + itoa(len(keyNames))
		if n := pbName(k); n != nil {
			name = n.Name
		}
		keyNames = append(keyNames, name)
	}
	set := make([]int, len(g.keys))
	for i := range set {
		set[i] = i
	}
	g.sets = [][]int{set}
	calls.keys = g.keys
	if a.GetRowAggregateCall() != nil {
		return b.pbRowAggregate(a, rel, x, g, keyNames)
	}
	items, err := b.pbItems(a.GetExprs(), rel.Schema())
	if err != nil {
		return nil, err
	}
	return b.grouped(rel, x, g, items)
}

// grouped finishes a grouped select: items over the groups.
func (b *binding) grouped(
	rel logical.Rel, x *exprs, g *grouping, items []*ast.SelectItem,
) (logical.Rel, error) {
	s := &ast.Select{Items: items}
	list, err := b.items(s, x)
	if err != nil {
		return nil, err
	}
	t := &tail{b: b, x: x, items: list, having: -1, qualify: -1}
	for _, it := range list {
		t.list = append(t.list, it.e)
	}
	if rel, t.list, err = b.aggregate(s, g, rel, x.calls, t); err != nil {
		return nil, err
	}
	return b.finish(rel, s, nil, list, t)
}

// pbWindow binds the group window.
func (b *binding) pbWindow(
	a *planpb.Rel_Aggregate, rel logical.Rel, x *exprs, g *grouping,
) error {
	if len(a.GetWindows()) == 0 {
		return nil
	}
	w := a.GetWindows()[0]
	inner := *x
	inner.calls, inner.clause = nil, "window"
	on, err := inner.pb(w.GetOn())
	if err != nil {
		return err
	}
	col, ok := on.(*expr.Column)
	if !ok {
		return errs.Userf("a window is on a time column")
	}
	win := &plan.Window{Zone: b.Zone, Kind: map[string]plan.WindowKind{"tumble": plan.Tumble,
		"slide": plan.Hop, "session": plan.Session}[w.GetKind()]}
	if err := b.windowTime(&ast.Name{}, col, win); err != nil {
		return err
	}
	rows := false
	for e, to := range map[*planpb.Expr]*int64{w.GetSize(): &win.SizeMs, w.GetGap(): &win.SizeMs,
		w.GetSlide(): &win.SlideMs} {
		if e == nil {
			continue
		}
		v, err := inner.pb(e)
		if err != nil {
			return err
		}
		l, ok := expr.Fold(nil, v).(*expr.Literal)
		if !ok {
			return errs.Userf("the size of a window is a constant")
		}
		rows = l.T.Kind != types.IntervalDT
		*to = literalInt64(l)
	}
	if rows {
		win.Kind = map[plan.WindowKind]plan.WindowKind{plan.Tumble: plan.CountTumble,
			plan.Hop: plan.CountSlide}[win.Kind]
	}
	g.window, g.time = win, on
	x.calls.window, x.calls.windowName = win, w.GetAlias()
	return b.checkWindow(&ast.Name{}, win)
}

// pbRowAggregate is group_by(…).aggregate(f).select(…) and flat_aggregate: the function's columns
// come behind the keys, then the select list is over those.
func (b *binding) pbRowAggregate(
	a *planpb.Rel_Aggregate, rel logical.Rel, x *exprs, g *grouping, keyNames []string,
) (logical.Rel, error) {
	call := a.GetRowAggregateCall()
	var names []string
	if as := call.GetAs(); as != nil {
		names, call = as.GetNames(), as.GetArg()
	}
	ofRow(call, rel)
	ref, err := x.pb(call)
	if err != nil {
		return nil, err
	}
	agg := &tail{b: b, x: x, having: -1, qualify: -1}
	var out []string
	for i, k := range g.keys {
		agg.list, out = append(agg.list, k), append(out, keyNames[i])
	}
	agg.list = append(agg.list, ref)
	for _, p := range x.calls.props {
		agg.list = append(agg.list, &propRef{p: p, t: propertyType(p, g.window)})
	}
	grouped, list, err := b.aggregate(&ast.Select{}, g, rel, x.calls, agg)
	if err != nil {
		return nil, err
	}
	if call.GetUdf().GetFunction().GetKind() == "table_aggregate" {
		grouped.(*logical.Aggregate).TableAgg = true
	}
	result := list[len(g.keys)]
	p := &projector{input: grouped, exprs: slices.Clone(list[:len(g.keys)]), names: out}
	if t := result.Type(); t.Kind == types.Row {
		for i, f := range t.Fields {
			e, err := expr.NewField(result, i)
			if err != nil {
				return nil, err
			}
			name := f.Name
			if i < len(names) {
				name = names[i]
			}
			p.exprs, p.names = append(p.exprs, e), append(p.names, name)
		}
	} else {
		p.exprs, p.names = append(p.exprs, result), append(p.names, append(names, "f0")[0])
	}
	flat := project(grouped, p.exprs, p.names)
	items, err := b.pbItems(a.GetExprs(), flat.Schema())
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return flat, nil
	}
	return b.selectQuery(&ast.Select{From: &boundTable{rel: flat}, Items: items}, nil, nil)
}

// pbColumns is add_columns, add_or_replace_columns, rename_columns, drop_columns.
func (b *binding) pbColumns(c *planpb.Rel_Columns) (logical.Rel, error) {
	rel, err := b.Rel(c.GetInput())
	if err != nil {
		return nil, err
	}
	in := rel.Schema()
	x := &exprs{binding: b, scope: scopeOf(in, ""), clause: c.GetVerb()}
	p := newProjector(rel)
	for _, e := range c.GetExprs() {
		name := pbName(e)
		switch c.GetVerb() {
		case "drop", "rename":
			target := e
			if as := e.GetAs(); as != nil {
				target = as.GetArg()
			}
			i := slices.Index(p.names, target.GetColumn())
			if i < 0 {
				return nil, errs.Userf("there is no column '%s'", target.GetColumn()).
					Fix("%s", errs.DidYouMean(target.GetColumn(), in.Names()))
			}
			if c.GetVerb() == "rename" {
				p.names[i] = name.Name
				continue
			}
			p.names, p.exprs = slices.Delete(p.names, i, i+1), slices.Delete(p.exprs, i, i+1)
		default:
			v, err := x.pb(e)
			if err != nil {
				return nil, err
			}
			as := "_c" + itoa(len(p.names))
			if name != nil {
				as = name.Name
			}
			i := slices.Index(p.names, as)
			if i >= 0 && c.GetVerb() == "add" {
				return nil, errs.Userf("column '%s' exists already", as).
					Fix("use add_or_replace_columns")
			}
			if i >= 0 {
				p.exprs[i] = v
			} else {
				p.exprs, p.names = append(p.exprs, v), append(p.names, as)
			}
		}
	}
	return project(rel, p.exprs, p.names), nil
}

// pbLateral is join_lateral and left_outer_join_lateral.
func (b *binding) pbLateral(l *planpb.Rel_Lateral) (logical.Rel, error) {
	rel, err := b.Rel(l.GetInput())
	if err != nil {
		return nil, err
	}
	call := l.GetCall()
	if as := call.GetAs(); as != nil {
		call = as.GetArg()
	}
	ofRow(call, rel)
	return b.tableCall(rel, l.GetCall(), l.GetKind() == "left", false, l.GetCondition())
}

// ofRow gives a function that takes the whole row all columns as its arguments.
func ofRow(call *planpb.Expr, rel logical.Rel) {
	u := call.GetUdf()
	if !u.GetFunction().GetTakesRow() || len(u.GetArgs()) > 0 {
		return
	}
	for _, f := range rel.Schema().Fields {
		u.Args = append(u.Args, columnPB(f.Name))
	}
}

// pbRowFunction is map and flat_map.
func (b *binding) pbRowFunction(r *planpb.Rel_RowFunction) (logical.Rel, error) {
	rel, err := b.Rel(r.GetInput())
	if err != nil {
		return nil, err
	}
	call := r.GetCall()
	names := r.GetNames()
	if as := call.GetAs(); as != nil {
		names, call = as.GetNames(), as.GetArg()
	}
	ofRow(call, rel)
	if r.GetFlat() {
		out, err := b.tableCall(rel, call, false, true, nil)
		if err != nil || len(names) == 0 {
			return out, err
		}
		return rename(out, names)
	}
	x := &exprs{binding: b, scope: scopeOf(rel.Schema(), ""), clause: "map"}
	row, err := x.pb(call)
	if err != nil {
		return nil, err
	}
	p := emptyProjector(rel)
	if row.Type().Kind != types.Row {
		p.exprs, p.names = []expr.Expr{row}, []string{"f0"}
	}
	for i, f := range row.Type().Fields {
		e, err := expr.NewField(row, i)
		if err != nil {
			return nil, err
		}
		p.exprs, p.names = append(p.exprs, e), append(p.names, f.Name)
	}
	out := project(rel, p.exprs, p.names)
	if len(names) == 0 {
		return out, nil
	}
	return rename(out, names)
}

// tableCall joins rel with a call of a table function.
func (b *binding) tableCall(
	rel logical.Rel, call *planpb.Expr, left, flat bool, cond *planpb.Expr,
) (logical.Rel, error) {
	a := &ast.Alias{}
	if as := call.GetAs(); as != nil {
		for _, n := range as.GetNames() {
			a.Columns = append(a.Columns, ast.Ident{Name: n})
		}
		call = as.GetArg()
	}
	in := scopeOf(rel.Schema(), "")
	x := &exprs{binding: b, scope: in, clause: "a table function's arguments"}
	var f *planpb.Function
	var argList []*planpb.Expr
	if u := call.GetUdf(); u != nil {
		f, argList = u.GetFunction(), u.GetArgs()
	} else if c := call.GetCall(); c != nil {
		argList = c.GetArgs()
		fn, err := b.tableFunction(&ast.Call{Name: &ast.Name{
			Parts: []ast.Ident{{Name: c.GetName()}}}})
		if err != nil {
			return nil, err
		}
		f = fn
	}
	if f == nil || f.GetKind() != "table" {
		return nil, errs.Userf("this needs a call of a table function").Fix("declare it with @udtf")
	}
	args, err := x.pbAll(argList)
	if err != nil {
		return nil, err
	}
	if args, err = udfArgs(f, args); err != nil {
		return nil, err
	}
	fields, err := functionColumns(f)
	if err != nil {
		return nil, err
	}
	c := &logical.Correlate{Input: rel, Left: left, Function: f, Args: args, FlatMap: flat,
		Origin: f.GetOrigin()}
	var on ast.Expr
	if cond != nil {
		on = &pbNode{pb: cond}
	}
	out, _, err := b.correlated(c, in, a, fields, "", on)
	if err == nil && flat {
		c.Out = types.NewSchema(c.Columns...)
	}
	return out, err
}

// TableOf makes a catalog table of a descriptor.
func TableOf(path catalog.Path, d *planpb.TableDescriptor) (*catalog.Table, error) {
	t := &catalog.Table{Path: path, Options: d.GetOptions(), PartitionKeys: d.GetPartitionKeys(),
		Comment: d.GetComment(), PrimaryKey: d.GetSchema().GetPrimaryKey(),
		PrimaryKeyName: d.GetSchema().GetPrimaryKeyName()}
	if t.Options == nil {
		t.Options = map[string]string{}
	}
	for _, c := range d.GetSchema().GetColumns() {
		col := catalog.Column{Name: c.GetName(), Comment: c.GetComment(), Virtual: c.GetVirtual(),
			Key: c.GetMetadataKey()}
		switch {
		case c.GetComputed() != nil:
			col.Kind, col.ExprPB = catalog.Computed, c.GetComputed()
		case c.GetMetadata():
			col.Kind = catalog.Metadata
		}
		if c.GetType() != "" {
			var err error
			if col.Type, err = types.Parse(c.GetType()); err != nil {
				return nil, err
			}
		}
		t.Columns = append(t.Columns, col)
	}
	for i, c := range t.Columns {
		if slices.Contains(t.PrimaryKey, c.Name) {
			t.Columns[i].Type = c.Type.Nullable(false)
		}
	}
	for _, w := range d.GetSchema().GetWatermarks() {
		t.Watermark = &catalog.Watermark{Column: w.GetColumn(), ExprPB: w.GetExpr()}
	}
	return t, nil
}
