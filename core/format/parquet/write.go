package parquet

import (
	"io"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	pq "github.com/apache/arrow/go/v16/parquet"
	"github.com/apache/arrow/go/v16/parquet/pqarrow"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/format"
)

// writer gathers rows to row groups and writes those.
type writer struct {
	schema *arrow.Schema
	file   *pqarrow.FileWriter
	held   []*batch.Batch
	bytes  int64 // of held
	block  int64
	out    *counting
}

// counting counts what goes through and keeps the file below open.
type counting struct {
	w io.Writer
	n int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func create(c *format.Config, w io.Writer) (*writer, error) {
	if err := supported(c); err != nil {
		return nil, err
	}
	o := c.Options
	codec := codecs[o.Enum("compression", "SNAPPY", "UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI",
		"ZSTD", "LZ4_RAW")]
	p := &writer{schema: c.Schema.Arrow(), block: o.Memory("block.size", 128<<20),
		out: &counting{w: w}}
	props := pq.NewWriterProperties(pq.WithCompression(codec),
		pq.WithDictionaryDefault(o.Bool("enable.dictionary", true)),
		pq.WithDataPageSize(o.Memory("page.size", 1<<20)), pq.WithCreatedBy("headrace"))
	if err := o.Err(); err != nil {
		return nil, err
	}
	var err error
	p.file, err = pqarrow.NewFileWriter(p.schema, p.out, props, pqarrow.DefaultWriterProps())
	return p, err
}

// Write implements format.FileWriter.
func (w *writer) Write(b *batch.Batch) error {
	b.Retain()
	w.held = append(w.held, b)
	w.bytes += b.MemBytes()
	if w.bytes >= w.block {
		return w.group()
	}
	return nil
}

// group writes the rows held as one row group.
func (w *writer) group() error {
	if len(w.held) == 0 {
		return nil
	}
	all := batch.Concat(w.held)
	w.held, w.bytes = nil, 0
	defer all.Release()
	cols := make([]arrow.Array, len(all.Cols))
	for i, c := range all.Cols {
		cols[i] = c.Arrow()
	}
	rec := array.NewRecord(w.schema, cols, int64(all.Len()))
	defer rec.Release()
	return w.file.Write(rec)
}

// Buffered implements format.FileWriter.
func (w *writer) Buffered() int64 { return w.out.n + w.bytes }

// Close implements format.FileWriter.
func (w *writer) Close() error {
	if err := w.group(); err != nil {
		return err
	}
	return w.file.Close()
}
