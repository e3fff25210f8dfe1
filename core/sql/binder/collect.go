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

// callCollector gathers the aggregates and window functions of a SELECT while its expressions are
// bound; each leaves a placeholder that is replaced when its column exists.
type callCollector struct {
	hints []logical.Hint // of the aggregation
	aggs  []aggCall
	overs []overCall
	props []plan.WindowProperty
	// inAgg and inOver refuse nesting.
	inAgg, inOver bool
	window        *plan.Window // legacy group window of GROUP BY, once known
	windowTime    expr.Expr    // its time column in SQL
	windowName    string       // its alias in the Table API
	keys          []expr.Expr  // group keys, for GROUPING()
	grouped       bool
	// late are values of subqueries that are joined behind the aggregation; defers says that they
	// may be.
	late   []logical.Rel
	defers bool
	// neverEmpty says that each group has rows: every grouping set has a key.
	neverEmpty bool
}

type aggCall struct {
	name     string
	udf      *planpb.Function
	args     []expr.Expr
	filter   expr.Expr
	distinct bool
	order    []orderKey // WITHIN GROUP / ORDER BY inside
	t        types.Type
	origin   string
}

type overCall struct {
	aggCall
	partition []expr.Expr
	orders    []orderKey
	frame     *plan.Frame
	offset    int64
	def       expr.Expr
	ignore    bool
	rewritten bool // to the output of the aggregate below
}

type orderKey struct {
	e         expr.Expr
	desc      bool
	nullsLast bool
}

// aggRef, overRef and propRef stand for columns that the relation will have.
type aggRef struct {
	i int
	t types.Type
}

// Type implements expr.Expr.
func (r *aggRef) Type() types.Type { return r.t }

func (r *aggRef) String() string { return placeholder("agg", r.i) }

type overRef struct {
	i int
	t types.Type
}

// Type implements expr.Expr.
func (r *overRef) Type() types.Type { return r.t }

func (r *overRef) String() string { return placeholder("over", r.i) }

type propRef struct {
	p plan.WindowProperty
	t types.Type
}

// Type implements expr.Expr.
func (r *propRef) Type() types.Type { return r.t }

func (r *propRef) String() string { return placeholder("window", int(r.p)) }

// groupingRef is GROUPING or GROUPING_ID of group keys, or GROUP_ID.
type groupingRef struct {
	keys  []expr.Expr
	group bool // GROUP_ID: the place of the set among equal ones
	t     types.Type
}

// Type implements expr.Expr.
func (r *groupingRef) Type() types.Type { return r.t }

func (r *groupingRef) String() string {
	if r.group {
		return "$group_id()"
	}
	return "$grouping(" + exprTexts(r.keys) + ")"
}

func exprTexts(list []expr.Expr) string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = e.String()
	}
	return strings.Join(parts, ", ")
}

func (x *exprs) aggregateCall(
	e *ast.Call, name string, f *planpb.Function,
) (expr.Expr, error) {
	c := x.calls
	if c == nil {
		return nil, errs.Userf("aggregate %s cannot be used in %s", name, x.clause)
	}
	if c.inAgg {
		return nil, errs.Userf("aggregates cannot be nested: %s inside of an aggregate", name)
	}
	c.inAgg = true
	defer func() { c.inAgg = false }()
	call, err := x.aggCall(e, name, f)
	if err != nil {
		return nil, err
	}
	if c.neverEmpty && call.keepsNotNull() {
		call.t = call.t.Nullable(false)
	}
	return c.addAgg(call), nil
}

// keepsNotNull says whether the result is never NULL when there are rows: the call gives one of
// its arguments, a mean or a list of them, and none of those is NULL.
func (a aggCall) keepsNotNull() bool {
	switch a.name {
	case "SUM", "AVG", "MIN", "MAX", "FIRST_VALUE", "LAST_VALUE", "STDDEV_POP", "STDDEV_SAMP",
		"VAR_POP", "VAR_SAMP", "VARIANCE", "ARRAY_AGG", "ARRAY_AGG IGNORE NULLS", "LISTAGG":
	default:
		return false
	}
	return a.filter == nil && len(a.args) > 0 && a.args[0].Type().NotNull
}

// addAgg returns the placeholder of a call, shared with an equal one.
func (c *callCollector) addAgg(call aggCall) expr.Expr {
	for i, o := range c.aggs {
		if o.same(call) {
			return &aggRef{i: i, t: o.t}
		}
	}
	c.aggs = append(c.aggs, call)
	return &aggRef{i: len(c.aggs) - 1, t: call.t}
}

func (a aggCall) same(o aggCall) bool {
	if a.name != o.name || a.udf != o.udf || a.distinct != o.distinct ||
		len(a.args) != len(o.args) || (a.filter == nil) != (o.filter == nil) ||
		len(a.order) > 0 || len(o.order) > 0 ||
		a.udf != nil && !a.udf.GetDeterministic() {
		return false
	}
	for i := range a.args {
		if !expr.Equal(a.args[i], o.args[i]) {
			return false
		}
	}
	return a.filter == nil || expr.Equal(a.filter, o.filter)
}

