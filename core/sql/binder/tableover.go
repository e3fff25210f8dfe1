package binder

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
)

// pbOver is agg.over(col("w")): w is an over window of the select's table.
func (x *exprs) pbOver(o *planpb.Expr_Over) (expr.Expr, error) {
	if x.calls == nil {
		return nil, errs.Userf("over cannot be used in %s", x.clause)
	}
	for _, w := range x.overs {
		if w.GetAlias() == o.GetWindow() {
			return x.pbOverCall(o.GetArg(), w)
		}
	}
	return nil, errs.Userf("there is no over window '%s'", o.GetWindow()).
		Fix("define it with over_window(Over….alias(\"%s\"))", o.GetWindow())
}

func (x *exprs) pbOverCall(arg *planpb.Expr, w *planpb.OverWindow) (expr.Expr, error) {
	own := &callCollector{}
	inner := *x
	inner.calls = own
	if _, err := inner.pb(arg); err != nil {
		return nil, err
	}
	if len(own.aggs) != 1 {
		return nil, errs.Userf("over needs one aggregate")
	}
	call := overCall{aggCall: own.aggs[0]}
	plain := *x
	plain.calls, plain.clause = nil, "over window"
	var err error
	if call.partition, err = plain.pbAll(w.GetPartition()); err != nil {
		return nil, err
	}
	order, err := plain.pb(w.GetOrder())
	if err != nil {
		return nil, err
	}
	call.orders = []orderKey{{e: order}}
	if call.frame, err = plain.pbFrame(w); err != nil {
		return nil, err
	}
	x.calls.overs = append(x.calls.overs, call)
	return &overRef{i: len(x.calls.overs) - 1, t: call.t}, nil
}

// pbFrame reads preceding and following: constants of rows (BIGINT) or time (an interval), or the
// calls unboundedRow, unboundedRange, currentRow, currentRange.
func (x *exprs) pbFrame(w *planpb.OverWindow) (*plan.Frame, error) {
	f := &plan.Frame{UnboundedLower: true}
	bound := func(e *planpb.Expr, sign int64) (offset int64, unbounded, rows bool, err error) {
		switch name := e.GetCall().GetName(); name {
		case "unboundedRow", "unboundedRange":
			return 0, true, name == "unboundedRow", nil
		case "currentRow", "currentRange":
			return 0, false, name == "currentRow", nil
		}
		v, err := x.pb(e)
		if err != nil {
			return 0, false, false, err
		}
		n, ok := constantOffset(v)
		if !ok {
			return 0, false, false, errs.Userf("the bound of an over window is a constant")
		}
		return sign * n, false, v.Type().Kind != types.IntervalDT, nil
	}
	var err error
	if e := w.GetPreceding(); e != nil {
		if f.Lower, f.UnboundedLower, f.Rows, err = bound(e, -1); err != nil {
			return nil, err
		}
	}
	if e := w.GetFollowing(); e != nil {
		if f.Upper, f.UnboundedUpper, _, err = bound(e, 1); err != nil {
			return nil, err
		}
	}
	return f, nil
}
