package join

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// pairs emits the joined rows of joins that only insert.
type pairs struct {
	operator.Base
	kind    plan.JoinKind
	schemas [2]*types.Schema
	schema  *types.Schema
	keys    [2]operator.Keys
	cond    *condition
	rows    *operator.Rows
}

// outer says whether rows of a side come out without a match.
func (p *pairs) outer(side int) bool {
	return p.kind == plan.FullJoin || p.kind == plan.LeftJoin && side == 0 ||
		p.kind == plan.RightJoin && side == 1
}

// hasNull says whether a key column of a side is NULL, which equals nothing.
func (p *pairs) hasNull(side int, b *batch.Batch, row int) bool {
	for _, k := range p.keys[side].Columns {
		if b.Cols[k].IsNull(row) {
			return true
		}
	}
	return false
}

// emit gives the row of a side joined with one of the other.
func (p *pairs) emit(side int, row, other []byte) error {
	if side == 1 {
		row, other = other, row
	}
	n := p.schemas[0].Len()
	if _, err := rowcodec.Decode(row, p.rows.Cols[:n]); err != nil {
		return err
	}
	if _, err := rowcodec.Decode(other, p.rows.Cols[n:]); err != nil {
		return err
	}
	p.rows.Row(types.Insert)
	return nil
}

// pad gives the row of a side with NULLs for the other.
func (p *pairs) pad(side int, row []byte) error {
	n := p.schemas[0].Len()
	own, other := p.rows.Cols[:n], p.rows.Cols[n:]
	if side == 1 {
		own, other = other, own
	}
	if _, err := rowcodec.Decode(row, own); err != nil {
		return err
	}
	for _, c := range other {
		c.AppendNull()
	}
	p.rows.Row(types.Insert)
	return nil
}

// left gives a left row alone, for semi and anti joins.
func (p *pairs) left(row []byte) error {
	if _, err := rowcodec.Decode(row, p.rows.Cols); err != nil {
		return err
	}
	p.rows.Row(types.Insert)
	return nil
}
