package rank

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

// Top is plan.Rank by ROW_NUMBER of rows that are never taken back. It keeps the rows up to rank
// To, as Operator does and in the same form, but works on all rows of a batch (a bundle with
// mini-batches) before it writes them to the state, and rows go out as they came in: only those
// that stay are encoded. Changes go out row by row, those of a bundle together.
type Top struct {
	operator.Base
	op     *plan.Rank
	in     *types.Schema
	loop   operator.RowLoop
	lists  *lists
	seq    *state.Value[int64]
	bundle *operator.Bundle // nil: no mini-batch
	rows   *operator.Rows   // of the end in batch mode

	changes changes
	sets    []set // those of the round come first
	n       int
	round   uint32
	encs    []*rowcodec.Encoder
	keys    []byte // of entries
	sort    *rowcodec.SortKey
	slots   []int32
	dirty   []int32
	blob    []byte // scratch of write
	ends    []int  // scratch of write
	row     []byte // scratch of encoded
}

var (
	_ operator.Operator        = (*Top)(nil)
	_ operator.ProcessingTimed = (*Top)(nil)
)

func newTop(op *plan.Rank, in, schema *types.Schema) *Top {
	return &Top{op: op, in: in, loop: operator.RowLoop{Keys: operator.Keys{Columns: op.Partition}},
		changes: changes{op: op, schema: schema}}
}

// Open implements operator.Operator.
func (o *Top) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.rows = operator.NewRows(o.changes.schema, ctx)
	o.changes.open(o.in, ctx)
	o.lists = &lists{Map: state.NewMap(operator.RowEvolution(o.in))}
	o.seq = state.NewValue[int64]("arrival")
	if err := ctx.Keyed.Register("rows", o.lists); err != nil {
		return err
	}
	if err := ctx.Keyed.Register("arrival", o.seq); err != nil {
		return err
	}
	o.bundle = operator.NewBundle(ctx, o.op.MiniBatchMs, o.op.MiniBatchMax)
	var err error
	o.loop.Expiry, err = operator.NewExpiry(ctx, o.op.StateTTLMs)
	return err
}

// Process implements operator.Operator.
func (o *Top) Process(_ int, b *batch.Batch, out operator.Output) error {
	if o.bundle == nil {
		return o.take([]*batch.Batch{b}, out)
	}
	if !o.bundle.Add(b) {
		return nil
	}
	return o.finish(out)
}

// finish emits what the rows of the bundle change, then the watermark that waited.
func (o *Top) finish(out operator.Output) error {
	if o.bundle == nil {
		return nil
	}
	parts := o.bundle.Parts()
	defer func() {
		for _, b := range parts {
			b.Release()
		}
	}()
	if len(parts) > 0 {
		if err := o.take(parts, out); err != nil {
			return err
		}
	}
	if t, ok := o.bundle.Marked(); ok {
		out.Watermark(t)
	}
	return nil
}

