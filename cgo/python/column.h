/* column.h: columns as C sees them: types, views of the engine's buffers, and builders.
 *
 * A type knows how to make a Python object of row i of a view (get) and how to append an object to
 * a builder (put). Views are filled by Go with pinned pointers and are valid for one call. Builders
 * live as long as the function: their memory is reused, Go copies what they hold. All functions
 * here need the GIL. */
#ifndef HEADRACE_COLUMN_H
#define HEADRACE_COLUMN_H

#include <string.h>

#include "symbols.h"

/* in the order of core/data/types.Kind */
enum hr_type_kind {
    HR_T_NULL,
    HR_T_BOOLEAN,
    HR_T_TINYINT,
    HR_T_SMALLINT,
    HR_T_INT,
    HR_T_BIGINT,
    HR_T_FLOAT,
    HR_T_DOUBLE,
    HR_T_DECIMAL,
    HR_T_CHAR,
    HR_T_VARCHAR,
    HR_T_BINARY,
    HR_T_VARBINARY,
    HR_T_DATE,
    HR_T_TIME,
    HR_T_TIMESTAMP,
    HR_T_TIMESTAMP_LTZ,
    HR_T_INTERVAL_YM,
    HR_T_INTERVAL_DT,
    HR_T_ARRAY,
    HR_T_MAP,
    HR_T_MULTISET,
    HR_T_ROW,
    HR_T_RAW,
    HR_T_OBJECT,
    HR_T_COUNT
};

typedef struct hr_type hr_type;
typedef struct hr_view hr_view;
typedef struct hr_builder hr_builder;

typedef PyObject *(*hr_getter)(const hr_type *t, const hr_view *v, int64_t i);
typedef int (*hr_putter)(hr_builder *out, PyObject *value);

struct hr_type {
    int kind;
    int not_null;
    int unit; /* power of ten of ticks a second: 3, 6, 9 */
    int precision;
    int scale;
    int width; /* bytes of a fixed-width value, else 0 */
    int nkids;
    hr_type **kids;
    char *name;      /* as SQL writes it, for errors */
    PyObject *names; /* ROW: list of the field names; else NULL */
    PyObject *zone;  /* TIMESTAMP_LTZ: tzinfo, NULL for UTC */
    int instants;    /* TIMESTAMP_LTZ: its objects are Instants, not datetimes */
    hr_getter get;   /* of rows that are not null */
    hr_putter put;   /* of values other than None */
};

/* hr_view is one column of a batch. */
struct hr_view {
    const uint8_t *valid; /* NULL: no nulls */
    int64_t valid_off;
    const void *data; /* fixed-width values from row 0; BOOLEAN: the bits */
    int64_t bit_off;  /* BOOLEAN: bit of row 0 */
    const int32_t *offs;
    const uint8_t *bytes;
    hr_view *kids;
};

/* hr_builder builds a column. */
struct hr_builder {
    hr_type *type;
    int64_t n, cap;
    int64_t nulls;
    uint8_t *valid; /* written from the first null on */
    uint8_t *data;  /* fixed-width values, bits of BOOLEAN, bytes of strings */
    int64_t len, room;
    int32_t *offs; /* n + 1, variable-width kinds only */
    hr_builder *kids;
};

/* hr_convert_init looks up what conversions need (datetime, decimal, Row); 0, or -1 with an
 * exception. Later calls return at once. */
int hr_convert_init(void);

/* hr_type_new makes a type; kids are taken over. Finish with hr_type_ready once the fields are set.
 * Both return NULL or -1 with an exception. */
hr_type *hr_type_new(int kind, int nkids, const char *name);
int hr_type_ready(hr_type *t, int width);
void hr_type_free(hr_type *t);
/* hr_type_weight is about what hr_weigh gives for objects of a type that are all of one size; 0: they
 * are not. */
int64_t hr_type_weight(const hr_type *t);

/* hr_views_new makes views for n columns of the types, hr_view_ready nothing: Go fills them. */
hr_view *hr_views_new(hr_type *const *types, int n);
void hr_views_free(hr_view *v, hr_type *const *types, int n);

