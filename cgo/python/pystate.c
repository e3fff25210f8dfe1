/* pystate.c: keyed state of live objects. A table holds one object a slot; a Cell is what user code
 * sees of it: the object of the key at hand, and with namespaces one entry of a dict that is that
 * object. */
#include "loop.h"
#include "objects.h"


int hr_table_grow(hr_table *t, int32_t n) {
    if (n <= t->cap) return 0;
    int32_t cap = t->cap == 0 ? 1024 : t->cap;
    while (cap < n) cap *= 2;
    PyObject **v = realloc(t->v, (size_t)cap * sizeof *v);
    if (v == NULL) return -1;
    memset(v + t->cap, 0, (size_t)(cap - t->cap) * sizeof *v);
    t->v = v;
    t->cap = cap;
    return 0;
}

hr_table *hr_loop_table(hr_loop *l, const char *name) {
    for (int i = 0; i < l->n_tables; i++)
        if (strcmp(l->tables[i]->name, name) == 0) return l->tables[i];
    hr_table **tables = realloc(l->tables, ((size_t)l->n_tables + 1) * sizeof *tables);
    if (tables == NULL) goto failed;
    l->tables = tables;
    hr_table *t = calloc(1, sizeof *t);
    if (t == NULL || (t->name = strdup(name)) == NULL) {
        free(t);
        goto failed;
    }
    l->tables[l->n_tables++] = t;
    l->stateful = 1;
    return t;
failed:
    py.Err_NoMemory();
    return NULL;
}

typedef struct {
    PyObject ob_base;
    hr_loop *loop;
    hr_table *table;
    int namespaced;
    PyObject *ns;
} cell;

static PyObject *cell_type;


/* at returns where the object of the current key is, NULL with an exception when there is none. */
static PyObject **at(cell *c) {
    int32_t slot = c->loop->slot;
    if (slot >= 0 && slot < c->table->cap) return &c->table->v[slot];
    py.Err_Format(py.ExcRuntimeError,
                  "state '%s' belongs to a key: use it where an element or a timer of a keyed "
                  "stream is handled", c->table->name);
    return NULL;
}

static PyObject *none(void) { return hr_incref(py.None); }

/* look finds the value: borrowed, NULL without an exception when there is none. */
static PyObject *look(cell *c, int *error) {
    PyObject **p = at(c);
    *error = p == NULL;
    if (p == NULL || *p == NULL || !c->namespaced) return p == NULL ? NULL : *p;
    PyObject *v = py.Dict_GetItemWithError(*p, c->ns);
    *error = v == NULL && py.Err_Occurred() != NULL;
    return v;
}

static PyObject *cell_peek(PyObject *self, PyObject *unused) {
    int error;
    PyObject *v = look((cell *)self, &error);
    if (v != NULL) return hr_incref(v);
    return error ? NULL : none();
}

static PyObject *cell_value(PyObject *self, PyObject *unused) {
    cell *c = (cell *)self;
    int error;
    PyObject *v = look(c, &error);
    if (v == NULL) return error ? NULL : none();
    if (!hr_immutable(v) && hr_loop_dirty(c->loop, c->loop->slot)) return NULL;
    return hr_incref(v);
}

/* clear removes the value. */
static int clear(cell *c, PyObject **p) {
    PyObject *old = *p;
    if (old == NULL) return 0;
    if (c->namespaced && old != NULL) {
        int has = py.Dict_Contains(old, c->ns);
        if (has <= 0) return has;
        if (py.Dict_Size(old) > 1)
            return py.Dict_DelItem(old, c->ns) ? -1 : hr_loop_dirty(c->loop, c->loop->slot);
    }
    *p = NULL;
    hr_decref(old);
    return hr_loop_dirty(c->loop, c->loop->slot);
}

/* set takes over a reference to v. */
static int set(cell *c, PyObject **p, PyObject *v) {
    int rc = 0;
    if (c->namespaced) {
        if (*p == NULL) *p = py.Dict_New();
        rc = *p == NULL ? -1 : py.Dict_SetItem(*p, c->ns, v);
        hr_decref(v);
    } else {
        PyObject *old = *p;
        *p = v;
        hr_xdecref(old);
    }
    return rc ? rc : hr_loop_dirty(c->loop, c->loop->slot);
}

static PyObject *cell_put(PyObject *self, PyObject *v) {
    PyObject **p = at((cell *)self);
    return p == NULL || set((cell *)self, p, hr_incref(v)) ? NULL : none();
}

static PyObject *cell_update(PyObject *self, PyObject *v) {
    cell *c = (cell *)self;
    int error;
    PyObject *old = look(c, &error);
    if (error) return NULL;
    PyObject **p = at(c);
    if (v == py.None) return clear(c, p) ? NULL : none();
    if (v == old) return hr_loop_dirty(c->loop, c->loop->slot) ? NULL : none();
    v = hr_settled(v) ? hr_incref(v) : hr_copy(v);
    return v == NULL || set(c, p, v) ? NULL : none();
}

static PyObject *cell_clear(PyObject *self, PyObject *unused) {
    PyObject **p = at((cell *)self);
    return p == NULL || clear((cell *)self, p) ? NULL : none();
}

static PyObject *cell_touch(PyObject *self, PyObject *unused) {
    cell *c = (cell *)self;
    return at(c) == NULL || hr_loop_dirty(c->loop, c->loop->slot) ? NULL : none();
}

static PyObject *cell_set_namespace(PyObject *self, PyObject *ns) {
    cell *c = (cell *)self;
    if (!c->namespaced) {
        py.Err_Format(py.ExcRuntimeError, "state '%s' has no namespaces: make it with "
                      "get_namespaced_state()", c->table->name);
        return NULL;
    }
    PyObject *old = c->ns;
    c->ns = hr_incref(ns);
    hr_decref(old);
    return none();
}

