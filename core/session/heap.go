package session

import (
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// The engine makes many short-lived columns over a small live heap: with Go's defaults it would
// collect garbage every few megabytes (2 to 4 times the time of a projection). Ballast that is
// never touched costs address space only and moves the next collection away.
const ballastBytes = 64 << 20

var tuneHeap = sync.OnceFunc(func() {
	if os.Getenv("GOGC") == "" {
		ballast.Store(&[ballastBytes]byte{})
		debug.SetGCPercent(200)
	}
})

var ballast atomic.Pointer[[ballastBytes]byte]
