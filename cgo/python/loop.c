#include "loop.h"

#include <time.h>

#include "gil.h"
#include "key.h"
#include "objects.h"

static int no_memory(void) {
    py.Err_NoMemory();
    return -1;
}

int hr_loop_fail(hr_loop *l, int stage, PyObject *element) {
    if (element == NULL && l->failed != NULL) return -1;
    hr_xdecref(l->failed);
    l->failed = element;
    l->failed_stage = stage;
    return -1;
}

static inline PyObject *call1(PyObject *f, PyObject *a) {
    PyObject *args[2] = {NULL, a};
    return hr_vectorcall(f, args + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET);
}

static inline PyObject *call2(PyObject *f, PyObject *a, PyObject *b) {
    PyObject *args[3] = {NULL, a, b};
    return hr_vectorcall(f, args + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET);
}

/* enter makes the items of result, whose reference it takes over with that to from, the next ones
 * to go through the stages behind stage. */
static int enter(hr_loop *l, PyObject *result, PyObject *from, int stage) {
    PyObject *it = py.Object_GetIter(result);
    hr_decref(result);
    if (it == NULL) return hr_loop_fail(l, stage, from);
    l->live[l->n_live++] = (hr_live){it, from, stage};
    return 0;
}

/* tag_of returns the id of the output tag that a `yield tag, value` has first (a new reference);
 * NULL without an exception: the item is a plain one. */
static PyObject *tag_of(PyObject *item) {
    static PyTypeObject *tags, *others; /* the last classes seen to be tags, not to be tags */
    if (!hr_is(item, py.TupleType) || py.Tuple_Size(item) != 2) return NULL;
    PyObject *first = py.Tuple_GetItem(item, 0);
    PyTypeObject *t = first->ob_type;
    if (t == py.LongType || t == py.UnicodeType || t == others) return NULL;
    if (t != tags) {
        PyObject *name = py.Object_GetAttrString(t, "__name__");
        int is = name != NULL && hr_is(name, py.UnicodeType) &&
                 py.Unicode_CompareWithASCIIString(name, "OutputTag") == 0;
        hr_xdecref(name);
        if (!is) {
            py.Err_Clear();
            others = t;
            return NULL;
        }
        tags = t;
    }
    return py.Object_GetAttrString(first, "tag_id");
}

/* side sends an item to the output of its tag: 1 sent or dropped, 0 a plain item, -1 failure. */
static int side(hr_loop *l, hr_stage *st, PyObject *item) {
    PyObject *id = tag_of(item);
    if (id == NULL) return py.Err_Occurred() ? -1 : 0;
    PyObject *out = st->sides == NULL ? NULL : py.Dict_GetItemWithError(st->sides, id);
    hr_decref(id);
    if (out == NULL) return py.Err_Occurred() ? -1 : 1;
    PyObject *value = hr_incref(py.Tuple_GetItem(item, 1));
    if (item->ob_refcnt == 1) py.Tuple_SetItem(item, 1, hr_incref(py.None));
    return hr_emit_append(l, (int)py.Long_AsLongLong(out), value) ? -1 : 1;
}

static int reduce(hr_loop *l, PyObject *f, PyObject **x) {
    PyObject **cell = &l->reduce_state->v[l->slot];
    if (*cell == NULL) {
        *cell = *x;
    } else {
        PyObject *r = call2(f, *cell, *x);
        if (r == NULL) return -1;
        hr_decref(*cell);
        hr_decref(*x);
        *cell = r;
    }
    *x = hr_incref(*cell);
    return hr_loop_dirty(l, l->slot);
}

/* key_by takes over a reference to x unless the call fails. */
static int key_by(hr_loop *l, hr_stage *st, int s, PyObject *x) {
    PyObject *key = call1(st->fn[0], x);
    if (key != NULL && st->coerce != NULL) {
        PyObject *typed = call1(st->coerce, key);
        hr_decref(key);
        key = typed;
    }
    if (key == NULL) return hr_loop_fail(l, s, x);
    return hr_emit_keyed(l, x, key) ? hr_loop_fail(l, s, NULL) : 0;
}

/* push takes over a reference to x and sends it through the stages from s on, as far as it goes:
 * to an output, or to a stage that makes items of it, which the run loop then fetches. */
