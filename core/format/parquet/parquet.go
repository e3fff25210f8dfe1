// Package parquet reads and writes Parquet files: only the columns asked for, only the row groups
// whose statistics can match.
package parquet

import (
	"io"

	"github.com/apache/arrow/go/v16/parquet/compress"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

func init() {
	format.Register(&format.Format{
		Name: "parquet",
		Doc:  "Apache Parquet, column by column with statistics.",
		Options: []connector.Option{
			{Name: "compression", Type: "enum(UNCOMPRESSED|SNAPPY|GZIP|BROTLI|ZSTD|LZ4_RAW)",
				Default: "SNAPPY", Doc: "How pages are compressed."},
			{Name: "block.size", Type: "memory", Default: "128MB",
				Doc: "Bytes of a row group when written."},
			{Name: "page.size", Type: "memory", Default: "1MB", Doc: "Bytes of a page."},
			{Name: "enable.dictionary", Type: "boolean", Default: "true",
				Doc: "Write dictionaries of repeated values."},
			{Name: "utc-timezone", Type: "boolean", Default: "true",
				Doc: "Accepted; timestamps are never moved by a local zone."},
			{Name: "batch-size", Type: "int", Default: "8192", Doc: "Rows decoded at a time."},
		},
		OpenFile: func(c *format.Config, f fsys.Reader, from, to int64) (format.FileReader, error) {
			if c.Aggregates != nil {
				return openParts(c, f, from, to)
			}
			return open(c, f, from, to)
		},
		Aggregates: aggregates,
		Statistics: statistics,
		NewWriter: func(c *format.Config, w io.Writer) (format.FileWriter, error) {
			return create(c, w)
		},
	})
}

var codecs = map[string]compress.Compression{
	"UNCOMPRESSED": compress.Codecs.Uncompressed, "SNAPPY": compress.Codecs.Snappy,
	"GZIP": compress.Codecs.Gzip, "BROTLI": compress.Codecs.Brotli, "ZSTD": compress.Codecs.Zstd,
	"LZ4_RAW": lz4Raw,
}

// supported refuses types that Parquet files do not hold.
func supported(c *format.Config) error {
	for _, f := range c.Schema.Fields {
		if f.Type.Kind == types.Object || f.Type.IsInterval() || f.Type.Kind == types.Null {
			return errs.Userf("table '%s': column '%s': format parquet cannot hold %s", c.Table,
				f.Name, f.Type).Fix("cast the column to a number or STRING")
		}
	}
	return nil
}
