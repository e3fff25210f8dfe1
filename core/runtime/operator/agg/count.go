package agg

import (
	"encoding/binary"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Count is plan.WindowAggregate over windows of rows: the last SizeMs rows of a key are aggregated
// every SlideMs rows, once there are so many. What is left at the end is dropped.
type Count struct {
	operator.Base
	op     *plan.WindowAggregate
	in     *types.Schema
	schema *types.Schema
	loop   operator.RowLoop
	calls  *Calls // scratch: the rows are the state
	last   *state.Map
	seq    *state.Value[int64]
	rows   *operator.Rows
	size   int64
	slide  int64
}

var (
	_ operator.Operator = (*Count)(nil)
	_ operator.Pinned   = (*Count)(nil)
)

// NewCount makes the operator; in and schema are those of its input and output.
func NewCount(op *plan.WindowAggregate, in, schema *types.Schema) *Count {
	o := &Count{op: op, in: in, schema: schema, loop: operator.RowLoop{Keys: operator.Keys{Columns: op.Keys}},
		size: op.Window.SizeMs, slide: op.Window.SlideMs}
	if op.Window.Kind == plan.CountTumble {
		o.slide = o.size
	}
	return o
}

// Pinned implements operator.Pinned.
func (o *Count) Pinned() bool { return hasUser(o.op.Aggs) }

// Open implements operator.Operator.
func (o *Count) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	var err error
	if o.calls, err = OpenCalls(ctx, o.in, o.op.Aggs); err != nil {
		return err
	}
	o.calls.Grow(1)
	o.rows = operator.NewRows(o.schema, ctx)
	o.last = state.NewMap(operator.RowEvolution(o.in))
	o.seq = state.NewValue[int64]("arrival")
	if err := ctx.Keyed.Register("rows", o.last); err != nil {
		return err
	}
	return ctx.Keyed.Register("arrival", o.seq)
}

// Process implements operator.Operator.
func (o *Count) Process(_ int, b *batch.Batch, out operator.Output) error {
	return o.loop.Run(o.Ctx, b, o.rows, out, func(i int, slot int32) error {
		return o.add(slot, o.loop.Row(i), b, i)
	})
}

// add takes in a row and emits the window that it completes.
func (o *Count) add(s int32, row []byte, b *batch.Batch, i int) error {
	n := o.seq.At(s)
	*n++
	o.last.Put(s, binary.BigEndian.AppendUint64(nil, uint64(*n)), row)
	if *n < o.size || (*n-o.size)%o.slide != 0 {
		return nil
	}
	if err := o.emit(s, b, i); err != nil {
		return err
	}
	next := max(*n-o.size+o.slide+1, 1) // the first row of the next window
	o.last.DeleteRange(s, nil, binary.BigEndian.AppendUint64(nil, uint64(next)))
	return nil
}

func (o *Count) emit(s int32, b *batch.Batch, i int) error {
	from := *o.seq.At(s) - o.size + 1
	rows := batch.NewRowBuilder(o.in, int(o.size))
	var at, slots []int32
	var err error
	o.last.Range(s, binary.BigEndian.AppendUint64(nil, uint64(from)), nil, func(_, v []byte) bool {
		at, slots = append(at, int32(len(at))), append(slots, 0)
		_, err = rowcodec.Decode(v, rows.Cols)
		return err == nil
	})
	if err != nil {
		return err
	}
	o.calls.Clear([]int32{0})
	if err := o.calls.Add(slots, rows.Finish(), at); err != nil {
		return err
	}
	results, err := o.calls.Results([]int32{0})
	if err != nil {
		return err
	}
	defer release(results)
	for k, key := range o.op.Keys {
		o.rows.Cols[k].AppendFrom(b.Cols[key], i)
	}
	width := len(o.op.Keys)
	for c, r := range results {
		o.rows.Cols[width+c].AppendFrom(r, 0)
	}
	o.rows.Row(types.Insert)
	return nil
}

// Close implements operator.Operator.
func (o *Count) Close() error { return o.calls.Close() }
