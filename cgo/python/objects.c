#include "objects.h"

#include "gil.h"
#include "key.h"

enum { MAX_DEPTH = 64, MAX_TYPES = 32, PICKLED = 0x80, SAMPLE = 8 };

static PyObject *copy_hook, *dumps_hook, *loads_hook, *enum_meta, *row_type;
static PyTypeObject *immutable_types[MAX_TYPES];
static int n_immutable;

int hr_object_hooks(PyObject *copy, PyObject *dumps, PyObject *loads, PyObject *immutable,
                    PyObject *meta) {
    Py_ssize_t n = py.Tuple_Size(immutable);
    if (n < 0 || n > MAX_TYPES) {
        py.Err_SetString(py.ExcValueError, "too many immutable types");
        return -1;
    }
    for (Py_ssize_t i = 0; i < n; i++)
        immutable_types[i] = hr_incref(py.Tuple_GetItem(immutable, i));
    n_immutable = (int)n;
    copy_hook = hr_incref(copy);
    dumps_hook = hr_incref(dumps);
    loads_hook = hr_incref(loads);
    enum_meta = hr_incref(meta);
    return 0;
}

void hr_object_row_type(PyObject *row) {
    hr_xdecref(row_type);
    row_type = hr_incref(row);
}

static inline int scalar(PyObject *o) {
    PyTypeObject *t = o->ob_type;
    return t == py.LongType || t == py.UnicodeType || t == py.FloatType || o == py.None ||
           t == py.BoolType || t == py.BytesType;
}

static int immutable_type(PyObject *o) {
    PyTypeObject *t = o->ob_type;
    for (int i = 0; i < n_immutable; i++)
        if (t == immutable_types[i]) return 1;
    return t->ob_type == enum_meta || t == py.ComplexType || t == py.RangeType;
}

/* look_at says whether a class is a named tuple: as immutable as what it holds. */
static int look_at(PyTypeObject *t) {
    if (!(py.Type_GetFlags(t) & Py_TPFLAGS_TUPLE_SUBCLASS)) return 0;
    if (!py.Object_HasAttrString(t, "_fields")) return 0;
    PyObject *offset = py.Object_GetAttrString(t, "__dictoffset__");
    int without = offset != NULL && hr_is(offset, py.LongType) && py.Long_AsLongLong(offset) == 0;
    hr_xdecref(offset);
    py.Err_Clear();
    return without; /* no __dict__ that could change */
}

/* named_tuple remembers the classes it has looked at, and keeps them. */
static int named_tuple(PyObject *o) {
    enum { SLOTS = 64 };
    static struct {
        PyTypeObject *type;
        int yes;
    } seen[SLOTS];
    PyTypeObject *t = o->ob_type;
    size_t i = ((uintptr_t)t >> 6) % SLOTS;
    if (seen[i].type != t) {
        hr_xdecref(seen[i].type);
        seen[i].type = hr_incref(t);
        seen[i].yes = look_at(t);
    }
    return seen[i].yes;
}

static int settled(PyObject *o, int fresh, int depth);

static int settled_set(PyObject *o, int fresh, int depth) {
    PyObject *it = py.Object_GetIter(o), *item;
    int ok = it != NULL;
    while (ok && (item = py.Iter_Next(it)) != NULL) {
        hr_decref(item); /* the set holds it */
        ok = settled(item, fresh, depth);
    }
    hr_xdecref(it);
    if (py.Err_Occurred()) {
        py.Err_Clear();
        ok = 0;
    }
    return ok;
}

static int settled_dict(PyObject *o, int depth) {
    Py_ssize_t at = 0;
    PyObject *k, *v;
    while (py.Dict_Next(o, &at, &k, &v))
        if (!settled(k, 1, depth) || !settled(v, 1, depth)) return 0;
    return 1;
}

/* settled_row looks through a Row that only the caller holds: its list of values is its own. */
static int settled_row(PyObject *o, int depth) {
    PyObject *values = py.Object_GetAttrString(o, "_values");
    if (values == NULL) {
        py.Err_Clear();
        return 0;
    }
    hr_decref(values); /* the row holds it */
    return hr_is(values, py.ListType) && settled(values, 1, depth);
}

/* settled says that nobody but the caller can change o or anything in it. fresh: o is reachable
 * only through what the caller holds alone, provided that its own count is one. */
static int settled(PyObject *o, int fresh, int depth) {
    if (scalar(o)) return 1;
    if (depth >= MAX_DEPTH) return 0;
    int alone = fresh && o->ob_refcnt == 1;
    if (hr_is(o, py.TupleType) || named_tuple(o)) {
        Py_ssize_t n = py.Tuple_Size(o);
        for (Py_ssize_t i = 0; i < n; i++)
            if (!settled(py.Tuple_GetItem(o, i), alone, depth + 1)) return 0;
        return 1;
    }
    if (hr_is(o, py.FrozenSetType)) return settled_set(o, alone, depth + 1);
    if (!alone) return immutable_type(o);
    if (hr_is(o, py.ListType)) {
        Py_ssize_t n = py.List_Size(o);
        for (Py_ssize_t i = 0; i < n; i++)
            if (!settled(py.List_GetItem(o, i), 1, depth + 1)) return 0;
        return 1;
    }
    if (hr_is(o, py.DictType)) return settled_dict(o, depth + 1);
    if (hr_is(o, py.SetType)) return settled_set(o, 1, depth + 1);
    if (row_type != NULL && o->ob_type == row_type) return settled_row(o, depth + 1);
    return hr_is(o, py.ByteArrayType) || immutable_type(o);
}

