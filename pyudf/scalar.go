package pyudf

import (
	"errors"
	"slices"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

// general is the style of functions that are called row by row.
const general = "general"

func isGeneral(style string) bool { return style == "" || style == general }

// Scalar makes a Scalar: row loops for style general, vectors for the others.
func (h *Host) Scalar(spec *udf.ScalarSpec) (udf.Scalar, error) {
	if err := checkCalls(spec); err != nil {
		return nil, err
	}
	var s udf.Scalar
	err := h.do(func() (err error) {
		if isGeneral(spec.Calls[0].Function.GetStyle()) {
			s, err = h.rowScalar(spec)
		} else {
			s, err = h.vectorScalar(spec)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

var styles = []string{general, "arrow", "numpy", "pandas", "polars"}

func checkStyles(calls []udf.Call) error {
	for i := range calls {
		f := calls[i].Function
		if style := f.GetStyle(); style != "" && !slices.Contains(styles, style) {
			return errs.Userf("function '%s' has the unknown func_type '%s'", nameOf(f), style).
				At("%s", placeOf(&calls[i])).Fix("%s", errs.DidYouMean(style, styles))
		}
	}
	return nil
}

// checkCalls finds specs that the planner should not have made.
func checkCalls(spec *udf.ScalarSpec) error {
	if len(spec.Calls) == 0 {
		return errs.Internalf("a scalar graph without calls")
	}
	row := isGeneral(spec.Calls[0].Function.GetStyle())
	if err := checkStyles(spec.Calls); err != nil {
		return err
	}
	for i := range spec.Calls {
		c := &spec.Calls[i]
		if isGeneral(c.Function.GetStyle()) != row {
			return errs.Internalf("'%s' and '%s' cannot share a loop: one takes rows, one vectors",
				nameOf(spec.Calls[0].Function), nameOf(c.Function)).At("%s", placeOf(c))
		}
		if len(c.Results) != 1 {
			return errs.Internalf("scalar function '%s' has %d result types",
				nameOf(c.Function), len(c.Results))
		}
		for _, a := range c.Args {
			limit := [...]int{len(spec.Inputs), len(spec.Consts), i}[a.From]
			if a.Index < 0 || a.Index >= limit {
				return errs.Internalf("argument %v of '%s' does not exist", a, nameOf(c.Function))
			}
		}
	}
	return nil
}

// rowScalar evaluates a graph of general functions in one C loop.
type rowScalar struct {
	h         *Host
	spec      *udf.ScalarSpec
	functions []*function
	program   *python.Program
}

func (h *Host) rowScalar(spec *udf.ScalarSpec) (udf.Scalar, error) {
	fs, zone, err := loadCalls(&spec.Context, spec.Calls)
	if err != nil {
		return nil, err
	}
	defer zone.Release()
	s := &rowScalar{h: h, spec: spec, functions: fs}
	ps := python.Spec{Inputs: spec.Inputs, Consts: spec.Consts, Outputs: outputTypes(spec),
		Zone: zoneObject(zone)}
	output := make([]int, len(spec.Calls))
	for i := range output {
		output[i] = -1
	}
	for at, c := range spec.Outputs {
		output[c] = at
	}
	for i := range spec.Calls {
		call, err := programCall(&spec.Calls[i], fs[i], "eval")
		if err != nil {
			return nil, joined(err, closeAll(fs))
		}
		call.Output = output[i]
		defer call.F.Drop()
		ps.Calls = append(ps.Calls, call)
	}
	if s.program, err = python.NewProgram(ps); err != nil {
		return nil, joined(err, closeAll(fs))
	}
	return s, nil
}

// programCall is a call as the row loops take it; F is a new reference.
func programCall(c *udf.Call, f *function, method string) (python.Call, error) {
	callable, err := f.attr(method)
	if err != nil {
		return python.Call{}, err
	}
	call := python.Call{F: callable, Output: -1}
	for _, a := range c.Args {
		call.Args = append(call.Args, python.Arg{From: argFrom(a.From), Index: a.Index})
	}
	if c.Function.GetTakesRow() {
		call.RowNames = append([]string{}, c.Names...)
	}
	return call, nil
}

func argFrom(f udf.ArgFrom) python.ArgFrom {
	return [...]python.ArgFrom{python.FromInput, python.FromConst, python.FromResult}[f]
}

func (s *rowScalar) Eval(in []*batch.Column, n int) ([]*batch.Column, error) {
	var out []*batch.Column
	err := s.h.do(func() (err error) {
		out, err = s.program.Eval(in, n)
		reportAll(s.functions)
		return err
	})
	if err != nil {
		return nil, s.explain(err)
	}
	return out, nil
}

func reportAll(fs []*function) {
	for _, f := range fs {
		f.report()
	}
}

func (s *rowScalar) explain(err error) error {
	var f *python.Failure
	if errors.As(err, &f) {
		return explain(&s.spec.Calls[f.Call], err)
	}
	return err
}

func (s *rowScalar) Close() error {
	return s.h.do(func() error {
		if s.program == nil {
			return nil
		}
		s.program.Free()
		s.program = nil
		return closeAll(s.functions)
	})
}

// outputTypes are the types of the columns that come back.
func outputTypes(spec *udf.ScalarSpec) []types.Type {
	ts := make([]types.Type, len(spec.Outputs))
	for i, c := range spec.Outputs {
		ts[i] = spec.Calls[c].Results[0]
	}
	return ts
}
