package python

/*
#include <stdlib.h>
#include "calls.h"
#include "program.h"
*/
import "C"

import (
	"errors"
	"runtime"
	"unsafe"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// ArgFrom says where an argument of a Call comes from.
type ArgFrom int32

const (
	FromInput  ArgFrom = C.HR_FROM_INPUT
	FromConst  ArgFrom = C.HR_FROM_CONST
	FromResult ArgFrom = C.HR_FROM_RESULT
)

// Arg is an argument of a Call.
type Arg struct {
	From  ArgFrom
	Index int
}

// Call is one call of a Program.
type Call struct {
	F    Object // kept by the program
	Args []Arg
	// RowNames, when not nil, are the names of the one Row that holds the arguments.
	RowNames []string
	// Output is the position among the program's outputs, -1 when only other calls use the result.
	Output int
}

// Spec describes a Program.
type Spec struct {
	Inputs  []types.Type
	Consts  []*batch.Column // of one row each
	Calls   []Call
	Outputs []types.Type
	Zone    Object // tzinfo of TIMESTAMP_LTZ; Nil: UTC
}

// Program is Python functions compiled for the row loops. Its methods need the GIL and come from
// one thread at a time.
type Program struct {
	p    *C.hr_program
	spec Spec
	pin  runtime.Pinner
	stop C.hr_halt
}

// Failure is where a loop stopped: the input row, the call of the spec, and whether the call went
// well and only its result did not fit.
type Failure struct {
	Row        int
	Call       int
	Converting bool
	Cause      *Error
}

func (f *Failure) Error() string { return f.Cause.Error() }

// Unwrap returns the Python exception.
func (f *Failure) Unwrap() error { return f.Cause }

// NewProgram compiles a spec. The GIL is held.
func NewProgram(spec Spec) (*Program, error) {
	if C.hr_convert_init() != 0 {
		return nil, fetched()
	}
	widest := 1
	for _, c := range spec.Calls {
		widest = max(widest, len(c.Args))
	}
	p := &Program{spec: spec, p: C.hr_program_new(C.int(len(spec.Inputs)), C.int(len(spec.Consts)),
		C.int(len(spec.Calls)), C.int(len(spec.Outputs)), C.int(widest))}
	if p.p == nil {
		return nil, fetched()
	}
	if err := p.build(); err != nil {
		p.Free()
		return nil, err
	}
	return p, nil
}

func (p *Program) build() error {
	if err := p.buildTypes(p.p.types, p.spec.Inputs); err != nil {
		return err
	}
	if err := p.buildTypes(p.p.out_types, p.spec.Outputs); err != nil {
		return err
	}
	for i, c := range p.spec.Consts {
		if err := p.buildConst(i, c); err != nil {
			return err
		}
	}
	calls := unsafe.Slice(p.p.calls, len(p.spec.Calls))
	for i, c := range p.spec.Calls {
		if err := buildCall(&calls[i], c); err != nil {
			return err
		}
	}
	return status(C.hr_program_ready(p.p))
}

func (p *Program) buildTypes(dst **C.hr_type, ts []types.Type) error {
	slots := unsafe.Slice(dst, len(ts))
	for i, t := range ts {
		ct, err := newType(t, p.spec.Zone)
		if err != nil {
			return err
		}
		slots[i] = ct
	}
	return nil
}

func buildCall(dst *C.hr_call_spec, c Call) error {
	if c.F.p == nil {
		return errs.Internalf("a call without a function")
	}
	if err := status(C.hr_call_spec_init(dst, c.F.p, C.int(len(c.Args)))); err != nil {
		return err
	}
	dst.output = C.int(c.Output)
	args := unsafe.Slice(dst.args, len(c.Args))
	for i, a := range c.Args {
		args[i] = C.hr_arg{from: C.int32_t(a.From), index: C.int32_t(a.Index)}
	}
	if c.RowNames != nil {
		dst.names = fieldNames(c.RowNames).p
	}
	return nil
}

func (p *Program) buildConst(i int, c *batch.Column) error {
	o, err := Value(c, 0, p.spec.Zone)
	if err != nil {
		return err
	}
	unsafe.Slice(p.p.consts, len(p.spec.Consts))[i] = o.p
	return nil
}

// Free drops the functions and the memory. The GIL is held.
func (p *Program) Free() {
	p.Unbind()
	C.hr_program_free(p.p)
	p.p = nil
}

// Bind points the program at a batch's columns until Unbind.
func (p *Program) Bind(in []*batch.Column) {
	views := unsafe.Slice(p.p.views, len(p.spec.Inputs))
	for i := range views {
		fillView(&views[i], in[i], &p.pin)
	}
}

// Unbind lets go of the columns.
func (p *Program) Unbind() { p.pin.Unpin() }

// Eval runs the calls over n rows and returns the outputs.
func (p *Program) Eval(in []*batch.Column, n int) ([]*batch.Column, error) {
	p.Bind(in)
	defer p.Unbind()
	if C.hr_scalar_eval(p.p, C.int64_t(n), &p.stop) != 0 {
		return nil, p.failed()
	}
	return p.take(), nil
}

// take copies the builders into columns.
func (p *Program) take() []*batch.Column {
	outs := unsafe.Slice(p.p.outs, len(p.spec.Outputs))
	cols := make([]*batch.Column, len(outs))
	for i := range outs {
		cols[i] = takeColumn(&outs[i], p.spec.Outputs[i])
	}
	return cols
}

// failed makes the error of the exception that stopped a loop, with the row that it stopped at.
func (p *Program) failed() error {
	f, err := p.failure()
	if f == nil {
		return err
	}
	text := Object{C.hr_row_repr(p.p, C.int(f.Call), C.int64_t(f.Row))}
	if text.IsNil() {
		C.hr_clear_error()
		return f
	}
	_ = f.Cause.At("", text.String())
	text.Drop()
	return f
}

// failure makes a Failure of the exception that is set and of where the loop stopped; without an
// exception there is only err.
func (p *Program) failure() (f *Failure, err error) {
	err = fetched()
	var e *Error
	if !errors.As(err, &e) {
		return nil, err
	}
	return &Failure{Row: int(p.stop.row), Call: int(p.stop.call),
		Converting: p.stop.converting != 0, Cause: e}, err
}

// Ints makes a list of ints.
func Ints(values []int32) Object {
	l := C.hr_new_list(C.Py_ssize_t(len(values)))
	for i, v := range values {
		C.hr_list_set(l, C.Py_ssize_t(i), C.hr_new_long(C.longlong(v)))
	}
	return Object{l}
}
