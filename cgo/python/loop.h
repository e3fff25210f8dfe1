/* loop.h: a fused chain of DataStream functions, run row by row without entering Go.
 *
 * A loop is fed rows (or timers, keys, the end of the input) and run until the feed is done or an
 * output is full; an element goes depth first through all stages. The position survives a stop:
 * the next row, and the live iterators of stages that give many results. User code sees the loop
 * through Context, Cell and the methods of Loop (loop_types.c, pystate.c). Everything is called
 * from one OS thread; the GIL is needed where a function may touch Python objects. */
#ifndef HEADRACE_LOOP_H
#define HEADRACE_LOOP_H

#include "buffer.h"
#include "column.h"

#define HR_NO_TIME INT64_MIN

/* What a stage does with an element; numbers known to _runtime/process.py. */
enum hr_kind {
    HR_MAP,       /* the result goes on */
    HR_MAP_DROP,  /* the same, but None is dropped (CoMap) */
    HR_FILTER,    /* the element goes on if the result is true */
    HR_FLAT,      /* each item of the result goes on */
    HR_FLAT_DROP, /* the same, but None is no item (CoFlatMap) */
    HR_PROCESS,   /* f(element, context): None or items, also `tag, value` */
    HR_KEY,       /* last stage: the result is the key of the element */
    HR_REDUCE     /* f(state, element) is the new state and goes on */
};

enum hr_stop { HR_DONE, HR_FULL, HR_TIMERS_DUE, HR_ORDER, HR_EACH, HR_SLICE };
enum hr_fed { HR_IDLE, HR_ROWS, HR_TIMERS, HR_KEYS, HR_ONCE };
enum { HR_EVENT, HR_PROCESSING };
enum { HR_PORTS = 2 };

typedef struct {
    int kind;
    PyObject *fn[2];   /* by input port for the head, [0] for the others */
    PyObject *context; /* of HR_PROCESS */
    PyObject *sides;   /* dict from tag id to output, or NULL */
    PyObject *coerce;  /* HR_KEY: makes the key what its type says, or NULL */
} hr_stage;

typedef struct {
    PyObject **values, **keys;
    int64_t *times;
    int32_t *key_ends;
    hr_buffer key_bytes;
    int n, cap;
    int keyed;     /* keys, key_ends and key_bytes are filled */
    int timed;     /* some row has an event time */
    hr_builder *column; /* values go into this column at once, and not into values; else NULL */
    hr_builder *key_column; /* the same for keys */
    int64_t weight; /* of each of the column's values, 0: they differ */
    int rows;      /* the column's values are Rows: kinds says what each does to a table */
    int8_t *kinds;
    int kinded;    /* some kind is not INSERT */
    PyObject *coerce; /* makes the values what their type says, or NULL */
    int64_t bytes; /* estimate */
    int64_t *marks; /* pairs row, time */
    int n_marks, cap_marks;
} hr_output;

/* A table is one keyed state: an object (or NULL) by slot. */
typedef struct {
    char *name;
    PyObject **v;
    int32_t cap;
} hr_table;

typedef struct {
    int64_t time;
    int32_t slot;
    uint8_t domain, del;
} hr_timer_op;

typedef struct {
    PyObject *it;
    PyObject *from; /* the element that the items come from, or NULL */
    int stage;
} hr_live;

/* hr_source is where a feed's elements come from: live objects (NULL is None), or a column, of which
 * each is made when its turn comes. Both are the engine's and stay until the feed is done. */
typedef struct {
    PyObject *const *objects; /* NULL: the column */
    const hr_type *type;
    const hr_view *view;
    const int8_t *kinds; /* row kinds that a column's Rows get; NULL: all INSERT */
} hr_source;

/* hr_source_get returns a new reference to row i, or NULL with an exception. */
static inline PyObject *hr_source_get(const hr_source *s, int i) {
    if (s->objects != NULL) {
        PyObject *o = s->objects[i];
        return hr_incref(o == NULL ? py.None : o);
    }
    PyObject *made = hr_get(s->type, s->view, i);
    if (s->kinds != NULL && s->kinds[i] != 0 && made != NULL) hr_row_set_kind(made, s->kinds[i]);
    return made;
}

