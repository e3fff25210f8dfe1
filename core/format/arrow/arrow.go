// Package arrow reads and writes Arrow IPC files.
package arrow

import (
	"fmt"
	"io"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/ipc"
	"github.com/apache/arrow/go/v16/arrow/memory"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

func init() {
	format.Register(&format.Format{
		Name: "arrow",
		Doc:  "Arrow IPC files: record batches as they lie in memory.",
		Options: []connector.Option{{Name: "compression", Type: "enum(NONE|LZ4|ZSTD)",
			Default: "NONE", Doc: "How buffers are compressed."}},
		OpenFile: func(c *format.Config, f fsys.Reader, from, _ int64) (format.FileReader, error) {
			return open(c, f, from)
		},
		NewWriter: func(c *format.Config, w io.Writer) (format.FileWriter, error) {
			return create(c, w)
		},
	})
}

// reader reads a file whose range begins at byte 0; other ranges of it are empty.
type reader struct {
	config *format.Config
	file   *ipc.FileReader
	next   int
	from   []int // for each output column: position in the file, -1: not there
	rest   *batch.Batch
}

func open(c *format.Config, f fsys.Reader, from int64) (r *reader, err error) {
	if err := c.Options.Err(); err != nil {
		return nil, err
	}
	defer damaged(&err)
	file, err := ipc.NewFileReader(io.NewSectionReader(f, 0, f.Size()),
		ipc.WithAllocator(limited{memory.NewGoAllocator()}))
	if err != nil {
		return nil, errs.Dataf("not a readable Arrow file").Wrap(err)
	}
	r = &reader{config: c, file: file}
	if from > 0 {
		r.next = file.NumRecords()
	}
	for _, i := range c.Projection() {
		at := -1
		if found := file.Schema().FieldIndices(c.Schema.Fields[i].Name); len(found) > 0 {
			at = found[0]
		}
		r.from = append(r.from, at)
	}
	return r, nil
}

// Next implements format.FileReader.
func (r *reader) Next(rows int) (b *batch.Batch, err error) {
	defer damaged(&err)
	for r.rest == nil || r.rest.Len() == 0 {
		if r.next >= r.file.NumRecords() {
			return nil, io.EOF
		}
		rec, err := r.file.RecordAt(r.next)
		if err != nil {
			return nil, errs.Dataf("damaged Arrow file").Wrap(err)
		}
		r.next++
		if err := r.take(rec); err != nil {
			return nil, err
		}
	}
	b = r.rest
	if b.Len() <= rows {
		r.rest = nil
		return b, nil
	}
	r.rest = b.Slice(rows, b.Len())
	return b.Slice(0, rows), nil
}

// maxBuffer bounds a buffer of a column, in bytes: damaged files ask for all the memory there is.
const maxBuffer = 1 << 30

// limited allocates buffers up to maxBuffer.
type limited struct{ memory.Allocator }

// Allocate implements memory.Allocator.
func (l limited) Allocate(size int) []byte {
	if size < 0 || size > maxBuffer {
		panic(fmt.Sprintf("a buffer of %d bytes", size))
	}
	return l.Allocator.Allocate(size)
}

// Reallocate implements memory.Allocator.
func (l limited) Reallocate(size int, b []byte) []byte {
	if size < 0 || size > maxBuffer {
		panic(fmt.Sprintf("a buffer of %d bytes", size))
	}
	return l.Allocator.Reallocate(size, b)
}

// damaged makes an error of what the Arrow library does with a file that is not as it says.
func damaged(err *error) {
	if p := recover(); p != nil {
		*err = errs.Dataf("damaged Arrow file: %v", p)
	}
}

// checked panics where the offsets of a column do not grow, or lead out of it: nobody looks again.
func checked(a arrow.Array) {
	var offsets []int32
	end := 0
	switch x := a.(type) {
	case *array.String:
		offsets, end = x.ValueOffsets(), len(x.ValueBytes())
	case *array.Binary:
		offsets, end = x.ValueOffsets(), len(x.ValueBytes())
	case *array.Map:
		offsets, end = x.Offsets()[x.Data().Offset():][:x.Len()+1], x.Keys().Len()
		checked(x.Keys())
		checked(x.Items())
	case *array.List:
		offsets, end = x.Offsets()[x.Data().Offset():][:x.Len()+1], x.ListValues().Len()
		checked(x.ListValues())
	case *array.Struct:
		for i := range x.NumField() {
			checked(x.Field(i))
		}
	}
	if len(offsets) == 0 {
		return
	}
	first := offsets[0]
	if _, ok := a.(array.ListLike); ok {
		first = 0
	}
	for i, o := range offsets {
		if o < 0 || i > 0 && o < offsets[i-1] || int(o-first) > end {
			panic("offsets of a column are wrong")
		}
	}
}

func (r *reader) take(rec arrow.Record) error {
	out := r.config.Output()
	n := int(rec.NumRows())
	cols := make([]*batch.Column, len(r.from))
	for i, at := range r.from {
		f := out.Fields[i]
		if at < 0 {
			cols[i] = batch.MakeNull(f.Type, n)
			continue
		}
		checked(rec.Column(at))
		var err error
		if cols[i], err = format.FromArrow(f.Name, f.Type, rec.Column(at)); err != nil {
			return err
		}
	}
	r.rest = batch.New(out, cols, n)
	return nil
}

// Skip implements format.FileReader.
func (r *reader) Skip(n int64) error {
	for n > 0 {
		b, err := r.Next(int(n))
		if err != nil {
			return err
		}
		n -= int64(b.Len())
	}
	return nil
}

// Close implements format.FileReader.
func (r *reader) Close() error { return r.file.Close() }

type writer struct {
	schema *arrow.Schema
	out    *counting
	file   *ipc.FileWriter
}

// counting counts the bytes written; the IPC writer also asks where it stands.
type counting struct {
	w io.Writer
	n int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// Seek tells the place only.
func (c *counting) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, errs.Internalf("an Arrow file is written from front to end")
	}
	return c.n, nil
}

func create(c *format.Config, w io.Writer) (*writer, error) {
	for _, f := range c.Schema.Fields {
		if f.Type.Kind == types.Object {
			return nil, errs.Userf("table '%s': column '%s': format arrow cannot hold %s", c.Table,
				f.Name, f.Type)
		}
	}
	out := &writer{schema: c.Schema.Arrow(), out: &counting{w: w}}
	options := []ipc.Option{ipc.WithSchema(out.schema)}
	switch c.Options.Enum("compression", "NONE", "NONE", "LZ4", "ZSTD") {
	case "LZ4":
		options = append(options, ipc.WithLZ4())
	case "ZSTD":
		options = append(options, ipc.WithZstd())
	}
	if err := c.Options.Err(); err != nil {
		return nil, err
	}
	var err error
	out.file, err = ipc.NewFileWriter(out.out, options...)
	return out, err
}

// Write implements format.FileWriter.
func (w *writer) Write(b *batch.Batch) error {
	cols := make([]arrow.Array, len(b.Cols))
	for i, c := range b.Cols {
		cols[i] = c.Arrow()
	}
	rec := array.NewRecord(w.schema, cols, int64(b.Len()))
	defer rec.Release()
	return w.file.Write(rec)
}

// Buffered implements format.FileWriter.
func (w *writer) Buffered() int64 { return w.out.n }

// Close implements format.FileWriter.
func (w *writer) Close() error { return w.file.Close() }
