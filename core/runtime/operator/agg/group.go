package agg

import (
	"slices"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Group is plan.GroupAggregate: the result of a key is emitted with each change (in streaming
// mode, row by row as Flink does), with all changes of a bundle together (mini-batch) or once at
// the end (in batch mode). Its keyed state is the accumulators and the number of rows behind them.
type Group struct {
	operator.Base
	op     *plan.GroupAggregate
	in     *types.Schema
	schema *types.Schema

	calls  []call
	counts *state.Value[int64]
	rows   *operator.Rows
	keys   operator.Keys
	slots  []int32
	seen   seen
	expiry *operator.Expiry
	bundle *bundle // nil: no mini-batch
	parts  *Calls  // global phase: scratch for partial results
	last   standing
	any    bool // a row has come
	past   bool // see Backlog
}

// standing are results that are still those of the slots: the next round need not ask for them.
type standing struct {
	slots   []int32
	results []*batch.Column
}

func (l *standing) take(slots []int32) []*batch.Column {
	results := l.results
	l.results = nil
	if results != nil && !slices.Equal(l.slots, slots) {
		release(results)
		return nil
	}
	return results
}

func (l *standing) keep(slots []int32, results []*batch.Column) {
	l.slots, l.results = append(l.slots[:0], slots...), results
}

func (l *standing) drop() {
	release(l.results)
	l.results = nil
}

// seen tells whether a slot has come since the last reset, and as the how manieth.
type seen struct {
	stamp []int64
	at    []int32
	now   int64
}

func (s *seen) reset() { s.now++ }

// add notes a slot as number n unless it has come before; it returns its number.
func (s *seen) add(slot int32, n int) (number int, fresh bool) {
	if int(slot) >= len(s.stamp) {
		grown := max(int(slot)+1, 2*len(s.stamp))
		s.stamp = append(s.stamp, make([]int64, grown-len(s.stamp))...)
		s.at = append(s.at, make([]int32, grown-len(s.at))...)
	}
	if s.stamp[slot] == s.now {
		return int(s.at[slot]), false
	}
	s.stamp[slot], s.at[slot] = s.now, int32(n)
	return n, true
}

var (
	_ operator.Operator        = (*Group)(nil)
	_ operator.Pinned          = (*Group)(nil)
	_ operator.ProcessingTimed = (*Group)(nil)
)

// NewGroup makes the operator; in and schema are those of its input and output.
func NewGroup(op *plan.GroupAggregate, in, schema *types.Schema) *Group {
	return &Group{op: op, in: in, schema: schema, keys: operator.Keys{Columns: op.Keys}}
}

// Pinned implements operator.Pinned: Python aggregates stay on one thread.
func (o *Group) Pinned() bool { return hasUser(o.op.Aggs) }

func hasUser(calls []plan.AggCall) bool {
	for i := range calls {
		if calls[i].UDF != nil {
			return true
		}
	}
	return false
}

// Open implements operator.Operator.
func (o *Group) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	var err error
	rows := o.in
	if o.op.Phase == plan.GlobalPhase {
		rows = o.op.Rows
		if o.parts, err = OpenCalls(ctx, rows, o.op.Aggs); err != nil {
			return err
		}
	}
	if o.calls, err = openCalls(ctx, rows, o.op.Aggs); err != nil {
		return err
	}
	o.counts = state.NewValue[int64]("count")
	if err := ctx.Keyed.Register("count", o.counts); err != nil {
		return err
	}
	o.rows = operator.NewRows(o.schema, ctx)
	if o.expiry, err = operator.NewExpiry(ctx, o.op.StateTTLMs); err != nil {
		return err
	}
	o.bundle = newBundle(o.op, ctx)
	return registerCalls(ctx, o.calls)
}

func registerCalls(ctx *operator.Context, calls []call) error {
	for i, c := range calls {
		if err := ctx.Keyed.Register("agg"+string(rune('0'+i/10))+string(rune('0'+i%10)), c); err != nil {
			return err
		}
	}
	return nil
}

// resolve finds the slots of the rows' keys.
func (o *Group) resolve(b *batch.Batch) (err error) {
	if err := o.expiry.Sweep(); err != nil {
		return err
	}
	if o.slots, err = o.keys.Resolve(o.Ctx, b); err == nil {
		o.expiry.Expire(o.slots)
		o.expiry.Written(o.slots...)
	}
	return err
}

// Process implements operator.Operator.
func (o *Group) Process(_ int, b *batch.Batch, out operator.Output) error {
	if done, err := o.silent(b, out); done || err != nil {
		return err
	}
	if o.bundle != nil {
		if !o.bundle.Add(b) {
			return nil
		}
		return o.finish(out)
	}
	if b.Len() > 0 {
		if err := o.resolve(b); err != nil {
			return err
		}
	}
	o.any = o.any || b.Len() > 0
	if o.Ctx.BatchMode {
		return o.absorb(b)
	}
	o.rows.Begin(out)
	defer o.rows.End()
	defer o.last.drop()
	return b.Segments(
		func(time int64) error { o.rows.Mark(time); return nil },
		func(from, to int) error { return o.segment(b, from, to) })
}

// segment handles rows [from, to) in rounds in which no key comes twice: each row's change is
// seen on its own.
func (o *Group) segment(b *batch.Batch, from, to int) error {
	return o.each(from, to, func(from, to int) error {
		first := make([]int32, to-from)
		for i := range first {
			first[i] = int32(from + i)
		}
		slots := o.slots[from:to]
		return o.changes(b, slots, first, func() error { return o.take(slots, b, from, to) })
	})
}

// changes makes an update of the slots, which differ, and emits what it changes; row first[i] of b
// has the key of slots[i].
func (o *Group) changes(b *batch.Batch, slots, first []int32, update func() error) error {
	before := o.last.take(slots)
	var err error
	if before == nil {
		if before, err = o.results(slots); err != nil {
			return err
		}
	}
	had := make([]int64, len(slots))
	for i, s := range slots {
		had[i], _ = o.counts.Get(s)
	}
	if err := update(); err != nil {
		return err
	}
	after, err := o.results(slots)
	if err != nil {
		return err
	}
	// With a TTL an equal result goes out too, so that state downstream does not expire earlier.
	quiet := o.op.StateTTLMs <= 0 || o.bundle != nil
	var gone []int32
	for i, s := range slots {
		n, _ := o.counts.Get(s)
		row := int(first[i])
		switch {
		case had[i] == 0 && n <= 0: // something taken back that never was
		case had[i] == 0:
			o.emit(types.Insert, b, row, after, i)
		case n <= 0:
			o.emit(types.Delete, b, row, before, i)
		case quiet && equalResults(before, after, i):
		default:
			if o.op.UpdateBefore {
				o.emit(types.UpdateBefore, b, row, before, i)
			}
			o.emit(types.UpdateAfter, b, row, after, i)
		}
		if n <= 0 {
			gone = append(gone, s)
		}
	}
	release(before)
	if len(gone) > 0 {
		o.clear(gone)
		release(after)
	} else {
		o.last.keep(slots, after)
	}
	o.Ctx.Keyed.MarkDirty(slots)
	return nil
}

// clear empties the state of keys without rows; the slots stay valid for the rest of the batch.
func (o *Group) clear(slots []int32) {
	o.counts.Clear(slots)
	for _, c := range o.calls {
		c.Clear(slots)
	}
}

func (o *Group) results(slots []int32) ([]*batch.Column, error) {
	out := make([]*batch.Column, len(o.calls))
	for i, c := range o.calls {
		var err error
		if out[i], err = c.result(slots); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func release(cols []*batch.Column) {
	for _, c := range cols {
		c.Release()
	}
}

func (o *Group) update(slots []int32, b *batch.Batch, from, to int) error {
	for i, s := range slots {
		if b.Kind(from + i).IsAdd() {
			*o.counts.At(s)++
		} else {
			*o.counts.At(s)--
		}
	}
	for _, c := range o.calls {
		if err := c.update(slots, b, from, to); err != nil {
			return err
		}
	}
	return nil
}

func equalResults(a, b []*batch.Column, i int) bool {
	for c := range a {
		if !batch.EqualAt(a[c], i, b[c], i) {
			return false
		}
	}
	return true
}

func (o *Group) emit(
	kind types.RowKind, b *batch.Batch, row int, results []*batch.Column, i int,
) {
	for k, key := range o.op.Keys {
		o.rows.Cols[k].AppendFrom(b.Cols[key], row)
	}
	for c, r := range results {
		o.rows.Cols[len(o.op.Keys)+c].AppendFrom(r, i)
	}
	o.rows.Row(kind)
}

// absorb only updates the accumulators: batch mode emits at the end.
func (o *Group) absorb(b *batch.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	if err := o.update(o.slots, b, 0, b.Len()); err != nil {
		return err
	}
	o.Ctx.Keyed.MarkDirty(o.slots)
	return nil
}

// EndInput implements operator.Operator.
func (o *Group) EndInput(_ int, out operator.Output) error {
	if !o.Ctx.BatchMode {
		if err := o.catchUp(out); err != nil {
			return err
		}
		return o.finish(out)
	}
	o.rows.Begin(out)
	defer o.rows.End()
	if len(o.op.Keys) == 0 && !o.any { // a global aggregate of nothing is one row
		slots, err := o.keys.Global(o.Ctx)
		if err != nil {
			return err
		}
		return o.final(slots)
	}
	return o.Ctx.Keyed.Each(o.final)
}

func (o *Group) final(slots []int32) error {
	results, err := o.results(slots)
	if err != nil {
		return err
	}
	defer release(results)
	for i, s := range slots {
		if n, _ := o.counts.Get(s); n <= 0 && o.any {
			continue
		}
		key, _ := o.Ctx.Keyed.Key(s)
		if len(o.op.Keys) > 0 {
			if _, err := state.DecodeKey(key, o.rows.Cols[:len(o.op.Keys)]); err != nil {
				return err
			}
		}
		for c, r := range results {
			o.rows.Cols[len(o.op.Keys)+c].AppendFrom(r, i)
		}
		o.rows.Row(types.Insert)
	}
	return nil
}

// Close implements operator.Operator.
func (o *Group) Close() error { return closeCalls(o.calls) }
