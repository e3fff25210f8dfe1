/* gil.h: taking and giving back the GIL, thread states, and the queue of references to drop.
 *
 * Every request for the GIL goes through the gate: after hr_gate_close none is made any more, so
 * no thread of ours meets an interpreter that is going away. */
#ifndef HEADRACE_GIL_H
#define HEADRACE_GIL_H

#include "symbols.h"

/* hr_enter takes the GIL on this thread, whether it has it already or not, and drains the release
 * queue. Returns a token for hr_leave (>= 0), or -1 when the gate is closed. */
int hr_enter(void);
void hr_leave(int token);

/* hr_thread_open gives this OS thread a thread state of its own (not holding the GIL), NULL when
 * the gate is closed. hr_thread_enter takes the GIL with it: -1 when the gate is closed. */
PyThreadState *hr_thread_open(void);
int hr_thread_enter(PyThreadState *ts);
void hr_thread_leave(void);
void hr_thread_close(PyThreadState *ts);

/* hr_unlock gives the GIL back while a call from Python waits in Go; hr_relock takes it again. It
 * must not be refused: the caller is Python itself, which cannot go away under its own call. */
PyThreadState *hr_unlock(void);
void hr_relock(PyThreadState *ts);

/* hr_holding says whether this thread holds the GIL through one of the calls above. */
int hr_holding(void);
/* hr_set_holding is for calls that come from Python, and so hold it already; returns the old. */
int hr_set_holding(int yes);

/* hr_release_later drops a reference (NULL is allowed) whenever somebody next holds the GIL. It
 * may be called from any thread, with or without the GIL, and never blocks. */
void hr_release_later(PyObject *o);
void hr_release_many_later(PyObject *const *objects, size_t n);
/* hr_release_array_later is the same for an array from malloc (NULLs allowed), which it frees. */
void hr_release_array_later(PyObject **objects, size_t n);
/* hr_run_later is the same for any function: it is called with arg under the GIL. */
void hr_run_later(void *function, void *arg);
long hr_release_pending(void);
/* hr_drain drops what is queued; the GIL must be held. */
void hr_drain(void);

void hr_gate_open(void);
void hr_gate_close(void);
int hr_gate_is_closed(void);
/* hr_inside is the number of threads between enter and leave (holding or awaiting the GIL). */
long hr_inside(void);

/* hr_forked is set in a child that fork made after we were loaded: Go must not be entered. */
extern int hr_forked;
void hr_watch_fork(void);

#endif
