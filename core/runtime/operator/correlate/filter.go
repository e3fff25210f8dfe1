package correlate

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// filter puts input rows and function rows together, applies the join's condition and pads input
// rows without any in a left join.
type filter struct {
	op      *plan.Correlate
	schema  *types.Schema
	program *expr.Program
	eval    *expr.EvalContext
}

func newFilter(
	ctx *operator.Context, op *plan.Correlate, _, schema *types.Schema,
) (*filter, error) {
	f := &filter{op: op, schema: schema}
	var err error
	if f.eval, err = operator.EvalContext(ctx); err != nil {
		return nil, err
	}
	if op.Condition != nil {
		f.program, err = expr.Compile(op.Condition)
	}
	return f, err
}

// emit joins: cols are the function's columns, row i of them belongs to input row rows[i]
// (ascending). started says that the first input row has had function rows in an earlier call. It
// takes over the references to cols.
func (f *filter) emit(
	b *batch.Batch, cols []*batch.Column, rows []int32, started bool, out operator.Output,
) error {
	if f.op.FlatMap {
		o := batch.New(f.schema, cols, len(rows))
		f.carry(b, o, rows)
		out.Emit(0, o)
		return nil
	}
	if f.program != nil {
		var err error
		if cols, rows, err = f.pass(b, cols, rows); err != nil {
			return err
		}
	}
	at := make([]int32, len(rows))
	for i := range at {
		at[i] = int32(i)
	}
	if f.op.Left {
		rows, at = padded(rows, at, b.Len(), started)
	}
	left := make([]*batch.Column, 0, f.schema.Len())
	for _, c := range b.Cols {
		left = append(left, batch.Take(c, rows))
	}
	for _, c := range cols {
		left = append(left, batch.Take(c, at))
		c.Release()
	}
	o := batch.New(f.schema, left, len(rows))
	f.carry(b, o, rows)
	out.Emit(0, o)
	return nil
}

// pass keeps the function rows for which the condition holds.
func (f *filter) pass(
	b *batch.Batch, cols []*batch.Column, rows []int32,
) ([]*batch.Column, []int32, error) {
	both := make([]*batch.Column, 0, f.schema.Len())
	for _, c := range b.Cols {
		both = append(both, batch.Take(c, rows))
	}
	joined := batch.New(f.schema, append(both, cols...), len(rows))
	keep, err := f.program.EvalFilter(f.eval, joined, nil)
	if err != nil {
		return nil, nil, err
	}
	kept := make([]*batch.Column, len(cols))
	for i, c := range cols {
		kept[i] = batch.Take(c, keep)
		c.Release()
	}
	out := make([]int32, len(keep))
	for i, k := range keep {
		out[i] = rows[k]
	}
	return kept, out, nil
}

// padded adds each input row that is missing in rows, with -1 for its function row; the first one
// not if it has been started.
func padded(rows, at []int32, n int, started bool) (outRows, outAt []int32) {
	k := 0
	for i := range int32(n) {
		if k >= len(rows) || rows[k] != i {
			if i > 0 || !started {
				outRows, outAt = append(outRows, i), append(outAt, -1)
			}
			continue
		}
		for k < len(rows) && rows[k] == i {
			outRows, outAt = append(outRows, i), append(outAt, at[k])
			k++
		}
	}
	return outRows, outAt
}

// carry copies kinds, times and marks of input rows to the rows made of them.
func (f *filter) carry(b, out *batch.Batch, rows []int32) {
	if b.Kinds != nil {
		for _, r := range rows {
			out.Kinds = append(out.Kinds, b.Kinds[r])
		}
	}
	if b.Times != nil {
		for _, r := range rows {
			out.Times = append(out.Times, b.Times[r])
		}
	}
	k := 0
	for _, m := range b.Marks {
		for k < len(rows) && int(rows[k]) < m.Row {
			k++
		}
		out.Marks = append(out.Marks, batch.Mark{Row: k, Time: m.Time})
	}
}
