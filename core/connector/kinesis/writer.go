package kinesis

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/format"
)

// writer gathers rows and sends several requests at a time, so that rows may change places. What is
// refused is sent again before what came later.
type writer struct {
	sink    *Sink
	ctx     *connector.WriterContext
	encoder format.Encoder
	run     context.Context
	stop    context.CancelFunc
	done    sync.WaitGroup

	mu       sync.Mutex
	queue    []entry
	bytes    int // of queue
	inFlight int
	refusals int  // requests in a row of which something was refused
	flushing bool // all of the queue is to be sent, however little it is
	waiting  bool // the engine waits to be woken
	closed   bool
	err      error
	timer    func() bool
}

var _ connector.Writer = (*writer)(nil)

// NewWriter implements connector.Sink.
func (s *Sink) NewWriter(ctx *connector.WriterContext) (connector.Writer, error) {
	e, err := s.format.NewEncoder(&s.config)
	if err != nil {
		return nil, err
	}
	w := &writer{sink: s, ctx: ctx, encoder: e}
	w.run, w.stop = context.WithCancel(context.Background())
	if s.limits.every > 0 {
		w.mu.Lock()
		w.schedule()
		w.mu.Unlock()
	}
	return w, nil
}

// schedule sets the alarm; mu is held.
func (w *writer) schedule() {
	w.timer = w.ctx.Clock.AfterFunc(w.sink.limits.every, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.closed {
			w.begin(true)
			w.schedule()
		}
	})
}

// Write implements connector.Writer.
func (w *writer) Write(b *batch.Batch) error {
	s := w.sink
	rows := batch.New(s.schema, connector.ElementsOf(s.table, b), b.Len())
	rows.Kinds = b.Kinds
	entries := make([]entry, b.Len())
	for i := range entries {
		e := &entries[i]
		var err error
		if e.data, err = w.encoder.Encode(nil, rows, i, i+1, nil); err != nil {
			return err
		}
		if e.key, err = s.key(w.ctx.Subtask, rows, i); err != nil {
			return err
		}
		if e.size() > s.limits.record {
			return errs.Dataf("table '%s': a row has %d bytes, and %d are allowed", s.table.Name,
				e.size(), s.limits.record).Fix("leave such rows out, or set 'sink.record.max-size' if the " +
				"service takes more")
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range entries {
		w.queue = append(w.queue, entries[i])
		w.bytes += entries[i].size()
	}
	w.begin(false)
	return w.err
}

// begin sends full requests, or all; mu is held.
func (w *writer) begin(all bool) {
	l := &w.sink.limits
	for w.err == nil && w.inFlight < l.inFlight && len(w.queue) > 0 &&
		(all || w.flushing || len(w.queue) >= l.rows || w.bytes >= l.bytes) {
		n, size := 0, 0
		for n < min(len(w.queue), l.rows) && size+w.queue[n].size() <= l.bytes {
			size += w.queue[n].size()
			n++
		}
		lot := w.queue[:n:n]
		w.queue, w.bytes = w.queue[n:], w.bytes-size
		w.inFlight++
		w.done.Add(1)
		go w.send(lot)
	}
}

// send sends a request and puts back what was refused.
func (w *writer) send(lot []entry) {
	defer w.done.Done()
	refused, err := w.request(lot)
	pause := time.Duration(0)
	if err == nil && len(refused) > 0 {
		w.mu.Lock()
		b := backoff{base: 100 * time.Millisecond, max: 5 * time.Second, factor: 1.5}
		pause = b.pause(w.refusals)
		w.refusals++
		w.mu.Unlock()
		sleep(w.run, pause)
	}
	w.mu.Lock()
	w.inFlight--
	switch {
	case err != nil && w.run.Err() == nil:
		w.err = errors.Join(w.err, err)
	case len(refused) == 0:
		w.refusals = 0
	default:
		w.queue = append(refused, w.queue...)
		for i := range refused {
			w.bytes += refused[i].size()
		}
	}
	if !w.closed {
		w.begin(len(refused) > 0) // what was refused has waited
	}
	wake := w.waiting || err != nil
	w.waiting = false
	w.mu.Unlock()
	if wake {
		w.ctx.Wake()
	}
}

// request sends a lot; refused is what is worth another try.
func (w *writer) request(lot []entry) (refused []entry, err error) {
	s := w.sink
	ctx, cancel := context.WithTimeout(w.run, s.account.timeout)
	defer cancel()
	at, why, err := s.put(ctx, lot)
	if err != nil {
		if errs.MarkOf(err) != errs.User { // nobody has said yet what it is
			err = s.account.wrap(err, s.sentence)
		}
		if w.run.Err() != nil || s.limits.failFast || errs.MarkOf(err) != errs.Transient {
			return nil, err
		}
		w.ctx.Log.Warn("kinesis: a request failed; trying again", "table", s.table.Name, "rows", len(lot),
			"error", err)
		return lot, nil
	}
	for _, i := range at {
		refused = append(refused, lot[i])
	}
	if len(refused) == 0 {
		return nil, nil
	}
	if s.limits.failFast {
		return nil, errs.Transientf("table '%s': %s: %d of %d rows were refused: %s", s.table.Name,
			s.sentence, len(refused), len(lot), why).
			Fix("with 'sink.fail-on-error' = 'false' they are sent again")
	}
	w.ctx.Log.Warn("kinesis: rows were refused; sending them again", "table", s.table.Name, "rows",
		len(refused), "of", len(lot), "error", why)
	return refused, nil
}

// Ready implements connector.Writer.
func (w *writer) Ready() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	ready := len(w.queue) < w.sink.limits.waiting || w.err != nil
	if !ready {
		w.begin(false)
	}
	w.waiting = !ready
	return ready
}

// Watermark implements connector.Writer.
func (w *writer) Watermark(int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Flush implements connector.Writer.
func (w *writer) Flush(bool) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flushing = true
	w.begin(true)
	done := w.inFlight == 0 && len(w.queue) == 0
	w.flushing = !done
	w.waiting = !done
	return done && w.err == nil, w.err
}

// Prepare implements connector.Writer: there is one phase.
func (w *writer) Prepare(int64) ([][]byte, error) { return nil, nil }

// Snapshot implements connector.Writer.
func (w *writer) Snapshot(int64) ([]byte, error) { return nil, nil }

// Close implements connector.Writer: what has not been flushed is written again by the next attempt.
func (w *writer) Close() error {
	w.mu.Lock()
	w.closed = true
	if w.timer != nil {
		w.timer()
	}
	w.mu.Unlock()
	w.stop()
	w.done.Wait()
	return nil
}
