// Package elasticsearch writes rows as documents to Elasticsearch, or a server that takes its bulk
// requests, such as OpenSearch.
package elasticsearch

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

func init() {
	for _, version := range []string{"6", "7"} {
		connector.Register(&connector.Factory{
			Name: "elasticsearch-" + version,
			Doc: "Elasticsearch " + version + map[string]string{"6": "", "7": " and later, and OpenSearch"}[version] +
				". Rows are written as documents, many with a request, at least once. With a PRIMARY " +
				"KEY its values are the document's identifier: new versions replace the fields, " +
				"deletions delete the document, and what is written again after a failure changes " +
				"nothing. Without one each row is a document of its own.",
			Options:    options,
			UsesFormat: true,
			NewSink: func(t *connector.Table) (connector.Sink, error) {
				return newSink(t, version == "6")
			},
		})
	}
}

var options = []connector.Option{
	{Name: "hosts", Type: "list", Required: true, Doc: "Addresses of the servers, between " +
		"semicolons: 'http://host:9200'. The next one is taken when one does not answer."},
	{Name: "index", Type: "string", Doc: "Index of the documents. '{column}' in it stands for a " +
		"column's value and '{column|yyyy-MM-dd}' for a date or timestamp in that form."},
	{Name: "index-field", Type: "string",
		Doc: "Column, or key of a map, that holds the index; instead of 'index'."},
	{Name: "document-type", Type: "string", Default: "_doc",
		Doc: "Type of the documents; only 'elasticsearch-6' has types."},
	{Name: "document-id.field", Type: "string", Doc: "Column, or key of a map, that holds the " +
		"identifier, where there is no PRIMARY KEY: for sinks of a DataStream."},
	{Name: "document-id.key-delimiter", Type: "string", Default: "_",
		Doc: "Text between the values of a PRIMARY KEY of several columns."},
	{Name: "username", Type: "string", Doc: "User of basic authentication."},
	{Name: "password", Type: "string", Doc: "The user's password."},
	{Name: "sink.delivery-guarantee", Type: "enum(none|at-least-once)", Default: "at-least-once",
		Doc: "Rows are at least once in the index with either; there is no exactly-once."},
	{Name: "sink.bulk-flush.max-actions", Type: "int", Default: "1000",
		Doc: "Write when so many rows have come; -1: no limit."},
	{Name: "sink.bulk-flush.max-size", Type: "memory", Default: "2 mb",
		Doc: "How large a request may be; a row that is larger has one of its own."},
	{Name: "sink.bulk-flush.interval", Type: "duration", Default: "1 s",
		Doc: "Write this often; 0: only by rows and at checkpoints."},
	{Name: "sink.bulk-flush.backoff.strategy", Type: "enum(NONE|CONSTANT|EXPONENTIAL)",
		Default: "NONE", Doc: "How the pause before what failed for a passing reason is tried again " +
			"grows; NONE: the job fails."},
	{Name: "sink.bulk-flush.backoff.max-retries", Type: "int", Default: "8",
		Doc: "How often it is tried again."},
	{Name: "sink.bulk-flush.backoff.delay", Type: "duration", Default: "50 ms",
		Doc: "The first pause."},
	{Name: "connection.path-prefix", Type: "string", Doc: "What paths begin with: '/v1'."},
	{Name: "connection.request-timeout", Type: "duration",
		Doc: "How long a request may take; not set: 'socket.timeout'."},
	{Name: "connection.timeout", Type: "duration", Default: "10 s",
		Doc: "How long making a connection may take."},
	{Name: "socket.timeout", Type: "duration", Default: "30 s",
		Doc: "How long the server may take for its answer."},
	{Name: "format", Type: "string", Default: "json", Doc: "Format of the documents: json."},
}

// Sink writes documents.
type Sink struct {
	table     *connector.Table
	schema    *types.Schema
	client    *client
	buffering connector.Buffering
	maxBytes  int
	format    *format.Format
	config    format.Config
	index     *pattern
	indexKey  string // field of the document that holds the index; "": index says it
	idKey     string // field of the document that holds its identifier
	keys      []int  // columns of the PRIMARY KEY
	delimiter string
	kind      string // _type of documents, "" where there are none
}

var (
	_ connector.Sink          = (*Sink)(nil)
	_ connector.ChangelogSink = (*Sink)(nil)
)

