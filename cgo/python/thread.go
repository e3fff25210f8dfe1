package python

/*
#include "calls.h"
*/
import "C"

import (
	"runtime"
	"sync"
)

// Thread is a Python thread state bound to one OS thread: a subtask opens one, calls Python
// through it from open() to close(), and closes it. Open, Do and Close are called from the same
// goroutine, which stays locked to its OS thread in between.
type Thread struct {
	ts    *C.PyThreadState
	ident C.ulong
}

// threads are the open ones: those that Stop may have to interrupt.
var threads struct {
	sync.Mutex
	open map[*Thread]struct{}
}

// OpenThread locks the goroutine to its OS thread and makes the thread state.
func OpenThread() (*Thread, error) {
	runtime.LockOSThread()
	ts := C.hr_thread_open()
	if ts == nil {
		runtime.UnlockOSThread()
		return nil, ErrStopped
	}
	t := &Thread{ts: ts, ident: C.hr_thread_ident()}
	threads.Lock()
	defer threads.Unlock()
	if threads.open == nil {
		threads.open = map[*Thread]struct{}{}
	}
	threads.open[t] = struct{}{}
	return t, nil
}

// Do runs f with the GIL; calls of one Thread do not nest (package-level Do nests inside).
func (t *Thread) Do(f func() error) error {
	if C.hr_thread_enter(t.ts) != 0 {
		return ErrStopped
	}
	defer C.hr_thread_leave()
	return f()
}

// Close ends the thread state and unlocks the goroutine from the OS thread.
func (t *Thread) Close() {
	threads.Lock()
	delete(threads.open, t)
	threads.Unlock()
	C.hr_thread_close(t.ts)
	t.ts = nil
	runtime.UnlockOSThread()
}

// Interrupt raises SystemExit in whatever Python the thread runs; from another goroutine. The
// exception arrives at the next byte code, not inside a blocking C call.
func (t *Thread) Interrupt() error {
	return Do(func() error {
		C.hr_async_interrupt(t.ident, C.py.ExcSystemExit)
		return nil
	})
}

// interruptAll is Interrupt for every open thread; the GIL is held.
func interruptAll() {
	threads.Lock()
	idents := make([]C.ulong, 0, len(threads.open))
	for t := range threads.open {
		idents = append(idents, t.ident)
	}
	threads.Unlock()
	for _, id := range idents {
		C.hr_async_interrupt(id, C.py.ExcSystemExit)
	}
}
