/* convert_nested.c: ARRAY and list, MAP and MULTISET and dict, ROW and Row. */
#include "column.h"

#include <stdarg.h>
#include <stdio.h>

int hr_explain(const char *format, ...) {
    PyObject *type, *value, *trace;
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    py.Err_Fetch(&type, &value, &trace);
    if (type != py.ExcTypeError && type != py.ExcValueError && type != py.ExcOverflowError) {
        py.Err_Restore(type, value, trace); /* not ours: it may not be made from a text */
        return -1;
    }
    py.Err_NormalizeException(&type, &value, &trace);
    py.Err_Format(type, "%s%S", text, value);
    hr_xdecref(type);
    hr_xdecref(value);
    hr_xdecref(trace);
    return -1;
}

PyObject *hr_get_array(const hr_type *t, const hr_view *v, int64_t i) {
    int32_t from = v->offs[i], to = v->offs[i + 1];
    PyObject *list = py.List_New(to - from);
    for (int32_t j = from; list != NULL && j < to; j++) {
        PyObject *x = hr_get(t->kids[0], &v->kids[0], j);
        if (x == NULL) {
            hr_decref(list);
            return NULL;
        }
        py.List_SetItem(list, j - from, x);
    }
    return list;
}

PyObject *hr_get_map(const hr_type *t, const hr_view *v, int64_t i) {
    PyObject *dict = py.Dict_New();
    for (int32_t j = v->offs[i]; dict != NULL && j < v->offs[i + 1]; j++) {
        PyObject *k = hr_get(t->kids[0], &v->kids[0], j);
        PyObject *x = k == NULL ? NULL : hr_get(t->kids[1], &v->kids[1], j);
        int failed = x == NULL || py.Dict_SetItem(dict, k, x);
        hr_xdecref(k);
        hr_xdecref(x);
        if (failed) {
            hr_decref(dict);
            return NULL;
        }
    }
    return dict;
}

PyObject *hr_get_row(const hr_type *t, const hr_view *v, int64_t i) {
    PyObject *values = py.List_New(t->nkids);
    for (int k = 0; values != NULL && k < t->nkids; k++) {
        PyObject *x = hr_get(t->kids[k], &v->kids[k], i);
        if (x == NULL) {
            hr_decref(values);
            return NULL;
        }
        py.List_SetItem(values, k, x);
    }
    return values == NULL ? NULL : hr_row_new(values, t->names);
}

/* close_list ends a list whose elements have been put into the children. */
static int close_list(hr_builder *out) {
    if (hr_builder_room(out)) return -1;
    if (out->kids[0].n > INT32_MAX) {
        py.Err_SetString(py.ExcOverflowError, "the arrays of one batch exceed 2^31 elements");
        return -1;
    }
    out->len = out->kids[0].n;
    out->offs[out->n + 1] = (int32_t)out->len;
    hr_builder_mark(out);
    return 0;
}

/* undo drops what a row that failed left in the children. */
static int undo(hr_builder *out, int64_t n) {
    for (int k = 0; k < out->type->nkids; k++) hr_builder_cut(&out->kids[k], n);
    return -1;
}

/* put_bytes_as_array puts bytes into an ARRAY of TINYINT: a PRIMITIVE_ARRAY of BYTE is such. */
static int put_bytes_as_array(hr_builder *out, const char *bytes, Py_ssize_t n) {
    int64_t before = out->kids[0].n;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *x = py.Long_FromLongLong((int8_t)bytes[i]);
        int failed = x == NULL || hr_append(&out->kids[0], x);
        hr_xdecref(x);
        if (failed) return undo(out, before);
    }
    return close_list(out) ? undo(out, before) : 0;
}

