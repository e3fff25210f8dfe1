package binder

import (
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/logical"
)

// overCall binds a window function or a windowed aggregate.
func (x *exprs) overCall(e *ast.Call, name string, f *planpb.Function) (expr.Expr, error) {
	c := x.calls
	if c == nil {
		return nil, errs.Userf("%s … OVER cannot be used in %s", name, x.clause).
			Fix("compute it in a subquery and filter outside")
	}
	if c.inOver {
		return nil, errs.Userf("window functions cannot be nested")
	}
	c.inOver = true
	defer func() { c.inOver = false }()
	w, err := x.windowOf(e.Over)
	if err != nil {
		return nil, err
	}
	call := overCall{ignore: e.Nulls == ast.IgnoreNulls}
	if fn, ok := function.LookupWindow(strings.ToUpper(name)); ok && f == nil {
		err = x.windowFunction(e, fn, &call)
	} else if _, ok := function.LookupAggregate(name); ok || f != nil {
		call.aggCall, err = x.aggCall(e, name, f)
	} else {
		err = errs.Userf("%s is neither a window function nor an aggregate", name)
	}
	if err != nil {
		return nil, err
	}
	if ranks[call.name] && len(w.OrderBy) == 0 {
		return nil, x.at(e.Over, errs.Userf("%s needs ORDER BY in its OVER clause", call.name))
	}
	if err := x.windowSpec(w, &call); err != nil {
		return nil, err
	}
	if call.aggCall.keepsNotNull() && w.Frame == nil { // the frame has the row itself
		call.t = call.t.Nullable(false)
	}
	c.overs = append(c.overs, call)
	return &overRef{i: len(c.overs) - 1, t: call.t}, nil
}

// ranks are the functions whose value is the place in an order.
var ranks = map[string]bool{"ROW_NUMBER": true, "RANK": true, "DENSE_RANK": true,
	"CUME_DIST": true, "PERCENT_RANK": true}

// windowOf resolves OVER w and OVER (w …).
func (x *exprs) windowOf(w *ast.Window) (*ast.Window, error) {
	if w.Ref == nil {
		return w, nil
	}
	for i := len(x.named) - 1; i >= 0; i-- {
		if x.named[i].Name.Name != w.Ref.Name {
			continue
		}
		base, err := x.windowOf(x.named[i].Window)
		if err != nil {
			return nil, err
		}
		merged := *base
		merged.Ref = nil
		if len(w.PartitionBy) > 0 {
			merged.PartitionBy = w.PartitionBy
		}
		if len(w.OrderBy) > 0 {
			merged.OrderBy = w.OrderBy
		}
		if w.Frame != nil {
			merged.Frame = w.Frame
		}
		return &merged, nil
	}
	return nil, x.errorf(w.Ref, "window '%s' is not defined in WINDOW", w.Ref.Name)
}

func (x *exprs) windowFunction(e *ast.Call, fn *function.Window, call *overCall) error {
	args, err := x.bindAll(e.Args)
	if err != nil {
		return err
	}
	in := make([]function.Arg, len(args))
	for i, a := range args {
		in[i] = function.Arg{Type: a.Type()}
		if l, ok := a.(*expr.Literal); ok {
			in[i].Value = l.Value
		}
	}
	want, result, err := fn.Infer(in)
	if err != nil {
		return err
	}
	call.name, call.t = fn.Name, result
	switch fn.Name {
	case "LAG", "LEAD":
		call.args, call.offset = args[:1], 1
		if len(args) > 1 {
			n, ok := expr.IntValue(args[1])
			if !ok {
				return x.errorf(e.Args[1], "the offset of %s must be a constant", fn.Name)
			}
			call.offset = n
		}
		if len(args) > 2 {
			call.def = expr.Coerce(args[2], want[2])
		}
		call.args = []expr.Expr{expr.Coerce(args[0], want[0])}
	case "NTILE":
		n, ok := expr.IntValue(args[0])
		if !ok || n < 1 {
			return x.errorf(e.Args[0], "NTILE needs a positive constant")
		}
		call.offset = n
	default:
		for i := range args {
			call.args = append(call.args, expr.Coerce(args[i], want[i]))
		}
	}
	return nil
}

func (x *exprs) windowSpec(w *ast.Window, call *overCall) error {
	var err error
	if call.partition, err = x.bindAll(w.PartitionBy); err != nil {
		return err
	}
	for _, o := range w.OrderBy {
		k, err := x.orderItem(o)
		if err != nil {
			return err
		}
		call.orders = append(call.orders, k)
	}
	frame := plan.Frame{UnboundedLower: true} // RANGE UNBOUNDED PRECEDING .. CURRENT ROW
	if len(w.OrderBy) == 0 {
		frame.UnboundedUpper = true
	}
	if w.Frame != nil {
		if frame, err = x.frame(w.Frame); err != nil {
			return err
		}
		if err := x.rangeOver(w.Frame, call.orders); err != nil {
			return err
		}
	}
	call.frame = &frame
	return nil
}

