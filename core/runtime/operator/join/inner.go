package join

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
)

// pairRows is how many candidate pairs are looked at together.
const pairRows = 4096

// candidates are rows of a batch with rows of the other side that have the same key, in order.
type candidates struct {
	at     []int32 // of the batch
	counts []int64 // how many rows the other one stands for
	other  *batch.RowBuilder
	marks  []batch.Mark // of the batch, not yet emitted
}

// inner joins the rows of a batch in one go. What a row of an inner join gives depends on the other
// side only, which its batch does not change: candidates are gathered, the condition is asked once
// for many, and results are made by the column.
func (o *Regular) inner(side int, b *batch.Batch, out operator.Output) error {
	loop := &o.loops[side]
	slots, err := loop.Begin(o.Ctx, b)
	if err != nil {
		return err
	}
	defer o.Ctx.Keyed.MarkDirty(slots)
	if o.others[side] == nil { // kept: it knows how much room a batch takes
		o.others[side] = batch.NewRowBuilder(o.schemas[1-side], 0)
	}
	p := candidates{other: o.others[side], marks: b.Marks}
	for i, s := range slots {
		if o.hasNullKey(side, b, i) {
			continue
		}
		o.each(1-side, s, func(row []byte, count, _ int64) bool {
			p.at, p.counts = append(p.at, int32(i)), append(p.counts, count)
			_, err = rowcodec.Decode(row, p.other.Cols)
			return err == nil
		})
		if err != nil {
			return err
		}
		if len(p.at) >= pairRows {
			if err := o.emitPairs(side, b, &p, out); err != nil {
				return err
			}
		}
	}
	if err := o.emitPairs(side, b, &p, out); err != nil {
		return err
	}
	if k := len(p.marks); k > 0 {
		out.Watermark(p.marks[k-1].Time)
	}
	if log := o.logs[side]; log != nil {
		for i, s := range slots {
			log.Append(s, loop.Row(i))
		}
		return nil
	}
	for i, s := range slots {
		o.row = loop.Row(i)
		by := int64(1)
		if !b.Kind(i).IsAdd() {
			by = -1
		}
		o.store(change{side: side, slot: s}, by, 0)
	}
	return nil
}

// emitPairs emits the pairs that pass the condition and empties p.
func (o *Regular) emitPairs(side int, b *batch.Batch, p *candidates, out operator.Output) error {
	if len(p.at) == 0 {
		return nil
	}
	both, err := o.combine(side, b, p)
	if err != nil {
		return err
	}
	pass := o.cond.pass[:0]
	if o.cond.program != nil {
		if pass, err = o.cond.program.EvalFilter(o.cond.eval, both, pass); err != nil {
			return err
		}
	} else {
		for i := range p.at {
			pass = append(pass, int32(i))
		}
	}
	o.cond.pass = pass
	rows := make([]int32, 0, len(pass))
	all := len(pass) == len(p.at) // every pair once
	for _, r := range pass {
		all = all && p.counts[r] == 1
		for range p.counts[r] {
			rows = append(rows, r)
		}
	}
	if len(rows) > 0 {
		out.Emit(0, o.joined(b, both, p, rows, all))
	}
	p.at, p.counts = p.at[:0], p.counts[:0]
	return nil
}

// combine puts the columns of the pairs side by side.
func (o *Regular) combine(side int, b *batch.Batch, p *candidates) (*batch.Batch, error) {
	mine := make([]*batch.Column, len(b.Cols))
	for i, c := range b.Cols {
		mine[i] = batch.Take(c, p.at)
	}
	other := p.other.Finish().Cols
	left, right := mine, other
	if side == 1 {
		left, right = other, mine
	}
	cols := append(append(make([]*batch.Column, 0, len(left)+len(right)), left...), right...)
	return batch.New(o.cond.both, cols, len(p.at)), nil
}

// joined makes the batch of results: rows of both (all: each of them), with the kinds of b's rows
// and its watermarks between them.
func (o *Regular) joined(
	b, both *batch.Batch, p *candidates, rows []int32, all bool,
) *batch.Batch {
	cols := both.Cols
	if !all {
		cols = make([]*batch.Column, len(both.Cols))
		for i, c := range both.Cols {
			cols[i] = batch.Take(c, rows)
		}
	}
	made := batch.New(o.schema, cols, len(rows))
	if b.Kinds != nil {
		made.Kinds = make([]types.RowKind, len(rows))
		for i, r := range rows {
			made.Kinds[i] = b.Kinds[p.at[r]]
		}
	}
	for i, r := range rows {
		before := 0
		for before < len(p.marks) && p.marks[before].Row <= int(p.at[r]) {
			before++
		}
		if before > 0 {
			made.Marks = append(made.Marks, batch.Mark{Row: i, Time: p.marks[before-1].Time})
			p.marks = p.marks[before:]
		}
	}
	return made
}
