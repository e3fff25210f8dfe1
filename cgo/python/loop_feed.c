#include "loop.h"

#include "objects.h"

static int no_memory(void) {
    py.Err_NoMemory();
    return -1;
}

void hr_feed_free(hr_feed *f) {
    hr_xdecref(f->ns_list);
    hr_xdecref(f->once_fn);
    hr_xdecref(f->once_arg);
    f->ns_list = f->once_fn = f->once_arg = NULL;
    f->values = f->keys = (hr_source){0};
    f->has_slots = f->has_times = f->has_keys = 0;
    f->kind = HR_IDLE;
    f->row = f->n = f->mark = f->mark_told = f->n_marks = f->disorder = f->port = 0;
    f->start = f->n_starts = f->timed = f->merged = 0;
    f->key_data.len = 0;
}

/* room makes place for n slots, times and flags. */
static int room(hr_feed *f, int n) {
    if (n <= f->cap_rows) return 0;
    int32_t *slots = realloc(f->slots, (size_t)n * sizeof *slots);
    if (slots == NULL) return no_memory();
    f->slots = slots;
    int64_t *times = realloc(f->times, (size_t)n * sizeof *times);
    if (times == NULL) return no_memory();
    f->times = times;
    uint8_t *cancelled = realloc(f->cancelled, (size_t)n);
    if (cancelled == NULL) return no_memory();
    f->cancelled = cancelled;
    int32_t *ends = realloc(f->key_ends, (size_t)n * sizeof *ends);
    if (ends == NULL) return no_memory();
    f->key_ends = ends;
    f->cap_rows = n;
    return 0;
}

/* grow_tables makes room for the slots, so that the loop itself need not look. */
static int grow_tables(hr_loop *l, const int32_t *slots, int n) {
    int32_t top = -1;
    for (int i = 0; i < n; i++)
        if (slots[i] > top) top = slots[i];
    for (int i = 0; i < l->n_tables; i++)
        if (top >= l->tables[i]->cap && hr_table_grow(l->tables[i], top + 1)) return no_memory();
    return 0;
}

int hr_feed_rows(hr_loop *l, int port, int from, int n, const hr_source *values,
                 const hr_source *keys, const int32_t *slots, const int64_t *times) {
    hr_feed *f = &l->in;
    hr_feed_free(f);
    if (room(f, n)) return -1;
    f->kind = HR_ROWS;
    f->port = port;
    f->row = from;
    f->n = n;
    f->values = *values;
    if (keys != NULL) f->keys = *keys;
    f->has_keys = keys != NULL;
    f->has_slots = slots != NULL;
    f->has_times = times != NULL;
    if (times != NULL) memcpy(f->times, times, (size_t)n * sizeof *times);
    if (slots == NULL) return 0;
    memcpy(f->slots + from, slots, (size_t)(n - from) * sizeof *slots);
    return grow_tables(l, slots, n - from);
}

int hr_feed_merged(hr_loop *l, int n, const int32_t *ports, const int32_t *at,
                   const hr_source *sides, const int32_t *slots, const int64_t *times) {
    hr_feed *f = &l->in;
    if (hr_feed_rows(l, 0, 0, n, &sides[0], &sides[1], slots, times)) return -1;
    if (n > f->cap_merged) {
        int32_t *both = realloc(f->ports, 2 * (size_t)n * sizeof *both);
        if (both == NULL) return no_memory();
        f->ports = both;
        f->cap_merged = n;
    }
    f->at = f->ports + f->cap_merged;
    memcpy(f->ports, ports, (size_t)n * sizeof *ports);
    memcpy(f->at, at, (size_t)n * sizeof *at);
    memcpy(f->sides, sides, sizeof f->sides);
    f->merged = 1;
    return 0;
}

int hr_feed_marks(hr_loop *l, const int64_t *pairs, int n) {
    hr_feed *f = &l->in;
    if (n > f->cap_marks) {
        int64_t *marks = realloc(f->marks, 2 * (size_t)n * sizeof *marks);
        if (marks == NULL) return no_memory();
        f->marks = marks;
        f->cap_marks = n;
    }
    memcpy(f->marks, pairs, 2 * (size_t)n * sizeof *pairs);
    f->n_marks = n;
    return 0;
}

int hr_feed_starts(hr_loop *l, const int32_t *rows, int n) {
    hr_feed *f = &l->in;
    if (n > f->cap_starts) {
        int32_t *starts = realloc(f->starts, (size_t)n * sizeof *starts);
        if (starts == NULL) return no_memory();
        f->starts = starts;
        f->cap_starts = n;
    }
    memcpy(f->starts, rows, (size_t)n * sizeof *rows);
    f->n_starts = n;
    return 0;
}

int hr_feed_rest(hr_loop *l, const int32_t *slots) {
    if (l->rest.kind == HR_ROWS) {
        hr_feed spare = l->in;
        l->in = l->rest;
        l->rest = spare;
    }
    hr_feed *f = &l->in;
    if (slots == NULL) return 0;
    memcpy(f->slots + f->row, slots, (size_t)(f->n - f->row) * sizeof *slots);
    return grow_tables(l, slots, f->n - f->row);
}

/* set_aside lets the rows at hand wait while something else is fed. */
static hr_feed *set_aside(hr_loop *l) {
    if (l->in.kind == HR_ROWS) {
        hr_feed spare = l->rest;
        l->rest = l->in;
        l->in = spare;
    }
    hr_feed_free(&l->in);
    return &l->in;
}

int hr_feed_timers(hr_loop *l, int domain, int n, const int64_t *times, const int32_t *slots) {
    hr_feed *f = set_aside(l);
    if (room(f, n)) return -1;
    f->kind = HR_TIMERS;
    f->domain = domain;
    f->n = n;
    memcpy(f->times, times, (size_t)n * sizeof *times);
    memcpy(f->slots, slots, (size_t)n * sizeof *slots);
    memset(f->cancelled, 0, (size_t)n);
    return grow_tables(l, slots, n);
}

int hr_feed_keys(hr_loop *l, int n, const int32_t *slots) {
    hr_feed *f = set_aside(l);
    if (room(f, n)) return -1;
    f->kind = HR_KEYS;
    f->n = n;
    memcpy(f->slots, slots, (size_t)n * sizeof *slots);
    return grow_tables(l, slots, n);
}

int hr_feed_key_bytes(hr_loop *l, const uint8_t *data, const int32_t *ends) {
    hr_feed *f = &l->in;
    if (f->n == 0) return 0;
    memcpy(f->key_ends, ends, (size_t)f->n * sizeof *ends);
    f->key_data.len = 0;
    return hr_buf_put(&f->key_data, data, (size_t)ends[f->n - 1]) ? no_memory() : 0;
}

static int once(hr_loop *l, PyObject *fn, PyObject *arg) {
    hr_feed *f = set_aside(l);
    f->kind = HR_ONCE;
    if (arg == NULL) return -1;
    f->once_arg = arg;
    f->once_fn = fn == NULL ? NULL : hr_incref(fn);
    return 0;
}

int hr_feed_end(hr_loop *l, int port) {
    return once(l, l->end_input, py.Long_FromLongLong(port));
}

int hr_feed_watermark(hr_loop *l, int64_t watermark) {
    return once(l, l->on_watermark, py.Long_FromLongLong(watermark));
}

int hr_feed_poll(hr_loop *l) { return once(l, l->on_poll, hr_incref(py.None)); }
