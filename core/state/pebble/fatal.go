package pebble

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
)

// logger keeps pebble from writing to the log, and from ending the process.
type logger struct{ disk *disk }

func (logger) Infof(string, ...any)  {}
func (logger) Errorf(string, ...any) {}

// Fatalf is called when pebble cannot go on: a file of it is gone, its manifest could not be
// written because the disk is full. It must not return, and a panic in a goroutine of pebble would
// end the process, which is the user's own Python. So in a call of ours it panics (who drives the
// call makes an error of it); in pebble's own flushes and compactions it ends the goroutine, and
// the store reports the fault at its next call.
func (l logger) Fatalf(format string, a ...any) {
	err := fmt.Errorf(format, a...)
	l.disk.backgroundError(err)
	l.disk.dead.Store(true)
	if calledByUs() {
		panic(errs.Transientf("state on disk in %s", l.disk.dir).Wrap(err).
			At("operator '%s'", l.disk.uid).Fix("check that the disk has space"))
	}
	runtime.Goexit()
}

// calledByUs says whether a function of headrace is below this one on the stack.
func calledByUs() bool {
	var pcs [64]uintptr
	n := runtime.Callers(3, pcs[:]) // without Callers, calledByUs and Fatalf
	frames := runtime.CallersFrames(pcs[:n])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "github.com/headrace/") {
			return true
		}
		if !more {
			return false
		}
	}
}
