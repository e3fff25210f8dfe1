#include "loop_typed.h"

#include <stdlib.h>

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

void hr_typed_drop(PyObject **objects, int64_t n) {
    for (int64_t i = 0; i < n; i++) hr_xdecref(objects[i]);
    free(objects);
}

PyObject **hr_typed_objects(const hr_type *t, const hr_view *v, int64_t from, int64_t n) {
    PyObject **objects = calloc((size_t)n + 1, sizeof *objects);
    if (objects == NULL) {
        py.Err_NoMemory();
        return NULL;
    }
    for (int64_t i = from; i < n; i++) {
        objects[i] = hr_get(t, v, i);
        if (objects[i] != NULL) continue;
        hr_typed_drop(objects, i);
        return NULL;
    }
    return objects;
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

void hr_typed_set_kinds(PyObject **objects, const int8_t *kinds, int64_t from, int64_t n) {
    for (int64_t i = from; i < n; i++) {
        if (kinds[i] != 0) hr_row_set_kind(objects[i], kinds[i]);
    }
}

int hr_typed_kinds(const uint64_t *handles, int64_t n, int8_t *kinds) {
    int any = 0;
    for (int64_t i = 0; i < n; i++) {
        kinds[i] = (int8_t)hr_row_kind((PyObject *)(uintptr_t)handles[i]);
        any |= kinds[i];
    }
    return any != 0;
}

int hr_typed_build(hr_builder *out, const uint64_t *handles, int64_t n, PyObject **bad) {
    int rc = 0;
    *bad = NULL;
    for (int64_t i = 0; i < n; i++) {
        PyObject *o = (PyObject *)(uintptr_t)handles[i];
        if (rc == 0 && (rc = hr_append(out, o)) != 0) {
            *bad = o;
            continue;
        }
        hr_decref(o);
    }
    return rc;
}
