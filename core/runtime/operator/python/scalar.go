// Package python calls user functions of SQL and the Table API.
package python

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/udf"
)

// Scalar is plan.PythonCalc with synchronous functions: one crossing a batch, or one for each run
// of calls of equal style.
type Scalar struct {
	operator.Base
	op     *plan.PythonCalc
	in     *types.Schema
	schema *types.Schema
	groups []group
}

// group is calls that go over in one crossing; their results follow the columns so far.
type group struct {
	eval    udf.Scalar
	outputs []int // calls whose results come back
}

var (
	_ operator.Operator = (*Scalar)(nil)
	_ operator.Pinned   = (*Scalar)(nil)
)

// NewScalar makes the operator; in and schema are those of its input and output.
func NewScalar(op *plan.PythonCalc, in, schema *types.Schema) *Scalar {
	return &Scalar{op: op, in: in, schema: schema}
}

// Pinned implements operator.Pinned.
func (o *Scalar) Pinned() bool { return true }

// Open implements operator.Operator.
func (o *Scalar) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	if ctx.UDF == nil {
		return errs.Userf("function '%s' is in Python, and there is none here",
			o.op.Calls[0].Function.GetName())
	}
	for from := 0; from < len(o.op.Calls); {
		to := from + 1
		for to < len(o.op.Calls) && isVector(o.op.Calls[to]) == isVector(o.op.Calls[from]) {
			to++
		}
		if err := o.open(from, to); err != nil {
			return err
		}
		from = to
	}
	return nil
}

func isVector(c plan.PythonCall) bool {
	s := c.Function.GetStyle()
	return s != "" && s != "general"
}

// open makes the group of calls [from, to). Results of calls before it are input columns to it.
func (o *Scalar) open(from, to int) error {
	spec := &udf.ScalarSpec{Context: operator.UDFContext(o.Ctx)}
	for _, f := range o.in.Fields {
		spec.Inputs = append(spec.Inputs, f.Type)
	}
	earlier := map[int]int{} // call → column
	for _, g := range o.groups {
		for _, c := range g.outputs {
			earlier[c] = len(spec.Inputs)
			spec.Inputs = append(spec.Inputs, o.op.Calls[c].Type)
		}
	}
	for i := from; i < to; i++ {
		c := &o.op.Calls[i]
		call := udf.Call{Function: c.Function, Results: []types.Type{c.Type}, Place: c.Origin}
		for _, a := range c.Args {
			arg := udf.Arg{From: udf.Input, Index: a.Column}
			name := ""
			switch {
			case a.Literal != nil:
				arg = udf.Arg{From: udf.Const, Index: len(spec.Consts)}
				spec.Consts = append(spec.Consts, a.Literal.(*expr.Literal).Value)
			case a.Column >= o.op.InputLen:
				inner := a.Column - o.op.InputLen
				if at, ok := earlier[inner]; ok {
					arg.Index = at
				} else {
					arg = udf.Arg{From: udf.Result, Index: inner - from}
				}
			default:
				name = o.in.Fields[a.Column].Name
			}
			call.Args, call.Names = append(call.Args, arg), append(call.Names, name)
		}
		spec.Calls = append(spec.Calls, call)
	}
	g := group{}
	for i := from; i < to; i++ {
		if o.needed(i, to) {
			g.outputs = append(g.outputs, i)
			spec.Outputs = append(spec.Outputs, i-from)
		}
	}
	var err error
	if g.eval, err = o.Ctx.UDF.Scalar(spec); err != nil {
		return err
	}
	o.groups = append(o.groups, g)
	return nil
}

// needed says whether the result of a call leaves its group, which ends at to.
func (o *Scalar) needed(call, to int) bool {
	for _, r := range o.op.Results {
		if r == call {
			return true
		}
	}
	for _, c := range o.op.Calls[to:] {
		for _, a := range c.Args {
			if a.Literal == nil && a.Column == o.op.InputLen+call {
				return true
			}
		}
	}
	return false
}

// Process implements operator.Operator.
func (o *Scalar) Process(_ int, b *batch.Batch, out operator.Output) error {
	if b.Len() == 0 {
		b.Retain()
		out.Emit(0, b.WithColumns(o.schema, emptyColumns(o.schema)))
		return nil
	}
	in := b.Cols
	results := map[int]*batch.Column{}
	defer func() {
		for _, c := range results {
			c.Release()
		}
	}()
	for _, g := range o.groups {
		cols, err := g.eval.Eval(in, b.Len())
		if err != nil {
			return err
		}
		for i, c := range g.outputs {
			results[c] = cols[i]
		}
		in = append(in[:len(in):len(in)], cols...)
	}
	cols := make([]*batch.Column, 0, o.schema.Len())
	for _, k := range o.op.Keep {
		cols = append(cols, b.Cols[k])
	}
	for _, r := range o.op.Results {
		cols = append(cols, results[r])
	}
	for _, c := range cols {
		c.Retain()
	}
	out.Emit(0, b.WithColumns(o.schema, cols))
	return nil
}

func emptyColumns(s *types.Schema) []*batch.Column {
	cols := make([]*batch.Column, s.Len())
	for i, f := range s.Fields {
		cols[i] = batch.NewBuilder(f.Type, 0).Finish()
	}
	return cols
}

// Close implements operator.Operator.
func (o *Scalar) Close() error {
	var first error
	for _, g := range o.groups {
		if err := g.eval.Close(); first == nil {
			first = err
		}
	}
	return first
}
