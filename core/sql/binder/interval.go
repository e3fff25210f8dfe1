package binder

import (
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/ast"
)

// toInterval is CAST(e AS INTERVAL unit): a number counts units, and the difference of two times,
// also written (a - b) unit, is taken in whole months where the unit is one of months.
func (x *exprs) toInterval(e *ast.Cast) (expr.Expr, error) {
	to, err := x.dataType(e.Type)
	if err != nil {
		return nil, err
	}
	if d, ok := e.X.(*ast.Binary); ok && d.Op == "-" {
		out, err := x.timesBetween(d, to)
		if out != nil || err != nil {
			return out, err
		}
	}
	arg, err := x.bind(e.X)
	if err != nil {
		return nil, err
	}
	if arg.Type().IsNumeric() {
		return expr.NewCall("INTERVAL", arg, expr.Text(string(e.Type.Interval.From)))
	}
	return expr.NewCast(arg, to, e.Try)
}

// timesBetween is the interval from the right to the left of a difference; nil unless both are
// times.
func (x *exprs) timesBetween(d *ast.Binary, to types.Type) (expr.Expr, error) {
	left, err := x.bind(d.Left)
	if err != nil {
		return nil, err
	}
	right, err := x.bind(d.Right)
	if err != nil {
		return nil, err
	}
	if !left.Type().IsTemporal() || !right.Type().IsTemporal() {
		return nil, nil
	}
	if to.Kind == types.IntervalDT {
		return expr.NewCall("-", left, right)
	}
	months, err := expr.NewCall("TIMESTAMPDIFF", expr.Text("MONTH"), right, left)
	if err != nil {
		return nil, err
	}
	return expr.NewCall("INTERVAL", months, expr.Text("MONTH"))
}
