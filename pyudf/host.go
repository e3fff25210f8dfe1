// Package pyudf implements core/udf over CPython (cgo/python) and the Arrow C data interface
// (arrowbridge): one kind of function a file.
//
// The Python half is headrace._runtime: loading functions, their context, vectors, event loops.
package pyudf

import (
	"errors"
	"fmt"
	"strings"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/udf"
)

// Host makes user functions whose Python runs on one thread.
type Host struct {
	do     func(func() error) error
	thread *python.Thread // nil: none of its own
}

// NewHost makes a host whose functions run on the thread. Without one (nil) each call takes the GIL
// on the goroutine that makes it, which is for short uses such as constant folding.
func NewHost(thread *python.Thread) *Host {
	if thread == nil {
		return &Host{do: python.Do}
	}
	return &Host{do: thread.Do, thread: thread}
}

var _ udf.Host = (*Host)(nil)

// placeOf is where a call stands, for errors.
func placeOf(c *udf.Call) string {
	if c.Place != "" {
		return c.Place
	}
	return c.Function.GetOrigin()
}

func nameOf(f *planpb.Function) string {
	if f.GetName() != "" {
		return f.GetName()
	}
	if f.GetPath() != "" {
		return f.GetPath()
	}
	return "<function>"
}

// explain marks an error of a call as the user's and names the function, the row and the place.
func explain(c *udf.Call, err error) error {
	var f *python.Failure
	converting := errors.As(err, &f) && f.Converting
	var e *python.Error
	if !errors.As(err, &e) {
		return err
	}
	name := nameOf(c.Function)
	_ = e.At(strings.TrimSpace(placeOf(c)+" "+name), "")
	msg := fmt.Sprintf("function '%s' failed", name)
	if converting {
		msg = fmt.Sprintf("the result of function '%s' is wrong", name)
	}
	out := errs.Userf("%s", msg).Wrap(e)
	out.Place = placeOf(c)
	return out
}

// explainMissing says that a function lacks a method that the query needs.
func explainMissing(c *udf.Call, method, why string) error {
	return errs.Userf("aggregate function '%s' has no %s()", nameOf(c.Function), method).
		At("%s", placeOf(c)).Fix("add it: %s", why)
}
