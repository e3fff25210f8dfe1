#include "key.h"

enum { NONE, FALSE_, TRUE_, INT, FLOAT, STR, BYTES, TUPLE };

static PyObject *encode_other, *decode_other;

void hr_key_hooks(PyObject *encode, PyObject *decode) {
    hr_xdecref(encode_other);
    hr_xdecref(decode_other);
    encode_other = hr_incref(encode);
    decode_other = hr_incref(decode);
}

static int no_memory(void) {
    py.Err_NoMemory();
    return -1;
}

static int put_int(hr_buffer *b, long long v) {
    uint8_t raw[8];
    int n = 0;
    uint64_t u = (uint64_t)v;
    while (v != 0 && n < 8) {
        raw[n++] = (uint8_t)u;
        u >>= 8;
        /* stop when the rest is only the sign of what is there */
        long long rest = n == 8 ? 0 : v >> (8 * n);
        if (rest == ((raw[n - 1] & 0x80) ? -1 : 0)) break;
    }
    if (hr_buf_reserve(b, 10)) return no_memory();
    b->data[b->len++] = INT;
    b->data[b->len++] = (uint8_t)n;
    memcpy(b->data + b->len, raw, (size_t)n);
    b->len += (size_t)n;
    return 0;
}

static int put_float(hr_buffer *b, double v) {
    uint64_t bits;
    memcpy(&bits, &v, 8);
    if (hr_buf_reserve(b, 9)) return no_memory();
    b->data[b->len++] = FLOAT;
    for (int shift = 56; shift >= 0; shift -= 8) b->data[b->len++] = (uint8_t)(bits >> shift);
    return 0;
}

static int put_blob(hr_buffer *b, uint8_t tag, const char *s, Py_ssize_t n) {
    if (hr_buf_reserve(b, (size_t)n + 11)) return no_memory();
    b->data[b->len++] = tag;
    hr_buf_varint(b, (uint64_t)n);
    return hr_buf_put(b, s, (size_t)n);
}

static int put_str(hr_buffer *b, PyObject *o) {
    Py_ssize_t n;
    const char *s = py.Unicode_AsUTF8AndSize(o, &n);
    if (s != NULL) return put_blob(b, STR, s, n);
    py.Err_Clear(); /* lone surrogates */
    PyObject *raw = py.Unicode_AsEncodedString(o, "utf-8", "surrogatepass");
    if (raw == NULL) return -1;
    int rc = put_blob(b, STR, py.Bytes_AsString(raw), py.Bytes_Size(raw));
    hr_decref(raw);
    return rc;
}

int hr_value_encode(hr_buffer *b, PyObject *o) {
    if (hr_is(o, py.UnicodeType)) return put_str(b, o);
    if (hr_is(o, py.LongType)) {
        int overflow;
        long long v = py.Long_AsLongLongAndOverflow(o, &overflow);
        return overflow ? 1 : put_int(b, v);
    }
    if (hr_is(o, py.TupleType)) {
        size_t start = b->len;
        Py_ssize_t n = py.Tuple_Size(o);
        if (hr_buf_byte(b, TUPLE) || hr_buf_varint(b, (uint64_t)n)) return no_memory();
        for (Py_ssize_t i = 0; i < n; i++) {
            int rc = hr_value_encode(b, py.Tuple_GetItem(o, i));
            if (rc == 0) continue;
            b->len = start;
            return rc;
        }
        return 0;
    }
    if (hr_is(o, py.FloatType)) return put_float(b, py.Float_AsDouble(o));
    if (hr_is(o, py.BytesType)) return put_blob(b, BYTES, py.Bytes_AsString(o), py.Bytes_Size(o));
    uint8_t tag;
    if (o == py.None) tag = NONE;
    else if (o == py.True) tag = TRUE_;
    else if (o == py.False) tag = FALSE_;
    else return 1;
    return hr_buf_byte(b, tag) ? no_memory() : 0;
}

