package python

/*
#include <stdlib.h>
#include "calls.h"
*/
import "C"

import (
	"strings"
	"unsafe"
)

// Object is a plain pointer to a Python object: it counts nothing. Methods need the GIL. What a
// method returns as Object is a new reference, to be given back with Drop (or kept in a Ref),
// unless its comment says borrowed.
type Object struct{ p *C.PyObject }

// Nil is no object.
var Nil Object

// FromPointer wraps the address of a PyObject.
func FromPointer(p unsafe.Pointer) Object { return Object{(*C.PyObject)(p)} }

// Pointer is the address of the PyObject.
func (o Object) Pointer() unsafe.Pointer { return unsafe.Pointer(o.p) }

// IsNil says whether there is no object at all (not: None).
func (o Object) IsNil() bool { return o.p == nil }

// IsNone says whether the object is None.
func (o Object) IsNone() bool { return o.p == C.py.None }

// Keep counts one more reference and returns the object.
func (o Object) Keep() Object {
	if o.p != nil {
		C.hr_incref_go(o.p)
	}
	return o
}

// Drop gives a reference back; the GIL is held (else ReleaseLater).
func (o Object) Drop() {
	if o.p != nil {
		C.hr_decref_go(o.p)
	}
}

// None returns a new reference to None.
func None() Object { return Object{C.py.None}.Keep() }

// Bool returns a new reference to True or False.
func Bool(v bool) Object {
	if v {
		return Object{C.py.True}.Keep()
	}
	return Object{C.py.False}.Keep()
}

// Long makes an int.
func Long(v int64) Object { return Object{C.hr_new_long(C.longlong(v))} }

// Float makes a float.
func Float(v float64) Object { return Object{C.hr_new_float(C.double(v))} }

// Str makes a str; invalid UTF-8 is replaced.
func Str(s string) Object {
	s = strings.ToValidUTF8(s, "\uFFFD")
	p := (*C.char)(unsafe.Pointer(unsafe.StringData(s)))
	return Object{C.hr_new_str(p, C.Py_ssize_t(len(s)))}
}

// Bytes makes a bytes object with a copy of b.
func Bytes(b []byte) Object {
	p := (*C.char)(unsafe.Pointer(unsafe.SliceData(b)))
	return Object{C.hr_new_bytes(p, C.Py_ssize_t(len(b)))}
}

// Tuple makes a tuple; it takes over the references.
func Tuple(items ...Object) Object {
	t := C.hr_new_tuple(C.Py_ssize_t(len(items)))
	for i, it := range items {
		C.hr_tuple_set(t, C.Py_ssize_t(i), it.p)
	}
	return Object{t}
}

// List makes a list; it takes over the references.
func List(items ...Object) Object {
	l := C.hr_new_list(C.Py_ssize_t(len(items)))
	for i, it := range items {
		C.hr_list_set(l, C.Py_ssize_t(i), it.p)
	}
	return Object{l}
}

// Dict makes an empty dict.
func Dict() Object { return Object{C.hr_new_dict()} }

// Import imports a module by its dotted name.
func Import(name string) (Object, error) {
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	return result(C.hr_import(c))
}

// ImportAttr imports module and returns its attribute.
func ImportAttr(module, attr string) (Object, error) {
	m, err := Import(module)
	if err != nil {
		return Nil, err
	}
	defer m.Drop()
	return m.Attr(attr)
}

// Attr returns an attribute.
func (o Object) Attr(name string) (Object, error) {
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	return result(C.hr_getattr(o.p, c))
}

// HasAttr says whether there is such an attribute.
func (o Object) HasAttr(name string) bool {
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	return C.hr_hasattr(o.p, c) != 0
}

// SetAttr sets an attribute; v's reference stays the caller's.
func (o Object) SetAttr(name string, v Object) error {
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	return status(C.hr_setattr(o.p, c, v.p))
}

// Call calls the object with positional arguments, whose references it takes over.
func (o Object) Call(args ...Object) (Object, error) { return o.CallKw(Nil, args...) }

// CallKw is Call with a dict of keyword arguments (Nil: none), whose reference it takes over too.
func (o Object) CallKw(kwargs Object, args ...Object) (Object, error) {
	t := Tuple(args...)
	defer t.Drop()
	defer kwargs.Drop()
	return result(C.hr_call(o.p, t.p, kwargs.p))
}

// CallMethod calls a method with positional arguments, whose references it takes over.
func (o Object) CallMethod(name string, args ...Object) (Object, error) {
	f, err := o.Attr(name)
	if err != nil {
		for _, a := range args {
			a.Drop()
		}
		return Nil, err
	}
	defer f.Drop()
	return f.Call(args...)
}

// Callable says whether the object can be called.
func (o Object) Callable() bool { return C.hr_callable(o.p) != 0 }

// GetItem is o[key]; the key's reference stays the caller's.
func (o Object) GetItem(key Object) (Object, error) { return result(C.hr_getitem(o.p, key.p)) }

