#include "key.h"
#include "loop.h"
#include "objects.h"

static int no_memory(void) {
    py.Err_NoMemory();
    return -1;
}

static int grow(hr_output *o) {
    if (o->n < o->cap) return 0;
    int cap = o->cap == 0 ? 256 : 2 * o->cap;
    size_t n = (size_t)cap;
    if (o->column == NULL) {
        PyObject **values = realloc(o->values, n * sizeof *values);
        if (values == NULL) return no_memory();
        o->values = values;
    }
    if (o->rows) {
        int8_t *kinds = realloc(o->kinds, n);
        if (kinds == NULL) return no_memory();
        o->kinds = kinds;
    }
    int64_t *times = realloc(o->times, n * sizeof *times);
    if (times == NULL) return no_memory();
    o->times = times;
    if (o->keyed) {
        if (o->key_column == NULL) {
            PyObject **keys = realloc(o->keys, n * sizeof *keys);
            if (keys == NULL) return no_memory();
            o->keys = keys;
        }
        int32_t *ends = realloc(o->key_ends, n * sizeof *ends);
        if (ends == NULL) return no_memory();
        o->key_ends = ends;
    }
    o->cap = cap;
    return 0;
}

/* put_column puts the value into the output's column, where it is what it is now: user code may
 * change it later. */
static int put_column(hr_loop *l, hr_output *o, PyObject *value) {
    if (hr_append(o->column, value)) return hr_loop_fail(l, l->n_stages - 1, value);
    if (o->rows) o->kinded |= o->kinds[o->n] = (int8_t)hr_row_kind(value);
    hr_decref(value);
    return 0;
}

/* put takes over a reference to value, also when it fails. */
static int put(hr_loop *l, hr_output *o, PyObject *value) {
    if (o->coerce != NULL) {
        PyObject *made = hr_vectorcall(o->coerce, &value, 1);
        hr_decref(value);
        if (made == NULL) return -1;
        value = made;
    }
    int64_t bytes = 0;
    if (o->column != NULL) bytes = o->weight > 0 ? o->weight : hr_weigh(value);
    else value = hr_keep(value, &bytes);
    if (value == NULL) return -1;
    if (grow(o)) {
        hr_decref(value);
        return -1;
    }
    if (o->column == NULL) o->values[o->n] = value;
    else if (put_column(l, o, value)) return -1;
    o->times[o->n] = l->out_ts;
    o->timed |= l->out_ts != HR_NO_TIME;
    o->bytes += bytes;
    return 0;
}

int hr_emit_append(hr_loop *l, int output, PyObject *value) {
    hr_output *o = &l->outs[output];
    if (hr_is(value, py.LongType) && o->n < o->cap && o->coerce == NULL) {
        enum { WEIGHT = 32 };
        if (o->column == NULL) o->values[o->n] = value;
        else if (put_column(l, o, value)) return -1;
        o->times[o->n++] = l->out_ts;
        o->timed |= l->out_ts != HR_NO_TIME;
        o->bytes += WEIGHT;
        return 0;
    }
    if (put(l, o, value)) return -1;
    o->n++;
    return 0;
}

/* settle_key makes a key, which it takes over, one that user code cannot change: *key is NULL
 * once it is in its column. */
static int settle_key(hr_loop *l, hr_output *o, PyObject **key) {
    if (o->key_column == NULL) {
        *key = hr_isolate(*key);
        return *key == NULL ? -1 : 0;
    }
    if (hr_append(o->key_column, *key)) return hr_loop_fail(l, l->n_stages - 1, *key);
    hr_decref(*key);
    *key = NULL;
    return 0;
}

int hr_emit_keyed(hr_loop *l, PyObject *value, PyObject *key) {
    hr_output *o = &l->outs[0];
    size_t start = o->key_bytes.len;
    int rc = hr_key_encode(&o->key_bytes, key);
    if (rc) hr_decref(key);
    else rc = settle_key(l, o, &key);
    if (rc) {
        hr_decref(value);
    } else if ((rc = put(l, o, value)) != 0) {
        hr_xdecref(key);
    }
    if (rc) {
        o->key_bytes.len = start;
        return -1;
    }
    if (o->key_column == NULL) o->keys[o->n] = key;
    o->key_ends[o->n] = (int32_t)o->key_bytes.len;
    o->bytes += (int64_t)(o->key_bytes.len - start);
    o->n++;
    return 0;
}

static int mark(hr_output *o, int64_t time) {
    if (o->n_marks > 0 && o->marks[2 * o->n_marks - 2] == o->n) {
        o->marks[2 * o->n_marks - 1] = time;
        return 0;
    }
    if (o->n_marks == o->cap_marks) {
        int cap = o->cap_marks == 0 ? 8 : 2 * o->cap_marks;
        int64_t *marks = realloc(o->marks, 2 * (size_t)cap * sizeof *marks);
        if (marks == NULL) return -1;
        o->marks = marks;
        o->cap_marks = cap;
    }
    o->marks[2 * o->n_marks] = o->n;
    o->marks[2 * o->n_marks + 1] = time;
    o->n_marks++;
    return 0;
}

int hr_emit_mark(hr_loop *l, int64_t time) {
    for (int i = 0; i < l->n_outs; i++)
        if (mark(&l->outs[i], time)) return -1;
    return 0;
}

void hr_emit_take(hr_output *o, uint64_t *values, uint64_t *keys) {
    for (int i = 0; o->column == NULL && i < o->n; i++)
        values[i] = (uint64_t)(uintptr_t)o->values[i];
    for (int i = 0; keys != NULL && o->key_column == NULL && i < o->n; i++)
        keys[i] = (uint64_t)(uintptr_t)o->keys[i];
    o->n = 0;
    o->bytes = 0;
}

void hr_emit_reset(hr_output *o) {
    for (int i = 0; i < o->n; i++) {
        if (o->column == NULL) hr_decref(o->values[i]);
        if (o->keyed && o->key_column == NULL) hr_decref(o->keys[i]);
    }
    if (o->column != NULL) hr_builder_reset(o->column);
    if (o->key_column != NULL) hr_builder_reset(o->key_column);
    o->n = 0;
    o->bytes = 0;
    o->timed = o->kinded = 0;
    o->n_marks = 0;
    o->key_bytes.len = 0;
}

void hr_emit_free(hr_output *o) {
    hr_emit_reset(o);
    free(o->values);
    free(o->keys);
    free(o->times);
    free(o->key_ends);
    free(o->marks);
    free(o->kinds);
    hr_buffer_free(&o->key_bytes);
    hr_xdecref(o->coerce);
    *o = (hr_output){0};
}
