package binder

import (
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/logical"
)

// windowFunctions are the window TVFs with the names of their parameters.
var windowFunctions = map[string]struct {
	kind   plan.WindowKind
	params []string
}{
	"TUMBLE":   {plan.Tumble, []string{"DATA", "TIMECOL", "SIZE", "OFFSET"}},
	"HOP":      {plan.Hop, []string{"DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"}},
	"CUMULATE": {plan.Cumulate, []string{"DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"}},
	"SESSION":  {plan.Session, []string{"DATA", "TIMECOL", "GAP"}},
}

// legacyWindows are the group windows of GROUP BY.
var legacyWindows = map[string]plan.WindowKind{
	"TUMBLE": plan.Tumble, "HOP": plan.Hop, "SESSION": plan.Session,
}

var windowProperties = map[string]plan.WindowProperty{
	"TUMBLE_START": plan.WindowStart, "HOP_START": plan.WindowStart,
	"SESSION_START": plan.WindowStart, "TUMBLE_END": plan.WindowEnd, "HOP_END": plan.WindowEnd,
	"SESSION_END": plan.WindowEnd, "TUMBLE_ROWTIME": plan.WindowTime,
	"HOP_ROWTIME": plan.WindowTime, "SESSION_ROWTIME": plan.WindowTime,
	"TUMBLE_PROCTIME": plan.WindowProcTime, "HOP_PROCTIME": plan.WindowProcTime,
	"SESSION_PROCTIME": plan.WindowProcTime,
}

// windowTable binds TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL …)).
func (b *binding) windowTable(
	call *ast.Call, w struct {
		kind   plan.WindowKind
		params []string
	}, outer *scope,
) (logical.Rel, error) {
	args := map[string]ast.Expr{}
	for i, a := range call.Args {
		if n, ok := a.(*ast.NamedArg); ok {
			args[upper(n.Name.Name)] = n.Value
			continue
		}
		if i >= len(w.params) {
			return nil, b.errorf(a, "%s takes at most %d arguments", call.Name.Last().Name,
				len(w.params))
		}
		args[w.params[i]] = a
	}
	data, ok := args["DATA"].(*ast.TableArg)
	if q, query := args["DATA"].(*ast.Subquery); query {
		data, ok = &ast.TableArg{Span: q.Span, Query: q.Query}, true
	}
	if !ok {
		return nil, b.errorf(call, "the first argument of %s must be TABLE name or a query in "+
			"parentheses", call.Name.Last().Name)
	}
	rel, in, err := b.tableArg(data, outer)
	if err != nil {
		return nil, err
	}
	win := plan.Window{Kind: w.kind, Zone: b.Zone}
	d, ok := args["TIMECOL"].(*ast.Descriptor)
	if !ok || len(d.Columns) != 1 {
		return nil, b.errorf(call, "the time column is named by DESCRIPTOR(column)")
	}
	timeCol, err := in.resolve(d.Columns[0].Strings())
	if err != nil {
		return nil, b.at(d.Columns[0], err)
	}
	c, ok := timeCol.(*expr.Column)
	if !ok {
		return nil, b.errorf(d, "the time column must be a column of the table")
	}
	if err := b.windowTime(d, c, &win); err != nil {
		return nil, err
	}
	win.TimeColumn = c.Index
	if err := b.windowSizes(call, args, &win); err != nil {
		return nil, err
	}
	x := &exprs{binding: b, scope: in, clause: "PARTITION BY"}
	for _, p := range data.PartitionBy {
		e, err := x.bind(p)
		if err != nil {
			return nil, err
		}
		pc, ok := e.(*expr.Column)
		if !ok {
			return nil, b.errorf(p, "PARTITION BY of a window function takes columns")
		}
		win.Partition = append(win.Partition, pc.Index)
	}
	return windowTableRel(rel, win), nil
}

func windowTableRel(rel logical.Rel, win plan.Window) logical.Rel {
	return &logical.WindowTable{Input: rel, Window: win,
		Out: logical.WindowSchema(rel.Schema(), &win)}
}

// windowTime checks the time column of a window.
func (b *binding) windowTime(n ast.Node, c *expr.Column, w *plan.Window) error {
	t := c.T
	switch {
	case t.Attr == types.ProcTime:
		w.ProcTime, w.TimeLTZ = true, true
	case t.Attr == types.RowTime || b.Batch && t.IsTimestamp():
		w.TimeLTZ = t.Kind == types.TimestampLTZ
	default:
		return b.at(n, errs.Userf("the window's time column '%s' must be a time attribute, it is %s",
			c.Name, t).Fix("declare WATERMARK FOR %s on the table", c.Name))
	}
	return nil
}

func (b *binding) windowSizes(call *ast.Call, args map[string]ast.Expr, w *plan.Window) error {
	x := &exprs{binding: b, scope: &scope{}, clause: "a window"}
	for name, to := range map[string]*int64{"SIZE": &w.SizeMs, "GAP": &w.SizeMs,
		"SLIDE": &w.SlideMs, "STEP": &w.SlideMs, "OFFSET": &w.OffsetMs} {
		a, ok := args[name]
		if !ok {
			continue
		}
		e, err := x.bind(a)
		if err != nil {
			return err
		}
		l, ok := expr.Fold(nil, e).(*expr.Literal)
		if !ok || l.T.Kind != types.IntervalDT {
			return b.errorf(a, "%s of a window must be a constant interval of days to seconds",
				name)
		}
		*to = literalInt64(l)
		if *to <= 0 && name != "OFFSET" {
			return b.errorf(a, "%s of a window must be positive", name)
		}
	}
	return b.checkWindow(call, w)
}

