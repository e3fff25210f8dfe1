package pyudf

import (
	"errors"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/udf"
)

const asyncModule = "headrace._runtime.async_scalar"

// asyncScalar hands rows to an event loop on a Python thread. A pipe says that a batch may be
// complete: its reader, a goroutine, calls Wake, so neither side waits while it holds the GIL.
type asyncScalar struct {
	h           *Host
	spec        *udf.AsyncSpec
	functions   []*function
	program     *python.Program // calls the collectors; its outputs take the results
	object      *python.Ref     // headrace._runtime.async_scalar.AsyncScalar
	outstanding int
	woken       chan struct{} // closed when the pipe's reader has ended
}

// AsyncScalar makes an AsyncScalar.
func (h *Host) AsyncScalar(spec *udf.AsyncSpec) (udf.AsyncScalar, error) {
	if err := checkCalls(&spec.ScalarSpec); err != nil {
		return nil, err
	}
	for i := range spec.Calls {
		for _, a := range spec.Calls[i].Args {
			if a.From == udf.Result {
				return nil, errs.Internalf("async call '%s' takes the result of another call",
					nameOf(spec.Calls[i].Function))
			}
		}
	}
	a := &asyncScalar{h: h, spec: spec, woken: make(chan struct{})}
	if err := h.do(a.open); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *asyncScalar) open() error {
	fs, zone, err := loadCalls(&a.spec.Context, a.spec.Calls)
	if err != nil {
		return err
	}
	defer zone.Release()
	a.functions = fs
	if err := a.start(); err != nil {
		return joined(err, closeAll(fs))
	}
	if err = a.watch(); err == nil {
		err = a.compile(zone)
	}
	if err != nil {
		return joined(joined(err, a.stop()), closeAll(fs))
	}
	return nil
}

// asyncOptions are the options of table.exec.async-scalar.
type asyncOptions struct {
	capacity int
	timeout  time.Duration
	attempts int
	delay    time.Duration
}

func parseAsync(o map[string]string) (asyncOptions, error) {
	p := asyncOptions{capacity: 10, timeout: 3 * time.Minute, attempts: 3,
		delay: 100 * time.Millisecond}
	number := func(key string, to *int) error {
		text, ok := o[key]
		if !ok {
			return nil
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return errs.Userf("%s is '%s'", key, text).Fix("write a whole number above zero")
		}
		*to = n
		return nil
	}
	length := func(key string, to *time.Duration) (err error) {
		if text, ok := o[key]; ok {
			*to, err = config.ParseDuration(text)
		}
		return err
	}
	for _, err := range []error{number("max-concurrent-operations", &p.capacity),
		number("max-attempts", &p.attempts), length("timeout", &p.timeout),
		length("retry-delay", &p.delay)} {
		if err != nil {
			return p, err
		}
	}
	if o["retry-strategy"] == "NO_RETRY" {
		p.attempts = 1
	}
	return p, nil
}

func (a *asyncScalar) start() error {
	o, err := parseAsync(a.spec.Calls[0].Function.GetOptions())
	if err != nil {
		return err
	}
	class, err := python.ImportAttr(asyncModule, "AsyncScalar")
	if err != nil {
		return err
	}
	defer class.Drop()
	loaded := make([]python.Object, len(a.functions))
	for i, f := range a.functions {
		loaded[i] = f.loaded.Object().Keep()
	}
	outputs := make([]int32, len(a.spec.Outputs))
	for i, c := range a.spec.Outputs {
		outputs[i] = int32(c)
	}
	object, err := class.Call(python.Tuple(loaded...), python.Ints(outputs),
		python.Long(int64(o.capacity)), python.Float(o.timeout.Seconds()),
		python.Long(int64(o.attempts)), python.Float(o.delay.Seconds()))
	if err != nil {
		return err
	}
	a.object = python.NewRef(object)
	return nil
}

// compile makes the program that collects arguments row by row.
func (a *asyncScalar) compile(zone *python.Ref) error {
	list, err := a.object.Object().CallMethod("collectors")
	if err != nil {
		return err
	}
	defer list.Drop()
	ps := python.Spec{Inputs: a.spec.Inputs, Consts: a.spec.Consts,
		Outputs: outputTypes(&a.spec.ScalarSpec), Zone: zoneObject(zone)}
	err = list.Each(func(o python.Object) error {
		c := &a.spec.Calls[len(ps.Calls)]
		call := python.Call{F: o, Output: -1}
		for _, arg := range c.Args {
			call.Args = append(call.Args, python.Arg{From: argFrom(arg.From), Index: arg.Index})
		}
		if c.Function.GetTakesRow() {
			call.RowNames = append([]string{}, c.Names...)
		}
		ps.Calls = append(ps.Calls, call)
		return nil
	})
	if err != nil {
		return err
	}
	a.program, err = python.NewProgram(ps)
	return err
}

// watch reads the pipe until Close closes its other end.
func (a *asyncScalar) watch() error {
	o, err := a.object.Object().Attr("wake_fd")
	if err != nil {
		return err
	}
	defer o.Drop()
	fd, err := o.Int64()
	if err != nil {
		return err
	}
	if err := syscall.SetNonblock(int(fd), true); err != nil {
		return err
	}
	pipe := os.NewFile(uintptr(fd), "headrace-async")
	go func() {
		defer close(a.woken)
		defer func() { _ = pipe.Close() }()
		var buf [512]byte
		for {
			if _, err := pipe.Read(buf[:]); err != nil {
				return
			}
			a.spec.Wake()
		}
	}()
	return nil
}

func (a *asyncScalar) Submit(in []*batch.Column, n int) error {
	err := a.h.do(func() error {
		if _, err := a.program.Eval(in, n); err != nil {
			none, _ := a.object.Object().CallMethod("discard")
			none.Drop()
			return err
		}
		none, err := a.object.Object().CallMethod("submit", python.Long(int64(n)))
		none.Drop()
		return err
	})
	if err == nil {
		a.outstanding++
	}
	return err
}

func (a *asyncScalar) Poll() (out []*batch.Column, err error) {
	if a.outstanding == 0 {
		return nil, nil
	}
	err = a.h.do(func() error {
		list, err := a.object.Object().CallMethod("poll")
		if err != nil {
			return a.explain(err)
		}
		defer list.Drop()
		if list.IsNone() {
			return nil
		}
		a.outstanding--
		reportAll(a.functions)
		if out, err = a.program.Records(list); err != nil {
			return explain(&a.spec.Calls[a.spec.Outputs[0]], err)
		}
		return nil
	})
	return out, err
}

// explain adds the call and the arguments that an exception came from. The GIL is held.
func (a *asyncScalar) explain(err error) error {
	failed, e := a.object.Object().Attr("failed")
	if e != nil {
		return err
	}
	defer failed.Drop()
	k, e := failed.TupleItem(0).Int64()
	if e != nil {
		return err
	}
	var pe *python.Error
	if errors.As(err, &pe) {
		_ = pe.At("", failed.TupleItem(1).String())
	}
	return explain(&a.spec.Calls[k], err)
}

func (a *asyncScalar) Outstanding() int { return a.outstanding }

func (a *asyncScalar) Close() error {
	err := a.h.do(func() error {
		if a.program == nil {
			return nil
		}
		a.program.Free()
		a.program = nil
		err := a.stop()
		return joined(err, closeAll(a.functions))
	})
	<-a.woken
	return err
}

// stop ends the loop's thread and the pipe.
func (a *asyncScalar) stop() error {
	none, err := a.object.Object().CallMethod("close")
	none.Drop()
	a.object.Release()
	return err
}
