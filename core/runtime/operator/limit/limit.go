// Package limit passes a range of the rows of an insert-only stream.
package limit

import (
	"encoding/binary"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Operator is plan.Limit; how many rows have come is its state.
type Operator struct {
	operator.Base
	op   *plan.Limit
	seen int64
}

var _ operator.Operator = (*Operator)(nil)

// New makes the operator.
func New(op *plan.Limit) *Operator { return &Operator{op: op} }

// Open implements operator.Operator.
func (o *Operator) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	if ctx.OperatorState == nil {
		return nil
	}
	saved, err := ctx.OperatorState.List("seen", state.Split)
	for _, s := range saved {
		n, k := binary.Varint(s)
		if k <= 0 {
			return errs.Corruptf("the limit's count of rows is unreadable")
		}
		o.seen += n
	}
	return err
}

// Process implements operator.Operator.
func (o *Operator) Process(_ int, b *batch.Batch, out operator.Output) error {
	from := min(max(o.op.Offset-o.seen, 0), int64(b.Len()))
	to := int64(b.Len())
	if o.op.Fetch >= 0 {
		to = min(to, max(o.op.Offset+o.op.Fetch-o.seen, 0))
	}
	o.seen += int64(b.Len())
	if from < to {
		out.Emit(0, b.Slice(int(from), int(to)))
	}
	return nil
}

// Snapshot implements operator.Operator.
func (o *Operator) Snapshot(int64) error {
	o.Ctx.OperatorState.SetList("seen", state.Split,
		[][]byte{binary.AppendVarint(nil, o.seen)})
	return nil
}
