#include "block.h"

#include "objects.h"

typedef struct {
    PyObject ob_base;
    PyObject *rows, *key, *full; /* rows is NULL once closed, key where there is none */
    int64_t size, limit, extra;
} block;

static PyObject *block_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    if (py.Tuple_Size(args) != 6 || !hr_is(py.Tuple_GetItem(args, 0), py.ListType)) {
        py.Err_SetString(py.ExcTypeError, "Block(rows, key, extra, limit, full, size)");
        return NULL;
    }
    int64_t extra = py.Long_AsLongLong(py.Tuple_GetItem(args, 2));
    int64_t limit = py.Long_AsLongLong(py.Tuple_GetItem(args, 3));
    int64_t size = py.Long_AsLongLong(py.Tuple_GetItem(args, 5));
    if (py.Err_Occurred()) return NULL;
    block *b = (block *)py.Type_GenericAlloc(type, 0);
    if (b == NULL) return NULL;
    PyObject *key = py.Tuple_GetItem(args, 1);
    b->rows = hr_incref(py.Tuple_GetItem(args, 0));
    b->key = key == py.None ? NULL : hr_incref(key);
    b->full = hr_incref(py.Tuple_GetItem(args, 4));
    b->extra = extra;
    b->limit = limit;
    b->size = size;
    return (PyObject *)b;
}

static PyObject *block_close(PyObject *self, PyObject *unused) {
    block *b = (block *)self;
    PyObject *held[] = {b->rows, b->key, b->full};
    b->rows = b->key = b->full = NULL;
    for (size_t i = 0; i < sizeof held / sizeof *held; i++) hr_xdecref(held[i]);
    return hr_incref(py.None);
}

static void block_dealloc(PyObject *self) {
    PyTypeObject *type = self->ob_type;
    hr_decref(block_close(self, NULL));
    void (*release)(void *) = (void (*)(void *))py.Type_GetSlot(type, Py_tp_free);
    release(self);
    hr_decref(type);
}

/* with_key makes the pair of a row, whose reference it takes over, and its key. */
static PyObject *with_key(const block *b, PyObject *row) {
    PyObject *key = hr_vectorcall(b->key, &row, 1);
    PyObject *pair = key == NULL ? NULL : py.Tuple_Pack(2, key, row);
    hr_xdecref(key);
    hr_decref(row);
    return pair;
}

static PyObject *block_take(PyObject *self, PyObject *const *a, Py_ssize_t n) {
    block *b = (block *)self;
    if (n < 1 || b->rows == NULL) {
        py.Err_SetString(py.ExcTypeError, "take(row) of an open block");
        return NULL;
    }
    int64_t bytes = 0;
    PyObject *row = hr_keep(hr_incref(a[0]), &bytes);
    if (row != NULL && b->key != NULL) row = with_key(b, row);
    if (row == NULL) return NULL;
    int rc = b->rows == NULL ? 0 : py.List_Append(b->rows, row); /* key() may have closed it */
    hr_decref(row);
    if (rc) return NULL;
    b->size += bytes + b->extra;
    if (b->size <= b->limit || b->full == NULL) return hr_incref(py.None);
    PyObject *done = py.Object_CallFunctionObjArgs(b->full, NULL);
    if (done == NULL) return NULL;
    hr_decref(done);
    return hr_incref(py.None);
}

static PyObject *block_reset(PyObject *self, PyObject *rows) {
    block *b = (block *)self;
    if (!hr_is(rows, py.ListType)) {
        py.Err_SetString(py.ExcTypeError, "reset(rows) takes a list");
        return NULL;
    }
    PyObject *old = b->rows;
    b->rows = hr_incref(rows);
    b->size = 0;
    hr_xdecref(old);
    return hr_incref(py.None);
}

static PyObject *block_size(PyObject *self, PyObject *unused) {
    return py.Long_FromLongLong(((block *)self)->size);
}

static PyMethodDef methods[] = {
    {"take", (PyCFunction)(void (*)(void))block_take, METH_FASTCALL, "Appends a row."},
    {"reset", block_reset, METH_O, "Goes on with an empty list."},
    {"size", block_size, METH_NOARGS, "The estimated bytes of the rows."},
    {"close", block_close, METH_NOARGS, "Lets go of everything."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, block_new},
    {Py_tp_dealloc, block_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_doc, "A list of rows that tells when it has become too large."},
    {0, NULL},
};

static PyType_Spec spec = {"headrace._runtime.native.Block", sizeof(block), 0, Py_TPFLAGS_DEFAULT,
                           slots};

PyObject *hr_block_type(void) {
    static PyObject *type;
    if (type == NULL) type = py.Type_FromSpec(&spec);
    return type;
}
