package operator

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/plan"
)

// RowLoop takes the rows of keyed batches one by one: for operators whose state follows each row.
type RowLoop struct {
	Keys   Keys
	Order  []plan.SortKey // of SortKey
	Expiry *Expiry        // nil: state is kept for ever

	enc  *rowcodec.Encoder
	sort *rowcodec.SortKey
	row  []byte
	key  []byte
}

// Begin resolves the keys of b and makes ready for Row and SortKey. The caller marks the slots
// dirty.
func (l *RowLoop) Begin(ctx *Context, b *batch.Batch) (slots []int32, err error) {
	if err := l.Expiry.Sweep(); err != nil {
		return nil, err
	}
	if slots, err = l.Keys.Resolve(ctx, b); err != nil {
		return nil, err
	}
	l.Expiry.Expire(slots)
	if l.enc, err = rowcodec.NewEncoder(b.Cols); err != nil {
		return nil, err
	}
	if len(l.Order) > 0 {
		l.sort, err = SortKeys(b, l.Order)
	}
	return slots, err
}

// Resolve resolves the keys of all rows of the parts, for an operator that works on them together.
// The caller marks the slots dirty; they are valid until the next call.
func (l *RowLoop) Resolve(ctx *Context, parts []*batch.Batch) (slots []int32, err error) {
	if err := l.Expiry.Sweep(); err != nil {
		return nil, err
	}
	if slots, err = l.Keys.ResolveAll(ctx, parts); err != nil {
		return nil, err
	}
	l.Expiry.Expire(slots)
	return slots, nil
}

// Run calls f for each row of b with the slot of its key, and puts the watermarks between them
// into rows, where f puts what it emits. All slots are marked dirty afterwards.
func (l *RowLoop) Run(ctx *Context, b *batch.Batch, rows *Rows, out Output,
	f func(i int, slot int32) error) error {
	slots, err := l.Begin(ctx, b)
	if err != nil {
		return err
	}
	rows.Begin(out)
	defer rows.End()
	defer ctx.Keyed.MarkDirty(slots)
	return b.Segments(
		func(t int64) error { rows.Mark(t); return nil },
		func(from, to int) error {
			for i := from; i < to; i++ {
				if err := f(i, slots[i]); err != nil {
					return err
				}
			}
			return nil
		})
}

// Row is the encoding of row i of the batch, valid until the next call.
func (l *RowLoop) Row(i int) []byte {
	l.row = l.enc.Append(l.row[:0], i)
	return l.row
}

// SortKey is the sort key of row i of the batch; it may be appended to, and is valid until the
// next call. Without an order it is empty.
func (l *RowLoop) SortKey(i int) []byte {
	l.key = l.key[:0]
	if l.sort != nil {
		l.key = l.sort.Append(l.key, i)
	}
	return l.key
}
