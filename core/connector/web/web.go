package web

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/format"
)

func init() {
	connector.Register(&connector.Factory{
		Name: "http",
		Doc: "A service that is spoken to over HTTP. A source asks for an address, page by page: once, " +
			"or again at an interval for what is new. A lookup join asks for each key. A sink sends " +
			"rows, many with a request, at least once: what the service takes twice after a failure " +
			"must not matter to it.",
		Options: slices.Concat(clientOptions, sourceOptions, lookupOptions, sinkOptions,
			connector.BufferOptions, connector.LookupOptions),
		UsesFormat: true,
		NewSource:  func(t *connector.Table) (connector.Source, error) { return newSource(t) },
		NewSink:    func(t *connector.Table) (connector.Sink, error) { return newSink(t) },
		NewLookup:  func(t *connector.Table) (connector.LookupSource, error) { return newLookup(t) },
	})
	connector.Register(&connector.Factory{
		Name: "webhook",
		Doc: "Takes what others POST. A request is answered when its rows are part of a complete " +
			"checkpoint, so that what a sender was thanked for is never lost; one that is not answered " +
			"is to be sent again. What cannot be read is refused with status 400 and the reason. When " +
			"the job does not keep up, requests wait, then are refused with status 503.",
		Options:    webhookOptions,
		UsesFormat: true,
		NewSource:  func(t *connector.Table) (connector.Source, error) { return newWebhook(t) },
	})
}

// reading is how the bodies that a table reads are decoded.
type reading struct {
	table  *connector.Table
	format *format.Format
	config format.Config
	lines  bool     // each line is a record; else a body is one
	path   []string // of the rows in a JSON document
}

// readingOptions are the options of reading.
var readingOptions = []connector.Option{
	{Name: "format", Type: "string", Required: true, Doc: "Format of the rows in a body."},
	{Name: "body", Type: "enum(document|lines)",
		Doc: "Whether a body is one record (a JSON document may be an array of rows), or has one a " +
			"line. Not set: lines for csv and raw, else a document."},
	{Name: "body.path", Type: "string",
		Doc: "Where the rows are in a JSON document: 'data.items'. Not set: it is them."},
}

func newReading(t *connector.Table, o *connector.Options) (*reading, error) {
	if t.Stream {
		return nil, errs.Userf("source '%s': tables read over HTTP", t.Name).
			Fix("create a table and turn it into a stream with to_data_stream()")
	}
	f, fo, err := format.Of(t, "format")
	if err != nil {
		return nil, err
	}
	if f.NewDecoder == nil {
		return nil, errs.Userf("table '%s': a body cannot have the format '%s'", t.Name, f.Name).
			Fix("use one of records, such as json or csv")
	}
	r := &reading{table: t, format: f, config: format.Config{Table: t.Name, Schema: t.Schema,
		Options: fo, Zone: t.Zone, Key: nil}}
	usual := "document"
	if f.Name == "csv" || f.Name == "raw" {
		usual = "lines"
	}
	r.lines = o.Enum("body", usual, "document", "lines") == "lines"
	if path := o.String("body.path", ""); path != "" {
		if f.Name != "json" || r.lines {
			return nil, errs.Userf("table '%s': 'body.path' is for documents of the format 'json'", t.Name)
		}
		r.path = splitPath(path)
	}
	_, err = f.NewDecoder(&r.config)
	return r, err
}

func (r *reading) decoder() (format.Decoder, error) { return r.format.NewDecoder(&r.config) }
