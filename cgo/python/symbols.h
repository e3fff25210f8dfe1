/* symbols.h: the one table through which all C of headrace reaches CPython.
 *
 * It is filled by dlsym: from the process (library mode: the interpreter has loaded us) or from a
 * libpython that the runner opened. To use one more function, type or exception, add a line below;
 * names go without their prefix: F(PyObject *, List_New, (Py_ssize_t)) is called as
 * py.List_New(n), T(List) is py.ListType, E(ValueError) is py.ExcValueError. Only what the limited
 * API of 3.10 holds may stand in FUNCTIONS; the rest goes to OPTIONAL and may be NULL. */
#ifndef HEADRACE_SYMBOLS_H
#define HEADRACE_SYMBOLS_H

#include "pyapi.h"

#define HR_FUNCTIONS(F)                                                                        \
    F(void, Err_Clear, (void))                                                                 \
    F(int, Err_CheckSignals, (void))                                                           \
    F(int, Err_ExceptionMatches, (PyObject *))                                                 \
    F(void, Err_Fetch, (PyObject **, PyObject **, PyObject **))                                \
    F(PyObject *, Err_Format, (PyObject *, const char *, ...))                                 \
    F(int, Err_GivenExceptionMatches, (PyObject *, PyObject *))                                \
    F(void, Err_NormalizeException, (PyObject **, PyObject **, PyObject **))                   \
    F(PyObject *, Err_Occurred, (void))                                                        \
    F(PyObject *, Err_NoMemory, (void))                                                        \
    F(void, Err_Restore, (PyObject *, PyObject *, PyObject *))                                 \
    F(void, Err_SetNone, (PyObject *))                                                         \
    F(void, Err_SetObject, (PyObject *, PyObject *))                                           \
    F(void, Err_SetString, (PyObject *, const char *))                                         \
    F(int, Err_WarnEx, (PyObject *, const char *, Py_ssize_t))                                 \
    F(void, Err_WriteUnraisable, (PyObject *))                                                 \
    F(int, Exception_SetTraceback, (PyObject *, PyObject *))                                   \
    F(PyThreadState *, Eval_SaveThread, (void))                                                \
    F(void, Eval_RestoreThread, (PyThreadState *))                                             \
    F(int, GILState_Ensure, (void))                                                            \
    F(void, GILState_Release, (int))                                                           \
    F(PyThreadState *, GILState_GetThisThreadState, (void))                                    \
    F(unsigned long, Thread_get_thread_ident, (void))                                          \
    F(int, ThreadState_SetAsyncExc, (unsigned long, PyObject *))                               \
    F(PyObject *, Import_ImportModule, (const char *))                                         \
    F(PyObject *, Import_AddModule, (const char *))                                            \
    F(int, Import_AppendInittab, (const char *, PyObject *(*)(void)))                          \
    F(PyObject *, Module_Create2, (PyModuleDef *, int))                                        \
    F(PyObject *, Module_GetDict, (PyObject *))                                                \
    F(int, Module_AddObject, (PyObject *, const char *, PyObject *))                           \
    F(PyObject *, CFunction_NewEx, (PyMethodDef *, PyObject *, PyObject *))                    \
    F(PyObject *, CMethod_New, (PyMethodDef *, PyObject *, PyObject *, PyTypeObject *))        \
    F(PyObject *, Capsule_New, (void *, const char *, PyCapsule_Destructor))                   \
    F(void *, Capsule_GetPointer, (PyObject *, const char *))                                  \
    F(const char *, Capsule_GetName, (PyObject *))                                             \
    F(void *, Capsule_GetContext, (PyObject *))                                                \
    F(int, Capsule_SetContext, (PyObject *, void *))                                           \
    F(int, Capsule_IsValid, (PyObject *, const char *))                                        \
    F(void *, Capsule_Import, (const char *, int))                                             \
    F(int, Callable_Check, (PyObject *))                                                       \
    F(PyObject *, Object_Call, (PyObject *, PyObject *, PyObject *))                           \
    F(PyObject *, Object_CallObject, (PyObject *, PyObject *))                                 \
    F(PyObject *, Object_CallFunctionObjArgs, (PyObject *, ...))                               \
    F(PyObject *, Object_CallMethodObjArgs, (PyObject *, PyObject *, ...))                     \
    F(PyObject *, Object_GetAttr, (PyObject *, PyObject *))                                    \
    F(PyObject *, Object_GetAttrString, (PyObject *, const char *))                            \
    F(int, Object_HasAttrString, (PyObject *, const char *))                                   \
    F(int, Object_SetAttr, (PyObject *, PyObject *, PyObject *))                               \
    F(int, Object_SetAttrString, (PyObject *, const char *, PyObject *))                       \
    F(PyObject *, Object_GetItem, (PyObject *, PyObject *))                                    \
    F(int, Object_SetItem, (PyObject *, PyObject *, PyObject *))                               \
    F(int, Object_DelItem, (PyObject *, PyObject *))                                           \
    F(PyObject *, Object_GetIter, (PyObject *))                                                \
    F(Py_hash_t, Object_Hash, (PyObject *))                                                    \
    F(int, Object_IsInstance, (PyObject *, PyObject *))                                        \
    F(int, Object_IsTrue, (PyObject *))                                                        \
    F(PyObject *, Object_Repr, (PyObject *))                                                   \
    F(PyObject *, Object_RichCompare, (PyObject *, PyObject *, int))                           \
    F(int, Object_RichCompareBool, (PyObject *, PyObject *, int))                              \
    F(Py_ssize_t, Object_Size, (PyObject *))                                                   \
    F(PyObject *, Object_Str, (PyObject *))                                                    \
    F(PyObject *, Object_GenericGetAttr, (PyObject *, PyObject *))                             \
    F(int, Object_GenericSetAttr, (PyObject *, PyObject *, PyObject *))                        \
    F(void, Object_GC_UnTrack, (void *))                                                       \
    F(void, Object_GC_Track, (void *))                                                         \
    F(void, Object_GC_Del, (void *))                                                           \
    F(void, Object_Free, (void *))                                                             \
    F(int, Iter_Check, (PyObject *))                                                           \
    F(PyObject *, Iter_Next, (PyObject *))                                                     \
    F(int, Iter_Send, (PyObject *, PyObject *, PyObject **))                                   \
    F(PyObject *, Bool_FromLong, (long))                                                       \
    F(PyObject *, Float_FromDouble, (double))                                                  \
    F(double, Float_AsDouble, (PyObject *))                                                    \
    F(PyObject *, Long_FromLongLong, (long long))                                              \
    F(PyObject *, Long_FromUnsignedLongLong, (unsigned long long))                             \
    F(PyObject *, Long_FromString, (const char *, char **, int))                               \
    F(PyObject *, Long_FromVoidPtr, (void *))                                                  \
    F(long long, Long_AsLongLong, (PyObject *))                                                \
    F(long long, Long_AsLongLongAndOverflow, (PyObject *, int *))                              \
    F(unsigned long long, Long_AsUnsignedLongLong, (PyObject *))                               \
    F(PyObject *, Number_Index, (PyObject *))                                                  \
    F(PyObject *, Number_Long, (PyObject *))                                                   \
    F(PyObject *, Number_Float, (PyObject *))                                                  \
    F(int, Number_Check, (PyObject *))                                                         \
    F(PyObject *, Bytes_FromStringAndSize, (const char *, Py_ssize_t))                         \
    F(int, Bytes_AsStringAndSize, (PyObject *, char **, Py_ssize_t *))                         \
    F(char *, Bytes_AsString, (PyObject *))                                                    \
    F(Py_ssize_t, Bytes_Size, (PyObject *))                                                    \
    F(PyObject *, ByteArray_FromStringAndSize, (const char *, Py_ssize_t))                     \
    F(char *, ByteArray_AsString, (PyObject *))                                                \
    F(Py_ssize_t, ByteArray_Size, (PyObject *))                                                \
    F(PyObject *, MemoryView_FromMemory, (char *, Py_ssize_t, int))                            \
    F(PyObject *, Unicode_FromStringAndSize, (const char *, Py_ssize_t))                       \
    F(PyObject *, Unicode_FromString, (const char *))                                          \
    F(void, Unicode_InternInPlace, (PyObject **))                                              \
    F(PyObject *, Unicode_InternFromString, (const char *))                                    \
    F(PyObject *, Unicode_FromFormat, (const char *, ...))                                     \
    F(PyObject *, Unicode_DecodeUTF8, (const char *, Py_ssize_t, const char *))                \
    F(PyObject *, Unicode_AsUTF8String, (PyObject *))                                          \
    F(PyObject *, Unicode_AsEncodedString, (PyObject *, const char *, const char *))           \
    F(const char *, Unicode_AsUTF8AndSize, (PyObject *, Py_ssize_t *))                         \
    F(int, Unicode_CompareWithASCIIString, (PyObject *, const char *))                         \
    F(Py_ssize_t, Unicode_GetLength, (PyObject *))                                             \
    F(PyObject *, Tuple_New, (Py_ssize_t))                                                     \
    F(Py_ssize_t, Tuple_Size, (PyObject *))                                                    \
    F(PyObject *, Tuple_GetItem, (PyObject *, Py_ssize_t))                                     \
    F(int, Tuple_SetItem, (PyObject *, Py_ssize_t, PyObject *))                                \
    F(PyObject *, Tuple_Pack, (Py_ssize_t, ...))                                               \
    F(PyObject *, Tuple_GetSlice, (PyObject *, Py_ssize_t, Py_ssize_t))                        \
    F(PyObject *, List_New, (Py_ssize_t))                                                      \
    F(Py_ssize_t, List_Size, (PyObject *))                                                     \
    F(PyObject *, List_GetItem, (PyObject *, Py_ssize_t))                                      \
    F(int, List_SetItem, (PyObject *, Py_ssize_t, PyObject *))                                 \
    F(int, List_Append, (PyObject *, PyObject *))                                              \
    F(PyObject *, List_AsTuple, (PyObject *))                                                  \
    F(PyObject *, Dict_New, (void))                                                            \
    F(Py_ssize_t, Dict_Size, (PyObject *))                                                     \
    F(PyObject *, Dict_GetItemString, (PyObject *, const char *))                              \
    F(PyObject *, Dict_GetItemWithError, (PyObject *, PyObject *))                             \
    F(int, Dict_SetItem, (PyObject *, PyObject *, PyObject *))                                 \
    F(int, Dict_SetItemString, (PyObject *, const char *, PyObject *))                         \
    F(int, Dict_DelItem, (PyObject *, PyObject *))                                             \
    F(int, Dict_Contains, (PyObject *, PyObject *))                                            \
    F(int, Dict_Next, (PyObject *, Py_ssize_t *, PyObject **, PyObject **))                    \
    F(PyObject *, Dict_Keys, (PyObject *))                                                     \
    F(PyObject *, Dict_Values, (PyObject *))                                                   \
    F(PyObject *, Dict_Items, (PyObject *))                                                    \
    F(PyObject *, Dict_Copy, (PyObject *))                                                     \
    F(void, Dict_Clear, (PyObject *))                                                          \
    F(PyObject *, Set_New, (PyObject *))                                                       \
    F(PyObject *, FrozenSet_New, (PyObject *))                                                 \
    F(Py_ssize_t, Set_Size, (PyObject *))                                                      \
    F(int, Set_Add, (PyObject *, PyObject *))                                                  \
    F(int, Set_Contains, (PyObject *, PyObject *))                                             \
    F(PyObject *, Sequence_Fast, (PyObject *, const char *))                                   \
    F(int, Sequence_Contains, (PyObject *, PyObject *))                                         \
    F(int, Sequence_DelItem, (PyObject *, Py_ssize_t))                                         \
    F(int, Sequence_Check, (PyObject *))                                                       \
    F(PyObject *, Sequence_GetItem, (PyObject *, Py_ssize_t))                                  \
    F(Py_ssize_t, Sequence_Size, (PyObject *))                                                 \
    F(PyObject *, Sequence_Tuple, (PyObject *))                                                \
    F(PyObject *, Sequence_List, (PyObject *))                                                 \
    F(int, Mapping_Check, (PyObject *))                                                        \
    F(PyObject *, Mapping_Items, (PyObject *))                                                 \
    F(PyObject *, Type_FromSpec, (PyType_Spec *))                                              \
    F(PyObject *, Type_FromSpecWithBases, (PyType_Spec *, PyObject *))                         \
    F(unsigned long, Type_GetFlags, (PyTypeObject *))                                          \
    F(int, Type_IsSubtype, (PyTypeObject *, PyTypeObject *))                                   \
    F(PyObject *, Type_GenericAlloc, (PyTypeObject *, Py_ssize_t))                             \
    F(PyObject *, Descr_NewMethod, (PyTypeObject *, PyMethodDef *))                            \
    F(void *, Type_GetSlot, (PyTypeObject *, int))                                             \
    F(PyObject *, Sys_GetObject, (const char *))

