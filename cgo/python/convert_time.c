/* convert_time.c: DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ and INTERVAL DAY TO SECOND between columns
 * and the classes of datetime. Finer digits than microseconds are cut on the way in, finer ones
 * than the type's unit on the way out. */
#include "column.h"

/* datetime's C interface, unchanged since Python 3.7. */
typedef struct {
    PyTypeObject *Date, *DateTime, *Time, *Delta, *TZInfo;
    PyObject *utc;
    PyObject *(*date)(int, int, int, PyTypeObject *);
    PyObject *(*datetime)(int, int, int, int, int, int, int, PyObject *, PyTypeObject *);
    PyObject *(*time)(int, int, int, int, PyObject *, PyTypeObject *);
    PyObject *(*delta)(int, int, int, int, PyTypeObject *);
} capi;

/* What stands at the start of datetime's objects, for datetime.time without the first four bytes
 * of data; checked at start against known values. A timedelta has three ints instead. */
typedef struct {
    PyObject head;
    Py_hash_t hash;
    char has_zone;
    uint8_t data[10];
    uint8_t fold;
    PyObject *zone; /* only there when has_zone */
} stamp;

typedef struct {
    PyObject head;
    Py_hash_t hash;
    int days, seconds, micros;
} delta;

static capi *dt;
static PyTypeObject *instant_type;
static PyObject *s_astimezone, *s_utcoffset, *s_replace, *s_tzinfo;

static int check_layout(void) {
    stamp *d = (stamp *)dt->datetime(2021, 3, 4, 5, 6, 7, 0x010203, dt->utc, dt->DateTime);
    stamp *t = (stamp *)dt->time(5, 6, 7, 0x010203, py.None, dt->Time);
    delta *x = (delta *)dt->delta(-3, 5, 7, 1, dt->Delta);
    static const uint8_t want[10] = {2021 >> 8, 2021 & 255, 3, 4, 5, 6, 7, 1, 2, 3};
    int good = d != NULL && t != NULL && x != NULL && d->has_zone == 1 && d->zone == dt->utc &&
               memcmp(d->data, want, 10) == 0 && t->has_zone == 0 &&
               memcmp(t->data, want + 4, 6) == 0 && x->days == -3 && x->seconds == 5 &&
               x->micros == 7;
    hr_xdecref((PyObject *)d);
    hr_xdecref((PyObject *)t);
    hr_xdecref((PyObject *)x);
    if (!good) {
        py.Err_SetString(py.ExcSystemError, "this Python lays datetime objects out in an "
                                            "unknown way; please report its version");
    }
    return good ? 0 : -1;
}

int hr_time_init(void) {
    PyObject *m = py.Import_ImportModule("datetime");
    if (m == NULL) return -1;
    hr_decref(m);
    dt = py.Capsule_Import("datetime.datetime_CAPI", 0);
    if (dt == NULL || check_layout()) return -1;
    m = py.Import_ImportModule("headrace.common.time");
    if (m == NULL) return -1;
    instant_type = py.Object_GetAttrString(m, "Instant");
    hr_decref(m);
    s_astimezone = py.Unicode_InternFromString("astimezone");
    s_utcoffset = py.Unicode_InternFromString("utcoffset");
    s_replace = py.Unicode_InternFromString("replace");
    s_tzinfo = py.Unicode_InternFromString("tzinfo");
    return instant_type == NULL || s_astimezone == NULL || s_utcoffset == NULL ||
                   s_replace == NULL || s_tzinfo == NULL
               ? -1
               : 0;
}

static int is_a(PyObject *o, PyTypeObject *type) {
    return hr_is(o, type) || py.Type_IsSubtype(o->ob_type, type);
}

/* floor_div is a / b rounded down; *rest is what is left, in [0, b). */
static int64_t floor_div(int64_t a, int64_t b, int64_t *rest) {
    int64_t q = a / b;
    *rest = a % b;
    if (*rest < 0) {
        *rest += b;
        q--;
    }
    return q;
}

/* civil turns days since 1970-01-01 into a date of the proleptic Gregorian calendar; it counts
 * years from 1 March of year 0, in eras of 400 years. */
static void civil(int64_t days, int *year, int *month, int *day) {
    int64_t of_era;
    int64_t era = floor_div(days + 719468, 146097, &of_era);
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + era * 400 + (*month <= 2));
}

/* days_of is the inverse of civil, for years from 1. */
static int64_t days_of(int year, int month, int day) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t ticks_a_second(const hr_type *t) {
    return t->unit == 3 ? 1000 : t->unit == 6 ? 1000000 : 1000000000;
}

