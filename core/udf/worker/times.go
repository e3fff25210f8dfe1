package worker

import (
	"github.com/headrace/headrace/core/data/batch"
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
