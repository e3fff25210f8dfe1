#include "calls.h"
#include "handles.h"
#include "objects.h"

PyObject *hr_list_of_handles(const uint64_t *handles, Py_ssize_t n) {
    PyObject *list = py.List_New(n);
    if (list == NULL) return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *o = (PyObject *)(uintptr_t)handles[i];
        py.List_SetItem(list, i, hr_incref(o == NULL ? py.None : o));
    }
    return list;
}

PyObject *hr_list_of_own_handles(const uint64_t *handles, Py_ssize_t n) {
    PyObject *list = py.List_New(n);
    if (list == NULL) return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *o = (PyObject *)(uintptr_t)handles[i];
        py.List_SetItem(list, i, o == NULL ? hr_incref(py.None) : o);
    }
    return list;
}

int hr_handles_of_list(PyObject *list, uint64_t *handles, Py_ssize_t n, int64_t *bytes) {
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *o = py.List_GetItem(list, i); /* copying may run code that shortens the list */
        int64_t weight = o == NULL ? 0 : hr_plain_weight(o);
        PyObject *own = o == NULL ? NULL : weight > 0 ? hr_incref(o) : hr_copy(o);
        if (own == NULL) {
            while (i > 0) hr_decref((PyObject *)(uintptr_t)handles[--i]);
            return -1;
        }
        handles[i] = (uint64_t)(uintptr_t)own;
        *bytes += weight > 0 ? weight : hr_weigh(own);
    }
    return 0;
}
