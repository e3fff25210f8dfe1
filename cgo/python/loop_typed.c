#include "loop_typed.h"

static PyObject *get_tuple(const hr_type *t, const hr_view *v, int64_t i) {
    PyObject *tuple = py.Tuple_New(t->nkids);
    for (int k = 0; tuple != NULL && k < t->nkids; k++) {
        PyObject *x = hr_get(t->kids[k], &v->kids[k], i);
        if (x == NULL) {
            hr_decref(tuple);
            return NULL;
        }
        py.Tuple_SetItem(tuple, k, x);
    }
    return tuple;
}

static int put_tuple(hr_builder *out, PyObject *value) {
    if (hr_type_flag(value, Py_TPFLAGS_TUPLE_SUBCLASS)) return hr_put_row(out, value);
    PyObject *name = py.Object_GetAttrString(value->ob_type, "__name__");
    if (name != NULL) py.Err_Format(py.ExcTypeError, "Expected tuple, got %U", name);
    hr_xdecref(name);
    return -1;
}

void hr_type_as_tuple(hr_type *t) {
    t->get = get_tuple;
    t->put = put_tuple;
}

static PyObject *get_bytes(const hr_type *t, const hr_view *v, int64_t i) {
    return py.Bytes_FromStringAndSize((const char *)v->kids[0].data + v->offs[i],
                                      v->offs[i + 1] - v->offs[i]);
}

void hr_type_as_bytes(hr_type *t) {
    t->get = get_bytes;
}

PyObject *hr_typed_list(const hr_type *t, const hr_view *v, int64_t n, const int8_t *kinds) {
    PyObject *list = py.List_New((Py_ssize_t)n);
    for (int64_t i = 0; list != NULL && i < n; i++) {
        PyObject *x = hr_get(t, v, i);
        if (x == NULL) {
            hr_decref(list);
            return NULL;
        }
        if (kinds != NULL && kinds[i] != 0) hr_row_set_kind(x, kinds[i]);
        py.List_SetItem(list, (Py_ssize_t)i, x);
    }
    return list;
}
