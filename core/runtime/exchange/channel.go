// Package exchange carries elements between tasks: a writer spreads the batches of an output over
// channels, a gate joins the channels of a task's inputs again.
//
// Credit is counted in bytes of batches that wait in a channel: a batch enters when it fits into
// the channel's window, or when the channel is empty. Watermarks, barriers and ends enter always.
// Nothing here blocks: who cannot go on returns, and is woken when it can.
package exchange

import (
	"sync"
	"sync/atomic"

	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/element"
)

// Channel carries elements from one producing subtask to one consuming subtask, in order. It is
// safe for use by one producer and one consumer on two goroutines.
type Channel struct {
	window atomic.Int64 // bytes that may wait
	ready  atomic.Int32 // elements that wait, and 1 for the end of the channel
	tells  atomic.Bool  // the next thing is no row and no barrier: it tells of time, or of the end

	mu       sync.Mutex
	queue    element.Queue
	bytes    int64 // of the batches in queue
	account  *memory.Account
	counted  int64 // of bytes, what account has been told
	starving bool  // the producer waits for credit
	closed   bool
	fenced   bool
	onData   func()
	onCredit func()
	onUrgent func(id int64) // an unaligned barrier came; nil without a gate
	capture  *capture
	stored   *ResultReader // what the channel is filled from; nil: from a producer
	err      error         // why stored gives nothing more; the consumer's

	taken atomic.Int64 // bytes that the consumer took, ever
}

// NewChannel makes a channel with a window in bytes. onCredit wakes the producer, onData the
// consumer; they are called without a lock held and must not block.
func NewChannel(window int64, onData, onCredit func()) *Channel {
	c := &Channel{onData: onData, onCredit: onCredit}
	c.window.Store(window)
	return c
}

// NewStored makes a channel that gives out a part of a complete result. Only its consumer uses it.
func NewStored(r *ResultReader) *Channel {
	c := &Channel{stored: r, onData: func() {}, onCredit: func() {}}
	c.ready.Store(1)
	return c
}

// Under counts what waits in an account of managed memory, about. It is called before use.
func (c *Channel) Under(a *memory.Account) { c.account = a }

// countStep is how far off the account may be: its budget has one lock for all.
const countStep = 32 << 10

// count tells the account; the lock is held.
func (c *Channel) count() {
	if d := c.bytes - c.counted; d >= countStep || d <= -countStep {
		c.account.Add(d)
		c.counted = c.bytes
	}
}

// SetWindow changes how many bytes may wait.
func (c *Channel) SetWindow(bytes int64) { c.window.Store(bytes) }

// Window is the number of bytes that may wait.
func (c *Channel) Window() int64 { return c.window.Load() }

// Queued is the number of bytes that wait.
func (c *Channel) Queued() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}

// Taken is the number of bytes that the consumer has taken so far.
func (c *Channel) Taken() int64 { return c.taken.Load() }

// TryPush adds an element; false: a batch has no credit, and the producer will be woken when there
// may be some. The channel takes over the batch's reference when it returns true. A fenced channel
// swallows everything.
func (c *Channel) TryPush(e element.Element) bool { return c.push(e, false) }

// Force adds an element without credit: it has to leave its task before an unaligned barrier.
func (c *Channel) Force(e element.Element) { c.push(e, true) }

// Over says that more waits than the window allows, since it was forced; the producer will be woken
// when something has been taken.
func (c *Channel) Over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	over := c.bytes > c.window.Load() && c.queue.Len() > 1 && !c.fenced && !c.closed
	c.starving = c.starving || over
	return over
}

func (c *Channel) push(e element.Element, force bool) bool {
	var size int64
	if e.Batch != nil {
		size = e.Batch.MemBytes()
	}
	c.mu.Lock()
	if c.fenced || c.closed {
		c.mu.Unlock()
		if e.Batch != nil {
			e.Batch.Release()
		}
		return true
	}
	if e.Batch != nil && !force && c.bytes > 0 && c.bytes+size > c.window.Load() {
		c.starving = true
		c.mu.Unlock()
		return false
	}
	wake := c.queue.Len() == 0
	if e.Kind == element.Watermark && !wake {
		if last := c.queue.Back(); last.Kind == element.Watermark {
			last.Time = e.Time // the later one says all
			c.mu.Unlock()
			return true
		}
	}
	e.Size = size
	c.queue.Push(e)
	c.bytes += size
	c.count()
	c.ready.Add(1)
	c.look()
	wake = c.capture.see(&e) || wake
	urgent := e.Kind == element.Barrier && e.Barrier.Unaligned && c.onUrgent != nil
	c.mu.Unlock()
	if urgent {
		c.onUrgent(e.Barrier.ID)
	}
	if wake || urgent {
		c.onData()
	}
	return true
}