static int push(hr_loop *l, PyObject *x, int s) {
    for (; s < l->n_stages; s++) {
        hr_stage *st = &l->stages[s];
        PyObject *f = st->fn[s == 0 ? l->in.port : 0];
        PyObject *r;
        switch (st->kind) {
        case HR_FILTER: {
            if ((r = call1(f, x)) == NULL) return hr_loop_fail(l, s, x);
            int yes = r == py.True ? 1 : r == py.False ? 0 : py.Object_IsTrue(r);
            hr_decref(r);
            if (yes < 0) return hr_loop_fail(l, s, x);
            if (yes) continue;
            hr_decref(x);
            return 0;
        }
        case HR_MAP:
        case HR_MAP_DROP:
            if ((r = call1(f, x)) == NULL) return hr_loop_fail(l, s, x);
            hr_decref(x);
            x = r;
            if (st->kind == HR_MAP || x != py.None) break;
            hr_decref(x);
            return 0;
        case HR_REDUCE:
            if (reduce(l, f, &x)) return hr_loop_fail(l, s, x);
            if (l->emit_updates) break;
            hr_decref(x);
            return 0;
        case HR_KEY:
            return key_by(l, st, s, x);
        default:
            r = st->kind == HR_PROCESS ? call2(f, x, st->context) : call1(f, x);
            if (r == NULL) return hr_loop_fail(l, s, x);
            if (r != py.None || st->kind == HR_FLAT) return enter(l, r, x, s);
            hr_decref(r);
            hr_decref(x);
            return 0;
        }
        if (s == 0 && l->stateful && l->n_stages > 1 && (x = hr_isolate(x)) == NULL)
            return hr_loop_fail(l, s, NULL);
    }
    return hr_emit_append(l, 0, x) ? hr_loop_fail(l, l->n_stages - 1, NULL) : 0;
}

/* next fetches one item of the innermost live iterator and sends it on. */
static int next(hr_loop *l) {
    hr_live *v = &l->live[l->n_live - 1];
    PyObject *x = py.Iter_Next(v->it);
    if (x == NULL) {
        PyObject *from = v->from;
        l->n_live--;
        hr_decref(v->it);
        if (py.Err_Occurred()) return hr_loop_fail(l, v->stage, from);
        hr_xdecref(from);
        return 0;
    }
    hr_stage *st = &l->stages[v->stage];
    if (st->kind == HR_PROCESS || st->kind == HR_REDUCE) {
        int sent = side(l, st, x);
        if (sent != 0) {
            hr_decref(x);
            return sent < 0 ? hr_loop_fail(l, v->stage, NULL) : 0;
        }
        if (v->stage == 0 && l->stateful && l->n_stages > 1 && (x = hr_isolate(x)) == NULL)
            return hr_loop_fail(l, v->stage, NULL);
    }
    return push(l, x, v->stage + 1);
}

static void forget_key(hr_loop *l) {
    l->key = NULL;
    hr_xdecref(l->decoded);
    l->decoded = NULL;
}

static int emit(hr_loop *l, PyObject *result) {
    if (result == NULL) return hr_loop_fail(l, 0, NULL);
    if (result != py.None) return enter(l, result, NULL, 0);
    hr_decref(result);
    return 0;
}

/* tell calls on_watermark; what it emits goes out before the watermark itself. */
static int tell(hr_loop *l) {
    l->in.mark_told = 1;
    l->slot = -1;
    l->ts = l->out_ts = HR_NO_TIME;
    PyObject *w = py.Long_FromLongLong(l->watermark);
    if (w == NULL) return -1;
    PyObject *r = call2(l->on_watermark, w, l->head_context);
    hr_decref(w);
    return emit(l, r);
}

/* next_key_begins ends the key before the row at hand, in the same slot: 1 it has timers. */
static int next_key_begins(hr_loop *l) {
    l->in.start++;
    if (l->in.timed) {
        l->in.timed = 0;
        return 1;
    }
    int32_t slot = l->in.slots[l->in.row - 1];
    for (int i = 0; i < l->n_tables; i++) {
        hr_table *t = l->tables[i];
        PyObject *v = slot < t->cap ? t->v[slot] : NULL;
        if (v == NULL) continue;
        t->v[slot] = NULL;
        hr_decref(v);
    }
    return 0;
}

/* turn goes to the port of a merged row; it returns its place there. */
static int turn(hr_feed *in, int row) {
    in->port = in->ports[row];
    in->values = in->sides[2 * in->port];
    in->keys = in->sides[2 * in->port + 1];
    return in->at[row];
}

