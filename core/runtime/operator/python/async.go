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

// Async is plan.PythonCalc with async functions: rows of a batch run concurrently, and batches
// leave in the order in which they came, watermarks among them. Barriers and the end wait for
// what is outstanding.
type Async struct {
	operator.Base
	op     *plan.PythonCalc
	in     *types.Schema
	schema *types.Schema
	eval   udf.AsyncScalar
	queue  []waiting
}

// waiting is a batch whose results are outstanding, or a watermark behind one.
type waiting struct {
	rows *batch.Batch // nil: a watermark
	time int64
}

var (
	_ operator.Operator = (*Async)(nil)
	_ operator.Pinned   = (*Async)(nil)
	_ operator.Async    = (*Async)(nil)
)

// NewAsync makes the operator; in and schema are those of its input and output.
func NewAsync(op *plan.PythonCalc, in, schema *types.Schema) *Async {
	return &Async{op: op, in: in, schema: schema}
}

// Pinned implements operator.Pinned.
func (o *Async) Pinned() bool { return true }

// Open implements operator.Operator.
func (o *Async) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	if ctx.UDF == nil {
		return errs.Userf("function '%s' is in Python, and there is none here",
			o.op.Calls[0].Function.GetName())
	}
	spec := &udf.AsyncSpec{Wake: ctx.Wake}
	spec.Context = operator.UDFContext(ctx)
	for _, f := range o.in.Fields {
		spec.Inputs = append(spec.Inputs, f.Type)
	}
	for i := range o.op.Calls {
		c := &o.op.Calls[i]
		call := udf.Call{Function: c.Function, Results: []types.Type{c.Type}, Place: c.Origin}
		for _, a := range c.Args {
			arg, name := udf.Arg{From: udf.Input, Index: a.Column}, ""
			if a.Literal != nil {
				arg = udf.Arg{From: udf.Const, Index: len(spec.Consts)}
				spec.Consts = append(spec.Consts, a.Literal.(*expr.Literal).Value)
			} else {
				name = o.in.Fields[a.Column].Name
			}
			call.Args, call.Names = append(call.Args, arg), append(call.Names, name)
		}
		spec.Calls = append(spec.Calls, call)
	}
	spec.Outputs = o.op.Results
	var err error
	o.eval, err = ctx.UDF.AsyncScalar(spec)
	return err
}

// Process implements operator.Operator.
func (o *Async) Process(_ int, b *batch.Batch, out operator.Output) error {
	if b.Len() == 0 {
		for _, m := range b.Marks {
			if err := o.Watermark(m.Time, out); err != nil {
				return err
			}
		}
		return nil
	}
	if err := o.eval.Submit(b.Cols, b.Len()); err != nil {
		return err
	}
	b.Retain()
	o.queue = append(o.queue, waiting{rows: b})
	return o.Poll(out)
}

// Watermark implements operator.Operator: it waits for the rows before it.
func (o *Async) Watermark(t int64, out operator.Output) error {
	if len(o.queue) == 0 {
		out.Watermark(t)
		return nil
	}
	o.queue = append(o.queue, waiting{time: t})
	return nil
}

// Poll implements operator.Async.
func (o *Async) Poll(out operator.Output) error {
	for len(o.queue) > 0 {
		w := o.queue[0]
		if w.rows == nil {
			out.Watermark(w.time)
			o.queue = o.queue[1:]
			continue
		}
		results, err := o.eval.Poll()
		if err != nil || results == nil {
			return err
		}
		o.queue = o.queue[1:]
		cols := make([]*batch.Column, 0, o.schema.Len())
		for _, k := range o.op.Keep {
			w.rows.Cols[k].Retain()
			cols = append(cols, w.rows.Cols[k])
		}
		out.Emit(0, w.rows.WithColumns(o.schema, append(cols, results...)))
		w.rows.Release()
	}
	return nil
}

// Idle implements operator.Async.
func (o *Async) Idle() bool { return len(o.queue) == 0 }

// Close implements operator.Operator.
func (o *Async) Close() error {
	for _, w := range o.queue {
		if w.rows != nil {
			w.rows.Release()
		}
	}
	o.queue = nil
	if o.eval == nil {
		return nil
	}
	return o.eval.Close()
}
