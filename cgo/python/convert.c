/* convert.c: booleans, numbers, strings and bytes between columns and Python objects, and which
 * function converts which type. Results are read as PyFlink reads them: an integer type takes what
 * int() of a number gives (1.5 is 1), a floating type what float() gives, a string only a str. */
#include "column.h"

#include <math.h>

static PyObject *get_null(const hr_type *t, const hr_view *v, int64_t i) {
    return hr_incref(py.None);
}

static PyObject *get_boolean(const hr_type *t, const hr_view *v, int64_t i) {
    return hr_incref(hr_bit(v->data, v->bit_off + i) ? py.True : py.False);
}

#define GET_INT(name, ctype)                                                                   \
    static PyObject *get_##name(const hr_type *t, const hr_view *v, int64_t i) {               \
        return py.Long_FromLongLong(((const ctype *)v->data)[i]);                              \
    }
GET_INT(tinyint, int8_t)
GET_INT(smallint, int16_t)
GET_INT(int, int32_t)
GET_INT(bigint, int64_t)

static PyObject *get_float(const hr_type *t, const hr_view *v, int64_t i) {
    return py.Float_FromDouble(((const float *)v->data)[i]);
}

static PyObject *get_double(const hr_type *t, const hr_view *v, int64_t i) {
    return py.Float_FromDouble(((const double *)v->data)[i]);
}

static PyObject *get_string(const hr_type *t, const hr_view *v, int64_t i) {
    const char *text = (const char *)v->bytes + v->offs[i];
    int64_t n = v->offs[i + 1] - v->offs[i];
    PyObject *s = py.Unicode_FromStringAndSize(text, n);
    if (s != NULL || !py.Err_ExceptionMatches(py.ExcUnicodeDecodeError)) return s;
    py.Err_Clear(); /* bytes that a connector let through: Java shows U+FFFD for them */
    return py.Unicode_DecodeUTF8(text, n, "replace");
}

static PyObject *get_bytes(const hr_type *t, const hr_view *v, int64_t i) {
    return py.Bytes_FromStringAndSize((const char *)v->bytes + v->offs[i],
                                      v->offs[i + 1] - v->offs[i]);
}

static PyObject *get_object(const hr_type *t, const hr_view *v, int64_t i) {
    PyObject *o = (PyObject *)(uintptr_t)((const uint64_t *)v->data)[i];
    return hr_incref(o == NULL ? py.None : o);
}

static int put_null(hr_builder *out, PyObject *value) { return hr_mismatch(out->type, value); }

/* as_int64 reads a number as int() does: 0, or -1 with an exception. */
static int as_int64(const hr_type *t, PyObject *value, int64_t *result) {
    int overflow = 0;
    PyObject *number = value;
    if (hr_is(value, py.LongType)) {
        hr_incref(number);
    } else {
        if (!py.Number_Check(value)) return hr_mismatch(t, value);
        number = py.Number_Long(value);
        if (number == NULL) {
            if (!py.Err_ExceptionMatches(py.ExcTypeError)) return -1;
            py.Err_Clear();
            return hr_mismatch(t, value);
        }
    }
    *result = py.Long_AsLongLongAndOverflow(number, &overflow);
    if (overflow) py.Err_Format(py.ExcOverflowError, "%S does not fit %s", number, t->name);
    hr_decref(number);
    return overflow || (*result == -1 && py.Err_Occurred() != NULL) ? -1 : 0;
}

static int put_boolean(hr_builder *out, PyObject *value) {
    int64_t truth = value == py.True;
    if (value != py.True && value != py.False && as_int64(out->type, value, &truth)) return -1;
    if (hr_builder_room(out)) return -1;
    uint8_t mask = (uint8_t)(1 << (out->n & 7));
    if (truth != 0) {
        out->data[out->n >> 3] |= mask;
    } else {
        out->data[out->n >> 3] &= (uint8_t)~mask;
    }
    hr_builder_mark(out);
    return 0;
}

#define PUT_INT(suffix, ctype)                                                                 \
    static int put_##suffix(hr_builder *out, PyObject *value) {                                \
        int64_t x;                                                                             \
        if (as_int64(out->type, value, &x) || hr_builder_room(out)) return -1;                 \
        if (x != (ctype)x) {                                                                   \
            py.Err_Format(py.ExcOverflowError, "%lld does not fit %s", (long long)x,           \
                          out->type->name);                                                    \
            return -1;                                                                         \
        }                                                                                      \
        ((ctype *)out->data)[out->n] = (ctype)x;                                               \
        hr_builder_mark(out);                                                                  \
        return 0;                                                                              \
    }
