/* column.c: types, views and builders of columns. */
#include "column.h"

#include <stdlib.h>

hr_type *hr_type_new(int kind, int nkids, const char *name) {
    hr_type *t = calloc(1, sizeof *t);
    if (t != NULL) {
        t->kind = kind;
        t->nkids = nkids;
        t->name = strdup(name);
        t->kids = calloc((size_t)nkids + 1, sizeof *t->kids);
    }
    if (t == NULL || t->name == NULL || t->kids == NULL) {
        hr_type_free(t);
        py.Err_NoMemory();
        return NULL;
    }
    return t;
}

void hr_type_free(hr_type *t) {
    if (t == NULL) return;
    for (int k = 0; t->kids != NULL && k < t->nkids; k++) hr_type_free(t->kids[k]);
    hr_xdecref(t->names);
    hr_xdecref(t->zone);
    free(t->kids);
    free(t->name);
    free(t);
}

int64_t hr_type_weight(const hr_type *t) {
    enum { SCALAR = 32, TIME = 64, HEAD = 56, POINTER = 8 };
    if (t->kind >= HR_T_BOOLEAN && t->kind <= HR_T_DOUBLE) return SCALAR;
    if (t->kind >= HR_T_DATE && t->kind <= HR_T_INTERVAL_DT) return TIME;
    if (t->kind != HR_T_ROW) return 0;
    int64_t sum = HEAD;
    for (int k = 0; k < t->nkids; k++) {
        int64_t kid = hr_type_weight(t->kids[k]);
        if (kid == 0) return 0;
        sum += POINTER + kid;
    }
    return sum;
}

static void views_init(hr_view *v, hr_type *const *types, int n);

static void view_kids(hr_view *v, const hr_type *t) {
    if (t->nkids == 0) return;
    v->kids = calloc((size_t)t->nkids, sizeof *v->kids);
    if (v->kids != NULL) views_init(v->kids, t->kids, t->nkids);
}

static void views_init(hr_view *v, hr_type *const *types, int n) {
    for (int i = 0; i < n; i++) view_kids(&v[i], types[i]);
}

hr_view *hr_views_new(hr_type *const *types, int n) {
    hr_view *v = calloc((size_t)n + 1, sizeof *v);
    if (v == NULL) {
        py.Err_NoMemory();
        return NULL;
    }
    views_init(v, types, n);
    return v;
}

void hr_views_free(hr_view *v, hr_type *const *types, int n) {
    if (v == NULL) return;
    for (int i = 0; i < n; i++) {
        if (v[i].kids != NULL) hr_views_free(v[i].kids, types[i]->kids, types[i]->nkids);
    }
    free(v);
}

int hr_builder_init(hr_builder *out, hr_type *type) {
    memset(out, 0, sizeof *out);
    out->type = type;
    if (type->nkids == 0) return 0;
    out->kids = calloc((size_t)type->nkids, sizeof *out->kids);
    if (out->kids == NULL) {
        py.Err_NoMemory();
        return -1;
    }
    for (int k = 0; k < type->nkids; k++) {
        if (hr_builder_init(&out->kids[k], type->kids[k])) return -1;
    }
    return 0;
}

void hr_builder_free(hr_builder *out) {
    for (int k = 0; out->kids != NULL && k < out->type->nkids; k++) hr_builder_free(&out->kids[k]);
    free(out->kids);
    free(out->valid);
    free(out->data);
    free(out->offs);
    memset(out, 0, sizeof *out);
}

void hr_builder_reset(hr_builder *out) { hr_builder_cut(out, 0); }

static int is_list(const hr_type *t) {
    return t->kind == HR_T_ARRAY || t->kind == HR_T_MAP || t->kind == HR_T_MULTISET;
}

static int has_offsets(const hr_type *t) {
    return t->kind == HR_T_CHAR || t->kind == HR_T_VARCHAR || t->kind == HR_T_BINARY ||
           t->kind == HR_T_VARBINARY || t->kind == HR_T_RAW || is_list(t);
}

void hr_builder_cut(hr_builder *out, int64_t n) {
    if (n >= out->n) {
        /* A row that failed half-way leaves more in its children than its offsets say. */
        n = out->n;
    }
    for (int64_t i = n; out->nulls > 0 && i < out->n; i++) {
        if (!hr_bit(out->valid, i)) out->nulls--;
    }
    out->n = n;
    if (has_offsets(out->type) && out->offs != NULL) out->len = out->offs[n];
    int64_t inner = n;
    if (is_list(out->type)) inner = out->offs == NULL ? 0 : out->offs[n];
    for (int k = 0; out->kids != NULL && k < out->type->nkids; k++) {
        hr_builder_cut(&out->kids[k], inner);
    }
}

static int resize(void *field, size_t bytes) {
    void **p = field;
    void *grown = realloc(*p, bytes > 0 ? bytes : 1);
    if (grown == NULL) {
        py.Err_NoMemory();
        return -1;
    }
    *p = grown;
    return 0;
}

