#define _GNU_SOURCE
#include "symbols.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

struct hr_python py;

static int lookup(void *handle, const char *name, void *field, char *error, size_t size) {
    void *found = dlsym(handle == NULL ? RTLD_DEFAULT : handle, name);
    *(void **)field = found;
    if (found != NULL || error == NULL) return 0;
    snprintf(error, size, "this Python has no symbol %s (headrace needs CPython 3.10 or newer)",
             name);
    return -1;
}

/* version reads "3.11.7 (main, …)" into 0x030b. */
static int version(const char *text) {
    char *end;
    long major = strtol(text, &end, 10);
    long minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
    return (int)(major << 8 | minor);
}

int hr_symbols_load(void *handle, char *error, size_t size) {
    if (py.ready) return 0;
    PyObject **variable;
#define LOAD(ret, name, args)                                                                  \
    if (lookup(handle, "Py" #name, &py.name, error, size)) return -1;
#define LOAD_PLAIN(ret, name, symbol, args)                                                    \
    if (lookup(handle, symbol, &py.name, error, size)) return -1;
#define LOAD_OPTIONAL(ret, name, args) lookup(handle, "Py" #name, &py.name, NULL, 0);
#define LOAD_TYPE(name)                                                                        \
    if (lookup(handle, "Py" #name "_Type", &py.name##Type, error, size)) return -1;
#define LOAD_EXC(name)                                                                         \
    if (lookup(handle, "PyExc_" #name, &variable, error, size)) return -1;                     \
    py.Exc##name = *variable;
    HR_FUNCTIONS(LOAD)
    HR_PLAIN(LOAD_PLAIN)
    HR_OPTIONAL(LOAD_OPTIONAL)
    HR_TYPES(LOAD_TYPE)
    HR_EXCEPTIONS(LOAD_EXC)
    if (lookup(handle, "_Py_NoneStruct", &py.None, error, size) ||
        lookup(handle, "_Py_TrueStruct", &py.True, error, size) ||
        lookup(handle, "_Py_FalseStruct", &py.False, error, size) ||
        lookup(handle, "_Py_NotImplementedStruct", &py.NotImplemented, error, size) ||
        lookup(handle, "_Py_EllipsisObject", &py.Ellipsis, error, size))
        return -1;
    py.version = version(py.GetVersion());
    if (py.version < 0x030a) {
        snprintf(error, size, "headrace needs CPython 3.10 or newer, this is %.40s",
                 py.GetVersion());
        return -1;
    }
    py.ready = 1;
    return 0;
}

PyObject *hr_vectorcall_slow(PyObject *f, PyObject *const *args, size_t n) {
    n &= ~PY_VECTORCALL_ARGUMENTS_OFFSET;
    switch (n) {
    case 0:
        return py.Object_CallFunctionObjArgs(f, NULL);
    case 1:
        return py.Object_CallFunctionObjArgs(f, args[0], NULL);
    case 2:
        return py.Object_CallFunctionObjArgs(f, args[0], args[1], NULL);
    case 3:
        return py.Object_CallFunctionObjArgs(f, args[0], args[1], args[2], NULL);
    }
    PyObject *tuple = py.Tuple_New((Py_ssize_t)n);
    if (tuple == NULL) return NULL;
    for (size_t i = 0; i < n; i++) py.Tuple_SetItem(tuple, (Py_ssize_t)i, hr_incref(args[i]));
    PyObject *out = py.Object_Call(f, tuple, NULL);
    hr_decref(tuple);
    return out;
}
