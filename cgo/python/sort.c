#include "sort.h"

#include <stdlib.h>
#include <string.h>

/* An item goes by the first eight bytes of its key that are not those of all keys, as a number
 * whose order is that of the sort; the whole key is looked at where those are equal. */
typedef struct {
    uint64_t prefix;
    PyObject *row;
} item;

typedef struct {
    Py_ssize_t field;
    int descending, more; /* more: a key may go on behind the prefix */
} order;

static const uint64_t TOP = (uint64_t)1 << 63;

static int int_prefix(PyObject *key, uint64_t *prefix) {
    int overflow;
    long long v = py.Long_AsLongLongAndOverflow(key, &overflow);
    *prefix = (uint64_t)v ^ TOP;
    return !overflow;
}

static int float_prefix(PyObject *key, uint64_t *prefix) {
    double v = py.Float_AsDouble(key);
    if (v != v) return 0;
    if (v == 0) v = 0; /* -0.0 is equal to 0.0 */
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    *prefix = bits & TOP ? ~bits : bits | TOP;
    return 1;
}

static int bytes_prefix(PyObject *key, Py_ssize_t from, uint64_t *prefix) {
    const unsigned char *s = (const unsigned char *)py.Bytes_AsString(key);
    Py_ssize_t n = py.Bytes_Size(key);
    uint64_t v = 0;
    for (Py_ssize_t i = from; i < from + 8; i++) v = v << 8 | (i < n ? s[i] : 0);
    *prefix = v;
    return 1;
}

/* read makes an item of each of the list's tuples, holding none; 0 when one is of another kind. */
static int read_items(PyObject *list, Py_ssize_t n, order *o, item *items) {
    PyTypeObject *type = NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *row = py.List_GetItem(list, i);
        if (!hr_is(row, py.TupleType) || o->field >= py.Tuple_Size(row)) return 0;
        PyObject *key = py.Tuple_GetItem(row, o->field);
        if (type == NULL) type = key->ob_type;
        if (key->ob_type != type) return 0;
        uint64_t prefix;
        int known = type == py.BytesType   ? bytes_prefix(key, 0, &prefix)
                    : type == py.LongType  ? int_prefix(key, &prefix)
                    : type == py.FloatType ? float_prefix(key, &prefix)
                                           : 0;
        if (!known) return 0;
        items[i] = (item){o->descending ? ~prefix : prefix, row};
    }
    o->more = type == py.BytesType;
    return 1;
}

/* common says how many bytes all keys begin with, at most those of the shortest. */
static Py_ssize_t common(const order *o, const item *items, Py_ssize_t n) {
    PyObject *first = py.Tuple_GetItem(items[0].row, o->field);
    const char *s = py.Bytes_AsString(first);
    Py_ssize_t same = py.Bytes_Size(first);
    for (Py_ssize_t i = 1; i < n && same > 0; i++) {
        PyObject *key = py.Tuple_GetItem(items[i].row, o->field);
        const char *t = py.Bytes_AsString(key);
        Py_ssize_t m = py.Bytes_Size(key), j = 0;
        if (m < same) same = m;
        if (memcmp(s, t, (size_t)same) == 0) continue;
        while (s[j] == t[j]) j++;
        same = j;
    }
    return same;
}

/* skip_common makes the prefixes of what is behind the bytes that all keys begin with. */
static void skip_common(const order *o, item *items, Py_ssize_t n) {
    Py_ssize_t from = common(o, items, n);
    for (Py_ssize_t i = 0; i < n && from > 0; i++) {
        uint64_t prefix;
        bytes_prefix(py.Tuple_GetItem(items[i].row, o->field), from, &prefix);
        items[i].prefix = o->descending ? ~prefix : prefix;
    }
}

/* behind compares whole keys of bytes: whether a comes strictly behind b. */
static int behind(const order *o, PyObject *a, PyObject *b) {
    PyObject *x = py.Tuple_GetItem(a, o->field), *y = py.Tuple_GetItem(b, o->field);
    Py_ssize_t m = py.Bytes_Size(x), n = py.Bytes_Size(y);
    int c = memcmp(py.Bytes_AsString(x), py.Bytes_AsString(y), (size_t)(m < n ? m : n));
    if (c == 0) c = m < n ? -1 : m > n;
    return o->descending ? c < 0 : c > 0;
}

static inline int after(const order *o, const item *a, const item *b) {
    if (a->prefix != b->prefix) return a->prefix > b->prefix;
    return o->more && behind(o, a->row, b->row);
}

static void insertion(const order *o, item *items, Py_ssize_t n) {
    for (Py_ssize_t i = 1; i < n; i++) {
        item x = items[i];
        Py_ssize_t j = i;
        for (; j > 0 && after(o, &items[j - 1], &x); j--) items[j] = items[j - 1];
        items[j] = x;
    }
}

/* merge puts two sorted neighbours, [0, m) and [m, n) of from, together in to. */
static void merge(const order *o, const item *from, item *to, Py_ssize_t m, Py_ssize_t n) {
    if (m == n || !after(o, &from[m - 1], &from[m])) {
        memcpy(to, from, (size_t)n * sizeof *to);
        return;
    }
    Py_ssize_t i = 0, j = m, k = 0;
    while (i < m && j < n) to[k++] = after(o, &from[i], &from[j]) ? from[j++] : from[i++];
    memcpy(to + k, from + i, (size_t)(m - i) * sizeof *to);
    k += m - i;
    memcpy(to + k, from + j, (size_t)(n - j) * sizeof *to);
}

/* sorted sorts items by way of room for as many and says in which of the two they are then. */
static item *sorted(const order *o, item *items, item *room, Py_ssize_t n) {
    enum { RUN = 16 };
    for (Py_ssize_t i = 0; i < n; i += RUN) insertion(o, items + i, n - i < RUN ? n - i : RUN);
    for (Py_ssize_t width = RUN; width < n; width *= 2) {
        for (Py_ssize_t i = 0; i < n; i += 2 * width) {
            Py_ssize_t m = n - i < width ? n - i : width;
            Py_ssize_t end = n - i < 2 * width ? n - i : 2 * width;
            merge(o, items + i, room + i, m, end);
        }
        item *other = items;
        items = room;
        room = other;
    }
    return items;
}

int hr_sort_tuples(PyObject *list, Py_ssize_t field, int descending) {
    Py_ssize_t n = py.List_Size(list);
    if (n < 2 || field < 0) return 0;
    order o = {field, descending, 0};
    item *items = malloc(2 * (size_t)n * sizeof *items);
    if (items == NULL) return 0;
    int done = read_items(list, n, &o, items);
    if (done && o.more) skip_common(&o, items, n);
    if (done) {
        /* Each row is held while its place goes to another. */
        for (Py_ssize_t i = 0; i < n; i++) hr_incref(items[i].row);
        const item *end = sorted(&o, items, items + n, n);
        for (Py_ssize_t i = 0; i < n; i++) py.List_SetItem(list, i, end[i].row);
    }
    free(items);
    return done;
}