int hr_immutable(PyObject *o) { return settled(o, 0, 0); }

int hr_settled(PyObject *o) { return settled(o, 1, 0); }

/* tree_copy copies lists, dicts, sets and tuples whose mutable parts are each held once, which
 * rules out sharing and cycles inside. NULL without an exception: not such a thing. */
static PyObject *tree_copy(PyObject *o, int root, int depth);

static PyObject *copy_list(PyObject *o, int depth) {
    Py_ssize_t n = py.List_Size(o);
    PyObject *to = py.List_New(n);
    for (Py_ssize_t i = 0; to != NULL && i < n; i++) {
        PyObject *item = tree_copy(py.List_GetItem(o, i), 0, depth);
        if (item != NULL) {
            py.List_SetItem(to, i, item);
            continue;
        }
        hr_decref(to);
        return NULL;
    }
    return to;
}

static PyObject *copy_tuple(PyObject *o, int depth) {
    Py_ssize_t n = py.Tuple_Size(o);
    PyObject *to = py.Tuple_New(n);
    for (Py_ssize_t i = 0; to != NULL && i < n; i++) {
        PyObject *item = tree_copy(py.Tuple_GetItem(o, i), 0, depth);
        if (item != NULL) {
            py.Tuple_SetItem(to, i, item);
            continue;
        }
        hr_decref(to);
        return NULL;
    }
    return to;
}

static PyObject *copy_dict(PyObject *o, int depth) {
    PyObject *to = py.Dict_New(), *k, *v;
    Py_ssize_t at = 0;
    while (to != NULL && py.Dict_Next(o, &at, &k, &v)) {
        PyObject *copy = hr_immutable(k) ? tree_copy(v, 0, depth) : NULL;
        int rc = copy == NULL ? -1 : py.Dict_SetItem(to, k, copy);
        hr_xdecref(copy);
        if (rc == 0) continue;
        hr_decref(to);
        return NULL;
    }
    return to;
}

static PyObject *tree_copy(PyObject *o, int root, int depth) {
    if (settled(o, 0, depth)) return hr_incref(o);
    if (depth >= MAX_DEPTH || (!root && o->ob_refcnt != 1)) return NULL;
    if (hr_is(o, py.TupleType)) return copy_tuple(o, depth + 1);
    if (hr_is(o, py.ListType)) return copy_list(o, depth + 1);
    if (hr_is(o, py.DictType)) return copy_dict(o, depth + 1);
    if (hr_is(o, py.SetType)) return py.Set_New(o); /* members hash, as a rule by value */
    if (hr_is(o, py.ByteArrayType))
        return py.ByteArray_FromStringAndSize(py.ByteArray_AsString(o), py.ByteArray_Size(o));
    return NULL;
}

PyObject *hr_copy(PyObject *o) {
    if (scalar(o)) return hr_incref(o);
    PyObject *copy = tree_copy(o, 1, 0);
    if (copy != NULL || py.Err_Occurred()) return copy;
    return hr_vectorcall(copy_hook, &o, 1);
}

PyObject *hr_isolate(PyObject *o) {
    if (scalar(o) || settled(o, 1, 0)) return o;
    PyObject *copy = hr_copy(o);
    hr_decref(o);
    return copy;
}

static inline int64_t scalar_weight(PyObject *o) {
    PyTypeObject *t = o->ob_type;
    if (t == py.LongType || t == py.FloatType) return 32;
    if (t == py.UnicodeType) return 56 + py.Unicode_GetLength(o);
    if (t == py.BytesType) return 40 + py.Bytes_Size(o);
    return o == py.None || t == py.BoolType ? 8 : 0;
}

static int64_t weigh(PyObject *o, int depth) {
    enum { GUESS = 256 };
    int64_t scalar = scalar_weight(o);
    if (scalar > 0) return scalar;
    int tuple = hr_is(o, py.TupleType);
    if (tuple || hr_is(o, py.ListType)) {
        Py_ssize_t n = tuple ? py.Tuple_Size(o) : py.List_Size(o), i = 0;
        int64_t sum = 0;
        for (; depth < 3 && i < n && i < SAMPLE; i++)
            sum += weigh(tuple ? py.Tuple_GetItem(o, i) : py.List_GetItem(o, i), depth + 1);
        return 56 + 8 * (int64_t)n + (i > 0 ? sum * (int64_t)n / (int64_t)i : 0);
    }
    if (hr_is(o, py.DictType)) {
        Py_ssize_t at = 0, i = 0;
        PyObject *k, *v;
        int64_t sum = 0;
        for (; depth < 3 && i < SAMPLE && py.Dict_Next(o, &at, &k, &v); i++)
            sum += weigh(k, depth + 1) + weigh(v, depth + 1);
        int64_t n = (int64_t)py.Dict_Size(o);
        return 64 + 64 * n + (i > 0 ? sum * n / (int64_t)i : 0);
    }
    if (hr_is(o, py.ByteArrayType)) return 56 + py.ByteArray_Size(o);
    if (immutable_type(o)) return 64;
    return depth > 0 ? GUESS : -1;
}

