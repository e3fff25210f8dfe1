package agg

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// Calls are the aggregates of an operator of another package, with their accumulators by slot.
type Calls struct{ calls []call }

// OpenCalls makes the aggregates; in is the schema of the rows that they will take.
func OpenCalls(ctx *operator.Context, in *types.Schema, calls []plan.AggCall) (*Calls, error) {
	c, err := openCalls(ctx, in, calls)
	if err != nil {
		return nil, err
	}
	return &Calls{c}, nil
}

// Register makes the accumulators keyed state of the operator.
func (c *Calls) Register(ctx *operator.Context) error { return registerCalls(ctx, c.calls) }

// CanRetract says whether all aggregates made with Retract, and all in Python, can take rows back.
func (c *Calls) CanRetract() bool {
	return !slices.ContainsFunc(c.calls, func(c call) bool {
		if _, ok := c.(*vector); ok {
			return true
		}
		u, ok := c.(*user)
		return ok && !u.CanRetract()
	})
}

// Grow makes room for slots below n, for accumulators that are not registered.
func (c *Calls) Grow(n int) {
	for _, a := range c.calls {
		a.Grow(n)
	}
}

// take takes rows of b in, those of kind -U and -D out; rows[i] (i when rows is nil) goes to
// slots[i].
func (c *Calls) take(slots []int32, b *batch.Batch, rows []int32) error {
	if b.Kinds == nil {
		return c.each(slots, b, rows, true)
	}
	if rows == nil {
		rows = make([]int32, len(slots))
		for i := range rows {
			rows[i] = int32(i)
		}
	}
	// runs of equal direction, in order: what is taken back may have been added just before
	for from := 0; from < len(rows); {
		add := b.Kinds[rows[from]].IsAdd()
		to := from + 1
		for to < len(rows) && b.Kinds[rows[to]].IsAdd() == add {
			to++
		}
		if err := c.each(slots[from:to], b, rows[from:to], add); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// mergeFrom adds what other's accumulators of from[i] hold to those of into[i]; all are the
// engine's own.
func (c *Calls) mergeFrom(into []int32, other *Calls, from []int32) {
	for i, a := range c.calls {
		a.(*builtin).Merge(into, other.calls[i].(*builtin).Accumulator, from)
	}
}

// Add takes rows of b in; rows[i] goes to slots[i].
func (c *Calls) Add(slots []int32, b *batch.Batch, rows []int32) error {
	return c.each(slots, b, rows, true)
}

// Retract takes rows of b back.
func (c *Calls) Retract(slots []int32, b *batch.Batch, rows []int32) error {
	return c.each(slots, b, rows, false)
}

func (c *Calls) each(slots []int32, b *batch.Batch, rows []int32, add bool) error {
	if len(slots) == 0 {
		return nil
	}
	for _, a := range c.calls {
		var err error
		switch a := a.(type) {
		case *builtin:
			a.rowsOf(slots, b, rows, add)
		case *user:
			if rows == nil {
				err = a.update(slots, b, 0, b.Len())
			} else {
				err = a.rowsOf(slots, b, rows, add)
			}
		case *vector:
			if rows == nil {
				err = a.update(slots, b, 0, b.Len())
				break
			}
			if !add {
				return errs.Internalf("aggregate '%s' was asked to take rows back", a.name)
			}
			err = a.add(slots, b, rows)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Merge adds what the accumulators of from[i] hold to those of into[i].
func (c *Calls) Merge(into, from []int32) error {
	for _, a := range c.calls {
		switch a := a.(type) {
		case *builtin:
			a.Merge(into, a.Accumulator, from)
		case *user:
			if err := a.Merge(into, from); err != nil {
				return err
			}
		case *vector:
			a.merge(into, from)
		}
	}
	return nil
}

// Results returns a column for each aggregate with the values of the slots; the caller releases
// them.
func (c *Calls) Results(slots []int32) ([]*batch.Column, error) {
	out := make([]*batch.Column, len(c.calls))
	for i, a := range c.calls {
		var err error
		if out[i], err = a.result(slots); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Clear empties the accumulators of the slots.
func (c *Calls) Clear(slots []int32) {
	for _, a := range c.calls {
		a.Clear(slots)
	}
}

// Close closes the functions in Python.
func (c *Calls) Close() error {
	if c == nil {
		return nil
	}
	return closeCalls(c.calls)
}

func (c *builtin) rowsOf(slots []int32, b *batch.Batch, rows []int32, add bool) {
	for i, a := range c.args {
		c.in[i] = b.Cols[a]
	}
	if add {
		c.Add(slots, c.in, rows)
	} else {
		c.Retract(slots, c.in, rows)
	}
}

func (c *user) rowsOf(slots []int32, b *batch.Batch, rows []int32, add bool) error {
	c.slots, c.rows = c.slots[:0], c.rows[:0]
	for i, r := range rows {
		if f := c.filter; f >= 0 && (b.Cols[f].IsNull(int(r)) || !b.Cols[f].Bool(int(r))) {
			continue
		}
		c.slots, c.rows = append(c.slots, slots[i]), append(c.rows, r)
	}
	if len(c.rows) == 0 {
		return nil
	}
	part := takeAny(b, c.rows)
	defer part.Release()
	var kinds []types.RowKind
	if !add {
		kinds = slices.Repeat([]types.RowKind{types.Delete}, len(c.rows))
	}
	return c.Accumulate(c.slots, part.Cols, kinds)
}