static PyObject *cell_namespaces(PyObject *self, PyObject *unused) {
    cell *c = (cell *)self;
    PyObject **p = at(c);
    if (p == NULL) return NULL;
    if (*p == NULL || !c->namespaced) return py.List_New(0);
    return py.Dict_Keys(*p);
}

static void cell_dealloc(PyObject *self) {
    cell *c = (cell *)self;
    PyTypeObject *type = self->ob_type;
    hr_decref((PyObject *)c->loop);
    hr_decref(c->ns);
    py.Object_Free(self);
    hr_decref(type);
}

static PyMethodDef cell_methods[] = {
    {"value", cell_value, METH_NOARGS, "The value of the current key, None when there is none."},
    {"update", cell_update, METH_O, "Sets the value of the current key; None clears it."},
    {"clear", cell_clear, METH_NOARGS, "Removes the value of the current key."},
    {"peek", cell_peek, METH_NOARGS, "The value, by somebody who will not change it."},
    {"put", cell_put, METH_O, "Sets the value to an object that nobody else holds."},
    {"touch", cell_touch, METH_NOARGS, "Says that the value has changed in place."},
    {"set_current_namespace", cell_set_namespace, METH_O, "Chooses the namespace."},
    {"namespaces", cell_namespaces, METH_NOARGS, "The namespaces of the key that have a value."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot cell_slots[] = {
    {Py_tp_dealloc, cell_dealloc},
    {Py_tp_methods, cell_methods},
    {Py_tp_doc, "The state of one name, for the key at hand."},
    {0, NULL},
};

static PyType_Spec cell_spec = {
    "headrace._runtime.native.Cell", sizeof(cell), 0, Py_TPFLAGS_DEFAULT, cell_slots};

PyObject *hr_cell_type(void) {
    if (cell_type == NULL) cell_type = py.Type_FromSpec(&cell_spec);
    return cell_type;
}

PyObject *hr_new_cell(hr_loop *l, hr_table *t, int namespaced) {
    cell *c = (cell *)py.Type_GenericAlloc(cell_type, 0);
    if (c == NULL) return NULL;
    c->loop = (hr_loop *)hr_incref((PyObject *)l);
    c->table = t;
    c->namespaced = namespaced;
    c->ns = hr_incref(py.None);
    return (PyObject *)c;
}

/* firing returns the namespaces that are still to be fired for a timer of the key at hand. */
static PyObject *firing(hr_loop *l, int domain, int64_t time) {
    hr_feed *f = &l->in;
    int same = f->kind == HR_TIMERS && f->domain == domain && f->ns_list != NULL && l->ts == time;
    return same ? f->ns_list : NULL;
}

static int remove_from(PyObject *list, Py_ssize_t from, PyObject *ns) {
    Py_ssize_t n = py.List_Size(list);
    for (Py_ssize_t i = from; i < n; i++) {
        int same = py.Object_RichCompareBool(py.List_GetItem(list, i), ns, Py_EQ);
        if (same < 0) return -1;
        if (same) return py.Sequence_DelItem(list, i) ? -1 : 1;
    }
    return 0;
}

static int add_namespace(hr_loop *l, int domain, PyObject **times, PyObject *time, PyObject *ns,
                         int64_t at) {
    if (*times == NULL && (*times = py.Dict_New()) == NULL) return -1;
    PyObject *list = py.Dict_GetItemWithError(*times, time);
    if (list != NULL) {
        int has = py.Sequence_Contains(list, ns);
        return has != 0 ? (has < 0 ? -1 : 0) : py.List_Append(list, ns);
    }
    if (py.Err_Occurred() || (list = py.List_New(1)) == NULL) return -1;
    py.List_SetItem(list, 0, hr_incref(ns));
    int rc = py.Dict_SetItem(*times, time, list);
    hr_decref(list);
    return rc ? rc : hr_loop_timer(l, domain, at, 0);
}

static int remove_namespace(hr_loop *l, int domain, PyObject **times, PyObject *time, PyObject *ns,
                            int64_t at) {
    PyObject *list = *times == NULL ? NULL : py.Dict_GetItemWithError(*times, time);
    if (list == NULL) return py.Err_Occurred() ? -1 : 0;
    int rc = remove_from(list, 0, ns);
    if (rc <= 0 || py.List_Size(list) > 0) return rc < 0 ? -1 : 0;
    if (py.Dict_DelItem(*times, time)) return -1;
    if (py.Dict_Size(*times) == 0) {
        hr_decref(*times);
        *times = NULL;
    }
    return hr_loop_timer(l, domain, at, 1);
}

int hr_namespace_timer(hr_loop *l, int domain, PyObject *ns, int64_t time, int del) {
    hr_table *t = l->ns_timers[domain];
    if (t == NULL || l->slot < 0 || l->slot >= t->cap) {
        py.Err_SetString(py.ExcRuntimeError, "timers with a namespace are for keyed operators, "
                                             "where a key is at hand");
        return -1;
    }
    PyObject *at_hand = del ? firing(l, domain, time) : NULL;
    if (at_hand != NULL) {
        int rc = remove_from(at_hand, l->in.ns_at, ns);
        if (rc != 0) return rc < 0 ? -1 : 0;
    }
    PyObject *key = py.Long_FromLongLong(time);
    if (key == NULL) return -1;
    PyObject **times = &t->v[l->slot];
    int rc = del ? remove_namespace(l, domain, times, key, ns, time)
                 : add_namespace(l, domain, times, key, ns, time);
    hr_decref(key);
    return rc ? rc : hr_loop_dirty(l, l->slot);
}
