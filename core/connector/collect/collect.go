// Package collect brings the rows of a job back to the program that started it.
package collect

import (
	"context"
	"fmt"
	"sync"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
)

// Results is the program's end: batches in order of arrival, with back-pressure on the job while
// more than its capacity is unread.
type Results struct {
	mu       sync.Mutex
	changed  chan struct{} // closed and replaced when something changes
	queue    []*batch.Batch
	bytes    int64
	capacity int64
	ended    bool
	closed   bool
	err      error
	wake     map[int]func()
	prepared map[string][]*batch.Batch // waiting for their checkpoint, by committable
	out      map[int]bool              // subtasks that could not hold rows back, and gave them out
}

// New makes a sink and the results that it fills; capacity is in bytes. exactlyOnce is for jobs
// with checkpoints: rows are given out when the checkpoint behind them is complete, so that a
// restart neither repeats nor loses one.
func New(capacity int64, exactlyOnce bool) (*Sink, *Results) {
	r := &Results{
		changed: make(chan struct{}), capacity: capacity, wake: map[int]func(){},
		prepared: map[string][]*batch.Batch{}, out: map[int]bool{},
	}
	return &Sink{results: r, exactlyOnce: exactlyOnce}, r
}

// Next returns the next batch, whose reference the caller takes over; ok false at the end. It
// waits for one until ctx is done.
func (r *Results) Next(ctx context.Context) (b *batch.Batch, ok bool, err error) {
	for {
		r.mu.Lock()
		if len(r.queue) > 0 {
			b = r.queue[0]
			r.queue[0] = nil // the array behind the queue must not keep what was read
			r.queue = r.queue[1:]
			full := r.bytes > r.capacity
			r.bytes -= b.MemBytes()
			wake := r.takeWakers(full && r.bytes <= r.capacity)
			r.mu.Unlock()
			for _, f := range wake {
				f()
			}
			return b, true, nil
		}
		ended, err, changed := r.ended || r.closed, r.err, r.changed
		r.mu.Unlock()
		if ended {
			return nil, false, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
}

// End says that the job is over: with its error, nil when it finished. Rows that are queued can
// still be read.
func (r *Results) End(err error) {
	r.mu.Lock()
	if !r.ended {
		r.ended, r.err = true, err
		r.wake = nil // the tasks are over, and go with it
		r.notify()
	}
	lost := r.prepared // what no checkpoint will complete any more
	r.prepared = map[string][]*batch.Batch{}
	r.mu.Unlock()
	for _, batches := range lost {
		for _, b := range batches {
			b.Release()
		}
	}
}

// Close drops what is queued and lets the job write into the void.
func (r *Results) Close() {
	r.mu.Lock()
	queue := r.queue
	r.queue, r.bytes, r.closed = nil, 0, true
	wake := r.takeWakers(true)
	r.notify()
	r.mu.Unlock()
	for _, b := range queue {
		b.Release()
	}
	for _, f := range wake {
		f()
	}
}

func (r *Results) notify() {
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *Results) takeWakers(now bool) []func() {
	if !now {
		return nil
	}
	var fs []func()
	for _, f := range r.wake {
		fs = append(fs, f)
	}
	return fs
}

func (r *Results) put(b *batch.Batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	b.Retain()
	r.queue = append(r.queue, b)
	r.bytes += b.MemBytes()
	r.notify()
}

func (r *Results) ready() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed || r.bytes <= r.capacity
}

// dropping says that nobody reads any more.
func (r *Results) dropping() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// Sink is the job's end.
type Sink struct {
	results     *Results
	exactlyOnce bool
}

var _ connector.Sink = (*Sink)(nil)

// NewWriter implements connector.Sink.
func (s *Sink) NewWriter(ctx *connector.WriterContext) (connector.Writer, error) {
	r := s.results
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wake[ctx.Subtask] = ctx.Wake
	w := &writer{results: r}
	if !s.exactlyOnce && !ctx.HeldCommit {
		return w, nil
	}
	if r.out[ctx.Subtask] {
		return nil, errs.Userf("the job starts again, but rows of its result have been read already").
			ForGood().Fix("write large results to a table, or switch restarts off")
	}
	held := heldWriter{writer: w, name: fmt.Sprintf("%d.%d", ctx.Subtask, ctx.Attempt)}
	if ctx.HeldCommit {
		return &endWriter{heldWriter: held, subtask: ctx.Subtask}, nil
	}
	return &checkpointWriter{heldWriter: held, ctx: ctx}, nil
}

// NewCommitter implements connector.Sink.
func (s *Sink) NewCommitter(ctx *connector.WriterContext) (connector.Committer, error) {
	if !s.exactlyOnce && !ctx.HeldCommit {
		return nil, nil
	}
	return committer{s.results}, nil
}

type writer struct {
	connector.PlainWriter
	results *Results
}

func (w *writer) Write(b *batch.Batch) error {
	w.results.put(b)
	return nil
}

func (w *writer) Ready() bool { return w.results.ready() }

type committer struct{ results *Results }

// Commit gives out the rows; a second call with the same committable finds nothing.
func (c committer) Commit(committables [][]byte) (retry [][]byte, err error) {
	for _, token := range committables {
		c.results.mu.Lock()
		batches := c.results.prepared[string(token)]
		delete(c.results.prepared, string(token))
		c.results.mu.Unlock()
		for _, b := range batches {
			c.results.put(b)
			b.Release()
		}
	}
	return nil, nil
}

func (c committer) Close() error { return nil }
