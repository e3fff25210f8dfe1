/* handles.h: lists of objects as the handles of an OBJECT column, and back. */
#ifndef HEADRACE_HANDLES_H
#define HEADRACE_HANDLES_H

#include "symbols.h"

/* hr_list_of_handles makes a list with references of its own; handle 0 is None. */
PyObject *hr_list_of_handles(const uint64_t *handles, Py_ssize_t n);
/* hr_list_of_own_handles is the same but takes the handles' references over, unless it fails. */
PyObject *hr_list_of_own_handles(const uint64_t *handles, Py_ssize_t n);
/* hr_handles_of_list writes the addresses of copies of the first n items that share nothing
 * mutable with them, each a new reference, and adds their weight to bytes; -1 with an exception. */
int hr_handles_of_list(PyObject *list, uint64_t *handles, Py_ssize_t n, int64_t *bytes);

#endif
