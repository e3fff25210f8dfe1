/* calls.h: what Go calls of CPython one at a time (set-up paths; loops are written in C). cgo can
 * not call through a table of function pointers, hence these one-liners. The GIL must be held. */
#ifndef HEADRACE_CALLS_H
#define HEADRACE_CALLS_H

#include "gil.h"

static inline PyObject *hr_import(const char *name) { return py.Import_ImportModule(name); }
static inline PyObject *hr_getattr(PyObject *o, const char *name) {
    return py.Object_GetAttrString(o, name);
}
static inline int hr_hasattr(PyObject *o, const char *name) {
    return py.Object_HasAttrString(o, name);
}
static inline int hr_setattr(PyObject *o, const char *name, PyObject *v) {
    return py.Object_SetAttrString(o, name, v);
}
static inline PyObject *hr_call(PyObject *f, PyObject *args, PyObject *kwargs) {
    return py.Object_Call(f, args, kwargs);
}
static inline PyObject *hr_new_long(long long v) { return py.Long_FromLongLong(v); }
static inline PyObject *hr_new_float(double v) { return py.Float_FromDouble(v); }
static inline PyObject *hr_new_str(const char *s, Py_ssize_t n) {
    return py.Unicode_FromStringAndSize(s, n);
}
static inline PyObject *hr_new_bytes(const char *s, Py_ssize_t n) {
    return py.Bytes_FromStringAndSize(s, n);
}
static inline PyObject *hr_new_tuple(Py_ssize_t n) { return py.Tuple_New(n); }
static inline int hr_tuple_set(PyObject *t, Py_ssize_t i, PyObject *o) {
    return py.Tuple_SetItem(t, i, o);
}
static inline PyObject *hr_tuple_get(PyObject *t, Py_ssize_t i) { return py.Tuple_GetItem(t, i); }
static inline PyObject *hr_new_list(Py_ssize_t n) { return py.List_New(n); }
static inline int hr_list_set(PyObject *l, Py_ssize_t i, PyObject *o) {
    return py.List_SetItem(l, i, o);
}
static inline PyObject *hr_new_dict(void) { return py.Dict_New(); }
static inline int hr_dict_set(PyObject *d, const char *k, PyObject *v) {
    return py.Dict_SetItemString(d, k, v);
}
static inline PyObject *hr_dict_get(PyObject *d, const char *k) {
    return py.Dict_GetItemString(d, k);
}
static inline PyObject *hr_getitem(PyObject *o, PyObject *k) { return py.Object_GetItem(o, k); }
static inline int hr_setitem(PyObject *o, PyObject *k, PyObject *v) {
    return py.Object_SetItem(o, k, v);
}
static inline Py_ssize_t hr_size(PyObject *o) { return py.Object_Size(o); }
static inline PyObject *hr_str(PyObject *o) { return py.Object_Str(o); }
static inline PyObject *hr_repr(PyObject *o) { return py.Object_Repr(o); }
static inline PyObject *hr_iter(PyObject *o) { return py.Object_GetIter(o); }
static inline PyObject *hr_next(PyObject *o) { return py.Iter_Next(o); }
static inline int hr_truth(PyObject *o) { return py.Object_IsTrue(o); }
static inline int hr_isinstance(PyObject *o, PyObject *t) { return py.Object_IsInstance(o, t); }
static inline long long hr_as_long(PyObject *o) { return py.Long_AsLongLong(o); }
static inline double hr_as_double(PyObject *o) { return py.Float_AsDouble(o); }
static inline const char *hr_as_utf8(PyObject *o, Py_ssize_t *n) {
    return py.Unicode_AsUTF8AndSize(o, n);
}
static inline int hr_as_bytes(PyObject *o, char **s, Py_ssize_t *n) {
    return py.Bytes_AsStringAndSize(o, s, n);
}
PyObject *hr_capsule(void *p, const char *name, void *destroy);
static inline void *hr_capsule_pointer(PyObject *o, const char *name) {
    return py.Capsule_GetPointer(o, name);
}
static inline int hr_callable(PyObject *o) { return py.Callable_Check(o); }
static inline int hr_error_set(void) { return py.Err_Occurred() != NULL; }
static inline void hr_clear_error(void) { py.Err_Clear(); }
static inline int hr_check_signals(void) { return py.Err_CheckSignals(); }
static inline void hr_incref_go(PyObject *o) { hr_incref(o); }
static inline void hr_decref_go(PyObject *o) { hr_decref(o); }
static inline unsigned long hr_thread_ident(void) { return py.Thread_get_thread_ident(); }
static inline int hr_async_interrupt(unsigned long ident, PyObject *exc) {
    return py.ThreadState_SetAsyncExc(ident, exc);
}

/* hr_fetch takes the exception that is set, as one object with its traceback; NULL: none. */
static inline PyObject *hr_fetch(void) {
    PyObject *type, *value, *trace;
    py.Err_Fetch(&type, &value, &trace);
    if (type == NULL) return NULL;
    py.Err_NormalizeException(&type, &value, &trace);
    if (trace != NULL) {
        py.Exception_SetTraceback(value, trace);
        hr_decref(trace);
    }
    hr_decref(type);
    return value;
}

/* hr_raise sets an exception object as the current exception, keeping its traceback. */
static inline void hr_raise(PyObject *exc) { py.Err_SetObject(exc->ob_type, exc); }
static inline void hr_raise_text(PyObject *type, const char *text) {
    py.Err_SetString(type, text);
}

#endif
