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
    int descending, whole; /* whole: keys of equal prefixes are compared */
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

enum { NUMBERS = 1, BYTES };

/* read_items makes an item of each of the list's tuples, holding none, and says what the keys are;
 * 0 when one is of another kind. */
static int read_items(PyObject *list, Py_ssize_t n, const order *o, item *items) {
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
    return type == py.BytesType ? BYTES : NUMBERS;
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

/* skip_common makes the prefixes of what is behind the bytes that all keys begin with; 0 when that
 * tells none from another. */
static int skip_common(const order *o, item *items, Py_ssize_t n, int depth) {
    Py_ssize_t from = common(o, items, n);
    if (from == 0 && depth == 0) return 1; /* they are read so already */
    int differ = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        uint64_t prefix;
        bytes_prefix(py.Tuple_GetItem(items[i].row, o->field), from, &prefix);
        items[i].prefix = o->descending ? ~prefix : prefix;
        differ |= items[i].prefix != items[0].prefix;
    }
    return differ;
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
    return o->whole && behind(o, a->row, b->row);
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

enum { RUN = 16 };

/* sort_items sorts items by way of room for as many. */
static void sort_items(const order *o, item *items, item *room, Py_ssize_t n) {
    item *first = items;
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
    if (items != first) memcpy(first, items, (size_t)n * sizeof *items);
}

/* sort_bytes sorts by prefixes alone, and then those of equal prefixes by what is behind them. */
static void sort_bytes(const order *o, item *items, item *room, Py_ssize_t n, int depth) {
    enum { DEEP = 64 };
    order by_prefix = *o, by_key = *o;
    by_prefix.whole = 0;
    by_key.whole = 1;
    if (n <= RUN || depth > DEEP || !skip_common(o, items, n, depth)) {
        sort_items(&by_key, items, room, n);
        return;
    }
    sort_items(&by_prefix, items, room, n);
    for (Py_ssize_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && items[j].prefix == items[i].prefix; j++) continue;
        if (j - i > 1) sort_bytes(o, items + i, room, j - i, depth + 1);
    }
}

int hr_sort_tuples(PyObject *list, Py_ssize_t field, int descending) {
    Py_ssize_t n = py.List_Size(list);
    if (n < 2 || field < 0) return 0;
    const order o = {field, descending, 0};
    item *items = malloc(2 * (size_t)n * sizeof *items);
    if (items == NULL) return 0;
    int kind = read_items(list, n, &o, items);
    if (kind != 0) {
        /* Each row is held while its place goes to another. */
        for (Py_ssize_t i = 0; i < n; i++) hr_incref(items[i].row);
        if (kind == BYTES) sort_bytes(&o, items, items + n, n, 0);
        else sort_items(&o, items, items + n, n);
        for (Py_ssize_t i = 0; i < n; i++) py.List_SetItem(list, i, items[i].row);
    }
    free(items);
    return kind != 0;
}