int hr_key_encode(hr_buffer *b, PyObject *key) {
    if (hr_buf_byte(b, HR_KEY_VERSION)) return no_memory();
    int rc = hr_value_encode(b, key);
    if (rc <= 0) return rc;
    PyObject *raw = hr_vectorcall(encode_other, &key, 1);
    if (raw == NULL) return -1;
    char *s;
    Py_ssize_t n;
    rc = py.Bytes_AsStringAndSize(raw, &s, &n);
    if (rc == 0 && hr_buf_put(b, s, (size_t)n)) rc = no_memory();
    hr_decref(raw);
    return rc;
}

static PyObject *corrupt(void) {
    py.Err_SetString(py.ExcValueError, "these bytes are not an encoded key");
    return NULL;
}

static PyObject *get_int(const uint8_t *p, size_t n) {
    if (n > 8) return corrupt();
    uint64_t v = n > 0 && (p[n - 1] & 0x80) ? ~(uint64_t)0 : 0;
    for (size_t i = n; i > 0; i--) v = v << 8 | p[i - 1];
    return py.Long_FromLongLong((long long)v);
}

static PyObject *get_tuple(const uint8_t **p, const uint8_t *end, size_t n) {
    PyObject *t = py.Tuple_New((Py_ssize_t)n);
    for (size_t i = 0; t != NULL && i < n; i++) {
        PyObject *o = hr_value_decode(p, end);
        if (o != NULL) {
            py.Tuple_SetItem(t, (Py_ssize_t)i, o);
            continue;
        }
        hr_decref(t);
        return NULL;
    }
    return t;
}

/* get_other lets Python decode the value that starts at its tag. */
static PyObject *get_other(const uint8_t **p, const uint8_t *end) {
    PyObject *raw = py.Bytes_FromStringAndSize((const char *)*p, end - *p);
    if (raw == NULL) return NULL;
    PyObject *got = hr_vectorcall(decode_other, &raw, 1);
    hr_decref(raw);
    if (got == NULL) return NULL;
    long long used = py.Long_AsLongLong(py.Tuple_GetItem(got, 1));
    PyObject *o = hr_incref(py.Tuple_GetItem(got, 0));
    hr_decref(got);
    *p += used;
    return o;
}

PyObject *hr_value_decode(const uint8_t **p, const uint8_t *end) {
    if (*p >= end) return corrupt();
    const uint8_t *start = *p;
    uint8_t tag = *(*p)++;
    uint64_t n = 0;
    if (tag == INT || tag == STR || tag == BYTES || tag == TUPLE) {
        if (hr_buf_get_varint(p, end, &n)) return corrupt();
        if (n > (uint64_t)(end - *p)) return corrupt();
    }
    const uint8_t *at = *p;
    switch (tag) {
    case NONE: return hr_incref(py.None);
    case FALSE_: return hr_incref(py.False);
    case TRUE_: return hr_incref(py.True);
    case TUPLE: return get_tuple(p, end, n);
    case STR:
        *p += n;
        return py.Unicode_DecodeUTF8((const char *)at, (Py_ssize_t)n, "surrogatepass");
    case BYTES:
        *p += n;
        return py.Bytes_FromStringAndSize((const char *)at, (Py_ssize_t)n);
    case FLOAT: {
        if (end - at < 8) return corrupt();
        uint64_t bits = 0;
        for (int i = 0; i < 8; i++) bits = bits << 8 | at[i];
        *p += 8;
        double v;
        memcpy(&v, &bits, 8);
        return py.Float_FromDouble(v);
    }
    case INT:
        if (n <= 8) {
            *p += n;
            return get_int(at, n);
        }
    }
    *p = start;
    return get_other(p, end);
}

PyObject *hr_key_decode(const uint8_t *data, size_t n) {
    const uint8_t *p = data, *end = data + n;
    if (n == 0 || *p++ != HR_KEY_VERSION) return corrupt();
    return hr_value_decode(&p, end);
}
