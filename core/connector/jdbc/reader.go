package jdbc

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// reader reads splits one after the other. A goroutine reads; Poll hands on.
type reader struct {
	src    *Source
	ctx    *connector.ReaderContext
	open   []*split
	noMore bool

	maxRows atomic.Int64
	reading bool
	items   chan item
	run     context.Context
	cancel  context.CancelFunc
	done    sync.WaitGroup
	db      *sql.DB // of the goroutine
}

// item is rows, or the end of a split (neither), or an error.
type item struct {
	rows *batch.Batch
	err  error
}

// NewReader implements connector.Source.
func (s *Source) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	r := &reader{src: s, ctx: ctx, items: make(chan item, 2)}
	r.run, r.cancel = context.WithCancel(context.Background())
	return r, nil
}

// Add implements connector.Reader.
func (r *reader) Add(splits []connector.Split) error {
	for _, c := range splits {
		s, err := decodeSplit(c)
		if err != nil {
			return err
		}
		r.open = append(r.open, s)
	}
	return nil
}

// NoMoreSplits implements connector.Reader.
func (r *reader) NoMoreSplits() { r.noMore = true }

// Poll implements connector.Reader.
func (r *reader) Poll(maxRows, _ int) (connector.Polled, error) {
	r.maxRows.Store(int64(maxRows))
	for {
		if len(r.open) == 0 {
			if r.noMore {
				return connector.Polled{Status: connector.Done}, nil
			}
			return connector.Polled{Status: connector.Starved}, nil
		}
		if !r.reading {
			r.reading = true
			s := *r.open[0]
			r.done.Add(1)
			go r.read(&s)
		}
		select {
		case i := <-r.items:
			if i.err != nil {
				return connector.Polled{}, i.err
			}
			if i.rows == nil {
				r.open, r.reading = r.open[1:], false
				continue
			}
			s := r.open[0]
			s.done += int64(i.rows.Len())
			return connector.Polled{Batch: i.rows, Split: s.id()}, nil
		default:
			return connector.Polled{Status: connector.Waiting}, nil
		}
	}
}

// read reads a split to its end.
func (r *reader) read(s *split) {
	defer r.done.Done()
	err := r.stream(s)
	r.hand(item{err: err})
}

func (r *reader) hand(i item) bool {
	select {
	case r.items <- i:
		r.ctx.Wake()
		return true
	case <-r.run.Done():
		return false
	}
}

func (r *reader) stream(s *split) error {
	if r.db == nil {
		db, err := r.src.connect(r.run, 1, r.ctx.Log)
		if err != nil {
			return err
		}
		r.db = db
	}
	text, args := r.src.statement(s)
	rows, err := r.db.QueryContext(r.run, text, args...)
	if err != nil {
		return r.src.wrap("", err)
	}
	defer func() { _ = rows.Close() }() // next has told what went wrong
	in := newResult(r.src.Schema())
	for {
		b, err := in.next(rows, int(r.maxRows.Load()))
		if err != nil {
			return r.src.wrapData(err)
		}
		if b == nil {
			return nil
		}
		if !r.hand(item{rows: b}) {
			return nil
		}
	}
}

// Snapshot implements connector.Reader.
func (r *reader) Snapshot() ([]connector.Split, error) {
	out := make([]connector.Split, len(r.open))
	for i, s := range r.open {
		out[i] = s.encode()
	}
	return out, nil
}

// Close implements connector.Reader.
func (r *reader) Close() error {
	r.cancel()
	r.done.Wait()
	if r.db != nil {
		return r.db.Close()
	}
	return nil
}

// result turns the rows of a statement into batches.
type result struct {
	schema *types.Schema
	cols   []scanner
	cells  []any
	into   []any
}

func newResult(schema *types.Schema) *result {
	r := &result{schema: schema}
	n := max(schema.Len(), 1)
	r.cells, r.into = make([]any, n), make([]any, n)
	for i := range r.cells {
		r.into[i] = &r.cells[i]
	}
	for _, f := range schema.Fields {
		r.cols = append(r.cols, scanner{field: f, b: batch.NewBuilder(f.Type, 0)})
	}
	return r
}

// next returns up to n rows, nil at the end.
func (r *result) next(rows *sql.Rows, n int) (*batch.Batch, error) {
	got := 0
	for got < n && rows.Next() {
		if err := rows.Scan(r.into...); err != nil {
			return nil, err
		}
		for i := range r.cols {
			if err := r.cols[i].append(r.cells[i]); err != nil {
				return nil, err
			}
		}
		got++
	}
	if got == 0 {
		return nil, rows.Err()
	}
	cols := make([]*batch.Column, len(r.cols))
	for i := range r.cols {
		cols[i] = r.cols[i].b.Finish()
	}
	return batch.New(r.schema, cols, got), nil
}
