package physical

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// equi is the condition of a join taken apart: equal columns and the rest.
type equi struct {
	left, right []int
	nullSafe    []bool
	rest        expr.Expr // nil: nothing
}

// splitJoin finds the conjuncts left = right. Keys that are expressions were made columns by the
// caller's rules; others stay in the rest.
func splitJoin(cond expr.Expr, width int) (equi, error) {
	var e equi
	if cond == nil {
		return e, nil
	}
	var rest []expr.Expr
	for _, c := range expr.Conjuncts(cond) {
		call, ok := c.(*expr.Call)
		if !ok || call.Fn.Name != "=" && call.Fn.Name != "IS NOT DISTINCT FROM" {
			rest = append(rest, c)
			continue
		}
		a, okA := call.Args[0].(*expr.Column)
		b, okB := call.Args[1].(*expr.Column)
		if !okA || !okB || (a.Index < width) == (b.Index < width) {
			rest = append(rest, c)
			continue
		}
		if a.Index >= width {
			a, b = b, a
		}
		e.left, e.right = append(e.left, a.Index), append(e.right, b.Index-width)
		e.nullSafe = append(e.nullSafe, call.Fn.Name != "=")
	}
	if len(rest) > 0 {
		var err error
		e.rest, err = expr.NewAnd(rest...)
		return e, err
	}
	return e, nil
}

func (p *Planner) join(r *logical.Join, needBefore bool) (Result, error) {
	if s, ok := r.Right.(*logical.Snapshot); ok {
		return p.temporalJoin(r, s)
	}
	wanted := r
	r, narrow := pushKeys(r)
	left, err := p.Plan(r.Left, true)
	if err != nil {
		return left, err
	}
	right, err := p.Plan(r.Right, true)
	if err != nil {
		return right, err
	}
	e, err := splitJoin(r.Condition, r.Left.Schema().Len())
	if err != nil {
		return left, err
	}
	res, ok, err := p.timedJoin(r, e, left, right)
	if err != nil {
		return res, err
	}
	if !ok {
		res = p.regularJoin(r, e, left, right, needBefore)
	}
	if narrow == nil {
		return res, nil
	}
	list := make([]expr.Expr, len(narrow))
	for i, c := range narrow {
		f := wanted.Out.Fields[i]
		list[i] = expr.NewColumn(c, f.Name, f.Type)
	}
	return p.calc(res, nil, list, wanted.Out)
}

func (p *Planner) regularJoin(
	r *logical.Join, e equi, left, right Result, needBefore bool,
) Result {
	op := &plan.Join{Type: r.Kind, LeftKeys: e.left, RightKeys: e.right, NullSafe: e.nullSafe,
		Condition: e.rest, UpdateBefore: needBefore,
		LeftTTLMs:   hintTTL(r.Hints, "LEFT", p.StateTTLMs),
		RightTTLMs:  hintTTL(r.Hints, "RIGHT", p.StateTTLMs),
		LeftAppends: left.Mode.IsInsertOnly(), RightAppends: right.Mode.IsInsertOnly()}
	if p.Batch {
		return p.batchJoin(r, op, left, right)
	}
	n := p.add(op, r.Out, hashed(left.Node, e.left), hashed(right.Node, e.right))
	mode := left.Mode | right.Mode
	if r.Kind != plan.InnerJoin && r.Kind != plan.SemiJoin {
		mode |= p.produced(true, needBefore)
	}
	res := Result{Node: n, Mode: mode,
		Key: joinKey(r.Kind, e, left.Node.Schema.Len(), left.Key, right.Key)}
	if !needBefore && e.rest == nil && staysIn(left, e.left) && staysIn(right, e.right) {
		res = p.withoutBefore(res)
	}
	return res
}

// staysIn says whether an update of a side's row leaves its join key as it is: the key that names
// the row has all of it.
func staysIn(side Result, keys []int) bool {
	return side.Mode.IsInsertOnly() || side.Key != nil && !slices.ContainsFunc(keys,
		func(k int) bool { return !slices.Contains(side.Key, k) })
}