PyObject *hr_get_date(const hr_type *t, const hr_view *v, int64_t i) {
    int year, month, day;
    civil(((const int32_t *)v->data)[i], &year, &month, &day);
    return dt->date(year, month, day, dt->Date);
}

static int micros(const hr_type *t, int64_t rest) {
    return (int)(t->unit == 3 ? rest * 1000 : t->unit == 6 ? rest : rest / 1000);
}

PyObject *hr_get_time(const hr_type *t, const hr_view *v, int64_t i) {
    int64_t rest, ticks = t->width == 4 ? ((const int32_t *)v->data)[i]
                                        : ((const int64_t *)v->data)[i];
    int64_t s = floor_div(ticks, ticks_a_second(t), &rest);
    return dt->time((int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60), micros(t, rest), py.None,
                    dt->Time);
}

static PyObject *timestamp(const hr_type *t, const hr_view *v, int64_t i, PyObject *zone) {
    int64_t rest, s;
    int year, month, day;
    int64_t seconds = floor_div(((const int64_t *)v->data)[i], ticks_a_second(t), &rest);
    civil(floor_div(seconds, 86400, &s), &year, &month, &day);
    return dt->datetime(year, month, day, (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60),
                        micros(t, rest), zone, dt->DateTime);
}

PyObject *hr_get_timestamp(const hr_type *t, const hr_view *v, int64_t i) {
    return timestamp(t, v, i, py.None);
}

static PyObject *instant(const hr_type *t, int64_t ticks) {
    int64_t rest, second = ticks_a_second(t);
    PyObject *seconds = py.Long_FromLongLong(floor_div(ticks, second, &rest));
    PyObject *nanos = py.Long_FromLongLong(rest * (1000000000 / second));
    PyObject *o = NULL;
    if (seconds != NULL && nanos != NULL) {
        o = py.Object_CallFunctionObjArgs((PyObject *)instant_type, seconds, nanos, NULL);
    }
    hr_xdecref(seconds);
    hr_xdecref(nanos);
    return o;
}

PyObject *hr_get_timestamp_ltz(const hr_type *t, const hr_view *v, int64_t i) {
    if (t->instants) return instant(t, ((const int64_t *)v->data)[i]);
    PyObject *d = timestamp(t, v, i, dt->utc);
    if (d == NULL || t->zone == NULL) return d;
    PyObject *local = py.Object_CallMethodObjArgs(d, s_astimezone, t->zone, NULL);
    hr_decref(d);
    return local;
}

PyObject *hr_get_interval(const hr_type *t, const hr_view *v, int64_t i) {
    int64_t of_day;
    int64_t days = floor_div(((const int64_t *)v->data)[i], 86400000, &of_day);
    return dt->delta((int)days, (int)(of_day / 1000), (int)(of_day % 1000 * 1000), 1, dt->Delta);
}

static int year_of(const stamp *d) { return d->data[0] << 8 | d->data[1]; }

static int date_days(PyObject *value) {
    const stamp *d = (const stamp *)value;
    return (int)days_of(year_of(d), d->data[2], d->data[3]);
}

int hr_put_date(hr_builder *out, PyObject *value) {
    if (!is_a(value, dt->Date)) return hr_mismatch(out->type, value); /* a datetime is a date too */
    if (hr_builder_room(out)) return -1;
    ((int32_t *)out->data)[out->n] = date_days(value);
    hr_builder_mark(out);
    return 0;
}

/* clock_micros reads hour, minute, second and microsecond from six bytes. */
static int64_t clock_micros(const uint8_t *b) {
    int64_t seconds = (b[0] * 60 + b[1]) * 60 + b[2];
    return seconds * 1000000 + (b[3] << 16 | b[4] << 8 | b[5]);
}

/* to_unit turns microseconds into ticks, rounding down. */
static int64_t to_unit(const hr_type *t, int64_t us) {
    int64_t rest;
    return t->unit == 3 ? floor_div(us, 1000, &rest) : t->unit == 6 ? us : us * 1000;
}

int hr_put_time(hr_builder *out, PyObject *value) {
    const uint8_t *clock;
    if (is_a(value, dt->Time)) {
        clock = ((const stamp *)value)->data;
    } else if (is_a(value, dt->DateTime)) {
        clock = ((const stamp *)value)->data + 4;
    } else {
        return hr_mismatch(out->type, value);
    }
    if (hr_builder_room(out)) return -1;
    int64_t ticks = to_unit(out->type, clock_micros(clock));
    if (out->type->width == 4) {
        ((int32_t *)out->data)[out->n] = (int32_t)ticks;
    } else {
        ((int64_t *)out->data)[out->n] = ticks;
    }
    hr_builder_mark(out);
    return 0;
}