// take takes the rows of the parts in, and emits what they change.
func (o *Top) take(parts []*batch.Batch, out operator.Output) error {
	if err := o.begin(parts); err != nil {
		return err
	}
	o.changes.begin(parts, o.encs, out)
	defer o.changes.end()
	slots := o.slots
	for p, b := range parts {
		var err error
		if o.sort, err = operator.SortKeys(b, o.op.Order); err != nil {
			return err
		}
		mark := func(t int64) error {
			if o.bundle == nil {
				o.changes.mark(t)
			}
			return nil
		}
		err = b.Segments(mark, func(from, to int) error {
			for i := from; i < to; i++ {
				if err := o.add(slots[i], int32(p), int32(i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		slots = slots[b.Len():]
	}
	for i := range o.sets[:o.n] {
		s := &o.sets[i]
		if o.bundle != nil {
			if err := o.changes.between(s.before, s.now); err != nil {
				return err
			}
		}
		if s.changed {
			o.write(s)
			o.dirty = append(o.dirty, s.slot)
		}
	}
	o.Ctx.Keyed.MarkDirty(o.dirty)
	return nil
}

// begin resolves the partitions of all rows, and begins a round.
func (o *Top) begin(parts []*batch.Batch) error {
	o.n, o.keys, o.encs = 0, o.keys[:0], o.encs[:0]
	if o.round++; o.round == math.MaxUint32 {
		o.round = 1
		for i := range o.lists.notes {
			o.lists.notes[i].round = 0
		}
	}
	for _, b := range parts {
		enc, err := rowcodec.NewEncoder(b.Cols)
		if err != nil {
			return err
		}
		o.encs = append(o.encs, enc)
	}
	var err error
	if o.slots, err = o.loop.Resolve(o.Ctx, parts); err != nil {
		return err
	}
	o.dirty = o.dirty[:0]
	if o.loop.Expiry != nil { // which counts the rows that do not get in, too
		o.dirty = append(o.dirty, o.slots...)
		o.loop.Expiry.Written(o.slots...)
	}
	return nil
}

// add takes row i of a part in.
func (o *Top) add(slot, part, i int32) error {
	at := len(o.keys)
	o.keys = o.sort.Append(o.keys, int(i))
	o.keys = append(o.keys, 0, 0, 0, 0, 0, 0, 0, 0)
	key := o.keys[at:len(o.keys):len(o.keys)]
	e := entry{start: startOf(key), key: key, part: part, row: i}
	n := &o.lists.notes[slot]
	if n.full && e.start > n.bound {
		o.keys = o.keys[:at]
		return nil // most rows of a large partition come to here
	}
	arrival := o.seq.At(slot)
	*arrival++
	binary.BigEndian.PutUint64(key[len(key)-8:], uint64(*arrival))
	s := o.set(slot, n)
	place := s.place(&e)
	if int64(place) < o.op.To {
		if o.bundle == nil && !o.Ctx.BatchMode {
			if err := o.changes.insert(s.now, place, &e); err != nil {
				return err
			}
		}
		s.insert(place, e, o.op.To)
		s.changed = true
	}
	if n.full = int64(len(s.now)) >= o.op.To; n.full && len(s.now) > 0 {
		n.bound = s.now[len(s.now)-1].start
	}
	return nil
}

// set returns the set of a partition.
func (o *Top) set(slot int32, n *note) *set {
	if n.round == o.round {
		return &o.sets[n.set]
	}
	if o.n == len(o.sets) {
		o.sets = append(o.sets, set{})
	}
	s := &o.sets[o.n]
	n.round, n.set = o.round, int32(o.n)
	o.n++
	s.slot, s.changed, s.before, s.now = slot, false, s.before[:0], s.now[:0]
	o.lists.Range(slot, nil, nil, func(k, v []byte) bool {
		s.now = append(s.now, entry{start: startOf(k), key: k, old: v})
		return true
	})
	s.before = append(s.before, s.now...)
	return s
}

// write gives the state the rows of a set.
func (o *Top) write(s *set) {
	o.blob = o.blob[:0]
	for i := range s.now {
		o.blob = state.AppendEntry(o.blob, s.now[i].key, o.encoded(&s.now[i]))
	}
	if o.lists.Replace(s.slot, o.blob, len(s.now)) {
		return
	}
	// It is large: what went and what came. Old keys stand in bytes that move with it.
	o.blob, o.ends = o.blob[:0], o.ends[:0]
	for i := range s.before {
		if e := &s.before[i]; !holds(s.now, e) {
			o.blob = append(o.blob, e.key...)
			o.ends = append(o.ends, len(o.blob))
		}
	}
	from := 0
	for _, end := range o.ends {
		o.lists.Delete(s.slot, o.blob[from:end])
		from = end
	}
	for i := range s.now {
		if e := &s.now[i]; e.old == nil {
			o.lists.Put(s.slot, e.key, o.encoded(e))
		}
	}
}

// encoded is the encoding of a row, valid until the next call.
func (o *Top) encoded(e *entry) []byte {
	if e.old != nil {
		return e.old
	}
	o.row = o.encs[e.part].Append(o.row[:0], int(e.row))
	return o.row
}

// Watermark implements operator.Operator.
func (o *Top) Watermark(t int64, out operator.Output) error {
	if o.bundle == nil {
		out.Watermark(t)
		return nil
	}
	if o.bundle.Wait(t) {
		return o.finish(out)
	}
	return nil
}

// PrepareBarrier implements operator.Operator.
func (o *Top) PrepareBarrier(out operator.Output) error { return o.finish(out) }

// NextProcessingTime implements operator.ProcessingTimed.
func (o *Top) NextProcessingTime() (int64, bool) { return o.bundle.Next() }

// OnProcessingTime implements operator.ProcessingTimed.
func (o *Top) OnProcessingTime(now int64, out operator.Output) error {
	if o.bundle.Due(now) {
		return o.finish(out)
	}
	return nil
}

// EndInput implements operator.Operator.
func (o *Top) EndInput(_ int, out operator.Output) error {
	if !o.Ctx.BatchMode {
		return o.finish(out)
	}
	o.rows.Begin(out)
	defer o.rows.End()
	return o.Ctx.Keyed.Each(func(slots []int32) error {
		for _, s := range slots {
			if err := o.all(s); err != nil {
				return err
			}
		}
		return nil
	})
}

// all emits the rows of a partition.
func (o *Top) all(slot int32) (err error) {
	rank, n := int64(0), o.in.Len()
	o.lists.Range(slot, nil, nil, func(_, row []byte) bool {
		if rank++; rank < o.op.From {
			return true
		}
		if _, err = rowcodec.Decode(row, o.rows.Cols[:n]); err != nil {
			return false
		}
		if o.op.OutputRank {
			batch.Append(o.rows.Cols[n], rank)
		}
		o.rows.Row(types.Insert)
		return true
	})
	return err
}
