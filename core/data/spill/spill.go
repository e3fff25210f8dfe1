// Package spill keeps batches on the local disk while an operator has no memory for them: as Arrow
// IPC streams, in blocks compressed with S2 and with checksums. Files are read back once or several
// times, by the process that wrote them; they survive nothing.
package spill

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/ipc"
	"github.com/klauspost/compress/s2"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

const (
	// batchBytes is how much is gathered before it is written: batches of a few rows each, as
	// partitioning makes them, would cost more than their rows.
	batchBytes = 256 << 10
	blockBytes = 128 << 10
	headBytes  = 8 // of a block: length and checksum
)

// Dir is a directory of spill files, made with the first one.
type Dir struct {
	fs    fsys.FS
	path  string
	made  bool
	files int
}

// NewDir names a directory that belongs to the caller alone; what is there is removed. fs nil:
// there is no disk, and Create fails.
func NewDir(fs fsys.FS, path string) *Dir { return &Dir{fs: fs, path: path} }

// Close removes the directory with all files.
func (d *Dir) Close() error {
	if d == nil || !d.made {
		return nil
	}
	d.made = false
	if err := d.fs.RemoveAll(d.path); err != nil {
		return d.failed(err)
	}
	return nil
}

func (d *Dir) failed(err error) error {
	return errs.Transientf("spilling to %s failed", d.path).Wrap(err).
		Fix("free space there, or raise taskmanager.memory.managed.size so that less is spilled")
}

// Writer writes a file. It gathers small batches.
type Writer struct {
	dir    *Dir
	name   string
	schema *types.Schema
	arrow  *arrow.Schema
	out    fsys.Writer
	blocks *blockWriter
	ipc    *ipc.Writer
	held   []*batch.Batch
	bytes  int64 // of held
	file   File
}

// File is a finished file.
type File struct {
	dir    *Dir
	name   string
	schema *types.Schema
	// Rows and Bytes are how many rows it has and what they take in memory.
	Rows, Bytes int64
}

// Create makes a file for batches of a schema.
func (d *Dir) Create(schema *types.Schema) (*Writer, error) {
	if d == nil || d.fs == nil {
		return nil, errs.Userf("the memory budget is used up and there is no disk to spill to").
			Fix("raise taskmanager.memory.managed.size")
	}
	if !d.made {
		if err := d.fs.RemoveAll(d.path); err != nil {
			return nil, d.failed(err)
		}
		if err := d.fs.MkdirAll(d.path); err != nil {
			return nil, d.failed(err)
		}
		d.made = true
	}
	d.files++
	w := &Writer{dir: d, schema: schema, name: path.Join(d.path, fmt.Sprintf("%d.spill", d.files))}
	var err error
	if w.out, err = d.fs.Create(w.name); err != nil {
		return nil, d.failed(err)
	}
	w.blocks = &blockWriter{out: w.out}
	w.arrow = arrowSchema(schema)
	w.ipc = ipc.NewWriter(w.blocks, ipc.WithSchema(w.arrow))
	return w, nil
}

// Write adds the rows of a batch, without kinds, times and marks; it retains what it needs.
func (w *Writer) Write(b *batch.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	n := b.MemBytes()
	b.Retain()
	w.held = append(w.held, batch.New(w.schema, b.Cols, b.Len()))
	w.bytes += n
	w.file.Rows += int64(b.Len())
	w.file.Bytes += n
	if w.bytes < batchBytes {
		return nil
	}
	return w.flush()
}

// Held is the memory of what has not been written yet.
func (w *Writer) Held() int64 { return w.bytes }

// Rows is how many rows have been given to Write.
func (w *Writer) Rows() int64 { return w.file.Rows }

func (w *Writer) flush() error {
	if len(w.held) == 0 {
		return nil
	}
	whole := batch.Concat(w.held)
	clear(w.held)
	w.held, w.bytes = w.held[:0], 0
	arrs := make([]arrow.Array, len(whole.Cols))
	for i, c := range whole.Cols {
		arrs[i] = ofType(c.Arrow(), w.arrow.Field(i).Type)
	}
	rec := array.NewRecord(w.arrow, arrs, int64(whole.Len()))
	err := w.ipc.Write(rec)
	rec.Release()
	whole.Release()
	if err != nil {
		return w.dir.failed(err)
	}
	return nil
}