/* What a loop is fed with, and how far it is. */
typedef struct {
    int kind; /* hr_fed */
    int port;
    int row, n;                /* next row; rows of the feed */
    hr_source values, keys;
    int32_t *slots;
    int64_t *times;
    int64_t *marks;            /* pairs row, time */
    int mark, n_marks;
    int mark_told;             /* on_watermark has been called for the mark at hand */
    int cap_rows, cap_marks;
    int has_slots, has_times, has_keys;
    int domain;                /* of timers fired; HR_TIMERS and HR_KEYS use slots and times */
    uint8_t *cancelled;        /* timers deleted while waiting to be fired */
    hr_buffer key_data;        /* bytes of the keys of timers and keys, */
    int32_t *key_ends;         /* and their ends */
    PyObject *ns_list;         /* namespaces still to be fired for the timer at hand */
    Py_ssize_t ns_at;
    PyObject *once_fn, *once_arg;
    int disorder;              /* a timer was set that comes before those waiting */
    int32_t *starts;           /* rows, ascending, that begin another key in the same slot: see */
    int start, n_starts, cap_starts; /* hr_feed_starts */
    int timed;                 /* the key at hand has set or deleted a timer */
    int merged;                /* rows are of several ports: port, values and keys are those of */
    int32_t *ports, *at;       /* the row at hand, row at[row] of sides[2 * ports[row]] */
    hr_source sides[2 * HR_PORTS];
    int cap_merged;
} hr_feed;

typedef struct {
    PyObject ob_base;

    hr_stage *stages;
    int n_stages;
    hr_output *outs;
    int n_outs;
    hr_table **tables;
    int n_tables;
    hr_table *reduce_state;    /* of HR_REDUCE */
    hr_table *ns_timers[2];    /* namespaces of timers by domain, NULL: timers have none */
    PyObject *on_timer[2];     /* by domain: f(time, context), or f(time, namespace, context) */
    PyObject *end_input, *on_watermark, *on_poll;
    PyObject *head_context;
    PyObject *each;            /* apply_to_keyed_state: pairs (function, state) waiting, or NULL */
    int emit_updates;          /* a reduce gives out each update (streaming) */
    int stateful;              /* the head has state, so what it emits may be held there */

    hr_feed in;
    hr_feed rest; /* the row feed that waits while timers are fired, feed HR_IDLE: none */

    /* the element at hand */
    int32_t slot;              /* -1: no key */
    int64_t ts, out_ts;
    PyObject *key;             /* borrowed; NULL: make it of key_row */
    PyObject *decoded;         /* owned: the key made of key_row, from keys or key_data */
    int key_row;
    hr_live *live;
    int n_live;

    /* clocks */
    int64_t watermark, now, next_timer, new_timer;
    int64_t started; /* monotonic ns at which run was called with now */
    int still;       /* now does not move on while run works */

    /* effects */
    uint8_t *dirty_flags;
    int32_t *dirty;
    int n_dirty, cap_dirty;
    hr_timer_op *ops;
    int n_ops, cap_ops;

    /* the failure */
    PyObject *failed;
    int failed_stage;

    int max_rows;
    int64_t max_bytes;
    int closed;
} hr_loop;

/* hr_loop_types makes the types and the module headrace._runtime.native; once. */
int hr_loop_types(void);
hr_loop *hr_loop_new(int outputs);
/* hr_loop_close drops all that the loop holds; the object itself lives by its count. */
void hr_loop_close(hr_loop *l);

/* Feeds copy what they are given but for what values and keys (NULL: none) point to, which must
 * stay until the feed is done. */
int hr_feed_rows(hr_loop *l, int port, int from, int n, const hr_source *values,
                 const hr_source *keys, const int32_t *slots, const int64_t *times);
/* hr_feed_merged feeds rows of several keyed ports in one order: row i is row at[i] of port
 * ports[i], whose values and keys are sides[2 * port] and the next one. */
int hr_feed_merged(hr_loop *l, int n, const int32_t *ports, const int32_t *at,
                   const hr_source *sides, const int32_t *slots, const int64_t *times);
int hr_feed_marks(hr_loop *l, const int64_t *pairs, int n);
/* hr_feed_starts says at which rows of the feed the next key begins, all in one slot: what the
 * tables hold of the key before is dropped there. Run returns HR_TIMERS_DUE first for a key that
 * has to do with timers, and leaves its state to the caller. */
