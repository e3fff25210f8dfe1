package pebble

import (
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// room holds a writer back while more waits for the disk than memory has room for. Unlike the stall
// of pebble itself it ends when the disk fails.
type room struct {
	mu      sync.Mutex
	freer   *sync.Cond
	limit   int64
	waiting int64 // bytes that were written and not flushed
	given   bool  // the disk has failed: nobody waits any more
}

func newRoom(limit int64) *room {
	r := &room{limit: limit}
	r.freer = sync.NewCond(&r.mu)
	return r
}

// take waits for room for n bytes. A batch that is larger than all room waits for all of it.
func (r *room) take(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.waiting > 0 && r.waiting+n > r.limit && !r.given {
		r.freer.Wait()
	}
	r.waiting += n
}

// freed takes note of a flush. What the memtables hold is a little more than what was written.
func (r *room) freed(i pebble.FlushInfo) {
	if i.Err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = max(0, r.waiting-int64(i.InputBytes))
	r.freer.Broadcast()
}

// give lets everybody through.
func (r *room) give() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.given = true
	r.freer.Broadcast()
}