func (b *binding) checkWindow(n ast.Node, w *plan.Window) error {
	switch {
	case w.SizeMs == 0:
		return b.at(n, errs.Userf("the window has no size").
			Fix("write an interval behind DESCRIPTOR(…): INTERVAL '10' MINUTE"))
	case (w.Kind == plan.Hop || w.Kind == plan.Cumulate) && w.SlideMs == 0:
		return b.at(n, errs.Userf("the window has no slide").
			Fix("write two intervals behind DESCRIPTOR(…): the slide, then the size"))
	case w.Kind == plan.Cumulate && w.SizeMs%w.SlideMs != 0:
		return b.errorf(n, "CUMULATE needs a size that is a multiple of its step")
	case w.Kind == plan.Tumble && max(w.OffsetMs, -w.OffsetMs) >= w.SizeMs:
		return b.errorf(n, "the offset of TUMBLE must be less than its size")
	case w.Kind == plan.Session && b.Batch:
		return b.unsupported(n, "a SESSION window in batch mode")
	}
	return nil
}

func (b *binding) tableArg(t *ast.TableArg, outer *scope) (logical.Rel, *scope, error) {
	if t.Query != nil {
		rel, err := b.query(t.Query, outer)
		if err != nil {
			return nil, nil, err
		}
		return rel, scopeOf(rel.Schema(), ""), nil
	}
	return b.tableName(&ast.TableName{Span: t.Span, Name: t.Table}, outer)
}

// legacyWindow binds TUMBLE(ts, size), HOP(ts, slide, size) or SESSION(ts, gap) of GROUP BY.
func (b *binding) legacyWindow(
	g *grouping, c *ast.Call, kind plan.WindowKind, x *exprs,
) error {
	if g.window != nil {
		return b.errorf(c, "GROUP BY can have one window")
	}
	names := map[plan.WindowKind][]string{plan.Tumble: {"SIZE", "OFFSET"},
		plan.Hop: {"SLIDE", "SIZE", "OFFSET"}, plan.Session: {"GAP"}}[kind]
	if len(c.Args) < 2 || len(c.Args) > len(names)+1 {
		return b.errorf(c, "%s takes a time column and %d intervals", c.Name.Last().Name,
			len(names))
	}
	e, err := x.bind(c.Args[0])
	if err != nil {
		return err
	}
	col, ok := e.(*expr.Column)
	if !ok {
		return b.errorf(c.Args[0], "the window's time must be a column")
	}
	w := &plan.Window{Kind: kind, Zone: b.Zone}
	if err := b.windowTime(c.Args[0], col, w); err != nil {
		return err
	}
	args := map[string]ast.Expr{}
	for i, a := range c.Args[1:] {
		args[names[i]] = a
	}
	g.window, g.time = w, e
	return b.windowSizes(c, args, w)
}

// windowProperty binds TUMBLE_START(ts, …) and the like; the window is that of GROUP BY.
func (x *exprs) windowProperty(e *ast.Call, p plan.WindowProperty) (expr.Expr, error) {
	w := x.calls.window
	if w == nil {
		return nil, errs.Userf("%s needs the window in GROUP BY", upper(e.Name.Last().Name))
	}
	if at := x.calls.windowTime; at != nil && len(e.Args) > 0 { // nil: of the Table API
		g := &grouping{}
		name, _, _ := strings.Cut(upper(e.Name.Last().Name), "_")
		gx := *x
		gx.calls = nil
		if err := x.legacyWindow(g, e, legacyWindows[name], &gx); err != nil {
			return nil, err
		}
		own := g.window
		if own.Kind != w.Kind || own.SizeMs != w.SizeMs || own.SlideMs != w.SlideMs ||
			own.OffsetMs != w.OffsetMs || !expr.Equal(g.time, at) {
			return nil, x.at(e, errs.Userf("%s is of another window than GROUP BY",
				upper(e.Name.Last().Name)).Fix("write the same column and intervals in both"))
		}
	}
	return x.calls.prop(p, w), nil
}

// prop returns the placeholder of a window property.
func (c *callCollector) prop(p plan.WindowProperty, w *plan.Window) expr.Expr {
	for _, have := range c.props {
		if have == p {
			return &propRef{p: p, t: propertyType(p, w)}
		}
	}
	c.props = append(c.props, p)
	return &propRef{p: p, t: propertyType(p, w)}
}

func propertyName(p plan.WindowProperty) string {
	return [...]string{"w$start", "w$end", "w$rowtime", "w$proctime"}[p]
}

func propertyType(p plan.WindowProperty, w *plan.Window) types.Type {
	switch p {
	case plan.WindowTime:
		k := types.Timestamp
		if w.TimeLTZ {
			k = types.TimestampLTZ
		}
		return types.WithPrecision(k, 3).WithAttr(types.RowTime)
	case plan.WindowProcTime:
		return types.WithPrecision(types.TimestampLTZ, 3).Nullable(false).WithAttr(types.ProcTime)
	}
	return types.WithPrecision(types.Timestamp, 3).Nullable(false)
}
