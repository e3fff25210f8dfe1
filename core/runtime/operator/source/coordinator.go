// Package source is the head of a chain that reads a connector: readers in each subtask, and one
// coordinator a job that hands out splits to them.
package source

import (
	"slices"
	"sync"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/runtime/drive"
)

// Coordinator runs the enumerator of one source for all its readers. Its Step belongs to a driver
// of its own, so that an enumerator may take its time; the other methods are safe to call from
// anywhere and never block.
//
// Splits handed out after the enumerator's snapshot must not be in the snapshot of a reader, those
// handed out before must: from Snapshot on they are kept back from each reader until its barrier
// has passed.
type Coordinator struct {
	open func(ctx *connector.EnumeratorContext) (connector.Enumerator, error)
	ctx  connector.EnumeratorContext
	enum connector.Enumerator // belongs to Step
	wake func()

	mu       sync.Mutex
	readers  []mailbox
	requests []snapshotRequest
	ended    []string // splits that readers have come to the end of, for the enumerator to hear
	lastID   int64    // of the newest snapshot
	taking   int64    // the snapshot that is being taken, 0 for none and when it is given up
	woken    int      // how often the enumerator called Wake
	stopped  bool
	keeps    bool // what was handed out, for readers that start again
	begun    int  // readers that have begun
	err      error

	backlog   bool // what onBacklog was told last; under mu
	onBacklog func(on bool)
}

type mailbox struct {
	wake   func()
	asks   bool    // wants splits, and has not been given any yet
	parked bool    // asked, and the enumerator had nothing: ask again when it calls Wake
	open   []int64 // snapshots of the enumerator whose barrier has not passed the reader yet
	given  []assignment
	done   bool
	begun  bool   // see Begun
	begin  func() // wakes a reader that waits for others to begin
	// past is what was handed out and is in no complete checkpoint's state of the reader yet.
	past []assignment
}

// assignment is what was handed out to a reader behind the enumerator's snapshot after (0: before
// the first). The reader may have it once that barrier, and none before it, is outstanding.
type assignment struct {
	splits []connector.Split
	done   bool
	after  int64
}

// ready says that no barrier up to the assignment's is outstanding.
func (m *mailbox) ready(a *assignment) bool {
	return len(m.open) == 0 || m.open[0] > a.after
}

type snapshotRequest struct {
	id    int64
	reply func(state []byte, err error)
}

// NewCoordinator makes the coordinator of a source; restored is the enumerator's snapshot, nil at
// first start. wake wakes the driver of Step.
func NewCoordinator(src connector.Source, restored []byte, ctx connector.EnumeratorContext,
	wake func()) *Coordinator {
	c := &Coordinator{ctx: ctx, wake: wake, readers: make([]mailbox, ctx.Parallelism)}
	c.ctx.Wake = func() {
		c.mu.Lock()
		c.woken++
		for i := range c.readers {
			c.readers[i].parked = false
		}
		c.mu.Unlock()
		wake()
	}
	c.open = func(ctx *connector.EnumeratorContext) (connector.Enumerator, error) {
		return src.NewEnumerator(ctx, restored)
	}
	return c
}

// OnBacklog sets what hears, from the driver of Step, that the source begins or ends to catch up
// with the past. It is called before Step.
func (c *Coordinator) OnBacklog(f func(on bool)) { c.onBacklog = f }

// observe tells of a change of the backlog, the readers too.
func (c *Coordinator) observe() {
	e, ok := c.enum.(connector.Backlogged)
	if !ok {
		return
	}
	on := e.IsBacklog()
	var wake []func()
	c.mu.Lock()
	changed := on != c.backlog
	c.backlog = on
	for i := range c.readers {
		if w := c.readers[i].wake; w != nil && changed {
			wake = append(wake, w)
		}
	}
	c.mu.Unlock()
	for _, w := range wake {
		w()
	}
	if changed && c.onBacklog != nil {
		c.onBacklog(on)
	}
}

// Backlog says whether the source catches up with the past. What a reader was handed out before it
// is told of a change belongs to the time before it.
func (c *Coordinator) Backlog() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.backlog
}

