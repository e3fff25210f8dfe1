/* sort.h: sorting tuples by a field of one plain type, by numbers made of the keys. */
#ifndef HEADRACE_SORT_H
#define HEADRACE_SORT_H

#include "symbols.h"

/* hr_sort_tuples sorts a list of tuples by their field'th item, ties as they are: 1 sorted; 0 the
 * list is as it was, for want of memory or because not all are tuples (exactly) whose field is all
 * of bytes, all of ints of 64 bits or all of floats without NaN. Runs no code of Python. */
int hr_sort_tuples(PyObject *list, Py_ssize_t field, int descending);

#endif
