package binder

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/ast"
)

// matchScope resolves names inside of MATCH_RECOGNIZE: A.x is the x of the last row of A, x that
// of the last row at all. Each value becomes a reference of the plan, and a column over those.
type matchScope struct {
	in   *scope
	p    *projector
	spec *plan.Match
	vars []string
	time *expr.Column
	// rowVar, while an argument of FIRST, LAST or an aggregate is bound, takes the variable that
	// its names have; the names are then columns of the input.
	rowVar *string
	named  bool // a name has been found in the argument
}

// column binds a column, with or without a variable.
func (m *matchScope) column(e *ast.ColumnRef) (expr.Expr, error) {
	parts := e.Name.Strings()
	v := ""
	if len(parts) > 1 && slices.Contains(m.vars, parts[0]) {
		v, parts = parts[0], parts[1:]
	}
	c, err := m.in.resolve(parts)
	if err != nil {
		return nil, err
	}
	if m.rowVar == nil {
		return m.ref(plan.MatchRef{Var: v, Column: m.p.column(c),
			Type: c.Type().WithAttr(types.NoTime).Nullable(true)}), nil
	}
	if m.named && *m.rowVar != v {
		return nil, errs.Userf("an aggregate or row function in MATCH_RECOGNIZE refers to one pattern "+
			"variable, not both '%s' and '%s'", *m.rowVar, v)
	}
	*m.rowVar, m.named = v, true
	return c, nil
}

// ref is the column of a reference.
func (m *matchScope) ref(r plan.MatchRef) expr.Expr {
	i := len(m.spec.Refs)
	for k, have := range m.spec.Refs {
		if r.Agg == nil && have.Agg == nil && have.Var == r.Var && have.Column == r.Column &&
			have.First == r.First && have.Offset == r.Offset &&
			have.Type.NotNull == r.Type.NotNull && have.Type.Attr == r.Type.Attr {
			i = k
		}
	}
	if i == len(m.spec.Refs) {
		m.spec.Refs = append(m.spec.Refs, r)
	}
	return expr.NewColumn(i, "$m"+itoa(i), r.Type)
}

// rowArgument binds f's argument as columns of the rows of one variable.
func (m *matchScope) rowArgument(f func() error) (string, error) {
	if m.rowVar != nil {
		return "", errs.Userf("aggregates and row functions cannot be nested in MATCH_RECOGNIZE")
	}
	v := ""
	m.rowVar, m.named = &v, false
	err := f()
	m.rowVar = nil
	return v, err
}

// matchCall binds the calls that mean something else in MATCH_RECOGNIZE.
func (x *exprs) matchCall(e *ast.Call, name string) (expr.Expr, bool, error) {
	m := x.match
	switch name {
	case "FIRST", "LAST":
		out, err := x.rowOf(e, name == "FIRST")
		return out, true, err
	case "MATCH_ROWTIME":
		if m.spec.TimeColumn < 0 {
			return nil, true, errs.Userf("MATCH_ROWTIME needs ORDER BY a row time")
		}
		return m.ref(plan.MatchRef{Column: m.spec.TimeColumn, Type: m.time.T.Nullable(false)}), true,
			nil
	case "MATCH_PROCTIME":
		out, err := expr.NewCall("PROCTIME")
		return out, true, err
	case "PREV", "NEXT", "CLASSIFIER", "MATCH_NUMBER":
		return nil, true, x.unsupported(e, name+" in MATCH_RECOGNIZE")
	}
	if _, ok := function.LookupAggregate(name); !ok || e.Over != nil || !e.Name.Simple() {
		return nil, false, nil
	}
	if e.Quantifier == ast.Distinct {
		return nil, true, x.errorf(e, "DISTINCT is not allowed in MATCH_RECOGNIZE: %s", name)
	}
	var call aggCall
	v, err := m.rowArgument(func() (err error) {
		call, err = x.aggCall(e, name, nil)
		return err
	})
	if err != nil {
		return nil, true, err
	}
	agg := m.p.aggCall(call)
	return m.ref(plan.MatchRef{Var: v, Agg: &agg, Type: call.t}), true, nil
}

// rowOf binds FIRST(A.x, n) and LAST(A.x, n).
func (x *exprs) rowOf(e *ast.Call, first bool) (expr.Expr, error) {
	if len(e.Args) < 1 || len(e.Args) > 2 {
		return nil, errs.Userf("FIRST and LAST take a column of a variable and an offset")
	}
	ref := plan.MatchRef{First: first}
	if len(e.Args) == 2 {
		n, err := x.bind(e.Args[1])
		if err != nil {
			return nil, err
		}
		offset, ok := expr.IntValue(n)
		if !ok || offset < 0 {
			return nil, x.errorf(e.Args[1], "the offset of FIRST and LAST is a constant from 0 on")
		}
		ref.Offset = int(offset)
	}
	var err error
	ref.Var, err = x.match.rowArgument(func() error {
		arg, err := x.bind(e.Args[0])
		if err != nil {
			return err
		}
		ref.Column = x.match.p.column(arg)
		ref.Type = arg.Type().WithAttr(types.NoTime).Nullable(true)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return x.match.ref(ref), nil
}
