/* row_access.c: reading fields of a Row without a Python frame. row.name and row[i] of the class
 * Row itself are answered here; everything else, errors included, is left to Row's Python code. */
#include "column.h"

static PyTypeObject *row_type;
static PyObject *own;      /* dir(Row): attributes that are no fields */
static PyObject *get_item; /* Row.__getitem__ as written in Python */

static PyObject *row_getattribute(PyObject *self, PyObject *name) {
    PyObject *values, *names;
    if (hr_is(self, row_type) && hr_row_parts(self, &values, &names) &&
        hr_is(names, py.ListType)) {
        Py_ssize_t n = py.List_Size(names), m = py.List_Size(values);
        for (Py_ssize_t i = 0; i < n && i < m; i++) {
            if (py.List_GetItem(names, i) != name) continue;
            int hidden = py.Set_Contains(own, name);
            if (hidden == 0) return hr_incref(py.List_GetItem(values, i));
            if (hidden < 0) return NULL;
            break;
        }
    }
    return py.Object_GenericGetAttr(self, name); /* Row.__getattr__ comes after an error of this */
}

static PyObject *row_getitem(PyObject *self, PyObject *key) {
    PyObject *values, *names;
    if (hr_is(key, py.LongType) && hr_is(self, row_type) &&
        hr_row_parts(self, &values, &names)) {
        int overflow;
        long long i = py.Long_AsLongLongAndOverflow(key, &overflow);
        Py_ssize_t n = py.List_Size(values);
        if (i < 0) i += n;
        if (!overflow && i >= 0 && i < n) return hr_incref(py.List_GetItem(values, i));
    }
    return py.Object_CallFunctionObjArgs(get_item, self, key, NULL);
}

static PyMethodDef methods[] = {
    {"__getattribute__", row_getattribute, METH_O, "The field or attribute of that name."},
    {"__getitem__", row_getitem, METH_O, "The field at a position or of a name, or a slice."},
};

/* attributes is the set of names that the class has itself. */
static PyObject *attributes(PyTypeObject *row) {
    PyObject *builtins = py.Import_ImportModule("builtins");
    PyObject *dir = builtins == NULL ? NULL : py.Object_GetAttrString(builtins, "dir");
    PyObject *names = dir == NULL ? NULL : py.Object_CallFunctionObjArgs(dir, row, NULL);
    PyObject *set = names == NULL ? NULL : py.FrozenSet_New(names);
    hr_xdecref(builtins);
    hr_xdecref(dir);
    hr_xdecref(names);
    return set;
}

/* hr_row_quicken puts the functions above into the class, once. */
int hr_row_quicken(PyTypeObject *row) {
    if (own != NULL) return 0;
    PyObject *names = attributes(row);
    if (names == NULL || own != NULL) { /* another thread was faster: Python ran */
        hr_xdecref(names);
        return own == NULL ? -1 : 0;
    }
    own = names;
    get_item = py.Object_GetAttrString(row, "__getitem__");
    if (get_item == NULL) return -1;
    row_type = row;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        PyObject *method = py.Descr_NewMethod(row, &methods[i]);
        int failed = method == NULL || py.Object_SetAttrString(row, methods[i].ml_name, method);
        hr_xdecref(method);
        if (failed) return -1;
    }
    return 0;
}
