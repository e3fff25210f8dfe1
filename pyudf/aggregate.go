package pyudf

import (
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

// accumulators are what Aggregate and TableAggregate share.
type accumulators struct {
	h          *Host
	call       *udf.Call
	function   *function
	program    *python.Program
	accs       *python.Accumulators
	canRetract bool
	canMerge   bool
	canUpdate  bool
}

// Aggregate makes an Aggregate.
func (h *Host) Aggregate(spec *udf.AggregateSpec) (udf.Aggregate, error) {
	a, err := h.accumulators(spec, "get_value")
	if err != nil {
		return nil, err
	}
	return &aggregate{a}, nil
}

func (h *Host) accumulators(spec *udf.AggregateSpec, value string) (*accumulators, error) {
	a := &accumulators{h: h, call: &spec.Call}
	if style := spec.Call.Function.GetStyle(); style != "" && style != "general" {
		return nil, errs.Internalf("aggregate '%s' of style %s has no accumulators: it is a "+
			"GroupAggregate", nameOf(spec.Call.Function), style)
	}
	err := h.do(func() error {
		f, p, err := program(&spec.Context, spec.Inputs, spec.Consts, &spec.Call, "accumulate")
		if err != nil {
			return err
		}
		a.function, a.program = f, p
		if err := a.build(value); err != nil {
			p.Free()
			return joined(err, f.close())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

func (a *accumulators) build(value string) error {
	var ag python.Aggregator
	for _, m := range []struct {
		name string
		to   *python.Object
	}{
		{"create_accumulator", &ag.Create}, {"accumulate", &ag.Accumulate},
		{"retract", &ag.Retract}, {"merge", &ag.Merge}, {value, &ag.Value},
		{"emit_update_with_retract", &ag.Update},
	} {
		o, err := a.function.attr(m.name)
		if err != nil {
			return err
		}
		defer o.Drop()
		*m.to = o
	}
	a.canRetract, a.canMerge = !ag.Retract.IsNil(), !ag.Merge.IsNil()
	a.canUpdate = !ag.Update.IsNil()
	accs, err := python.NewAccumulators(a.program, ag)
	a.accs = accs
	return err
}

// do runs f with the GIL and explains its error.
func (a *accumulators) do(f func() error) error {
	err := a.h.do(func() error {
		err := f()
		a.function.report()
		return err
	})
	if err != nil {
		return explain(a.call, err)
	}
	return nil
}

// Grow implements udf.Accumulators. There is nothing to report but that memory ran out, or that
// Python has gone: the next call finds both.
func (a *accumulators) Grow(n int) {
	_ = a.h.do(func() error { return a.accs.Grow(n) })
}

func (a *accumulators) Encode(slots []int32, dst []byte, ends []int32) (out []byte, e []int32,
	err error) {
	err = a.do(func() (err error) {
		out, e, err = a.accs.Encode(slots, dst, ends)
		return err
	})
	return out, e, err
}

func (a *accumulators) Decode(slots []int32, src []byte, ends []int32) error {
	return a.do(func() error { return a.accs.Decode(slots, src, ends) })
}

func (a *accumulators) Clear(slots []int32) {
	_ = a.h.do(func() error {
		a.accs.Clear(slots)
		return nil
	})
}

func (a *accumulators) SizeBytes(slots []int32) int64 { return a.accs.SizeBytes(slots) }

func (a *accumulators) Accumulate(slots []int32, in []*batch.Column, kinds []types.RowKind) error {
	if !a.canRetract {
		for _, k := range kinds {
			if !k.IsAdd() {
				return explainMissing(a.call, "retract", "its input updates or deletes rows")
			}
		}
	}
	return a.do(func() error { return a.accs.Add(slots, in, kinds) })
}

func (a *accumulators) Merge(into, from []int32) error {
	if !a.canMerge && len(into) > 0 {
		return explainMissing(a.call, "merge", "accumulators have to be merged")
	}
	return a.do(func() error { return a.accs.Merge(into, from) })
}

func (a *accumulators) CanRetract() bool { return a.canRetract }

func (a *accumulators) CanMerge() bool { return a.canMerge }

func (a *accumulators) Close() error {
	return a.h.do(func() error {
		if a.program == nil {
			return nil
		}
		a.accs.Free()
		a.program.Free()
		a.program = nil
		return a.function.close()
	})
}

// aggregate implements udf.Aggregate.
type aggregate struct{ *accumulators }

func (a *aggregate) Value(slots []int32) (out []*batch.Column, err error) {
	err = a.do(func() (err error) {
		out, err = a.accs.Values(slots)
		return err
	})
	return out, err
}