// joinKey is the upsert key of a join's result, of sides with these keys (nil: none is known), the
// left one of width columns: of a semi or anti join the left's; else both keys together, or one
// alone when the other side has at most one match.
func joinKey(kind plan.JoinKind, e equi, width int, left, right []int) []int {
	if kind == plan.SemiJoin || kind == plan.AntiJoin {
		return left
	}
	if left == nil || right == nil {
		return nil
	}
	covers := func(key, cols []int) bool {
		return len(key) > 0 && !slices.ContainsFunc(key,
			func(k int) bool { return !slices.Contains(cols, k) })
	}
	if covers(right, e.right) && (kind == plan.InnerJoin || kind == plan.LeftJoin) {
		return left
	}
	key := slices.Clone(left)
	for _, k := range right {
		key = append(key, width+k)
	}
	if kind == plan.InnerJoin && covers(left, e.left) {
		return key[len(left):]
	}
	if kind == plan.FullJoin {
		return nil
	}
	return key
}

// pushKeys computes the sides of equalities that are expressions of one side only in projections
// below the join, so that they become key columns. narrow, when not nil, says where the join's own
// columns are in the wider one.
func pushKeys(r *logical.Join) (wide *logical.Join, narrow []int) {
	if r.Condition == nil {
		return r, nil
	}
	width := r.Left.Schema().Len()
	leftList, rightList := identity(r.Left.Schema()), identity(r.Right.Schema())
	var conds []expr.Expr
	changed := false
	type key struct {
		e    expr.Expr
		left bool
		at   int
	}
	side := func(e expr.Expr) (left, ok bool) {
		cols := expr.Columns(e)
		if len(cols) == 0 {
			return false, false
		}
		left = cols[0] < width
		for _, c := range cols {
			if (c < width) != left {
				return false, false
			}
		}
		return left, true
	}
	place := func(e expr.Expr, left bool) key {
		if left {
			leftList = append(leftList, e)
			return key{e, true, len(leftList) - 1}
		}
		moved := expr.Rewrite(e, func(e expr.Expr) expr.Expr {
			if c, ok := e.(*expr.Column); ok {
				return expr.NewColumn(c.Index-width, c.Name, c.T)
			}
			return e
		})
		rightList = append(rightList, moved)
		return key{e, false, len(rightList) - 1}
	}
	type pair struct {
		at   int
		args [2]any
		call *expr.Call
	}
	var pairs []pair
	for _, c := range expr.Conjuncts(r.Condition) {
		conds = append(conds, c)
		call, ok := c.(*expr.Call)
		if !ok || call.Fn.Name != "=" {
			continue
		}
		l0, ok0 := side(call.Args[0])
		l1, ok1 := side(call.Args[1])
		if !ok0 || !ok1 || l0 == l1 {
			continue
		}
		pr := pair{at: len(conds) - 1, call: call}
		for i, a := range call.Args {
			if _, plain := a.(*expr.Column); plain {
				pr.args[i] = a
				continue
			}
			left, _ := side(a)
			pr.args[i] = place(a, left)
			changed = true
		}
		pairs = append(pairs, pr)
	}
	if !changed {
		return r, nil
	}
	newWidth := len(leftList)
	to := make([]int, width+r.Right.Schema().Len())
	for i := range to {
		to[i] = i
		if i >= width {
			to[i] = i - width + newWidth
		}
	}
	for i := range conds {
		conds[i] = expr.Remap(conds[i], to)
	}
	for _, pr := range pairs {
		args := make([]expr.Expr, 2)
		for i, a := range pr.args {
			switch a := a.(type) {
			case expr.Expr:
				args[i] = expr.Remap(a, to)
			case key:
				at := a.at
				if !a.left {
					at += newWidth
				}
				args[i] = expr.NewColumn(at, "$key", a.e.Type())
			}
		}
		conds[pr.at] = expr.WithChildren(pr.call, args)
	}
	return joinOver(r, leftList, rightList, conds), to[:r.Schema().Len()]
}

