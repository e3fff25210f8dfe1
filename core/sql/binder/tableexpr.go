package binder

import (
	"errors"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/parser"
)

// pbNode is an expression of the Table API where syntax is wanted.
type pbNode struct {
	ast.Expr
	pb *planpb.Expr
}

// Pos implements ast.Node: the Table API has no source text.
func (*pbNode) Pos() int { return 0 }

// End implements ast.Node.
func (*pbNode) End() int { return 0 }

// pbExpr is an expression of the Table API as syntax.
func (b *binding) pbExpr(e *planpb.Expr) (ast.Expr, error) { return &pbNode{pb: e}, nil }

func pbNodes(list []*planpb.Expr) []ast.Expr {
	out := make([]ast.Expr, len(list))
	for i, e := range list {
		out[i] = &pbNode{pb: e}
	}
	return out
}

// pb binds an expression of the Table API.
func (x *exprs) pb(e *planpb.Expr) (expr.Expr, error) {
	out, err := x.pbKind(e)
	var marked *errs.Error
	if err != nil && e.GetOrigin() != "" && errors.As(err, &marked) && marked.Place == "" {
		placed := *marked
		placed.Place = e.GetOrigin()
		return nil, &placed
	}
	return out, err
}

func (x *exprs) pbAll(list []*planpb.Expr) ([]expr.Expr, error) {
	out := make([]expr.Expr, len(list))
	for i, e := range list {
		var err error
		if out[i], err = x.pb(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (x *exprs) pbKind(e *planpb.Expr) (expr.Expr, error) {
	switch n := e.GetNode().(type) {
	case *planpb.Expr_Column:
		if i, _, err := x.scope.find([]string{n.Column}); err != nil || i >= 0 {
			if err != nil {
				return nil, err
			}
			return x.scope.column(i), nil
		}
		return x.scope.resolve(strings.Split(n.Column, "."))
	case *planpb.Expr_Literal_:
		return x.pbLiteral(n.Literal)
	case *planpb.Expr_Call_:
		return x.pbCall(n.Call)
	case *planpb.Expr_Udf_:
		return x.pbUdf(n.Udf)
	case *planpb.Expr_Cast_:
		arg, err := x.pb(n.Cast.GetArg())
		if err != nil {
			return nil, err
		}
		t, err := types.Parse(n.Cast.GetType())
		if err != nil {
			return nil, err
		}
		return expr.NewCast(arg, t, n.Cast.GetTry())
	case *planpb.Expr_As_:
		return x.pb(n.As.GetArg())
	case *planpb.Expr_Over_:
		return x.pbOver(n.Over)
	case *planpb.Expr_Subquery:
		return nil, errs.Userf("a table can only be used in in_(table)")
	case *planpb.Expr_Sql:
		syntax, err := parser.ParseExpr(n.Sql)
		if err != nil {
			return nil, err
		}
		inner := *x
		inner.binding = &binding{Binder: x.Binder, src: n.Sql}
		return inner.bind(syntax)
	case *planpb.Expr_Star:
		return nil, errs.Userf("'*' can only be used in select")
	}
	return nil, errs.Internalf("no expression %T", e.GetNode())
}

func (x *exprs) pbLiteral(l *planpb.Expr_Literal) (expr.Expr, error) {
	t, err := types.Parse(l.GetType())
	if err != nil {
		return nil, err
	}
	if len(l.GetItems()) > 0 {
		return x.pbNested(t, l.GetItems())
	}
	if l.Value == nil {
		return expr.Null(t.Nullable(true)), nil
	}
	text := expr.Text(l.GetValue())
	if t.Kind == types.Varchar && t.Precision == types.MaxLen {
		return text, nil
	}
	if t.IsInterval() {
		return intervalLiteral(t, l.GetValue())
	}
	if t.IsString() {
		return text, nil
	}
	cast, err := expr.NewCast(text, t, false)
	if err != nil {
		return nil, err
	}
	folded := expr.Fold(nil, cast)
	if _, ok := folded.(*expr.Literal); !ok {
		return nil, errs.Userf("'%s' is not a %s", l.GetValue(), t)
	}
	return folded, nil
}

// intervalLiteral: the value is a number of months or milliseconds.
func intervalLiteral(t types.Type, text string) (expr.Expr, error) {
	n, err := expr.Number(text)
	if err != nil {
		return nil, err
	}
	v := literalInt64(n)
	if t.Kind == types.IntervalYM {
		return expr.IntervalMonths(int32(v)), nil
	}
	return expr.IntervalMs(v), nil
}

func (x *exprs) pbNested(t types.Type, items []*planpb.Expr) (expr.Expr, error) {
	args, err := x.pbAll(items)
	if err != nil {
		return nil, err
	}
	name := map[types.Kind]string{types.Array: "ARRAY", types.Map: "MAP", types.Row: "ROW"}[t.Kind]
	if name == "" {
		return nil, errs.Internalf("no nested literal of %s", t)
	}
	e, err := expr.NewCall(name, args...)
	if err != nil {
		return nil, err
	}
	return expr.NewCast(e, t, false)
}

// pbCall binds a call by its name in the Table API.
func (x *exprs) pbCall(c *planpb.Expr_Call) (expr.Expr, error) {
	if c.GetName() == "in" || c.GetName() == "notIn" {
		if len(c.GetArgs()) == 2 && c.GetArgs()[1].GetSubquery() != nil {
			return nil, errs.Userf("in_(table) can only be a condition of filter")
		}
		return x.pbIn(c)
	}
	if p, ok := x.pbWindowProperty(c); ok {
		return p, nil
	}
	name, ok := function.LookupTableAPI(c.GetName())
	if !ok {
		return x.pbNamed(c)
	}
	if name == "DISTINCT" {
		return x.pbDistinct(c)
	}
	if _, ok := function.LookupAggregate(name); ok {
		args, err := x.pbAll(c.GetArgs())
		if err != nil {
			return nil, err
		}
		return x.pbAggregateCall(aggCall{name: name, args: args, distinct: c.GetDistinct()})
	}
	if name == "PROCTIME" {
		return x.node(&ast.Call{Name: &ast.Name{Parts: []ast.Ident{{Name: name}}}})
	}
	args, err := x.pbAll(c.GetArgs())
	if err != nil {
		return nil, err
	}
	if name == "GET" { // row.get("field")
		if f, ok := expr.TextValue(args[1]); ok {
			return expr.NewFieldNamed(args[0], f)
		}
		if i, ok := expr.IntValue(args[1]); ok {
			return expr.NewField(args[0], int(i))
		}
	}
	return expr.NewCall(name, args...)
}

// pbNamed is call("f", …): a function of the catalog, else a built-in by its SQL name.
func (x *exprs) pbNamed(c *planpb.Expr_Call) (expr.Expr, error) {
	call := &ast.Call{Name: &ast.Name{}, Args: pbNodes(c.GetArgs())}
	for _, part := range strings.Split(c.GetName(), ".") {
		call.Name.Parts = append(call.Name.Parts, ast.Ident{Name: strings.Trim(part, "`")})
	}
	return x.anyCall(call)
}

// pbDistinct is agg.distinct: the aggregate below becomes DISTINCT.
func (x *exprs) pbDistinct(c *planpb.Expr_Call) (expr.Expr, error) {
	arg := c.GetArgs()[0]
	if inner := arg.GetCall(); inner != nil {
		return x.pbCall(&planpb.Expr_Call{Name: inner.GetName(), Args: inner.GetArgs(),
			Distinct: true})
	}
	if u := arg.GetUdf(); u != nil {
		return x.pbUdf(&planpb.Expr_Udf{Function: u.GetFunction(), Args: u.GetArgs(),
			Distinct: true})
	}
	return nil, errs.Userf("distinct belongs behind an aggregate")
}

func (x *exprs) pbAggregateCall(call aggCall) (expr.Expr, error) {
	if x.calls == nil {
		return nil, errs.Userf("an aggregate cannot be used in %s", x.clause)
	}
	for i := 1; i < len(call.args); i++ { // such as the percentages of PERCENTILE
		call.args[i] = expr.Fold(nil, call.args[i])
	}
	if err := x.inferAgg(&call); err != nil {
		return nil, err
	}
	if x.calls.neverEmpty && call.keepsNotNull() {
		call.t = call.t.Nullable(false)
	}
	return x.calls.addAgg(call), nil
}

func (x *exprs) pbUdf(u *planpb.Expr_Udf) (expr.Expr, error) {
	args, err := x.pbAll(u.GetArgs())
	if err != nil {
		return nil, err
	}
	f := u.GetFunction()
	switch f.GetKind() {
	case "aggregate", "table_aggregate":
		return x.pbAggregateCall(aggCall{udf: f, args: args, distinct: u.GetDistinct(),
			origin: f.GetOrigin()})
	case "table":
		return nil, errs.Userf("table function '%s' cannot be used as a value", f.GetName()).
			Fix("use join_lateral or flat_map")
	}
	return x.udf(f, args)
}

func (x *exprs) pbIn(c *planpb.Expr_Call) (expr.Expr, error) {
	args, err := x.pbAll(c.GetArgs())
	if err != nil {
		return nil, err
	}
	var any []expr.Expr
	for _, a := range args[1:] {
		eq, err := expr.NewCall("=", args[0], a)
		if err != nil {
			return nil, err
		}
		any = append(any, eq)
	}
	out, err := expr.NewOr(any...)
	if err == nil && c.GetName() == "notIn" {
		return expr.NewNot(out)
	}
	return out, err
}

// pbWindowProperty is w.start, w.end, w.rowtime, w.proctime of the group window w.
func (x *exprs) pbWindowProperty(c *planpb.Expr_Call) (expr.Expr, bool) {
	p, ok := map[string]plan.WindowProperty{"start": plan.WindowStart, "end": plan.WindowEnd,
		"windowStart": plan.WindowStart, "windowEnd": plan.WindowEnd,
		"rowtime": plan.WindowTime, "proctime": plan.WindowProcTime}[c.GetName()]
	if !ok || x.calls == nil || x.calls.window == nil || len(c.GetArgs()) != 1 ||
		c.GetArgs()[0].GetColumn() != x.calls.windowName {
		return nil, false
	}
	return x.calls.prop(p, x.calls.window), true
}
