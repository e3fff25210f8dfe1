/* block.h: the type Block, a list of rows that tells when it has become too large. */
#ifndef HEADRACE_BLOCK_H
#define HEADRACE_BLOCK_H

#include "symbols.h"

/* hr_block_type returns the type headrace._runtime.native.Block, borrowed; NULL with an exception.
 *
 * Block(rows, key, extra, limit, full, size) appends to the list rows what take(row, …) is given,
 * safe from later changes, as the pair (key(row), row) unless key is None. Once the rows' estimated
 * bytes, size to begin with and extra for each, are more than limit it calls full(). reset(rows)
 * goes on with a list, which is empty; size() is the estimate; close() lets go of everything. */
PyObject *hr_block_type(void);

#endif
