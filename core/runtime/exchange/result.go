package exchange

import (
	"sync"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/frame"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/element"
	"github.com/headrace/headrace/core/state"
)

// ResultSpec says how a result is kept.
type ResultSpec struct {
	FS    fsys.FS
	Path  string // of its file, in a directory that need not be there yet
	Codec Codec
	// Budget counts the bytes that all results hold in memory; one that finds it exceeded writes
	// what it holds, if that is worth a file.
	Budget  *state.Budget
	MaxRows int // rows at which batches are joined
	// Objects encodes live objects for the file, on the producer's thread.
	Objects frame.Objects
}

// Result is what one producing subtask leaves on one edge: for each part (a consumer, or all of
// them behind a broadcast edge) elements in order. It is kept in memory until there is too much,
// then in one file, sorted by part within each stretch that is written at once. Consumers read it
// when it is complete, each part from one end of the file to the other, as often as they like.
type Result struct {
	spec   ResultSpec
	parts  [][]element.Element // in memory, behind what is in the file
	sizes  []int64             // bytes of the rows of each part, in memory or not
	schema *types.Schema
	file   *resultFile
	frames []byte

	finished bool

	mu       sync.Mutex
	held     int64 // bytes in memory
	fenced   bool
	disposed bool
	err      error
}

const (
	// leastSpill is what a result may hold although the budget is exceeded, unless the budget is
	// smaller.
	leastSpill = 1 << 20
	// blockBytes is about the size of what is compressed and checked as one.
	blockBytes = 256 << 10
)

// NewResult makes an empty result of a number of parts.
func NewResult(parts int, spec ResultSpec) *Result {
	return &Result{spec: spec, parts: make([][]element.Element, parts),
		sizes: make([]int64, parts)}
}

// outlet takes elements for one consumer.
type outlet interface {
	TryPush(e element.Element) bool
	Force(e element.Element)
	Over() bool
	Close()
	Fence()
}

// part is the outlet of one part of a result.
type part struct {
	result *Result
	index  int
}

var _ outlet = part{}

// Over implements outlet.
func (p part) Over() bool { return false }

// TryPush implements outlet: there is always room.
func (p part) TryPush(e element.Element) bool {
	p.result.push(p.index, e)
	return true
}

// Force implements outlet.
func (p part) Force(e element.Element) { p.result.push(p.index, e) }

// Close implements outlet.
func (p part) Close() {}

// Fence implements outlet.
func (p part) Fence() {
	r := p.result
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fenced = true
}

func (r *Result) push(index int, e element.Element) {
	r.mu.Lock()
	over := r.fenced || r.err != nil
	r.mu.Unlock()
	// No snapshot is part of what a stage leaves, and all of it is of the past.
	if over || e.Kind == element.Barrier || e.Kind == element.Backlog {
		if e.Batch != nil {
			e.Batch.Release()
		}
		return
	}
	if e.Batch == nil {
		r.parts[index] = append(r.parts[index], e)
		return
	}
	e.Size = e.Batch.MemBytes()
	r.sizes[index] += e.Size
	r.schema = e.Batch.Schema
	r.parts[index] = append(r.parts[index], e)
	r.hold(e.Size)
	if r.excessive() {
		r.fail(r.spill())
	}
}

// excessive says that what is in memory has to go to disk.
func (r *Result) excessive() bool {
	b := r.spec.Budget
	return b.Over() > 0 && r.held >= min(leastSpill, b.Limit())
}

// hold notes that more bytes are in memory.
func (r *Result) hold(n int64) {
	r.held += n
	r.spec.Budget.Add(n)
}

func (r *Result) fail(err error) {
	if err == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = errs.Transientf("the result of a stage cannot be written to %s", r.spec.Path).
			Wrap(err).Fix("make room there, or set io.tmp.dirs to another disk")
	}
}

// Err is why the result is not complete.
func (r *Result) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// finish says that the producer is done.
func (r *Result) finish() {
	if r.file == nil || r.finished || r.Err() != nil {
		return
	}
	r.finished = true
	if r.excessive() {
		r.fail(r.spill())
	}
	r.fail(r.file.finish())
}

// spill writes what is in memory behind what is in the file, part by part.
func (r *Result) spill() error {
	if r.file == nil {
		f, err := createResultFile(r.spec.FS, r.spec.Path, r.spec.Codec, len(r.parts))
		if err != nil {
			return err
		}
		r.file = f
	}
	for i := range r.parts {
		queue := r.parts[i]
		r.parts[i] = nil
		tells := false
		for len(queue) > 0 {
			n := span(queue, r.spec.MaxRows)
			e := joined(queue[:n])
			queue = queue[n:]
			tells = tells || e.Batch == nil
			if err := r.encode(&e); err != nil {
				return err
			}
			if len(r.frames) >= blockBytes || len(queue) == 0 {
				if err := r.file.write(i, r.frames, tells); err != nil {
					return err
				}
				r.frames, tells = r.frames[:0], false
			}
		}
	}
	r.hold(-r.held)
	return nil
}

// encode adds an element to the block that is being filled, and releases it.
func (r *Result) encode(e *element.Element) error {
	r.frames = appendHead(r.frames, e)
	if e.Batch == nil {
		return nil
	}
	var err error
	r.frames, err = frame.Append(r.frames, e.Batch, r.spec.Objects)
	e.Batch.Release()
	return err
}

// span is how many elements of a queue go out as one: small batches are joined.
func span(queue []element.Element, maxRows int) int {
	if queue[0].Batch == nil || queue[0].Batch.Len() >= maxRows/4 {
		return 1
	}
	n, rows := 1, queue[0].Batch.Len()
	for n < len(queue) && queue[n].Batch != nil && rows+queue[n].Batch.Len() <= maxRows {
		rows += queue[n].Batch.Len()
		n++
	}
	return n
}

// joined makes one element of a span.
func joined(queue []element.Element) element.Element {
	e := queue[0]
	if len(queue) == 1 {
		return e
	}
	parts := make([]*batch.Batch, len(queue))
	e.Size = 0
	for i := range queue {
		parts[i] = queue[i].Batch
		e.Size += queue[i].Size
	}
	e.Batch = batch.Concat(parts)
	return e
}

// Spilled is the number of bytes in the result's file; 0: it has none.
func (r *Result) Spilled() int64 {
	if r.file == nil {
		return 0
	}
	return r.file.size
}

// Dispose drops the result and removes its file. Readers that still read get an error.
func (r *Result) Dispose() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.disposed {
		return nil
	}
	r.disposed, r.fenced = true, true
	for _, queue := range r.parts {
		for _, e := range queue {
			if e.Batch != nil {
				e.Batch.Release()
			}
		}
	}
	r.parts = nil
	r.spec.Budget.Add(-r.held)
	r.held = 0
	if r.file == nil {
		return nil
	}
	return r.file.remove()
}
