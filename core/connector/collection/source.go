// Package collection reads rows that the program itself put into the engine: Python objects, Arrow
// tables, the rows of VALUES.
package collection

import (
	"encoding/binary"
	"sync"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Source is a bounded source over batches held in memory. One split reads them in order, so that
// a stream from a collection has the collection's order.
type Source struct {
	schema  *types.Schema
	batches []*batch.Batch
	held    *held
}

// held are the references of a source and of all that were made from it.
type held struct {
	mu      sync.Mutex
	batches []*batch.Batch
}

func (h *held) add(batches []*batch.Batch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.batches = append(h.batches, batches...)
}

var (
	_ connector.Source             = (*Source)(nil)
	_ connector.ProjectionPushDown = (*Source)(nil)
)

// New makes a source; it takes over the references to the batches and keeps them until Release, so
// that a job may be restarted.
func New(schema *types.Schema, batches []*batch.Batch) *Source {
	return derived(schema, batches, &held{})
}

func derived(schema *types.Schema, batches []*batch.Batch, h *held) *Source {
	h.add(batches)
	return &Source{schema: schema, batches: batches, held: h}
}

// Release gives back the rows, and those of all sources made from this one, once nothing reads
// them any more. A second call does nothing.
func (s *Source) Release() {
	s.held.mu.Lock()
	batches := s.held.batches
	s.held.batches = nil
	s.held.mu.Unlock()
	for _, b := range batches {
		b.Release()
	}
}

// Batches are the rows, which stay the source's.
func (s *Source) Batches() []*batch.Batch { return s.batches }

// Schema implements connector.Source.
func (s *Source) Schema() *types.Schema { return s.schema }

// Bounded implements connector.Source.
func (s *Source) Bounded() bool { return true }

// KeepsBatches says that the same batches are read again after a restart.
func (s *Source) KeepsBatches() bool { return true }

// NewEnumerator implements connector.Source.
func (s *Source) NewEnumerator(
	_ *connector.EnumeratorContext, restored []byte,
) (connector.Enumerator, error) {
	return connector.NewListEnumerator(
		[]connector.Split{{ID: "0", State: position{}.encode()}}, restored)
}

// NewReader implements connector.Source.
func (s *Source) NewReader(*connector.ReaderContext) (connector.Reader, error) {
	return &reader{batches: s.batches}, nil
}

// position is how far the split has been read.
type position struct{ batch, row int }

func (p position) encode() []byte {
	b := binary.AppendUvarint(nil, uint64(p.batch))
	return binary.AppendUvarint(b, uint64(p.row))
}

func decode(b []byte) position {
	i, k := binary.Uvarint(b)
	r, _ := binary.Uvarint(b[k:])
	return position{int(i), int(r)}
}

type reader struct {
	batches []*batch.Batch
	pos     position
	active  bool
	noMore  bool
}

func (r *reader) Add(splits []connector.Split) error {
	for _, s := range splits {
		r.pos, r.active = decode(s.State), true
	}
	return nil
}

func (r *reader) NoMoreSplits() { r.noMore = true }

func (r *reader) Poll(maxRows, _ int) (connector.Polled, error) {
	for r.active && r.pos.batch < len(r.batches) {
		b := r.batches[r.pos.batch]
		if r.pos.row >= b.Len() {
			r.pos = position{batch: r.pos.batch + 1}
			continue
		}
		to := min(b.Len(), r.pos.row+maxRows)
		part := b.Slice(r.pos.row, to)
		r.pos.row = to
		return connector.Polled{Batch: part, Split: "0"}, nil
	}
	r.active = false
	if r.noMore {
		return connector.Polled{Status: connector.Done}, nil
	}
	return connector.Polled{Status: connector.Starved}, nil
}

func (r *reader) Snapshot() ([]connector.Split, error) {
	if !r.active {
		return nil, nil
	}
	return []connector.Split{{ID: "0", State: r.pos.encode()}}, nil
}

func (r *reader) Close() error { return nil }

// WithSchema returns the same rows under another schema of equal representation.
func (s *Source) WithSchema(schema *types.Schema) *Source {
	batches := make([]*batch.Batch, len(s.batches))
	for i, b := range s.batches {
		cols := make([]*batch.Column, len(b.Cols))
		for c, col := range b.Cols {
			cols[c] = col.WithType(schema.Fields[c].Type)
		}
		batches[i] = b.WithColumns(schema, cols)
	}
	return derived(schema, batches, s.held)
}

// Project implements connector.ProjectionPushDown.
func (s *Source) Project(columns []int) (connector.Source, error) {
	schema := connector.ProjectSchema(s.schema, columns)
	batches := make([]*batch.Batch, len(s.batches))
	for i, b := range s.batches {
		batches[i] = b.Project(schema, columns)
	}
	return derived(schema, batches, s.held), nil
}
