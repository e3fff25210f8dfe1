package rank

import (
	"bytes"
	"encoding/binary"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// Window is plan.Rank of windows: partitions hold the rows of one window, and their first rows are
// emitted once, when the watermark has passed the window's end. Rows of windows that are closed
// are dropped.
type Window struct {
	Operator
	zone operator.LocalTime
	due  operator.Due
}

var _ operator.Operator = (*Window)(nil)

// NewWindow makes the operator; in and schema are those of its input and output.
func NewWindow(op *plan.Rank, in, schema *types.Schema) *Window {
	return &Window{Operator: *newOperator(op, in, schema)}
}

// Open implements operator.Operator.
func (o *Window) Open(ctx *operator.Context) error {
	var err error
	if o.zone, err = operator.NewLocalTime(o.op.WindowZone); err != nil {
		return err
	}
	o.due.Open(ctx, "window")
	return o.Operator.Open(ctx)
}

// Process implements operator.Operator.
func (o *Window) Process(_ int, b *batch.Batch, out operator.Output) error {
	return o.rows.Segments(b, out, o.advance, o.segment)
}

func (o *Window) segment(b *batch.Batch) error {
	slots, err := o.loop.Keys.Resolve(o.Ctx, b)
	if err != nil {
		return err
	}
	enc, err := rowcodec.NewEncoder(b.Cols)
	if err != nil {
		return err
	}
	sort, err := operator.SortKeys(b, o.op.Order)
	if err != nil {
		return err
	}
	ends := operator.Millis(b.Cols[o.op.WindowColumns[1]])
	for i, s := range slots {
		closes := o.zone.Closing(ends[i])
		if o.due.Late(closes) {
			continue
		}
		n := o.seq.At(s)
		*n++
		o.key = binary.BigEndian.AppendUint64(sort.Append(o.key[:0], i), uint64(*n))
		o.row = enc.Append(o.row[:0], i)
		o.lists.Put(s, o.key, o.row)
		o.due.Timers.Register(s, closes)
		o.trim(s)
	}
	o.Ctx.Keyed.MarkDirty(slots)
	return nil
}

// Watermark implements operator.Operator.
func (o *Window) Watermark(t int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	return o.advance(t)
}

func (o *Window) advance(t int64) error {
	return o.due.Advance(t, o.rows, func(slots []int32) error {
		for _, slot := range slots {
			for _, r := range o.window(slot, 0) {
				if err := o.emit(types.Insert, r); err != nil {
					return err
				}
			}
		}
		o.Ctx.Keyed.Drop(slots)
		return nil
	})
}

// trim drops the rows behind rank To when they cannot come back. With RANK and DENSE_RANK ties count
// as one, so only ROW_NUMBER can.
func (o *Window) trim(s int32) {
	if o.op.Retracting || o.op.Function != "row_number" {
		return
	}
	for int64(o.lists.Len(s)) > o.op.To {
		k, _, _ := o.lists.Last(s)
		o.lists.Delete(s, bytes.Clone(k))
	}
}
