package pyudf

import (
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/udf"
)

// runtimeModule is the Python half of this package.
const runtimeModule = "headrace._runtime.functions"

// function is one loaded copy of user code, an object of headrace._runtime.functions.Loaded.
type function struct {
	loaded  *python.Ref
	metrics udf.Metrics
	drain   *python.Ref // returns the metrics that changed; nil when there are none
}

// load makes a copy of f of its own and runs its open(). The GIL is held.
func load(f *planpb.Function, ctx *udf.Context) (*function, error) {
	if len(f.GetPickled()) == 0 && f.GetPath() == "" {
		return nil, errs.Internalf("function '%s' has neither code nor a path", nameOf(f))
	}
	loader, err := python.ImportAttr(runtimeModule, "load")
	if err != nil {
		return nil, err
	}
	defer loader.Drop()
	info, err := contextOf(ctx)
	if err != nil {
		return nil, err
	}
	o, err := loader.Call(python.Bytes(f.GetPickled()), python.Str(f.GetPath()),
		python.Str(f.GetKind()), info)
	if err != nil {
		return nil, err
	}
	out := &function{loaded: python.NewRef(o), metrics: ctx.Metrics}
	if err := out.open(); err != nil {
		out.loaded.Release()
		return nil, err
	}
	return out, nil
}

func (f *function) open() error {
	has, err := f.loaded.Object().CallMethod("open")
	if err != nil {
		return err
	}
	defer has.Drop()
	if yes, err := has.Truth(); err != nil || !yes || f.metrics == nil {
		return err
	}
	drain, err := f.loaded.Object().Attr("drain")
	if err != nil {
		return err
	}
	f.drain = python.NewRef(drain)
	return nil
}

func contextOf(ctx *udf.Context) (python.Object, error) {
	d := python.Dict()
	set := func(name string, v python.Object) error {
		defer v.Drop()
		return d.DictSet(name, v)
	}
	params := python.Dict()
	for k, v := range ctx.Parameters {
		o := python.Str(v)
		err := params.DictSet(k, o)
		o.Drop()
		if err != nil {
			return d, err
		}
	}
	err := set("parameters", params)
	for name, v := range map[string]python.Object{
		"task_name":   python.Str(ctx.TaskName),
		"subtask":     python.Long(int64(ctx.Subtask)),
		"parallelism": python.Long(int64(ctx.Parallelism)),
		"max":         python.Long(int64(ctx.MaxParallelism)),
		"attempt":     python.Long(int64(ctx.Attempt)),
	} {
		if e := set(name, v); err == nil {
			err = e
		}
	}
	return d, err
}

// attr returns an attribute of the loaded object, a new reference; Nil when it is None.
func (f *function) attr(name string) (python.Object, error) {
	o, err := f.loaded.Object().Attr(name)
	if err != nil {
		return python.Nil, err
	}
	if o.IsNone() {
		o.Drop()
		return python.Nil, nil
	}
	return o, nil
}

// close runs the user's close() and drops the copy. The GIL is held.
func (f *function) close() error {
	none, err := f.loaded.Object().CallMethod("close")
	none.Drop()
	f.report()
	f.loaded.Release()
	f.drain.Release()
	return err
}

// report hands changed metrics on. The GIL is held.
func (f *function) report() {
	if f.drain == nil {
		return
	}
	changed, err := f.drain.Object().Call()
	if err != nil {
		return // a gauge of the user's that raises is no reason to fail the job
	}
	defer changed.Drop()
	_ = tell(changed, f.metrics)
}

// tell hands on what Registry.drain returned: triples of kind, name, and amount or value. The GIL
// is held.
func tell(changed python.Object, metrics udf.Metrics) error {
	return changed.Each(func(o python.Object) error {
		kind, name, amount := o.TupleItem(0).String(), o.TupleItem(1).String(), o.TupleItem(2)
		switch kind {
		case "gauge":
			v, err := amount.Float64()
			if err == nil {
				metrics.Gauge(name, v)
			}
			return err
		case "distribution":
			var values []int64
			if err := amount.Each(func(x python.Object) error {
				v, err := x.Int64()
				values = append(values, v)
				return err
			}); err != nil {
				return err
			}
			metrics.Record(name, values)
			return nil
		}
		v, err := amount.Int64()
		if err == nil {
			metrics.Count(name, v)
		}
		return err
	})
}

// loadCalls loads the function of each call, all or none; zone is the session's tzinfo.
func loadCalls(ctx *udf.Context, calls []udf.Call) (fs []*function, zone *python.Ref, err error) {
	for i := range calls {
		f, err := load(calls[i].Function, ctx)
		if err != nil {
			return nil, nil, joined(explain(&calls[i], err), closeAll(fs))
		}
		fs = append(fs, f)
	}
	zones, err := python.ImportAttr(runtimeModule, "zone")
	if err == nil {
		var z python.Object
		if z, err = zones.Call(python.Str(ctx.Zone)); err == nil {
			zone = python.NewRef(z)
		}
		zones.Drop()
	}
	if err != nil {
		return nil, nil, joined(err, closeAll(fs))
	}
	return fs, zone, nil
}

// zoneObject is what python.Spec takes: Nil for UTC.
func zoneObject(zone *python.Ref) python.Object {
	if o := zone.Object(); !o.IsNone() {
		return o
	}
	return python.Nil
}

// closeAll closes the functions and returns the first error.
func closeAll(fs []*function) error {
	var first error
	for _, f := range fs {
		if err := f.close(); first == nil {
			first = err
		}
	}
	return first
}

// joined is the error that matters: the first one.
func joined(err, second error) error {
	if err != nil {
		return err
	}
	return second
}
