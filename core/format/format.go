// Package format is the contract between connectors and the ways to write rows as bytes, with a
// registry of them. Record formats decode bytes of complete records straight into columns and
// encode batches as bytes; bulk formats read and write whole files.
package format

import (
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Format is one way to write rows as bytes. Record formats have NewDecoder, NewEncoder or both;
// bulk formats have OpenFile, NewWriter or both.
type Format struct {
	Name    string
	Doc     string
	Options []connector.Option // without the format's name in front
	// Metadata lists the metadata keys that a record format can show.
	Metadata map[string]types.Type
	// Reads are the row kinds that come out of the decoder, Writes those that the encoder takes;
	// zero: inserts only.
	Reads, Writes connector.Kinds
	// Messages: records do not say where they end, so that they cannot follow each other in a file
	// (see Files).
	Messages bool

	NewDecoder func(c *Config) (Decoder, error)
	NewEncoder func(c *Config) (Encoder, error)
	OpenFile   func(c *Config, f fsys.Reader, from, to int64) (FileReader, error)
	NewWriter  func(c *Config, w io.Writer) (FileWriter, error)
	// Statistics reads what a bulk file says of itself, columns counted in Config.Schema; nil: it
	// says nothing.
	Statistics func(c *Config, f fsys.Reader) (connector.Statistics, error)
	// Aggregates says whether files mostly tell the aggregates without being read; nil: never.
	Aggregates func(schema *types.Schema, aggregates []connector.Aggregate) bool
}

// Bulk says whether the format reads and writes whole files only.
func (f *Format) Bulk() bool { return f.NewDecoder == nil && f.NewEncoder == nil }

// Files is the format of files: of one whose records do not say where they end and that has another
// form for files, that one alone.
func (f *Format) Files() *Format {
	if !f.Messages || f.OpenFile == nil {
		return f
	}
	files := *f
	files.Messages, files.NewDecoder, files.NewEncoder = false, nil, nil
	return &files
}

// Config is what a decoder or encoder gets to know.
type Config struct {
	Table  string
	Schema *types.Schema // the columns that the records hold
	// Columns are the positions in Schema to decode, in the order of the output; nil: all.
	Columns []int
	// Meta are metadata columns that follow the decoded ones, or are written beside them.
	Meta    []Meta
	Options *connector.Options // the format's own
	Zone    string             // session time zone
	// Conditions let a bulk reader leave out what holds no matching row; Column counts in Schema.
	Conditions []connector.Condition
	// LeaveOut says that a bulk reader may leave out single rows as well: nobody goes on reading
	// from a position, and no time is told from the rows.
	LeaveOut bool
	// Aggregates have a bulk reader with that ability give their parts in place of rows; Column
	// counts in Schema.
	Aggregates []connector.Aggregate
	// Key are the positions of the primary key in Schema.
	Key []int
	// Dropped is called for each record that 'ignore-parse-errors' leaves out; nil: nobody counts.
	Dropped func()
	// Subject names the records for a schema registry: "topic-value"; "" outside of queues.
	Subject string
}

// Meta is a metadata column.
type Meta struct {
	Key    string
	Column types.Field
}

// Output is the schema of what a decoder gives: Columns of Schema, then Meta.
func (c *Config) Output() *types.Schema {
	var fields []types.Field
	for _, i := range c.Projection() {
		fields = append(fields, c.Schema.Fields[i])
	}
	for _, m := range c.Meta {
		fields = append(fields, m.Column)
	}
	return types.NewSchema(fields...)
}

// Drop counts a record that is left out.
func (c *Config) Drop() {
	if c.Dropped != nil {
		c.Dropped()
	}
}

// Projection is Columns, or all positions.
func (c *Config) Projection() []int {
	if c.Columns != nil {
		return c.Columns
	}
	all := make([]int, c.Schema.Len())
	for i := range all {
		all[i] = i
	}
	return all
}

// Decoder decodes records into columns. It belongs to one goroutine.
type Decoder interface {
	// Framing says how records lie in a file.
	Framing() Framing
	// Decode decodes complete records of data until rows rows are buffered (it may go over by
	// the rows of one record) and returns how many bytes they took. Strings are copied. An error
	// that a record causes is a *RecordError.
	Decode(data []byte, rows int) (used int, err error)
	// DecodeOne decodes data as exactly one record, whatever bytes it holds: a message of a queue.
	DecodeOne(data []byte) error
	// Len is the number of rows buffered.
	Len() int
	// Finish returns the buffered rows and starts anew.
	Finish() *batch.Batch
}

// Encoder writes rows as bytes. It belongs to one goroutine.
type Encoder interface {
	// Encode appends rows [from, to) of b to dst, each followed by end. Where one row makes
	// several records, end follows each of them.
	Encode(dst []byte, b *batch.Batch, from, to int, end []byte) ([]byte, error)
}

// FileReader reads the part of a file that begins in its byte range. Its position is a number of
// rows.
type FileReader interface {
	// Next returns up to rows rows, io.EOF at the end.
	Next(rows int) (*batch.Batch, error)
	// Skip leaves out n rows.
	Skip(n int64) error
	Close() error
}

// FileWriter writes a whole file.
type FileWriter interface {
	Write(b *batch.Batch) error
	// Buffered is the number of bytes written so far or waiting to be, for rolling.
	Buffered() int64
	// Close writes what is left and the file's end; the writer below stays open.
	Close() error
}

var registry = struct {
	sync.RWMutex
	byName map[string]*Format
}{byName: map[string]*Format{}}

func init() {
	connector.RegisterFormats(func(table, name string) ([]connector.Option, error) {
		f, err := Find(table, name)
		if err != nil {
			return nil, err
		}
		return f.Options, nil
	})
}

// Register makes a format known; it is called from init functions.
func Register(f *Format) {
	registry.Lock()
	defer registry.Unlock()
	registry.byName[f.Name] = f
}

// Names returns the known formats, sorted.
func Names() []string {
	registry.RLock()
	defer registry.RUnlock()
	return slices.Sorted(maps.Keys(registry.byName))
}

// Find returns the named format; table is for the error.
func Find(table, name string) (*Format, error) {
	registry.RLock()
	f := registry.byName[name]
	registry.RUnlock()
	if f != nil {
		return f, nil
	}
	err := errs.Userf("table '%s': there is no format '%s'", table, name)
	if hint := errs.DidYouMean(name, Names()); hint != "" {
		return nil, err.Fix("%s", hint)
	}
	return nil, err.Fix("known are %s", strings.Join(Names(), ", "))
}

// Of finds the format that the table's option key ("format", "value.format") names and reads its
// options.
func Of(t *connector.Table, key string) (*Format, *connector.Options, error) {
	name, ok := t.Options[key]
	if !ok {
		return nil, nil, errs.Userf("table '%s' has no option '%s'", t.Name, key).
			Fix("add '%s' = '…', one of %s", key, strings.Join(Names(), ", "))
	}
	f, err := Find(t.Name, name)
	if err != nil {
		return nil, nil, err
	}
	prefix := strings.TrimSuffix(key, "format") + name + "."
	return f, connector.NewOptions(t.Name, prefix, t.Options), nil
}
