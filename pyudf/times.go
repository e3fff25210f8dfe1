package pyudf

import (
	"errors"
	"unsafe"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/udf"
)

// vectorCall is an object of headrace._runtime.times, called once a batch with a list of elements.
type vectorCall struct {
	host   *Host
	object *python.Ref
	name   string
	origin string
	typed  *python.Typed // nil: not yet known, or objects
}

// newVectorCall makes an object of the class. The GIL is not held.
func (h *Host) newVectorCall(class string, f *planpb.Function, codes ...*planpb.Function) (
	*vectorCall, error) {
	v := &vectorCall{host: h, name: nameOf(f), origin: f.GetOrigin()}
	err := h.do(func() error {
		if err := python.InitLoops(); err != nil {
			return err
		}
		c, err := python.ImportAttr("headrace._runtime.times", class)
		if err != nil {
			return err
		}
		defer c.Drop()
		args := make([]python.Object, len(codes))
		for i, code := range codes {
			args[i] = python.Bytes(code.GetPickled())
		}
		o, err := c.Call(args...)
		if err != nil {
			return err
		}
		v.object = python.NewRef(o)
		return nil
	})
	if err != nil {
		return nil, v.explain(err)
	}
	return v, nil
}

// call calls the method with a list of the column's elements and one more argument.
func (v *vectorCall) call(method string, c *batch.Column, arg func() python.Object,
	use func(result python.Object) error) error {
	err := v.host.do(func() error {
		list, err := v.elements(c)
		if err != nil {
			return err
		}
		o, err := v.object.Object().CallMethod(method, list, arg())
		if err != nil {
			return err
		}
		defer o.Drop()
		return use(o)
	})
	if err != nil {
		return v.explain(err)
	}
	return nil
}

// elements is a list of the rows.
func (v *vectorCall) elements(c *batch.Column) (python.Object, error) {
	if c.Type.Kind == types.Object {
		return python.ListOf(c), nil
	}
	if v.typed == nil {
		typed, err := python.NewTyped(c.Type, python.Shape{})
		if err != nil {
			return python.Nil, err
		}
		v.typed = typed
	}
	return v.typed.List(c, nil)
}

func (v *vectorCall) Close() error {
	if v.typed != nil {
		_ = v.host.do(func() error {
			v.typed.Free()
			return nil
		})
	}
	v.object.Release()
	return nil
}

func (v *vectorCall) explain(err error) error {
	var e *python.Error
	if !errors.As(err, &e) {
		return err
	}
	e.At(v.name, "")
	out := errs.Userf("function '%s' failed", v.name).Wrap(e)
	out.Place = v.origin
	return out
}

// eventTimes implements udf.Times.
type eventTimes struct{ *vectorCall }

// NewTimes implements udf.ProcessHost.
func (h *Host) NewTimes(spec *udf.TimesSpec) (udf.Times, error) {
	f := spec.Assigner
	if f == nil {
		f = spec.Generator
	}
	v, err := h.newVectorCall("Times", f, spec.Assigner, spec.Generator)
	if err != nil {
		return nil, err
	}
	if t := plan.ValueType(spec.Input); t.Kind != types.Object {
		err := h.do(func() (err error) {
			v.typed, err = python.NewTyped(t, shapeOf(spec.Input))
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return &eventTimes{v}, nil
}

// Assign implements udf.Times.
func (t *eventTimes) Assign(value *batch.Column, times []int64, marks []batch.Mark) (
	[]batch.Mark, error) {
	arg := func() python.Object { return python.Bytes(bytesOf(times)) }
	err := t.call("assign", value, arg, func(o python.Object) error {
		raw, err := o.TupleItem(0).View()
		if err != nil {
			return err
		}
		copy(bytesOf(times), raw)
		return o.TupleItem(1).Each(func(pair python.Object) error {
			row, err := pair.TupleItem(0).Int64()
			if err != nil {
				return err
			}
			w, err := pair.TupleItem(1).Int64()
			marks = append(marks, batch.Mark{Row: int(row), Time: w})
			return err
		})
	})
	return marks, err
}

// Periodic implements udf.Times.
func (t *eventTimes) Periodic() (watermark int64, ok bool, err error) {
	err = t.host.do(func() error {
		o, err := t.object.Object().CallMethod("periodic")
		if err != nil {
			return err
		}
		defer o.Drop()
		if ok = !o.IsNone(); ok {
			watermark, err = o.Int64()
		}
		return err
	})
	if err != nil {
		return 0, false, t.explain(err)
	}
	return watermark, ok, nil
}

// partitioner implements udf.Partitioner.
type partitioner struct{ *vectorCall }

// NewPartitioner implements udf.ProcessHost.
func (h *Host) NewPartitioner(f, selector *planpb.Function) (udf.Partitioner, error) {
	v, err := h.newVectorCall("Partitioner", f, f, selector)
	if err != nil {
		return nil, err
	}
	return &partitioner{v}, nil
}

// Partition implements udf.Partitioner.
func (p *partitioner) Partition(value *batch.Column, n int, targets []int32) error {
	arg := func() python.Object { return python.Long(int64(n)) }
	return p.call("partition", value, arg, func(o python.Object) error {
		raw, err := o.View()
		copy(bytesOf(targets), raw)
		return err
	})
}

func bytesOf[T int32 | int64](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(s[0])))
}
