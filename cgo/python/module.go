package python

/*
#include <stdlib.h>
#include "calls.h"
#include "module.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"unsafe"
)

// Function is a Go function that Python can call. Call gets borrowed arguments and returns a new
// reference; it runs with the GIL, on the caller's thread, and an error becomes an exception
// (Raise). A function that is not Always refuses to run in a poisoned library.
type Function struct {
	Name   string
	Doc    string
	Always bool
	Call   func(args []Object) (Object, error)
}

// functions are all that modules have been made of; a function's index is its number in C.
var functions []Function

// builtin is what the module _headrace_native of an embedded interpreter holds.
var builtin []Function

// NewModule makes a Python module of the functions. It is called with the GIL, from one thread at
// a time (Python's import lock sees to it), before any of them runs.
func NewModule(name, doc string, fns []Function) (Object, error) {
	m := Object{C.hr_module(C.CString(name), C.CString(doc))}
	if m.IsNil() {
		return Nil, fetched()
	}
	for _, f := range fns {
		index := len(functions)
		functions = append(functions, f)
		if C.hr_module_add(m.p, C.CString(f.Name), C.CString(f.Doc), C.int(index)) != 0 {
			m.Drop()
			return Nil, fetched()
		}
	}
	return m, nil
}

// poison is set once a panic has been recovered.
var poison atomic.Pointer[string]

// Poison makes every function that is not Always fail from now on with the text. The first wins.
func Poison(text string) { poison.CompareAndSwap(nil, &text) }

// Poisoned returns what poisoned the library, "" when nothing did.
func Poisoned() string {
	if t := poison.Load(); t != nil {
		return *t
	}
	return ""
}

// PanicError is a panic of Go that was recovered at the boundary to Python.
type PanicError struct {
	Value any
	Stack string
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("headrace panicked: %v; the engine in this process cannot be used any more, "+
		"start a new one (this is a bug: please report it with what follows)\n%s", e.Value, e.Stack)
}

// Recover, deferred, turns a panic into a PanicError in *err and poisons the library.
func Recover(err *error) {
	if v := recover(); v != nil {
		e := &PanicError{Value: v, Stack: string(debug.Stack())}
		Poison(fmt.Sprintf("headrace panicked earlier (%v) and cannot be used any more in this "+
			"process: start a new one", v))
		*err = e
	}
}

func invoke(f *Function, args []Object) (out Object, err error) {
	defer Recover(&err)
	if text := Poisoned(); text != "" && !f.Always {
		return Nil, errors.New(text)
	}
	return f.Call(args)
}

//export headraceCall
func headraceCall(index C.int, args **C.PyObject, n C.Py_ssize_t) *C.PyObject {
	list := unsafe.Slice((*Object)(unsafe.Pointer(args)), int(n))
	out, err := invoke(&functions[index], list)
	if err != nil {
		Raise(err)
		return nil
	}
	return out.p
}

//export headraceModule
func headraceModule() *C.PyObject {
	C.hr_watch_fork()
	C.hr_gate_open()
	m, err := NewModule("_headrace_native", "headrace's engine, built into this process.", builtin)
	if err != nil {
		Raise(err)
		return nil
	}
	return m.p
}
