// Package bykey runs an operator with keyed input as a batch engine does: the input is sorted by
// key and time, the operator gets one key after the other, and what it keeps of a key is dropped
// when the next one comes.
package bykey

import (
	"bytes"
	"maps"
	"math"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// keyBytes is the position of the encoded key in a row of a keyed port.
const keyBytes = 2

// keyByKey is what functions read as a job parameter to know that a key is over when its timers fire.
const keyByKey = "$internal.key-by-key"

// Inner is an operator that can be fed key by key.
type Inner interface {
	operator.Operator
	operator.Resumable
	operator.Selectable
	operator.Interruptible
	// OnProcessingTime fires the processing-time timers up to a time.
	OnProcessingTime(nowMs int64, out operator.Output) error
	// Rewind sets the event-time clock back to where it starts.
	Rewind()
	// Hold has results wait for a full batch, or Flush.
	Hold()
	Flush(out operator.Output) error
	// Runs says that ProcessRuns can be used: it takes rows of several keys, and drops what it keeps
	// of a key when the next one comes, at the rows starts. The last key is the caller's to end.
	// ProcessMerged does so with rows of several ports.
	Runs() bool
	ProcessRuns(port int, b *batch.Batch, starts []int32, out operator.Output) error
	ProcessMerged(m *operator.Merged, starts []int32, out operator.Output) error
}

// Operator gathers what comes in on keyed ports and feeds it to the inner operator when all input
// has ended: the rows of a key in order of (time, port, arrival), then MaxWatermark, at which its
// timers fire. Rows of other ports go through as they come; they are asked for first.
type Operator struct {
	Inner
	keyed  []bool
	memory int64
	// merges says that the inner operator keeps all keys and gives their results at the end: only
	// the order of time matters to it, and without times none.
	merges  bool
	timed   bool // rows with times have come
	several bool // there are several keyed ports

	ctx     *operator.Context
	wm      int64 // that the inner operator sees
	ended   uint64
	buffer  *buffer
	rows    rows
	block   *block  // rows that come next
	runs    bool    // several keys are fed at once
	starts  []int32 // of the keys in what is fed but the first
	at      int     // first row of block that was not fed
	key     []byte  // being worked on
	phase   phase
	closing int // port that the inner operator is told of next

	keys  state.Keys
	slots []int32
}

type phase uint8

const (
	gathering  phase = iota
	feeding          // rows of a key
	firing           // event timers of a key
	processing       // processing-time timers of a key
	ending
	over
)

var (
	_ operator.Operator  = (*Operator)(nil)
	_ operator.Resumable = (*Operator)(nil)
	_ operator.Pinned    = (*Operator)(nil)
)

// New wraps an operator. keyed says which of its ports are keyed; memory is how many bytes of
// rows are held before they go to disk.
func New(inner Inner, keyed []bool, memory int64) *Operator {
	o := &Operator{Inner: inner, keyed: keyed, memory: memory}
	n := 0
	for _, k := range keyed {
		if k {
			n++
		}
	}
	o.several = n > 1
	return o
}

// NewInTime wraps an operator that keeps something of every key until its input has ended: it gets
// the rows of a key in order of time, and rows without times as they come.
func NewInTime(inner Inner, keyed []bool, memory int64) *Operator {
	o := New(inner, keyed, memory)
	o.merges = true
	return o
}

// Pinned implements operator.Pinned.
func (o *Operator) Pinned() bool {
	p, ok := o.Inner.(operator.Pinned)
	return ok && p.Pinned()
}

// Open implements operator.Operator.
func (o *Operator) Open(ctx *operator.Context) error {
	o.ctx, o.wm = ctx, batch.MinWatermark
	o.buffer = newBuffer(ctx, o.memory)
	inner := *ctx
	inner.Watermark = func() int64 { return o.wm }
	if !o.merges {
		inner.Config = map[string]string{keyByKey: "true"}
		maps.Copy(inner.Config, ctx.Config)
	}
	return o.Inner.Open(&inner)
}

// Process implements operator.Operator.
func (o *Operator) Process(port int, b *batch.Batch, out operator.Output) error {
	if o.merges && !o.timed {
		o.timed = hasTimes(b)
	}
	if o.keyed[port] && (!o.merges || o.timed) {
		return o.buffer.add(port, b)
	}
	timeless := *b
	timeless.Marks = nil
	return o.Inner.Process(port, &timeless, silent{out})
}

func hasTimes(b *batch.Batch) bool {
	for _, t := range b.Times {
		if t != batch.NoTime {
			return true
		}
	}
	return false
}

// Watermark implements operator.Operator: there is none before the end.
func (o *Operator) Watermark(int64, operator.Output) error { return nil }

// Select implements operator.Selectable: what is not keyed is read to its end first.
func (o *Operator) Select() uint64 {
	want := uint64(0)
	for port, keyed := range o.keyed {
		if !keyed && o.ended&(1<<port) == 0 {
			want |= 1 << port
		}
	}
	return want
}

// EndInput implements operator.Operator.
func (o *Operator) EndInput(port int, out operator.Output) error {
	o.ended |= 1 << port
	if !o.keyed[port] {
		if err := o.Inner.EndInput(port, silent{out}); err != nil {
			return err
		}
	}
	for p := range o.keyed {
		if o.ended&(1<<p) == 0 {
			return nil
		}
	}
	var err error
	if o.rows, err = o.buffer.sorted(); err != nil {
		return err
	}
	if !o.merges {
		o.Inner.Hold()
		o.runs = o.Inner.Runs()
	}
	o.phase = feeding
	return o.drive(out)
}

// Pending implements operator.Resumable.
func (o *Operator) Pending() bool {
	return o.Inner.Pending() || o.phase != gathering && o.phase != over
}

// Resume implements operator.Resumable.
func (o *Operator) Resume(out operator.Output) error {
	if o.Inner.Pending() {
		if err := o.Inner.Resume(silent{out}); err != nil {
			return err
		}
	}
	return o.drive(out)
}

// drive goes on until everything is done or the output is full.
func (o *Operator) drive(out operator.Output) error {
	quiet := silent{out}
	for o.phase != gathering && o.phase != over && !o.Inner.Pending() {
		if out.Full() {
			return nil
		}
		var err error
		switch o.phase {
		case feeding:
			err = o.feed(quiet)
		case firing:
			o.phase, o.wm = processing, batch.MaxWatermark
			err = o.Inner.Watermark(batch.MaxWatermark, quiet)
		case processing:
			o.phase = feeding
			err = o.Inner.OnProcessingTime(math.MaxInt64, quiet)
		case ending:
			err = o.end(quiet)
		}
		if err != nil {
			return err
		}
		if o.phase == over {
			if err := o.Inner.Flush(quiet); err != nil {
				return err
			}
			out.Watermark(batch.MaxWatermark)
		}
	}
	return nil
}

// feed hands on the next rows of the current key, or ends it.
func (o *Operator) feed(out operator.Output) error {
	if o.merges {
		return o.feedAll(out)
	}
	if o.wm == batch.MaxWatermark { // the key before is done
		if err := o.forget(); err != nil {
			return err
		}
	}
	if o.block == nil || o.at == o.block.keys.Len() {
		if err := o.next(); err != nil {
			return err
		}
	}
	if o.block == nil {
		if o.phase = ending; o.key != nil {
			o.phase = firing
		}
		return nil
	}
	key := o.block.keys.Bytes(o.at)
	if o.key != nil && !bytes.Equal(key, o.key) {
		o.phase = firing
		return nil
	}
	first := o.key == nil
	o.key = append(emptyKey(o.key), key...)
	if first && o.runs {
		if to := o.completeKeys(); to > o.at {
			from := o.at
			o.at = to
			return o.block.feedRuns(o.Inner, from, to, o.starts, out)
		}
	}
	port, part := o.block.oneKey(o.at)
	o.at += part.Len()
	err := o.Inner.Process(port, part, out)
	part.Release()
	return err
}

// completeKeys returns the row behind those keys of the block, from its current row on, that surely
// end in it, when there are several, and notes where they begin; 0: there are not.
func (o *Operator) completeKeys() int {
	col, n := o.block.keys, o.block.keys.Len()
	o.starts = o.starts[:0]
	for i := o.at + 1; i < n; i++ {
		if !bytes.Equal(col.Bytes(i), col.Bytes(i-1)) {
			o.starts = append(o.starts, int32(i-o.at))
		}
	}
	if len(o.starts) < 2 {
		return 0
	}
	last := len(o.starts) - 1
	to := o.at + int(o.starts[last])
	o.starts = o.starts[:last]
	return to
}

// feedAll hands on the next rows, of whatever keys.
func (o *Operator) feedAll(out operator.Output) error {
	if err := o.next(); err != nil {
		return err
	}
	if o.block == nil {
		o.phase = ending
		return nil
	}
	return o.Inner.Process(o.block.port, o.block.batch, out)
}

// emptyKey keeps the memory of a key; the empty key is not nil.
func emptyKey(key []byte) []byte {
	if key == nil {
		return make([]byte, 0, 64)
	}
	return key[:0]
}

// next fetches rows.
func (o *Operator) next() error {
	o.release()
	o.at = 0
	n := max(o.ctx.BatchRows, 1)
	if !o.merges && o.several {
		m, err := o.rows.merged(n)
		if m != nil {
			o.block = &block{merged: m, keys: m.Keys}
		}
		return err
	}
	port, b, err := o.rows.next(n)
	if b != nil {
		o.block = &block{port: port, batch: b, keys: b.Cols[keyBytes]}
	}
	return err
}

func (o *Operator) release() {
	if o.block != nil {
		o.block.release()
	}
	o.block = nil
}

// forget drops the state of the current key and sets the clock back.
func (o *Operator) forget() error {
	o.keys.Reset()
	o.keys.Append(o.key, state.GroupOf(o.key, o.ctx.MaxParallelism))
	slots, err := o.ctx.Keyed.Lookup(&o.keys, o.slots)
	if err != nil {
		return err
	}
	if o.slots = slots; slots[0] >= 0 {
		o.ctx.Keyed.Drop(slots)
	}
	o.key, o.wm = nil, batch.MinWatermark
	o.Inner.Rewind()
	return nil
}

// end tells the inner operator that the keyed ports have ended.
func (o *Operator) end(out operator.Output) error {
	for o.closing < len(o.keyed) {
		port := o.closing
		o.closing++
		if o.keyed[port] {
			return o.Inner.EndInput(port, out)
		}
	}
	o.phase = over
	return nil
}

// Close implements operator.Operator.
func (o *Operator) Close() error {
	o.release()
	err := o.Inner.Close()
	if o.buffer == nil {
		return err
	}
	if cerr := o.buffer.close(); err == nil {
		err = cerr
	}
	return err
}

// silent is an output without watermarks.
type silent struct{ operator.Output }

// Emit implements operator.Output.
func (s silent) Emit(output int, b *batch.Batch) {
	if len(b.Marks) > 0 {
		timeless := *b
		timeless.Marks = nil
		b = &timeless
	}
	s.Output.Emit(output, b)
}

// Watermark implements operator.Output.
func (silent) Watermark(int64) {}

// rows are sorted rows.
type rows interface {
	// next returns the rows that follow, all of one port, at most n; nil at the end.
	next(n int) (port int, b *batch.Batch, err error)
	// merged is next for rows of any port.
	merged(n int) (*operator.Merged, error)
}