func (x *exprs) frame(f *ast.Frame) (plan.Frame, error) {
	out := plan.Frame{Rows: f.Rows}
	var err error
	if out.Lower, out.UnboundedLower, err = x.bound(f.From, f.Rows); err != nil {
		return out, err
	}
	if f.To != nil {
		out.Upper, out.UnboundedUpper, err = x.bound(f.To, f.Rows)
		if err == nil && f.From.Kind == ast.Following && f.To.Kind != ast.Following &&
			f.To.Kind != ast.UnboundedFollowing {
			err = x.errorf(f.To, "a frame that begins with FOLLOWING cannot end before it")
		}
		if err == nil && f.From.Kind == ast.CurrentRow && f.To.Kind == ast.Preceding {
			err = x.errorf(f.To, "a frame that begins with CURRENT ROW cannot end before it")
		}
	}
	return out, err
}

func (x *exprs) bound(b *ast.Bound, rows bool) (offset int64, unbounded bool, err error) {
	switch b.Kind {
	case ast.UnboundedPreceding, ast.UnboundedFollowing:
		return 0, true, nil
	case ast.CurrentRow:
		return 0, false, nil
	}
	e, err := x.bind(b.Offset)
	if err != nil {
		return 0, false, err
	}
	n, ok := constantOffset(e)
	if !ok || rows && e.Type().Kind == types.IntervalDT {
		return 0, false, x.errorf(b, "the bound of a window frame must be a constant %s",
			either(rows, "number of rows", "interval or number"))
	}
	if rows && n < 0 {
		return 0, false, x.errorf(b, "the bound of a window frame of rows must not be negative")
	}
	if b.Kind == ast.Preceding {
		n = -n
	}
	return n, false, nil
}

// rangeOver checks that a RANGE of an amount has an order to measure it by: one number for
// numbers, one time for intervals.
func (x *exprs) rangeOver(f *ast.Frame, orders []orderKey) error {
	if f.Rows {
		return nil
	}
	for _, b := range []*ast.Bound{f.From, f.To} {
		if b == nil || b.Kind != ast.Preceding && b.Kind != ast.Following || len(orders) == 0 {
			continue
		}
		if len(orders) > 1 {
			return x.errorf(b, "RANGE with an amount needs one column in ORDER BY, not %d",
				len(orders))
		}
		e, err := x.bind(b.Offset)
		if err != nil {
			return err
		}
		t := orders[0].e.Type()
		if t.IsNumeric() && e.Type().IsNumeric() || t.IsTemporal() && e.Type().IsInterval() {
			continue
		}
		return x.at(b, errs.Userf("RANGE of %s cannot be measured in ORDER BY of %s", e.Type(), t).
			Fix("write an INTERVAL for times and a number for numbers, or ROWS"))
	}
	return nil
}

// constantOffset is the value of a constant integer, or of an interval in ms.
func constantOffset(e expr.Expr) (int64, bool) {
	e = expr.Fold(nil, e)
	l, ok := e.(*expr.Literal)
	if !ok {
		return 0, false
	}
	if l.T.Kind == types.IntervalDT {
		return literalInt64(l), true
	}
	return expr.IntValue(e)
}

// addOvers puts the window functions on top of rel, one node for each window, and returns the
// expressions with their placeholders replaced.
func (b *binding) addOvers(
	rel logical.Rel, overs []overCall, list []expr.Expr,
) (logical.Rel, []expr.Expr, error) {
	if len(overs) == 0 {
		return rel, list, nil
	}
	p := newProjector(rel)
	place := make([]expr.Expr, len(overs))
	type group struct {
		node  *logical.Over
		calls []int
	}
	var groups []*group
	for i, o := range overs {
		g := &group{node: &logical.Over{Frame: *o.frame, Partition: p.columns(o.partition)}}
		for _, k := range o.orders {
			g.node.Order = append(g.node.Order,
				plan.SortKey{Column: p.column(k.e), Desc: k.desc, NullsLast: k.nullsLast})
		}
		call := plan.OverCall{AggCall: p.aggCall(o.aggCall), Offset: o.offset, Default: o.def,
			IgnoreNulls: o.ignore}
		call.OutName = "w" + itoa(i) + "$o"
		for _, other := range groups {
			if sameWindow(other.node, g.node) {
				g = other
				break
			}
		}
		if len(g.calls) == 0 {
			groups = append(groups, g)
		}
		g.calls = append(g.calls, i)
		g.node.Calls = append(g.node.Calls, call)
	}
	rel = p.rel()
	for _, g := range groups {
		g.node.Input = rel
		out := &types.Schema{Fields: append([]types.Field{}, rel.Schema().Fields...)}
		for j, i := range g.calls {
			at := len(out.Fields)
			out.Fields = append(out.Fields, types.F(g.node.Calls[j].OutName, overs[i].t))
			place[i] = expr.NewColumn(at, g.node.Calls[j].OutName, overs[i].t)
		}
		g.node.Out = out
		rel = g.node
	}
	replaced := make([]expr.Expr, len(list))
	for i, e := range list {
		replaced[i] = rewrite(e, func(e expr.Expr) expr.Expr {
			if r, ok := e.(*overRef); ok {
				return place[r.i]
			}
			return nil
		})
	}
	return rel, replaced, nil
}

func sameWindow(a, b *logical.Over) bool {
	if len(a.Partition) != len(b.Partition) || len(a.Order) != len(b.Order) || a.Frame != b.Frame {
		return false
	}
	for i := range a.Partition {
		if a.Partition[i] != b.Partition[i] {
			return false
		}
	}
	for i := range a.Order {
		if a.Order[i] != b.Order[i] {
			return false
		}
	}
	return true
}
