// Package cep finds patterns of rows: MATCH_RECOGNIZE.
package cep

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Operator is plan.Match. By row time, rows wait until the watermark has reached them and are then
// taken in order; a row that comes when it already has is late and dropped. By processing time,
// rows are taken as they come. State of a key: the rows that wait, the matches so far, and the
// rows that these have taken.
type Operator struct {
	operator.Base
	op     *plan.Match
	in     *types.Schema
	schema *types.Schema
	keys   operator.Keys
	values *values

	waiting  *state.Map // time ++ order ++ arrival → row
	taken    *state.Map // number → time, row
	progress *state.Bytes
	seq      *state.Value[int64]
	timers   state.Timers
	rows     *operator.Rows
	wm       int64
	late     operator.Counter
}

var _ operator.Operator = (*Operator)(nil)

// New makes the operator; in and schema are those of its input and output.
func New(op *plan.Match, in, schema *types.Schema) *Operator {
	return &Operator{op: op, in: in, schema: schema, keys: operator.Keys{Columns: op.Partition}}
}

// Open implements operator.Operator.
func (o *Operator) Open(ctx *operator.Context) error {
	o.Ctx, o.wm = ctx, ctx.Watermark()
	o.rows = operator.NewRows(o.schema, ctx)
	o.late = ctx.Metrics.Counter("numLateRecordsDropped")
	o.timers = ctx.Keyed.Timers("rows")
	o.waiting = state.NewMap(operator.RowEvolution(o.in))
	o.taken = state.NewMap(state.Evolution{})
	o.progress = state.NewBytes(state.Evolution{})
	o.seq = state.NewValue[int64]("arrival")
	for _, r := range []struct {
		name string
		c    state.Column
	}{{"waiting", o.waiting}, {"taken", o.taken}, {"matches", o.progress}, {"arrival", o.seq}} {
		if err := ctx.Keyed.Register(r.name, r.c); err != nil {
			return err
		}
	}
	var err error
	o.values, err = newValues(ctx, o.op, o.in)
	return err
}

// Process implements operator.Operator.
func (o *Operator) Process(_ int, b *batch.Batch, out operator.Output) error {
	return o.rows.Segments(b, out, o.advance, o.segment)
}

// segment keeps rows; by processing time they are taken at once.
func (o *Operator) segment(b *batch.Batch) error {
	slots, err := o.keys.Resolve(o.Ctx, b)
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
	times, err := o.times(b)
	if err != nil {
		return err
	}
	now := o.Ctx.Clock.NowMs()
	var key, row []byte
	for i, s := range slots {
		time := now
		if times != nil {
			if time = times[i]; time <= o.wm {
				o.late.Add(1)
				continue
			}
			o.timers.Register(s, time)
		}
		n := o.seq.At(s)
		*n++
		key = sort.Append(rowcodec.AppendInt(key[:0], time), i)
		key = binary.BigEndian.AppendUint64(key, uint64(*n))
		row = enc.Append(row[:0], i)
		o.waiting.Put(s, key, row)
		if times == nil {
			if err := o.take(s, now); err != nil {
				return err
			}
		}
	}
	o.Ctx.Keyed.MarkDirty(slots)
	return nil
}

// times are the row times of a batch; nil by processing time.
func (o *Operator) times(b *batch.Batch) ([]int64, error) {
	if o.op.TimeColumn < 0 {
		return nil, nil
	}
	c := b.Cols[o.op.TimeColumn]
	if c.NullCount() == 0 {
		return operator.Millis(c), nil
	}
	if !o.Ctx.BatchMode {
		return nil, errs.Dataf("the row time '%s' is NULL", o.in.Fields[o.op.TimeColumn].Name).
			Fix("filter such rows before MATCH_RECOGNIZE")
	}
	times := slices.Clone(operator.Millis(c))
	for i := range times {
		if c.IsNull(i) {
			times[i] = batch.NoTime + 1 // NULL comes first
		}
	}
	return times, nil
}

// Watermark implements operator.Operator.
func (o *Operator) Watermark(t int64, out operator.Output) error {
	o.rows.Begin(out)
	defer o.rows.End()
	return o.advance(t)
}

