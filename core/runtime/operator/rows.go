package operator

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Rows collects output rows with the watermarks between them and emits them in batches: an
// operator whose output does not follow the shape of its input builds it here.
type Rows struct {
	*batch.RowBuilder
	out   Output
	marks []batch.Mark
	max   int
}

// NewRows makes an empty collection; out is set by Begin.
func NewRows(schema *types.Schema, ctx *Context) *Rows {
	max := ctx.BatchRows
	if max <= 0 {
		max = 1024
	}
	return &Rows{RowBuilder: batch.NewRowBuilder(schema, 0), max: max}
}

// Begin says where the rows of the call go; End must follow before it returns.
func (r *Rows) Begin(out Output) { r.out = out }

// Segments calls onRows for each run of rows of b between watermarks and onMark for the watermarks,
// in order; what they collect goes to out.
func (r *Rows) Segments(
	b *batch.Batch, out Output, onMark func(time int64) error, onRows func(*batch.Batch) error,
) error {
	r.Begin(out)
	defer r.End()
	return b.Segments(onMark, func(from, to int) error {
		part := b.Slice(from, to)
		defer part.Release()
		return onRows(part)
	})
}

// Mark puts a watermark behind the rows so far.
func (r *Rows) Mark(time int64) {
	n := r.Len()
	if n == 0 {
		r.out.Watermark(time)
		return
	}
	if k := len(r.marks); k > 0 && r.marks[k-1].Row == n {
		r.marks[k-1].Time = time
		return
	}
	r.marks = append(r.marks, batch.Mark{Row: n, Time: time})
}

// Row says that a row is complete: it has a value in every column. kind goes with it.
func (r *Rows) Row(kind types.RowKind) {
	if r.Kinds != nil || kind != types.Insert {
		for len(r.Kinds) < r.Len()-1 {
			r.Kinds = append(r.Kinds, types.Insert)
		}
		r.Kinds = append(r.Kinds, kind)
	}
	if r.Len() >= r.max {
		r.End()
	}
}

// End emits what has been collected.
func (r *Rows) End() {
	if r.Len() == 0 {
		return
	}
	marks := r.marks
	r.marks = nil
	b := r.Finish()
	b.Marks = marks
	r.out.Emit(0, b)
}
