// Package python is headrace's hold on CPython: the symbol table, start and stop, the GIL, thread
// states, references and errors, and the loops over rows that are written in C.
//
// C sources see CPython through the table py of symbols.h; Go sees it through Object, Ref, Thread
// and Do. Nothing links libpython: in library mode the interpreter that loaded us is attached to
// (Attach), in runner mode a chosen one is opened (Embed).
//
// Rules. Whoever holds the GIL waits for nothing else: no channel, lock, credit, disk. No Go lock
// is held while the GIL is asked for. A reference dropped without the GIL goes to ReleaseLater.
// After Stop nobody asks for the GIL again; Do and Thread.Do then return ErrStopped.
package python

/*
#cgo CFLAGS: -std=gnu11 -O2 -Wall -Wextra -Wno-unused-parameter -fvisibility=hidden
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "calls.h"
*/
import "C"

import (
	"errors"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"
)

// ErrStopped says that the interpreter is going away (or was never there), so that no Python can
// be called any more.
var ErrStopped = errors.New("the Python interpreter is not running")

// Attach fills the symbol table from the interpreter that loaded this library. The caller comes
// from Python and holds the GIL.
func Attach() error {
	if err := load(nil); err != nil {
		return err
	}
	C.hr_watch_fork()
	C.hr_gate_open()
	return nil
}

func load(handle unsafe.Pointer) error {
	var text [256]C.char
	if C.hr_symbols_load(handle, &text[0], C.size_t(len(text))) != 0 {
		return errors.New(C.GoString(&text[0]))
	}
	return nil
}

// Version returns the version of the interpreter as 0x030b for 3.11; 0 before there is one.
func Version() int { return int(C.py.version) }

// Do runs f with the GIL on the calling goroutine's OS thread. Calls nest; a goroutine that runs
// much Python opens a Thread instead, which is cheaper. Returns f's error, or ErrStopped.
func Do(f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	token := C.hr_enter()
	if token < 0 {
		return ErrStopped
	}
	defer C.hr_leave(token)
	return f()
}

// Holding says whether the calling OS thread holds the GIL through this package. It is for
// assertions: what waits asserts that it does not hold.
func Holding() bool { return C.hr_holding() != 0 }

// Unlocked gives the GIL back while f runs, for a call that came from Python and has to wait.
func Unlocked(f func()) {
	ts := C.hr_unlock()
	defer C.hr_relock(ts)
	f()
}

// waitSlice is how long Await waits before it looks whether the user pressed Ctrl-C.
const waitSlice = 50 * time.Millisecond

// Await waits, with the GIL given back, until done is closed or Python has a signal to handle. In
// the latter case it calls cancel, waits at most grace for done, and returns the exception that
// the signal's handler raised (KeyboardInterrupt). Called from Python, on its thread.
func Await(done <-chan struct{}, cancel func(), grace time.Duration) error {
	for {
		finished := false
		Unlocked(func() {
			timer := time.NewTimer(waitSlice)
			defer timer.Stop()
			select {
			case <-done:
				finished = true
			case <-timer.C:
			}
		})
		if finished {
			return nil
		}
		if C.hr_check_signals() != 0 {
			err := Fetch()
			cancel()
			Unlocked(func() {
				select {
				case <-done:
				case <-time.After(grace):
				}
			})
			return err
		}
	}
}

// CheckSignals runs the handlers of signals that Python has received; only its main thread does.
func CheckSignals() error {
	if C.hr_check_signals() != 0 {
		return Fetch()
	}
	return nil
}

var stopHooks struct {
	before atomic.Pointer[func()]
}

// OnStop sets what Stop calls first, without the GIL: it cancels the jobs that call Python.
func OnStop(f func()) { stopHooks.before.Store(&f) }

// Stop ends all use of the interpreter before it goes away: it has the jobs cancelled, closes the
// gate, and waits until no thread holds or awaits the GIL, at most limit. Threads that are still
// in Python then are sent SystemExit and given the same time again. The caller comes from Python
// (atexit) and holds the GIL. Returns the number of threads left behind.
func Stop(limit time.Duration) int {
	if f := stopHooks.before.Load(); f != nil {
		Unlocked(*f)
	}
	C.hr_gate_close()
	if !await(limit, nobodyInside) {
		interruptAll()
		await(limit, nobodyInside)
	}
	C.hr_drain()
	return int(C.hr_inside())
}

func nobodyInside() bool { return C.hr_inside() == 0 }

// await polls, without the GIL, until ok or the limit is over.
func await(limit time.Duration, ok func() bool) bool {
	deadline := time.Now().Add(limit)
	for !ok() {
		if time.Now().After(deadline) {
			return false
		}
		Unlocked(func() { time.Sleep(time.Millisecond) })
	}
	return true
}

// ReleaseLater drops a reference without the GIL: whoever next holds it drains the queue. It never
// blocks and may be called from any goroutine, finalizers included.
func ReleaseLater(o Object) { C.hr_release_later(o.p) }

// ReleaseManyLater is ReleaseLater for many.
func ReleaseManyLater(objects []Object) {
	if len(objects) > 0 {
		C.hr_release_many_later((**C.PyObject)(unsafe.Pointer(&objects[0])),
			C.size_t(len(objects)))
	}
}

// RunLater calls the C function void f(void *arg) under the GIL, as ReleaseLater drops references.
func RunLater(f, arg unsafe.Pointer) { C.hr_run_later(f, arg) }

// PendingReleases is the length of the queue.
func PendingReleases() int { return int(C.hr_release_pending()) }

// Forked says whether this process is a child that fork made of one that had headrace loaded.
func Forked() bool { return C.hr_forked != 0 }
