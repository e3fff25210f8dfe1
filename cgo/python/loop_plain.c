#include "loop.h"
#include "objects.h"

/* The common case, apart for speed: rows of a chain of maps and filters alone, into one output. */

int hr_loop_is_plain(const hr_loop *l) {
    const hr_output *o = &l->outs[0];
    if (l->n_outs != 1 || l->stateful || l->each != NULL || o->keyed || o->coerce != NULL) return 0;
    for (int s = 0; s < l->n_stages; s++)
        if (l->stages[s].kind != HR_MAP && l->stages[s].kind != HR_FILTER) return 0;
    return 1;
}

/* through sends x, whose reference it takes over, through the stages: 1 with what is to go out in
 * *out, 0 filtered away, -1 failure. */
static int through(hr_loop *l, PyObject *x, PyObject **out) {
    for (int s = 0; s < l->n_stages; s++) {
        const hr_stage *st = &l->stages[s];
        PyObject *args[2] = {NULL, x};
        PyObject *r = hr_vectorcall(st->fn[s == 0 ? l->in.port : 0], args + 1,
                                    1 | PY_VECTORCALL_ARGUMENTS_OFFSET);
        if (r == NULL) return hr_loop_fail(l, s, x);
        if (st->kind == HR_MAP) {
            hr_decref(x);
            x = r;
            continue;
        }
        int yes = r == py.True ? 1 : r == py.False ? 0 : py.Object_IsTrue(r);
        hr_decref(r);
        if (yes < 0) return hr_loop_fail(l, s, x);
        if (yes) continue;
        hr_decref(x);
        return 0;
    }
    *out = x;
    return 1;
}

int hr_loop_plain_rows(hr_loop *l, int rows) {
    hr_feed *in = &l->in;
    hr_output *o = &l->outs[0];
    int left = rows;
    for (; left > 0 && in->row < in->n; left--) {
        if (o->n >= l->max_rows || o->bytes >= l->max_bytes) break;
        int i = in->row++;
        l->out_ts = in->has_times ? in->times[i] : HR_NO_TIME;
        PyObject *x = hr_source_get(&in->values, i);
        int rc = x == NULL ? hr_loop_fail(l, 0, NULL) : through(l, x, &x);
        if (rc > 0 && hr_emit_append(l, 0, x)) rc = hr_loop_fail(l, l->n_stages - 1, NULL);
        if (rc < 0) return -1;
    }
    return rows - left;
}