func (x *exprs) aggCall(e *ast.Call, name string, f *planpb.Function) (aggCall, error) {
	call := aggCall{name: strings.ToUpper(name), udf: f, distinct: e.Quantifier == ast.Distinct}
	var err error
	if len(e.Args) == 0 && call.name == "COUNT" {
		return call, x.at(e, errs.Userf("COUNT needs an argument").Fix("write COUNT(*)"))
	}
	if len(e.Args) == 1 {
		if s, ok := e.Args[0].(*ast.Star); ok {
			if call.name != "COUNT" {
				return call, x.errorf(s, "%s(*) is not an aggregate; only COUNT(*) is", call.name)
			}
			if e.Quantifier != "" {
				return call, x.at(s, errs.Userf("COUNT(%s *) counts no column", e.Quantifier).
					Fix("write COUNT(*), or name the column that is counted"))
			}
			e = &ast.Call{Span: e.Span, Name: e.Name, Filter: e.Filter, Over: e.Over}
		}
	}
	if call.args, err = x.bindAll(e.Args); err != nil {
		return call, err
	}
	for i := 1; i < len(call.args); i++ { // such as the percentages of PERCENTILE
		call.args[i] = expr.Fold(nil, call.args[i])
	}
	if _, ok := function.LookupAggregate(call.name + " IGNORE NULLS"); ok &&
		e.Nulls == ast.IgnoreNulls {
		call.name += " IGNORE NULLS"
	}
	if e.Filter != nil {
		fx := *x
		fx.clause = "FILTER"
		if call.filter, err = fx.condition(e.Filter); err != nil {
			return call, err
		}
	}
	for _, o := range append(e.OrderBy[:len(e.OrderBy):len(e.OrderBy)], e.WithinGroup...) {
		k, err := x.orderItem(o)
		if err != nil {
			return call, err
		}
		call.order = append(call.order, k)
	}
	return call, x.inferAgg(&call)
}

// inferAgg sets the type and converts the arguments of a call.
func (x *exprs) inferAgg(call *aggCall) error {
	if call.udf != nil {
		call.name = ""
		args, err := udfArgs(call.udf, call.args)
		if err != nil {
			return err
		}
		call.args = args
		if len(call.udf.GetResultTypes()) == 0 {
			return errs.Userf("aggregate '%s' has no result type", call.udf.GetName()).
				Fix("give result_type to @udaf, or define get_result_type")
		}
		call.t, err = udfResult(call.udf)
		return err
	}
	fn, ok := function.LookupAggregate(call.name)
	if !ok {
		return function.Unknown(call.name, x.Catalog.UserFunctions())
	}
	call.name = fn.Name
	args := make([]function.Arg, len(call.args))
	for i, a := range call.args {
		args[i] = function.Arg{Type: a.Type()}
		if l, ok := a.(*expr.Literal); ok {
			args[i].Value = l.Value
		}
	}
	b, err := fn.Infer(args)
	if err != nil {
		return err
	}
	for i := range call.args {
		call.args[i] = expr.Coerce(call.args[i], b.Args[i])
	}
	call.t = b.Result
	return nil
}

// udfResult is the type of a function's result: a ROW when it gives several columns.
func udfResult(f *planpb.Function) (types.Type, error) {
	if len(f.GetResultTypes()) == 1 && len(f.GetResultNames()) == 0 {
		return types.Parse(f.GetResultTypes()[0])
	}
	row := types.Type{Kind: types.Row}
	for i, text := range f.GetResultTypes() {
		t, err := types.Parse(text)
		if err != nil {
			return row, err
		}
		name := "f" + itoa(i)
		if i < len(f.GetResultNames()) {
			name = f.GetResultNames()[i]
		}
		row.Fields = append(row.Fields, types.F(name, t))
	}
	return row, nil
}

func (x *exprs) orderItem(o *ast.OrderItem) (orderKey, error) {
	e, err := x.bind(o.Expr)
	if err != nil {
		return orderKey{}, err
	}
	return newOrderKey(e, o), nil
}

// newOrderKey: NULLs come first ascending and last descending unless told otherwise.
func newOrderKey(e expr.Expr, o *ast.OrderItem) orderKey {
	k := orderKey{e: e, desc: o.Desc, nullsLast: o.Desc}
	switch o.Nulls {
	case ast.NullsFirst:
		k.nullsLast = false
	case ast.NullsLast:
		k.nullsLast = true
	}
	return k
}

func (x *exprs) grouping(e *ast.Call, name string) (expr.Expr, error) {
	if x.calls == nil || !x.calls.grouped {
		return nil, errs.Userf("%s is only for queries with GROUP BY", name)
	}
	if name == "GROUP_ID" {
		return &groupingRef{group: true, t: types.Of(types.BigInt).Nullable(false)}, nil
	}
	keys, err := x.bindAll(e.Args)
	if err != nil {
		return nil, err
	}
	for i, k := range keys {
		found := false
		for _, g := range x.calls.keys {
			found = found || expr.Equal(g, k)
		}
		if !found {
			return nil, x.errorf(e.Args[i], "argument of %s is not in GROUP BY", name)
		}
	}
	return &groupingRef{keys: keys, t: types.Of(types.BigInt).Nullable(false)}, nil
}
