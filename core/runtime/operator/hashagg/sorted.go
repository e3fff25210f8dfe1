package hashagg

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
)

// absorbTogether takes in a batch of an input that has the rows of each key together: the groups
// in front of the last one are complete, and given on.
func (o *Aggregate) absorbTogether(b *batch.Batch, out operator.Output) error {
	n := b.Len()
	if o.last != nil && !o.sameKey(o.last, 0, b, 0) {
		if err := o.flush(out); err != nil {
			return err
		}
	}
	from := n - 1
	for from > 0 && o.sameKey(b, from-1, b, n-1) {
		from--
	}
	if from > 0 {
		done := b.Slice(0, from)
		err := o.absorb(done)
		done.Release()
		if err != nil {
			return err
		}
		if err := o.flush(out); err != nil {
			return err
		}
	}
	open := b.Slice(from, n)
	err := o.absorb(open)
	open.Release()
	o.dropLast()
	o.last = b.Take([]int32{int32(n - 1)})
	return err
}

func (o *Aggregate) sameKey(a *batch.Batch, i int, b *batch.Batch, j int) bool {
	for _, k := range o.keys {
		if !batch.EqualAt(a.Cols[k], i, b.Cols[k], j) {
			return false
		}
	}
	return true
}

func (o *Aggregate) dropLast() {
	if o.last != nil {
		o.last.Release()
		o.last = nil
	}
}
