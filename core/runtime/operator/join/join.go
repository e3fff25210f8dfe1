// Package join joins two streams by key.
package join

import (
	"encoding/binary"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Regular is plan.Join over unbounded tables: all rows of both sides are kept, as counts of equal
// rows with, where the other side's outer rows depend on it, the number of their matches; of an
// inner join's side that never takes a row back, as they came. Each row is joined as it comes; outer
// joins take back padded rows when the first match comes and give them again when the last one goes.
type Regular struct {
	operator.Base
	op      *plan.Join
	schemas [2]*types.Schema
	schema  *types.Schema
	loops   [2]operator.RowLoop
	sides   [2]*state.Map  // row → count, matches, with a TTL when it was written
	logs    [2]*state.List // in place of a side's map: its rows
	ttlMs   [2]int64       // 0: rows are kept for ever
	cond    *condition
	rows    *operator.Rows
	row     []byte
	held    [24]byte             // of value
	others  [2]*batch.RowBuilder // of inner, by the side whose batch is joined
}

var _ operator.Operator = (*Regular)(nil)

// NewRegular makes the operator.
func NewRegular(op *plan.Join, left, right, schema *types.Schema) *Regular {
	return &Regular{op: op, schemas: [2]*types.Schema{left, right}, schema: schema,
		loops: [2]operator.RowLoop{{Keys: operator.Keys{Columns: op.LeftKeys}},
			{Keys: operator.Keys{Columns: op.RightKeys}}}}
}

// Open implements operator.Operator.
func (o *Regular) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.rows = operator.NewRows(o.schema, ctx)
	if !ctx.BatchMode {
		o.ttlMs = [2]int64{o.op.LeftTTLMs, o.op.RightTTLMs}
	}
	if err := o.register(); err != nil {
		return err
	}
	var err error
	if o.ttlMs[0] > 0 && o.ttlMs[1] > 0 { // keys go when the rows of both sides have
		e, err := operator.NewExpiry(ctx, max(o.ttlMs[0], o.ttlMs[1]))
		if err != nil {
			return err
		}
		o.loops[0].Expiry, o.loops[1].Expiry = e, e
	}
	o.cond, err = newCondition(ctx, o.op.Condition, o.schemas[0], o.schemas[1])
	return err
}

// register makes the state of both sides.
func (o *Regular) register() error {
	appends := [2]bool{o.op.LeftAppends, o.op.RightAppends}
	for i, name := range []string{"left", "right"} {
		rows := operator.SameRows(o.schemas[i])
		var column state.Column
		if appends[i] && o.op.Type == plan.InnerJoin && o.ttlMs[i] == 0 {
			o.logs[i] = state.NewList(rows)
			column = o.logs[i]
		} else {
			o.sides[i] = state.NewMap(rows)
			column = o.sides[i]
		}
		if err := o.Ctx.Keyed.Register(name, column); err != nil {
			return err
		}
	}
	return nil
}

// outer says whether rows of a side come out without a match.
func (o *Regular) outer(side int) bool {
	switch o.op.Type {
	case plan.FullJoin:
		return true
	case plan.LeftJoin:
		return side == 0
	case plan.RightJoin:
		return side == 1
	}
	return false
}

func (o *Regular) semi() bool { return o.op.Type == plan.SemiJoin || o.op.Type == plan.AntiJoin }

// Process implements operator.Operator.
func (o *Regular) Process(side int, b *batch.Batch, out operator.Output) error {
	if o.op.Type == plan.InnerJoin {
		return o.inner(side, b, out)
	}
	loop := &o.loops[side]
	return loop.Run(o.Ctx, b, o.rows, out, func(i int, slot int32) error {
		o.row = loop.Row(i)
		return o.change(change{side: side, slot: slot, kind: b.Kind(i),
			joins: !o.hasNullKey(side, b, i)})
	})
}

// hasNullKey: a NULL key equals nothing, unless the comparison is null-safe.
func (o *Regular) hasNullKey(side int, b *batch.Batch, row int) bool {
	for i, k := range o.loops[side].Keys.Columns {
		if b.Cols[k].IsNull(row) && (i >= len(o.op.NullSafe) || !o.op.NullSafe[i]) {
			return true
		}
	}
	return false
}

// change is a row, in o.row, that came or went on a side.
type change struct {
	side  int
	slot  int32
	kind  types.RowKind
	joins bool
}

func (o *Regular) change(r change) error {
	matches, err := o.matches(r)
	if err != nil {
		return err
	}
	if o.semi() {
		return o.semiChange(r, matches)
	}
	if r.kind.IsAdd() {
		return o.add(r, matches)
	}
	return o.retract(r, matches)
}

// match is rows of the other side that are alike.
type match struct {
	row            []byte
	count, matches int64
}