/* names without the prefix Py… that follow another pattern: R(result, field, "symbol", arguments) */
#define HR_PLAIN(R)                                                                            \
    R(void, DecRef, "Py_DecRef", (PyObject *))                                                 \
    R(void, IncRef, "Py_IncRef", (PyObject *))                                                 \
    R(void, Dealloc, "_Py_Dealloc", (PyObject *))                                              \
    R(int, AddPendingCall, "Py_AddPendingCall", (int (*)(void *), void *))                     \
    R(int, IsInitialized, "Py_IsInitialized", (void))                                          \
    R(const char *, GetVersion, "Py_GetVersion", (void))                                       \
    R(int, BytesMain, "Py_BytesMain", (int, char **))

/* may be missing: PyObject_Vectorcall of 3.10's libpython, and newer functions */
#define HR_OPTIONAL(F)                                                                         \
    F(PyObject *, Object_Vectorcall, (PyObject *, PyObject *const *, size_t, PyObject *))      \
    F(int, GILState_Check, (void))

#define HR_TYPES(T)                                                                            \
    T(Bool) T(ByteArray) T(Bytes) T(Complex) T(Dict) T(Float) T(FrozenSet) T(List) T(Long)     \
    T(Module) T(Set) T(Slice) T(Tuple) T(Type) T(Unicode) T(BaseObject) T(Capsule) T(Range)