func newSink(t *connector.Table, typed bool) (*Sink, error) {
	schema, err := connector.Elements(t)
	if err != nil {
		return nil, err
	}
	o := t.OptionReader()
	s := &Sink{table: t, schema: schema, buffering: readBuffering(o),
		maxBytes:  int(o.Memory("sink.bulk-flush.max-size", 2<<20)),
		indexKey:  o.String("index-field", ""),
		idKey:     o.String("document-id.field", ""),
		delimiter: o.String("document-id.key-delimiter", "_")}
	if typed {
		s.kind = o.String("document-type", "_doc")
	}
	o.Enum("sink.delivery-guarantee", "at-least-once", "none", "at-least-once")
	if s.client, err = newClient(t, o); err != nil {
		return nil, err
	}
	if err := s.place(o); err != nil {
		return nil, err
	}
	with := *t
	if _, ok := t.Options["format"]; !ok {
		with.Options = map[string]string{"format": "json"}
		for k, v := range t.Options {
			with.Options[k] = v
		}
	}
	f, fo, err := format.Of(&with, "format")
	if err != nil {
		return nil, err
	}
	if f.Name != "json" {
		return nil, errs.Userf("table '%s': documents cannot have the format '%s'", t.Name, f.Name).
			Fix("set 'format' = 'json', or leave it out")
	}
	s.format = f
	s.config = format.Config{Table: t.Name, Schema: schema, Options: fo, Zone: t.Zone}
	if _, err := f.NewEncoder(&s.config); err != nil {
		return nil, err
	}
	return s, o.Err()
}

func readBuffering(o *connector.Options) connector.Buffering {
	rows := o.Int("sink.bulk-flush.max-actions", 1000, -1)
	if rows < 1 {
		rows = math.MaxInt32
	}
	b := connector.Buffering{Rows: int(rows),
		Every: o.Duration("sink.bulk-flush.interval", time.Second),
		Pause: o.Duration("sink.bulk-flush.backoff.delay", 50*time.Millisecond)}
	retries := int(o.Int("sink.bulk-flush.backoff.max-retries", 8, 0))
	switch o.Enum("sink.bulk-flush.backoff.strategy", "NONE", "NONE", "DISABLED", "CONSTANT",
		"EXPONENTIAL") {
	case "CONSTANT":
		b.Retries, b.Constant = retries, true
	case "EXPONENTIAL":
		b.Retries = retries
	}
	return b
}

// place finds out which index and identifier a row has.
func (s *Sink) place(o *connector.Options) (err error) {
	t, index := s.table, o.String("index", "")
	if (index == "") == (s.indexKey == "") {
		return errs.Userf("table '%s': one of 'index' and 'index-field' is needed", t.Name).
			Fix("set 'index' = 'name'")
	}
	if index != "" {
		if s.index, err = newPattern(t, s.schema, index); err != nil {
			return err
		}
	}
	if s.idKey != "" && len(t.PrimaryKey) > 0 {
		return errs.Userf("table '%s': there are 'document-id.field' and a PRIMARY KEY", t.Name)
	}
	for _, key := range []string{s.idKey, s.indexKey} {
		if key != "" && !s.mapped() && s.schema.Index(key) < 0 {
			return errs.Userf("table '%s': there is no column '%s'", t.Name, key).
				Fix("%s", errs.DidYouMean(key, s.schema.Names()))
		}
	}
	for _, name := range t.PrimaryKey {
		i := s.schema.Index(name)
		if slices.Contains([]types.Kind{types.Array, types.Map, types.Row, types.Varbinary,
			types.Binary}, s.schema.Fields[i].Type.Kind) {
			return errs.Userf("table '%s': column '%s' of type %s cannot be part of an identifier",
				t.Name, name, s.schema.Fields[i].Type)
		}
		s.keys = append(s.keys, i)
	}
	return nil
}

// mapped says that elements are maps: each is a document by itself.
func (s *Sink) mapped() bool {
	return s.table.Stream && len(s.schema.Fields) == 1 && s.schema.Fields[0].Type.Kind == types.Map
}

// Accepts implements connector.ChangelogSink.
func (s *Sink) Accepts() connector.Kinds {
	if len(s.keys) > 0 {
		return connector.UpsertOnly
	}
	return connector.InsertOnly
}

// NewCommitter implements connector.Sink: writing is all there is to do.
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

// hostsOf are the addresses that an option lists.
func hostsOf(t *connector.Table, list, prefix string) ([]string, error) {
	var hosts []string
	for _, h := range strings.Split(list, ";") {
		h = strings.TrimRight(strings.TrimSpace(h), "/")
		if h == "" {
			continue
		}
		if !strings.Contains(h, "://") {
			h = "http://" + h
		}
		if !strings.HasPrefix(h, "http://") && !strings.HasPrefix(h, "https://") {
			return nil, errs.Userf("table '%s': option 'hosts' has '%s', which is no address", t.Name, h).
				Fix("write it as 'http://host:9200'")
		}
		if prefix = strings.Trim(prefix, "/"); prefix != "" {
			h += "/" + prefix
		}
		hosts = append(hosts, h)
	}
	if len(hosts) == 0 {
		return nil, errs.Userf("table '%s': option 'hosts' is empty", t.Name).
			Fix("write it as 'http://host:9200'")
	}
	return hosts, nil
}