func arrowSchema(s *types.Schema) *arrow.Schema {
	fields := make([]arrow.Field, s.Len())
	for i, f := range s.Fields {
		fields[i] = arrow.Field{Name: f.Name, Type: f.Type.Arrow(), Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}

// ofType is an array under a type of equal representation.
func ofType(a arrow.Array, t arrow.DataType) arrow.Array {
	if arrow.TypeEqual(a.DataType(), t) {
		return a
	}
	d := a.Data()
	return array.MakeFromData(array.NewData(t, d.Len(), d.Buffers(), d.Children(), d.NullN(),
		d.Offset()))
}

// Finish completes the file.
func (w *Writer) Finish() (*File, error) {
	err := w.flush()
	if cerr := w.ipc.Close(); err == nil && cerr != nil {
		err = w.dir.failed(cerr)
	}
	if cerr := w.blocks.flush(); err == nil && cerr != nil {
		err = w.dir.failed(cerr)
	}
	if cerr := w.out.Close(); err == nil && cerr != nil {
		err = w.dir.failed(cerr)
	}
	f := w.file
	f.dir, f.name, f.schema = w.dir, w.name, w.schema
	return &f, err
}

// Abandon closes a file that will not be read; its directory's Close removes it.
func (w *Writer) Abandon() {
	if w == nil || w.out == nil {
		return
	}
	for _, b := range w.held {
		b.Release()
	}
	w.held = nil
	_ = w.out.Close() // nobody reads it
	w.out = nil
}

// Remove deletes the file.
func (f *File) Remove() error {
	if err := f.dir.fs.Remove(f.name); err != nil {
		return f.dir.failed(err)
	}
	return nil
}

// Reader reads a file from its start.
type Reader struct {
	file *File
	in   fsys.Reader
	ipc  *ipc.Reader
}

// Open opens a file.
func (f *File) Open() (*Reader, error) {
	in, err := f.dir.fs.Open(f.name)
	if err != nil {
		return nil, f.dir.failed(err)
	}
	r := &Reader{file: f, in: in}
	if r.ipc, err = ipc.NewReader(&blockReader{in: in}); err != nil {
		_ = in.Close() // the first error counts
		return nil, f.damaged(err)
	}
	return r, nil
}

func (f *File) damaged(err error) error {
	return errs.Corruptf("spill file %s is damaged", f.name).Wrap(err)
}

// Next returns the next batch, io.EOF behind the last one.
func (r *Reader) Next() (*batch.Batch, error) {
	if !r.ipc.Next() {
		if err := r.ipc.Err(); err != nil && !errors.Is(err, io.EOF) {
			return nil, r.file.damaged(err)
		}
		return nil, io.EOF
	}
	rec := r.ipc.Record()
	rec.Retain()
	cols := make([]*batch.Column, rec.NumCols())
	for i := range cols {
		cols[i] = batch.FromArrow(r.file.schema.Fields[i].Type, rec.Column(i), nil)
	}
	return batch.New(r.file.schema, cols, int(rec.NumRows())), nil
}

// Close ends reading; the file stays.
func (r *Reader) Close() error {
	if r == nil || r.in == nil {
		return nil
	}
	r.ipc.Release()
	err := r.in.Close()
	r.in = nil
	return err
}

// blockWriter cuts what is written into compressed blocks with checksums.
type blockWriter struct {
	out    fsys.Writer
	buf    []byte
	packed []byte
}

func (w *blockWriter) Write(b []byte) (int, error) {
	if w.buf == nil {
		w.buf = make([]byte, headBytes, headBytes+blockBytes)
	}
	w.buf = append(w.buf, b...)
	if len(w.buf) < blockBytes {
		return len(b), nil
	}
	return len(b), w.flush()
}

func (w *blockWriter) flush() error {
	if len(w.buf) <= headBytes {
		return nil
	}
	if n := s2.MaxEncodedLen(len(w.buf) - headBytes); len(w.packed) < headBytes+n {
		w.packed = make([]byte, headBytes+n)
	}
	body := s2.Encode(w.packed[headBytes:], w.buf[headBytes:])
	binary.LittleEndian.PutUint32(w.packed, uint32(len(body)))
	binary.LittleEndian.PutUint32(w.packed[4:], crc32.Checksum(body, table))
	_, err := w.out.Write(w.packed[:headBytes+len(body)])
	w.buf = w.buf[:headBytes]
	return err
}

var table = crc32.MakeTable(crc32.Castagnoli)

// blockReader undoes blockWriter.
type blockReader struct {
	in   fsys.Reader
	at   int64
	buf  []byte
	body []byte
	rest []byte
}

func (r *blockReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *blockReader) next() error {
	if r.at >= r.in.Size() {
		return io.EOF
	}
	var head [headBytes]byte
	if _, err := r.in.ReadAt(head[:], r.at); err != nil {
		return io.ErrUnexpectedEOF
	}
	n := int64(binary.LittleEndian.Uint32(head[:]))
	if n > r.in.Size()-r.at-headBytes {
		return io.ErrUnexpectedEOF
	}
	if int64(cap(r.buf)) < n {
		r.buf = make([]byte, n)
	}
	packed := r.buf[:n]
	if k, err := r.in.ReadAt(packed, r.at+headBytes); err != nil && int64(k) < n {
		return err
	}
	if crc32.Checksum(packed, table) != binary.LittleEndian.Uint32(head[4:]) {
		return errors.New("wrong checksum")
	}
	var err error
	if r.body, err = s2.Decode(r.body[:cap(r.body)], packed); err != nil {
		return err
	}
	r.rest = r.body
	r.at += headBytes + n
	return nil
}
