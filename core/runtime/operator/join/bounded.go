package join

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// Bounded is plan.Join in batch mode: both sides are gathered, then joined once, so that nothing
// has to be taken back.
type Bounded struct {
	*Regular
	open int // inputs that have not ended
}

var _ operator.Operator = (*Bounded)(nil)

// NewBounded makes the operator.
func NewBounded(op *plan.Join, left, right, schema *types.Schema) *Bounded {
	return &Bounded{Regular: NewRegular(op, left, right, schema), open: 2}
}

// Process implements operator.Operator.
func (o *Bounded) Process(side int, b *batch.Batch, out operator.Output) error {
	slots, err := o.keys[side].Resolve(o.Ctx, b)
	if err != nil {
		return err
	}
	enc, err := rowcodec.NewEncoder(b.Cols)
	if err != nil {
		return err
	}
	o.rows.Begin(out)
	defer o.rows.End()
	for i, s := range slots {
		o.row = enc.Append(o.row[:0], i)
		if !o.hasNullKey(side, b, i) {
			o.store(change{side: side, slot: s}, 1, 0)
			continue
		}
		if err := o.alone(side, o.row, 1); err != nil { // it joins with nothing
			return err
		}
	}
	o.Ctx.Keyed.MarkDirty(slots)
	return nil
}

// alone emits a row that has no match, if the join wants it.
func (o *Bounded) alone(side int, row []byte, count int64) error {
	switch {
	case o.op.Type == plan.AntiJoin && side == 0:
		return o.emitLeft(types.Insert, row, count)
	case o.outer(side):
		return o.emitPadded(types.Insert, side, row, count)
	}
	return nil
}

// EndInput implements operator.Operator.
func (o *Bounded) EndInput(_ int, out operator.Output) error {
	if o.open--; o.open > 0 {
		return nil
	}
	o.rows.Begin(out)
	defer o.rows.End()
	return o.Ctx.Keyed.Each(func(slots []int32) error {
		for _, s := range slots {
			if err := o.joinKey(s); err != nil {
				return err
			}
		}
		return nil
	})
}

func (o *Bounded) joinKey(s int32) error {
	var left, right []match
	gather := func(side int, to *[]match) {
		o.sides[side].Range(s, nil, nil, func(k, v []byte) bool {
			n, _ := counts(v)
			*to = append(*to, match{row: append([]byte(nil), k...), count: n})
			return true
		})
	}
	gather(0, &left)
	gather(1, &right)
	hit := map[string]bool{}
	for _, l := range left {
		found, err := o.cond.filter(0, l.row, append([]match(nil), right...))
		if err != nil {
			return err
		}
		for _, m := range found {
			hit[string(m.row)] = true
		}
		if err := o.joinRow(l, found); err != nil {
			return err
		}
	}
	if !o.outer(1) {
		return nil
	}
	for _, r := range right {
		if !hit[string(r.row)] {
			if err := o.alone(1, r.row, r.count); err != nil {
				return err
			}
		}
	}
	return nil
}

// joinRow emits what a left row and its matches give.
func (o *Bounded) joinRow(l match, found []match) error {
	switch {
	case len(found) == 0:
		return o.alone(0, l.row, l.count)
	case o.op.Type == plan.AntiJoin:
		return nil
	case o.op.Type == plan.SemiJoin:
		return o.emitLeft(types.Insert, l.row, l.count)
	}
	o.row = append(o.row[:0], l.row...)
	for range l.count {
		for _, m := range found {
			if err := o.emit(types.Insert, 0, m); err != nil {
				return err
			}
		}
	}
	return nil
}
