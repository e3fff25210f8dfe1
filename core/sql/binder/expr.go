package binder

import (
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/logical"
)

// exprs binds the expressions of one clause.
type exprs struct {
	*binding
	scope *scope
	// rel is the relation that the scope describes. A subquery joins its value to it; the new
	// columns are hidden at the end of the scope. nil: no subqueries here.
	rel *logical.Rel
	// calls collects aggregates and window functions; nil: there may be none here.
	calls *callCollector
	// clause names the clause in messages.
	clause string
	// named are the windows of the WINDOW clause.
	named []*ast.NamedWindow
	// match is set inside of MATCH_RECOGNIZE, where names are values of a match.
	match *matchScope
}

// bind binds an expression; errors have a place.
func (x *exprs) bind(e ast.Expr) (expr.Expr, error) {
	out, err := x.node(e)
	if err != nil {
		return nil, x.at(e, err)
	}
	return out, nil
}

func (x *exprs) bindAll(list []ast.Expr) ([]expr.Expr, error) {
	out := make([]expr.Expr, len(list))
	for i, e := range list {
		var err error
		if out[i], err = x.bind(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// condition binds a BOOLEAN.
func (x *exprs) condition(e ast.Expr) (expr.Expr, error) {
	out, err := x.bind(e)
	if err != nil {
		return nil, err
	}
	switch out.Type().Kind {
	case types.Boolean:
		return out, nil
	case types.Null:
		return expr.Null(types.Of(types.Boolean)), nil
	}
	return nil, x.errorf(e, "%s must be a BOOLEAN, it is %s", x.clause, out.Type())
}

func (x *exprs) node(e ast.Expr) (expr.Expr, error) {
	switch e := e.(type) {
	case *ast.ColumnRef:
		return x.columnRef(e)
	case *ast.Null, *ast.Bool, *ast.Number, *ast.String, *ast.Bytes, *ast.DateTime, *ast.Interval:
		return x.literal(e)
	case *ast.Unary:
		return x.unary(e)
	case *ast.Binary:
		return x.binary(e)
	case *ast.Is:
		return x.call(notName("IS ", e.Not)+e.What, e.X)
	case *ast.IsDistinct:
		return x.call(notName("IS ", e.Not)+"DISTINCT FROM", e.Left, e.Right)
	case *ast.Between:
		return x.call(negated(e.Not)+"BETWEEN"+either(e.Symmetric, " SYMMETRIC", ""),
			e.X, e.Low, e.High)
	case *ast.Like:
		return x.like(e)
	case *ast.In:
		if e.Query != nil {
			return x.inQuery(e)
		}
		return x.inList(e)
	case *ast.Case:
		return x.caseOf(e)
	case *ast.Cast:
		return x.cast(e)
	case *ast.IntervalExpr:
		return x.call("INTERVAL", e.Value, &ast.Symbol{Name: string(e.Qualifier.From)})
	case *ast.RowExpr:
		return x.call("ROW", e.Items...)
	case *ast.ArrayExpr:
		return x.call("ARRAY", e.Items...)
	case *ast.MapExpr:
		return x.call("MAP", e.Items...)
	case *ast.Field:
		arg, err := x.bind(e.X)
		if err != nil {
			return nil, err
		}
		return expr.NewFieldNamed(arg, e.Name.Name)
	case *ast.Index:
		return x.index(e)
	case *ast.Call:
		return x.anyCall(e)
	case *ast.Subquery:
		return x.scalarQuery(e)
	case *ast.Exists:
		return x.existsQuery(e)
	case *ast.Quantified:
		return x.quantified(e)
	case *ast.Symbol:
		return expr.Text(e.Name), nil
	case *bound:
		return e.expr, nil
	case *pbNode:
		return x.pb(e.pb)
	}
	if j, ok := x.json(e); ok {
		return j()
	}
	return nil, errs.Userf("%s cannot be used here", describe(e))
}

// bound is an expression that is bound already, where syntax is wanted.
type bound struct {
	ast.Expr
	expr expr.Expr
}

// Pos implements ast.Node: it has no place in the source.
func (*bound) Pos() int { return 0 }

// End implements ast.Node.
func (*bound) End() int { return 0 }

func describe(e ast.Expr) string {
	s := ast.Format(e)
	if len(s) > 60 {
		s = s[:60] + "…"
	}
	return "'" + s + "'"
}

func notName(head string, not bool) string { return head + either(not, "NOT ", "") }

func negated(not bool) string { return either(not, "NOT ", "") }

func either(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// call binds the arguments and calls a built-in function.
func (x *exprs) call(name string, args ...ast.Expr) (expr.Expr, error) {
	in, err := x.bindAll(args)
	if err != nil {
		return nil, err
	}
	return expr.NewCall(name, in...)
}

func (x *exprs) columnRef(e *ast.ColumnRef) (expr.Expr, error) {
	if x.match != nil {
		if out, err := x.match.column(e); err == nil || !e.Name.Simple() {
			return out, err
		}
	}
	out, err := x.scope.resolve(e.Name.Strings())
	if err != nil && e.Name.Simple() {
		// CURRENT_DATE and the like are words without parentheses
		if f, ok := x.niladic(e.Name.Parts[0].Name); ok {
			return f()
		}
	}
	return out, err
}

func (x *exprs) unary(e *ast.Unary) (expr.Expr, error) {
	if n, ok := e.X.(*ast.Number); ok && e.Op == "-" { // -9223372036854775808 is one literal
		return number("-"+n.Text, n.Kind)
	}
	arg, err := x.bind(e.X)
	if err != nil {
		return nil, err
	}
	switch e.Op {
	case "NOT":
		return expr.NewNot(arg)
	case "-":
		return expr.NewCall("unary -", arg)
	}
	return expr.NewCall("unary +", arg)
}

func (x *exprs) binary(e *ast.Binary) (expr.Expr, error) {
	if e.Op == "OVERLAPS" { // the rows are pairs of times, no values
		l, okL := e.Left.(*ast.RowExpr)
		r, okR := e.Right.(*ast.RowExpr)
		if okL && okR && len(l.Items) == 2 && len(r.Items) == 2 {
			return x.call("OVERLAPS", append(slices.Clone(l.Items), r.Items...)...)
		}
	}
	if e.Op == "=" {
		if eq, err := x.rowsEqual(e.Left, e.Right); eq != nil || err != nil {
			return eq, err
		}
	}
	left, err := x.bind(e.Left)
	if err != nil {
		return nil, err
	}
	right, err := x.bind(e.Right)
	if err != nil {
		return nil, err
	}
	switch e.Op {
	case "AND":
		return expr.NewAnd(left, right)
	case "OR":
		return expr.NewOr(left, right)
	}
	return expr.NewCall(string(e.Op), left, right)
}

// rowsEqual compares two rows that are written out, field by field: NULLs in them leave the result
// open. It is nil for other expressions.
func (x *exprs) rowsEqual(left, right ast.Expr) (expr.Expr, error) {
	l, okL := left.(*ast.RowExpr)
	r, okR := right.(*ast.RowExpr)
	if !okL || !okR || len(l.Items) != len(r.Items) {
		return nil, nil
	}
	all := make([]expr.Expr, len(l.Items))
	for i := range l.Items {
		var err error
		if all[i], err = x.binary(&ast.Binary{Span: ast.Span{Start: left.Pos(), Stop: left.End()}, Op: "=", Left: l.Items[i],
			Right: r.Items[i]}); err != nil {
			return nil, err
		}
	}
	return expr.NewAnd(all...)
}

func (x *exprs) like(e *ast.Like) (expr.Expr, error) {
	args := []ast.Expr{e.X, e.Pattern}
	if e.Escape != nil {
		args = append(args, e.Escape)
	}
	name := string(e.Kind)
	if e.Kind == ast.LikeRegex {
		name = "REGEXP"
	}
	out, err := x.call(name, args...)
	if err != nil || !e.Not {
		return out, err
	}
	return expr.NewNot(out)
}

// inList is x = a OR x = b …; rows compare field by field.
func (x *exprs) inList(e *ast.In) (expr.Expr, error) {
	left, err := x.bind(e.X)
	if err != nil {
		return nil, err
	}
	var any []expr.Expr
	for _, item := range e.List {
		eq, err := x.rowsEqual(e.X, item)
		if err != nil {
			return nil, err
		}
		if eq == nil {
			right, err := x.bind(item)
			if err != nil {
				return nil, err
			}
			if eq, err = expr.NewCall("=", left, right); err != nil {
				return nil, x.at(item, err)
			}
		}
		any = append(any, eq)
	}
	out, err := expr.NewOr(any...)
	if err != nil || !e.Not {
		return out, err
	}
	return expr.NewNot(out)
}

func (x *exprs) caseOf(e *ast.Case) (expr.Expr, error) {
	var operand expr.Expr
	if e.Operand != nil {
		var err error
		if operand, err = x.bind(e.Operand); err != nil {
			return nil, err
		}
	}
	var whens []expr.When
	for _, w := range e.Whens {
		var conds []expr.Expr
		for _, v := range w.Values {
			c, err := x.bind(v)
			if err != nil {
				return nil, err
			}
			if operand != nil {
				if c, err = expr.NewCall("=", operand, c); err != nil {
					return nil, x.at(v, err)
				}
			} else if k := c.Type().Kind; k != types.Boolean && k != types.Null {
				return nil, x.errorf(v, "the condition of WHEN must be a BOOLEAN, it is %s", c.Type())
			}
			conds = append(conds, c)
		}
		cond, err := expr.NewOr(conds...)
		if err != nil {
			return nil, x.at(w, err)
		}
		then, err := x.bind(w.Then)
		if err != nil {
			return nil, err
		}
		whens = append(whens, expr.When{Cond: cond, Then: then})
	}
	var otherwise expr.Expr
	if e.Else != nil {
		var err error
		if otherwise, err = x.bind(e.Else); err != nil {
			return nil, err
		}
	}
	return expr.NewCase(whens, otherwise)
}

func (x *exprs) cast(e *ast.Cast) (expr.Expr, error) {
	if e.Type.Interval != nil {
		return x.toInterval(e)
	}
	arg, err := x.bind(e.X)
	if err != nil {
		return nil, err
	}
	to, err := x.dataType(e.Type)
	if err != nil {
		return nil, err
	}
	return expr.NewCast(arg, to, e.Try)
}

// index is array[i], map[k] or row[i].
func (x *exprs) index(e *ast.Index) (expr.Expr, error) {
	arg, err := x.bind(e.X)
	if err != nil {
		return nil, err
	}
	at, err := x.bind(e.Index)
	if err != nil {
		return nil, err
	}
	if arg.Type().Kind == types.Row {
		if name, ok := expr.TextValue(at); ok {
			return expr.NewFieldNamed(arg, name)
		}
		if i, ok := expr.IntValue(at); ok {
			return expr.NewField(arg, int(i)-1)
		}
		return nil, errs.Userf("a field of a ROW is named by a constant")
	}
	return expr.NewCall("ITEM", arg, at)
}

// niladic finds a function that is written without parentheses.
func (x *exprs) niladic(name string) (func() (expr.Expr, error), bool) {
	switch strings.ToUpper(name) {
	case "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP":
		return func() (expr.Expr, error) { return expr.NewCall(strings.ToUpper(name)) }, true
	}
	return nil, false
}
