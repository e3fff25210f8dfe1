package physical

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
)

// splitPython moves the Python calls of expressions over node's output into PythonCalc operators
// behind it and returns the expressions over the last one's output. Nested calls share a crossing;
// a call that needs something computed from another call's result, f(g(x) + 1), takes one more.
func (p *Planner) splitPython(
	node *plan.Node, list []expr.Expr,
) (*plan.Node, []expr.Expr, error) {
	for hasPython(list) {
		s := &stage{width: node.Schema.Len(), async: firstIsAsync(list)}
		out := make([]expr.Expr, len(list))
		for i, e := range list {
			out[i] = s.replace(e)
		}
		if s.err != nil {
			return nil, nil, s.err
		}
		list = out
		node = p.addStage(node, s)
	}
	return node, list, nil
}

func hasPython(list []expr.Expr) bool {
	for _, e := range list {
		if expr.HasUdf(e) {
			return true
		}
	}
	return false
}

// stage collects the calls of one crossing.
type stage struct {
	width   int
	async   bool        // all calls are async, or none
	args    []expr.Expr // computed arguments
	udfs    []*expr.Udf
	calls   []plan.PythonCall
	results []int // calls whose results leave the operator
	err     error
}

func isAsync(u *expr.Udf) bool {
	f, ok := u.Fn.(*planpb.Function)
	return ok && f.GetKind() == "async_scalar"
}

// firstIsAsync looks at the first call that can be made now.
func firstIsAsync(list []expr.Expr) bool {
	found, async := false, false
	for _, e := range list {
		expr.Walk(e, func(e expr.Expr) bool {
			if u, ok := e.(*expr.Udf); ok && !found && ready(u) {
				found, async = true, isAsync(u)
			}
			return !found
		})
	}
	return async
}

// ready says whether a call needs nothing but columns, plain expressions and ready calls that are
// synchronous as it is: an async call takes no results of the same crossing.
func ready(u *expr.Udf) bool {
	for _, a := range u.Args {
		if inner, ok := a.(*expr.Udf); ok {
			if isAsync(u) || isAsync(inner) || !ready(inner) {
				return false
			}
		} else if expr.HasUdf(a) {
			return false
		}
	}
	return true
}

// replace puts columns in place of the outermost ready calls.
func (s *stage) replace(e expr.Expr) expr.Expr {
	if u, ok := e.(*expr.Udf); ok && isAsync(u) == s.async && ready(u) {
		call := s.call(u)
		for i, r := range s.results {
			if r == call {
				return expr.NewColumn(s.width+i, u.Name, u.T)
			}
		}
		s.results = append(s.results, call)
		return expr.NewColumn(s.width+len(s.results)-1, u.Name, u.T)
	}
	kids := expr.Children(e)
	if len(kids) == 0 {
		return e
	}
	out := make([]expr.Expr, len(kids))
	for i, k := range kids {
		out[i] = s.replace(k)
	}
	return expr.WithChildren(e, out)
}

// call adds a call, its inner calls first; an equal deterministic one is made only once.
func (s *stage) call(u *expr.Udf) int {
	if u.Deterministic {
		for i, have := range s.udfs {
			if have.Fn == u.Fn && expr.Equal(have, u) {
				return i
			}
		}
	}
	f, ok := u.Fn.(*planpb.Function)
	if !ok {
		s.err = errs.Internalf("function %s has no description", u.Name)
		return 0
	}
	c := plan.PythonCall{Function: f, Type: u.T, Origin: f.GetOrigin()}
	type nested struct{ arg, call int }
	var inner []nested
	for i, a := range u.Args {
		switch a := a.(type) {
		case *expr.Udf:
			inner = append(inner, nested{i, s.call(a)})
			c.Args = append(c.Args, plan.PythonArg{})
		case *expr.Column:
			c.Args = append(c.Args, plan.PythonArg{Column: a.Index})
		case *expr.Literal:
			c.Args = append(c.Args, plan.PythonArg{Literal: a})
		default:
			c.Args = append(c.Args, plan.PythonArg{Column: s.computed(a)})
		}
	}
	for _, n := range inner {
		c.Args[n.arg] = plan.PythonArg{Column: resultBase + n.call}
	}
	s.calls = append(s.calls, c)
	s.udfs = append(s.udfs, u)
	return len(s.calls) - 1
}

// resultBase marks an argument that is a call's result until the input's width is known.
const resultBase = 1 << 30

func (s *stage) computed(e expr.Expr) int {
	for i, a := range s.args {
		if expr.Equal(a, e) {
			return s.width + i
		}
	}
	s.args = append(s.args, e)
	return s.width + len(s.args) - 1
}

// addStage adds the operators of a stage: a Calc for computed arguments, then the calls.
func (p *Planner) addStage(node *plan.Node, s *stage) *plan.Node {
	in := node.Schema
	if len(s.args) > 0 {
		wide := &types.Schema{Fields: append([]types.Field{}, in.Fields...)}
		for _, a := range s.args {
			wide.Fields = append(wide.Fields, types.F("arg", a.Type()))
		}
		node = p.add(&plan.Calc{Exprs: append(identity(in), s.args...)}, wide, forward(node))
	}
	op := &plan.PythonCalc{Calls: s.calls, InputLen: node.Schema.Len(), Results: s.results,
		Async: s.async}
	for i := range in.Fields {
		op.Keep = append(op.Keep, i)
	}
	for i := range op.Calls {
		for j, a := range op.Calls[i].Args {
			if a.Column >= resultBase {
				op.Calls[i].Args[j].Column = op.InputLen + a.Column - resultBase
			}
		}
	}
	out := &types.Schema{Fields: append([]types.Field{}, in.Fields...)}
	for _, r := range s.results {
		out.Fields = append(out.Fields, types.F(s.udfs[r].Name, s.udfs[r].T))
	}
	return p.add(op, out, forward(node))
}
