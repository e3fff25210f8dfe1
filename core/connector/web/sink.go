package web

import (
	"context"
	"errors"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

var sinkOptions = []connector.Option{
	{Name: "sink.request-mode", Type: "enum(batch|single)",
		Doc: "Whether a request has many rows (a JSON array with the format json, else a line each) " +
			"or one. Not set: batch, unless the format has no lines."},
	{Name: "sink.content-type", Type: "string",
		Doc: "Content type of requests; not set: the format's."},
}

// Sink sends rows.
type Sink struct {
	table     *connector.Table
	client    *client
	buffering connector.Buffering
	format    *format.Format
	config    format.Config
	single    bool
	kind      string
}

var (
	_ connector.Sink          = (*Sink)(nil)
	_ connector.ChangelogSink = (*Sink)(nil)
)

func newSink(t *connector.Table) (*Sink, error) {
	o := t.OptionReader()
	c, err := newClient(t, o, o.Enum("request.method", "POST", "GET", "POST", "PUT", "PATCH"))
	if err != nil {
		return nil, err
	}
	if c.method == "GET" {
		return nil, errs.Userf("table '%s': a sink sends with POST, PUT or PATCH", t.Name)
	}
	f, fo, err := format.Of(t, "format")
	if err != nil {
		return nil, err
	}
	if f.NewEncoder == nil {
		return nil, errs.Userf("table '%s': format '%s' is no format that rows can be sent in", t.Name,
			f.Name).Fix("use one of records, such as json or csv")
	}
	schema, err := connector.Elements(t)
	if err != nil {
		return nil, err
	}
	s := &Sink{table: t, client: c, buffering: connector.ReadBuffering(o), format: f,
		config: format.Config{Table: t.Name, Schema: schema, Options: fo, Zone: t.Zone},
		kind:   o.String("sink.content-type", kindOf(f.Name))}
	usual := "batch"
	if f.Messages {
		usual = "single"
	}
	s.single = o.Enum("sink.request-mode", usual, "batch", "single") == "single"
	if f.Messages && !s.single {
		return nil, errs.Userf("table '%s': messages of format '%s' do not say where they end", t.Name,
			f.Name).Fix("set 'sink.request-mode' = 'single'")
	}
	if s.single {
		s.buffering.Rows = 1
	}
	if _, err := f.NewEncoder(&s.config); err != nil {
		return nil, err
	}
	return s, o.Err()
}

// Accepts implements connector.ChangelogSink.
func (s *Sink) Accepts() connector.Kinds { return max(s.format.Writes, connector.InsertOnly) }

// NewCommitter implements connector.Sink: sending is all there is to do.
func (s *Sink) NewCommitter(*connector.WriterContext) (connector.Committer, error) { return nil, nil }

// NewWriter implements connector.Sink.
func (s *Sink) NewWriter(ctx *connector.WriterContext) (connector.Writer, error) {
	e, err := s.format.NewEncoder(&s.config)
	if err != nil {
		return nil, err
	}
	w := &writer{sink: s, encoder: e}
	w.Buffered = connector.NewBuffered(s.table.Name, s.buffering, ctx, w.send)
	return w, nil
}

type writer struct {
	*connector.Buffered[[]byte]
	sink    *Sink
	encoder format.Encoder
}

// Write implements connector.Writer.
func (w *writer) Write(b *batch.Batch) error {
	rows := batch.New(w.sink.config.Schema, connector.ElementsOf(w.sink.table, b), b.Len())
	if w.sink.format.Writes > connector.InsertOnly {
		rows.Kinds = b.Kinds
	} else if err := insertsOnly(b.Kinds); err != nil {
		return err
	}
	for i := range b.Len() {
		row, err := w.encoder.Encode(nil, rows, i, i+1, nil)
		if err != nil {
			return err
		}
		w.Put(nil, row)
	}
	return w.Begin()
}

func insertsOnly(kinds []types.RowKind) error {
	for _, k := range kinds {
		if k != types.Insert {
			return errs.Internalf("http: a row of kind %s for a sink of inserts", k)
		}
	}
	return nil
}

// send sends rows with one request.
func (w *writer) send(ctx context.Context, rows [][]byte) error {
	var body []byte
	array := !w.sink.single && w.sink.kind == "application/json" && w.sink.format.Name == "json"
	for i, r := range rows {
		switch {
		case array && i == 0:
			body = append(body, '[')
		case array:
			body = append(body, ',')
		}
		body = append(body, r...)
		if !array && !w.sink.single {
			body = append(body, '\n')
		}
	}
	if array {
		body = append(body, ']')
	}
	_, err := w.sink.client.send(ctx, w.sink.client.url, w.sink.kind, body)
	var refused *statusError
	if errors.As(err, &refused) && refused.after > 0 {
		select {
		case <-time.After(refused.after):
		case <-ctx.Done():
		}
	}
	return err
}
