/* module.h: Go functions as a Python module. */
#ifndef HEADRACE_MODULE_H
#define HEADRACE_MODULE_H

#include "gil.h"

/* hr_module makes an empty module; NULL with an exception set on failure. */
PyObject *hr_module(const char *name, const char *doc);
/* hr_module_add gives the module a function that calls Go's function number index. */
int hr_module_add(PyObject *module, const char *name, const char *doc, int index);

/* hr_prepare makes the interpreter ready to be started with the module _headrace_native built in;
 * -1 when the module cannot be added. hr_embed runs it (Py_BytesMain), returns its exit code. */
int hr_prepare(void);
int hr_embed(int argc, char **argv);

/* hr_open opens a libpython; NULL with a line in error on failure. */
void *hr_open(const char *path, char *error, size_t size);

#endif
