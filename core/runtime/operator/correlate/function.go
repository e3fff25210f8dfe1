package correlate

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/udf"
)

// Function is plan.Correlate over a table function in Python. A generator that has filled the
// output goes on where it stopped when there is room again.
type Function struct {
	operator.Base
	op     *plan.Correlate
	in     *types.Schema
	schema *types.Schema
	args   []*expr.Program
	table  udf.Table
	filter *filter

	work *batch.Batch // being worked on
	from int          // rows of it that are done
	// started says that row from has had function rows already.
	started bool
}

var (
	_ operator.Operator  = (*Function)(nil)
	_ operator.Resumable = (*Function)(nil)
	_ operator.Pinned    = (*Function)(nil)
)

// NewFunction makes the operator; in and schema are those of its input and output.
func NewFunction(op *plan.Correlate, in, schema *types.Schema) *Function {
	return &Function{op: op, in: in, schema: schema}
}

// Pinned implements operator.Pinned.
func (o *Function) Pinned() bool { return true }

// Open implements operator.Operator.
func (o *Function) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	if ctx.UDF == nil {
		return errs.Userf("table function '%s' is in Python, and there is none here",
			o.op.Function.GetName())
	}
	spec := &udf.TableSpec{Context: operator.UDFContext(ctx)}
	columns := o.schema.Fields
	if !o.op.FlatMap {
		columns = columns[o.in.Len():]
	}
	spec.Call = udf.Call{Function: o.op.Function, Place: o.op.Origin}
	for _, f := range columns {
		spec.Call.Results = append(spec.Call.Results, f.Type.Nullable(true))
	}
	for _, a := range o.op.Args {
		name := ""
		if c, ok := a.(*expr.Column); ok {
			name = c.Name
		}
		spec.Call.Names = append(spec.Call.Names, name)
		if l, ok := a.(*expr.Literal); ok {
			spec.Call.Args = append(spec.Call.Args,
				udf.Arg{From: udf.Const, Index: len(spec.Consts)})
			spec.Consts = append(spec.Consts, l.Value)
			continue
		}
		p, err := expr.Compile(a)
		if err != nil {
			return err
		}
		spec.Call.Args = append(spec.Call.Args, udf.Arg{From: udf.Input, Index: len(o.args)})
		spec.Inputs = append(spec.Inputs, a.Type())
		o.args = append(o.args, p)
	}
	var err error
	if o.filter, err = newFilter(ctx, o.op, o.in, o.schema); err != nil {
		return err
	}
	o.table, err = ctx.UDF.Table(spec)
	return err
}

// Process implements operator.Operator.
func (o *Function) Process(_ int, b *batch.Batch, out operator.Output) error {
	if b.Len() == 0 {
		cols := make([]*batch.Column, o.schema.Len())
		for i, f := range o.schema.Fields {
			cols[i] = batch.NewBuilder(f.Type, 0).Finish()
		}
		out.Emit(0, b.WithColumns(o.schema, cols))
		return nil
	}
	cols := make([]*batch.Column, len(o.args))
	for i, p := range o.args {
		var err error
		if cols[i], err = p.Eval(o.filter.eval, b); err != nil {
			return err
		}
	}
	b.Retain()
	o.work, o.from, o.started = b, 0, false
	if err := o.table.Start(cols, b.Len()); err != nil {
		return err
	}
	return o.Resume(out)
}

// Pending implements operator.Resumable.
func (o *Function) Pending() bool { return o.work != nil }

// Resume implements operator.Resumable.
func (o *Function) Resume(out operator.Output) error {
	for o.work != nil {
		cols, rows, done, err := o.table.Next(o.Ctx.BatchRows, int64(o.Ctx.BatchBytes))
		if err != nil {
			return err
		}
		if err := o.give(cols, rows, done, out); err != nil {
			return err
		}
		if done {
			o.work.Release()
			o.work = nil
		} else if out.Full() {
			return nil
		}
	}
	return nil
}

// give emits function rows with the input rows that they belong to. The rows of the last input
// row may go on in the next call: it stays the first of what is left.
func (o *Function) give(
	cols []*batch.Column, rows []int32, done bool, out operator.Output,
) error {
	end := o.work.Len()
	if !done {
		end = o.from + 1
		if len(rows) > 0 {
			end = int(rows[len(rows)-1]) + 1
		}
	}
	part := o.work.Slice(o.from, end)
	defer part.Release()
	for i := range rows {
		rows[i] -= int32(o.from)
	}
	started := o.started
	o.started = !done && (len(rows) > 0 || started)
	if !done {
		o.from = end - 1
	}
	return o.filter.emit(part, cols, rows, started, out)
}

// Close implements operator.Operator.
func (o *Function) Close() error {
	if o.table == nil {
		return nil
	}
	return o.table.Close()
}
