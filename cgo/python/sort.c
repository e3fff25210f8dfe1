#include "sort.h"

#include "column.h"

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
    PyObject *name; /* that Rows have at the field; NULL: whatever it is */
    int descending, whole; /* whole: keys of equal prefixes are compared */
} order;

/* text is the bytes of a key. */
typedef struct {
    const unsigned char *s;
    Py_ssize_t n;
} text;

/* key_of returns the field of a row, borrowed, or NULL where it is not to be had without Python. */
static inline PyObject *key_of(const order *o, PyObject *row) {
    if (hr_is(row, py.TupleType)) {
        int has = o->name == NULL && o->field < py.Tuple_Size(row);
        return has ? py.Tuple_GetItem(row, o->field) : NULL;
    }
    PyObject *values, *names;
    if (row->ob_type != hr_row_type() || !hr_row_parts(row, &values, &names)) return NULL;
    if (o->field >= py.List_Size(values)) return NULL;
    if (o->name != NULL &&
        (!hr_is(names, py.ListType) || o->field >= py.List_Size(names) ||
         py.List_GetItem(names, o->field) != o->name))
        return NULL;
    return py.List_GetItem(values, o->field);
}

/* text_of reads a key of bytes, or of ASCII, whose order is that of its bytes; 0: it is neither. */
static inline int text_of(PyObject *key, text *t) {
    if (hr_is(key, py.BytesType)) {
        t->s = (const unsigned char *)py.Bytes_AsString(key);
        t->n = py.Bytes_Size(key);
        return 1;
    }
    t->s = (const unsigned char *)py.Unicode_AsUTF8AndSize(key, &t->n);
    if (t->s != NULL && t->n == py.Unicode_GetLength(key)) return 1;
    py.Err_Clear();
    return 0;
}

/* known is text_of for keys that have been read before. */
static inline text known(const order *o, PyObject *row) {
    text t = {NULL, 0};
    text_of(key_of(o, row), &t);
    return t;
}

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

static uint64_t text_prefix(text t, Py_ssize_t from) {
    uint64_t v = 0;
    for (Py_ssize_t i = from; i < from + 8; i++) v = v << 8 | (i < t.n ? t.s[i] : 0);
    return v;
}

static int first_prefix(PyObject *key, uint64_t *prefix) {
    text t;
    if (!text_of(key, &t)) return 0;
    *prefix = text_prefix(t, 0);
    return 1;
}

enum { NUMBERS = 1, TEXTS };

/* read_items makes an item of each of the list's rows, holding none, and says what the keys are;
 * 0 when one is of another kind. */
static int read_items(PyObject *list, Py_ssize_t n, const order *o, item *items) {
    PyTypeObject *type = NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *row = py.List_GetItem(list, i);
        PyObject *key = key_of(o, row);
        if (key == NULL) return 0;
        if (type == NULL) type = key->ob_type;
        if (key->ob_type != type) return 0;
        int texts = type == py.BytesType || type == py.UnicodeType;
        uint64_t prefix;
        int read = texts                  ? first_prefix(key, &prefix)
                   : type == py.LongType  ? int_prefix(key, &prefix)
                   : type == py.FloatType ? float_prefix(key, &prefix)
                                          : 0;
        if (!read) return 0;
        items[i] = (item){o->descending ? ~prefix : prefix, row};
    }
    return type == py.BytesType || type == py.UnicodeType ? TEXTS : NUMBERS;
}

/* common says how many bytes all keys begin with, at most those of the shortest. */
static Py_ssize_t common(const order *o, const item *items, Py_ssize_t n) {
    text first = known(o, items[0].row);
    Py_ssize_t same = first.n;
    for (Py_ssize_t i = 1; i < n && same > 0; i++) {
        text t = known(o, items[i].row);
        Py_ssize_t j = 0;
        if (t.n < same) same = t.n;
        if (memcmp(first.s, t.s, (size_t)same) == 0) continue;
        while (first.s[j] == t.s[j]) j++;
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
        uint64_t prefix = text_prefix(known(o, items[i].row), from);
        items[i].prefix = o->descending ? ~prefix : prefix;
        differ |= items[i].prefix != items[0].prefix;
    }
    return differ;
}

/* behind compares whole keys: whether a comes strictly behind b. */
static int behind(const order *o, PyObject *a, PyObject *b) {
    text x = known(o, a), y = known(o, b);
    int c = memcmp(x.s, y.s, (size_t)(x.n < y.n ? x.n : y.n));
    if (c == 0) c = x.n < y.n ? -1 : x.n > y.n;
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

/* sort_texts sorts by prefixes alone, and then those of equal prefixes by what is behind them. */
static void sort_texts(const order *o, item *items, item *room, Py_ssize_t n, int depth) {
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
        if (j - i > 1) sort_texts(o, items + i, room, j - i, depth + 1);
    }
}

/* find makes the order by a field of rows like the first; 0: there is none. */
static int find(PyObject *first, PyObject *field, order *o) {
    if (hr_is(field, py.LongType)) {
        int overflow;
        o->field = (Py_ssize_t)py.Long_AsLongLongAndOverflow(field, &overflow);
        return !overflow && o->field >= 0;
    }
    PyObject *values, *names;
    if (!hr_is(field, py.UnicodeType) || first->ob_type != hr_row_type() ||
        !hr_row_parts(first, &values, &names) || !hr_is(names, py.ListType))
        return 0;
    for (Py_ssize_t i = 0; i < py.List_Size(names); i++) {
        o->name = py.List_GetItem(names, i);
        if (!hr_is(o->name, py.UnicodeType)) return 0;
        text a, b;
        if (!text_of(o->name, &a) || !text_of(field, &b)) return 0;
        if (a.n != b.n || memcmp(a.s, b.s, (size_t)a.n) != 0) continue;
        o->field = i;
        return 1;
    }
    return 0;
}

int hr_sort_rows(PyObject *list, PyObject *field, int descending) {
    Py_ssize_t n = py.List_Size(list);
    order o = {.descending = descending};
    if (n < 2 || hr_convert_init() || !find(py.List_GetItem(list, 0), field, &o)) {
        py.Err_Clear();
        return 0;
    }
    item *items = malloc(2 * (size_t)n * sizeof *items);
    if (items == NULL) return 0;
    int kind = read_items(list, n, &o, items);
    if (kind != 0) {
        /* Each row is held while its place goes to another. */
        for (Py_ssize_t i = 0; i < n; i++) hr_incref(items[i].row);
        if (kind == TEXTS) sort_texts(&o, items, items + n, n, 0);
        else sort_items(&o, items, items + n, n);
        for (Py_ssize_t i = 0; i < n; i++) py.List_SetItem(list, i, items[i].row);
    }
    free(items);
    return kind != 0;
}
