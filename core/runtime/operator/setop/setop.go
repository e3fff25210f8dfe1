// Package setop is INTERSECT and EXCEPT, of sets and of bags.
package setop

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// pair is how often a row is on each side.
type pair struct{ Left, Right int64 }

// Operator is plan.SetOp, keyed by all columns: after each change the row comes out as often as
// the operation says.
type Operator struct {
	operator.Base
	op     *plan.SetOp
	schema *types.Schema
	keys   operator.Keys
	counts *state.Value[pair]
	rows   *operator.Rows
	ended  int
}

var _ operator.Operator = (*Operator)(nil)

// New makes the operator; schema is that of its inputs and output.
func New(op *plan.SetOp, schema *types.Schema) *Operator {
	o := &Operator{op: op, schema: schema}
	for i := range schema.Fields {
		o.keys.Columns = append(o.keys.Columns, i)
	}
	return o
}

// Open implements operator.Operator.
func (o *Operator) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.rows = operator.NewRows(o.schema, ctx)
	o.counts = state.NewValue[pair]("left,right")
	return ctx.Keyed.Register("counts", o.counts)
}

// times is how often a row is in the result.
func (o *Operator) times(p pair) int64 {
	var n int64
	switch {
	case o.op.Except && o.op.All:
		n = p.Left - p.Right
	case o.op.Except:
		n = min(p.Left, 1) * (1 - min(p.Right, 1))
	case o.op.All:
		n = min(p.Left, p.Right)
	default:
		n = min(p.Left, p.Right, 1)
	}
	return max(n, 0)
}

// Process implements operator.Operator.
func (o *Operator) Process(side int, b *batch.Batch, out operator.Output) error {
	slots, err := o.keys.Resolve(o.Ctx, b)
	if err != nil {
		return err
	}
	o.rows.Begin(out)
	defer o.rows.End()
	defer o.Ctx.Keyed.MarkDirty(slots)
	return b.Segments(
		func(t int64) error { o.rows.Mark(t); return nil },
		func(from, to int) error {
			for i := from; i < to; i++ {
				o.change(side, slots[i], b, i)
			}
			return nil
		})
}

func (o *Operator) change(side int, slot int32, b *batch.Batch, row int) {
	p := o.counts.At(slot)
	before := o.times(*p)
	by := int64(1)
	if !b.Kind(row).IsAdd() {
		by = -1
	}
	if side == 0 {
		p.Left += by
	} else {
		p.Right += by
	}
	if o.Ctx.BatchMode {
		return
	}
	kind, n := types.Insert, o.times(*p)-before
	if n < 0 {
		kind, n = types.Delete, -n
	}
	for range n {
		for c, col := range b.Cols {
			o.rows.Cols[c].AppendFrom(col, row)
		}
		o.rows.Row(kind)
	}
}

// EndInput implements operator.Operator.
func (o *Operator) EndInput(_ int, out operator.Output) error {
	if o.ended++; !o.Ctx.BatchMode || o.ended < 2 {
		return nil
	}
	o.rows.Begin(out)
	defer o.rows.End()
	return o.Ctx.Keyed.Each(func(slots []int32) error {
		for _, s := range slots {
			p, _ := o.counts.Get(s)
			for range o.times(p) {
				key, _ := o.Ctx.Keyed.Key(s)
				if _, err := state.DecodeKey(key, o.rows.Cols); err != nil {
					return err
				}
				o.rows.Row(types.Insert)
			}
		}
		return nil
	})
}
