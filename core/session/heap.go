package session

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
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
		debug.SetGCPercent(mostGarbage)
		(&heapWatch{percent: mostGarbage}).next()
	}
})

var ballast atomic.Pointer[[ballastBytes]byte]

const (
	// mostGarbage and leastGarbage are how many percent of what is live may be made before the next
	// collection.
	mostGarbage, leastGarbage = 200, 25
	// enoughGarbage is how many bytes of it are as good as more, unless there are many pointers.
	enoughGarbage = 256 << 20
	// garbageOfPointers is how many times the bytes that a collection looks at.
	garbageOfPointers = 4
)

// garbagePercent is GOGC for a heap with live bytes, scan of which have pointers. Columns have
// none: hundreds of megabytes of them (rows being sorted, results of stages) are as soon passed over as
// a few, and need not be given twice as many bytes of garbage beside them.
func garbagePercent(live, scan uint64) int {
	allowed := max(enoughGarbage, garbageOfPointers*scan)
	return int(min(max(100*allowed/max(live, 1), leastGarbage), mostGarbage))
}

// heapWatch adapts GOGC after each collection: it is garbage itself, and its finalizer goes on.
type heapWatch struct {
	_       *heapWatch // keeps it out of the allocator's tiny blocks
	percent int
}

func (w *heapWatch) next() {
	runtime.SetFinalizer(w, func(w *heapWatch) {
		w.adapt()
		w.next()
	})
}

// adapt sets GOGC when it is far from what it should be: setting it stops all goroutines.
func (w *heapWatch) adapt() {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/heap:bytes"}}
	metrics.Read(s)
	percent := garbagePercent(s[0].Value.Uint64(), s[1].Value.Uint64())
	if d := percent - w.percent; max(d, -d) > w.percent/8 {
		w.percent = percent
		debug.SetGCPercent(percent)
	}
}
