package python

/*
#include "calls.h"

// floor_ints and floor_texts are the cheapest loops that call f n times with a value and read what
// comes back: the yardstick of the benchmarks.
static int floor_ints(PyObject *f, int64_t n, int64_t *out) {
    for (int64_t i = 0; i < n; i++) {
        PyObject *args[2] = {NULL, py.Long_FromLongLong(i * 1000)};
        if (args[1] == NULL) return -1;
        PyObject *r = hr_vectorcall(f, args + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET);
        hr_decref(args[1]);
        if (r == NULL) return -1;
        out[i] = py.Long_AsLongLong(r);
        hr_decref(r);
    }
    return 0;
}

static int floor_texts(PyObject *f, int64_t n, int64_t *out) {
    static const char text[] = "text 1234";
    for (int64_t i = 0; i < n; i++) {
        PyObject *args[2] = {NULL, py.Unicode_FromStringAndSize(text, sizeof text - 1)};
        if (args[1] == NULL) return -1;
        PyObject *r = hr_vectorcall(f, args + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET);
        hr_decref(args[1]);
        if (r == NULL) return -1;
        Py_ssize_t size;
        out[i] = *py.Unicode_AsUTF8AndSize(r, &size);
        hr_decref(r);
    }
    return 0;
}
*/
import "C"

// Floor calls f n times from C with an int (or a text) and reads the result: the least that a row
// function can cost. Benchmarks compare the loops with it. The GIL is held.
func Floor(f Object, n int, text bool) error {
	out := make([]C.int64_t, n)
	if text {
		return status(C.floor_texts(f.p, C.int64_t(n), &out[0]))
	}
	return status(C.floor_ints(f.p, C.int64_t(n), &out[0]))
}
