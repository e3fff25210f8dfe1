/* loop_typed.h: typed columns beside a loop: which ROW types are tuples, and all rows as a list. */
#ifndef HEADRACE_LOOP_TYPED_H
#define HEADRACE_LOOP_TYPED_H

#include "column.h"

/* hr_type_as_tuple makes a ROW type read as tuples and take only tuples (TUPLE of DataStream). */
void hr_type_as_tuple(hr_type *t);

/* hr_type_as_bytes makes an ARRAY<TINYINT> read as bytes. */
void hr_type_as_bytes(hr_type *t);

/* hr_typed_list makes a list of the n rows, Rows with their kinds (NULL: all INSERT). */
PyObject *hr_typed_list(const hr_type *t, const hr_view *v, int64_t n, const int8_t *kinds);

#endif
