package worker

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

// function is a SQL function, or a graph of them, in a worker.
type function struct {
	h *Host
	n int64
}

// Close runs close() of the functions.
func (f *function) Close() error { return f.h.closeFunction(f.n) }

// specOf is a spec without what belongs to this process.
func specOf(s udf.ScalarSpec) udf.ScalarSpec {
	s.Context.Metrics, s.Consts = nil, nil
	return s
}

// Scalar implements udf.SQL.
func (h *Host) Scalar(spec *udf.ScalarSpec) (udf.Scalar, error) {
	f := &scalar{function{h, h.number()}}
	return f, h.made(opScalar, f.n, spec.Context.Metrics, func(w *writer) {
		w.json(specOf(*spec))
		w.columns(spec.Consts)
	}, nil)
}

// made makes a function whose metrics go to m.
func (h *Host) made(code, n int64, m udf.Metrics, write func(w *writer),
	read func(r *reader)) error {
	if m != nil {
		if h.sinks == nil {
			h.sinks = map[int64]udf.Metrics{}
		}
		h.sinks[n] = m
	}
	return h.call(code, n, write, read)
}

type scalar struct{ function }

// Eval implements udf.Scalar.
func (f *scalar) Eval(in []*batch.Column, n int) (out []*batch.Column, err error) {
	err = f.h.call(opEval, f.n, func(w *writer) {
		w.num(int64(n))
		w.columns(in)
	}, func(r *reader) { out = r.columns() })
	return out, err
}

// AsyncScalar implements udf.SQL.
func (h *Host) AsyncScalar(spec *udf.AsyncSpec) (udf.AsyncScalar, error) {
	f := &async{function: function{h, h.number()}}
	h.wakes.Store(f.n, spec.Wake)
	return f, h.made(opAsync, f.n, spec.Context.Metrics, func(w *writer) {
		w.json(specOf(spec.ScalarSpec))
		w.columns(spec.Consts)
	}, nil)
}

type async struct {
	function
	outstanding int
}

// Submit implements udf.AsyncScalar.
func (f *async) Submit(in []*batch.Column, n int) error {
	err := f.h.call(opSubmit, f.n, func(w *writer) {
		w.num(int64(n))
		w.columns(in)
	}, nil)
	if err == nil {
		f.outstanding++
	}
	return err
}

// Poll implements udf.AsyncScalar.
func (f *async) Poll() (out []*batch.Column, err error) {
	if f.outstanding == 0 {
		return nil, nil
	}
	err = f.h.call(opPoll, f.n, nil, func(r *reader) {
		if r.flag() {
			out = r.columns()
		}
		f.outstanding = r.int()
	})
	return out, err
}

// Outstanding implements udf.AsyncScalar.
func (f *async) Outstanding() int { return f.outstanding }

// Close implements udf.AsyncScalar.
func (f *async) Close() error {
	f.h.wakes.Delete(f.n)
	return f.function.Close()
}

// Table implements udf.SQL.
func (h *Host) Table(spec *udf.TableSpec) (udf.Table, error) {
	f := &table{function{h, h.number()}}
	s := *spec
	s.Context.Metrics, s.Consts = nil, nil
	return f, h.made(opTable, f.n, spec.Context.Metrics, func(w *writer) {
		w.json(s)
		w.columns(spec.Consts)
	}, nil)
}

type table struct{ function }

// Start implements udf.Table.
func (f *table) Start(in []*batch.Column, n int) error {
	return f.h.void(opStart, f.n, func(w *writer) {
		w.num(int64(n))
		w.columns(in)
	})
}

// Next implements udf.Table.
func (f *table) Next(limit int, maxBytes int64) (out []*batch.Column, rows []int32, done bool,
	err error) {
	err = f.h.call(opNext, f.n, func(w *writer) {
		w.num(int64(limit))
		w.num(maxBytes)
	}, func(r *reader) { out, rows, done = r.columns(), listOf[int32](r), r.flag() })
	return out, rows, done, err
}

