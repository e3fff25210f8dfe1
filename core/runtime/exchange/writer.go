package exchange

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/element"
)

// Writer spreads what leaves by one edge over the channels to its consumers. What has no credit
// waits in the writer, which then is Full: who feeds it stops after what it has in hand. All calls
// come from the producing task.
type Writer struct {
	router    Router // nil: everything to every channel
	channels  []outlet
	result    *Result         // that the channels are parts of; nil: they lead to consumers
	waiting   []element.Queue // by channel
	nWaiting  int
	closed    bool
	counts    []int32
	rows      []int32
	targets   []int32
	BytesOut  func(n int64) // counts what leaves; may be nil
	overdraft bool
	forced    bool // channels may be over their windows
	// Copy makes a batch that shares nothing that user code could change with its argument, for
	// all channels but one of a broadcast; nil: there is no such thing in the batches.
	Copy func(b *batch.Batch) (*batch.Batch, error)
}

// NewWriter makes a writer; a nil router broadcasts.
func NewWriter(router Router, channels []*Channel) *Writer {
	outlets := make([]outlet, len(channels))
	for i, c := range channels {
		outlets[i] = c
	}
	return newWriter(router, outlets)
}

// NewResultWriter makes a writer whose channels are the parts of a result.
func NewResultWriter(router Router, r *Result) *Writer {
	outlets := make([]outlet, len(r.parts))
	for i := range outlets {
		outlets[i] = part{r, i}
	}
	w := newWriter(router, outlets)
	w.result = r
	return w
}

func newWriter(router Router, channels []outlet) *Writer {
	return &Writer{router: router, channels: channels,
		waiting: make([]element.Queue, len(channels)), counts: make([]int32, len(channels))}
}

// Fence cuts the producer off from the channels; safe from any goroutine.
func (w *Writer) Fence() {
	for _, c := range w.channels {
		c.Fence()
	}
}

// Full says that something waits for credit, or that a channel has more than it allows because a
// barrier pushed it there: else every unaligned checkpoint would let one more batch in.
func (w *Writer) Full() bool {
	if w.overdraft {
		return false
	}
	if w.nWaiting > 0 || !w.forced {
		return w.nWaiting > 0
	}
	for _, c := range w.channels {
		if c.Over() {
			return true
		}
	}
	w.forced = false
	return false
}

// Overdraft makes Full say no until it is switched off again: an unaligned barrier is under way,
// and what is in the task has to leave it.
func (w *Writer) Overdraft(on bool) { w.overdraft = on }

// Flush moves what waits into the channels as far as there is credit and says whether anything
// moved.
func (w *Writer) Flush() bool {
	moved := false
	for i := range w.waiting {
		q := &w.waiting[i]
		for q.Len() > 0 && w.channels[i].TryPush(*q.Front()) {
			q.Pop()
			w.nWaiting--
			moved = true
		}
	}
	if w.closed && w.nWaiting == 0 {
		for _, c := range w.channels {
			c.Close()
		}
	}
	return moved
}

// Force moves all that waits into the channels, credit or not.
func (w *Writer) Force() {
	w.forced = w.forced || w.nWaiting > 0
	for i := range w.waiting {
		for q := &w.waiting[i]; q.Len() > 0; w.nWaiting-- {
			w.channels[i].Force(q.Pop())
		}
	}
}

// Write takes over an element. A batch is split by row; watermarks inside it go to every channel.
func (w *Writer) Write(e element.Element) error {
	if w.result != nil && w.result.Err() != nil {
		if e.Batch != nil {
			e.Batch.Release()
		}
		return w.result.Err()
	}
	if e.Batch == nil {
		if e.Kind == element.Barrier && e.Barrier.Unaligned {
			w.Force()
		}
		for i := range w.channels {
			w.push(i, e)
		}
		return nil
	}
	b := e.Batch
	if w.BytesOut != nil {
		w.BytesOut(b.MemBytes())
	}
	if len(w.channels) == 1 {
		w.push(0, e)
		return nil
	}
	if w.router == nil {
		return w.broadcast(b)
	}
	err := w.split(b)
	b.Release()
	return err
}

// broadcast gives every channel the batch, or a copy. The batch itself goes last: its consumer may
// change it at once.
func (w *Writer) broadcast(b *batch.Batch) error {
	for i := 1; i < len(w.channels); i++ {
		other := b
		if w.Copy == nil {
			b.Retain()
		} else {
			var err error
			if other, err = w.Copy(b); err != nil {
				b.Release()
				return err
			}
		}
		w.push(i, element.OfBatch(other))
	}
	w.push(0, element.OfBatch(b))
	return nil
}

// split cuts a batch by target: one counting sort of its rows, one Take a channel.
func (w *Writer) split(b *batch.Batch) error {
	n := len(w.channels)
	targets, err := w.router.Route(b, n, w.targets[:0])
	if err != nil {
		return err
	}
	w.targets = targets
	if len(targets) != b.Len() {
		return errs.Internalf("a partitioner gave %d targets for %d rows", len(targets), b.Len())
	}
	clear(w.counts)
	for _, t := range targets {
		if t < 0 || int(t) >= n {
			return errs.Userf("a partitioner chose channel %d of %d", t, n).
				Fix("return a number from 0 to the number of partitions - 1")
		}
		w.counts[t]++
	}
	if cap(w.rows) < len(targets) {
		w.rows = make([]int32, len(targets))
	}
	rows := w.rows[:len(targets)]
	at := int32(0)
	for i, c := range w.counts {
		w.counts[i] = at
		at += c
	}
	for i, t := range targets {
		rows[w.counts[t]] = int32(i)
		w.counts[t]++
	}
	from := int32(0)
	for i := range w.channels {
		to := w.counts[i]
		if to > from {
			w.push(i, element.OfBatch(b.Take(rows[from:to])))
		} else if k := len(b.Marks); k > 0 {
			w.push(i, element.OfWatermark(b.Marks[k-1].Time))
		}
		from = to
	}
	return nil
}

func (w *Writer) push(i int, e element.Element) {
	if w.waiting[i].Len() == 0 && w.channels[i].TryPush(e) {
		return
	}
	w.waiting[i].Push(e)
	w.nWaiting++
}

// Complete says that all rows have been written: a result may be read, though the task waits for
// a last checkpoint.
func (w *Writer) Complete() error {
	if w.result == nil {
		return nil
	}
	w.result.finish()
	return w.result.Err()
}

// Close ends the channels, after what still waits.
func (w *Writer) Close() {
	if !w.closed {
		w.closed = true
		_ = w.Complete() // Err tells it
		w.Flush()
	}
}

// Err is why a result could not be written.
func (w *Writer) Err() error {
	if w.result == nil {
		return nil
	}
	return w.result.Err()
}

// Closed says that the channels have been ended and nothing waits.
func (w *Writer) Closed() bool { return w.closed && w.nWaiting == 0 }

// Abandon drops what waits and cuts the channels off.
func (w *Writer) Abandon() {
	for i := range w.waiting {
		w.waiting[i].Clear()
	}
	w.nWaiting = 0
	w.Fence()
}
