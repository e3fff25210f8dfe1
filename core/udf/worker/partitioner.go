package worker

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/udf"
)

// partitioner is a partitioner in a worker.
type partitioner struct {
	h *Host
	n int64
}

// NewPartitioner implements udf.ProcessHost.
func (h *Host) NewPartitioner(f, selector *planpb.Function) (udf.Partitioner, error) {
	p := &partitioner{h, h.number()}
	return p, h.call(opPartitioner, p.n, func(w *writer) {
		w.json(f)
		w.json(selector)
	}, nil)
}

// Partition implements udf.Partitioner.
func (p *partitioner) Partition(value *batch.Column, n int, targets []int32) error {
	return p.h.call(opPartition, p.n, func(w *writer) {
		w.column(value)
		w.num(int64(n))
	}, func(r *reader) { copy(targets, listOf[int32](r)) })
}

// Close implements udf.Partitioner.
func (p *partitioner) Close() error { return p.h.closeFunction(p.n) }