int hr_feed_starts(hr_loop *l, const int32_t *rows, int n);
int hr_feed_timers(hr_loop *l, int domain, int n, const int64_t *times, const int32_t *slots);
int hr_feed_keys(hr_loop *l, int n, const int32_t *slots);
/* hr_feed_rest goes on with the rows left when run returned HR_TIMERS_DUE or HR_EACH, under new
 * slots (NULL on a port without keys). */
int hr_feed_rest(hr_loop *l, const int32_t *slots);
/* hr_loop_end_each ends the visit to all keys that HR_EACH asked for. */
void hr_loop_end_each(hr_loop *l);
/* hr_feed_key_bytes gives the keys of the timers or slots fed. */
int hr_feed_key_bytes(hr_loop *l, const uint8_t *data, const int32_t *ends);
int hr_feed_end(hr_loop *l, int port);
int hr_feed_watermark(hr_loop *l, int64_t watermark);
int hr_feed_poll(hr_loop *l);
/* hr_feed_free drops what the feed at hand holds, done or not. */
void hr_feed_free(hr_feed *f);

/* hr_loop_run returns an hr_stop, or -1 with an exception set. Slow functions make it return
 * HR_SLICE now and then, so that what they gave goes on and the clocks are set anew. */
int hr_loop_run(hr_loop *l, int64_t watermark, int64_t now, int64_t next_timer, int max_rows,
                int64_t max_bytes);
/* hr_loop_fail keeps the element, whose reference it takes over, for the message; NULL leaves what
 * an earlier call has kept. Returns -1. */
int hr_loop_fail(hr_loop *l, int stage, PyObject *element);
/* hr_loop_is_plain says that the chain is of maps and filters alone and has one plain output;
 * hr_loop_plain_rows then runs up to so many rows without marks: how many, or -1. */
int hr_loop_is_plain(const hr_loop *l);
int hr_loop_plain_rows(hr_loop *l, int rows);
/* hr_loop_unfired moves the timers not fired to the front of times and slots; their number. */
int hr_loop_unfired(hr_loop *l);
/* hr_loop_failed returns the repr of the element that failed, bounded, or NULL. */
PyObject *hr_loop_failed(hr_loop *l);

/* outputs (loop_output.c) */
/* Both take over the references, also when they fail; one that does not fit a column is kept for
 * the message. */
int hr_emit_append(hr_loop *l, int output, PyObject *value);
int hr_emit_keyed(hr_loop *l, PyObject *value, PyObject *key);
int hr_emit_mark(hr_loop *l, int64_t time);
void hr_emit_reset(hr_output *o);
void hr_emit_free(hr_output *o);
/* hr_emit_take moves the values (unless they are in a column) and keys out as handles and empties
 * the output but for the column, times, key bytes and marks, which hr_emit_reset does. */
void hr_emit_take(hr_output *o, uint64_t *values, uint64_t *keys);

/* hr_table_grow makes room for slots below n, empty ones; -1 when there is no memory. The GIL is
 * not needed. */
int hr_table_grow(hr_table *t, int32_t n);
/* hr_loop_table finds or makes the table of a name. */
hr_table *hr_loop_table(hr_loop *l, const char *name);

/* hr_loop_now is the processing time: that of the caller of run, moved on when run takes long. */
int64_t hr_loop_now(const hr_loop *l);

/* effects */
int hr_loop_timer(hr_loop *l, int domain, int64_t time, int del);
int hr_loop_dirty(hr_loop *l, int32_t slot);
/* hr_loop_clean forgets which slots are dirty; the list itself stays until the next one is. */
void hr_loop_clean(hr_loop *l);
PyObject *hr_loop_key(hr_loop *l);
/* hr_namespace_timer sets or deletes a timer of one namespace of the key (pystate.c). */
int hr_namespace_timer(hr_loop *l, int domain, PyObject *ns, int64_t time, int del);
/* hr_new_cell makes the Cell of a table. */
PyObject *hr_new_cell(hr_loop *l, hr_table *t, int namespaced);
PyObject *hr_cell_type(void); /* borrowed; NULL with an exception */

#endif