// Close says that the producer is done with the channel.
func (c *Channel) Close() {
	c.mu.Lock()
	if !c.closed && !c.fenced {
		c.closed = true
		if c.capture != nil {
			c.capture.done = true
		}
		c.ready.Add(1)
		c.look()
	}
	c.mu.Unlock()
	c.onData()
}

// Fence cuts the producer off: what waits is dropped and what it still pushes is swallowed.
func (c *Channel) Fence() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fenced = true
	c.capture.drop()
	c.queue.Clear()
	c.bytes = 0
	c.count()
	c.ready.Store(0) // a consumer that still polls finds nothing, not even the end
	c.tells.Store(false)
}

// look notes what is next; the lock is held.
func (c *Channel) look() {
	tells := c.closed
	if c.queue.Len() > 0 {
		k := c.queue.Front().Kind
		tells = k != element.Batch && k != element.Barrier
	}
	if tells != c.tells.Load() {
		c.tells.Store(tells)
	}
}

// Ready says, without a lock, whether Pop has something.
func (c *Channel) Ready() bool { return c.ready.Load() > 0 }

// Pop takes the next element; batches that wait behind a batch are joined with it up to about
// maxRows rows and maxBytes bytes, and what a batch has more than maxRows stays (0: neither).
// closed: nothing waits and nothing will come.
func (c *Channel) Pop(maxRows int, maxBytes int64) (e element.Element, ok, closed bool) {
	if c.stored != nil {
		return c.read(maxRows)
	}
	c.mu.Lock()
	if c.queue.Len() == 0 {
		closed = c.closed
		c.mu.Unlock()
		return e, false, closed
	}
	e = c.queue.Pop()
	c.ready.Add(-1)
	if e.Batch == nil {
		c.look()
		c.mu.Unlock()
		return e, true, false
	}
	var parts []*batch.Batch
	if maxRows > 0 && e.Batch.Len() > maxRows {
		c.cut(&e, maxRows)
	} else {
		parts = c.join(&e, maxRows, maxBytes)
	}
	c.look()
	wake := c.starving
	c.starving = false
	c.mu.Unlock()
	if parts != nil {
		e.Batch = batch.Concat(parts)
	}
	if wake {
		c.onCredit()
	}
	return e, true, false
}

// cut leaves what is behind the first rows of a batch in the channel.
func (c *Channel) cut(e *element.Element, rows int) {
	whole, rest := e.Batch, *e
	rest.Batch = whole.Slice(rows, whole.Len())
	e.Batch = whole.Slice(0, rows)
	rest.Size = e.Size * int64(whole.Len()-rows) / int64(whole.Len())
	e.Size -= rest.Size
	whole.Release()
	c.queue.PushFront(rest)
	c.ready.Add(1)
	c.bytes -= e.Size
	c.count()
	c.taken.Add(e.Size)
}

// read takes the next element of a result; an error is kept for Err.
func (c *Channel) read(maxRows int) (e element.Element, ok, closed bool) {
	if !c.Ready() { // fenced, or failed
		return e, false, false
	}
	e, ok, err := c.stored.next(maxRows)
	if err != nil {
		c.err = err
		c.ready.Store(0)
		return e, false, false
	}
	c.taken.Add(e.Size)
	return e, ok, !ok
}

// Err is why a channel that is filled from a result gives nothing more.
func (c *Channel) Err() error { return c.err }

// join gives the credit of first back and takes more batches; nil: there is only the first.
func (c *Channel) join(first *element.Element, maxRows int, maxBytes int64) []*batch.Batch {
	rows, total := first.Batch.Len(), first.Size
	var parts []*batch.Batch
	small := rows < maxRows/4 // copying pays for small batches only
	for small && c.queue.Len() > 0 && c.queue.Front().Kind == element.Batch {
		next := c.queue.Front()
		if rows+next.Batch.Len() > maxRows || total+next.Size > maxBytes {
			break
		}
		if parts == nil {
			parts = append(parts, first.Batch)
		}
		rows += next.Batch.Len()
		total += next.Size
		parts = append(parts, c.queue.Pop().Batch)
		c.ready.Add(-1)
	}
	c.bytes -= total
	c.count()
	c.taken.Add(total)
	return parts
}
