package filesystem

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// ahead is how many batches are decoded before they are asked for.
const ahead = 2

// reader reads splits one after the other. A goroutine reads and decodes; Poll hands on.
type reader struct {
	src    *Source
	ctx    *connector.ReaderContext
	open   []*split // unfinished, positioned behind the last batch of Poll; the first is read
	noMore bool
	left   int64 // rows to go under a limit, -1: no limit

	maxRows, maxBytes atomic.Int64
	reading           bool // the goroutine is at the first open split
	letters           *connector.DeadLetters
	items             chan item
	quit              chan struct{}
	done              sync.WaitGroup
}

// item is what the goroutine hands over: a batch and the position behind it, or the end of a
// split, or an error.
type item struct {
	batch *batch.Batch
	pos   int64
	err   error
}

// NewReader implements connector.Source.
func (s *Source) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	return &reader{src: s, ctx: ctx, left: s.limit, items: make(chan item, ahead),
		letters: connector.NewDeadLetters(s.decodeErrors, ctx), quit: make(chan struct{})}, nil
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

// Narrow implements connector.Narrowing.
func (r *reader) Narrow(conditions []connector.Condition) { r.src = r.src.filtered(conditions) }

// NoMoreSplits implements connector.Reader.
func (r *reader) NoMoreSplits() { r.noMore = true }

// Poll implements connector.Reader.
func (r *reader) Poll(maxRows, maxBytes int) (connector.Polled, error) {
	r.maxRows.Store(int64(maxRows))
	r.maxBytes.Store(int64(maxBytes))
	for {
		if len(r.open) == 0 || r.left == 0 {
			r.open = nil
			if err := r.letters.Flush(); err != nil {
				return connector.Polled{}, err
			}
			if r.noMore {
				return connector.Polled{Status: connector.Done}, nil
			}
			return connector.Polled{Status: connector.Starved}, nil
		}
		r.start()
		select {
		case i := <-r.items:
			if errors.Is(i.err, io.EOF) {
				r.open = r.open[1:]
				r.reading = false
				continue
			}
			if i.err != nil {
				return connector.Polled{}, i.err
			}
			return r.polled(i), nil
		default:
			return connector.Polled{Status: connector.Waiting}, nil
		}
	}
}

func (r *reader) polled(i item) connector.Polled {
	s := r.open[0]
	s.pos = i.pos
	b := i.batch
	if r.left >= 0 {
		if n := int64(b.Len()); n > r.left {
			b = b.Slice(0, int(r.left))
		}
		r.left -= int64(b.Len())
	}
	return connector.Polled{Batch: b, Split: s.id()}
}

// start has the goroutine read the first open split.
func (r *reader) start() {
	if r.reading {
		return
	}
	r.reading = true
	s := *r.open[0]
	r.done.Add(1)
	go func() {
		defer r.done.Done()
		r.hand(item{err: r.guarded(&s)})
	}()
}

// guarded is read with a panic made an error: a damaged file brings the library below to one, and
// nobody else would catch it in this goroutine.
func (r *reader) guarded(s *split) (err error) {
	defer func() {
		if p := recover(); p != nil {
			mark := errs.Internal
			if r.src.format.Bulk() {
				mark = errs.Data
			}
			err = &errs.Error{Mark: mark, Place: s.path,
				Msg: fmt.Sprintf("damaged %s file: %v", r.src.format.Name, p)}
		}
	}()
	return r.read(s)
}

// hand gives an item to Poll; false: the reader was closed.
func (r *reader) hand(i item) bool {
	select {
	case r.items <- i:
		r.ctx.Wake()
		return true
	case <-r.quit:
		return false
	}
}