var _ drive.Stepper = (*Coordinator)(nil)

// Step answers what is asked.
func (c *Coordinator) Step(budget int) drive.Status {
	for range budget {
		c.mu.Lock()
		if c.stopped {
			c.mu.Unlock()
			c.close()
			return drive.Done
		}
		var request *snapshotRequest
		ended := c.ended
		c.ended = nil
		if len(ended) > 0 {
			c.mu.Unlock()
			c.hear(ended)
			continue
		}
		if len(c.requests) > 0 {
			request = &c.requests[0]
			c.requests = c.requests[1:]
			c.taking = request.id
		}
		subtask := -1
		if request == nil && c.err == nil {
			subtask = c.nextAsking()
		}
		c.mu.Unlock()
		switch {
		case request != nil:
			c.snapshot(request)
		case subtask >= 0:
			c.serve(subtask)
		default:
			c.observe()
			return drive.Blocked
		}
	}
	return drive.Progressed
}

func (c *Coordinator) nextAsking() int {
	for i := range c.readers {
		if m := &c.readers[i]; m.asks && !m.parked {
			return i
		}
	}
	return -1
}

func (c *Coordinator) ready() error {
	if c.enum != nil {
		return nil
	}
	enum, err := c.open(&c.ctx)
	c.enum = enum
	if err == nil {
		c.observe() // before any split is handed out
	}
	return err
}

func (c *Coordinator) serve(subtask int) {
	c.mu.Lock()
	woken := c.woken
	c.mu.Unlock()
	var splits []connector.Split
	var done bool
	err := c.ready()
	if err == nil {
		splits, done, err = c.enum.Next(subtask)
		c.observe() // before what it gave is handed out
	}
	c.mu.Lock()
	m := &c.readers[subtask]
	if err != nil {
		c.err = err
	}
	if len(splits) == 0 && !done && err == nil {
		m.parked = woken == c.woken // else Wake came in between
		begin := c.beginLocked(subtask)
		c.mu.Unlock()
		begin()
		return
	}
	m.asks = false
	begin := func() {}
	if len(splits) > 0 || err != nil {
		begin = c.beginLocked(subtask)
	}
	given := assignment{splits: splits, done: done, after: c.lastID}
	m.given = append(m.given, given)
	if c.keeps {
		m.past = append(m.past, given)
	}
	wake := m.wake
	c.mu.Unlock()
	begin()
	if wake != nil { // nil: the reader that asked is gone, the next one looks by itself
		wake()
	}
}

// Begun says that a reader need not be waited for by the others: it has splits, there are none for
// now, or it has told those behind it that it will never have any. Until all have begun none reads,
// else rows would be judged by a clock that a reader without work holds back.
func (c *Coordinator) Begun(subtask int) {
	c.mu.Lock()
	begin := c.beginLocked(subtask)
	c.mu.Unlock()
	begin()
}

// beginLocked returns what wakes those that waited for the last reader to begin.
func (c *Coordinator) beginLocked(subtask int) func() {
	if m := &c.readers[subtask]; !m.begun {
		m.begun = true
		c.begun++
	}
	var wake []func()
	for i := range c.readers {
		if m := &c.readers[i]; c.begun == len(c.readers) && m.begin != nil {
			wake = append(wake, m.begin)
			m.begin = nil
		}
	}
	return func() {
		for _, f := range wake {
			f()
		}
	}
}

// MayRead says whether all readers have begun; if not, wake is called when they have.
func (c *Coordinator) MayRead(subtask int, wake func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.begun == len(c.readers) {
		return true
	}
	c.readers[subtask].begin = wake
	return false
}

// Keep has the coordinator remember what it handed out, for Reset. It is called before Step.
func (c *Coordinator) Keep() { c.keeps = true }

// Completed says that a checkpoint is complete: the readers' state in it has what was handed out
// before it.
func (c *Coordinator) Completed(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.readers {
		m := &c.readers[i]
		m.past = slices.DeleteFunc(m.past, func(a assignment) bool { return a.after < id })
	}
}

