package cep

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/agg"
)

// values computes the expressions of the operator over matches.
type values struct {
	op     *plan.Match
	eval   *expr.EvalContext
	schema *types.Schema // of the references
	calls  []*agg.Calls  // by reference; nil: a column

	defines  []*condition // by position in the pattern; nil: always
	measures []*expr.Program
	used     []bool // references that measures use

	rows  *batch.Batch // rows of the key at hand
	first int64        // number of the first one
}

// condition is a DEFINE.
type condition struct {
	program *expr.Program
	used    []bool // references
	// plain: it only looks at the row itself; then pass holds its value for each of rows.
	plain bool
	pass  []bool
}

func newValues(ctx *operator.Context, op *plan.Match, in *types.Schema) (*values, error) {
	v := &values{op: op, schema: &types.Schema{}, calls: make([]*agg.Calls, len(op.Refs))}
	var err error
	if v.eval, err = operator.EvalContext(ctx); err != nil {
		return nil, err
	}
	for i, r := range op.Refs {
		v.schema.Fields = append(v.schema.Fields, types.F("r", r.Type.Nullable(true)))
		if r.Agg == nil {
			continue
		}
		if v.calls[i], err = agg.OpenCalls(ctx, in, []plan.AggCall{*r.Agg}); err != nil {
			return nil, err
		}
		v.calls[i].Grow(1)
	}
	for _, e := range op.Pattern {
		c, err := v.condition(e.Var)
		if err != nil {
			return nil, err
		}
		v.defines = append(v.defines, c)
	}
	v.used = make([]bool, len(op.Refs))
	for _, m := range op.Measures {
		p, err := expr.Compile(m.Expr)
		if err != nil {
			return nil, err
		}
		v.measures = append(v.measures, p)
		for _, c := range expr.Columns(m.Expr) {
			v.used[c] = true
		}
	}
	return v, nil
}

func (v *values) condition(name string) (*condition, error) {
	e := v.op.Defines[name]
	if e == nil {
		return nil, nil
	}
	c := &condition{used: make([]bool, len(v.op.Refs)), plain: true}
	to := make([]int, len(v.op.Refs))
	for _, i := range expr.Columns(e) {
		r := v.op.Refs[i]
		c.used[i], to[i] = true, r.Column
		c.plain = c.plain && r.Agg == nil && !r.First && r.Offset == 0 &&
			(r.Var == "" || r.Var == name)
	}
	if c.plain {
		e = expr.Remap(e, to)
	}
	var err error
	c.program, err = expr.Compile(e)
	return c, err
}

// begin says which rows matches are over from now on.
func (v *values) begin(rows *batch.Batch, first int64) error {
	v.rows, v.first = rows, first
	for _, c := range v.defines {
		if c == nil || !c.plain {
			continue
		}
		pass, err := c.program.EvalFilter(v.eval, rows, nil)
		if err != nil {
			return err
		}
		c.pass = make([]bool, rows.Len())
		for _, r := range pass {
			c.pass[r] = true
		}
	}
	return nil
}

// takes says whether a run may take a row for variable at in the pattern.
func (v *values) takes(r *run, at int, row int64) (bool, error) {
	c := v.defines[at]
	switch {
	case c == nil:
		return true, nil
	case c.plain:
		return c.pass[row-v.first], nil
	}
	with := run{start: r.start, vars: append(r.vars[:len(r.vars):len(r.vars)], byte(at))}
	refs, err := v.refs(&with, c.used)
	if err != nil {
		return false, err
	}
	pass, err := c.program.EvalFilter(v.eval, refs, nil)
	return len(pass) > 0, err
}

// refs is one row with the references that are used.
func (v *values) refs(r *run, used []bool) (*batch.Batch, error) {
	cols := make([]*batch.Column, len(used))
	for i, ref := range v.op.Refs {
		switch {
		case !used[i]:
			cols[i] = batch.MakeNull(v.schema.Fields[i].Type, 1)
		case ref.Agg != nil:
			var err error
			if cols[i], err = v.aggregate(i, r); err != nil {
				return nil, err
			}
		default:
			cols[i] = batch.Take(v.rows.Cols[ref.Column], []int32{v.rowOf(ref, r)})
		}
	}
	return batch.New(v.schema, cols, 1), nil
}

// rowOf is the row that a reference names, -1 when there is none.
func (v *values) rowOf(ref plan.MatchRef, r *run) int32 {
	skip := ref.Offset
	for k := range r.vars {
		i := k
		if !ref.First {
			i = len(r.vars) - 1 - k
		}
		if ref.Var != "" && v.op.Pattern[r.vars[i]].Var != ref.Var {
			continue
		}
		if skip == 0 {
			return int32(r.start - v.first + int64(i))
		}
		skip--
	}
	return -1
}

func (v *values) aggregate(ref int, r *run) (*batch.Column, error) {
	var rows, slots []int32
	for i, at := range r.vars {
		if name := v.op.Refs[ref].Var; name == "" || v.op.Pattern[at].Var == name {
			rows = append(rows, int32(r.start-v.first+int64(i)))
			slots = append(slots, 0)
		}
	}
	calls := v.calls[ref]
	calls.Clear([]int32{0})
	if err := calls.Add(slots, v.rows, rows); err != nil {
		return nil, err
	}
	cols, err := calls.Results([]int32{0})
	if err != nil {
		return nil, err
	}
	return cols[0], nil
}

// emit appends the partition columns and measures of a match.
func (v *values) emit(r *run, out *operator.Rows) error {
	for i, c := range v.op.Partition {
		out.Cols[i].AppendFrom(v.rows.Cols[c], int(r.start-v.first))
	}
	refs, err := v.refs(r, v.used)
	if err != nil {
		return err
	}
	for i, m := range v.measures {
		c, err := m.Eval(v.eval, refs)
		if err != nil {
			return err
		}
		out.Cols[len(v.op.Partition)+i].AppendFrom(c, 0)
	}
	out.Row(types.Insert)
	return nil
}

func (v *values) close() error {
	if v == nil {
		return nil
	}
	var first error
	for _, c := range v.calls {
		if err := c.Close(); first == nil {
			first = err
		}
	}
	return first
}
