/* loop_aggregate.c: accumulators of aggregate functions, live Python objects in a table indexed by
 * slot, and the loops over them. They are pickled only when the engine asks for their bytes. */
#include "program.h"

#include <stdlib.h>

hr_accs *hr_accs_new(void) {
    hr_accs *a = calloc(1, sizeof *a);
    PyObject *pickle = a == NULL ? NULL : py.Import_ImportModule("pickle");
    if (a == NULL) py.Err_NoMemory();
    if (pickle == NULL) {
        free(a);
        return NULL;
    }
    a->dumps = py.Object_GetAttrString(pickle, "dumps");
    a->loads = py.Object_GetAttrString(pickle, "loads");
    a->protocol = py.Long_FromLongLong(5);
    hr_decref(pickle);
    if (a->dumps != NULL && a->loads != NULL && a->protocol != NULL) return a;
    hr_accs_free(a);
    return NULL;
}

void hr_accs_free(hr_accs *a) {
    if (a == NULL) return;
    for (int64_t i = 0; i < a->cap; i++) hr_xdecref(a->slots[i]);
    PyObject *owned[] = {a->create, a->accumulate, a->retract, a->merge,   a->value,
                         a->update, a->dumps,      a->loads,   a->protocol};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) hr_xdecref(owned[i]);
    free(a->slots);
    free(a->encoded);
    free(a);
}

int hr_accs_grow(hr_accs *a, int64_t n) {
    if (n <= a->cap) return 0;
    int64_t cap = a->cap * 2 > n ? a->cap * 2 : n;
    PyObject **slots = realloc(a->slots, (size_t)cap * sizeof *slots);
    if (slots == NULL) {
        py.Err_NoMemory();
        return -1;
    }
    memset(slots + a->cap, 0, (size_t)(cap - a->cap) * sizeof *slots);
    a->slots = slots;
    a->cap = cap;
    return 0;
}

void hr_accs_clear(hr_accs *a, const int32_t *slots, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        PyObject *o = a->slots[slots[i]];
        a->slots[slots[i]] = NULL;
        hr_xdecref(o);
    }
}

static PyObject *dump(hr_accs *a, PyObject *acc) {
    return py.Object_CallFunctionObjArgs(a->dumps, acc, a->protocol, NULL);
}

/* fresh makes an accumulator that nobody else holds: a create_accumulator that always returns the
 * same list must not make the keys share it. Takes over the reference. */
static PyObject *fresh(hr_accs *a, PyObject *acc) {
    if (acc == NULL || acc->ob_refcnt == 1 || hr_is(acc, py.LongType) ||
        hr_is(acc, py.FloatType) || hr_is(acc, py.UnicodeType) || acc == py.None)
        return acc;
    PyObject *bytes = dump(a, acc);
    hr_decref(acc);
    if (bytes == NULL) return NULL;
    PyObject *copy = py.Object_CallFunctionObjArgs(a->loads, bytes, NULL);
    hr_decref(bytes);
    return copy;
}

/* accumulator returns the accumulator of a slot, borrowed, making it at first use. */
static PyObject *accumulator(hr_accs *a, int32_t slot) {
    if (a->slots[slot] == NULL) {
        a->slots[slot] = fresh(a, py.Object_CallFunctionObjArgs(a->create, NULL));
    }
    return a->slots[slot];
}

int hr_accs_add(hr_accs *a, hr_program *p, const int32_t *slots, int64_t n, const uint8_t *kinds,
                hr_halt *stop) {
    memset(stop, 0, sizeof *stop);
    const hr_call_spec *call = &p->calls[0];
    for (int64_t i = 0; i < n; i++) {
        stop->row = i;
        PyObject *acc = accumulator(a, slots[i]);
        if (acc == NULL || hr_row_load(p, i)) return -1;
        int back = kinds != NULL && (kinds[i] == 1 || kinds[i] == 3); /* -U, -D */
        hr_incref(acc);
        PyObject *none = hr_call_row(p, call, back ? a->retract : a->accumulate, acc);
        hr_decref(acc);
        hr_row_drop(p);
        if (none == NULL) return -1;
        hr_decref(none);
    }
    return 0;
}