func (o *Operator) advance(t int64) error {
	o.wm = t
	for o.op.TimeColumn >= 0 {
		due, err := o.timers.Due(t, 1024)
		if err != nil {
			return err
		}
		if len(due) == 0 {
			break
		}
		slots := make([]int32, len(due))
		for i, d := range due {
			slots[i] = d.Slot
			if err := o.take(d.Slot, d.Time); err != nil {
				return err
			}
		}
		o.Ctx.Keyed.MarkDirty(slots)
		o.drop(slots)
	}
	o.rows.Mark(t)
	return nil
}

// take moves the matches of a key over the rows up to a time.
func (o *Operator) take(s int32, until int64) error {
	src, _ := o.progress.Get(s)
	p, err := decodeProgress(src)
	if err != nil {
		return err
	}
	first, next := p.first(), p.next
	rows, times, err := o.load(s, until)
	if err != nil {
		return err
	}
	if err := o.values.begin(rows, first); err != nil {
		return err
	}
	m := machine{op: o.op, takes: o.values.takes,
		emit: func(r *run) error { return o.values.emit(r, o.rows) },
		time: func(row int64) int64 { return times[row-first] }}
	for p.next < first+int64(len(times)) {
		if err := m.step(p); err != nil {
			return err
		}
	}
	if err := m.expire(p, until); err != nil {
		return err
	}
	return o.save(s, p, rows, times, first, next)
}

// load returns the rows that matches have taken and, behind them, those that wait up to a time.
func (o *Operator) load(s int32, until int64) (*batch.Batch, []int64, error) {
	rows := batch.NewRowBuilder(o.in, 0)
	var times []int64
	var err error
	o.taken.Range(s, nil, nil, func(_, v []byte) bool {
		times = append(times, int64(binary.LittleEndian.Uint64(v)))
		_, err = rowcodec.Decode(v[8:], rows.Cols)
		return err == nil
	})
	if err != nil {
		return nil, nil, err
	}
	var to []byte
	if until < math.MaxInt64 {
		to = rowcodec.AppendInt(nil, until+1)
	}
	o.waiting.Range(s, nil, to, func(k, v []byte) bool {
		times = append(times, rowcodec.Int(k))
		_, err = rowcodec.Decode(v, rows.Cols)
		return err == nil
	})
	o.waiting.DeleteRange(s, nil, to)
	if len(times) == 0 {
		return batch.NewRowBuilder(o.in, 0).Finish(), nil, err
	}
	return rows.Finish(), times, err
}

// save keeps the rows that matches still need; those before next are known.
func (o *Operator) save(
	s int32, p *progress, rows *batch.Batch, times []int64, first, next int64,
) error {
	needed := p.first()
	o.taken.DeleteRange(s, nil, number(needed))
	enc, err := rowcodec.NewEncoder(rows.Cols)
	if err != nil {
		return err
	}
	var row []byte
	for i := max(needed, next); i < p.next; i++ {
		row = binary.LittleEndian.AppendUint64(row[:0], uint64(times[i-first]))
		o.taken.Put(s, number(i), enc.Append(row, int(i-first)))
	}
	o.progress.Set(s, p.encode(nil))
	if len(p.runs) > 0 && o.op.WithinMs > 0 && o.op.TimeColumn >= 0 { // when the oldest expires
		start := p.runs[0].start
		for _, r := range p.runs {
			start = min(start, r.start)
		}
		o.timers.Register(s, times[start-first]+o.op.WithinMs)
	}
	return nil
}

// number is the key of a row.
func number(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// drop forgets keys without rows.
func (o *Operator) drop(slots []int32) {
	var gone []int32
	seen := make(map[int32]bool, len(slots))
	for _, s := range slots {
		if !seen[s] && o.waiting.Len(s) == 0 && o.taken.Len(s) == 0 {
			gone = append(gone, s)
		}
		seen[s] = true
	}
	o.Ctx.Keyed.Drop(gone)
}

// Close implements operator.Operator.
func (o *Operator) Close() error { return o.values.close() }
