package agg

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/udf"
)

// vector is an aggregate in Python that sees all rows of a group at once (pandas, arrow, numpy,
// polars): its accumulator is the rows, encoded one behind the other, with the columns that the
// call reads.
type vector struct {
	fn     udf.GroupAggregate
	name   string
	args   []int
	types  []types.Type
	filter int

	groups [][]byte
	cols   []*batch.Column
}

// isVector says whether a function takes vectors.
func isVector(c *plan.AggCall) bool {
	style := c.UDF.GetStyle()
	return style != "" && style != "general"
}

func openVector(ctx *operator.Context, in *types.Schema, c *plan.AggCall) (call, error) {
	if c.Retract {
		return nil, errs.Userf("aggregate '%s' of style %s cannot take rows back, which its input "+
			"needs", c.UDF.GetName(), c.UDF.GetStyle()).At("%s", c.Origin).
			Fix("aggregate rows that are only inserted, or write a general aggregate with retract")
	}
	spec, err := userSpec(ctx, in, c)
	if err != nil {
		return nil, err
	}
	v := &vector{name: c.UDF.GetName(), filter: c.Filter}
	for i, a := range spec.Call.Args {
		if a.From != udf.Input {
			continue
		}
		at := slices.Index(v.args, a.Index)
		if at < 0 {
			at = len(v.args)
			v.args = append(v.args, a.Index)
		}
		spec.Call.Args[i].Index = at
	}
	if len(v.args) == 0 { // constants only: rows still count
		v.args = []int{0}
	}
	for _, a := range v.args {
		v.types = append(v.types, in.Fields[a].Type)
	}
	spec.Inputs = v.types
	v.cols = make([]*batch.Column, len(v.args))
	v.fn, err = ctx.UDF.GroupAggregate(spec)
	return v, err
}

func (c *vector) update(slots []int32, b *batch.Batch, from, to int) error {
	for i, a := range c.args {
		c.cols[i] = b.Cols[a]
	}
	enc, err := rowcodec.NewEncoder(c.cols)
	if err != nil {
		return err
	}
	for r := from; r < to; r++ {
		if !b.Kind(r).IsAdd() {
			return errs.Userf("aggregate '%s' cannot take rows back", c.name)
		}
		if c.counts(b, r) {
			s := slots[r-from]
			c.groups[s] = enc.Append(c.groups[s], r)
		}
	}
	return nil
}

func (c *vector) counts(b *batch.Batch, r int) bool {
	f := c.filter
	return f < 0 || !b.Cols[f].IsNull(r) && b.Cols[f].Bool(r)
}

// add takes rows of b in; rows[i] goes to slots[i].
func (c *vector) add(slots []int32, b *batch.Batch, rows []int32) error {
	for i, a := range c.args {
		c.cols[i] = b.Cols[a]
	}
	enc, err := rowcodec.NewEncoder(c.cols)
	if err != nil {
		return err
	}
	for i, r := range rows {
		if s := slots[i]; c.counts(b, int(r)) {
			c.groups[s] = enc.Append(c.groups[s], int(r))
		}
	}
	return nil
}

func (c *vector) merge(into, from []int32) {
	for i, s := range from {
		c.groups[into[i]] = append(c.groups[into[i]], c.groups[s]...)
	}
}

func (c *vector) result(slots []int32) (*batch.Column, error) {
	cols := make([]*batch.Builder, len(c.types))
	for i, t := range c.types {
		cols[i] = batch.NewBuilder(t, len(slots))
	}
	from, to := make([]int32, len(slots)), make([]int32, len(slots))
	for i, s := range slots {
		from[i] = int32(cols[0].Len())
		for rest := c.groups[s]; len(rest) > 0; {
			var err error
			if rest, err = rowcodec.Decode(rest, cols); err != nil {
				return nil, err
			}
		}
		to[i] = int32(cols[0].Len())
	}
	n := cols[0].Len()
	in := make([]*batch.Column, len(cols))
	for i, b := range cols {
		in[i] = b.Finish()
	}
	out, err := c.fn.Eval(in, n, from, to)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

func (c *vector) close() error { return c.fn.Close() }

// Grow implements state.Column.
func (c *vector) Grow(n int) {
	if n > len(c.groups) {
		c.groups = append(c.groups, make([][]byte, n-len(c.groups))...)
	}
}

// Encode implements state.Column.
func (c *vector) Encode(slots []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	for _, s := range slots {
		dst = append(dst, c.groups[s]...)
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends, nil
}

// Decode implements state.Column.
func (c *vector) Decode(slots []int32, src []byte, ends []int32) error {
	from := int32(0)
	for i, s := range slots {
		c.groups[s] = append(c.groups[s][:0], src[from:ends[i]]...)
		from = ends[i]
	}
	return nil
}

// Clear implements state.Column.
func (c *vector) Clear(slots []int32) {
	for _, s := range slots {
		c.groups[s] = nil
	}
}

// SizeBytes implements state.Column.
func (c *vector) SizeBytes(slots []int32) int64 {
	var n int64
	for _, s := range slots {
		n += int64(cap(c.groups[s])) + 24
	}
	return n
}
