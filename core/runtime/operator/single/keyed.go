package single

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Keyed is plan.SingleRow with keys: of each, one row at a time may be there.
type Keyed struct {
	operator.Base
	keys  operator.Keys
	count *state.Value[int64]
}

var _ operator.Operator = (*Keyed)(nil)

// NewKeyed makes the operator.
func NewKeyed(keys []int) *Keyed { return &Keyed{keys: operator.Keys{Columns: keys}} }

// Open implements operator.Operator.
func (o *Keyed) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.count = state.NewValue[int64]("count")
	return ctx.Keyed.Register("count", o.count)
}

// Process implements operator.Operator.
func (o *Keyed) Process(_ int, b *batch.Batch, out operator.Output) error {
	if b.Len() > 0 {
		slots, err := o.keys.Resolve(o.Ctx, b)
		if err != nil {
			return err
		}
		var gone []int32
		for i, s := range slots {
			n := o.count.At(s)
			if b.Kind(i).IsAdd() {
				*n++
			} else {
				*n--
			}
			if *n > 1 {
				return many()
			}
			if *n == 0 {
				gone = append(gone, s)
			}
		}
		o.Ctx.Keyed.MarkDirty(slots)
		o.forget(gone)
	}
	b.Retain()
	out.Emit(0, b)
	return nil
}

// forget drops the keys that have no row any more.
func (o *Keyed) forget(slots []int32) {
	empty := slots[:0]
	seen := map[int32]bool{}
	for _, s := range slots {
		if n, _ := o.count.Get(s); n == 0 && !seen[s] {
			seen[s] = true
			empty = append(empty, s)
		}
	}
	o.Ctx.Keyed.Drop(empty)
}