// matches finds the rows of the other side that the row in o.row joins with.
func (o *Regular) matches(r change) ([]match, error) {
	if !r.joins {
		return nil, nil
	}
	var out []match
	o.each(1-r.side, r.slot, func(row []byte, count, n int64) bool {
		out = append(out, match{append([]byte(nil), row...), count, n})
		return true
	})
	return o.cond.filter(r.side, o.row, out)
}

// counts reads how many equal rows there are and how many matches each has.
func counts(v []byte) (count, matches int64) {
	return int64(binary.LittleEndian.Uint64(v)), int64(binary.LittleEndian.Uint64(v[8:]))
}

// each calls f with the rows of a side that have not expired, until it returns false.
func (o *Regular) each(side int, slot int32, f func(row []byte, count, matches int64) bool) {
	if log := o.logs[side]; log != nil {
		log.Range(slot, func(_ int, row []byte) bool { return f(row, 1, 0) })
		return
	}
	var over [][]byte
	o.sides[side].Range(slot, nil, nil, func(k, v []byte) bool {
		if o.expired(side, v) {
			over = append(over, append([]byte(nil), k...))
			return true
		}
		count, n := counts(v)
		return f(k, count, n)
	})
	for _, k := range over {
		o.sides[side].Delete(slot, k)
	}
}

// expired says whether a side's row was last written so long ago that it counts no more.
func (o *Regular) expired(side int, v []byte) bool {
	ttl := o.ttlMs[side]
	return ttl > 0 && o.Ctx.Clock.NowMs()-int64(binary.LittleEndian.Uint64(v[16:])) >= ttl
}

func (o *Regular) put(side int, slot int32, row []byte, count, matches int64) {
	if count <= 0 {
		o.sides[side].Delete(slot, row)
		return
	}
	o.sides[side].Put(slot, row, o.value(side, count, matches))
	if o.ttlMs[side] > 0 {
		o.loops[side].Expiry.Written(slot)
	}
}

// value is what a side holds of a row, valid until the next call.
func (o *Regular) value(side int, count, matches int64) []byte {
	v := binary.LittleEndian.AppendUint64(o.held[:0], uint64(count))
	v = binary.LittleEndian.AppendUint64(v, uint64(matches))
	if o.ttlMs[side] > 0 {
		v = binary.LittleEndian.AppendUint64(v, uint64(o.Ctx.Clock.NowMs()))
	}
	return v
}

// store adds by rows equal to o.row to its side; matches is how many it joins with.
func (o *Regular) store(r change, by, matches int64) (known bool) {
	gone := false
	o.sides[r.side].Update(r.slot, o.row, func(v []byte, had bool) []byte {
		var count int64
		if had && !o.expired(r.side, v) {
			count, _ = counts(v)
		}
		known = by > 0 || count > 0
		if gone = known && count+by <= 0; gone || !known {
			return nil
		}
		return o.value(r.side, count+by, matches)
	})
	if gone {
		o.sides[r.side].Delete(r.slot, o.row)
	} else if known && o.ttlMs[r.side] > 0 {
		o.loops[r.side].Expiry.Written(r.slot)
	}
	return known
}

func total(matches []match) int64 {
	var n int64
	for _, m := range matches {
		n += m.count
	}
	return n
}

func (o *Regular) add(r change, matches []match) error {
	if o.outer(r.side) && len(matches) == 0 {
		o.store(r, 1, 0)
		return o.emitPadded(types.Insert, r.side, o.row, 1)
	}
	o.store(r, 1, total(matches))
	kind := r.kind
	if o.outer(0) || o.outer(1) {
		kind = types.Insert
	}
	for _, m := range matches {
		if o.outer(1 - r.side) {
			if m.matches == 0 {
				if err := o.emitPadded(types.Delete, 1-r.side, m.row, m.count); err != nil {
					return err
				}
			}
			o.put(1-r.side, r.slot, m.row, m.count, m.matches+1)
		}
		if err := o.emit(kind, r.side, m); err != nil {
			return err
		}
	}
	return nil
}

func (o *Regular) retract(r change, matches []match) error {
	if !o.store(r, -1, total(matches)) {
		return nil // it never came
	}
	if len(matches) == 0 {
		if o.outer(r.side) {
			return o.emitPadded(types.Delete, r.side, o.row, 1)
		}
		return nil
	}
	kind := r.kind
	if o.outer(0) || o.outer(1) {
		kind = types.Delete
	}
	for _, m := range matches {
		if err := o.emit(kind, r.side, m); err != nil {
			return err
		}
		if !o.outer(1 - r.side) {
			continue
		}
		o.put(1-r.side, r.slot, m.row, m.count, m.matches-1)
		if m.matches == 1 {
			if err := o.emitPadded(types.Insert, 1-r.side, m.row, m.count); err != nil {
				return err
			}
		}
	}
	return nil
}

