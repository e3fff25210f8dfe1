package hashagg

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
)

// call is one aggregate with its accumulators.
type call struct {
	function.Accumulator
	make func() function.Accumulator
	args []int
	in   []*batch.Column
	// partial is where the column of partial results is; -1: rows come in.
	partial int
	scratch function.Accumulator
}

// openCall makes a call. in is the schema of the rows that it aggregates, which, when partial
// results come in at a column (≥ 0), is not that of the operator's input.
func openCall(in *types.Schema, c *plan.AggCall, partial int) (*call, error) {
	b, err := c.Bind(in)
	if err != nil {
		return nil, err
	}
	at := c.Args
	if c.Filter >= 0 {
		at = append(at[:len(at):len(at)], c.Filter)
	}
	o := &call{args: at, in: make([]*batch.Column, len(at)), partial: partial,
		make: func() function.Accumulator { return b.New(false) }}
	o.Accumulator = o.make()
	return o, nil
}

// reset empties the call.
func (c *call) reset() { c.Accumulator = c.make() }

// update takes the rows of b in, or those at the positions rows.
func (c *call) update(ids []int32, b *batch.Batch, rows []int32) error {
	if c.partial >= 0 {
		return c.merge(ids, b.Cols[c.partial], rows)
	}
	for i, a := range c.args {
		c.in[i] = b.Cols[a]
	}
	c.Add(ids, c.in, rows)
	return nil
}

// merge takes partial results in.
func (c *call) merge(ids []int32, col *batch.Column, rows []int32) error {
	if rows != nil {
		col = batch.Take(col, rows)
	}
	n := col.Len()
	if c.scratch == nil {
		c.scratch = c.make()
	}
	c.scratch.Grow(n)
	all, ends := make([]int32, n), make([]int32, n)
	offs := col.Offsets()
	for i := range n {
		all[i], ends[i] = int32(i), offs[i+1]-offs[0]
	}
	if err := c.scratch.Decode(all, col.Data()[offs[0]:offs[n]], ends); err != nil {
		return err
	}
	c.Merge(ids, c.scratch, all)
	return nil
}

// encode gives the partial results of groups.
func (c *call) encode(ids []int32) (*batch.Column, error) {
	data, ends, err := c.Encode(ids, nil, make([]int32, 1, len(ids)+1))
	if err != nil {
		return nil, err
	}
	return batch.MakeBytes(plan.PartialType, ends, data, nil), nil
}
