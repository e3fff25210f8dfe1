package bykey

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
)

// chunkRows is from how many rows on a chunk is put in order. What it holds then lies in the caches
// of a processor; rows taken one by one from all over a large buffer each wait for memory.
const chunkRows = 1 << 15

// chunk is rows of one port that have come one after the other. They are put in order apart from
// all others, beside the task, and are one batch then: who goes over rows of many chunks in order
// reads each of them from front to back.
type chunk struct {
	rows    int
	batches []*batch.Batch
}

// order is a chunk being put in order.
type order struct {
	port  int
	of    *chunk
	done  chan struct{}
	batch *batch.Batch
	err   error
}

// collect adds a batch, which it takes over, to the chunk of its port.
func (f *buffer) collect(port int, b *batch.Batch) error {
	if b.Schema.HasObjects() { // a batch of them keeps those alive that it was made of
		f.keep(port, b)
		return nil
	}
	for len(f.chunks) <= port {
		f.chunks = append(f.chunks, chunk{})
	}
	c := &f.chunks[port]
	c.batches = append(c.batches, b)
	if c.rows += b.Len(); c.rows < chunkRows {
		return nil
	}
	if err := f.await(); err != nil {
		return err
	}
	f.ordered = &order{port: port, of: &chunk{rows: c.rows, batches: c.batches},
		done: make(chan struct{})}
	*c = chunk{}
	go f.ordered.run()
	return nil
}

// run puts the chunk in order. It only reads memory: the outcome depends on nothing else.
func (o *order) run() {
	defer close(o.done)
	defer func() {
		if p := recover(); p != nil {
			o.err = errs.Internalf("sorting a part of the input failed: %v", p)
		}
	}()
	part := &buffer{}
	for _, b := range o.of.batches {
		part.keep(o.port, b)
	}
	part.room = make([]ref, len(part.refs))
	part.sortFrom(part.refs, part.room, 0)
	o.batch = (&inMemory{buffer: part}).nextOf(o.port, o.of.rows)
}

// await keeps the rows of the chunk that is being put in order, if there is one.
func (f *buffer) await() error {
	o := f.ordered
	if o == nil {
		return nil
	}
	f.ordered = nil
	<-o.done
	o.of.release()
	if o.err != nil {
		return o.err
	}
	f.keep(o.port, o.batch)
	return nil
}

// gathered keeps the rows of all chunks.
func (f *buffer) gathered() error {
	if err := f.await(); err != nil {
		return err
	}
	for port := range f.chunks {
		for _, b := range f.chunks[port].batches {
			f.keep(port, b)
		}
		f.chunks[port] = chunk{}
	}
	return nil
}

// dropChunks forgets the rows of all chunks.
func (f *buffer) dropChunks() {
	if o := f.ordered; o != nil {
		f.ordered = nil
		<-o.done
		o.of.release()
	}
	for i := range f.chunks {
		f.chunks[i].release()
	}
	f.chunks = nil
}

func (c *chunk) release() {
	for _, b := range c.batches {
		b.Release()
	}
}