/* next_row starts one row: 0 gone through, 1 nothing left, 2 timers are due before it. */
static int next_row(hr_loop *l) {
    while (l->in.mark < l->in.n_marks && l->in.marks[2 * l->in.mark] <= l->in.row) {
        l->watermark = l->in.marks[2 * l->in.mark + 1];
        if (l->on_watermark != NULL && !l->in.mark_told) return tell(l);
        l->in.mark_told = 0;
        l->in.mark++;
        if (l->stateful && (l->watermark >= l->next_timer || l->watermark >= l->new_timer))
            return 2;
        if (hr_emit_mark(l, l->watermark)) return no_memory();
    }
    if (l->in.start < l->in.n_starts && l->in.starts[l->in.start] <= l->in.row &&
        next_key_begins(l))
        return 2;
    if (l->in.row == l->in.n) return 1;
    int i = l->in.row++;
    l->slot = l->in.has_slots ? l->in.slots[i] : -1;
    l->ts = l->out_ts = l->in.has_times ? l->in.times[i] : HR_NO_TIME;
    forget_key(l);
    if (l->in.merged) i = turn(&l->in, i);
    l->key_row = i;
    if (l->in.has_keys && l->in.keys.objects != NULL) l->key = l->in.keys.objects[i];
    enum { AHEAD = 8 };
    PyObject *const *ahead = l->in.values.objects;
    if (ahead != NULL && !l->in.merged && i + AHEAD < l->in.n) __builtin_prefetch(ahead[i + AHEAD]);
    PyObject *x = hr_source_get(&l->in.values, i);
    return x == NULL ? hr_loop_fail(l, 0, NULL) : push(l, x, 0);
}

/* fire_namespace calls the timer method for one namespace of the timer at hand. */
static int fire_namespace(hr_loop *l) {
    PyObject *ns = hr_incref(py.List_GetItem(l->in.ns_list, l->in.ns_at++));
    PyObject *t = py.Long_FromLongLong(l->ts);
    PyObject *args[4] = {NULL, t, ns, l->head_context};
    PyObject *r = t == NULL ? NULL : hr_vectorcall(l->on_timer[l->in.domain], args + 1,
                                                   3 | PY_VECTORCALL_ARGUMENTS_OFFSET);
    hr_xdecref(t);
    hr_decref(ns);
    return emit(l, r);
}

/* take_namespaces takes the namespaces that wait for the timer out of the key's table. */
static int take_namespaces(hr_loop *l) {
    hr_table *t = l->ns_timers[l->in.domain];
    PyObject *times = l->slot < t->cap ? t->v[l->slot] : NULL;
    if (times == NULL) return 0;
    PyObject *time = py.Long_FromLongLong(l->ts);
    if (time == NULL) return -1;
    PyObject *list = py.Dict_GetItemWithError(times, time);
    int rc = list == NULL ? 0 : (hr_incref(list), py.Dict_DelItem(times, time));
    hr_decref(time);
    if (py.Dict_Size(times) == 0) {
        hr_decref(times);
        t->v[l->slot] = NULL;
    }
    l->in.ns_list = list;
    l->in.ns_at = 0;
    return rc ? rc : hr_loop_dirty(l, l->slot);
}

/* next_timer fires one timer: 0 fired, 1 nothing left, 2 others come first. */
static int next_timer(hr_loop *l) {
    if (l->in.ns_list != NULL) {
        if (l->in.ns_at < py.List_Size(l->in.ns_list)) return fire_namespace(l);
        hr_decref(l->in.ns_list);
        l->in.ns_list = NULL;
    }
    while (l->in.row < l->in.n && l->in.cancelled[l->in.row]) l->in.row++;
    if (l->in.row == l->in.n) return 1;
    if (l->in.disorder) return 2;
    int i = l->in.row++;
    l->slot = l->in.slots[i];
    l->ts = l->in.times[i];
    l->out_ts = l->in.domain == HR_EVENT ? l->ts : HR_NO_TIME;
    forget_key(l);
    l->key_row = i;
    if (l->on_timer[l->in.domain] == NULL) return 0;
    if (l->ns_timers[l->in.domain] != NULL) return take_namespaces(l);
    PyObject *t = py.Long_FromLongLong(l->ts);
    if (t == NULL) return -1;
    PyObject *r = call2(l->on_timer[l->in.domain], t, l->head_context);
    hr_decref(t);
    return emit(l, r);
}

