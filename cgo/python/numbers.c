#include "numbers.h"

/* ints and doubles return whether all items were read. */
static int ints(PyObject *list, Py_ssize_t n, int64_t *to) {
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *o = py.List_GetItem(list, i);
        int overflow = 1;
        if (hr_is(o, py.LongType)) to[i] = py.Long_AsLongLongAndOverflow(o, &overflow);
        if (overflow) return 0;
    }
    return 1;
}

static int doubles(PyObject *list, Py_ssize_t n, double *to) {
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *o = py.List_GetItem(list, i);
        if (!hr_is(o, py.FloatType)) return 0;
        to[i] = py.Float_AsDouble(o);
    }
    return 1;
}

PyObject *hr_numbers(PyObject *list, PyObject *of) {
    Py_ssize_t n = hr_is(list, py.ListType) ? py.List_Size(list) : -1;
    int whole = of == (PyObject *)py.LongType;
    if (n < 0 || (!whole && of != (PyObject *)py.FloatType)) return hr_incref(py.None);
    PyObject *bytes = py.ByteArray_FromStringAndSize(NULL, n * 8);
    if (bytes == NULL) return NULL;
    void *to = py.ByteArray_AsString(bytes);
    if (whole ? ints(list, n, to) : doubles(list, n, to)) return bytes;
    hr_decref(bytes);
    return hr_incref(py.None);
}
