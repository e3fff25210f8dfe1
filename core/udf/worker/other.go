package worker

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/colcodec"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/udf"
)

// times is a timestamp assigner or watermark generator in a worker.
type times struct {
	h *Host
	n int64
}

// NewTimes implements udf.ProcessHost.
func (h *Host) NewTimes(spec *udf.TimesSpec) (udf.Times, error) {
	t := &times{h, h.number()}
	return t, h.call(opTimes, t.n, func(w *writer) { w.json(spec) }, nil)
}

// Assign implements udf.Times.
func (t *times) Assign(value *batch.Column, times []int64, marks []batch.Mark) (
	[]batch.Mark, error) {
	err := t.h.call(opAssign, t.n, func(w *writer) {
		w.column(value)
		list(w, times)
	}, func(r *reader) {
		copy(times, listOf[int64](r))
		marks = append(marks, r.marks()...)
	})
	return marks, err
}

// Periodic implements udf.Times.
func (t *times) Periodic() (watermark int64, ok bool, err error) {
	err = t.h.call(opPeriodic, t.n, nil, func(r *reader) { watermark, ok = r.num(), r.flag() })
	return watermark, ok, err
}

// Close implements udf.Times.
func (t *times) Close() error { return t.h.closeFunction(t.n) }

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

// objects handles object columns of a job whose functions live in workers: encoded ones need no
// Python.
type objects struct{ live udf.Objects }

// Objects implements udf.ProcessHost.
func (h *Host) Objects() udf.Objects { return objects{h.opts.Objects} }

// Copy implements udf.Objects. What is encoded is shared: each consumer decodes its own.
func (o objects) Copy(c *batch.Column) (*batch.Column, error) {
	if !batch.AnyEncoded(c) && o.live != nil {
		return o.live.Copy(c)
	}
	data, ends, err := colcodec.EncodeObjects(c, o.live)
	if err != nil {
		return nil, err
	}
	return batch.MakeEncoded(data, ends), nil
}

// Encode implements udf.Objects.
func (o objects) Encode(c *batch.Column, dst []byte, ends []int32) ([]byte, []int32, error) {
	data, at, err := colcodec.EncodeObjects(c, o.live)
	if err != nil {
		return dst, ends, err
	}
	base := int32(len(dst))
	for _, e := range at {
		ends = append(ends, base+e)
	}
	return append(dst, data...), ends, nil
}

// Decode implements udf.Objects.
func (o objects) Decode(src []byte, ends []int32) (*batch.Column, error) {
	return batch.MakeEncoded(src, ends), nil
}