int hr_accs_merge(hr_accs *a, const int32_t *into, const int32_t *from, int64_t n, hr_halt *stop) {
    memset(stop, 0, sizeof *stop);
    for (int64_t i = 0; i < n; i++) {
        stop->row = i;
        PyObject *acc = accumulator(a, into[i]);
        PyObject *other = acc == NULL ? NULL : accumulator(a, from[i]);
        PyObject *others = other == NULL ? NULL : py.List_New(1);
        if (others == NULL) return -1;
        py.List_SetItem(others, 0, hr_incref(other));
        PyObject *none = py.Object_CallFunctionObjArgs(a->merge, acc, others, NULL);
        hr_decref(others);
        if (none == NULL) return -1;
        hr_decref(none);
    }
    return 0;
}

/* value_of calls f with the accumulator of a slot: a new reference. */
static PyObject *value_of(hr_accs *a, PyObject *f, int32_t slot) {
    PyObject *acc = accumulator(a, slot);
    if (acc == NULL) return NULL;
    PyObject *args[2] = {NULL, hr_incref(acc)};
    PyObject *value = hr_vectorcall(f, args + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET);
    hr_decref(acc);
    return value;
}

int hr_accs_values(hr_accs *a, hr_program *p, const int32_t *slots, int64_t n, hr_halt *stop) {
    memset(stop, 0, sizeof *stop);
    hr_program_reset(p);
    for (int64_t i = 0; i < n; i++) {
        stop->row = i;
        stop->converting = 0;
        PyObject *value = value_of(a, a->value, slots[i]);
        if (value == NULL) return -1;
        stop->converting = 1;
        int failed = hr_put_record(p->outs, p->nouts, value);
        hr_decref(value);
        if (failed) return -1;
    }
    return 0;
}

int hr_put_records(hr_program *p, PyObject *values, hr_halt *stop) {
    memset(stop, 0, sizeof *stop);
    hr_program_reset(p);
    stop->converting = 1;
    for (; stop->row < py.List_Size(values); stop->row++) {
        if (hr_put_record(p->outs, p->nouts, py.List_GetItem(values, stop->row))) return -1;
    }
    return 0;
}

/* remember grows the row origins by one. */
static int remember(int32_t **origin, int64_t *room, int64_t made, int64_t row) {
    if (made == *room) {
        int64_t more = *room * 2 > 64 ? *room * 2 : 64;
        int32_t *grown = realloc(*origin, (size_t)more * sizeof *grown);
        if (grown == NULL) {
            py.Err_NoMemory();
            return -1;
        }
        *origin = grown;
        *room = more;
    }
    (*origin)[made] = (int32_t)row;
    return 0;
}

/* put_rows puts all rows that a result holds; how many, -1 with an exception. */
static int64_t put_rows(hr_program *p, PyObject *result, int32_t **origin, int64_t *room,
                        int64_t made, int64_t row) {
    PyObject *single = NULL, *record, *rows = hr_rows(result, &single);
    int64_t n = 0;
    if (rows == NULL && single == NULL) return py.Err_Occurred() != NULL ? -1 : 0;
    while ((record = rows != NULL ? py.Iter_Next(rows) : single) != NULL) {
        if (rows == NULL) single = NULL;
        int failed = remember(origin, room, made + n, row) ||
                     hr_put_record(p->outs, p->nouts, record);
        hr_decref(record);
        n++;
        if (failed) {
            n = -1;
            break;
        }
        if (rows == NULL) break;
    }
    hr_xdecref(rows);
    return n >= 0 && py.Err_Occurred() != NULL ? -1 : n;
}

int64_t hr_accs_rows(hr_accs *a, hr_program *p, const int32_t *slots, int64_t n, int32_t **origin,
                     hr_halt *stop) {
    memset(stop, 0, sizeof *stop);
    hr_program_reset(p);
    int64_t made = 0, room = 0;
    for (int64_t i = 0; i < n; i++) {
        stop->row = i;
        PyObject *result = value_of(a, a->value, slots[i]);
        if (result == NULL) return -1;
        int64_t rows = put_rows(p, result, origin, &room, made, i);
        hr_decref(result);
        if (rows < 0) return -1;
        made += rows;
    }
    return made;
}