#define HR_EXCEPTIONS(E)                                                                       \
    E(AttributeError) E(BaseException) E(Exception) E(ImportError) E(IndexError) E(KeyError)   \
    E(KeyboardInterrupt) E(MemoryError) E(NotImplementedError) E(OverflowError)                \
    E(RuntimeError) E(RuntimeWarning) E(StopIteration) E(SystemError) E(SystemExit)            \
    E(TypeError) E(UnicodeDecodeError) E(UserWarning) E(ValueError)

struct hr_python {
#define HR_FIELD(ret, name, args) ret(*name) args;
#define HR_PLAIN_FIELD(ret, name, symbol, args) ret(*name) args;
#define HR_TYPE_FIELD(name) PyTypeObject *name##Type;
#define HR_EXC_FIELD(name) PyObject *Exc##name;
    HR_FUNCTIONS(HR_FIELD)
    HR_PLAIN(HR_PLAIN_FIELD)
    HR_OPTIONAL(HR_FIELD)
    HR_TYPES(HR_TYPE_FIELD)
    HR_EXCEPTIONS(HR_EXC_FIELD)
#undef HR_FIELD
#undef HR_PLAIN_FIELD
#undef HR_TYPE_FIELD
#undef HR_EXC_FIELD
    PyObject *None, *True, *False, *NotImplemented, *Ellipsis;
    int version; /* 0x030b for 3.11 */
    int ready;
};

