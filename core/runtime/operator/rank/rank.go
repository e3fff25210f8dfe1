// Package rank keeps the first rows of each partition by an order: top-N.
package rank

import (
	"bytes"
	"encoding/binary"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// New makes the operator; in and schema are those of its input and output.
func New(op *plan.Rank, in, schema *types.Schema) operator.Operator {
	if op.Function == "row_number" && !op.Retracting {
		return newTop(op, in, schema)
	}
	return newOperator(op, in, schema)
}

// Operator is plan.Rank over a table whose rows are taken back, or by another function than
// ROW_NUMBER. State is the rows of a partition, ordered by sort key and arrival. In batch mode the
// ranks are given out at the end.
type Operator struct {
	operator.Base
	op     *plan.Rank
	in     *types.Schema
	schema *types.Schema
	loop   operator.RowLoop
	lists  *state.Map // sort key ++ arrival → row
	seq    *state.Value[int64]
	rows   *operator.Rows
	key    []byte
	row    []byte
	// windows are the newest one and the one before it.
	windows [2]window
	after   []ranked // scratch of inserted
}

var _ operator.Operator = (*Operator)(nil)

func newOperator(op *plan.Rank, in, schema *types.Schema) *Operator {
	return &Operator{op: op, in: in, schema: schema,
		loop: operator.RowLoop{Keys: operator.Keys{Columns: op.Partition}, Order: op.Order}}
}

// Open implements operator.Operator.
func (o *Operator) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.rows = operator.NewRows(o.schema, ctx)
	o.lists = state.NewMap(operator.RowEvolution(o.in))
	o.seq = state.NewValue[int64]("arrival")
	if err := ctx.Keyed.Register("rows", o.lists); err != nil {
		return err
	}
	if err := ctx.Keyed.Register("arrival", o.seq); err != nil {
		return err
	}
	var err error
	o.loop.Expiry, err = operator.NewExpiry(ctx, o.op.StateTTLMs)
	return err
}

// Process implements operator.Operator.
func (o *Operator) Process(_ int, b *batch.Batch, out operator.Output) error {
	return o.loop.Run(o.Ctx, b, o.rows, out, func(i int, slot int32) error {
		o.key = o.loop.SortKey(i)
		o.loop.Expiry.Written(slot)
		if b.Kind(i).IsAdd() {
			return o.add(slot, i)
		}
		o.row = o.loop.Row(i)
		return o.remove(slot)
	})
}

// add inserts row i, whose sort key is in key, and emits what changes.
func (o *Operator) add(s int32, i int) error {
	n := o.seq.At(s)
	*n++
	o.key = binary.BigEndian.AppendUint64(o.key, uint64(*n))
	if o.Ctx.BatchMode {
		o.lists.Put(s, o.key, o.loop.Row(i))
		return nil
	}
	at := o.rankOf(s, o.key) // rows before it
	if at >= o.op.To && !o.op.Retracting {
		return nil // most rows of a large partition come to here, and are not encoded
	}
	o.row = o.loop.Row(i)
	if at >= o.op.To {
		o.lists.Put(s, o.key, o.row)
		return nil
	}
	if o.op.Function != "row_number" {
		at = 0 // ranks of rows before it may be those of ties
	}
	before := o.window(s, at)
	o.lists.Put(s, o.key, o.row)
	if o.op.Function == "row_number" && at+1 >= o.op.From {
		return o.differ(before, o.inserted(before, at+1))
	}
	return o.differ(before, o.window(s, at))
}

// inserted is a window of rows behind the new one, as it is with it: it has the rank, those behind
// it have one more.
func (o *Operator) inserted(before []ranked, rank int64) []ranked {
	o.after = append(o.after[:0], ranked{rank, o.key, o.row})
	for _, r := range before {
		if r.rank++; r.rank <= o.op.To {
			o.after = append(o.after, r)
		}
	}
	return o.after
}