/* changes_of runs the update function of one slot: a collector, a new reference. */
static PyObject *changes_of(hr_accs *a, PyObject *collector, int32_t slot) {
    PyObject *acc = accumulator(a, slot);
    PyObject *c = acc == NULL ? NULL : py.Object_CallFunctionObjArgs(collector, NULL);
    PyObject *none = c == NULL ? NULL : py.Object_CallFunctionObjArgs(a->update, acc, c, NULL);
    if (none == NULL) {
        hr_xdecref(c);
        return NULL;
    }
    hr_decref(none);
    return c;
}

/* put_kinds appends the bytes of the collector's kinds. */
static int put_kinds(PyObject *c, uint8_t **kinds, int64_t made, int64_t rows) {
    uint8_t *grown = realloc(*kinds, (size_t)(made + rows + 1));
    PyObject *bytes = grown == NULL ? py.Err_NoMemory() : py.Object_GetAttrString(c, "kinds");
    if (grown != NULL) *kinds = grown;
    if (bytes == NULL) return -1;
    memcpy(*kinds + made, py.ByteArray_AsString(bytes), (size_t)rows);
    hr_decref(bytes);
    return 0;
}

int64_t hr_accs_changes(hr_accs *a, hr_program *p, PyObject *collector, const int32_t *slots,
                        int64_t n, int32_t **origin, uint8_t **kinds, hr_halt *stop) {
    memset(stop, 0, sizeof *stop);
    hr_program_reset(p);
    int64_t made = 0, room = 0;
    for (int64_t i = 0; i < n; i++) {
        stop->row = i;
        PyObject *c = changes_of(a, collector, slots[i]);
        PyObject *list = c == NULL ? NULL : py.Object_GetAttrString(c, "rows");
        int64_t rows = list == NULL ? -1 : put_rows(p, list, origin, &room, made, i);
        if (rows >= 0 && put_kinds(c, kinds, made, rows)) rows = -1;
        hr_xdecref(list);
        hr_xdecref(c);
        if (rows < 0) return -1;
        made += rows;
    }
    return made;
}

/* store appends the contents of a bytes object to a->encoded. */
static int store(hr_accs *a, PyObject *bytes) {
    int64_t n = py.Bytes_Size(bytes);
    if (a->len + n > a->room) {
        int64_t room = a->room * 2 > a->len + n ? a->room * 2 : a->len + n;
        uint8_t *grown = realloc(a->encoded, (size_t)room);
        if (grown == NULL) {
            py.Err_NoMemory();
            return -1;
        }
        a->encoded = grown;
        a->room = room;
    }
    memcpy(a->encoded + a->len, py.Bytes_AsString(bytes), (size_t)n);
    a->len += n;
    return 0;
}

int hr_accs_encode(hr_accs *a, const int32_t *slots, int64_t n, int64_t *ends, hr_halt *stop) {
    memset(stop, 0, sizeof *stop);
    a->len = 0;
    for (int64_t i = 0; i < n; i++) {
        stop->row = i;
        PyObject *acc = a->slots[slots[i]];
        if (acc != NULL) {
            PyObject *bytes = dump(a, acc);
            int failed = bytes == NULL || store(a, bytes);
            hr_xdecref(bytes);
            if (failed) return -1;
        }
        ends[i] = a->len;
    }
    return 0;
}

int hr_accs_decode(hr_accs *a, const int32_t *slots, int64_t n, const uint8_t *src,
                   const int32_t *ends, hr_halt *stop) {
    memset(stop, 0, sizeof *stop);
    int32_t from = 0;
    for (int64_t i = 0; i < n; from = ends[i++]) {
        stop->row = i;
        PyObject *acc = NULL;
        if (ends[i] > from) {
            PyObject *bytes = py.Bytes_FromStringAndSize((const char *)src + from, ends[i] - from);
            acc = bytes == NULL ? NULL : py.Object_CallFunctionObjArgs(a->loads, bytes, NULL);
            hr_xdecref(bytes);
            if (acc == NULL) return -1;
        }
        PyObject *old = a->slots[slots[i]];
        a->slots[slots[i]] = acc;
        hr_xdecref(old);
    }
    return 0;
}
