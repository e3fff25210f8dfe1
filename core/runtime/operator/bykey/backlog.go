package bykey

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
)

// Streaming is an operator of a stream whose input can be sorted while it catches up.
type Streaming interface {
	operator.Operator
	operator.Resumable
	operator.ProcessingTimed
	operator.Selectable
	operator.Interruptible
	operator.CheckpointListener
}

// Backlog sorts the keyed input of a streaming operator as long as it catches up with the past
// (FLIP-327): rows are kept, in memory and on disk, and go to the inner operator in order of (key,
// time, port, arrival) when the past is over, so that each key is looked up once. Time stands still
// meanwhile; the greatest watermark follows the rows. Then everything goes through as it comes.
//
// What is kept is in no snapshot: a barrier, like the end of a port, has it worked off first.
type Backlog struct {
	Streaming
	keyed  []bool
	memory int64

	ctx    *operator.Context
	on     bool
	buffer *buffer // nil: nothing is kept
	rows   rows    // being fed
	wm     int64   // what the inner operator sees while rows are kept or fed
	held   int64   // the greatest watermark that it does not know of
	end    int     // port whose end follows what is fed, -1 for none
}

var (
	_ operator.Operator   = (*Backlog)(nil)
	_ operator.Resumable  = (*Backlog)(nil)
	_ operator.Backlogged = (*Backlog)(nil)
	_ operator.Pinned     = (*Backlog)(nil)
)

// NewBacklog wraps an operator. keyed says which of its ports are keyed; memory is how many bytes
// of rows are held before they go to disk.
func NewBacklog(inner Streaming, keyed []bool, memory int64) *Backlog {
	return &Backlog{Streaming: inner, keyed: keyed, memory: memory, held: batch.MinWatermark,
		end: -1}
}

// Pinned implements operator.Pinned.
func (o *Backlog) Pinned() bool {
	p, ok := o.Streaming.(operator.Pinned)
	return ok && p.Pinned()
}

// Open implements operator.Operator.
func (o *Backlog) Open(ctx *operator.Context) error {
	o.ctx = ctx
	inner := *ctx
	inner.Watermark = func() int64 {
		if o.buffer != nil {
			return o.wm
		}
		return ctx.Watermark()
	}
	return o.Streaming.Open(&inner)
}

// Backlog implements operator.Backlogged.
func (o *Backlog) Backlog(on bool, out operator.Output) error {
	o.on = on
	if on {
		return nil
	}
	return o.workOff(out)
}

// Process implements operator.Operator.
func (o *Backlog) Process(port int, b *batch.Batch, out operator.Output) error {
	if !o.on && o.buffer == nil {
		return o.Streaming.Process(port, b, out)
	}
	if o.buffer == nil {
		o.wm = o.ctx.Watermark()
		o.buffer = newBuffer(o.ctx, o.memory)
	}
	if k := len(b.Marks); k > 0 {
		o.held = max(o.held, b.Marks[k-1].Time)
	}
	timeless := b
	if len(b.Marks) > 0 {
		c := *b
		c.Marks = nil
		timeless = &c
	}
	if o.keyed[port] {
		return o.buffer.add(port, timeless)
	}
	return o.Streaming.Process(port, timeless, out)
}

// Watermark implements operator.Operator.
func (o *Backlog) Watermark(time int64, out operator.Output) error {
	if o.buffer == nil {
		return o.Streaming.Watermark(time, out)
	}
	o.held = max(o.held, time)
	return nil
}

// PrepareBarrier implements operator.Operator.
func (o *Backlog) PrepareBarrier(out operator.Output) error {
	if err := o.Streaming.PrepareBarrier(out); err != nil {
		return err
	}
	return o.workOff(out)
}

// EndInput implements operator.Operator.
func (o *Backlog) EndInput(port int, out operator.Output) error {
	if o.buffer == nil {
		return o.Streaming.EndInput(port, out)
	}
	o.end = port
	return o.workOff(out)
}

// workOff begins to feed what is kept.
func (o *Backlog) workOff(out operator.Output) error {
	if o.buffer == nil {
		return nil
	}
	var err error
	if o.rows, err = o.buffer.sorted(); err != nil {
		return err
	}
	return o.drive(out)
}

// Pending implements operator.Resumable.
func (o *Backlog) Pending() bool {
	return o.Streaming.Pending() || o.rows != nil || o.end >= 0
}

// Resume implements operator.Resumable.
func (o *Backlog) Resume(out operator.Output) error {
	if o.Streaming.Pending() {
		if err := o.Streaming.Resume(out); err != nil {
			return err
		}
	}
	return o.drive(out)
}

// drive goes on until everything has been fed or the output is full.
func (o *Backlog) drive(out operator.Output) error {
	for o.rows != nil && !o.Streaming.Pending() {
		if out.Full() {
			return nil
		}
		port, b, err := o.rows.next(max(o.ctx.BatchRows, 1))
		if err != nil {
			return err
		}
		if b == nil {
			return o.fed(out)
		}
		err = o.Streaming.Process(port, b, out)
		b.Release()
		if err != nil {
			return err
		}
	}
	if o.rows == nil {
		return o.ended(out)
	}
	return nil
}

// fed goes back to how a stream is worked on.
func (o *Backlog) fed(out operator.Output) error {
	o.rows = nil
	err := o.buffer.close()
	o.buffer = nil
	if err != nil {
		return err
	}
	if time := o.held; time > batch.MinWatermark {
		o.held = batch.MinWatermark
		if err := o.Streaming.Watermark(time, out); err != nil {
			return err
		}
	}
	return o.ended(out)
}

// ended tells the inner operator of the end that came, once it has nothing else to do.
func (o *Backlog) ended(out operator.Output) error {
	if o.end < 0 || o.Streaming.Pending() {
		return nil
	}
	port := o.end
	o.end = -1
	return o.Streaming.EndInput(port, out)
}

// Close implements operator.Operator.
func (o *Backlog) Close() error {
	err := o.Streaming.Close()
	if o.buffer == nil {
		return err
	}
	if cerr := o.buffer.close(); err == nil {
		err = cerr
	}
	o.buffer = nil
	return err
}
