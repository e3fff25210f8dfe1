package hashjoin

import (
	"errors"
	"io"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/spill"
)

// feed gives rows of the probe side, nil behind the last ones.
type feed interface {
	next() (*batch.Batch, error)
	close() error
}

// fileFeed reads a file, which it may remove behind itself.
type fileFeed struct {
	file   *spill.File
	in     *spill.Reader
	remove bool
}

func (f *fileFeed) next() (*batch.Batch, error) {
	if f.in == nil {
		var err error
		if f.in, err = f.file.Open(); err != nil {
			return nil, err
		}
	}
	b, err := f.in.Next()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	return b, err
}

func (f *fileFeed) close() error {
	err := f.in.Close()
	f.in = nil
	if f.remove {
		if rerr := f.file.Remove(); err == nil {
			err = rerr
		}
	}
	return err
}

// listFeed gives batches in memory, then those of a file.
type listFeed struct {
	list []*batch.Batch
	free func(n int64)
	file *fileFeed // nil: none
	last *batch.Batch
}

func (f *listFeed) next() (*batch.Batch, error) {
	f.release()
	if len(f.list) > 0 {
		f.last = f.list[0]
		f.list = f.list[1:]
		f.free(sizeOf(f.last))
		return f.last, nil
	}
	if f.file == nil {
		return nil, nil
	}
	return f.file.next()
}

func (f *listFeed) release() {
	if f.last != nil {
		f.last.Release()
		f.last = nil
	}
}

func (f *listFeed) close() error {
	f.release()
	for _, b := range f.list {
		b.Release()
	}
	f.list = nil
	if f.file == nil {
		return nil
	}
	return f.file.close()
}

// held is rows of the probe side that wait for the table, in order.
type held struct {
	batches []*batch.Batch
	file    *spill.Writer
}

// hold keeps a batch of the probe side until the table is complete.
func (o *Join) hold(b *batch.Batch) error {
	h := &o.held
	if h.file == nil {
		if o.memory.Over() == 0 && o.memory.Reserve(sizeOf(b)) {
			b.Retain()
			h.batches = append(h.batches, b)
			return nil
		}
		var err error
		if h.file, err = o.dir.Create(o.schemas[o.probe()]); err != nil {
			return err
		}
	}
	return h.file.Write(b)
}

// heldFeed hands the rows on; nil when there are none.
func (o *Join) heldFeed() (feed, error) {
	h := &o.held
	if len(h.batches) == 0 && h.file == nil {
		return nil, nil
	}
	f := &listFeed{list: h.batches, free: func(n int64) { o.memory.Add(-n) }}
	h.batches = nil
	if h.file != nil {
		w := h.file
		h.file = nil
		file, err := w.Finish()
		if err != nil {
			return f, err
		}
		f.file = &fileFeed{file: file, remove: true}
	}
	return f, nil
}

func (h *held) close() {
	for _, b := range h.batches {
		b.Release()
	}
	h.batches = nil
	h.file.Abandon()
	h.file = nil
}

// route writes the rows of partitions on disk to their files and returns the others, for the
// table, as a reference of the caller's; nil: none.
func (o *Join) route(b *batch.Batch) (*batch.Batch, error) {
	g := &o.gather
	if !g.spills {
		b.Retain()
		return b, nil
	}
	keys := pick(b, o.keys[o.probe()])
	dead := nullKeys(keys, o.op.NullSafe, b.Len())
	g.hashes = kernel.Hash(keys, b.Len(), g.hashes)
	var stay []int32
	var away [fanOut][]int32
	for r, h := range g.hashes {
		i := 0
		if len(g.parts) > 1 {
			i = partitionOf(h, 0)
		}
		if dead != nil && dead[r] || g.parts[i].build == nil {
			stay = append(stay, int32(r))
		} else {
			away[i] = append(away[i], int32(r))
		}
	}
	for i, rows := range away {
		if len(rows) == 0 {
			continue
		}
		p := &g.parts[i]
		if p.probe == nil {
			var err error
			if p.probe, err = o.dir.Create(o.schemas[o.probe()]); err != nil {
				return nil, err
			}
		}
		part := b.Take(rows)
		err := p.probe.Write(part)
		part.Release()
		if err != nil {
			return nil, err
		}
	}
	if len(stay) == 0 {
		return nil, nil
	}
	return b.Take(stay), nil
}
