package join

import (
	"encoding/binary"
	"fmt"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Multi is plan.MultiJoin over unbounded tables. Of each input it keeps the rows with the number of
// equal ones, and nothing else. What a change of input i does to the result follows from them:
// the rows that the inputs before i give together are found again, joined with the row that came or
// went, and what changes is joined with the inputs behind it, which are as they were.
type Multi struct {
	operator.Base
	op     *plan.MultiJoin
	inputs []*types.Schema
	starts []int // first column of each input in the result
	loops  []operator.RowLoop
	tables []*state.Map // row → count, with a TTL when it was written
	steps  []*multiStep // of inputs 1 and on
	outer  bool         // a step is a LEFT JOIN
	rows   *operator.Rows

	// the change at hand
	slot  int32
	row   []byte
	combo [][]byte // a row of each input up to where the search is; nil: padded
	held  []heldRows
	value [16]byte
}

// heldRows are the rows of an input for the slot at hand.
type heldRows struct {
	read    bool
	bytes   []byte
	entries []match // matches counts nothing
}

var _ operator.Operator = (*Multi)(nil)

// NewMulti makes the operator; schema is the columns of all inputs.
func NewMulti(op *plan.MultiJoin, inputs []*types.Schema, schema *types.Schema) *Multi {
	o := &Multi{op: op, inputs: inputs, rows: operator.NewRows(schema, &operator.Context{}),
		loops: make([]operator.RowLoop, len(inputs)), steps: make([]*multiStep, len(inputs)),
		tables: make([]*state.Map, len(inputs)), held: make([]heldRows, len(inputs)),
		combo: make([][]byte, len(inputs))}
	at := 0
	for i, s := range inputs {
		o.loops[i].Keys.Columns = op.Keys[i]
		o.starts = append(o.starts, at)
		at += s.Len()
	}
	for _, s := range op.Steps {
		o.outer = o.outer || s.Type == plan.LeftJoin
	}
	return o
}

// Open implements operator.Operator.
func (o *Multi) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.rows = operator.NewRows(o.rows.Schema, ctx)
	for i, s := range o.inputs {
		o.tables[i] = state.NewMap(operator.SameRows(s))
		if err := ctx.Keyed.Register(fmt.Sprint("input", i), o.tables[i]); err != nil {
			return err
		}
	}
	var longest int64
	for _, ttl := range o.op.TTLMs {
		if ttl <= 0 { // a side that keeps all keeps the key
			longest = 0
			break
		}
		longest = max(longest, ttl)
	}
	expiry, err := operator.NewExpiry(ctx, longest)
	if err != nil {
		return err
	}
	for i := range o.loops {
		o.loops[i].Expiry = expiry
	}
	for i := range o.op.Steps {
		if o.steps[i+1], err = newMultiStep(ctx, o, i); err != nil {
			return err
		}
	}
	return nil
}

// Process implements operator.Operator.
func (o *Multi) Process(side int, b *batch.Batch, out operator.Output) error {
	loop := &o.loops[side]
	o.slot = -1
	return loop.Run(o.Ctx, b, o.rows, out, func(i int, slot int32) error {
		if slot != o.slot {
			o.slot = slot
			for k := range o.held {
				o.held[k].read = false
			}
		}
		o.row = loop.Row(i)
		if hasNull(b, o.op.Keys[side], i) {
			return o.lonely(side, b.Kind(i))
		}
		return o.change(side, b.Kind(i))
	})
}

func hasNull(b *batch.Batch, columns []int, row int) bool {
	for _, c := range columns {
		if b.Cols[c].IsNull(row) {
			return true
		}
	}
	return false
}

// lonely takes a row with a NULL in its key, which nothing is equal to: it is not kept.
func (o *Multi) lonely(side int, kind types.RowKind) error {
	if side > 0 {
		return nil
	}
	for _, s := range o.op.Steps {
		if s.Type != plan.LeftJoin {
			return nil
		}
	}
	o.combo[0] = o.row
	clear(o.combo[1:])
	return o.emit(kind, 1)
}

func (o *Multi) change(side int, kind types.RowKind) error {
	if kind.IsAdd() {
		if err := o.spread(side, kind); err != nil {
			return err
		}
		o.store(side, 1)
		return nil
	}
	if !o.store(side, -1) {
		return nil // it never came
	}
	return o.spread(side, kind)
}

// spread emits what the row of a side changes, while its table is without the row.
func (o *Multi) spread(side int, kind types.RowKind) error {
	if o.barren(side) {
		return nil
	}
	if side == 0 {
		o.combo[0] = o.row
		return o.extend(1, len(o.inputs), 1, func(n int64) error { return o.emit(kind, n) })
	}
	return o.extend(0, side, 1, func(n int64) error { return o.meet(side, kind, n) })
}

// barren says whether an input without whose rows there is no result has none of the key.
func (o *Multi) barren(side int) bool {
	for i, t := range o.tables {
		if i != side && (i == 0 || o.op.Steps[i-1].Type == plan.InnerJoin) && t.Len(o.slot) == 0 {
			return true
		}
	}
	return false
}

