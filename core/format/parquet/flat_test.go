package parquet

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	pq "github.com/apache/arrow/go/v16/parquet"
	"github.com/apache/arrow/go/v16/parquet/compress"
	"github.com/apache/arrow/go/v16/parquet/pqarrow"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/format"
)

const flatTypes = "b BOOLEAN, t TINYINT, s SMALLINT, i INT, l BIGINT, f FLOAT, d DOUBLE, " +
	"m4 DECIMAL(7,2), m8 DECIMAL(15,2), m38 DECIMAL(38,18), v STRING, y BYTES, dt DATE, " +
	"tm TIME(3), ts TIMESTAMP(3), ts6 TIMESTAMP(6), ltz TIMESTAMP_LTZ(3)"

// mixed makes n rows whose values repeat in runs and not, with nulls in stretches.
func mixed(c *format.Config, n int) *batch.Batch {
	b := batch.NewRowBuilder(c.Schema, n)
	for i := range n {
		for k, col := range b.Cols {
			switch at := i + 37*k; {
			case at/100%3 == 1 && at%3 == 0, at/500%4 == 3:
				col.AppendNull()
			case at/200%2 == 0:
				put(col, at/50)
			default:
				put(col, at*7%113)
			}
		}
	}
	return b.Finish()
}

// written writes rows with properties of the library's, into row groups of size rows.
func written(t testing.TB, b *batch.Batch, size int64, properties ...pq.WriterProperty) fsys.Reader {
	t.Helper()
	var buf bytes.Buffer
	w, err := pqarrow.NewFileWriter(b.Schema.Arrow(), &buf, pq.NewWriterProperties(properties...),
		pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	cols := make([]arrow.Array, len(b.Cols))
	for i, c := range b.Cols {
		cols[i] = c.Arrow()
	}
	table := array.NewTableFromRecords(b.Schema.Arrow(),
		[]arrow.Record{array.NewRecord(b.Schema.Arrow(), cols, int64(b.Len()))})
	if err := w.WriteTable(table, size); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	fs := fsys.NewMem()
	if err := fsys.WriteFile(fs, "/f", buf.Bytes()); err != nil {
		t.Fatal(err)
	}
	f, err := fs.Open("/f")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// drain reads all rows as text; flat says whether our own decoders may.
func drain(t testing.TB, c *format.Config, f fsys.Reader, flat bool) []string {
	t.Helper()
	r, err := open(c, f, 0, f.Size())
	if err != nil {
		t.Fatal(err)
	}
	if flat && r.flat == nil {
		t.Fatal("the library reads what we can")
	}
	if !flat {
		r.flat = nil
	}
	var out []string
	for {
		b, err := r.Next(1000)
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, connectortest.Text(b)...)
		if flat && r.group != nil {
			t.Fatal("the library reads the group")
		}
	}
}

func TestFlatColumnsAreWhatTheLibraryReads(t *testing.T) {
	c := config(flatTypes, map[string]string{"parquet.batch-size": "333"})
	in := mixed(c, 5000)
	want := connectortest.Text(in)
	for _, codec := range []compress.Compression{compress.Codecs.Uncompressed,
		compress.Codecs.Snappy, compress.Codecs.Gzip, compress.Codecs.Zstd} {
		for _, version := range []pq.DataPageVersion{pq.DataPageV1, pq.DataPageV2} {
			for _, dict := range []bool{false, true} {
				for _, page := range []int64{200, 1 << 20} {
					f := written(t, in, 1700, pq.WithCompression(codec), pq.WithDataPageVersion(version),
						pq.WithDictionaryDefault(dict), pq.WithDataPageSize(page),
						pq.WithDictionaryPageSizeLimit(2000))
					at := fmt.Sprintf("%s, version %d, dictionary %v, pages of %d", codec, version,
						dict, page)
					if got := drain(t, c, f, false); !slices.Equal(got, want) {
						t.Fatalf("%s: the library differs", at)
					}
					if got := drain(t, c, f, true); !slices.Equal(got, want) {
						for i := range want {
							if got[i] != want[i] {
								t.Fatalf("%s: row %d is %s, want %s", at, i, got[i], want[i])
							}
						}
					}
				}
			}
		}
	}
}

func TestRequiredColumnsAreFlat(t *testing.T) {
	c := config("l BIGINT NOT NULL, v STRING NOT NULL, m DECIMAL(15,2) NOT NULL", nil)
	b := batch.NewRowBuilder(c.Schema, 3000)
	for i := range 3000 {
		batch.Append(b.Cols[0], int64(i))
		b.Cols[1].AppendString(fmt.Sprint("v", i%17))
		batch.Append(b.Cols[2], batch.DecimalFromWords(-1, uint64(-i-1)))
	}
	in := b.Finish()
	f := written(t, in, 1000, pq.WithCompression(compress.Codecs.Snappy))
	if got := drain(t, c, f, true); !slices.Equal(got, connectortest.Text(in)) {
		t.Fatal("rows differ")
	}
}

// Whatever stands in a file, reading it ends in rows or in an error or, in the library, in a panic
// that the connector turns into one.
func TestDamagedPagesAreTold(t *testing.T) {
	c := config("l BIGINT, v STRING", nil)
	some := *c
	some.LeaveOut = true
	some.Conditions = []connector.Condition{{Column: 1, Op: connector.OpLt, Values: []any{"d"}}}
	in := mixed(c, 400)
	for _, codec := range []compress.Compression{compress.Codecs.Uncompressed, compress.Codecs.Snappy} {
		f := written(t, in, 400, pq.WithCompression(codec))
		data := make([]byte, f.Size())
		if _, err := f.ReadAt(data, 0); err != nil && err != io.EOF {
			t.Fatal(err)
		}
		for at := 4; at < len(data)-600; at++ {
			for _, v := range []byte{0x00, 0xff, data[at] ^ 0x10} {
				readDamaged(t, c, data, at, v)
				if at%3 == 0 {
					readDamaged(t, &some, data, at, v)
				}
			}
		}
	}
}

func readDamaged(t *testing.T, c *format.Config, data []byte, at int, v byte) {
	t.Helper()
	other := slices.Clone(data)
	other[at] = v
	fs := fsys.NewMem()
	if err := fsys.WriteFile(fs, "/f", other); err != nil {
		t.Fatal(err)
	}
	f, err := fs.Open("/f")
	if err != nil {
		t.Fatal(err)
	}
	r, err := open(c, f, 0, f.Size())
	if err != nil {
		return
	}
	for err == nil {
		var b *batch.Batch
		if b, err = r.Next(100); err == nil {
			connectortest.Text(b)
		}
	}
}

// BenchmarkFlat reads a column of each kind: 1 M rows, coded and plain, Snappy.
func BenchmarkFlat(b *testing.B) {
	for _, typ := range []string{"BIGINT NOT NULL", "DECIMAL(15,2) NOT NULL", "STRING NOT NULL", "BIGINT"} {
		for _, distinct := range []int{50, 1 << 20} {
			c := config("x "+typ, nil)
			rows := batch.NewRowBuilder(c.Schema, 1<<20)
			for i := range 1 << 20 {
				if rows.Cols[0].Type.IsString() {
					rows.Cols[0].AppendString(fmt.Sprint("value ", i*7919%distinct))
				} else {
					put(rows.Cols[0], i*7919%distinct)
				}
			}
			f := written(b, rows.Finish(), 1<<17, pq.WithCompression(compress.Codecs.Snappy))
			for _, flat := range []bool{false, true} {
				b.Run(fmt.Sprintf("%s/%d/flat=%v", typ, distinct, flat), func(b *testing.B) {
					b.ReportAllocs()
					b.SetBytes(1 << 20)
					for b.Loop() {
						r, err := open(c, f, 0, f.Size())
						if err != nil {
							b.Fatal(err)
						}
						if !flat {
							r.flat = nil
						}
						for err == nil {
							_, err = r.Next(8192)
						}
					}
				})
			}
		}
	}
}