// remove takes back a row equal to row under the sort key.
func (o *Operator) remove(s int32) error {
	var found []byte
	o.lists.Range(s, o.key, nil, func(k, v []byte) bool {
		if !bytes.HasPrefix(k, o.key) {
			return false
		}
		if bytes.Equal(v, o.row) {
			found = bytes.Clone(k)
			return false
		}
		return true
	})
	if found == nil {
		return nil
	}
	if o.Ctx.BatchMode || o.rankOf(s, found) >= o.op.To {
		o.lists.Delete(s, found)
		return nil
	}
	before := o.window(s, 0)
	o.lists.Delete(s, found)
	return o.differ(before, o.window(s, 0))
}

// rankOf is the number of rows before a key, counted up to To.
func (o *Operator) rankOf(s int32, key []byte) int64 {
	var n int64
	o.lists.Range(s, nil, key, func(_, _ []byte) bool {
		n++
		return n < o.op.To
	})
	return n
}

// ranked is a row with its rank.
type ranked struct {
	rank     int64
	key, row []byte
}

// window is the rows whose rank is in [From, To], without the first rows; valid until the
// call after the next.
func (o *Operator) window(s int32, first int64) []ranked {
	o.windows[0], o.windows[1] = o.windows[1], o.windows[0]
	w := &o.windows[0]
	w.rows, w.bytes = w.rows[:0], w.bytes[:0]
	var position, rank int64
	var last []byte
	o.lists.Range(s, nil, nil, func(k, v []byte) bool {
		position++
		sortKey := k[:len(k)-8]
		switch {
		case o.op.Function == "row_number":
			rank = position
		case last != nil && bytes.Equal(sortKey, last):
		case o.op.Function == "dense_rank":
			rank++
		default:
			rank = position
		}
		if rank > o.op.To {
			return false
		}
		last = append(last[:0], sortKey...)
		if rank >= o.op.From && position > first {
			w.add(rank, k, v)
		}
		return true
	})
	return w.rows
}

// window is rows with the memory that they lie in.
type window struct {
	rows  []ranked
	bytes []byte
}

func (w *window) add(rank int64, key, row []byte) {
	// Where bytes grows, what was added before stays in its old place.
	at := len(w.bytes)
	w.bytes = append(append(w.bytes, key...), row...)
	end := at + len(key)
	w.rows = append(w.rows, ranked{rank, w.bytes[at:end:end], w.bytes[end:len(w.bytes):len(w.bytes)]})
}

// differ emits the changes from one window to another: with the rank in the output, row by row of
// equal rank; without it, first what left, then what came.
func (o *Operator) differ(before, after []ranked) error {
	if o.op.OutputRank {
		return o.differRanks(before, after)
	}
	had, has := map[string]bool{}, map[string]bool{}
	for _, r := range before {
		had[string(r.key)] = true
	}
	for _, r := range after {
		has[string(r.key)] = true
	}
	for _, r := range before {
		if !has[string(r.key)] {
			if err := o.emit(types.Delete, r); err != nil {
				return err
			}
		}
	}
	for _, r := range after {
		if !had[string(r.key)] {
			if err := o.emit(types.Insert, r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *Operator) differRanks(before, after []ranked) error {
	for i := range max(len(before), len(after)) {
		switch {
		case i >= len(before):
			if err := o.emit(types.Insert, after[i]); err != nil {
				return err
			}
		case i >= len(after):
			if err := o.emit(types.Delete, before[i]); err != nil {
				return err
			}
		case !bytes.Equal(before[i].row, after[i].row) || before[i].rank != after[i].rank:
			if o.op.UpdateBefore {
				if err := o.emit(types.UpdateBefore, before[i]); err != nil {
					return err
				}
			}
			if err := o.emit(types.UpdateAfter, after[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *Operator) emit(kind types.RowKind, r ranked) error {
	n := o.in.Len()
	if _, err := rowcodec.Decode(r.row, o.rows.Cols[:n]); err != nil {
		return err
	}
	if o.op.OutputRank {
		batch.Append(o.rows.Cols[n], r.rank)
	}
	o.rows.Row(kind)
	return nil
}

// EndInput implements operator.Operator.
func (o *Operator) EndInput(_ int, out operator.Output) error {
	if !o.Ctx.BatchMode {
		return nil
	}
	o.rows.Begin(out)
	defer o.rows.End()
	return o.Ctx.Keyed.Each(func(slots []int32) error {
		for _, s := range slots {
			for _, r := range o.window(s, 0) {
				if err := o.emit(types.Insert, r); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
