#include "calls.h"
#include "handles.h"

PyObject *hr_list_of_handles(const uint64_t *handles, Py_ssize_t n) {
    PyObject *list = py.List_New(n);
    if (list == NULL) return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *o = (PyObject *)(uintptr_t)handles[i];
        py.List_SetItem(list, i, hr_incref(o == NULL ? py.None : o));
    }
    return list;
}

void hr_handles_of_list(PyObject *list, uint64_t *handles, Py_ssize_t n) {
    for (Py_ssize_t i = 0; i < n; i++) {
        handles[i] = (uint64_t)(uintptr_t)hr_incref(py.List_GetItem(list, i));
    }
}