// GroupAggregate implements udf.SQL.
func (h *Host) GroupAggregate(spec *udf.AggregateSpec) (udf.GroupAggregate, error) {
	f := &groups{function{h, h.number()}}
	return f, h.made(opGroup, f.n, spec.Context.Metrics, aggregateSpec(spec), nil)
}

func aggregateSpec(spec *udf.AggregateSpec) func(w *writer) {
	s := *spec
	s.Context.Metrics, s.Consts = nil, nil
	return func(w *writer) {
		w.json(s)
		w.columns(spec.Consts)
	}
}

type groups struct{ function }

// Eval implements udf.GroupAggregate.
func (f *groups) Eval(in []*batch.Column, n int, from, to []int32) (out []*batch.Column,
	err error) {
	err = f.h.call(opGroups, f.n, func(w *writer) {
		w.num(int64(n))
		w.columns(in)
		list(w, from)
		list(w, to)
	}, func(r *reader) { out = r.columns() })
	return out, err
}

// accumulators are those of an aggregate function in a worker.
type accumulators struct {
	column
	retracts, merges, updates bool
}

func (h *Host) accumulators(code int64, spec *udf.AggregateSpec) (*accumulators, error) {
	a := &accumulators{column: column{h: h, n: h.number(), mean: stateBytes}}
	return a, h.made(code, a.n, spec.Context.Metrics, aggregateSpec(spec), func(r *reader) {
		a.retracts, a.merges, a.updates = r.flag(), r.flag(), r.flag()
	})
}

// Accumulate implements udf.Accumulators.
func (a *accumulators) Accumulate(slots []int32, in []*batch.Column, kinds []types.RowKind) error {
	return a.h.call(opAccumulate, a.n, func(w *writer) {
		list(w, slots)
		w.columns(in)
		list(w, kinds)
	}, nil)
}

// Merge implements udf.Accumulators.
func (a *accumulators) Merge(into, from []int32) error {
	return a.h.call(opMerge, a.n, func(w *writer) {
		list(w, into)
		list(w, from)
	}, nil)
}

// CanRetract implements udf.Accumulators.
func (a *accumulators) CanRetract() bool { return a.retracts }

// CanMerge implements udf.Accumulators.
func (a *accumulators) CanMerge() bool { return a.merges }

// CanUpdate implements udf.TableAggregate.
func (a *accumulators) CanUpdate() bool { return a.updates }

// Close implements udf.Accumulators.
func (a *accumulators) Close() error { return a.h.closeFunction(a.n) }

// Aggregate implements udf.SQL.
func (h *Host) Aggregate(spec *udf.AggregateSpec) (udf.Aggregate, error) {
	a, err := h.accumulators(opAggregate, spec)
	return aggregate{a}, err
}

type aggregate struct{ *accumulators }

// Value implements udf.Aggregate.
func (a aggregate) Value(slots []int32) (out []*batch.Column, err error) {
	err = a.h.call(opValue, a.n, func(w *writer) { list(w, slots) },
		func(r *reader) { out = r.columns() })
	return out, err
}

// TableAggregate implements udf.SQL.
func (h *Host) TableAggregate(spec *udf.AggregateSpec) (udf.TableAggregate, error) {
	a, err := h.accumulators(opTableAggregate, spec)
	return tableAggregate{a}, err
}

type tableAggregate struct{ *accumulators }

// Emit implements udf.TableAggregate.
func (a tableAggregate) Emit(slots []int32) (out []*batch.Column, rows []int32, err error) {
	err = a.h.call(opEmit, a.n, func(w *writer) { list(w, slots) },
		func(r *reader) { out, rows = r.columns(), listOf[int32](r) })
	return out, rows, err
}

// EmitUpdate implements udf.TableAggregate.
func (a tableAggregate) EmitUpdate(slots []int32) (out []*batch.Column, rows []int32,
	kinds []types.RowKind, err error) {
	err = a.h.call(opEmitUpdate, a.n, func(w *writer) { list(w, slots) }, func(r *reader) {
		out, rows, kinds = r.columns(), listOf[int32](r), listOf[types.RowKind](r)
	})
	return out, rows, kinds, err
}