// SetItem is o[key] = v; both references stay the caller's.
func (o Object) SetItem(key, v Object) error { return status(C.hr_setitem(o.p, key.p, v.p)) }

// DictGet returns the value of a str key of a dict, borrowed; Nil when there is none.
func (o Object) DictGet(key string) Object {
	c := C.CString(key)
	defer C.free(unsafe.Pointer(c))
	return Object{C.hr_dict_get(o.p, c)}
}

// DictSet sets the value of a str key of a dict; v's reference stays the caller's.
func (o Object) DictSet(key string, v Object) error {
	c := C.CString(key)
	defer C.free(unsafe.Pointer(c))
	return status(C.hr_dict_set(o.p, c, v.p))
}

// TupleItem returns item i of a tuple, borrowed.
func (o Object) TupleItem(i int) Object { return Object{C.hr_tuple_get(o.p, C.Py_ssize_t(i))} }

// Len is len(o).
func (o Object) Len() (int, error) {
	n := C.hr_size(o.p)
	if n < 0 {
		return 0, Fetch()
	}
	return int(n), nil
}

// Each calls f with each item of an iterable, borrowed for the call.
func (o Object) Each(f func(Object) error) error {
	it, err := result(C.hr_iter(o.p))
	if err != nil {
		return err
	}
	defer it.Drop()
	for {
		x := Object{C.hr_next(it.p)}
		if x.IsNil() {
			return Fetch()
		}
		err := f(x)
		x.Drop()
		if err != nil {
			return err
		}
	}
}

// IsInstance says whether o is an instance of class (or of one of a tuple of classes).
func (o Object) IsInstance(class Object) bool {
	r := C.hr_isinstance(o.p, class.p)
	if r < 0 {
		C.hr_clear_error()
	}
	return r > 0
}

// Truth is bool(o).
func (o Object) Truth() (bool, error) {
	r := C.hr_truth(o.p)
	if r < 0 {
		return false, Fetch()
	}
	return r == 1, nil
}

// Int64 is the value of an int.
func (o Object) Int64() (int64, error) {
	v := C.hr_as_long(o.p)
	if v == -1 && C.hr_error_set() != 0 {
		return 0, Fetch()
	}
	return int64(v), nil
}

// Float64 is the value of a float (or of what turns into one).
func (o Object) Float64() (float64, error) {
	v := C.hr_as_double(o.p)
	if v == -1 && C.hr_error_set() != 0 {
		return 0, Fetch()
	}
	return float64(v), nil
}

// Text is the value of a str, copied.
func (o Object) Text() (string, error) {
	var n C.Py_ssize_t
	s := C.hr_as_utf8(o.p, &n)
	if s == nil {
		return "", Fetch()
	}
	return C.GoStringN(s, C.int(n)), nil
}

// View is the value of a bytes object, valid while the object lives.
func (o Object) View() ([]byte, error) {
	var s *C.char
	var n C.Py_ssize_t
	if C.hr_as_bytes(o.p, &s, &n) != 0 {
		return nil, Fetch()
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(s)), int(n)), nil
}

// String is str(o), or a word about why there is none. It makes Object a fmt.Stringer; the GIL is
// needed all the same.
func (o Object) String() string { return o.text(C.hr_str(o.p)) }

// Repr is repr(o), or a word about why there is none.
func (o Object) Repr() string { return o.text(C.hr_repr(o.p)) }

func (o Object) text(p *C.PyObject) string {
	s := Object{p}
	if s.IsNil() {
		C.hr_clear_error()
		return "<object whose text cannot be had>"
	}
	defer s.Drop()
	t, err := s.Text()
	if err != nil {
		return "<text that is not UTF-8>"
	}
	return t
}

// TypeName is the name of the object's class, qualified unless it is a built-in.
func (o Object) TypeName() string {
	class := Object{o.p.ob_type}
	name, err := class.Attr("__qualname__")
	if err != nil {
		return "?"
	}
	defer name.Drop()
	module, err := class.Attr("__module__")
	if err != nil {
		return name.String()
	}
	defer module.Drop()
	switch m := module.String(); m {
	case "builtins", "__main__":
		return name.String()
	default:
		return m + "." + name.String()
	}
}

// Capsule makes a PyCapsule around p; destroy is the address of a C function void (*)(void *) that
// gets p when the capsule dies (nil: none).
func Capsule(p unsafe.Pointer, name string, destroy unsafe.Pointer) Object {
	return Object{C.hr_capsule(p, internName(name), destroy)}
}

// CapsulePointer returns what a capsule of that name holds.
func (o Object) CapsulePointer(name string) (unsafe.Pointer, error) {
	p := C.hr_capsule_pointer(o.p, internName(name))
	if p == nil {
		return nil, Fetch()
	}
	return p, nil
}

func result(p *C.PyObject) (Object, error) {
	if p == nil {
		return Nil, fetched()
	}
	return Object{p}, nil
}

func status(r C.int) error {
	if r != 0 {
		return fetched()
	}
	return nil
}
