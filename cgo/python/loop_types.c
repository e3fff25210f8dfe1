/* loop_types.c: the types through which _runtime/process.py puts a loop together and user code
 * sees it: the module headrace._runtime.native. */
#include "block.h"
#include "key.h"
#include "loop.h"
#include "objects.h"
#include "sort.h"

static PyObject *loop_type, *context_type;

static PyObject *none(void) { return hr_incref(py.None); }

static int args_are(Py_ssize_t n, Py_ssize_t want, const char *name) {
    if (n == want) return 1;
    py.Err_Format(py.ExcTypeError, "%s() takes %d arguments, %d given", name, (int)want, (int)n);
    return 0;
}

static PyObject *or_null(PyObject *o) { return o == py.None ? NULL : hr_incref(o); }

/* ------------------------------------------------------------------ Context */

typedef struct {
    PyObject ob_base;
    hr_loop *loop;
    int stage;
} context;

static hr_loop *of(PyObject *self) { return ((context *)self)->loop; }

static PyObject *context_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    if (py.Tuple_Size(args) != 2 || py.Tuple_GetItem(args, 0)->ob_type != loop_type) {
        py.Err_SetString(py.ExcTypeError, "Context(loop, stage)");
        return NULL;
    }
    context *c = (context *)py.Type_GenericAlloc(type, 0);
    if (c == NULL) return NULL;
    c->loop = (hr_loop *)hr_incref(py.Tuple_GetItem(args, 0));
    c->stage = (int)py.Long_AsLongLong(py.Tuple_GetItem(args, 1));
    return (PyObject *)c;
}

static void context_dealloc(PyObject *self) {
    PyTypeObject *type = self->ob_type;
    hr_decref((PyObject *)of(self));
    void (*release)(void *) = (void (*)(void *))py.Type_GetSlot(type, Py_tp_free);
    release(self);
    hr_decref(type);
}

static PyObject *timestamp(PyObject *self, PyObject *unused) {
    hr_loop *l = of(self);
    return py.Long_FromLongLong(((context *)self)->stage == 0 ? l->ts : l->out_ts);
}

static PyObject *current_watermark(PyObject *self, PyObject *unused) {
    return py.Long_FromLongLong(of(self)->watermark);
}

static PyObject *current_processing_time(PyObject *self, PyObject *unused) {
    return py.Long_FromLongLong(hr_loop_now(of(self)));
}

static PyObject *timer_service(PyObject *self, PyObject *unused) { return hr_incref(self); }

static PyObject *current_key(PyObject *self, PyObject *unused) {
    PyObject *key = hr_loop_key(of(self));
    return key == NULL ? NULL : hr_incref(key);
}

static PyObject *domain(PyObject *self, PyObject *unused) {
    hr_feed *f = &of(self)->in;
    return f->kind == HR_TIMERS ? py.Long_FromLongLong(f->domain) : none();
}

static PyObject *port(PyObject *self, PyObject *unused) {
    return py.Long_FromLongLong(of(self)->in.port);
}

static PyObject *set_timestamp(PyObject *self, PyObject *t) {
    long long v = py.Long_AsLongLong(t);
    if (v == -1 && py.Err_Occurred()) return NULL;
    of(self)->out_ts = v;
    return none();
}

static PyObject *timer(PyObject *self, PyObject *t, int which, int del) {
    if (((context *)self)->stage != 0) {
        py.Err_SetString(py.ExcRuntimeError, "timers need a keyed stream: call key_by() first");
        return NULL;
    }
    long long v = py.Long_AsLongLong(t);
    if (v == -1 && py.Err_Occurred()) return NULL;
    return hr_loop_timer(of(self), which, v, del) ? NULL : none();
}

static PyObject *register_event(PyObject *self, PyObject *t) { return timer(self, t, HR_EVENT, 0); }
static PyObject *delete_event(PyObject *self, PyObject *t) { return timer(self, t, HR_EVENT, 1); }
static PyObject *register_processing(PyObject *self, PyObject *t) {
    return timer(self, t, HR_PROCESSING, 0);
}
static PyObject *delete_processing(PyObject *self, PyObject *t) {
    return timer(self, t, HR_PROCESSING, 1);
}

