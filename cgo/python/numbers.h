/* numbers.h: lists of plain numbers as memory. */
#ifndef HEADRACE_NUMBERS_H
#define HEADRACE_NUMBERS_H

#include "symbols.h"

/* hr_numbers returns the items of a list as a bytearray of 8 bytes each: int64 when of is int,
 * double when it is float; a new reference. None when of is another class or not all items are
 * exactly of it and fit. NULL with an exception. Runs no code of Python. */
PyObject *hr_numbers(PyObject *list, PyObject *of);

#endif