int hr_builder_init(hr_builder *out, hr_type *type);
void hr_builder_free(hr_builder *out);
void hr_builder_reset(hr_builder *out);
/* hr_builder_grow makes room for more rows: 0, or -1 with MemoryError. */
int hr_builder_grow(hr_builder *out, int64_t more);
int hr_builder_bytes(hr_builder *out, const void *src, int64_t n);
int hr_builder_null(hr_builder *out);
/* hr_builder_cut drops the rows from n on. */
void hr_builder_cut(hr_builder *out, int64_t n);

/* hr_mismatch raises TypeError: expected <type>, got <type of value>: <repr, cut>; returns -1. */
int hr_mismatch(const hr_type *t, PyObject *value);
/* hr_explain puts text before the message of the exception that a put has raised; returns -1. */
int hr_explain(const char *format, ...);

/* hr_row_new makes a Row; values (a list) is taken over, names may be NULL. */
PyObject *hr_row_new(PyObject *values, PyObject *names);
/* hr_row_values returns the values (borrowed list) and names (borrowed, may be None) of a Row, or
 * 0 when o is not one. */
int hr_row_parts(PyObject *o, PyObject **values, PyObject **names);
PyTypeObject *hr_row_type(void);
/* hr_row_kind returns what a Row does to a table, 0 (INSERT) to 3 (DELETE); 0 for other objects.
 * hr_row_set_kind sets it, and leaves other objects alone. */
int hr_row_kind(PyObject *o);
void hr_row_set_kind(PyObject *o, int kind);

int hr_decimal_init(void);
int hr_time_init(void);
int hr_row_init(void);
int hr_row_quicken(PyTypeObject *row);
PyObject *hr_get_decimal(const hr_type *, const hr_view *, int64_t);
int hr_put_decimal(hr_builder *, PyObject *);
PyObject *hr_get_date(const hr_type *, const hr_view *, int64_t);
PyObject *hr_get_time(const hr_type *, const hr_view *, int64_t);
PyObject *hr_get_timestamp(const hr_type *, const hr_view *, int64_t);
PyObject *hr_get_timestamp_ltz(const hr_type *, const hr_view *, int64_t);
PyObject *hr_get_interval(const hr_type *, const hr_view *, int64_t);
int hr_put_date(hr_builder *, PyObject *);
int hr_put_time(hr_builder *, PyObject *);
int hr_put_timestamp(hr_builder *, PyObject *);
int hr_put_timestamp_ltz(hr_builder *, PyObject *);
int hr_put_interval(hr_builder *, PyObject *);
PyObject *hr_get_array(const hr_type *, const hr_view *, int64_t);
PyObject *hr_get_map(const hr_type *, const hr_view *, int64_t);
PyObject *hr_get_row(const hr_type *, const hr_view *, int64_t);
int hr_put_array(hr_builder *, PyObject *);
int hr_put_map(hr_builder *, PyObject *);
int hr_put_row(hr_builder *, PyObject *);

static inline int hr_bit(const uint8_t *bits, int64_t i) { return bits[i >> 3] >> (i & 7) & 1; }

/* hr_get returns a new reference to row i, None for null; NULL with an exception. */
static inline PyObject *hr_get(const hr_type *t, const hr_view *v, int64_t i) {
    if (v->valid != NULL && !hr_bit(v->valid, v->valid_off + i)) return hr_incref(py.None);
    return t->get(t, v, i);
}

/* hr_intern is PyUnicode_InternInPlace. */
static inline void hr_intern(PyObject **s) { py.Unicode_InternInPlace(s); }

/* hr_value is hr_get for Go. */
static inline PyObject *hr_value(const hr_type *t, const hr_view *v, int64_t i) {
    return hr_get(t, v, i);
}

/* hr_builder_mark ends a row that is not null. */
static inline void hr_builder_mark(hr_builder *out) {
    int64_t i = out->n++;
    if (out->nulls > 0) out->valid[i >> 3] |= (uint8_t)(1 << (i & 7));
}

static inline int hr_builder_room(hr_builder *out) {
    return out->n < out->cap ? 0 : hr_builder_grow(out, 1);
}

/* hr_append appends value: 0, or -1 with an exception and nothing appended at this level. */
static inline int hr_append(hr_builder *out, PyObject *value) {
    if (value == py.None) return hr_builder_null(out);
    return out->type->put(out, value);
}

#endif
