/* removed.h: functions that go-python/cpy3 v0.2.0 names and that newer CPythons no longer have (or
 * never exported). None of them is called; they only have to exist for cpy3 to compile. Injected
 * by CGO_CFLAGS="-include …/removed.h", which also reaches runtime/cgo: hence no #include here. */
#ifndef HEADRACE_REMOVED_H
#define HEADRACE_REMOVED_H
#ifndef __ASSEMBLER__

typedef __WCHAR_TYPE__ wchar_t;

#define HR_UNUSED __attribute__((unused)) static
HR_UNUSED int PyDict_ClearFreeList(void) { return 0; }
HR_UNUSED int PyList_ClearFreeList(void) { return 0; }
HR_UNUSED int PyFloat_ClearFreeList(void) { return 0; }
HR_UNUSED void PyEval_ReInitThreads(void) {}
HR_UNUSED int PyEval_ThreadsInitialized(void) { return 1; }
HR_UNUSED void PySys_AddWarnOption(const wchar_t *option) { (void)option; }
HR_UNUSED void PySys_AddXOption(const wchar_t *option) { (void)option; }
HR_UNUSED void PySys_SetPath(const wchar_t *path) { (void)path; }
HR_UNUSED void Py_SetPath(const wchar_t *path) { (void)path; }
HR_UNUSED int PySignal_SetWakeupFd(int fd) { return fd; }
HR_UNUSED int Py_SetStandardStreamEncoding(const char *encoding, const char *errors) {
    (void)encoding;
    (void)errors;
    return 0;
}
#undef HR_UNUSED

#endif
#endif
