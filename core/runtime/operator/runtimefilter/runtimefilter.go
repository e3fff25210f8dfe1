// Package runtimefilter drops rows of the probe side of a join that cannot have a match, before
// they are exchanged: a set of the build side's keys is made first and sent to them.
package runtimefilter

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// Build is plan.RuntimeFilterBuild.
type Build struct {
	operator.Base
	op     *plan.RuntimeFilterBuild
	set    *kernel.Bloom
	spans  []span
	hashes []uint64
}

// Filter is plan.RuntimeFilter.
type Filter struct {
	operator.Base
	op      *plan.RuntimeFilter
	set     *kernel.Bloom
	spans   []span
	bounds  *Bounds // nil: there is no source in front that could use them
	columns []int   // of the source, by key
	hashes  []uint64
	rows    []int32
	ended   bool // the sets have come
	in, out int64
}

var (
	_ operator.Operator   = (*Build)(nil)
	_ operator.Operator   = (*Filter)(nil)
	_ operator.Selectable = (*Filter)(nil)
)

// giveUpAfter is after how many rows a filter that drops less than a tenth is left out.
const giveUpAfter = 1 << 16

// NewBuild makes the operator that makes the set.
func NewBuild(op *plan.RuntimeFilterBuild) *Build {
	return &Build{op: op, set: kernel.NewBloom(op.Rows), spans: spans(len(op.Keys))}
}

// NewFilter makes the operator that filters. With bounds it tells the source in front what the
// least and the largest keys are; columns are as plan.Graph.FilteredScan says.
func NewFilter(op *plan.RuntimeFilter, bounds *Bounds, columns []int) *Filter {
	return &Filter{op: op, set: kernel.NewBloom(op.Rows), spans: spans(len(op.Keys)),
		bounds: bounds, columns: columns}
}

func hash(b *batch.Batch, keys []int, hashes []uint64) []uint64 {
	cols := make([]*batch.Column, len(keys))
	for i, k := range keys {
		cols[i] = b.Cols[k]
	}
	return kernel.Hash(cols, b.Len(), hashes)
}

// Process implements operator.Operator.
func (o *Build) Process(_ int, b *batch.Batch, _ operator.Output) error {
	if b.Len() > 0 {
		o.hashes = hash(b, o.op.Keys, o.hashes)
		o.set.Add(o.hashes)
		for i, k := range o.op.Keys {
			o.spans[i].widen(b.Cols[k])
		}
	}
	return nil
}

// EndInput implements operator.Operator.
func (o *Build) EndInput(_ int, out operator.Output) error {
	row := batch.NewRowBuilder(plan.RuntimeFilterSchema, 1)
	row.Cols[0].AppendBytes(o.set.Bytes())
	row.Cols[1].AppendBytes(encodeSpans(o.spans))
	out.Emit(0, row.Finish())
	return nil
}

// Select implements operator.Selectable: the sets first.
func (o *Filter) Select() uint64 {
	if o.ended {
		return 0
	}
	return 2
}

// Process implements operator.Operator.
func (o *Filter) Process(port int, b *batch.Batch, out operator.Output) error {
	if port == 1 {
		for i := range b.Len() {
			if !o.set.Merge(b.Cols[0].Bytes(i)) || !mergeSpans(o.spans, b.Cols[1].Bytes(i)) {
				return errs.Internalf("a runtime filter got a set of another size")
			}
		}
		return nil
	}
	if b.Len() == 0 {
		return nil
	}
	if !o.ended || o.in > giveUpAfter && o.out > o.in/10*9 {
		b.Retain()
		out.Emit(0, b)
		return nil
	}
	o.hashes = hash(b, o.op.Keys, o.hashes)
	o.rows = o.set.Filter(o.hashes, o.rows[:0])
	o.in += int64(b.Len())
	o.out += int64(len(o.rows))
	switch len(o.rows) {
	case 0:
	case b.Len():
		b.Retain()
		out.Emit(0, b)
	default:
		out.Emit(0, b.Take(o.rows))
	}
	return nil
}

// EndInput implements operator.Operator.
func (o *Filter) EndInput(port int, _ operator.Output) error {
	if port == 1 && !o.ended {
		o.ended = true
		if o.bounds != nil {
			o.bounds.set(o.Ctx.Subtask, conditions(o.spans, o.columns))
		}
	}
	return nil
}

// Close implements operator.Operator.
func (o *Filter) Close() error {
	if o.bounds != nil && o.Ctx != nil {
		o.bounds.drop(o.Ctx.Subtask)
	}
	return nil
}
