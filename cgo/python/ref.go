package python

/*
#include "calls.h"
*/
import "C"

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Ref owns one reference to a Python object. It may be handed around and released without the
// GIL; the object itself may only be used with it.
type Ref struct {
	held    *held
	cleanup runtime.Cleanup
}

// held is apart from Ref so that the clean-up of a forgotten Ref can reach it.
type held struct {
	object  Object
	done    atomic.Bool
	garbage bool // left to the collector on purpose
}

var refs struct{ open, forgotten atomic.Int64 }

// NewRef takes over a reference.
func NewRef(o Object) *Ref { return newRef(&held{object: o}) }

// collectedRef takes over a reference that nobody need release: errors come and go anywhere.
func collectedRef(o Object) *Ref { return newRef(&held{object: o, garbage: true}) }

func newRef(h *held) *Ref {
	r := &Ref{held: h}
	if !h.garbage {
		refs.open.Add(1)
	}
	r.cleanup = runtime.AddCleanup(r, func(h *held) {
		if h.release() && !h.garbage {
			refs.forgotten.Add(1)
		}
	}, h)
	return r
}

// Object returns the object, borrowed from the Ref; Nil after Release.
func (r *Ref) Object() Object {
	if r == nil || r.held.done.Load() {
		return Nil
	}
	return r.held.object
}

// Release gives the reference back through the release queue; the second time it does nothing.
func (r *Ref) Release() {
	if r != nil && r.held.release() {
		r.cleanup.Stop()
	}
}

func (h *held) release() bool {
	if h.done.Swap(true) {
		return false
	}
	if !h.garbage {
		refs.open.Add(-1)
	}
	ReleaseLater(h.object)
	return true
}

// OpenRefs is the number of Refs not yet released; ForgottenRefs how many the collector had to
// release because nobody did.
func OpenRefs() int64 { return refs.open.Load() }

// ForgottenRefs counts the Refs that only the garbage collector gave back.
func ForgottenRefs() int64 { return refs.forgotten.Load() }

// names are C strings that live for ever, as capsules need theirs.
var names struct {
	sync.Mutex
	m map[string]*C.char
}

func internName(s string) *C.char {
	names.Lock()
	defer names.Unlock()
	if c, ok := names.m[s]; ok {
		return c
	}
	if names.m == nil {
		names.m = map[string]*C.char{}
	}
	c := C.CString(s)
	names.m[s] = c
	return c
}