int hr_put_array(hr_builder *out, PyObject *value) {
    int list = hr_type_flag(value, Py_TPFLAGS_LIST_SUBCLASS);
    if (!list && out->type->kids[0]->kind == HR_T_TINYINT) {
        if (hr_type_flag(value, Py_TPFLAGS_BYTES_SUBCLASS)) {
            return put_bytes_as_array(out, py.Bytes_AsString(value), py.Bytes_Size(value));
        }
        if (py.Type_IsSubtype(value->ob_type, py.ByteArrayType)) {
            return put_bytes_as_array(out, py.ByteArray_AsString(value),
                                      py.ByteArray_Size(value));
        }
    }
    if (!list && !hr_type_flag(value, Py_TPFLAGS_TUPLE_SUBCLASS)) {
        return hr_mismatch(out->type, value);
    }
    int64_t before = out->kids[0].n;
    /* The size is asked for anew each time: a __float__ of the user might change the list. */
    for (Py_ssize_t i = 0; i < (list ? py.List_Size(value) : py.Tuple_Size(value)); i++) {
        PyObject *x = list ? py.List_GetItem(value, i) : py.Tuple_GetItem(value, i);
        hr_incref(x);
        int failed = hr_append(&out->kids[0], x);
        hr_decref(x);
        if (!failed) continue;
        hr_explain("element %zd: ", (size_t)i);
        return undo(out, before);
    }
    return close_list(out) ? undo(out, before) : 0;
}

int hr_put_map(hr_builder *out, PyObject *value) {
    if (!hr_type_flag(value, Py_TPFLAGS_DICT_SUBCLASS)) return hr_mismatch(out->type, value);
    int64_t before = out->kids[0].n;
    Py_ssize_t at = 0;
    PyObject *k, *x;
    while (py.Dict_Next(value, &at, &k, &x)) {
        hr_incref(k);
        hr_incref(x);
        int failed = hr_append(&out->kids[0], k);
        if (failed) {
            hr_explain("key: ");
        } else if ((failed = hr_append(&out->kids[1], x)) != 0) {
            hr_explain("value: ");
        }
        hr_decref(k);
        hr_decref(x);
        if (failed) return undo(out, before);
    }
    return close_list(out) ? undo(out, before) : 0;
}

static const char *field_name(const hr_type *t, Py_ssize_t k) {
    PyObject *name = t->names == NULL ? NULL : py.List_GetItem(t->names, k);
    const char *text = name == NULL ? NULL : py.Unicode_AsUTF8AndSize(name, NULL);
    return text == NULL ? "?" : text;
}

/* find is the position of a field name in the names that a Row carries, -1 with an exception. */
static Py_ssize_t find(const hr_type *t, PyObject *names, Py_ssize_t k) {
    PyObject *want = py.List_GetItem(t->names, k);
    Py_ssize_t n = py.Object_Size(names);
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *have = py.Sequence_GetItem(names, i);
        int same = have == NULL ? -1 : py.Object_RichCompareBool(have, want, Py_EQ);
        hr_xdecref(have);
        if (same < 0) return -1;
        if (same) return i;
    }
    py.Err_Format(py.ExcValueError, "a Row with the fields %R has no field %R of %s", names, want,
                  t->name);
    return -1;
}

static int put_fields(hr_builder *out, PyObject *values, PyObject *names) {
    const hr_type *t = out->type;
    int list = hr_type_flag(values, Py_TPFLAGS_LIST_SUBCLASS);
    Py_ssize_t n = list ? py.List_Size(values) : py.Tuple_Size(values);
    if (n != t->nkids) {
        py.Err_Format(py.ExcValueError, "expected the %d fields of %s, got %zd values", t->nkids,
                      t->name, n);
        return -1;
    }
    int by_name = 0;
    if (names != NULL && names != py.None && names != t->names && t->names != NULL) {
        by_name = py.Object_RichCompareBool(names, t->names, Py_NE);
        if (by_name < 0) return -1;
    }
    for (Py_ssize_t k = 0; k < n; k++) {
        Py_ssize_t at = by_name ? find(t, names, k) : k;
        if (at < 0) return -1;
        PyObject *x = list ? py.List_GetItem(values, at) : py.Tuple_GetItem(values, at);
        if (x == NULL) return -1;
        hr_incref(x);
        int failed = hr_append(&out->kids[k], x);
        hr_decref(x);
        if (failed) return hr_explain("field '%.100s': ", field_name(t, k));
    }
    return 0;
}

int hr_put_row(hr_builder *out, PyObject *value) {
    PyObject *values = value, *names = NULL;
    if (!hr_row_parts(value, &values, &names) &&
        !hr_type_flag(value, Py_TPFLAGS_TUPLE_SUBCLASS)) {
        return hr_mismatch(out->type, value);
    }
    if (hr_builder_room(out)) return -1;
    hr_incref(values);
    int failed = put_fields(out, values, names);
    hr_decref(values);
    if (failed) return undo(out, out->n);
    hr_builder_mark(out);
    return 0;
}
