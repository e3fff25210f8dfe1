package redis

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/format"
)

// Sink writes rows.
type Sink struct {
	*layout
	buffering connector.Buffering
}

var (
	_ connector.Sink          = (*Sink)(nil)
	_ connector.ChangelogSink = (*Sink)(nil)
)

func newSink(t *connector.Table) (*Sink, error) {
	l, err := newLayout(t)
	if err != nil {
		return nil, err
	}
	o := t.OptionReader()
	s := &Sink{layout: l, buffering: connector.ReadBuffering(o)}
	if err := o.Err(); err != nil {
		return nil, err
	}
	if l.format == nil {
		return s, nil
	}
	if l.format.NewEncoder == nil {
		return nil, errs.Userf("table '%s': format '%s' cannot be written, only read", t.Name,
			l.format.Name)
	}
	_, err = l.format.NewEncoder(&l.config)
	return s, err
}

// Accepts implements connector.ChangelogSink.
func (s *Sink) Accepts() connector.Kinds {
	if s.keyed() {
		return connector.UpsertOnly
	}
	return connector.InsertOnly
}

// NewCommitter implements connector.Sink: writing is all there is to do.
func (s *Sink) NewCommitter(*connector.WriterContext) (connector.Committer, error) { return nil, nil }

// NewWriter implements connector.Sink.
func (s *Sink) NewWriter(ctx *connector.WriterContext) (connector.Writer, error) {
	w := &writer{sink: s, client: s.client.open(1)}
	if s.format != nil {
		var err error
		if w.encoder, err = s.format.NewEncoder(&s.config); err != nil {
			return nil, err
		}
	}
	w.Buffered = connector.NewBuffered(s.table.Name, s.buffering, ctx, w.send)
	return w, nil
}

// change is what happens to a key: fields or a value, or neither, which deletes it.
type change struct {
	key    string
	value  []byte
	fields []any    // names and values
	gone   []string // fields that are NULL
	add    bool
}

type writer struct {
	*connector.Buffered[change]
	sink    *Sink
	client  *redis.Client
	encoder format.Encoder
}

// Write implements connector.Writer.
func (w *writer) Write(b *batch.Batch) error {
	s := w.sink
	all := connector.ElementsOf(s.table, b)
	keys, values := make([]*batch.Column, len(s.keys)), make([]*batch.Column, len(s.values))
	for i, k := range s.keys {
		keys[i] = all[k]
	}
	for i, v := range s.values {
		values[i] = all[v]
	}
	rows := batch.New(s.config.Schema, values, b.Len())
	for i := range b.Len() {
		c := change{key: s.key, add: b.Kind(i).IsAdd()}
		var key []byte
		var err error
		if s.keyed() {
			if key, err = s.appendKey(nil, keys, i); err != nil {
				return err
			}
			c.key = string(key)
		}
		switch {
		case !c.add:
		case s.format != nil:
			if c.value, err = w.encoder.Encode(nil, rows, i, i+1, nil); err != nil {
				return err
			}
		default:
			w.fields(&c, values, i)
		}
		w.Put(key, c)
	}
	return w.Begin()
}

func (w *writer) fields(c *change, values []*batch.Column, i int) {
	for k, v := range values {
		name := w.sink.schema.Fields[w.sink.values[k]].Name
		if v.IsNull(i) {
			c.gone = append(c.gone, name)
			continue
		}
		c.fields = append(c.fields, name, appendText(nil, v, i))
	}
}

// send writes changes in one transaction.
func (w *writer) send(ctx context.Context, changes []change) error {
	_, err := w.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		for i := range changes {
			w.command(ctx, p, &changes[i])
		}
		return nil
	})
	if err != nil {
		return w.sink.client.wrap(err)
	}
	return nil
}

func (w *writer) command(ctx context.Context, p redis.Pipeliner, c *change) {
	switch s := w.sink; s.structure {
	case "list":
		p.RPush(ctx, c.key, c.value)
	case "set":
		p.SAdd(ctx, c.key, c.value)
	case "channel":
		p.Publish(ctx, c.key, c.value)
	case "stream":
		p.XAdd(ctx, &redis.XAddArgs{Stream: c.key, Values: c.fields, MaxLen: s.maxLength,
			Approx: s.maxLength > 0})
	case "string":
		if c.add {
			p.Set(ctx, c.key, c.value, s.ttl)
		} else {
			p.Del(ctx, c.key)
		}
	case "hash":
		if !c.add || len(c.fields) == 0 {
			p.Del(ctx, c.key)
			return
		}
		if len(c.gone) > 0 {
			p.HDel(ctx, c.key, c.gone...)
		}
		p.HSet(ctx, c.key, c.fields...)
		if s.ttl > 0 {
			p.PExpire(ctx, c.key, s.ttl)
		}
	}
}

// Close implements connector.Writer.
func (w *writer) Close() error {
	err := w.Buffered.Close()
	if cerr := w.client.Close(); err == nil {
		err = cerr
	}
	return err
}