/* py is read-only once hr_symbols_load has returned 0. */
extern struct hr_python py;

/* hr_symbols_load fills the table from a dlopen handle, or from the process when it is NULL.
 * Returns 0, else -1 with one line in error (of size bytes) that names what is missing. */
int hr_symbols_load(void *handle, char *error, size_t size);

/* Reference counts are changed as every stable-ABI extension of 3.10 does it, in line. */
static inline PyObject *hr_incref(PyObject *o) {
    o->ob_refcnt++;
    return o;
}

static inline void hr_decref(PyObject *o) {
    if (--o->ob_refcnt == 0) py.Dealloc(o);
}

static inline void hr_xdecref(PyObject *o) {
    if (o != NULL) hr_decref(o);
}

/* hr_is says whether o is an instance of exactly that type. */
static inline int hr_is(PyObject *o, PyTypeObject *type) { return o->ob_type == type; }

static inline int hr_type_flag(PyObject *o, unsigned long flag) {
    return (py.Type_GetFlags(o->ob_type) & flag) != 0;
}

/* hr_vectorcall calls f with n positional arguments (args[-1] may be used as scratch when n has
 * PY_VECTORCALL_ARGUMENTS_OFFSET). Returns a new reference or NULL with an exception set. */
PyObject *hr_vectorcall_slow(PyObject *f, PyObject *const *args, size_t n);

static inline PyObject *hr_vectorcall(PyObject *f, PyObject *const *args, size_t n) {
    if (py.Object_Vectorcall != NULL) return py.Object_Vectorcall(f, args, n, NULL);
    return hr_vectorcall_slow(f, args, n);
}

#endif