int hr_builder_grow(hr_builder *out, int64_t more) {
    if (out->n + more <= out->cap) return 0;
    int64_t cap = out->cap * 2 > out->n + more ? out->cap * 2 : out->n + more;
    if (cap < 64) cap = 64;
    int64_t bitmap = (cap + 7) / 8, had = (out->cap + 7) / 8;
    if (resize(&out->valid, (size_t)bitmap)) return -1;
    memset(out->valid + had, 0, (size_t)(bitmap - had));
    const hr_type *t = out->type;
    if (t->kind == HR_T_BOOLEAN) {
        if (resize(&out->data, (size_t)bitmap)) return -1;
    } else if (t->width > 0) {
        if (resize(&out->data, (size_t)(cap * t->width))) return -1;
    } else if (has_offsets(t)) {
        int first = out->offs == NULL;
        if (resize(&out->offs, (size_t)(cap + 1) * 4)) return -1;
        if (first) out->offs[0] = 0;
    }
    out->cap = cap;
    return 0;
}

/* hr_builder_bytes appends a string or bytes value. */
int hr_builder_bytes(hr_builder *out, const void *src, int64_t n) {
    if (hr_builder_room(out)) return -1;
    if (out->len + n > INT32_MAX) {
        py.Err_SetString(py.ExcOverflowError, "the strings of one batch exceed 2 GiB");
        return -1;
    }
    if (out->len + n > out->room) {
        int64_t room = out->room * 2 > out->len + n ? out->room * 2 : out->len + n;
        if (room < 1024) room = 1024;
        if (resize(&out->data, (size_t)room)) return -1;
        out->room = room;
    }
    memcpy(out->data + out->len, src, (size_t)n);
    out->len += n;
    out->offs[out->n + 1] = (int32_t)out->len;
    hr_builder_mark(out);
    return 0;
}

int hr_builder_null(hr_builder *out) {
    const hr_type *t = out->type;
    if (t->not_null && t->kind != HR_T_NULL) {
        py.Err_Format(py.ExcTypeError, "expected %s, got None", t->name);
        return -1;
    }
    if (hr_builder_room(out)) return -1;
    int64_t i = out->n;
    if (out->nulls == 0) {
        memset(out->valid, 0xff, (size_t)(i >> 3));
        out->valid[i >> 3] = (uint8_t)((1 << (i & 7)) - 1);
    }
    out->valid[i >> 3] &= (uint8_t)~(1 << (i & 7)); /* set by a row that was cut */
    out->nulls++;
    if (t->kind == HR_T_BOOLEAN) {
        out->data[i >> 3] &= (uint8_t)~(1 << (i & 7));
    } else if (t->width > 0) {
        memset(out->data + i * t->width, 0, (size_t)t->width);
    } else if (has_offsets(t)) {
        out->offs[i + 1] = out->offs[i];
    }
    out->n++;
    if (t->kind != HR_T_ROW) return 0;
    for (int k = 0; k < t->nkids; k++) {
        int strict = out->kids[k].type->not_null;
        out->kids[k].type->not_null = 0;
        int failed = hr_builder_null(&out->kids[k]);
        out->kids[k].type->not_null = strict;
        if (failed) return -1;
    }
    return 0;
}

int hr_mismatch(const hr_type *t, PyObject *value) {
    static const char *const wants[HR_T_COUNT] = {
        [HR_T_NULL] = "None", [HR_T_BOOLEAN] = "bool",
        [HR_T_TINYINT] = "int", [HR_T_SMALLINT] = "int", [HR_T_INT] = "int",
        [HR_T_BIGINT] = "int", [HR_T_FLOAT] = "float", [HR_T_DOUBLE] = "float",
        [HR_T_DECIMAL] = "decimal.Decimal", [HR_T_CHAR] = "str", [HR_T_VARCHAR] = "str",
        [HR_T_BINARY] = "bytes", [HR_T_VARBINARY] = "bytes", [HR_T_DATE] = "datetime.date",
        [HR_T_TIME] = "datetime.time", [HR_T_TIMESTAMP] = "datetime.datetime",
        [HR_T_TIMESTAMP_LTZ] = "datetime.datetime", [HR_T_INTERVAL_YM] = "int, a number of months",
        [HR_T_INTERVAL_DT] = "datetime.timedelta", [HR_T_ARRAY] = "list", [HR_T_MAP] = "dict",
        [HR_T_MULTISET] = "dict from element to count", [HR_T_ROW] = "Row", [HR_T_RAW] = "bytes",
        [HR_T_OBJECT] = "object"};
    PyObject *kind = py.Object_GetAttrString(value->ob_type, "__name__");
    PyObject *text = kind == NULL ? NULL : py.Object_Repr(value);
    if (text == NULL) {
        /* An object that cannot even be shown is still of the wrong type. */
        py.Err_Clear();
        text = py.Unicode_FromString("?");
    }
    if (kind != NULL && text != NULL) {
        py.Err_Format(py.ExcTypeError, "expected %s (%s), got %U: %.80s", t->name, wants[t->kind],
                      kind, py.Unicode_AsUTF8AndSize(text, NULL));
    }
    hr_xdecref(kind);
    hr_xdecref(text);
    return -1;
}
