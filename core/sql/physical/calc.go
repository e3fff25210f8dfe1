package physical

import (
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

func (p *Planner) filter(r *logical.Filter) (Result, error) {
	// a row that an update lets through the filter no longer must be taken back: by its -U
	in, err := p.Plan(r.Input, true)
	if err != nil {
		return in, err
	}
	var plain, python []expr.Expr
	for _, c := range expr.Conjuncts(r.Condition) {
		if expr.HasUdf(c) {
			python = append(python, c)
		} else {
			plain = append(plain, c)
		}
	}
	in, err = p.calc(in, plain, identity(r.Schema()), r.Schema())
	if err != nil || len(python) == 0 {
		return in, err
	}
	return p.calc(in, python, identity(r.Schema()), r.Schema())
}

func (p *Planner) project(r *logical.Project, needBefore bool) (Result, error) {
	if f, ok := r.Input.(*logical.Filter); ok { // one operator filters and projects
		in, err := p.Plan(f.Input, true)
		if err != nil {
			return in, err
		}
		return p.filterProject(in, f, r)
	}
	in, err := p.Plan(r.Input, needBefore)
	if err != nil {
		return in, err
	}
	return p.calc(in, nil, r.Exprs, r.Out)
}

// filterProject evaluates conditions without Python first, so that Python sees few rows.
func (p *Planner) filterProject(
	in Result, f *logical.Filter, r *logical.Project,
) (Result, error) {
	var plain, python []expr.Expr
	for _, c := range expr.Conjuncts(f.Condition) {
		if expr.HasUdf(c) {
			python = append(python, c)
		} else {
			plain = append(plain, c)
		}
	}
	if len(python) > 0 && len(plain) > 0 {
		var err error
		if in, err = p.calc(in, plain, identity(f.Schema()), f.Schema()); err != nil {
			return in, err
		}
		plain = nil
	}
	return p.calc(in, append(plain, python...), r.Exprs, r.Out)
}

// calc adds a Calc; Python calls in its expressions are split out below it, all of one crossing
// together, each only once.
func (p *Planner) calc(
	in Result, conds, list []expr.Expr, out *types.Schema,
) (Result, error) {
	cond, err := expr.NewAnd(conds...)
	if err != nil {
		return in, err
	}
	hasPython := expr.HasUdf(cond)
	for _, e := range list {
		hasPython = hasPython || expr.HasUdf(e)
	}
	key, lie := keyThrough(in.Key, list), in.Layout.through(list)
	if hasPython {
		lie = layout{}
		// a plain condition is decided before Python runs
		if !expr.HasUdf(cond) && !expr.IsTrue(cond) {
			if in, err = p.calc(in, conds, identity(in.Node.Schema), in.Node.Schema); err != nil {
				return in, err
			}
			cond = expr.Bool(true)
		}
		all := append([]expr.Expr{cond}, list...)
		if in.Node, all, err = p.splitPython(in.Node, all); err != nil {
			return in, err
		}
		cond, list = all[0], all[1:]
	}
	if expr.IsTrue(cond) && isIdentity(list, in.Node.Schema) {
		in.Key, in.Layout = key, lie
		return in, nil
	}
	op := &plan.Calc{Exprs: list}
	if !expr.IsTrue(cond) {
		op.Condition = cond
	}
	n := p.add(op, out, forward(in.Node))
	n.Mode = in.Mode
	return Result{Node: n, Mode: in.Mode, Key: key, Layout: lie}, nil
}

func isIdentity(list []expr.Expr, s *types.Schema) bool {
	if len(list) != s.Len() {
		return false
	}
	for i, e := range list {
		if c, ok := e.(*expr.Column); !ok || c.Index != i {
			return false
		}
	}
	return true
}