PUT_INT(tinyint, int8_t)
PUT_INT(smallint, int16_t)
PUT_INT(int, int32_t)
PUT_INT(bigint, int64_t)

static int as_double(const hr_type *t, PyObject *value, double *result) {
    *result = py.Float_AsDouble(value);
    if (*result != -1 || py.Err_Occurred() == NULL) return 0;
    if (!py.Err_ExceptionMatches(py.ExcTypeError)) return -1;
    py.Err_Clear();
    return hr_mismatch(t, value);
}

static int put_float(hr_builder *out, PyObject *value) {
    double x;
    if (as_double(out->type, value, &x) || hr_builder_room(out)) return -1;
    ((float *)out->data)[out->n] = (float)x;
    hr_builder_mark(out);
    return 0;
}

static int put_double(hr_builder *out, PyObject *value) {
    double x;
    if (as_double(out->type, value, &x) || hr_builder_room(out)) return -1;
    ((double *)out->data)[out->n] = x;
    hr_builder_mark(out);
    return 0;
}

static int put_string(hr_builder *out, PyObject *value) {
    if (!hr_is(value, py.UnicodeType) && !hr_type_flag(value, Py_TPFLAGS_UNICODE_SUBCLASS)) {
        return hr_mismatch(out->type, value);
    }
    Py_ssize_t n;
    const char *text = py.Unicode_AsUTF8AndSize(value, &n);
    if (text == NULL) return -1; /* a lone surrogate */
    return hr_builder_bytes(out, text, n);
}

static int put_bytes(hr_builder *out, PyObject *value) {
    if (hr_is(value, py.BytesType) || hr_type_flag(value, Py_TPFLAGS_BYTES_SUBCLASS)) {
        return hr_builder_bytes(out, py.Bytes_AsString(value), py.Bytes_Size(value));
    }
    if (py.Type_IsSubtype(value->ob_type, py.ByteArrayType)) {
        return hr_builder_bytes(out, py.ByteArray_AsString(value), py.ByteArray_Size(value));
    }
    return hr_mismatch(out->type, value);
}

static int put_object(hr_builder *out, PyObject *value) {
    py.Err_SetString(py.ExcTypeError, "a function of SQL cannot return an untyped object");
    return -1;
}

static const struct {
    hr_getter get;
    hr_putter put;
} converters[HR_T_COUNT] = {
    [HR_T_NULL] = {get_null, put_null},
    [HR_T_BOOLEAN] = {get_boolean, put_boolean},
    [HR_T_TINYINT] = {get_tinyint, put_tinyint},
    [HR_T_SMALLINT] = {get_smallint, put_smallint},
    [HR_T_INT] = {get_int, put_int},
    [HR_T_BIGINT] = {get_bigint, put_bigint},
    [HR_T_FLOAT] = {get_float, put_float},
    [HR_T_DOUBLE] = {get_double, put_double},
    [HR_T_DECIMAL] = {hr_get_decimal, hr_put_decimal},
    [HR_T_CHAR] = {get_string, put_string},
    [HR_T_VARCHAR] = {get_string, put_string},
    [HR_T_BINARY] = {get_bytes, put_bytes},
    [HR_T_VARBINARY] = {get_bytes, put_bytes},
    [HR_T_DATE] = {hr_get_date, hr_put_date},
    [HR_T_TIME] = {hr_get_time, hr_put_time},
    [HR_T_TIMESTAMP] = {hr_get_timestamp, hr_put_timestamp},
    [HR_T_TIMESTAMP_LTZ] = {hr_get_timestamp_ltz, hr_put_timestamp_ltz},
    [HR_T_INTERVAL_YM] = {get_int, put_int},
    [HR_T_INTERVAL_DT] = {hr_get_interval, hr_put_interval},
    [HR_T_ARRAY] = {hr_get_array, hr_put_array},
    [HR_T_MAP] = {hr_get_map, hr_put_map},
    [HR_T_MULTISET] = {hr_get_map, hr_put_map},
    [HR_T_ROW] = {hr_get_row, hr_put_row},
    [HR_T_RAW] = {get_bytes, put_bytes},
    [HR_T_OBJECT] = {get_object, put_object},
};

int hr_type_ready(hr_type *t, int width) {
    if (t->kind < 0 || t->kind >= HR_T_COUNT) {
        py.Err_Format(py.ExcSystemError, "no conversion for kind %d", t->kind);
        return -1;
    }
    t->width = width;
    t->get = converters[t->kind].get;
    t->put = converters[t->kind].put;
    return 0;
}

int hr_convert_init(void) {
    static int done;
    if (done) return 0;
    if (hr_decimal_init() || hr_time_init() || hr_row_init()) return -1;
    done = 1;
    return 0;
}
