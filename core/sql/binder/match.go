package binder

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/logical"
)

// match binds MATCH_RECOGNIZE.
func (b *binding) match(m *ast.MatchRecognize, outer *scope) (logical.Rel, error) {
	if err := b.matchSupported(m); err != nil {
		return nil, err
	}
	rel, in, err := b.tableRef(m.Input, outer)
	if err != nil {
		return nil, err
	}
	p := newProjector(rel)
	spec := plan.Match{TimeColumn: -1, Defines: map[string]expr.Expr{}}
	out := &types.Schema{}
	x := &exprs{binding: b, scope: in, clause: "PARTITION BY"}
	for _, e := range m.PartitionBy {
		c, err := x.bind(e)
		if err != nil {
			return nil, err
		}
		col, ok := c.(*expr.Column)
		if !ok {
			return nil, b.errorf(e, "PARTITION BY of MATCH_RECOGNIZE takes columns")
		}
		spec.Partition = append(spec.Partition, col.Index)
		out.Fields = append(out.Fields, types.F(col.Name, col.T))
	}
	time, err := b.matchOrder(m, x, p, &spec)
	if err != nil {
		return nil, err
	}
	if err := b.matchPattern(m, &spec); err != nil {
		return nil, err
	}
	ms := &matchScope{in: in, p: p, spec: &spec, time: time}
	for _, v := range spec.Pattern {
		ms.vars = append(ms.vars, v.Var)
	}
	mx := &exprs{binding: b, scope: &scope{}, match: ms}
	if err := mx.matchExprs(m, &spec, out); err != nil {
		return nil, err
	}
	return &logical.Match{Input: p.rel(), Spec: spec, Out: out}, nil
}

// matchSupported refuses what Flink refuses.
func (b *binding) matchSupported(m *ast.MatchRecognize) error {
	switch {
	case m.AllRows:
		return b.unsupported(m, "ALL ROWS PER MATCH")
	case len(m.Subsets) > 0:
		return b.unsupported(m.Subsets[0], "SUBSET")
	case m.StrictStart || m.StrictEnd:
		return b.unsupported(m, "^ or $ in a PATTERN")
	case len(m.OrderBy) == 0:
		return b.errorf(m, "MATCH_RECOGNIZE needs ORDER BY a time attribute")
	}
	return nil
}

// matchOrder binds ORDER BY: a time attribute, then what decides between rows of one time.
func (b *binding) matchOrder(
	m *ast.MatchRecognize, x *exprs, p *projector, spec *plan.Match,
) (*expr.Column, error) {
	var time *expr.Column
	for i, o := range m.OrderBy {
		k, err := x.orderItem(o)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			spec.Order = append(spec.Order,
				plan.SortKey{Column: p.column(k.e), Desc: k.desc, NullsLast: k.nullsLast})
			continue
		}
		c, ok := k.e.(*expr.Column)
		if !ok || k.desc || c.T.Attr == types.NoTime && !(b.Batch && c.T.IsTimestamp()) {
			return nil, b.errorf(o, "MATCH_RECOGNIZE is ordered by a time attribute, ascending, first")
		}
		time = c
		if c.T.Attr != types.ProcTime {
			spec.TimeColumn = c.Index
		}
	}
	if m.Within == nil {
		return time, nil
	}
	e, err := x.bind(m.Within)
	if err != nil {
		return nil, err
	}
	l, ok := expr.Fold(nil, e).(*expr.Literal)
	if !ok || l.T.Kind != types.IntervalDT {
		return nil, b.errorf(m.Within, "WITHIN takes a constant interval of days to seconds")
	}
	spec.WithinMs = literalInt64(l)
	return time, nil
}

// matchPattern binds PATTERN and AFTER MATCH SKIP.
func (b *binding) matchPattern(m *ast.MatchRecognize, spec *plan.Match) error {
	items := []ast.Pattern{m.Pattern}
	if c, ok := m.Pattern.(*ast.PatternConcat); ok {
		items = c.Items
	}
	for _, it := range items {
		v := plan.PatternVar{Min: 1, Max: 1}
		if r, ok := it.(*ast.PatternRepeat); ok {
			v = plan.PatternVar{Min: r.Min, Max: r.Max, Reluctant: r.Reluctant}
			it = r.Item
		}
		name, ok := it.(*ast.PatternVar)
		if !ok {
			return b.unsupported(m, "a PATTERN of anything but variables with quantifiers in sequence")
		}
		v.Var = name.Name
		if slices.ContainsFunc(spec.Pattern, func(o plan.PatternVar) bool { return o.Var == v.Var }) {
			return b.unsupported(name, "the pattern variable '"+v.Var+"' twice in a PATTERN")
		}
		spec.Pattern = append(spec.Pattern, v)
	}
	last := spec.Pattern[len(spec.Pattern)-1]
	switch {
	case last.Min != last.Max && !last.Reluctant:
		return b.errorf(m, "greedy quantifiers are not allowed as the last element of a pattern; "+
			"finish it with either a simple variable or a reluctant quantifier")
	case last.Min == 0:
		return b.unsupported(m, "an optional variable at the end of a PATTERN")
	}
	spec.SkipTo = "next-row" // what Flink does without AFTER MATCH
	if m.Skip == nil {
		return nil
	}
	switch m.Skip.Kind {
	case ast.SkipPastLastRow:
		spec.SkipTo = "past-last-row"
	case ast.SkipToFirst, ast.SkipToLast:
		spec.SkipTo, spec.SkipVar = "first", m.Skip.Variable.Name
		if m.Skip.Kind == ast.SkipToLast {
			spec.SkipTo = "last"
		}
		if !slices.ContainsFunc(spec.Pattern,
			func(o plan.PatternVar) bool { return o.Var == spec.SkipVar }) {
			return b.errorf(m.Skip, "AFTER MATCH SKIP TO '%s': no such variable in the PATTERN",
				spec.SkipVar)
		}
	}
	return nil
}

// matchExprs binds DEFINE and MEASURES.
func (x *exprs) matchExprs(m *ast.MatchRecognize, spec *plan.Match, out *types.Schema) error {
	x.clause = "DEFINE"
	for _, d := range m.Defines {
		if !slices.Contains(x.match.vars, d.Variable.Name) {
			return x.errorf(d, "DEFINE of '%s', which is not in the PATTERN", d.Variable.Name)
		}
		e, err := x.condition(d.Cond)
		if err != nil {
			return err
		}
		spec.Defines[d.Variable.Name] = e
	}
	x.clause = "MEASURES"
	for _, me := range m.Measures {
		if me.Semantics == "RUNNING" {
			return x.unsupported(me, "RUNNING in MEASURES")
		}
		e, err := x.bind(me.Expr)
		if err != nil {
			return err
		}
		spec.Measures = append(spec.Measures, plan.Measure{Name: me.Name.Name, Expr: e})
		out.Fields = append(out.Fields, types.F(me.Name.Name, e.Type()))
	}
	return nil
}