static PyObject *namespace_timer(PyObject *self, PyObject *const *a, Py_ssize_t n, int which,
                                 int del) {
    if (!args_are(n, 2, "a timer with a namespace")) return NULL;
    long long v = py.Long_AsLongLong(a[1]);
    if (v == -1 && py.Err_Occurred()) return NULL;
    return hr_namespace_timer(of(self), which, a[0], v, del) ? NULL : none();
}

static PyObject *register_event_ns(PyObject *self, PyObject *const *a, Py_ssize_t n) {
    return namespace_timer(self, a, n, HR_EVENT, 0);
}
static PyObject *delete_event_ns(PyObject *self, PyObject *const *a, Py_ssize_t n) {
    return namespace_timer(self, a, n, HR_EVENT, 1);
}
static PyObject *register_processing_ns(PyObject *self, PyObject *const *a, Py_ssize_t n) {
    return namespace_timer(self, a, n, HR_PROCESSING, 0);
}
static PyObject *delete_processing_ns(PyObject *self, PyObject *const *a, Py_ssize_t n) {
    return namespace_timer(self, a, n, HR_PROCESSING, 1);
}

#define FAST(f) ((PyCFunction)(void (*)(void))(f))

static PyMethodDef context_methods[] = {
    {"timestamp", timestamp, METH_NOARGS, "The event time of the element, or the timer's time."},
    {"current_watermark", current_watermark, METH_NOARGS, "The event-time clock."},
    {"current_processing_time", current_processing_time, METH_NOARGS, "The time of day, in ms."},
    {"timer_service", timer_service, METH_NOARGS, "What sets timers: this very object."},
    {"get_current_key", current_key, METH_NOARGS, "The key of the element or timer."},
    {"domain", domain, METH_NOARGS, "Of the timer fired: 0 event, 1 processing time, None."},
    {"port", port, METH_NOARGS, "The input that the element came by."},
    {"set_timestamp", set_timestamp, METH_O, "Sets the event time of what is emitted from now."},
    {"register_event_time_timer", register_event, METH_O, "Sets an event-time timer."},
    {"delete_event_time_timer", delete_event, METH_O, "Deletes an event-time timer."},
    {"register_processing_time_timer", register_processing, METH_O, "Sets a timer."},
    {"delete_processing_time_timer", delete_processing, METH_O, "Deletes a timer."},
    {"register_event_timer", FAST(register_event_ns), METH_FASTCALL, "(namespace, time)"},
    {"delete_event_timer", FAST(delete_event_ns), METH_FASTCALL, "(namespace, time)"},
    {"register_processing_timer", FAST(register_processing_ns), METH_FASTCALL,
     "(namespace, time)"},
    {"delete_processing_timer", FAST(delete_processing_ns), METH_FASTCALL, "(namespace, time)"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot context_slots[] = {
    {Py_tp_new, context_new},
    {Py_tp_dealloc, context_dealloc},
    {Py_tp_methods, context_methods},
    {Py_tp_doc, "What a process function sees of its task."},
    {0, NULL},
};

static PyType_Spec context_spec = {"headrace._runtime.native.Context", sizeof(context), 0,
                                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, context_slots};

/* ------------------------------------------------------------------ Loop */

/* loop_add(kind, f, f of port 1 or None, context or None, sides or None, coerce or None) */
static PyObject *loop_add(PyObject *self, PyObject *const *a, Py_ssize_t n) {
    hr_loop *l = (hr_loop *)self;
    if (!args_are(n, 6, "add")) return NULL;
    hr_stage *stages = realloc(l->stages, ((size_t)l->n_stages + 1) * sizeof *stages);
    if (stages == NULL) return py.Err_NoMemory();
    l->stages = stages;
    hr_live *live = realloc(l->live, ((size_t)l->n_stages + 2) * sizeof *live);
    if (live == NULL) return py.Err_NoMemory();
    l->live = live;
    hr_stage *st = &stages[l->n_stages];
    st->kind = (int)py.Long_AsLongLong(a[0]);
    st->fn[0] = or_null(a[1]);
    st->fn[1] = or_null(a[2]);
    st->context = or_null(a[3]);
    st->sides = or_null(a[4]);
    st->coerce = or_null(a[5]);
    if (l->n_stages == 0) l->head_context = or_null(a[3]);
    if (st->kind == HR_KEY) l->outs[0].keyed = 1;
    return py.Long_FromLongLong(l->n_stages++);
}

static PyObject *loop_cell(PyObject *self, PyObject *const *a, Py_ssize_t n) {
    if (!args_are(n, 2, "cell")) return NULL;
    Py_ssize_t size;
    const char *name = py.Unicode_AsUTF8AndSize(a[0], &size);
    hr_table *t = name == NULL ? NULL : hr_loop_table((hr_loop *)self, name);
    return t == NULL ? NULL : hr_new_cell((hr_loop *)self, t, a[1] == py.True);
}

/* loop_reduce(name of the state, whether each update is given out) */
static PyObject *loop_reduce(PyObject *self, PyObject *const *a, Py_ssize_t n) {
    hr_loop *l = (hr_loop *)self;
    if (!args_are(n, 2, "reduce")) return NULL;
    Py_ssize_t size;
    const char *name = py.Unicode_AsUTF8AndSize(a[0], &size);
    if (name == NULL || (l->reduce_state = hr_loop_table(l, name)) == NULL) return NULL;
    l->emit_updates = a[1] == py.True;
    return none();
}

/* loop_on_timer(domain, f, name of the table of namespaces or None) */
static PyObject *loop_on_timer(PyObject *self, PyObject *const *a, Py_ssize_t n) {
    hr_loop *l = (hr_loop *)self;
    if (!args_are(n, 3, "on_timer")) return NULL;
    int d = py.Long_AsLongLong(a[0]) == HR_EVENT ? HR_EVENT : HR_PROCESSING;
    hr_xdecref(l->on_timer[d]);
    l->on_timer[d] = or_null(a[1]);
    if (a[2] == py.None) return none();
    Py_ssize_t size;
    const char *name = py.Unicode_AsUTF8AndSize(a[2], &size);
    if (name == NULL || (l->ns_timers[d] = hr_loop_table(l, name)) == NULL) return NULL;
    return none();
}

static PyObject *loop_on_end(PyObject *self, PyObject *f) {
    hr_loop *l = (hr_loop *)self;
    hr_xdecref(l->end_input);
    l->end_input = hr_incref(f);
    return none();
}

static PyObject *loop_on_watermark(PyObject *self, PyObject *f) {
    hr_loop *l = (hr_loop *)self;
    hr_xdecref(l->on_watermark);
    l->on_watermark = hr_incref(f);
    return none();
}

/* loop_coerce(output, f): what goes into an output becomes f of it */
static PyObject *loop_coerce(PyObject *self, PyObject *const *a, Py_ssize_t n) {
    hr_loop *l = (hr_loop *)self;
    if (!args_are(n, 2, "coerce")) return NULL;
    long long i = py.Long_AsLongLong(a[0]);
    if (i < 0 || i >= l->n_outs) {
        py.Err_SetString(py.ExcValueError, "there is no such output");
        return NULL;
    }
    hr_xdecref(l->outs[i].coerce);
    l->outs[i].coerce = or_null(a[1]);
    return none();
}

static PyObject *loop_on_poll(PyObject *self, PyObject *f) {
    hr_loop *l = (hr_loop *)self;
    hr_xdecref(l->on_poll);
    l->on_poll = hr_incref(f);
    return none();
}

/* loop_each asks for a call f(key, state) for each key, once the element at hand is done. */
static PyObject *loop_each(PyObject *self, PyObject *const *a, Py_ssize_t n) {
    hr_loop *l = (hr_loop *)self;
    if (!args_are(n, 2, "each")) return NULL;
    if (l->each == NULL && (l->each = py.List_New(0)) == NULL) return NULL;
    PyObject *pair = py.Tuple_Pack(2, a[0], a[1]);
    int rc = pair == NULL ? -1 : py.List_Append(l->each, pair);
    hr_xdecref(pair);
    return rc ? NULL : none();
}

void hr_loop_close(hr_loop *l) {
    if (l->closed) return;
    l->closed = 1;
    hr_feed_free(&l->in);
    hr_feed_free(&l->rest);
    while (l->n_live > 0) {
        hr_live *v = &l->live[--l->n_live];
        hr_decref(v->it);
        hr_xdecref(v->from);
    }
    for (int i = 0; i < l->n_outs; i++) hr_emit_free(&l->outs[i]);
    for (int i = 0; i < l->n_stages; i++) {
        hr_stage *st = &l->stages[i];
        PyObject *held[] = {st->fn[0], st->fn[1], st->context, st->sides, st->coerce};
        for (size_t j = 0; j < sizeof held / sizeof *held; j++) hr_xdecref(held[j]);
    }
    l->n_stages = 0;
    PyObject *held[] = {l->on_timer[0], l->on_timer[1], l->end_input, l->on_watermark,
                        l->head_context, l->each, l->decoded, l->failed, l->on_poll};
    l->on_timer[0] = l->on_timer[1] = l->end_input = l->on_watermark = l->on_poll = NULL;
    l->head_context = l->each = l->decoded = l->failed = l->key = NULL;
    for (size_t j = 0; j < sizeof held / sizeof *held; j++) hr_xdecref(held[j]);
    l->slot = -1;
    for (int i = 0; i < l->n_tables; i++) {
        hr_table *t = l->tables[i];
        int32_t cap = t->cap;
        t->cap = 0;
        for (int32_t j = 0; j < cap; j++) hr_xdecref(t->v[j]);
        free(t->v);
        t->v = NULL;
    }
}

static void free_feed(hr_feed *f) {
    free(f->slots);
    free(f->times);
    free(f->marks);
    free(f->starts);
    free(f->ports);
    free(f->cancelled);
    free(f->key_ends);
    hr_buffer_free(&f->key_data);
}

static void loop_dealloc(PyObject *self) {
    hr_loop *l = (hr_loop *)self;
    PyTypeObject *type = self->ob_type;
    hr_loop_close(l);
    for (int i = 0; i < l->n_tables; i++) {
        free(l->tables[i]->v); /* of one that grew after the close */
        free(l->tables[i]->name);
        free(l->tables[i]);
    }
    free(l->tables);
    free(l->stages);
    free(l->live);
    free(l->outs);
    free(l->dirty);
    free(l->dirty_flags);
    free(l->ops);
    free_feed(&l->in);
    free_feed(&l->rest);
    py.Object_Free(self);
    hr_decref(type);
}

static PyMethodDef loop_methods[] = {
    {"add", FAST(loop_add), METH_FASTCALL, "Adds a stage."},
    {"cell", FAST(loop_cell), METH_FASTCALL, "Makes the cell of a state."},
    {"reduce", FAST(loop_reduce), METH_FASTCALL, "Names the state of a reduce."},
    {"on_timer", FAST(loop_on_timer), METH_FASTCALL, "Sets the method for timers of a domain."},
    {"on_end", loop_on_end, METH_O, "Sets the method for the end of an input."},
    {"on_watermark", loop_on_watermark, METH_O, "Sets the method for watermarks."},
    {"on_poll", loop_on_poll, METH_O, "Sets the method to be called now and then."},
    {"coerce", FAST(loop_coerce), METH_FASTCALL, "Sets what makes the values of an output."},
    {"each", FAST(loop_each), METH_FASTCALL, "Asks for a call for each key."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot loop_slots[] = {
    {Py_tp_dealloc, loop_dealloc},
    {Py_tp_methods, loop_methods},
    {Py_tp_doc, "A fused chain of functions."},
    {0, NULL},
};

static PyType_Spec loop_spec = {"headrace._runtime.native.Loop", sizeof(hr_loop), 0,
                                Py_TPFLAGS_DEFAULT, loop_slots};

hr_loop *hr_loop_new(int outputs) {
    hr_loop *l = (hr_loop *)py.Type_GenericAlloc(loop_type, 0);
    if (l == NULL) return NULL;
    l->outs = calloc((size_t)outputs, sizeof *l->outs);
    if (l->outs == NULL) {
        py.Err_NoMemory();
        hr_decref((PyObject *)l);
        return NULL;
    }
    l->n_outs = outputs;
    l->slot = -1;
    l->watermark = INT64_MIN;
    l->next_timer = l->new_timer = INT64_MAX;
    return l;
}

/* ------------------------------------------------------------------ module */

static PyObject *native_isolate(PyObject *self, PyObject *o) {
    return hr_immutable(o) ? hr_incref(o) : hr_copy(o);
}
static PyObject *native_copy(PyObject *self, PyObject *o) { return hr_copy(o); }
static PyObject *native_immutable(PyObject *self, PyObject *o) {
    return hr_incref(hr_immutable(o) ? py.True : py.False);
}
static PyObject *native_weigh(PyObject *self, PyObject *o) {
    return py.Long_FromLongLong(hr_weigh(o));
}
/* native_keep(list, object) appends the object, isolated, and gives the weight of what is kept. */
static PyObject *native_keep(PyObject *self, PyObject *const *a, Py_ssize_t n) {
    if (!args_are(n, 2, "keep")) return NULL;
    int64_t bytes = 0;
    PyObject *o = hr_keep(hr_incref(a[1]), &bytes);
    if (o == NULL) return NULL;
    int rc = py.List_Append(a[0], o);
    hr_decref(o);
    return rc ? NULL : py.Long_FromLongLong(bytes);
}
/* native_sort_rows(list, field, descending) */
static PyObject *native_sort_rows(PyObject *self, PyObject *const *a, Py_ssize_t n) {
    if (!args_are(n, 3, "sort_rows")) return NULL;
    int done = hr_is(a[0], py.ListType) && hr_sort_rows(a[0], a[1], a[2] == py.True);
    return hr_incref(done ? py.True : py.False);
}
/* prefetch asks for the memory of what is in o, that many tuples deep. */
static void prefetch(PyObject *o, int depth) {
    enum { FIELDS = 8 };
    if (depth == 0) {
        __builtin_prefetch(o);
        return;
    }
    if (!hr_is(o, py.TupleType)) return;
    Py_ssize_t n = py.Tuple_Size(o);
    for (Py_ssize_t i = 0; i < n && i < FIELDS; i++) prefetch(py.Tuple_GetItem(o, i), depth - 1);
}
/* native_prefetch(list) brings rows near that lie anywhere in memory: all misses of a depth are
 * under way at once, where who handles row by row waits for each. */
static PyObject *native_prefetch(PyObject *self, PyObject *o) {
    enum { DEPTH = 2 };
    if (!hr_is(o, py.ListType)) return none();
    Py_ssize_t n = py.List_Size(o);
    for (int depth = 0; depth <= DEPTH; depth++)
        for (Py_ssize_t i = 0; i < n; i++) prefetch(py.List_GetItem(o, i), depth);
    return none();
}
static PyObject *native_encode(PyObject *self, PyObject *o) {
    hr_buffer b = {0};
    PyObject *raw = hr_object_encode(&b, o)
                        ? NULL
                        : py.Bytes_FromStringAndSize((char *)b.data, (Py_ssize_t)b.len);
    hr_buffer_free(&b);
    return raw;
}
static PyObject *native_decode(PyObject *self, PyObject *o) {
    char *s;
    Py_ssize_t n;
    if (py.Bytes_AsStringAndSize(o, &s, &n)) return NULL;
    return hr_object_decode((const uint8_t *)s, (size_t)n);
}
static PyObject *native_row_type(PyObject *self, PyObject *o) {
    hr_object_row_type(o);
    return none();
}
static PyObject *native_key(PyObject *self, PyObject *o) {
    hr_buffer b = {0};
    PyObject *raw = hr_key_encode(&b, o)
                        ? NULL
                        : py.Bytes_FromStringAndSize((char *)b.data, (Py_ssize_t)b.len);
    hr_buffer_free(&b);
    return raw;
}
static PyObject *native_unkey(PyObject *self, PyObject *o) {
    char *s;
    Py_ssize_t n;
    if (py.Bytes_AsStringAndSize(o, &s, &n)) return NULL;
    return hr_key_decode((const uint8_t *)s, (size_t)n);
}
/* native_hooks(key encode, key decode, copy, dumps, loads, immutable types, enum metaclass) */
static PyObject *native_hooks(PyObject *self, PyObject *const *a, Py_ssize_t n) {
    if (!args_are(n, 7, "hooks")) return NULL;
    hr_key_hooks(a[0], a[1]);
    return hr_object_hooks(a[2], a[3], a[4], a[5], a[6]) ? NULL : none();
}

static PyMethodDef functions[] = {
    {"isolate", native_isolate, METH_O, "The object if it cannot change, else a copy."},
    {"copy", native_copy, METH_O, "A copy that shares nothing mutable."},
    {"immutable", native_immutable, METH_O, "Whether nothing in the object can change."},
    {"weigh", native_weigh, METH_O, "An estimate of the memory of the object in bytes."},
    {"keep", FAST(native_keep), METH_FASTCALL, "Appends to a list what isolate() gives."},
    {"sort_rows", FAST(native_sort_rows), METH_FASTCALL, "Sorts by a field of plain keys."},
    {"prefetch", native_prefetch, METH_O, "Brings a list's rows into the cache."},
    {"encode", native_encode, METH_O, "A plain value's encoding, a pickle of all else."},
    {"decode", native_decode, METH_O, "What encode() was given."},
    {"row_type", native_row_type, METH_O, "Makes the class Row known."},
    {"encode_key", native_key, METH_O, "The canonical encoding of a key."},
    {"decode_key", native_unkey, METH_O, "The key that an encoding says."},
    {"hooks", FAST(native_hooks), METH_FASTCALL, "Sets what is done in Python."},
    {NULL, NULL, 0, NULL},
};

static int add_functions(PyObject *module) {
    for (PyMethodDef *d = functions; d->ml_name != NULL; d++) {
        PyObject *f = py.CFunction_NewEx(d, NULL, NULL);
        int rc = f == NULL ? -1 : py.Object_SetAttrString(module, d->ml_name, f);
        hr_xdecref(f);
        if (rc) return rc;
    }
    return 0;
}

/* Makes the types and functions of headrace._runtime.native. */
static int make_types(PyObject *package) {
    PyObject *module = py.Import_AddModule("headrace._runtime.native"); /* borrowed */
    PyObject *loops = py.Type_FromSpec(&loop_spec);
    context_type = py.Type_FromSpec(&context_spec);
    PyObject *cells = hr_cell_type();
    PyObject *blocks = hr_block_type();
    int rc = module == NULL || loops == NULL || context_type == NULL || cells == NULL ||
             blocks == NULL || add_functions(module) ||
             py.Object_SetAttrString(module, "Block", blocks) || py.Object_SetAttrString(module, "Cell", cells) ||
             py.Object_SetAttrString(module, "Loop", loops) ||
             py.Object_SetAttrString(module, "Context", context_type) ||
             py.Object_SetAttrString(package, "native", module);
    if (rc) return -1;
    loop_type = loops;
    return 0;
}

int hr_loop_types(void) {
    static int ready; /* the hooks are set too: imports let other threads have the GIL */
    if (ready) return 0;
    PyObject *package = py.Import_ImportModule("headrace._runtime");
    if (package == NULL) return -1;
    int rc = loop_type == NULL && make_types(package);
    hr_decref(package);
    if (rc) return -1;
    PyObject *start = py.Import_ImportModule("headrace._runtime.start"); /* waits for another's */
    if (start == NULL) return -1;
    hr_decref(start);
    ready = 1;
    return 0;
}
