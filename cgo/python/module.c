#define _GNU_SOURCE
#include "module.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "_cgo_export.h"

static const char fork_text[] =
    "headrace cannot be used in a process that fork made: its threads did not come along "
    "(use multiprocessing's 'spawn' or 'forkserver' start method)";

/* enter is what Python calls; self is the number of the Go function. */
static PyObject *enter(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    if (hr_forked) {
        py.Err_SetString(py.ExcRuntimeError, fork_text);
        return NULL;
    }
    int index = (int)py.Long_AsLongLong(self);
    int old = hr_set_holding(1);
    PyObject *out = headraceCall(index, (PyObject **)args, n);
    hr_set_holding(old);
    return out;
}

PyObject *hr_module(const char *name, const char *doc) {
    PyModuleDef *def = calloc(1, sizeof *def); /* lives as long as the module: for ever */
    if (def == NULL) return py.Err_NoMemory();
    def->m_base.ob_base.ob_refcnt = 1;
    def->m_name = name;
    def->m_doc = doc;
    def->m_size = -1;
    return py.Module_Create2(def, PYTHON_ABI_VERSION);
}

int hr_module_add(PyObject *module, const char *name, const char *doc, int index) {
    PyMethodDef *def = calloc(1, sizeof *def);
    PyObject *self = py.Long_FromLongLong(index);
    if (def == NULL || self == NULL) {
        hr_xdecref(self);
        free(def);
        return -1;
    }
    def->ml_name = name;
    def->ml_doc = doc;
    def->ml_flags = METH_FASTCALL;
    def->ml_meth = (PyCFunction)(void (*)(void))enter;
    PyObject *f = py.CFunction_NewEx(def, self, NULL);
    hr_decref(self);
    if (f == NULL) return -1;
    if (py.Module_AddObject(module, name, f) != 0) {
        hr_decref(f);
        return -1;
    }
    return 0;
}

static PyObject *init(void) { return headraceModule(); }

int hr_prepare(void) {
    if (py.Import_AppendInittab("_headrace_native", init) != 0) return -1;
    /* Python takes SIGINT over only from the default action, and Go has installed its own. */
    signal(SIGINT, SIG_DFL);
    return 0;
}

int hr_embed(int argc, char **argv) { return py.BytesMain(argc, argv); }

void *hr_open(const char *path, char *error, size_t size) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (handle == NULL) snprintf(error, size, "%s", dlerror());
    return handle;
}
