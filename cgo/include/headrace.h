/* headrace.h: the ABI of headrace's shared library (headrace/_native.abi3.so in the wheel).
 *
 * Version 1. The library exports exactly the functions of this list; the build of the wheel checks
 * it (setup.py reads the lines that begin with HR_EXPORT). Everything else goes through the Python
 * module that PyInit__native makes: its functions are described in their docstrings
 * (help(headrace._native)), and only headrace._core calls them.
 *
 *   control   session_open, session_call, session_close, main, version, shutdown
 *             requests and replies are JSON (core/plan/planpb/plan.proto)
 *   data      put_arrow, fetch: Arrow C data interface, structures in PyCapsules;
 *             put_objects, fetch: lists of Python objects
 *   errors    a tuple (result, error JSON, exception), see package cgo/native
 */
#ifndef HEADRACE_H
#define HEADRACE_H

#define HEADRACE_ABI_VERSION 1
#define HR_EXPORT extern

#ifdef __cplusplus
extern "C" {
#endif

/* PyInit__native makes the extension module; returns a PyObject *, NULL with an exception set. */
HR_EXPORT void *PyInit__native(void);

#ifdef __cplusplus
}
#endif

#endif
