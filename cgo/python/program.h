/* program.h: calling Python functions row by row. A program is a graph of calls over the columns
 * of a batch; some loops use it for one call only. The GIL is held throughout; no function here
 * waits for anything but the Python code it calls. */
#ifndef HEADRACE_PROGRAM_H
#define HEADRACE_PROGRAM_H

#include "column.h"

enum hr_from { HR_FROM_INPUT, HR_FROM_CONST, HR_FROM_RESULT };

typedef struct {
    int32_t from;
    int32_t index;
} hr_arg;

typedef struct {
    PyObject *f; /* owned */
    int nargs;
    hr_arg *args;
    PyObject *names; /* list: the arguments go as one Row with these names; else NULL */
    int output;      /* where the result goes, -1 when only other calls use it */
} hr_call_spec;

typedef struct {
    int ninputs;
    hr_type **types; /* of the inputs, owned */
    hr_view *views;  /* of the inputs */
    uint8_t *used;   /* which inputs the calls use */
    int nconsts;
    PyObject **consts; /* owned */
    int ncalls;
    hr_call_spec *calls;
    int nouts;
    hr_type **out_types; /* owned */
    hr_builder *outs;
    PyObject **inputs;  /* scratch: the row's input objects */
    PyObject **results; /* scratch: the row's results */
    PyObject **stack;   /* scratch: the arguments of a call, one spare in front */
} hr_program;

/* Where a loop stopped with an exception. */
typedef struct {
    int64_t row;
    int32_t call;
    int32_t converting; /* the call went well, its result did not fit */
} hr_halt;

hr_program *hr_program_new(int ninputs, int nconsts, int ncalls, int nouts, int nargs_max);
/* hr_program_ready makes views and builders once types are set; 0 or -1. */
int hr_program_ready(hr_program *p);
void hr_program_free(hr_program *p);
int hr_call_spec_init(hr_call_spec *c, PyObject *f, int nargs);

/* hr_row_load makes the objects of row i of the used inputs; 0 or -1 (nothing is kept then).
 * hr_row_drop gives them back. */
int hr_row_load(hr_program *p, int64_t i);
void hr_row_drop(hr_program *p);
/* hr_call_row calls c with the loaded row; first, when not NULL, goes before the arguments, and f,
 * when not NULL, is called instead of c's function. A new reference, NULL with an exception. */
PyObject *hr_call_row(hr_program *p, const hr_call_spec *c, PyObject *f, PyObject *first);
/* hr_row_repr shows the arguments of call c in row i, cut to a bound, for errors; NULL with an
 * exception. The exception of the loop must have been fetched before. */
PyObject *hr_row_repr(hr_program *p, int c, int64_t i);
/* hr_program_reset empties the builders. */
void hr_program_reset(hr_program *p);

/* hr_scalar_eval runs rows [0, n) and leaves the results in p->outs. */
int hr_scalar_eval(hr_program *p, int64_t n, hr_halt *stop);

/* hr_put_record appends one row of a table function or aggregate to the n builders: a Row or tuple
 * of n values, or one bare value when n is one. */
int hr_put_record(hr_builder *outs, int n, PyObject *value);

/* hr_put_records makes p->outs of a list of records; -1 with an exception. */
int hr_put_records(hr_program *p, PyObject *values, hr_halt *stop);

/* hr_rows iterates over what a table function returned: a new iterator, or NULL: without an
 * exception for None (no rows), or for a single row, which *single then holds (a new reference). */
PyObject *hr_rows(PyObject *result, PyObject **single);

/* hr_cursor is a table function's place in a batch. */
typedef struct {
    int64_t row, n;
    PyObject *rows; /* the iterator of row, NULL between rows */
} hr_cursor;

/* hr_table_next appends rows to p->outs, the input row of each to origin, until there are limit of
 * them or they hold max_bytes; returns how many, -1 with an exception. The batch is done when
 * cursor.row == cursor.n. */
int64_t hr_table_next(hr_program *p, hr_cursor *c, int64_t limit, int64_t max_bytes,
                      int32_t *origin, hr_halt *stop);
void hr_cursor_drop(hr_cursor *c);

/* hr_accs are the accumulators of an aggregate, live objects indexed by slot. */
typedef struct {
    PyObject **slots; /* NULL: empty */
    int64_t cap;
    PyObject *create, *accumulate;
    PyObject *retract, *merge, *value, *update; /* may be NULL */
    PyObject *dumps, *loads, *protocol;
    uint8_t *encoded;
    int64_t len, room;
} hr_accs;

hr_accs *hr_accs_new(void);
void hr_accs_free(hr_accs *a);
int hr_accs_grow(hr_accs *a, int64_t n);
void hr_accs_clear(hr_accs *a, const int32_t *slots, int64_t n);
/* hr_accs_add calls accumulate, or retract where kinds (may be NULL) says -U or -D, for each row
 * with the accumulator of its slot. */
int hr_accs_add(hr_accs *a, hr_program *p, const int32_t *slots, int64_t n, const uint8_t *kinds,
                hr_halt *stop);
int hr_accs_merge(hr_accs *a, const int32_t *into, const int32_t *from, int64_t n, hr_halt *stop);
/* hr_accs_values puts the value of each slot into p->outs. */
int hr_accs_values(hr_accs *a, hr_program *p, const int32_t *slots, int64_t n, hr_halt *stop);
/* hr_accs_rows puts the rows of each slot; origin (grown with realloc) has the position in slots
 * of each row. How many, -1 with an exception. */
int64_t hr_accs_rows(hr_accs *a, hr_program *p, const int32_t *slots, int64_t n, int32_t **origin,
                     hr_halt *stop);
/* hr_accs_changes is hr_accs_rows for emit_update_with_retract: collector is called with nothing
 * and gives an object with rows, a list, and kinds, a bytearray; kinds gets a byte a row. */
int64_t hr_accs_changes(hr_accs *a, hr_program *p, PyObject *collector, const int32_t *slots,
                        int64_t n, int32_t **origin, uint8_t **kinds, hr_halt *stop);
/* hr_accs_encode pickles the slots into a->encoded; ends[i] is where slot i ends. */
int hr_accs_encode(hr_accs *a, const int32_t *slots, int64_t n, int64_t *ends, hr_halt *stop);
int hr_accs_decode(hr_accs *a, const int32_t *slots, int64_t n, const uint8_t *src,
                   const int32_t *ends, hr_halt *stop);

#endif
