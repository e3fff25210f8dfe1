package over

import (
	"bytes"
	"slices"
	"sort"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/agg"
	"github.com/headrace/headrace/core/state"
)

// partitionsAtOnce is how many partitions are aggregated side by side.
const partitionsAtOnce = 1024

// Bounded is plan.Over in batch mode: at the end of the input the rows are sorted by partition and
// order, and every call is computed over them.
type Bounded struct {
	operator.Base
	op      *plan.Over
	in      *types.Schema
	schema  *types.Schema
	batches []*batch.Batch
	parts   [][]byte // partition key of each row
	orders  [][]byte // order key of each row
	aggs    []plan.AggCall
	calls   *agg.Calls
	anew    bool // frames are aggregated anew, not by taking rows back
}

var (
	_ operator.Operator = (*Bounded)(nil)
	_ operator.Pinned   = (*Bounded)(nil)
)

// Pinned implements operator.Pinned.
func (o *Bounded) Pinned() bool { return hasUser(o.op) }

// Open implements operator.Operator.
func (o *Bounded) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.aggs, _, _ = split(o.op.Calls)
	sliding := !o.op.Frame.UnboundedLower
	for _, c := range o.aggs {
		o.anew = o.anew || sliding && inexact(c, o.in)
	}
	for i := range o.aggs {
		o.aggs[i].Retract = sliding && !o.anew && o.aggs[i].UDF == nil
	}
	var err error
	if o.calls, err = agg.OpenCalls(ctx, o.in, o.aggs); err != nil {
		return err
	}
	o.anew = o.anew || sliding && !o.calls.CanRetract()
	return nil
}

// inexact says whether taking rows back leaves rounding errors.
func inexact(c plan.AggCall, in *types.Schema) bool {
	floating := func(t types.Type) bool { return t.Kind == types.Float || t.Kind == types.Double }
	return floating(c.Type) || slices.ContainsFunc(c.Args, func(a int) bool {
		return floating(in.Fields[a].Type)
	})
}

// Process implements operator.Operator.
func (o *Bounded) Process(_ int, b *batch.Batch, _ operator.Output) error {
	if b.Len() == 0 {
		return nil
	}
	var keys state.Keys
	if len(o.op.Partition) == 0 {
		state.EmptyKeys(b.Len(), o.Ctx.MaxParallelism, &keys)
	} else {
		cols := make([]*batch.Column, len(o.op.Partition))
		for i, c := range o.op.Partition {
			cols[i] = b.Cols[c]
		}
		if err := state.EncodeKeys(cols, o.Ctx.MaxParallelism, &keys); err != nil {
			return err
		}
	}
	enc, err := operator.SortKeys(b, o.op.Order)
	if err != nil {
		return err
	}
	b.Retain()
	o.batches = append(o.batches, b)
	var buf []byte
	ends := make([]int, b.Len())
	for i := range b.Len() {
		buf = enc.Append(buf, i)
		ends[i] = len(buf)
	}
	from := 0
	for i, end := range ends {
		o.parts = append(o.parts, keys.Key(i))
		o.orders = append(o.orders, buf[from:end:end])
		from = end
	}
	return nil
}

// EndInput implements operator.Operator.
func (o *Bounded) EndInput(_ int, out operator.Output) error {
	if len(o.batches) == 0 {
		return nil
	}
	sorted := o.sorted()
	defer sorted.rows.Release()
	cols, err := o.compute(sorted)
	if err != nil {
		return err
	}
	all := append(slices.Clone(sorted.rows.Cols), cols...)
	for _, c := range sorted.rows.Cols {
		c.Retain()
	}
	whole := batch.New(o.schema, all, sorted.rows.Len())
	whole.Times = sorted.rows.Times
	defer whole.Release()
	step := max(o.Ctx.BatchRows, 1024)
	for from := 0; from < whole.Len(); from += step {
		out.Emit(0, whole.Slice(from, min(from+step, whole.Len())))
	}
	return nil
}

// sortedRows are all rows by partition and order.
type sortedRows struct {
	rows    *batch.Batch
	parts   []span
	newPeer []bool
}

func (o *Bounded) sorted() *sortedRows {
	order := make([]int32, len(o.parts))
	for i := range order {
		order[i] = int32(i)
	}
	sort.SliceStable(order, func(a, b int) bool {
		i, j := order[a], order[b]
		if c := bytes.Compare(o.parts[i], o.parts[j]); c != 0 {
			return c < 0
		}
		return bytes.Compare(o.orders[i], o.orders[j]) < 0
	})
	s := &sortedRows{newPeer: make([]bool, len(order))}
	for at, i := range order {
		if at == 0 || !bytes.Equal(o.parts[i], o.parts[order[at-1]]) {
			s.parts = append(s.parts, span{at, at})
			s.newPeer[at] = true
		} else {
			s.newPeer[at] = !bytes.Equal(o.orders[i], o.orders[order[at-1]])
		}
		s.parts[len(s.parts)-1].to = at + 1
	}
	in := batch.Concat(o.batches)
	o.batches, o.parts, o.orders = nil, nil, nil
	cols := make([]*batch.Column, len(in.Cols))
	for i, c := range in.Cols {
		cols[i] = batch.Take(c, order)
	}
	s.rows = batch.New(o.in, cols, len(order))
	if in.Times != nil {
		for _, i := range order {
			s.rows.Times = append(s.rows.Times, in.Times[i])
		}
	}
	in.Release()
	return s
}