// semiChange: a left row comes out when it has (semi) or has no (anti) match.
func (o *Regular) semiChange(r change, matches []match) error {
	anti := o.op.Type == plan.AntiJoin
	add := r.kind.IsAdd()
	by := int64(1)
	if !add {
		by = -1
	}
	if r.side == 0 {
		if !o.store(r, by, total(matches)) {
			return nil
		}
		if (len(matches) == 0) == anti {
			return o.emitLeft(r.kind, o.row, 1)
		}
		return nil
	}
	if !o.store(r, by, 0) {
		return nil
	}
	for _, m := range matches {
		o.put(0, r.slot, m.row, m.count, m.matches+by)
		var kind types.RowKind
		switch {
		case add && m.matches == 0 && anti, !add && m.matches == 1 && !anti:
			kind = types.Delete
			if !anti {
				kind = r.kind
			}
		case add && m.matches == 0, !add && m.matches == 1:
			kind = types.Insert
			if !anti {
				kind = r.kind
			}
		default:
			continue
		}
		if err := o.emitLeft(kind, m.row, m.count); err != nil {
			return err
		}
	}
	return nil
}

// emit gives the row in o.row joined with each of the rows m stands for.
func (o *Regular) emit(kind types.RowKind, side int, m match) error {
	left, right := o.row, m.row
	if side == 1 {
		left, right = right, left
	}
	n := o.schemas[0].Len()
	for range m.count {
		if _, err := rowcodec.Decode(left, o.rows.Cols[:n]); err != nil {
			return err
		}
		if _, err := rowcodec.Decode(right, o.rows.Cols[n:]); err != nil {
			return err
		}
		o.rows.Row(kind)
	}
	return nil
}

// emitPadded gives a row of a side with NULLs for the other.
func (o *Regular) emitPadded(kind types.RowKind, side int, row []byte, count int64) error {
	n := o.schemas[0].Len()
	own, other := o.rows.Cols[:n], o.rows.Cols[n:]
	if side == 1 {
		own, other = other, own
	}
	for range count {
		if _, err := rowcodec.Decode(row, own); err != nil {
			return err
		}
		for _, c := range other {
			c.AppendNull()
		}
		o.rows.Row(kind)
	}
	return nil
}

func (o *Regular) emitLeft(kind types.RowKind, row []byte, count int64) error {
	for range count {
		if _, err := rowcodec.Decode(row, o.rows.Cols); err != nil {
			return err
		}
		o.rows.Row(kind)
	}
	return nil
}

// condition is what a join asks besides equal keys.
type condition struct {
	program *expr.Program
	eval    *expr.EvalContext
	sides   [2]*types.Schema
	both    *types.Schema
	pass    []int32
}

func newCondition(
	ctx *operator.Context, e expr.Expr, left, right *types.Schema,
) (*condition, error) {
	c := &condition{sides: [2]*types.Schema{left, right}, both: &types.Schema{}}
	c.both.Fields = append(append(c.both.Fields, left.Fields...), right.Fields...)
	if e == nil {
		return c, nil
	}
	var err error
	if c.eval, err = operator.EvalContext(ctx); err != nil {
		return nil, err
	}
	c.program, err = expr.Compile(e)
	return c, err
}

// filter keeps the candidates that the row of a side joins with.
func (c *condition) filter(side int, row []byte, candidates []match) ([]match, error) {
	if c.program == nil || len(candidates) == 0 {
		return candidates, nil
	}
	others := make([][]byte, len(candidates))
	for i, m := range candidates {
		others[i] = m.row
	}
	rows, err := c.passing(side, row, others)
	if err != nil {
		return nil, err
	}
	out := candidates[:0]
	for _, r := range rows {
		out = append(out, candidates[r])
	}
	return out, nil
}

// passing returns the positions of the rows of the other side that the row of a side joins with,
// valid until the next call.
func (c *condition) passing(side int, row []byte, others [][]byte) ([]int32, error) {
	if c.program == nil || len(others) == 0 {
		c.pass = c.pass[:0]
		for i := range others {
			c.pass = append(c.pass, int32(i))
		}
		return c.pass, nil
	}
	b := batch.NewRowBuilder(c.both, len(others))
	n := c.sides[0].Len()
	for _, other := range others {
		left, right := row, other
		if side == 1 {
			left, right = right, left
		}
		if _, err := rowcodec.Decode(left, b.Cols[:n]); err != nil {
			return nil, err
		}
		if _, err := rowcodec.Decode(right, b.Cols[n:]); err != nil {
			return nil, err
		}
	}
	var err error
	c.pass, err = c.program.EvalFilter(c.eval, b.Finish(), c.pass)
	return c.pass, err
}
