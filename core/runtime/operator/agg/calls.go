// Package agg aggregates: by key over an unbounded table, and by key and window.
package agg

import (
	"errors"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/udf"
)

// call is one aggregate of an operator with its accumulators, indexed by slot.
type call interface {
	state.Column
	// update takes rows [from, to) of b in, those of kind -U and -D out.
	update(slots []int32, b *batch.Batch, from, to int) error
	result(slots []int32) (*batch.Column, error)
	close() error
}

// openCalls makes the calls of an operator.
func openCalls(ctx *operator.Context, in *types.Schema, calls []plan.AggCall) ([]call, error) {
	out := make([]call, 0, len(calls))
	for i := range calls {
		var c call
		var err error
		if calls[i].UDF != nil {
			c, err = openUser(ctx, in, &calls[i])
		} else {
			c, err = openBuiltin(in, &calls[i])
		}
		if err != nil {
			return nil, errors.Join(err, closeCalls(out))
		}
		out = append(out, c)
	}
	return out, nil
}

func closeCalls(calls []call) error {
	var first error
	for _, c := range calls {
		if err := c.close(); first == nil {
			first = err
		}
	}
	return first
}

// builtin is an aggregate of the engine.
type builtin struct {
	function.Accumulator
	args []int
	rows []int32
	in   []*batch.Column
}

func openBuiltin(in *types.Schema, c *plan.AggCall) (call, error) {
	b, err := c.Bind(in)
	if err != nil {
		return nil, err
	}
	at := c.Args
	if c.Filter >= 0 {
		at = append(at[:len(at):len(at)], c.Filter)
	}
	return &builtin{Accumulator: b.New(c.Retract), args: at,
		in: make([]*batch.Column, len(at))}, nil
}

func (c *builtin) update(slots []int32, b *batch.Batch, from, to int) error {
	for i, a := range c.args {
		c.in[i] = b.Cols[a]
	}
	if b.Kinds == nil && from == 0 && to == b.Len() {
		c.Add(slots, c.in, nil)
		return nil
	}
	if b.Kinds == nil {
		c.rows = c.rows[:0]
		for r := from; r < to; r++ {
			c.rows = append(c.rows, int32(r))
		}
		c.Add(slots, c.in, c.rows)
		return nil
	}
	// runs of equal direction, in order: what is taken back may have been added just before
	for r := from; r < to; {
		add := b.Kinds[r].IsAdd()
		c.rows = c.rows[:0]
		start := r
		for ; r < to && b.Kinds[r].IsAdd() == add; r++ {
			c.rows = append(c.rows, int32(r))
		}
		part := slots[start-from : r-from]
		if add {
			c.Add(part, c.in, c.rows)
		} else {
			c.Retract(part, c.in, c.rows)
		}
	}
	return nil
}

func (c *builtin) result(slots []int32) (*batch.Column, error) { return c.Result(slots) }

func (c *builtin) close() error { return nil }

// user is an aggregate in Python.
type user struct {
	udf.Aggregate
	filter int
	slots  []int32
	rows   []int32
}

func openUser(ctx *operator.Context, in *types.Schema, c *plan.AggCall) (call, error) {
	if isVector(c) {
		return openVector(ctx, in, c)
	}
	spec, err := userSpec(ctx, in, c)
	if err != nil {
		return nil, err
	}
	a, err := ctx.UDF.Aggregate(spec)
	if err != nil {
		return nil, err
	}
	if c.Retract && !a.CanRetract() {
		a.Close()
		return nil, errs.Userf("aggregate '%s' has no retract, which its input needs: rows are "+
			"taken back", c.UDF.GetName()).At("%s", c.Origin).
			Fix("define retract(self, accumulator, …)")
	}
	return &user{Aggregate: a, filter: c.Filter}, nil
}

// userSpec describes a call of a Python aggregate over the columns of in.
func userSpec(
	ctx *operator.Context, in *types.Schema, c *plan.AggCall,
) (*udf.AggregateSpec, error) {
	if ctx.UDF == nil {
		return nil, errs.Userf("aggregate '%s' is in Python, and there is none here",
			c.UDF.GetName())
	}
	spec := &udf.AggregateSpec{Context: operator.UDFContext(ctx)}
	for _, f := range in.Fields {
		spec.Inputs = append(spec.Inputs, f.Type)
	}
	spec.Call = udf.Call{Function: c.UDF, Results: []types.Type{c.Type}, Place: c.Origin}
	for i, a := range c.Args {
		if l, ok := c.Consts[i].(*expr.Literal); ok {
			spec.Call.Args = append(spec.Call.Args, udf.Arg{From: udf.Const, Index: len(spec.Consts)})
			spec.Consts = append(spec.Consts, l.Value)
			continue
		}
		spec.Call.Args = append(spec.Call.Args, udf.Arg{From: udf.Input, Index: a})
		spec.Call.Names = append(spec.Call.Names, in.Fields[a].Name)
	}
	return spec, nil
}

func (c *user) update(slots []int32, b *batch.Batch, from, to int) error {
	if c.filter < 0 && from == 0 && to == b.Len() {
		return c.Accumulate(slots, b.Cols, b.Kinds)
	}
	c.slots, c.rows = c.slots[:0], c.rows[:0]
	for r := from; r < to; r++ {
		if f := c.filter; f >= 0 && (b.Cols[f].IsNull(r) || !b.Cols[f].Bool(r)) {
			continue
		}
		c.slots, c.rows = append(c.slots, slots[r-from]), append(c.rows, int32(r))
	}
	part := b.Take(c.rows)
	defer part.Release()
	return c.Accumulate(c.slots, part.Cols, part.Kinds)
}

func (c *user) result(slots []int32) (*batch.Column, error) {
	cols, err := c.Value(slots)
	if err != nil {
		return nil, err
	}
	return cols[0], nil
}

func (c *user) close() error { return c.Close() }