// meet joins the row of a side with the rows of the inputs before it that are in combo, n times.
func (o *Multi) meet(side int, kind types.RowKind, n int64) error {
	step := o.steps[side]
	self := [1]match{{row: o.row, count: 1}}
	found, err := step.matches(o.combo[:side], self[:])
	if err != nil || len(found) == 0 {
		return err
	}
	result := func(kind types.RowKind, row []byte) error {
		o.combo[side] = row
		return o.extend(side+1, len(o.inputs), n,
			func(n int64) error { return o.emit(kind, n) })
	}
	if o.op.Steps[side-1].Type == plan.InnerJoin {
		return result(kind, o.row)
	}
	others, err := step.matches(o.combo[:side], o.rowsOf(side))
	if err != nil {
		return err
	}
	alone := len(others) == 0 // what it joins with is padded without it
	if kind.IsAdd() && alone {
		if err := result(types.Delete, nil); err != nil {
			return err
		}
	}
	if err := result(kind, o.row); err != nil {
		return err
	}
	if !kind.IsAdd() && alone {
		return result(types.Insert, nil)
	}
	return nil
}

// extend finds all ways to go on from combo with rows of inputs at … to-1 and calls f for each with
// the number of equal ones.
func (o *Multi) extend(at, to int, n int64, f func(n int64) error) error {
	if at == to {
		return f(n)
	}
	found := o.rowsOf(at)
	if at > 0 {
		var err error
		if found, err = o.steps[at].matches(o.combo[:at], found); err != nil {
			return err
		}
		if len(found) == 0 && o.op.Steps[at-1].Type == plan.LeftJoin {
			o.combo[at] = nil
			return o.extend(at+1, to, n, f)
		}
	}
	for _, m := range found {
		o.combo[at] = m.row
		if err := o.extend(at+1, to, n*m.count, f); err != nil {
			return err
		}
	}
	return nil
}

// rowsOf are the rows of an input for the slot at hand that have not expired.
func (o *Multi) rowsOf(input int) []match {
	h := &o.held[input]
	if h.read {
		return h.entries
	}
	h.read, h.bytes, h.entries = true, h.bytes[:0], h.entries[:0]
	var over [][]byte
	o.tables[input].Range(o.slot, nil, nil, func(k, v []byte) bool {
		if o.expired(input, v) {
			over = append(over, append([]byte{}, k...))
			return true
		}
		from := len(h.bytes)
		h.bytes = append(h.bytes, k...)
		h.entries = append(h.entries, match{row: h.bytes[from:len(h.bytes):len(h.bytes)],
			count: int64(binary.LittleEndian.Uint64(v))})
		return true
	})
	for _, k := range over {
		o.tables[input].Delete(o.slot, k)
	}
	return h.entries
}

func (o *Multi) expired(input int, v []byte) bool {
	ttl := o.ttl(input)
	return ttl > 0 && o.Ctx.Clock.NowMs()-int64(binary.LittleEndian.Uint64(v[8:])) >= ttl
}

func (o *Multi) ttl(input int) int64 {
	if o.Ctx.BatchMode {
		return 0
	}
	return o.op.TTLMs[input]
}

// store adds by rows equal to the one at hand to their input; false: there was none to take away.
func (o *Multi) store(input int, by int64) (known bool) {
	o.held[input].read = false
	gone := false
	o.tables[input].Update(o.slot, o.row, func(v []byte, had bool) []byte {
		var count int64
		if had && !o.expired(input, v) {
			count = int64(binary.LittleEndian.Uint64(v))
		}
		known = by > 0 || count > 0
		if gone = had && count+by <= 0; gone || !known {
			return nil
		}
		v = binary.LittleEndian.AppendUint64(o.value[:0], uint64(count+by))
		if o.ttl(input) > 0 {
			v = binary.LittleEndian.AppendUint64(v, uint64(o.Ctx.Clock.NowMs()))
		}
		return v
	})
	if gone {
		o.tables[input].Delete(o.slot, o.row)
	} else if known {
		o.loops[input].Expiry.Written(o.slot)
	}
	return known
}

// emit gives the rows of combo side by side, n times.
func (o *Multi) emit(kind types.RowKind, n int64) error {
	if o.outer {
		if kind.IsAdd() {
			kind = types.Insert
		} else {
			kind = types.Delete
		}
	}
	for range n {
		for i, row := range o.combo {
			if err := decodeOrPad(row, o.rows.Cols[o.starts[i]:][:o.inputs[i].Len()]); err != nil {
				return err
			}
		}
		o.rows.Row(kind)
	}
	return nil
}

// decodeOrPad appends the columns of a row; of none NULLs.
func decodeOrPad(row []byte, cols []*batch.Builder) error {
	if row != nil {
		_, err := rowcodec.Decode(row, cols)
		return err
	}
	for _, c := range cols {
		c.AppendNull()
	}
	return nil
}
