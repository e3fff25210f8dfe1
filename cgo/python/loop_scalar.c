/* loop_scalar.c: programs, and the loop of scalar functions: for each row the calls run in order,
 * each taking columns, constants and results of earlier calls. */
#include "program.h"

#include <stdlib.h>

hr_program *hr_program_new(int ninputs, int nconsts, int ncalls, int nouts, int nargs_max) {
    hr_program *p = calloc(1, sizeof *p);
    if (p == NULL) goto fail;
    p->ninputs = ninputs, p->nconsts = nconsts, p->ncalls = ncalls, p->nouts = nouts;
    p->types = calloc((size_t)ninputs + 1, sizeof *p->types);
    p->used = calloc((size_t)ninputs + 1, 1);
    p->consts = calloc((size_t)nconsts + 1, sizeof *p->consts);
    p->calls = calloc((size_t)ncalls + 1, sizeof *p->calls);
    p->out_types = calloc((size_t)nouts + 1, sizeof *p->out_types);
    p->outs = calloc((size_t)nouts + 1, sizeof *p->outs);
    p->inputs = calloc((size_t)ninputs + 1, sizeof *p->inputs);
    p->results = calloc((size_t)ncalls + 1, sizeof *p->results);
    p->stack = calloc((size_t)nargs_max + 3, sizeof *p->stack);
    if (p->types && p->used && p->consts && p->calls && p->out_types && p->outs && p->inputs &&
        p->results && p->stack)
        return p;
fail:
    hr_program_free(p);
    py.Err_NoMemory();
    return NULL;
}

int hr_program_ready(hr_program *p) {
    p->views = hr_views_new(p->types, p->ninputs);
    if (p->views == NULL) return -1;
    for (int i = 0; i < p->nouts; i++) {
        if (hr_builder_init(&p->outs[i], p->out_types[i])) return -1;
    }
    for (int c = 0; c < p->ncalls; c++) {
        for (int a = 0; a < p->calls[c].nargs; a++) {
            hr_arg arg = p->calls[c].args[a];
            if (arg.from == HR_FROM_INPUT) p->used[arg.index] = 1;
        }
    }
    return 0;
}

void hr_program_free(hr_program *p) {
    if (p == NULL) return;
    if (p->views != NULL) hr_views_free(p->views, p->types, p->ninputs);
    for (int i = 0; p->outs != NULL && i < p->nouts; i++) {
        if (p->outs[i].type != NULL) hr_builder_free(&p->outs[i]);
    }
    for (int i = 0; p->types != NULL && i < p->ninputs; i++) hr_type_free(p->types[i]);
    for (int i = 0; p->out_types != NULL && i < p->nouts; i++) hr_type_free(p->out_types[i]);
    for (int i = 0; p->consts != NULL && i < p->nconsts; i++) hr_xdecref(p->consts[i]);
    for (int i = 0; p->calls != NULL && i < p->ncalls; i++) {
        hr_xdecref(p->calls[i].f);
        hr_xdecref(p->calls[i].names);
        free(p->calls[i].args);
    }
    void *blocks[] = {p->types, p->used,   p->consts,  p->calls, p->out_types,
                      p->outs,  p->inputs, p->results, p->stack};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
    free(p);
}

int hr_call_spec_init(hr_call_spec *c, PyObject *f, int nargs) {
    c->f = hr_incref(f);
    c->output = -1;
    c->nargs = nargs;
    c->args = calloc((size_t)nargs + 1, sizeof *c->args);
    if (c->args != NULL) return 0;
    py.Err_NoMemory();
    return -1;
}

void hr_row_drop(hr_program *p) {
    for (int k = 0; k < p->ninputs; k++) {
        PyObject *o = p->inputs[k];
        p->inputs[k] = NULL;
        hr_xdecref(o);
    }
}

int hr_row_load(hr_program *p, int64_t i) {
    for (int k = 0; k < p->ninputs; k++) {
        if (!p->used[k]) continue;
        p->inputs[k] = hr_get(p->types[k], &p->views[k], i);
        if (p->inputs[k] != NULL) continue;
        hr_row_drop(p);
        return -1;
    }
    return 0;
}

static PyObject *argument(const hr_program *p, hr_arg a) {
    switch (a.from) {
    case HR_FROM_INPUT:
        return p->inputs[a.index];
    case HR_FROM_CONST:
        return p->consts[a.index];
    default:
        return p->results[a.index];
    }
}

/* row_argument makes the Row of a function that takes the whole row. */
static PyObject *row_argument(const hr_program *p, const hr_call_spec *c) {
    PyObject *values = py.List_New(c->nargs);
    if (values == NULL) return NULL;
    for (int a = 0; a < c->nargs; a++) {
        py.List_SetItem(values, a, hr_incref(argument(p, c->args[a])));
    }
    return hr_row_new(values, c->names);
}

