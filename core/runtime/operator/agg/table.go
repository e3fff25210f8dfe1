package agg

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// Table is plan.WindowTable over windows that do not merge: each row once for each of its windows,
// with window_start, window_end and window_time.
type Table struct {
	operator.Base
	op     *plan.WindowTable
	schema *types.Schema
	assign assigner
	at     []int32

	untimed operator.Counter
}

// untimedRows counts rows that are in no window, for their row time is NULL.
const untimedRows = "numNullRowTimeRecordsDropped"

var _ operator.Operator = (*Table)(nil)

// NewTable makes the operator; schema is that of its output.
func NewTable(op *plan.WindowTable, schema *types.Schema) *Table {
	return &Table{op: op, schema: schema}
}

// Open implements operator.Operator.
func (o *Table) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.untimed = ctx.Metrics.Counter(untimedRows)
	var err error
	o.assign, err = newAssigner(&o.op.Window)
	return err
}

// Process implements operator.Operator.
func (o *Table) Process(_ int, b *batch.Batch, out operator.Output) error {
	w := &o.op.Window
	var starts, ends []int64
	o.at = o.at[:0]
	emit := func(row int, t int64) {
		o.assign.each(t, func(start, end int64) {
			o.at = append(o.at, int32(row))
			starts, ends = append(starts, start), append(ends, end)
		})
	}
	if w.ProcTime {
		for i, now := 0, o.Ctx.Clock.NowMs(); i < b.Len(); i++ {
			emit(i, now)
		}
	} else {
		col := b.Cols[w.TimeColumn]
		times := operator.Millis(col)
		for i := range b.Len() {
			if col.IsNull(i) {
				o.untimed.Add(1)
				continue
			}
			emit(i, times[i])
		}
	}
	part := b
	if inOrder(o.at, b.Len()) {
		b.Retain()
	} else {
		part = takeAny(b, o.at)
		part.Marks = moveMarks(b.Marks, o.at)
		if b.Times != nil {
			for _, r := range o.at {
				part.Times = append(part.Times, b.Times[r])
			}
		}
	}
	times := make([]int64, len(ends))
	timeType := o.schema.Fields[o.schema.Len()-1].Type
	for i, e := range ends {
		times[i] = e - 1
		if timeType.Kind == types.TimestampLTZ {
			times[i] = o.assign.zone.Instant(e - 1)
		}
	}
	edge := o.schema.Fields[o.schema.Len()-3].Type
	cols := append(part.Cols[:len(part.Cols):len(part.Cols)], batch.MakeFixed(edge, starts, nil),
		batch.MakeFixed(edge, ends, nil), batch.MakeFixed(timeType, times, nil))
	out.Emit(0, part.WithColumns(o.schema, cols))
	return nil
}

// moveMarks keeps watermarks between the rows that they stood between when rows repeat.
func moveMarks(marks []batch.Mark, at []int32) []batch.Mark {
	var out []batch.Mark
	k := 0
	for _, m := range marks {
		for k < len(at) && int(at[k]) < m.Row {
			k++
		}
		out = append(out, batch.Mark{Row: k, Time: m.Time})
	}
	return out
}