/* wall_micros is the wall-clock time of a datetime in microseconds since 1970. */
static int64_t wall_micros(PyObject *value) {
    return (int64_t)date_days(value) * 86400000000 + clock_micros(((stamp *)value)->data + 4);
}

static int put_micros(hr_builder *out, PyObject *value, int64_t us) {
    if (out->type->unit == 9 && (us > INT64_MAX / 1000 || us < INT64_MIN / 1000)) {
        py.Err_Format(py.ExcOverflowError, "%S does not fit %s", value, out->type->name);
        return -1;
    }
    if (hr_builder_room(out)) return -1;
    ((int64_t *)out->data)[out->n] = to_unit(out->type, us);
    hr_builder_mark(out);
    return 0;
}

/* stamp_of says whether value is a datetime: 1, 0 after putting a null (pandas' NaT is a datetime
 * that does not equal itself), -1 with an exception. */
static int stamp_of(hr_builder *out, PyObject *value) {
    if (hr_is(value, dt->DateTime)) return 1;
    if (!is_a(value, dt->DateTime)) return hr_mismatch(out->type, value);
    PyObject *same = py.Object_RichCompare(value, value, Py_EQ);
    if (same == NULL) return -1;
    int yes = py.Object_IsTrue(same);
    hr_decref(same);
    if (yes == 0) return hr_builder_null(out) ? -1 : 0;
    return yes;
}

int hr_put_timestamp(hr_builder *out, PyObject *value) {
    int have = stamp_of(out, value);
    return have == 1 ? put_micros(out, value, wall_micros(value)) : have;
}

/* offset_micros is how far the datetime is ahead of UTC in its own zone, or in the session's when
 * it has none. */
static int offset_micros(const hr_type *t, PyObject *value, int64_t *us) {
    const stamp *d = (const stamp *)value;
    *us = 0;
    PyObject *aware = NULL;
    if (!d->has_zone) {
        if (t->zone == NULL) return 0;
        PyObject *kwargs = py.Dict_New(), *none = py.Tuple_New(0);
        PyObject *replace = py.Object_GetAttr(value, s_replace);
        if (kwargs != NULL && none != NULL && replace != NULL &&
            py.Dict_SetItem(kwargs, s_tzinfo, t->zone) == 0) {
            aware = py.Object_Call(replace, none, kwargs);
        }
        hr_xdecref(kwargs);
        hr_xdecref(none);
        hr_xdecref(replace);
        if (aware == NULL) return -1;
    } else if (d->zone == dt->utc) {
        return 0;
    } else {
        aware = hr_incref(value);
    }
    PyObject *off = py.Object_CallMethodObjArgs(aware, s_utcoffset, NULL);
    hr_decref(aware);
    if (off == NULL) return -1;
    if (is_a(off, dt->Delta)) {
        const delta *x = (const delta *)off;
        *us = ((int64_t)x->days * 86400 + x->seconds) * 1000000 + x->micros;
    }
    hr_decref(off);
    return 0;
}

static int attr_int64(PyObject *o, const char *name, int64_t *v) {
    PyObject *x = py.Object_GetAttrString(o, name);
    if (x == NULL) return -1;
    *v = py.Long_AsLongLong(x);
    hr_decref(x);
    return *v == -1 && py.Err_Occurred() != NULL ? -1 : 0;
}

static int put_instant(hr_builder *out, PyObject *value) {
    int64_t seconds, nanos;
    if (attr_int64(value, "seconds", &seconds) || attr_int64(value, "nanos", &nanos)) return -1;
    if (seconds > INT64_MAX / 2000000 || seconds < INT64_MIN / 2000000) {
        py.Err_Format(py.ExcOverflowError, "%S does not fit %s", value, out->type->name);
        return -1;
    }
    int64_t before = out->n;
    if (put_micros(out, value, seconds * 1000000 + nanos / 1000)) return -1;
    if (out->type->unit == 9) ((int64_t *)out->data)[before] += nanos % 1000;
    return 0;
}

int hr_put_timestamp_ltz(hr_builder *out, PyObject *value) {
    if (hr_is(value, instant_type)) return put_instant(out, value);
    int have = stamp_of(out, value);
    if (have != 1) return have;
    int64_t ahead;
    if (offset_micros(out->type, value, &ahead)) return -1;
    return put_micros(out, value, wall_micros(value) - ahead);
}

int hr_put_interval(hr_builder *out, PyObject *value) {
    if (!is_a(value, dt->Delta)) return hr_mismatch(out->type, value);
    if (hr_builder_room(out)) return -1;
    const delta *x = (const delta *)value;
    ((int64_t *)out->data)[out->n] =
        ((int64_t)x->days * 86400 + x->seconds) * 1000 + x->micros / 1000;
    hr_builder_mark(out);
    return 0;
}