// read reads a split to its end, which is io.EOF.
func (r *reader) read(s *split) (err error) {
	in, plan, err := r.src.input(s, r.letters, r.ctx.Dropped)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := in.close(); cerr != nil && errors.Is(err, io.EOF) {
			err = readError(s.path, cerr)
		}
	}()
	for {
		b, err := in.next(int(r.maxRows.Load()), int(r.maxBytes.Load()))
		if err != nil {
			return inFile(s.path, err)
		}
		if b.Len() == 0 {
			continue
		}
		if b, err = plan.complete(b); err != nil {
			return err
		}
		if !r.hand(item{batch: b, pos: in.position()}) {
			return io.EOF
		}
	}
}

// inFile names the file in an error that does not.
func inFile(path string, err error) error {
	var e *errs.Error
	if errors.Is(err, io.EOF) || errors.As(err, &e) && e.Place != "" {
		return err
	}
	if e != nil {
		e.Place = path
		return e
	}
	return errs.Dataf("file '%s' cannot be read", path).Wrap(err)
}

// Snapshot implements connector.Reader.
func (r *reader) Snapshot() ([]connector.Split, error) {
	if err := r.letters.Flush(); err != nil {
		return nil, err
	}
	out := make([]connector.Split, len(r.open))
	for i, s := range r.open {
		out[i] = s.encode()
	}
	return out, nil
}

// Close implements connector.Reader.
func (r *reader) Close() error {
	close(r.quit)
	r.done.Wait()
	return nil
}

// assembly puts the columns of a split's batches together: decoded ones, those of the path, and
// metadata.
type assembly struct {
	src    *Source
	split  *split
	values map[string]string // of the partition keys
	decode []int             // positions in the file's schema
	from   []int             // for each output column: position in decode, -1: constant
	schema *types.Schema
}

// input opens a split.
func (s *Source) input(sp *split, letters *connector.DeadLetters, dropped func()) (input, *assembly,
	error) {
	a := &assembly{src: s, split: sp, values: s.partitionValues(sp.path), decode: []int{},
		schema: s.Schema()}
	for _, c := range s.columns {
		if at := s.inFile[c]; s.wrapped {
			a.decode = (&format.Config{Schema: s.options.Schema}).Projection()
		} else if at >= 0 {
			a.from = append(a.from, len(a.decode))
			a.decode = append(a.decode, at)
			continue
		}
		a.from = append(a.from, -1)
	}
	config := *s.options
	for i, part := range s.parts {
		a.from = append(a.from, i)
		if part.Column >= 0 {
			part.Column = s.inFile[part.Column]
		}
		config.Aggregates = append(config.Aggregates, part)
	}
	config.Columns, config.Conditions = a.decode, s.where
	config.LeaveOut, config.Dropped = s.table.BatchMode, dropped
	if s.format.Bulk() {
		in, err := newRows(s.fs, sp, s.format, &config)
		return in, a, err
	}
	b := burier{fresh: func() (format.Decoder, error) { return s.format.NewDecoder(&config) }}
	if !letters.Fail() {
		b.letters = letters
	}
	d, err := b.fresh()
	if err != nil {
		return nil, nil, err
	}
	in, err := newRecords(s.fs, sp, d, b)
	return in, a, err
}

func (a *assembly) complete(b *batch.Batch) (*batch.Batch, error) {
	if a.src.wrapped {
		row := batch.MakeRow(a.schema.Fields[0].Type, b.Len(), b.Cols, nil)
		out := batch.New(a.schema, []*batch.Column{row}, b.Len())
		out.Kinds = b.Kinds
		return out, nil
	}
	cols := make([]*batch.Column, len(a.from))
	for i, at := range a.from {
		if at >= 0 {
			cols[i] = b.Cols[at]
			continue
		}
		f := a.schema.Fields[i]
		value, null := a.values[f.Name]
		null = !null
		if key, ok := a.src.table.Metadata[f.Name]; ok {
			cols[i] = a.metadata(key, f.Type, b.Len())
			continue
		}
		var err error
		if cols[i], err = constant(f.Name, f.Type, value, null, b.Len()); err != nil {
			return nil, err
		}
	}
	out := batch.New(a.schema, cols, b.Len())
	out.Kinds, out.Times = b.Kinds, b.Times
	return out, nil
}
