/* loop_typed.h: typed columns at the ends of a loop: all rows to objects, and back. */
#ifndef HEADRACE_LOOP_TYPED_H
#define HEADRACE_LOOP_TYPED_H

#include "column.h"

/* hr_type_as_tuple makes a ROW type read as tuples and take only tuples (TUPLE of DataStream). */
void hr_type_as_tuple(hr_type *t);

/* hr_typed_objects returns an array from malloc of n objects with those of rows from from on (NULL
 * before); NULL with an exception. */
PyObject **hr_typed_objects(const hr_type *t, const hr_view *v, int64_t from, int64_t n);
void hr_typed_drop(PyObject **objects, int64_t n);

/* hr_typed_list makes a list of the n rows, Rows with their kinds (NULL: all INSERT). */
PyObject *hr_typed_list(const hr_type *t, const hr_view *v, int64_t n, const int8_t *kinds);

/* hr_typed_set_kinds gives the Rows from from on their row kinds. hr_typed_kinds reads those of n
 * objects, and says whether any of them is no INSERT. */
void hr_typed_set_kinds(PyObject **objects, const int8_t *kinds, int64_t from, int64_t n);
int hr_typed_kinds(const uint64_t *handles, int64_t n, int8_t *kinds);

/* hr_typed_build appends the objects and drops the references, also when it fails: then returns
 * -1 with an exception and *bad is a new reference to the object that does not fit. */
int hr_typed_build(hr_builder *out, const uint64_t *handles, int64_t n, PyObject **bad);

#endif
