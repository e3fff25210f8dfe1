#define _GNU_SOURCE
#include "gil.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_int closed = 1;
static atomic_long inside;
static _Thread_local int holding;

/* Entering announces itself before it looks at the gate, closing shuts the gate before it looks
 * who is inside: one of the two always sees the other. */
static int pass(void) {
    atomic_fetch_add(&inside, 1);
    if (atomic_load(&closed)) {
        atomic_fetch_sub(&inside, 1);
        return -1;
    }
    return 0;
}

int hr_enter(void) {
    if (pass()) return -1;
    int state = py.GILState_Ensure();
    int token = state << 1 | holding;
    holding = 1;
    hr_drain();
    return token;
}

void hr_leave(int token) {
    holding = token & 1;
    py.GILState_Release(token >> 1);
    atomic_fetch_sub(&inside, 1);
}

PyThreadState *hr_thread_open(void) {
    if (pass()) return NULL;
    py.GILState_Ensure();
    PyThreadState *ts = py.Eval_SaveThread();
    atomic_fetch_sub(&inside, 1);
    return ts;
}

int hr_thread_enter(PyThreadState *ts) {
    if (pass()) return -1;
    py.Eval_RestoreThread(ts);
    holding = 1;
    hr_drain();
    return 0;
}

void hr_thread_leave(void) {
    holding = 0;
    py.Eval_SaveThread();
    atomic_fetch_sub(&inside, 1);
}

void hr_thread_close(PyThreadState *ts) {
    if (pass()) return;
    py.Eval_RestoreThread(ts);
    hr_drain();
    py.GILState_Release(1); /* PyGILState_UNLOCKED: back to how hr_thread_open found it */
    atomic_fetch_sub(&inside, 1);
}

PyThreadState *hr_unlock(void) {
    holding = 0;
    return py.Eval_SaveThread();
}

void hr_relock(PyThreadState *ts) {
    py.Eval_RestoreThread(ts);
    holding = 1;
}

int hr_holding(void) { return holding; }

int hr_set_holding(int yes) {
    int old = holding;
    holding = yes;
    return old;
}

void hr_gate_open(void) { atomic_store(&closed, 0); }
void hr_gate_close(void) { atomic_store(&closed, 1); }
int hr_gate_is_closed(void) { return atomic_load(&closed); }
long hr_inside(void) { return atomic_load(&inside); }

/* The release queue is a stack that is only ever taken as a whole, so it needs no lock. */
typedef struct item {
    struct item *next;
    void (*run)(struct item *);
    void *arg;
    void (*function)(void *);
    size_t n; /* references that it stands for */
} item;

static _Atomic(item *) queue;
static atomic_long pending;
static atomic_int asked; /* Python's main thread has been asked to drain */

static int drain_in_main_thread(void *arg) {
    (void)arg;
    int old = hr_set_holding(1);
    atomic_store(&asked, 0);
    hr_drain();
    hr_set_holding(old);
    return 0;
}

/* When no thread of ours holds the GIL again, as after the last job, the program's own must do it. */
static void ask(void) {
    if (atomic_load(&closed) || atomic_exchange(&asked, 1)) return;
    if (py.AddPendingCall(drain_in_main_thread, NULL)) atomic_store(&asked, 0); /* its list is full */
}

static void push(item *first, item *last, long n) {
    item *head = atomic_load_explicit(&queue, memory_order_relaxed);
    do {
        last->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&queue, &head, first, memory_order_release,
                                                    memory_order_relaxed));
    atomic_fetch_add(&pending, n);
    ask();
}

static item *new_item(void (*run)(item *), void *arg, size_t n) {
    item *it = malloc(sizeof *it);
    if (it != NULL) *it = (item){.run = run, .arg = arg, .n = n};
    return it; /* without memory a leak is all that is left to choose */
}

static void drop(item *it) { hr_decref(it->arg); }

static void drop_array(item *it) {
    PyObject **list = it->arg;
    for (size_t i = 0; i < it->n; i++) hr_xdecref(list[i]);
    free(list);
}

static void call(item *it) { it->function(it->arg); }

void hr_run_later(void *function, void *arg) {
    item *it = new_item(call, arg, 1);
    if (it == NULL) return;
    it->function = (void (*)(void *))function;
    push(it, it, 1);
}

void hr_release_later(PyObject *o) {
    item *it = o == NULL ? NULL : new_item(drop, o, 1);
    if (it != NULL) push(it, it, 1);
}

void hr_release_many_later(PyObject *const *objects, size_t n) {
    item *first = NULL, *last = NULL;
    long queued = 0;
    for (size_t i = 0; i < n; i++) {
        item *it = objects[i] == NULL ? NULL : new_item(drop, objects[i], 1);
        if (it == NULL) continue;
        it->next = first;
        first = it;
        if (last == NULL) last = it;
        queued++;
    }
    if (first != NULL) push(first, last, queued);
}

void hr_release_array_later(PyObject **objects, size_t n) {
    item *it = new_item(drop_array, objects, n);
    if (it != NULL) push(it, it, (long)n);
}

long hr_release_pending(void) { return atomic_load(&pending); }

void hr_drain(void) {
    if (atomic_load_explicit(&queue, memory_order_relaxed) == NULL) return;
    item *it = atomic_exchange_explicit(&queue, NULL, memory_order_acquire);
    while (it != NULL) {
        item *next = it->next;
        it->run(it);
        atomic_fetch_sub(&pending, (long)it->n);
        free(it);
        it = next;
    }
}

int hr_forked;

static void in_child(void) { hr_forked = 1; }

void hr_watch_fork(void) { pthread_atfork(NULL, NULL, in_child); }