// compute returns the columns of all calls.
func (o *Bounded) compute(s *sortedRows) ([]*batch.Column, error) {
	var results []*batch.Column
	if len(o.aggs) > 0 {
		var err error
		if results, err = o.aggregate(s); err != nil {
			return nil, err
		}
	}
	_, functions, at := split(o.op.Calls)
	out := make([]*batch.Column, len(o.op.Calls))
	for i := range o.op.Calls {
		if !isFunction(&o.op.Calls[i]) {
			out[i] = results[at[i]]
			continue
		}
		var err error
		if out[i], err = o.function(functions[at[i]], s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// aggregate computes the aggregates of each row's frame.
func (o *Bounded) aggregate(s *sortedRows) ([]*batch.Column, error) {
	order, err := newOrdinals(o.op.Frame, s.rows, o.op.Order)
	if err != nil {
		return nil, err
	}
	f := frames{frame: o.op.Frame, order: order, newPeer: s.newPeer}
	frame := make([]span, 0, s.rows.Len())
	for _, p := range s.parts {
		frame = f.of(p, frame)
	}
	c := &collected{at: make([]int32, s.rows.Len())}
	for i := range o.aggs {
		c.cols = append(c.cols, batch.NewBuilder(o.aggs[i].Type, s.rows.Len()))
	}
	o.calls.Grow(min(len(s.parts), partitionsAtOnce))
	for from := 0; from < len(s.parts); from += partitionsAtOnce {
		parts := s.parts[from:min(from+partitionsAtOnce, len(s.parts))]
		if err := o.sideBySide(s, parts, frame, c); err != nil {
			return nil, err
		}
	}
	out := make([]*batch.Column, len(c.cols))
	for i, b := range c.cols {
		out[i] = batch.Take(b.Finish(), c.at)
	}
	return out, nil
}

// collected are results in the order of their computation; at says which one each row has.
type collected struct {
	cols []*batch.Builder
	at   []int32
}

// sideBySide walks through some partitions at once, a frame of each in every round.
func (o *Bounded) sideBySide(s *sortedRows, parts []span, frame []span, c *collected) error {
	next := make([]int, len(parts)) // the row that each partition has come to
	have := make([]span, len(parts))
	for i, p := range parts {
		next[i], have[i] = p.from, span{p.from, p.from}
	}
	var slots, addSlots, adds, goneSlots, gone, clear []int32
	for {
		slots, addSlots, adds = slots[:0], addSlots[:0], adds[:0]
		goneSlots, gone, clear = goneSlots[:0], gone[:0], clear[:0]
		for i, p := range parts {
			if next[i] == p.to {
				continue
			}
			slot := int32(i)
			slots = append(slots, slot)
			want, from := frame[next[i]], have[i]
			if o.anew && want.from != from.from || want.from >= from.to { // nothing in common
				clear = append(clear, slot)
				from = span{want.from, want.from}
			}
			for r := from.from; r < want.from; r++ {
				goneSlots, gone = append(goneSlots, slot), append(gone, int32(r))
			}
			for r := max(from.to, want.from); r < want.to; r++ {
				addSlots, adds = append(addSlots, slot), append(adds, int32(r))
			}
			have[i] = want
		}
		if len(slots) == 0 {
			o.calls.Clear(everySlot(len(parts)))
			return nil
		}
		o.calls.Clear(clear)
		if err := o.calls.Retract(goneSlots, s.rows, gone); err != nil {
			return err
		}
		if err := o.calls.Add(addSlots, s.rows, adds); err != nil {
			return err
		}
		if err := c.take(o.calls, slots, parts, frame, next); err != nil {
			return err
		}
	}
}

// take records the results of the slots for the next rows of their partitions, all those that
// have the same frame.
func (c *collected) take(
	calls *agg.Calls, slots []int32, parts []span, frame []span, next []int,
) error {
	results, err := calls.Results(slots)
	if err != nil {
		return err
	}
	for k, slot := range slots {
		at := int32(c.cols[0].Len())
		for j, r := range results {
			c.cols[j].AppendFrom(r, k)
		}
		first := next[slot]
		for next[slot] < parts[slot].to && frame[next[slot]] == frame[first] {
			c.at[next[slot]] = at
			next[slot]++
		}
	}
	for _, r := range results {
		r.Release()
	}
	return nil
}

func everySlot(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}

// Close implements operator.Operator.
func (o *Bounded) Close() error {
	for _, b := range o.batches {
		b.Release()
	}
	o.batches = nil
	return o.calls.Close()
}
