package worker

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

// kindsOf reads row kinds; none: nil, all insert.
func kindsOf(r *reader) []types.RowKind {
	kinds := listOf[types.RowKind](r)
	if len(kinds) == 0 {
		return nil
	}
	return kinds
}

// held reads columns that are kept beyond the message.
func held(r *reader) []*batch.Column {
	r.Copy = true
	defer func() { r.Copy = false }()
	return r.columns()
}

func (s *Server) createSQL(code, n int64, r *reader) (err error) {
	var f any
	switch code {
	case opScalar, opAsync:
		f, err = s.scalars(code, n, r)
	case opTable:
		spec := &udf.TableSpec{}
		r.json(spec)
		spec.Consts, spec.Context.Metrics = held(r), counted{&s.metrics, n}
		if err = r.failed(); err == nil {
			f, err = s.host.Table(spec)
		}
	case opGroup, opAggregate, opTableAggregate:
		f, err = s.aggregates(code, n, r)
	default:
		err = errs.Internalf("a worker does not know operation %d", code)
	}
	if err == nil {
		s.functions[n] = f
	}
	return err
}

func (s *Server) scalars(code, n int64, r *reader) (any, error) {
	spec := udf.ScalarSpec{}
	r.json(&spec)
	spec.Consts, spec.Context.Metrics = held(r), counted{&s.metrics, n}
	if err := r.failed(); err != nil {
		return nil, err
	}
	if code == opScalar {
		return s.host.Scalar(&spec)
	}
	return s.host.AsyncScalar(&udf.AsyncSpec{ScalarSpec: spec, Wake: func() {
		w := &writer{}
		w.num(n)
		_ = s.control.send(controlWake, w.b) // gone: nobody waits
	}})
}

func (s *Server) aggregates(code, n int64, r *reader) (any, error) {
	spec := &udf.AggregateSpec{}
	r.json(spec)
	spec.Consts, spec.Context.Metrics = held(r), counted{&s.metrics, n}
	if err := r.failed(); err != nil {
		return nil, err
	}
	switch code {
	case opGroup:
		return s.host.GroupAggregate(spec)
	case opAggregate:
		a, err := s.host.Aggregate(spec)
		if err == nil {
			s.abilities(a, false)
		}
		return a, err
	}
	a, err := s.host.TableAggregate(spec)
	if err == nil {
		s.abilities(a, a.CanUpdate())
	}
	return a, err
}

func (s *Server) abilities(a udf.Accumulators, updates bool) {
	s.w.flag(a.CanRetract())
	s.w.flag(a.CanMerge())
	s.w.flag(updates)
}

// sql does an operation of a SQL function.
func (s *Server) sql(f any, code int64, r *reader) error {
	switch f := f.(type) {
	case udf.Scalar: // vectors may be kept by user code
		n, in := r.int(), held(r)
		if err := r.failed(); err != nil {
			return err
		}
		out, err := f.Eval(in, n)
		s.columns(out)
		return err
	case udf.AsyncScalar:
		return s.async(f, code, r)
	case udf.Table:
		return s.table(f, code, r)
	case udf.GroupAggregate:
		n, in := r.int(), held(r)
		from, to := listOf[int32](r), listOf[int32](r)
		if err := r.failed(); err != nil {
			return err
		}
		out, err := f.Eval(in, n, from, to)
		s.columns(out)
		return err
	case udf.Accumulators:
		return s.accumulate(f, code, r)
	}
	return errs.Internalf("a worker does not know operation %d of %T", code, f)
}

// columns answers with columns, which it takes over.
func (s *Server) columns(cols []*batch.Column) {
	s.w.columns(cols)
	release(cols)
}

func (s *Server) async(f udf.AsyncScalar, code int64, r *reader) error {
	if code == opSubmit {
		n, in := r.int(), held(r)
		if err := r.failed(); err != nil {
			return err
		}
		return f.Submit(in, n)
	}
	out, err := f.Poll()
	if err != nil {
		return err
	}
	s.w.flag(out != nil)
	if out != nil {
		s.columns(out)
	}
	s.w.num(int64(f.Outstanding()))
	return nil
}

func (s *Server) table(f udf.Table, code int64, r *reader) error {
	if code == opStart {
		n, in := r.int(), held(r)
		if err := r.failed(); err != nil {
			return err
		}
		return f.Start(in, n)
	}
	limit, maxBytes := r.int(), r.num()
	out, rows, done, err := f.Next(limit, maxBytes)
	if err != nil {
		return err
	}
	s.columns(out)
	list(&s.w, rows)
	s.w.flag(done)
	return nil
}

func (s *Server) accumulate(f udf.Accumulators, code int64, r *reader) error {
	switch code {
	case opGrow, opEncode, opDecode, opClear:
		r.num() // the only column
		return s.column(f, code, r)
	case opAccumulate:
		slots, in := listOf[int32](r), r.columns()
		kinds := kindsOf(r)
		if err := r.failed(); err != nil {
			return err
		}
		return f.Accumulate(slots, in, kinds)
	case opMerge:
		into, from := listOf[int32](r), listOf[int32](r)
		return f.Merge(into, from)
	}
	slots := listOf[int32](r)
	switch f := f.(type) {
	case udf.Aggregate:
		out, err := f.Value(slots)
		s.columns(out)
		return err
	case udf.TableAggregate:
		return s.emit(f, code, slots)
	}
	return errs.Internalf("a worker does not know operation %d of an aggregate", code)
}

func (s *Server) emit(f udf.TableAggregate, code int64, slots []int32) error {
	if code == opEmit {
		out, rows, err := f.Emit(slots)
		s.columns(out)
		list(&s.w, rows)
		return err
	}
	out, rows, kinds, err := f.EmitUpdate(slots)
	s.columns(out)
	list(&s.w, rows)
	list(&s.w, kinds)
	return err
}
