/* objects.h: live objects that outlive the call that made them.
 *
 * By reference must never show (design section 3): an element is what it was when it left its
 * function. hr_isolate is called wherever an object is kept beyond the call. */
#ifndef HEADRACE_OBJECTS_H
#define HEADRACE_OBJECTS_H

#include "buffer.h"
#include "symbols.h"

/* hr_isolate takes over a reference and returns one to an object that nobody else can change:
 * the same one if it is immutable through and through or provably fresh (nobody but the caller
 * holds any mutable part of it), else a copy. NULL with an exception when it cannot be copied. */
PyObject *hr_isolate(PyObject *o);

/* hr_keep is hr_isolate that also adds the weight of what it returns to bytes. */
PyObject *hr_keep(PyObject *o, int64_t *bytes);

/* hr_immutable says whether o is of a type whose values never change and holds none that do. */
int hr_immutable(PyObject *o);

/* hr_settled says whether nobody but the holder of the one reference can change o. */
int hr_settled(PyObject *o);

/* hr_copy returns a new reference to a copy that shares nothing mutable with o. */
PyObject *hr_copy(PyObject *o);

/* hr_plain_weight is hr_weigh of a built-in scalar and of a short tuple of such, 0 of all else. */
int64_t hr_plain_weight(PyObject *o);

/* hr_weigh estimates the memory of o in bytes, without looking deeper than a few elements. */
int64_t hr_weigh(PyObject *o);

/* hr_object_encode appends the object as one canonical value (key.h) when it is plain, else as a
 * pickle (which starts with 0x80). hr_object_decode is its inverse. */
int hr_object_encode(hr_buffer *b, PyObject *o);
PyObject *hr_object_decode(const uint8_t *data, size_t n);

/* hr_object_hooks sets what Python does: copy(o), dumps(o), loads(bytes), and the types of which
 * no value ever changes (a tuple), the metaclass of enumerations, and the Row class. */
int hr_object_hooks(PyObject *copy, PyObject *dumps, PyObject *loads, PyObject *immutable,
                    PyObject *enum_meta);
void hr_object_row_type(PyObject *row);

/* For Go: n handles at once; the GIL is held but for hr_objects_release. Handles stand in memory
 * as uint64, 0 for none. */
void hr_objects_release(const uint64_t *handles, size_t n);
int hr_objects_copy(const uint64_t *from, uint64_t *to, size_t n);
int hr_objects_encode(hr_buffer *b, const uint64_t *handles, int32_t *ends, size_t n);
int hr_objects_decode(const uint8_t *data, const int32_t *ends, uint64_t *handles, size_t n);
int64_t hr_objects_weigh(const uint64_t *handles, size_t n);

static inline PyObject *hr_object_at(const uint64_t *handles, size_t i) {
    return (PyObject *)(uintptr_t)handles[i];
}

#endif
