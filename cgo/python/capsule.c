#include "calls.h"

/* destroy_content calls the function that hr_capsule was given, kept as the capsule's context. */
static void destroy_content(PyObject *capsule) {
    void *destroy = py.Capsule_GetContext(capsule);
    void *p = py.Capsule_GetPointer(capsule, py.Capsule_GetName(capsule));
    if (destroy != NULL && p != NULL) ((void (*)(void *))destroy)(p);
}

/* hr_capsule makes a capsule whose content is passed to void destroy(void *) when it dies. */
PyObject *hr_capsule(void *p, const char *name, void *destroy) {
    PyObject *capsule = py.Capsule_New(p, name, destroy_content);
    if (capsule != NULL) py.Capsule_SetContext(capsule, destroy);
    return capsule;
}
