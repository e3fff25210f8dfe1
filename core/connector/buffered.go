package connector

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/headrace/headrace/core/base/errs"
)

// BufferOptions are the options of a sink whose writers gather rows.
var BufferOptions = []Option{
	{Name: "sink.buffer-flush.max-rows", Type: "int", Default: "500",
		Doc: "Write when so many rows have come."},
	{Name: "sink.buffer-flush.interval", Type: "duration", Default: "1 s",
		Doc: "Write this often; 0: only by rows and at checkpoints."},
	{Name: "sink.max-retries", Type: "int", Default: "3",
		Doc: "How often a write that failed for a passing reason is tried again, with growing pauses."},
}

// Buffering says how a Buffered writer works.
type Buffering struct {
	Rows    int           // written together
	Every   time.Duration // 0: only by rows and at checkpoints
	Retries int
	Whole   bool // what has been gathered is sent as one lot, however much it is
	Eager   bool // sends whenever it can; Rows bounds only what waits meanwhile
	// Pause is that before the first other try, 0: 100 ms; Constant: the next ones are no longer.
	Pause    time.Duration
	Constant bool
}

// ReadBuffering reads the values of BufferOptions.
func ReadBuffering(o *Options) Buffering {
	return Buffering{Rows: int(o.Int("sink.buffer-flush.max-rows", 500, 1)),
		Every:   o.Duration("sink.buffer-flush.interval", time.Second),
		Retries: int(o.Int("sink.max-retries", 3, 0))}
}

// Buffered is a Writer that gathers items and sends them to the outside in a goroutine of its own,
// one lot after the other, in order, at least once. Embed it and write Write, which calls Put for
// each row and returns what Begin returns.
type Buffered[T any] struct {
	Buffering
	name string
	ctx  *WriterContext
	send func(ctx context.Context, items []T) error
	run  context.Context
	stop context.CancelFunc
	done sync.WaitGroup

	mu      sync.Mutex
	items   []T
	at      map[string]int // of a key in items
	busy    bool           // a goroutine sends
	waiting bool           // the engine waits to be woken
	closed  bool
	err     error
	timer   func() bool
}

// NewBuffered makes the writer of a table; send is called from one goroutine at a time. Its errors
// that are marked Transient are worth another try with the same items.
func NewBuffered[T any](table string, b Buffering, ctx *WriterContext,
	send func(ctx context.Context, items []T) error) *Buffered[T] {
	w := &Buffered[T]{Buffering: b, name: table, ctx: ctx, send: send, at: map[string]int{}}
	w.run, w.stop = context.WithCancel(context.Background())
	if b.Every > 0 {
		w.mu.Lock()
		w.schedule()
		w.mu.Unlock()
	}
	return w
}

// schedule sets the alarm; mu is held.
func (w *Buffered[T]) schedule() {
	w.timer = w.ctx.Clock.AfterFunc(w.Every, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.closed {
			w.begin()
			w.schedule()
		}
	})
}

// Put adds an item; of the items of one key that have not been sent yet the last one stays. An item
// without a key ("") always stays.
func (w *Buffered[T]) Put(key []byte, item T) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(key) > 0 {
		if at, ok := w.at[string(key)]; ok {
			w.items[at] = item
			return
		}
		w.at[string(key)] = len(w.items)
	}
	w.items = append(w.items, item)
}

// Begin sends what there is if it is enough for a lot.
func (w *Buffered[T]) Begin() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.Eager || len(w.items) >= w.Rows {
		w.begin()
	}
	return w.err
}

// begin sends what has been gathered, unless some is on its way; mu is held.
func (w *Buffered[T]) begin() {
	if w.busy || len(w.items) == 0 || w.err != nil {
		return
	}
	items := w.items
	w.items = nil
	clear(w.at)
	w.busy = true
	w.done.Add(1)
	go func() {
		defer w.done.Done()
		err := w.deliver(items)
		w.mu.Lock()
		w.busy = false
		if err != nil && w.run.Err() == nil {
			w.err = err
		}
		if w.Eager || len(w.items) >= w.Rows {
			w.begin()
		}
		wake := w.waiting || err != nil
		w.waiting = false
		w.mu.Unlock()
		if wake {
			w.ctx.Wake()
		}
	}()
}

// deliver sends items in lots, and tries again what may work then.
func (w *Buffered[T]) deliver(items []T) error {
	size := w.Rows
	if w.Whole {
		size = len(items)
	}
	for from := 0; from < len(items); from += size {
		lot := items[from:min(from+size, len(items))]
		pause := cmp.Or(w.Pause, 100*time.Millisecond)
		for try := 0; ; try++ {
			err := w.send(w.run, lot)
			if err == nil {
				break
			}
			if w.run.Err() != nil || errs.MarkOf(err) != errs.Transient || try >= w.Retries {
				return err
			}
			w.ctx.Log.Warn("a write failed; trying again", "table", w.name, "error", err)
			select {
			case <-time.After(pause):
			case <-w.run.Done():
				return err
			}
			if !w.Constant {
				pause = min(2*pause, max(w.Pause, 10*time.Second))
			}
		}
	}
	return nil
}

// Ready implements Writer.
func (w *Buffered[T]) Ready() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	ready := !w.busy || len(w.items) < w.Rows || w.err != nil
	w.waiting = !ready
	return ready
}

// Watermark implements Writer.
func (w *Buffered[T]) Watermark(int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Flush implements Writer.
func (w *Buffered[T]) Flush(bool) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begin()
	done := !w.busy && len(w.items) == 0
	w.waiting = !done
	return done && w.err == nil, w.err
}

// Prepare implements Writer: there is one phase.
func (w *Buffered[T]) Prepare(int64) ([][]byte, error) { return nil, nil }

// Snapshot implements Writer.
func (w *Buffered[T]) Snapshot(int64) ([]byte, error) { return nil, nil }

// Close implements Writer: what has not been flushed is written again by the next attempt.
func (w *Buffered[T]) Close() error {
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
