package agg

import (
	"math"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// flush takes the placed rows of b in and merges the sessions that they have joined.
func (o *Sessions) flush(b *batch.Batch) error {
	o.Ctx.Keyed.MarkDirty(o.touched)
	o.touched, o.lists = o.touched[:0], nil
	if len(o.at) == 0 {
		return nil
	}
	if err := o.resolve(b); err != nil {
		return err
	}
	rows := o.at
	if len(rows) == b.Len() {
		rows = nil
	}
	if err := o.calls.take(o.slots, b, rows); err != nil {
		return err
	}
	o.Ctx.Keyed.MarkDirty(o.slots)
	o.at, o.numbers = o.at[:0], o.numbers[:0]
	return o.merge()
}

// resolve finds the slots of the placed rows' sessions.
func (o *Sessions) resolve(b *batch.Batch) error {
	o.cols = o.cols[:0]
	for _, k := range o.op.Keys {
		c := b.Cols[k]
		if len(o.at) < b.Len() {
			c = batch.Take(c, o.at)
		}
		o.cols = append(o.cols, c)
	}
	var err error
	if words, ok := operator.Words(o.cols, 2); ok {
		words = append(words, o.numbers)
		o.slots, err = o.known.Resolve(o.Ctx.Keyed, words, len(o.at), o.slots, o.encode)
		return err
	}
	var keys state.Keys
	if err := o.encode(nil, &keys); err != nil {
		return err
	}
	o.slots, err = o.Ctx.Keyed.Resolve(&keys, o.slots)
	return err
}

// encode appends the keys of the placed rows' sessions at some positions, nil: of all.
func (o *Sessions) encode(at []int32, keys *state.Keys) error {
	n := len(at)
	if at == nil {
		n = len(o.at)
	}
	if len(o.cols) == 0 {
		state.EmptyKeys(n, o.Ctx.MaxParallelism, &o.bare)
	} else if err := operator.EncodeKeys(o.cols, at, o.Ctx.MaxParallelism, &o.bare); err != nil {
		return err
	}
	for i := range n {
		number := o.numbers[i]
		if at != nil {
			number = o.numbers[at[i]]
		}
		keys.AppendWindow(&o.bare, i, number, number)
	}
	return nil
}

func (o *Sessions) merge() error {
	m := &o.merges
	n := len(m.into)
	if n == 0 {
		return nil
	}
	var keys state.Keys
	for i, number := range m.into {
		keys.AppendWindow(&m.keys, i, number, number)
	}
	for i, number := range m.from {
		keys.AppendWindow(&m.keys, i, number, number)
	}
	slots, err := o.Ctx.Keyed.Resolve(&keys, nil)
	if err != nil {
		return err
	}
	if err := o.calls.Merge(slots[:n], slots[n:]); err != nil {
		return err
	}
	o.Ctx.Keyed.MarkDirty(slots[:n])
	o.Ctx.Keyed.Drop(slots[n:])
	m.keys.Reset()
	m.into, m.from = m.into[:0], m.from[:0]
	return nil
}

// fire emits the sessions that end up to a time, those that end first before others.
func (o *Sessions) fire(until int64) error {
	for {
		next, ok := o.timers.Next()
		if !ok || next > until {
			break
		}
		due, err := o.timers.Due(next, 1024)
		if err != nil {
			return err
		}
		if err := o.fireAt(due); err != nil {
			return err
		}
	}
	o.findNext()
	return nil
}

func (o *Sessions) findNext() {
	t, ok := o.timers.Next()
	if !ok {
		t = math.MaxInt64
	}
	o.next, o.found = t, true
}

// fireAt emits the sessions that are over and sets the timers of keys that have others.
func (o *Sessions) fireAt(due []state.Timer) error {
	var ended []session
	var keys state.Keys
	var changed, gone []int32
	o.bare.Reset()
	for _, d := range due {
		first, next := len(ended), int64(math.MaxInt64)
		o.open.Range(d.Slot, nil, nil, func(k, v []byte) bool { // those that end first are first
			s := sessionFrom(k, v)
			if s.end-1 > d.Time {
				next = s.end - 1
				return false
			}
			key, group := o.Ctx.Keyed.Key(d.Slot)
			o.bare.Append(key, group)
			keys.AppendWindow(&o.bare, len(ended), s.number, s.number)
			ended = append(ended, s)
			return true
		})
		for _, s := range ended[first:] {
			o.open.Delete(d.Slot, rowcodec.AppendInt(nil, s.start))
		}
		if next == math.MaxInt64 {
			gone = append(gone, d.Slot)
			continue
		}
		o.timers.Register(d.Slot, next)
		changed = append(changed, d.Slot)
	}
	o.Ctx.Keyed.MarkDirty(changed)
	o.Ctx.Keyed.Drop(gone)
	if len(ended) == 0 {
		return nil
	}
	return o.emit(ended, &keys)
}

// emit gives the results of sessions and forgets them.
func (o *Sessions) emit(ended []session, keys *state.Keys) error {
	slots, err := o.Ctx.Keyed.Resolve(keys, nil)
	if err != nil {
		return err
	}
	results, err := o.calls.Results(slots)
	if err != nil {
		return err
	}
	defer release(results)
	n := len(o.op.Keys)
	for i, s := range ended {
		if n > 0 {
			if _, err := state.DecodeKey(o.bare.Key(i), o.rows.Cols[:n]); err != nil {
				return err
			}
		}
		for c, r := range results {
			o.rows.Cols[n+c].AppendFrom(r, i)
		}
		for p, prop := range o.op.Properties {
			o.property(o.rows.Cols[n+len(results)+p], prop, s)
		}
		o.rows.Row(types.Insert)
	}
	o.Ctx.Keyed.Drop(slots)
	return nil
}

func (o *Sessions) property(b *batch.Builder, p plan.WindowProperty, s session) {
	switch p {
	case plan.WindowStart:
		batch.Append(b, o.zone.Local(s.start))
	case plan.WindowEnd:
		batch.Append(b, o.zone.Local(s.end))
	case plan.WindowTime:
		if b.Type.Kind == types.TimestampLTZ {
			batch.Append(b, s.end-1)
		} else {
			batch.Append(b, o.zone.Local(s.end)-1)
		}
	case plan.WindowProcTime:
		batch.Append(b, o.Ctx.Clock.NowMs())
	}
}
