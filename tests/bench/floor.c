/* The floor under every row function: a C loop of vectorcalls over int64 or UTF-8 values, with the
 * conversions that any engine has to make. Loaded with ctypes.PyDLL, so the GIL is held. */
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>

int floor_int64(PyObject *f, const int64_t *in, int64_t *out, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        PyObject *arg = PyLong_FromLongLong(in[i]);
        if (!arg) return -1;
        PyObject *res = PyObject_Vectorcall(f, &arg, 1, NULL);
        Py_DECREF(arg);
        if (!res) return -1;
        out[i] = PyLong_AsLongLong(res);
        Py_DECREF(res);
        if (out[i] == -1 && PyErr_Occurred()) return -1;
    }
    return 0;
}

/* The same from a list of ints to a list of ints, by way of columns: what a typed stream is that a
 * program puts its values into and reads back. Returns the list. */
PyObject *floor_list(PyObject *f, PyObject *list) {
    Py_ssize_t n = PyList_Size(list);
    int64_t *in = malloc(n * sizeof *in), *out = malloc(n * sizeof *out);
    PyObject *made = PyList_New(n);
    if (!in || !out || !made) return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        in[i] = PyLong_AsLongLong(PyList_GetItem(list, i));
        if (in[i] == -1 && PyErr_Occurred()) return NULL;
    }
    if (floor_int64(f, in, out, n)) return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *o = PyLong_FromLongLong(out[i]);
        if (!o) return NULL;
        PyList_SetItem(made, i, o);
    }
    free(in);
    free(out);
    return made;
}

/* in: offsets and bytes of n strings; out: room for the same; returns bytes written or -1. */
int64_t floor_utf8(PyObject *f, const int32_t *offs, const char *data, int64_t n,
                   int32_t *out_offs, char *out) {
    int64_t at = 0;
    out_offs[0] = 0;
    for (int64_t i = 0; i < n; i++) {
        PyObject *arg = PyUnicode_DecodeUTF8(data + offs[i], offs[i + 1] - offs[i], NULL);
        if (!arg) return -1;
        PyObject *res = PyObject_Vectorcall(f, &arg, 1, NULL);
        Py_DECREF(arg);
        if (!res) return -1;
        Py_ssize_t len;
        const char *s = PyUnicode_AsUTF8AndSize(res, &len);
        if (!s) return -1;
        memcpy(out + at, s, len);
        at += len;
        out_offs[i + 1] = (int32_t)at;
        Py_DECREF(res);
    }
    return at;
}