// joinOver rebuilds a join over wider inputs.
func joinOver(r *logical.Join, leftList, rightList, conds []expr.Expr) *logical.Join {
	side := func(in logical.Rel, list []expr.Expr) logical.Rel {
		if len(list) == in.Schema().Len() {
			return in
		}
		out := &types.Schema{}
		for i, e := range list {
			name := "$key"
			if i < in.Schema().Len() {
				name = in.Schema().Fields[i].Name
			}
			out.Fields = append(out.Fields, types.F(name, e.Type()))
		}
		return &logical.Project{Input: in, Exprs: list, Out: out}
	}
	j := *r
	j.Left, j.Right = side(r.Left, leftList), side(r.Right, rightList)
	j.Out = logical.JoinSchema(r.Kind, j.Left.Schema(), j.Right.Schema())
	var err error
	if j.Condition, err = expr.NewAnd(conds...); err != nil {
		panic(err) // they were BOOLEANs before
	}
	return &j
}

// timedJoin recognises joins that time bounds: windows and intervals.
func (p *Planner) timedJoin(
	r *logical.Join, e equi, left, right Result,
) (Result, bool, error) {
	if p.Batch {
		return Result{}, false, nil
	}
	if res, ok, err := p.windowJoin(r, e, left, right); ok || err != nil {
		return res, ok, err
	}
	return p.intervalJoin(r, e, left, right)
}

func (p *Planner) temporalJoin(r *logical.Join, s *logical.Snapshot) (Result, error) {
	if scan, ok := p.lookupTable(s); ok {
		return p.lookupJoin(r, s, scan)
	}
	left, err := p.Plan(r.Left, true)
	if err != nil {
		return left, err
	}
	right, err := p.Plan(s.Input, false) // a version ends with the next one
	if err != nil {
		return right, err
	}
	e, err := splitJoin(r.Condition, r.Left.Schema().Len())
	if err != nil {
		return left, err
	}
	if len(e.left) == 0 {
		return left, errs.Userf("a temporal join needs an equality on the right table's primary key")
	}
	if p.Batch {
		return left, errs.Userf("a temporal join of a versioned table is not supported in batch mode")
	}
	if err := requireInsertOnly(left, "the left side of a temporal join"); err != nil {
		return left, err
	}
	op := &plan.TemporalJoin{Left: r.Kind == plan.LeftJoin, LeftKeys: e.left,
		RightKeys: e.right, Condition: e.rest, RightTime: -1, LeftTime: -1}
	c, ok := s.Period.(*expr.Column)
	if !ok {
		return left, errs.Userf("FOR SYSTEM_TIME AS OF takes a column")
	}
	op.LeftTime = c.Index
	if c.T.Attr == types.RowTime {
		op.RightTime = rowTime(s.Input.Schema())
		if op.RightTime < 0 {
			return left, errs.Userf("the right side of an event-time temporal join has no row time").
				Fix("declare a WATERMARK and a PRIMARY KEY on it")
		}
		if right.Key == nil && !s.Keyed {
			return left, errs.Userf("an event-time temporal join needs a primary key of the versioned " +
				"table, and none can be found").
				Fix("declare PRIMARY KEY (…) NOT ENFORCED, or keep the last row of each key with " +
					"ROW_NUMBER()")
		}
	}
	n := p.add(op, r.Out, hashed(left.Node, e.left), hashed(right.Node, e.right))
	return Result{Node: n, Mode: plan.InsertOnly}, nil
}

func rowTime(s *types.Schema) int {
	return slices.IndexFunc(s.Fields, func(f types.Field) bool {
		return f.Type.Attr == types.RowTime
	})
}