/* next_key visits one key: for apply_to_keyed_state, or to give out the result of a reduce. */
static int next_key(hr_loop *l) {
    if (l->in.row == l->in.n) return 1;
    int i = l->in.row++;
    l->slot = l->in.slots[i];
    l->ts = l->out_ts = HR_NO_TIME;
    forget_key(l);
    l->key_row = i;
    if (l->each == NULL) {
        l->out_ts = INT64_MAX; /* Flink emits it in a timer at the end of time */
        PyObject *v = l->reduce_state->v[l->slot];
        return v == NULL ? 0 : push(l, hr_isolate(hr_incref(v)), 1);
    }
    PyObject *key = hr_loop_key(l);
    Py_ssize_t n = py.List_Size(l->each);
    for (Py_ssize_t j = 0; key != NULL && j < n; j++) {
        PyObject *pair = py.List_GetItem(l->each, j);
        PyObject *r = call2(py.Tuple_GetItem(pair, 0), key, py.Tuple_GetItem(pair, 1));
        if (r == NULL) return hr_loop_fail(l, 0, NULL);
        hr_decref(r);
    }
    return key == NULL ? -1 : 0;
}

static int next_once(hr_loop *l) {
    if (l->in.once_fn == NULL) return 1;
    PyObject *f = l->in.once_fn;
    l->in.once_fn = NULL;
    l->slot = -1;
    l->ts = l->out_ts = HR_NO_TIME;
    forget_key(l);
    PyObject *r = l->in.once_arg == py.None ? call1(f, l->head_context)
                                            : call2(f, l->in.once_arg, l->head_context);
    hr_decref(f);
    return emit(l, r);
}

static int full(hr_loop *l) {
    for (int i = 0; i < l->n_outs; i++)
        if (l->outs[i].n >= l->max_rows || l->outs[i].bytes >= l->max_bytes) return 1;
    return 0;
}

static int step(hr_loop *l) {
    switch (l->in.kind) {
    case HR_ROWS: return next_row(l);
    case HR_TIMERS: return next_timer(l);
    case HR_KEYS: return next_key(l);
    case HR_ONCE: return next_once(l);
    }
    return 1;
}

/* slice counts steps and looks at the clock after every few, fewer the slower they are. */
typedef struct {
    int64_t start, last; /* ns */
    int steps, left;
} slice;

static int64_t monotonic(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int slice_over(slice *s) {
    enum { SLICE_NS = 20000000, FAST_NS = 500000, STEPS_MAX = 64 };
    if (--s->left > 0) return 0;
    int64_t now = monotonic();
    if (now - s->start >= SLICE_NS) return 1;
    if (now - s->last < FAST_NS) s->steps = s->steps < STEPS_MAX ? 2 * s->steps : STEPS_MAX;
    else s->steps = 1;
    s->left = s->steps;
    s->last = now;
    return 0;
}

int64_t hr_loop_now(const hr_loop *l) {
    enum { FRESH_MS = 5 }; /* within this the caller's clock is good enough, and exact in tests */
    if (l->still) return l->now;
    int64_t ms = (monotonic() - l->started) / 1000000;
    return ms < FRESH_MS ? l->now : l->now + ms;
}

int hr_loop_run(hr_loop *l, int64_t watermark, int64_t now, int64_t next_timer, int max_rows,
                int64_t max_bytes) {
    if (watermark > l->watermark) l->watermark = watermark; /* marks may have gone further */
    l->now = now;
    l->next_timer = next_timer;
    l->max_rows = max_rows;
    l->max_bytes = max_bytes;
    l->started = monotonic();
    slice time = {l->started, l->started, 1, 1};
    int plain = hr_loop_is_plain(l);
    for (int first = 1;; first = 0) {
        if (!first && slice_over(&time)) return HR_SLICE;
        if (full(l)) return HR_FULL;
        if (l->each != NULL && l->n_live == 0 && l->in.kind == HR_ROWS) return HR_EACH;
        if (plain && l->in.kind == HR_ROWS && l->in.mark == l->in.n_marks &&
            l->in.row < l->in.n) {
            int rows = hr_loop_plain_rows(l, time.left);
            if (rows < 0) return -1;
            time.left -= rows - 1; /* the last one is counted above */
            continue;
        }
        int rc = l->n_live > 0 ? next(l) : step(l);
        if (rc == 0) continue;
        if (rc < 0) return -1;
        int rows = l->in.kind == HR_ROWS;
        l->slot = -1;
        if (rc == 2) return rows ? HR_TIMERS_DUE : HR_ORDER;
        hr_feed_free(&l->in);
        return HR_DONE;
    }
}

void hr_loop_end_each(hr_loop *l) {
    PyObject *each = l->each;
    l->each = NULL;
    hr_xdecref(each);
}

int hr_loop_unfired(hr_loop *l) {
    int n = 0;
    for (int i = l->in.row; i < l->in.n; i++) {
        if (l->in.cancelled[i]) continue;
        l->in.times[n] = l->in.times[i];
        l->in.slots[n++] = l->in.slots[i];
    }
    hr_feed_free(&l->in);
    return n;
}
