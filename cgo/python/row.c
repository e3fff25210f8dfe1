/* row.c: building and reading headrace.common.Row without running its Python code. Row keeps its
 * parts in slots; where they lie in the object is learned from a sample. */
#include "column.h"

static struct {
    PyTypeObject *type;
    PyObject *(*alloc)(PyTypeObject *, Py_ssize_t);
    PyObject *insert;   /* RowKind.INSERT */
    PyObject *kinds[4]; /* the members of RowKind by value */
    size_t fields, values, kind;
} row;

static PyObject **slot(PyObject *o, size_t offset) { return (PyObject **)((char *)o + offset); }

/* learn finds the offset at which sample holds its attribute. */
static int learn(PyObject *sample, Py_ssize_t size, const char *name, PyObject *value,
                 size_t *offset) {
    for (size_t at = sizeof(PyObject); at + sizeof(PyObject *) <= (size_t)size;
         at += sizeof(PyObject *)) {
        if (*slot(sample, at) != value) continue;
        *offset = at;
        return 0;
    }
    py.Err_Format(py.ExcSystemError, "headrace.common.Row has no slot %s", name);
    return -1;
}

static int learn_all(PyObject *sample) {
    PyObject *size = py.Object_GetAttrString((PyObject *)row.type, "__basicsize__");
    if (size == NULL) return -1;
    Py_ssize_t bytes = (Py_ssize_t)py.Long_AsLongLong(size);
    hr_decref(size);
    PyObject *names = py.List_New(0), *values = py.List_New(0);
    int failed = names == NULL || values == NULL ||
                 py.Object_SetAttrString(sample, "_fields", names) ||
                 py.Object_SetAttrString(sample, "_values", values) ||
                 learn(sample, bytes, "_fields", names, &row.fields) ||
                 learn(sample, bytes, "_values", values, &row.values);
    row.insert = failed ? NULL : py.Object_GetAttrString(sample, "_row_kind");
    failed = row.insert == NULL || learn(sample, bytes, "_row_kind", row.insert, &row.kind);
    hr_xdecref(names);
    hr_xdecref(values);
    return failed ? -1 : 0;
}

static int learn_kinds(PyObject *module) {
    PyObject *kinds = py.Object_GetAttrString(module, "RowKind");
    for (int i = 0; kinds != NULL && i < 4; i++) {
        PyObject *value = py.Long_FromLongLong(i);
        row.kinds[i] = value == NULL ? NULL : py.Object_CallFunctionObjArgs(kinds, value, NULL);
        hr_xdecref(value);
        if (row.kinds[i] != NULL) continue;
        hr_decref(kinds);
        return -1;
    }
    hr_xdecref(kinds);
    return kinds == NULL ? -1 : 0;
}

int hr_row_init(void) {
    PyObject *m = py.Import_ImportModule("headrace.common.types");
    if (m == NULL) return -1;
    row.type = py.Object_GetAttrString(m, "Row");
    int unknown = learn_kinds(m);
    hr_decref(m);
    if (row.type == NULL || unknown) return -1;
    row.alloc = py.Type_GetSlot(row.type, Py_tp_alloc);
    PyObject *sample = py.Object_CallFunctionObjArgs(row.type, NULL);
    if (sample == NULL) return -1;
    int failed = learn_all(sample);
    hr_decref(sample);
    return failed || hr_row_quicken(row.type) ? -1 : 0;
}

PyTypeObject *hr_row_type(void) { return row.type; }

static int is_row(PyObject *o) {
    return hr_is(o, row.type) || py.Type_IsSubtype(o->ob_type, row.type);
}

int hr_row_kind(PyObject *o) {
    if (!is_row(o)) return 0;
    PyObject *kind = *slot(o, row.kind);
    for (int i = 1; i < 4; i++) {
        if (kind == row.kinds[i]) return i;
    }
    return 0;
}

void hr_row_set_kind(PyObject *o, int kind) {
    if (!is_row(o)) return;
    PyObject **held = slot(o, row.kind), *old = *held;
    *held = hr_incref(row.kinds[kind & 3]);
    hr_xdecref(old);
}

PyObject *hr_row_new(PyObject *values, PyObject *names) {
    PyObject *o = row.alloc(row.type, 0);
    if (o == NULL) {
        hr_decref(values);
        return NULL;
    }
    *slot(o, row.values) = values;
    *slot(o, row.fields) = hr_incref(names == NULL ? py.None : names);
    *slot(o, row.kind) = hr_incref(row.insert);
    return o;
}

int hr_row_parts(PyObject *o, PyObject **values, PyObject **names) {
    if (!is_row(o)) return 0;
    *values = *slot(o, row.values);
    *names = *slot(o, row.fields);
    if (*names == NULL) *names = py.None;
    return *values != NULL && hr_type_flag(*values, Py_TPFLAGS_LIST_SUBCLASS);
}
