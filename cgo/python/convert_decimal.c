/* convert_decimal.c: DECIMAL(p, s) as 128-bit unscaled values and decimal.Decimal. */
#include "column.h"

#include <stdio.h>
#include <stdlib.h>

typedef unsigned __int128 u128;

#define DIGITS_MAX 38

static PyObject *decimal_type, *invalid_operation;

int hr_decimal_init(void) {
    PyObject *m = py.Import_ImportModule("decimal");
    if (m == NULL) return -1;
    decimal_type = py.Object_GetAttrString(m, "Decimal");
    invalid_operation = py.Object_GetAttrString(m, "InvalidOperation");
    hr_decref(m);
    return decimal_type == NULL || invalid_operation == NULL ? -1 : 0;
}

/* digits writes x in decimal, at least min digits, ending before end; returns the first. */
static char *digits(u128 x, char *end, int min) {
    while (x > UINT64_MAX) {
        *--end = (char)('0' + (int)(x % 10));
        x /= 10;
        min--;
    }
    for (uint64_t low = (uint64_t)x; low > 0 || min > 0; low /= 10, min--) {
        *--end = (char)('0' + low % 10);
    }
    return end;
}

PyObject *hr_get_decimal(const hr_type *t, const hr_view *v, int64_t i) {
    char text[DIGITS_MAX + 8], plain[DIGITS_MAX + 4];
    __int128 x;
    memcpy(&x, (const char *)v->data + i * 16, 16);
    u128 magnitude = x < 0 ? -(u128)x : (u128)x;
    char *end = plain + sizeof plain;
    char *first = digits(magnitude, end, t->scale + 1);
    int whole = (int)(end - first) - t->scale;
    char *at = text;
    if (x < 0) *at++ = '-';
    memcpy(at, first, (size_t)whole);
    at += whole;
    if (t->scale > 0) {
        *at++ = '.';
        memcpy(at, first + whole, (size_t)t->scale);
        at += t->scale;
    }
    PyObject *s = py.Unicode_FromStringAndSize(text, at - text);
    if (s == NULL) return NULL;
    PyObject *args[2] = {NULL, s};
    PyObject *d = hr_vectorcall(decimal_type, args + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET);
    hr_decref(s);
    return d;
}

/* number is a decimal in text taken apart: its significant digits and the power of ten of the
 * last one. tail says that digits other than 0 were left out below. */
struct number {
    int negative;
    int n;
    char digits[DIGITS_MAX + 2];
    long exponent;
    int tail;
};

/* parse reads [-]digits[.digits][E[+-]digits]; -1 for NaN, Infinity and the like. */
static int parse(const char *s, struct number *d) {
    memset(d, 0, sizeof *d);
    if (*s == '-') d->negative = 1, s++;
    int point = 0, any = 0;
    for (;; s++) {
        if (*s == '.' && !point) {
            point = 1;
            continue;
        }
        if (*s < '0' || *s > '9') break;
        any = 1;
        if (d->n == 0 && *s == '0') {
            d->exponent -= point;
        } else if (d->n < DIGITS_MAX + 2) {
            d->digits[d->n++] = *s;
            d->exponent -= point;
        } else {
            d->tail |= *s != '0';
            d->exponent += !point;
        }
    }
    if (!any) return -1;
    if (*s == 'E' || *s == 'e') d->exponent += strtol(s + 1, (char **)&s, 10);
    return *s == '\0' ? 0 : -1;
}

/* round_half_even drops the last k digits. */
static void round_half_even(struct number *d, long k) {
    if (k > d->n) {
        d->n = 0;
        return;
    }
    char half = d->digits[d->n - k];
    int rest = d->tail;
    for (long i = d->n - k + 1; i < d->n; i++) rest |= d->digits[i] != '0';
    d->n -= (int)k;
    int odd = d->n > 0 && (d->digits[d->n - 1] & 1);
    if (half < '5' || (half == '5' && !rest && !odd)) return;
    int i = d->n;
    while (i > 0 && d->digits[i - 1] == '9') d->digits[--i] = '0';
    if (i > 0) {
        d->digits[i - 1]++;
        return;
    }
    memmove(d->digits + 1, d->digits, (size_t)d->n);
    d->digits[0] = '1';
    d->n++;
}

static int refuse(const hr_type *t, PyObject *value) {
    py.Err_Format(invalid_operation, "%S does not fit %s", value, t->name);
    return -1;
}

int hr_put_decimal(hr_builder *out, PyObject *value) {
    const hr_type *t = out->type;
    if (!hr_is(value, (PyTypeObject *)decimal_type) && !hr_is(value, py.LongType) &&
        !py.Type_IsSubtype(value->ob_type, (PyTypeObject *)decimal_type)) {
        return hr_mismatch(t, value);
    }
    PyObject *s = py.Object_Str(value);
    if (s == NULL) return -1;
    struct number d;
    const char *text = py.Unicode_AsUTF8AndSize(s, NULL);
    int bad = text == NULL || parse(text, &d);
    hr_decref(s);
    if (bad) return refuse(t, value);
    long up = d.exponent + t->scale;
    if (up < 0) round_half_even(&d, -up);
    if (d.n > 0 && d.n + (up > 0 ? up : 0) > t->precision) return refuse(t, value);
    u128 x = 0;
    for (int i = 0; i < d.n; i++) x = x * 10 + (u128)(d.digits[i] - '0');
    for (; d.n > 0 && up > 0; up--) x *= 10;
    if (d.negative) x = -x;
    if (hr_builder_room(out)) return -1;
    memcpy(out->data + out->n * 16, &x, 16);
    hr_builder_mark(out);
    return 0;
}
