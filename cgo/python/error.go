package python

/*
#include "calls.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"strings"
)

// tracebackMax bounds the text kept of a traceback, in bytes; its end is what is kept.
const tracebackMax = 16 << 10

// messageMax bounds the message of an exception, in bytes; its beginning is what is kept.
const messageMax = 4 << 10

// Error is a Python exception as a Go error. It keeps the exception object, so that the caller in
// Python gets that very object with its traceback (Raise).
type Error struct {
	Type      string // class, "ValueError" or "mymodule.MyError"
	Message   string
	Traceback string // as Python prints it, bounded
	Operator  string // "job.py:12 map(parse)"; may be empty
	Row       string // the row that was being processed, bounded; may be empty

	exc *Ref
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Type)
	if e.Message != "" {
		b.WriteString(": ")
		b.WriteString(e.Message)
	}
	if note := e.Note(); note != "" {
		b.WriteString(" (")
		b.WriteString(note)
		b.WriteString(")")
	}
	return b.String()
}

// Note says which operator and row the exception comes from; "" when unknown.
func (e *Error) Note() string {
	switch {
	case e.Operator != "" && e.Row != "":
		return fmt.Sprintf("in %s, at row %s", e.Operator, e.Row)
	case e.Operator != "":
		return "in " + e.Operator
	case e.Row != "":
		return "at row " + e.Row
	}
	return ""
}

// At names the operator and row where they are not known yet, and returns the error.
func (e *Error) At(operator, row string) *Error {
	if e.Operator == "" {
		e.Operator = operator
	}
	if e.Row == "" {
		e.Row = row
	}
	return e
}

// Exception returns the exception object, borrowed.
func (e *Error) Exception() Object { return e.exc.Object() }

// Take gives the exception object away, Nil when that has been done. Its traceback grows by the
// program's frames, so that whatever keeps it keeps what those hold. The GIL is held.
func (e *Error) Take() Object {
	o := e.exc.Object()
	if !o.IsNil() {
		o = o.Keep()
		e.exc.Release()
	}
	return o
}

// Fetch takes the exception that Python has set; nil when there is none. The GIL is held.
func Fetch() error {
	o := Object{C.hr_fetch()}
	if o.IsNil() {
		return nil
	}
	return FromException(o)
}

// fetched is Fetch where a call has failed, so that there must be an exception.
func fetched() error {
	if err := Fetch(); err != nil {
		return err
	}
	return errors.New("python: a call failed without an exception")
}

// FromException wraps an exception object, whose reference it takes over. The GIL is held.
func FromException(o Object) *Error {
	e := &Error{Type: o.TypeName(), exc: collectedRef(o)}
	e.Message = o.String()
	if len(e.Message) > messageMax {
		e.Message = strings.ToValidUTF8(e.Message[:messageMax], "") + "…"
	}
	e.Traceback = formatTraceback(o)
	return e
}

// formatTraceback returns what Python would print of the exception.
func formatTraceback(o Object) string {
	format, err := importTraceback()
	if err != nil {
		return ""
	}
	defer format.Drop()
	class := Object{o.p.ob_type}.Keep()
	tb := Object{C.hr_getattr(o.p, internName("__traceback__"))}
	if tb.IsNil() {
		C.hr_clear_error()
		tb = None()
	}
	t := C.hr_new_tuple(3)
	for i, x := range []Object{class, o.Keep(), tb} {
		C.hr_tuple_set(t, C.Py_ssize_t(i), x.p)
	}
	lines := Object{C.hr_call(format.p, t, nil)}
	Object{t}.Drop()
	if lines.IsNil() {
		C.hr_clear_error()
		return ""
	}
	defer lines.Drop()
	var b strings.Builder
	if err := lines.Each(func(l Object) error {
		b.WriteString(l.String())
		return nil
	}); err != nil {
		return ""
	}
	text := b.String()
	if len(text) > tracebackMax {
		text = "…" + strings.ToValidUTF8(text[len(text)-tracebackMax:], "")
	}
	return text
}

// importTraceback fetches traceback.format_exception without going through result, whose errors
// would need it again.
func importTraceback() (Object, error) {
	m := Object{C.hr_import(internName("traceback"))}
	if m.IsNil() {
		C.hr_clear_error()
		return Nil, ErrStopped
	}
	defer m.Drop()
	f := Object{C.hr_getattr(m.p, internName("format_exception"))}
	if f.IsNil() {
		C.hr_clear_error()
		return Nil, ErrStopped
	}
	return f, nil
}

// Raise sets err as Python's current exception: the original object when there is one in err's
// chain, else a RuntimeError with its text. The GIL is held.
func Raise(err error) {
	var e *Error
	if errors.As(err, &e) {
		if o := e.Exception(); !o.IsNil() {
			C.hr_raise(o.p)
			return
		}
	}
	s := Str(err.Error())
	defer s.Drop()
	var n C.Py_ssize_t
	C.hr_raise_text(C.py.ExcRuntimeError, C.hr_as_utf8(s.p, &n))
}
