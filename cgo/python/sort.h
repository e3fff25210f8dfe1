/* sort.h: sorting tuples and Rows by a field of one plain type, by numbers made of the keys. */
#ifndef HEADRACE_SORT_H
#define HEADRACE_SORT_H

#include "symbols.h"

/* hr_sort_rows sorts a list of tuples or Rows by a field, its position or (of Rows) its name, ties
 * as they are: 1 sorted; 0 the list is as it was, for want of memory or because not all are tuples
 * or Rows (exactly) whose field is all of bytes, all of ASCII strings, all of ints of 64 bits or all
 * of floats without NaN. Sets no exception. */
int hr_sort_rows(PyObject *list, PyObject *field, int descending);

#endif
