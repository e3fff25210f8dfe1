// Package sort orders rows.
package sort

import (
	"encoding/binary"
	"math"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Temporal is plan.Sort over an unbounded stream whose leading key is the row time: a row leaves
// when the watermark has passed it, a late one is dropped.
type Temporal struct {
	operator.Base
	op     *plan.Sort
	schema *types.Schema
	keys   operator.Keys
	buffer *state.Map // time ++ sort key ++ arrival → row
	seq    *state.Value[int64]
	rows   *operator.Rows
	wm     int64
	slot   []int32
}

var _ operator.Operator = (*Temporal)(nil)

// NewTemporal makes the operator; schema is that of its input and output.
func NewTemporal(op *plan.Sort, schema *types.Schema) *Temporal {
	return &Temporal{op: op, schema: schema, wm: math.MinInt64}
}

// Open implements operator.Operator.
func (o *Temporal) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.rows = operator.NewRows(o.schema, ctx)
	o.buffer = state.NewMap(operator.RowEvolution(o.schema))
	o.seq = state.NewValue[int64]("arrival")
	if err := ctx.Keyed.Register("rows", o.buffer); err != nil {
		return err
	}
	return ctx.Keyed.Register("arrival", o.seq)
}

// Process implements operator.Operator.
func (o *Temporal) Process(_ int, b *batch.Batch, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	if b.Len() == 0 {
		return b.Segments(o.advance, nil)
	}
	slots, err := o.keys.Resolve(o.Ctx, b)
	if err != nil {
		return err
	}
	o.slot = append(o.slot[:0], slots[0])
	enc, err := rowcodec.NewEncoder(b.Cols)
	if err != nil {
		return err
	}
	sort, err := operator.SortKeys(b, o.op.Keys)
	if err != nil {
		return err
	}
	times := operator.Millis(b.Cols[o.op.TimeColumn])
	var key, row []byte
	return b.Segments(o.advance, func(from, to int) error {
		for i := from; i < to; i++ {
			if times[i] <= o.wm {
				continue
			}
			n := o.seq.At(slots[0])
			*n++
			key = rowcodec.AppendInt(key[:0], times[i])
			key = binary.BigEndian.AppendUint64(sort.Append(key, i), uint64(*n))
			row = enc.Append(row[:0], i)
			o.buffer.Put(slots[0], key, row)
		}
		o.Ctx.Keyed.MarkDirty(o.slot)
		return nil
	})
}

// Watermark implements operator.Operator.
func (o *Temporal) Watermark(t int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	var err error
	if o.slot, err = o.keys.Global(o.Ctx); err != nil {
		return err
	}
	return o.advance(t)
}

func (o *Temporal) advance(t int64) error {
	o.wm = t
	if len(o.slot) == 0 {
		o.rows.Mark(t)
		return nil
	}
	var until []byte
	if t < math.MaxInt64 {
		until = rowcodec.AppendInt(nil, t+1)
	}
	var err error
	o.buffer.Range(o.slot[0], nil, until, func(_, row []byte) bool {
		if _, err = rowcodec.Decode(row, o.rows.Cols); err != nil {
			return false
		}
		o.rows.Row(types.Insert)
		return true
	})
	if err != nil {
		return err
	}
	if o.buffer.DeleteRange(o.slot[0], nil, until) > 0 {
		o.Ctx.Keyed.MarkDirty(o.slot)
	}
	o.rows.Mark(t)
	return nil
}
