package binder

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// projector appends computed columns to a relation as they are asked for.
type projector struct {
	input logical.Rel
	exprs []expr.Expr
	names []string
	n     int // columns of the input
}

// newProjector starts with the columns of rel.
func newProjector(rel logical.Rel) *projector {
	p := &projector{input: rel, n: rel.Schema().Len()}
	for i, f := range rel.Schema().Fields {
		p.exprs = append(p.exprs, expr.NewColumn(i, f.Name, f.Type))
		p.names = append(p.names, f.Name)
	}
	return p
}

// emptyProjector starts with no columns: only what is asked for comes out.
func emptyProjector(rel logical.Rel) *projector { return &projector{input: rel} }

// column returns the position of the column with the value of e.
func (p *projector) column(e expr.Expr) int {
	for i, have := range p.exprs {
		if expr.Equal(have, e) {
			return i
		}
	}
	name := "$f" + itoa(len(p.exprs))
	if c, ok := e.(*expr.Column); ok {
		name = c.Name
	}
	p.exprs, p.names = append(p.exprs, e), append(p.names, name)
	return len(p.exprs) - 1
}

func (p *projector) columns(list []expr.Expr) []int {
	out := make([]int, len(list))
	for i, e := range list {
		out[i] = p.column(e)
	}
	return out
}

// aggCall puts the arguments of a call into columns; constants stay constants too.
func (p *projector) aggCall(c aggCall) plan.AggCall {
	out := plan.AggCall{Name: c.name, UDF: c.udf, Filter: -1, Distinct: c.distinct, Type: c.t,
		Origin: c.origin}
	for i, a := range c.args {
		if _, ok := a.(*expr.Literal); ok {
			if out.Consts == nil {
				out.Consts = map[int]expr.Expr{}
			}
			out.Consts[i] = a
		}
		out.Args = append(out.Args, p.column(a))
	}
	if c.filter != nil {
		out.Filter = p.column(c.filter)
	}
	return out
}

// rel is the relation with the columns asked for so far.
func (p *projector) rel() logical.Rel {
	if len(p.exprs) == p.n && p.n > 0 {
		return p.input
	}
	return project(p.input, p.exprs, p.names)
}

// project makes a Project, or returns rel when that would change nothing but names that are equal.
func project(rel logical.Rel, list []expr.Expr, names []string) logical.Rel {
	out := &types.Schema{}
	same := len(list) == rel.Schema().Len()
	for i, e := range list {
		out.Fields = append(out.Fields, types.F(names[i], e.Type()))
		c, ok := e.(*expr.Column)
		same = same && ok && c.Index == i && names[i] == rel.Schema().Fields[i].Name
	}
	if same {
		return rel
	}
	return &logical.Project{Input: rel, Exprs: list, Out: out}
}

// rewrite replaces the outermost nodes for which f gives another one.
func rewrite(e expr.Expr, f func(expr.Expr) expr.Expr) expr.Expr {
	if r := f(e); r != nil {
		return r
	}
	kids := expr.Children(e)
	if len(kids) == 0 {
		return e
	}
	changed := false
	out := make([]expr.Expr, len(kids))
	for i, k := range kids {
		out[i] = rewrite(k, f)
		changed = changed || out[i] != k
	}
	if !changed {
		return e
	}
	return expr.WithChildren(e, out)
}

func literalInt64(l *expr.Literal) int64 {
	if l.Value.IsNull(0) {
		return 0
	}
	switch l.T.Kind {
	case types.IntervalYM:
		return int64(batch.Values[int32](l.Value)[0])
	case types.IntervalDT, types.BigInt:
		return batch.Values[int64](l.Value)[0]
	}
	v, _ := expr.IntValue(l)
	return v
}
