package sort_test

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/sort"
)

// first is a sort behind which only the first rows are looked at.
type first struct {
	*sort.Bounded
	left int
}

type cut struct {
	operator.Output
	f *first
}

func (c cut) Emit(output int, b *batch.Batch) {
	n := min(b.Len(), c.f.left)
	c.f.left -= n
	if n > 0 {
		c.Output.Emit(output, b.Slice(0, n))
	}
}

func (f *first) EndInput(port int, out operator.Output) error {
	return f.Bounded.EndInput(port, cut{out, f})
}

func (f *first) Resume(out operator.Output) error { return f.Bounded.Resume(cut{out, f}) }