/* weigh_unknown asks an object of another type for nbytes (arrays, frames, tables). */
static int64_t weigh_unknown(PyObject *o) {
    enum { GUESS = 256 };
    static PyTypeObject *without; /* the last type seen to have none */
    if (o->ob_type == without || (row_type != NULL && o->ob_type == row_type)) return GUESS;
    PyObject *n = py.Object_GetAttrString(o, "nbytes");
    if (n == NULL) {
        py.Err_Clear();
        without = o->ob_type;
        return GUESS;
    }
    long long v = hr_is(n, py.LongType) ? py.Long_AsLongLong(n) : GUESS;
    hr_decref(n);
    return GUESS + (v > 0 ? v : 0);
}

int64_t hr_plain_weight(PyObject *o) {
    int64_t sum = scalar_weight(o);
    if (sum > 0 || !hr_is(o, py.TupleType)) return sum;
    Py_ssize_t n = py.Tuple_Size(o);
    if (n > SAMPLE) return 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        int64_t item = scalar_weight(py.Tuple_GetItem(o, i));
        if (item == 0) return 0;
        sum += item;
    }
    return 56 + 8 * (int64_t)n + sum;
}

PyObject *hr_keep(PyObject *o, int64_t *bytes) {
    int64_t weight = hr_plain_weight(o);
    if (weight == 0) {
        if ((o = hr_isolate(o)) == NULL) return NULL;
        weight = hr_weigh(o);
    }
    *bytes += weight;
    return o;
}

int64_t hr_weigh(PyObject *o) {
    int64_t n = weigh(o, 0);
    return n >= 0 ? n : weigh_unknown(o);
}

int hr_object_encode(hr_buffer *b, PyObject *o) {
    size_t start = b->len;
    int rc = hr_value_encode(b, o);
    if (rc <= 0) return rc;
    b->len = start;
    PyObject *raw = hr_vectorcall(dumps_hook, &o, 1);
    if (raw == NULL) return -1;
    char *s;
    Py_ssize_t n;
    rc = py.Bytes_AsStringAndSize(raw, &s, &n);
    if (rc == 0 && hr_buf_put(b, s, (size_t)n)) {
        py.Err_NoMemory();
        rc = -1;
    }
    hr_decref(raw);
    return rc;
}

PyObject *hr_object_decode(const uint8_t *data, size_t n) {
    if (n == 0 || data[0] != PICKLED) {
        const uint8_t *p = data;
        return hr_value_decode(&p, data + n);
    }
    PyObject *raw = py.Bytes_FromStringAndSize((const char *)data, (Py_ssize_t)n);
    if (raw == NULL) return NULL;
    PyObject *o = hr_vectorcall(loads_hook, &raw, 1);
    hr_decref(raw);
    return o;
}

void hr_objects_release(const uint64_t *handles, size_t n) {
    PyObject **objects = malloc(n * sizeof *objects);
    if (objects == NULL) return; /* a leak is all that is left to choose */
    for (size_t i = 0; i < n; i++) objects[i] = hr_object_at(handles, i);
    hr_release_array_later(objects, n);
}

int hr_objects_copy(const uint64_t *from, uint64_t *to, size_t n) {
    for (size_t i = 0; i < n; i++) {
        PyObject *o = hr_object_at(from, i);
        PyObject *copy = o == NULL ? NULL : hr_copy(o);
        if (copy == NULL && o != NULL) {
            while (i > 0) hr_xdecref(hr_object_at(to, --i));
            return -1;
        }
        to[i] = (uint64_t)(uintptr_t)copy;
    }
    return 0;
}

int hr_objects_encode(hr_buffer *b, const uint64_t *handles, int32_t *ends, size_t n) {
    for (size_t i = 0; i < n; i++) {
        PyObject *o = hr_object_at(handles, i);
        if (o != NULL && hr_object_encode(b, o)) return -1;
        ends[i] = (int32_t)b->len;
    }
    return 0;
}

int hr_objects_decode(const uint8_t *data, const int32_t *ends, uint64_t *handles, size_t n) {
    for (size_t i = 0, from = 0; i < n; from = (size_t)ends[i], i++) {
        handles[i] = 0;
        if ((size_t)ends[i] == from) continue;
        PyObject *o = hr_object_decode(data + from, (size_t)ends[i] - from);
        if (o == NULL) {
            while (i > 0) hr_xdecref(hr_object_at(handles, --i));
            return -1;
        }
        handles[i] = (uint64_t)(uintptr_t)o;
    }
    return 0;
}

int64_t hr_objects_weigh(const uint64_t *handles, size_t n) {
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        PyObject *o = hr_object_at(handles, i);
        if (o != NULL) sum += hr_weigh(o);
    }
    return sum;
}