PyObject *hr_call_row(hr_program *p, const hr_call_spec *c, PyObject *f, PyObject *first) {
    PyObject **args = p->stack + 1;
    if (f == NULL) f = c->f;
    size_t n = 0;
    if (first != NULL) args[n++] = first;
    if (c->names == NULL) {
        for (int a = 0; a < c->nargs; a++) args[n++] = argument(p, c->args[a]);
        return hr_vectorcall(f, args, n | PY_VECTORCALL_ARGUMENTS_OFFSET);
    }
    PyObject *row = row_argument(p, c);
    if (row == NULL) return NULL;
    args[n++] = row;
    PyObject *result = hr_vectorcall(f, args, n | PY_VECTORCALL_ARGUMENTS_OFFSET);
    hr_decref(row);
    return result;
}

static void drop_results(hr_program *p, int n) {
    for (int c = 0; c < n; c++) {
        PyObject *o = p->results[c];
        p->results[c] = NULL;
        hr_decref(o);
    }
}

/* run_row makes the calls of the loaded row and puts the outputs. */
static int run_row(hr_program *p, hr_halt *stop) {
    for (int c = 0; c < p->ncalls; c++) {
        const hr_call_spec *call = &p->calls[c];
        PyObject *result = hr_call_row(p, call, NULL, NULL);
        int failed = result == NULL;
        p->results[c] = result;
        stop->converting = 0;
        if (!failed && call->output >= 0) {
            stop->converting = 1;
            failed = hr_append(&p->outs[call->output], result);
        }
        if (failed) {
            stop->call = c;
            drop_results(p, c + (result != NULL));
            return -1;
        }
    }
    drop_results(p, p->ncalls);
    return 0;
}

/* eval_one is the loop for the commonest program: one call of one column, no Row. */
static int eval_one(hr_program *p, int64_t n, hr_halt *stop) {
    const hr_call_spec *call = &p->calls[0];
    const hr_type *t = p->types[call->args[0].index];
    const hr_view *v = &p->views[call->args[0].index];
    hr_builder *out = &p->outs[0];
    for (int64_t i = 0; i < n; i++) {
        PyObject *args[2] = {NULL, hr_get(t, v, i)};
        stop->row = i;
        if (args[1] == NULL) return -1;
        PyObject *result = hr_vectorcall(call->f, args + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET);
        hr_decref(args[1]);
        if (result == NULL) return -1;
        int failed = hr_append(out, result);
        hr_decref(result);
        if (!failed) continue;
        stop->converting = 1;
        return -1;
    }
    return 0;
}

void hr_program_reset(hr_program *p) {
    for (int k = 0; k < p->nouts; k++) hr_builder_reset(&p->outs[k]);
}

int hr_scalar_eval(hr_program *p, int64_t n, hr_halt *stop) {
    memset(stop, 0, sizeof *stop);
    hr_program_reset(p);
    for (int k = 0; k < p->nouts; k++) {
        if (hr_builder_grow(&p->outs[k], n)) return -1;
    }
    const hr_call_spec *first = &p->calls[0];
    if (p->ncalls == 1 && first->output == 0 && first->nargs == 1 && first->names == NULL &&
        first->args[0].from == HR_FROM_INPUT) {
        return eval_one(p, n, stop);
    }
    for (int64_t i = 0; i < n; i++) {
        stop->row = i;
        if (hr_row_load(p, i)) return -1;
        int failed = run_row(p, stop);
        hr_row_drop(p);
        if (failed) return -1;
    }
    return 0;
}

#define REPR_MAX 200 /* bytes kept of each argument, as in the format below */

PyObject *hr_row_repr(hr_program *p, int c, int64_t i) {
    const hr_call_spec *call = &p->calls[c];
    PyObject *text = py.Unicode_FromString("(");
    for (int a = 0; text != NULL && a < call->nargs; a++) {
        hr_arg arg = call->args[a];
        PyObject *value = arg.from == HR_FROM_INPUT
                              ? hr_get(p->types[arg.index], &p->views[arg.index], i)
                          : arg.from == HR_FROM_CONST ? hr_incref(p->consts[arg.index])
                                                      : py.Unicode_FromString("<result>");
        PyObject *repr = value == NULL ? NULL : py.Object_Repr(value);
        const char *shown = repr == NULL ? NULL : py.Unicode_AsUTF8AndSize(repr, NULL);
        PyObject *longer = NULL;
        if (shown != NULL) {
            longer = py.Unicode_FromFormat("%U%s%.200s%s", text, a > 0 ? ", " : "", shown,
                                           strlen(shown) > REPR_MAX ? "…" : "");
        }
        hr_xdecref(value);
        hr_xdecref(repr);
        hr_decref(text);
        text = longer;
    }
    if (text == NULL) return NULL;
    PyObject *closed = py.Unicode_FromFormat("%U)", text);
    hr_decref(text);
    return closed;
}
