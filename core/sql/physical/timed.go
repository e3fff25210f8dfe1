package physical

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// windowJoin: both sides come from window TVFs and the condition equates their window columns.
func (p *Planner) windowJoin(
	r *logical.Join, e equi, left, right Result,
) (Result, bool, error) {
	ls, rs := edges(r.Left), edges(r.Right)
	if ls == nil || rs == nil {
		return Result{}, false, nil
	}
	op := &plan.WindowJoin{Type: r.Kind, Condition: e.rest, LeftStart: -1, LeftEnd: -1}
	for i := range e.left {
		switch l, edge := e.left[i], ls[e.left[i]]; {
		case edge == startEdge && rs[e.right[i]] == edge:
			op.LeftStart, op.RightStart = l, e.right[i]
		case edge == endEdge && rs[e.right[i]] == edge:
			op.LeftEnd, op.RightEnd = l, e.right[i]
		default:
			op.LeftKeys = append(op.LeftKeys, l)
			op.RightKeys = append(op.RightKeys, e.right[i])
		}
	}
	if op.LeftStart < 0 || op.LeftEnd < 0 {
		return Result{}, false, nil
	}
	if !left.Mode.IsInsertOnly() || !right.Mode.IsInsertOnly() {
		return Result{}, false, errs.Userf("a window join does not support updates and deletes")
	}
	var err error
	if op.WindowZone, err = windowZone(r.Left, "a window join"); err != nil {
		return Result{}, false, err
	}
	n := p.add(op, r.Out, hashed(left.Node, op.LeftKeys), hashed(right.Node, op.RightKeys))
	return Result{Node: n, Mode: plan.InsertOnly}, true, nil
}

// windowZone is the zone whose local times the window columns of r are, "" for none.
func windowZone(r logical.Rel, what string) (string, error) {
	w := findWindow(r)
	switch {
	case w == nil:
		return "", nil
	case w.ProcTime:
		return "", errs.Userf("%s by processing time is not supported", what).
			Fix("use a window over a row time")
	case w.TimeLTZ:
		return w.Zone, nil
	}
	return "", nil
}

// intervalJoin: the condition bounds the time of one side by that of the other on both ends.
func (p *Planner) intervalJoin(
	r *logical.Join, e equi, left, right Result,
) (Result, bool, error) {
	if e.rest == nil || r.Kind == plan.SemiJoin || r.Kind == plan.AntiJoin ||
		!left.Mode.IsInsertOnly() || !right.Mode.IsInsertOnly() {
		return Result{}, false, nil
	}
	width := r.Left.Schema().Len()
	iv := interval{width: width}
	var rest []expr.Expr
	for _, c := range flattenBetween(expr.Conjuncts(e.rest)) {
		if !iv.take(c) {
			rest = append(rest, c)
		}
	}
	if !iv.hasLower || !iv.hasUpper {
		return Result{}, false, nil
	}
	op := &plan.IntervalJoin{Type: r.Kind, LeftKeys: e.left, RightKeys: e.right,
		LeftTime: iv.left, RightTime: iv.right, LowerMs: iv.lower, UpperMs: iv.upper,
		ProcTime: iv.proc}
	if len(rest) > 0 {
		var err error
		if op.Condition, err = expr.NewAnd(rest...); err != nil {
			return Result{}, false, err
		}
	}
	n := p.add(op, r.Out, hashed(left.Node, e.left), hashed(right.Node, e.right))
	return Result{Node: n, Mode: plan.InsertOnly}, true, nil
}

// interval gathers bounds lower ≤ left.time - right.time ≤ upper.
type interval struct {
	width              int
	left, right        int
	lower, upper       int64
	hasLower, hasUpper bool
	found, proc        bool
}

// take uses a comparison of times; false when it is something else.
func (iv *interval) take(c expr.Expr) bool {
	call, ok := c.(*expr.Call)
	if !ok || len(call.Args) != 2 {
		return false
	}
	a, aOff, okA := timeOffset(call.Args[0])
	b, bOff, okB := timeOffset(call.Args[1])
	if !okA || !okB || (a.Index < iv.width) == (b.Index < iv.width) {
		return false
	}
	op := call.Fn.Name
	if a.Index >= iv.width { // right op left: turn it round
		a, b, aOff, bOff = b, a, bOff, aOff
		op = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}[op]
	}
	if iv.found && (iv.left != a.Index || iv.right != b.Index-iv.width) {
		return false
	}
	// left + aOff op right + bOff  ⇔  left - right op bOff - aOff
	d := bOff - aOff
	switch op {
	case "<":
		iv.setUpper(d - 1)
	case "<=":
		iv.setUpper(d)
	case ">":
		iv.setLower(d + 1)
	case ">=":
		iv.setLower(d)
	case "=":
		iv.setLower(d)
		iv.setUpper(d)
	default:
		return false
	}
	iv.found, iv.left, iv.right = true, a.Index, b.Index-iv.width
	iv.proc = a.T.Attr == types.ProcTime
	return true
}

func (iv *interval) setLower(v int64) {
	if !iv.hasLower || v > iv.lower {
		iv.lower, iv.hasLower = v, true
	}
}

func (iv *interval) setUpper(v int64) {
	if !iv.hasUpper || v < iv.upper {
		iv.upper, iv.hasUpper = v, true
	}
}

// timeOffset reads a time attribute plus or minus a constant interval.
func timeOffset(e expr.Expr) (*expr.Column, int64, bool) {
	switch e := e.(type) {
	case *expr.Column:
		return e, 0, e.T.Attr != types.NoTime
	case *expr.Cast:
		if e.Implicit {
			return timeOffset(e.Arg)
		}
	case *expr.Call:
		if len(e.Args) != 2 || e.Fn.Name != "+" && e.Fn.Name != "-" {
			return nil, 0, false
		}
		c, off, ok := timeOffset(e.Args[0])
		l, isLit := e.Args[1].(*expr.Literal)
		if !ok || !isLit || l.T.Kind != types.IntervalDT {
			return nil, 0, false
		}
		v := batch.Values[int64](l.Value)[0]
		if e.Fn.Name == "-" {
			v = -v
		}
		return c, off + v, true
	}
	return nil, 0, false
}

// flattenBetween turns BETWEEN calls into their two comparisons.
func flattenBetween(list []expr.Expr) []expr.Expr {
	var out []expr.Expr
	for _, e := range list {
		c, ok := e.(*expr.Call)
		if ok && c.Fn.Name == "BETWEEN" {
			out = append(out, expr.MustCall(">=", c.Args[0], c.Args[1]),
				expr.MustCall("<=", c.Args[0], c.Args[2]))
			continue
		}
		out = append(out, e)
	}
	return out
}
