package kinesis

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/format"
)

// reader reads shards, each in a goroutine of its own. Poll decodes.
type reader struct {
	src     *Source
	ctx     *connector.ReaderContext
	rows    *rows
	letters *connector.DeadLetters
	splits  map[string]*split // by id; those that have ended too
	open    int               // splits that have not ended
	ended   []string          // since the last Poll
	noMore  bool

	chunks chan chunk
	now    chunk // what Poll is at
	run    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup
}

var (
	_ connector.Reader  = (*reader)(nil)
	_ connector.Growing = (*reader)(nil)
)

// NewReader implements connector.Source.
func (s *Source) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	r := &reader{src: s, ctx: ctx, splits: map[string]*split{}, chunks: make(chan chunk, 1),
		letters: connector.NewDeadLetters(s.errors, ctx)}
	r.run, r.cancel = context.WithCancel(context.Background())
	var err error
	r.rows, err = newRows(s, ctx.Dropped)
	return r, err
}

// Growing implements connector.Growing: shards are found while others are read.
func (r *reader) Growing() bool { return true }

// Add implements connector.Reader.
func (r *reader) Add(splits []connector.Split) error {
	for _, c := range splits {
		s, err := decodeSplit(c)
		if err != nil {
			return err
		}
		if !slices.Contains(r.src.streams, s.Stream) {
			r.ctx.Log.Warn("kinesis: a shard of the checkpoint belongs to no stream that is read",
				"table", r.src.table.Name, "shard", c.ID)
			r.ended = append(r.ended, c.ID)
			continue
		}
		r.splits[c.ID] = s
		if s.finished() {
			r.ended = append(r.ended, c.ID) // the enumerator may not know
			continue
		}
		r.open++
		f := &fetcher{r: r, split: *s}
		r.done.Add(1)
		go func() {
			defer r.done.Done()
			f.run(r.run)
		}()
	}
	return nil
}

// NoMoreSplits implements connector.Reader.
func (r *reader) NoMoreSplits() { r.noMore = true }

// hand gives a chunk to Poll.
func (r *reader) hand(ctx context.Context, c chunk) bool {
	select {
	case r.chunks <- c:
		r.ctx.Wake()
		return true
	case <-ctx.Done():
		return false
	}
}

// Poll implements connector.Reader: a batch is of one shard.
func (r *reader) Poll(maxRows, maxBytes int) (connector.Polled, error) {
	for {
		c := &r.now
		if len(c.records) == 0 && !c.end {
			select {
			case r.now = <-r.chunks:
			default:
				return r.nothing(), nil
			}
		}
		if c.err != nil {
			return connector.Polled{}, c.err
		}
		s := r.splits[c.id]
		if err := r.take(c, s, maxRows, maxBytes); err != nil {
			return connector.Polled{}, err
		}
		if len(c.records) == 0 && c.end {
			c.end, s.At = false, position{Kind: shardEnd}
			r.open--
			r.ended = append(r.ended, c.id)
			r.ctx.Log.Info("kinesis: a shard has been read to its end", "table", r.src.table.Name,
				"shard", c.id)
		}
		if r.rows.len() == 0 {
			continue
		}
		out := connector.Polled{Batch: r.rows.finish(), Split: c.id, Ended: r.ended}
		r.ended = nil
		return out, nil
	}
}

// nothing is the answer when no records wait.
func (r *reader) nothing() connector.Polled {
	out := connector.Polled{Status: connector.Waiting, Ended: r.ended}
	r.ended = nil
	if r.open == 0 {
		out.Status = connector.Starved
		if r.noMore {
			out.Status = connector.Done
		}
	}
	return out
}

// take decodes records of a chunk until there are enough rows.
func (r *reader) take(c *chunk, s *split, maxRows, maxBytes int) error {
	size := 0
	for len(c.records) > 0 && r.rows.len() < maxRows && size < maxBytes {
		rec := &c.records[0]
		c.records = c.records[1:]
		size += len(rec.data)
		if err := r.rows.add(rec); err != nil {
			if err := r.undecodable(rec, s, err); err != nil {
				return err
			}
		}
		s.At = rec.after
	}
	return nil
}

// undecodable does with a record that cannot be decoded what the table says.
func (r *reader) undecodable(rec *record, s *split, cause error) error {
	place := "shard '" + s.id() + "', sequence number " + rec.seq
	if err := r.letters.Bury(rec.data, place, format.At(cause, place)); err != nil {
		return err
	}
	return r.rows.again()
}

// Snapshot implements connector.Reader. Shards that have ended are in it, too: the enumerator's
// state may be from before it heard of that.
func (r *reader) Snapshot() ([]connector.Split, error) {
	if err := r.letters.Flush(); err != nil {
		return nil, err
	}
	var out []connector.Split
	for _, id := range slices.Sorted(maps.Keys(r.splits)) {
		c, err := r.splits[id].encode()
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// Close implements connector.Reader.
func (r *reader) Close() error {
	r.cancel()
	r.done.Wait()
	return nil
}