// Reset prepares for a reader that starts again from the newest complete checkpoint, or from its
// beginning when there is none: it is given what the one before it got since then. The one before
// it makes no more calls.
func (c *Coordinator) Reset(subtask int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := &c.readers[subtask]
	*m = mailbox{given: slices.Clone(m.past), past: m.past, begun: m.begun}
}

// Request asks for splits for a reader that has nothing to do; wake is called when there may be
// some, or the answer that there will be none.
func (c *Coordinator) Request(subtask int, wake func()) {
	c.mu.Lock()
	c.readers[subtask].asks, c.readers[subtask].parked = true, false
	c.readers[subtask].wake = wake
	c.mu.Unlock()
	c.wake()
}

// Take returns what has been handed out to a reader since the last call.
func (c *Coordinator) Take(subtask int) (splits []connector.Split, done bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := &c.readers[subtask]
	for len(m.given) > 0 && m.ready(&m.given[0]) {
		splits = append(splits, m.given[0].splits...)
		m.done = m.done || m.given[0].done
		m.given = m.given[1:]
	}
	return splits, m.done, c.err
}

// Ended tells the enumerator, if it listens, that a reader has read splits to their end.
func (c *Coordinator) Ended(ids []string) {
	if len(ids) == 0 {
		return
	}
	c.mu.Lock()
	c.ended = append(c.ended, ids...)
	c.mu.Unlock()
	c.wake()
}

func (c *Coordinator) hear(ended []string) {
	err := c.ready()
	if e, ok := c.enum.(connector.Ending); ok && err == nil {
		err = e.SplitsEnded(ended)
	}
	if err != nil {
		c.mu.Lock()
		c.err = err
		c.mu.Unlock()
	}
}

// Snapshot asks for the enumerator's state; reply is called from the driver of Step.
func (c *Coordinator) Snapshot(id int64, reply func(state []byte, err error)) {
	c.mu.Lock()
	c.requests = append(c.requests, snapshotRequest{id: id, reply: reply})
	c.mu.Unlock()
	c.wake()
}

func (c *Coordinator) snapshot(r *snapshotRequest) {
	err := c.ready()
	var state []byte
	if err == nil {
		state, err = c.enum.Snapshot()
	}
	c.mu.Lock()
	if c.taking == r.id { // else nobody waits for a barrier of it
		c.lastID = r.id
		for i := range c.readers {
			c.readers[i].open = append(c.readers[i].open, r.id)
		}
	}
	c.taking = 0
	c.mu.Unlock()
	if state == nil {
		state = []byte{}
	}
	r.reply(state, err)
}

// Passed says that a reader has passed the barrier of a checkpoint and all before it.
func (c *Coordinator) Passed(subtask int, id int64) {
	c.settle(subtask, func(open int64) bool { return open <= id })
}

// Aborted says that a checkpoint has been given up.
func (c *Coordinator) Aborted(id int64) {
	c.mu.Lock()
	c.requests = slices.DeleteFunc(c.requests, func(r snapshotRequest) bool { return r.id == id })
	if c.taking == id {
		c.taking = 0
	}
	c.mu.Unlock()
	for i := range c.readers {
		c.settle(i, func(open int64) bool { return open == id })
	}
}

func (c *Coordinator) settle(subtask int, over func(open int64) bool) {
	c.mu.Lock()
	m := &c.readers[subtask]
	m.open = slices.DeleteFunc(m.open, over)
	wake := m.wake
	if len(m.given) == 0 || !m.ready(&m.given[0]) {
		wake = nil
	}
	c.mu.Unlock()
	if wake != nil {
		wake()
	}
}

// Stop ends the coordinator.
func (c *Coordinator) Stop() {
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
	c.wake()
}

func (c *Coordinator) close() {
	if c.enum == nil {
		return
	}
	if err := c.enum.Close(); err != nil && c.ctx.Log != nil {
		c.ctx.Log.Warn("closing the enumerator of a source", "error", err)
	}
	c.enum = nil
}
