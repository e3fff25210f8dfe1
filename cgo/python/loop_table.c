/* loop_table.c: the loop of table functions, which can stop in the middle of a generator. */
#include "program.h"

int hr_put_record(hr_builder *outs, int n, PyObject *value) {
    PyObject *values = value, *names = NULL;
    int row = hr_row_parts(value, &values, &names);
    int is_row_type = n == 1 && outs[0].type->kind == HR_T_ROW;
    if (!row && !hr_type_flag(value, Py_TPFLAGS_TUPLE_SUBCLASS)) {
        if (n == 1) return hr_append(&outs[0], value);
        py.Err_Format(py.ExcTypeError, "expected a Row or tuple of %d values, got %R", n, value);
        return -1;
    }
    Py_ssize_t have = row ? py.List_Size(values) : py.Tuple_Size(values);
    if (is_row_type && have != 1) return hr_append(&outs[0], value);
    if (have != n) {
        py.Err_Format(py.ExcValueError, "expected %d values a row, got %zd: %R", n, have, value);
        return -1;
    }
    for (int k = 0; k < n; k++) {
        PyObject *x = row ? py.List_GetItem(values, k) : py.Tuple_GetItem(values, k);
        if (x == NULL) return -1;
        hr_incref(x);
        int failed = hr_append(&outs[k], x);
        hr_decref(x);
        if (failed) return hr_explain("column %d: ", k + 1);
    }
    return 0;
}

PyObject *hr_rows(PyObject *result, PyObject **single) {
    *single = NULL;
    if (result == py.None) return NULL;
    if (hr_type_flag(result, Py_TPFLAGS_LIST_SUBCLASS) || hr_is(result, py.RangeType)) {
        return py.Object_GetIter(result);
    }
    if (py.Iter_Check(result)) return hr_incref(result);
    *single = hr_incref(result);
    return NULL;
}

void hr_cursor_drop(hr_cursor *c) {
    PyObject *rows = c->rows;
    c->rows = NULL;
    hr_xdecref(rows);
}

/* emit puts one record; columns that a failed record left longer are cut by the next reset. */
static int emit(hr_program *p, PyObject *record, int32_t *origin, int64_t at, int64_t row) {
    if (hr_put_record(p->outs, p->nouts, record)) return -1;
    origin[at] = (int32_t)row;
    return 0;
}

/* start calls the function for the row at the cursor: 1 when that gave one row, which has been
 * put; 0 when the cursor has an iterator or the row has no rows; -1 with an exception. */
static int start(hr_program *p, hr_cursor *c, int32_t *origin, int64_t at, hr_halt *stop) {
    if (hr_row_load(p, c->row)) return -1;
    PyObject *result = hr_call_row(p, &p->calls[0], NULL, NULL), *single = NULL;
    hr_row_drop(p);
    if (result == NULL) return -1;
    c->rows = hr_rows(result, &single);
    hr_decref(result);
    if (c->rows != NULL) return 0;
    int64_t row = c->row++;
    if (single == NULL) return py.Err_Occurred() != NULL ? -1 : 0;
    stop->converting = 1;
    int failed = emit(p, single, origin, at, row);
    hr_decref(single);
    return failed ? -1 : 1;
}

/* held is the memory of what the builders hold, roughly. */
static int64_t held(const hr_builder *outs, int n) {
    int64_t bytes = 0;
    for (int k = 0; k < n; k++) {
        const hr_builder *out = &outs[k];
        bytes += out->n * (out->type->width > 0 ? out->type->width : 4);
        if (out->kids != NULL) {
            bytes += held(out->kids, out->type->nkids);
        } else {
            bytes += out->len;
        }
    }
    return bytes;
}

int64_t hr_table_next(hr_program *p, hr_cursor *c, int64_t limit, int64_t max_bytes,
                      int32_t *origin, hr_halt *stop) {
    memset(stop, 0, sizeof *stop);
    hr_program_reset(p);
    int64_t made = 0;
    while (made < limit && (made == 0 || held(p->outs, p->nouts) < max_bytes)) {
        stop->row = c->row;
        stop->converting = 0;
        if (c->rows == NULL) {
            if (c->row >= c->n) break;
            int one = start(p, c, origin, made, stop);
            if (one < 0) return -1;
            made += one;
            continue;
        }
        PyObject *record = py.Iter_Next(c->rows);
        if (record == NULL) {
            hr_cursor_drop(c);
            c->row++;
            if (py.Err_Occurred() != NULL) return -1;
            continue;
        }
        stop->converting = 1;
        int failed = emit(p, record, origin, made, c->row);
        hr_decref(record);
        if (failed) return -1;
        made++;
    }
    return made;
}
