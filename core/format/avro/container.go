package avro

import (
	"bytes"
	"compress/bzip2"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/format"
)

// magic begins each container file. A header follows: a map with the schema and the codec, and the
// marker that ends each block of records.
const magic = "Obj\x01"

const markerSize = 16

// codecs are how blocks are compressed, by the names that files have them under.
var codecs = map[string]struct {
	pack   func(dst, block []byte) ([]byte, error)
	unpack func(dst, block []byte) ([]byte, error)
}{
	"null": {
		func(dst, block []byte) ([]byte, error) { return append(dst, block...), nil },
		func(_, block []byte) ([]byte, error) { return block, nil },
	},
	"deflate": {deflate, func(dst, block []byte) ([]byte, error) {
		return readAll(dst, flate.NewReader(bytes.NewReader(block)))
	}},
	"snappy": {
		func(dst, block []byte) ([]byte, error) {
			dst = append(dst, snappy.Encode(nil, block)...)
			return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(block)), nil
		},
		unsnappy,
	},
	"bzip2": {nil, func(dst, block []byte) ([]byte, error) {
		return readAll(dst, bzip2.NewReader(bytes.NewReader(block)))
	}},
	"zstandard": {zstandard, unzstandard},
}

func deflate(dst, block []byte) ([]byte, error) {
	out := bytes.NewBuffer(dst)
	w, err := flate.NewWriter(out, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(block); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}

// maxBlock bounds what a block may be unpacked to, in bytes.
const maxBlock = 1 << 30

func readAll(dst []byte, r io.Reader) ([]byte, error) {
	out := bytes.NewBuffer(dst[:0])
	n, err := io.Copy(out, io.LimitReader(r, maxBlock+1))
	if err == nil && n > maxBlock {
		err = errs.Dataf("a block is larger than %d bytes", maxBlock)
	}
	return out.Bytes(), err
}

func unsnappy(dst, block []byte) ([]byte, error) {
	if len(block) < 4 {
		return nil, io.ErrUnexpectedEOF
	}
	sum := binary.BigEndian.Uint32(block[len(block)-4:])
	if n, err := snappy.DecodedLen(block[:len(block)-4]); err != nil || n > maxBlock {
		return nil, errs.Dataf("a block is damaged or too large").Wrap(err)
	}
	out, err := snappy.Decode(dst[:cap(dst)], block[:len(block)-4])
	if err == nil && crc32.ChecksumIEEE(out) != sum {
		err = errs.Dataf("a block has another checksum than it says")
	}
	return out, err
}

// The coders are made when the first file needs them; their calls may run side by side.
var (
	zstdWriter = sync.OnceValues(func() (*zstd.Encoder, error) { return zstd.NewWriter(nil) })
	zstdReader = sync.OnceValues(func() (*zstd.Decoder, error) {
		return zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxBlock))
	})
)

func zstandard(dst, block []byte) ([]byte, error) {
	w, err := zstdWriter()
	if err != nil {
		return nil, err
	}
	return w.EncodeAll(block, dst), nil
}

func unzstandard(dst, block []byte) ([]byte, error) {
	r, err := zstdReader()
	if err != nil {
		return nil, err
	}
	return r.DecodeAll(block, dst[:0])
}

// container reads the blocks of a file whose marker in front lies in a range of bytes.
type container struct {
	file    fsys.Reader
	decoder *decoder
	program *program
	codec   string
	marker  []byte
	at, to  int64  // next block; blocks whose marker in front lies at to or behind are not ours
	block   []byte // records of the block that are left
	left    int64  // how many
	buf     []byte
}

var _ format.FileReader = (*container)(nil)

func openContainer(c *format.Config, f fsys.Reader, from, to int64) (*container, error) {
	d, err := newDecoder(c, nil)
	if err != nil {
		return nil, err
	}
	r := &container{file: f, decoder: d, to: to}
	if err := r.header(); err != nil {
		return nil, err
	}
	return r, r.seek(from)
}

// damaged is the error of a file that is no container, or not a whole one.
func damaged(what string, cause error) error {
	return errs.Dataf("no readable Avro file: %s", what).Wrap(cause)
}

// firstRead is how much of a file is read for its header, at first.
const firstRead = 64 << 10

func (r *container) header() error {
	for size := int64(firstRead); ; size *= 4 {
		head := make([]byte, min(size, r.file.Size()))
		if _, err := r.file.ReadAt(head, 0); err != nil && err != io.EOF {
			return err
		}
		if len(head) < len(magic) || string(head[:len(magic)]) != magic {
			return damaged("it does not begin as one", nil)
		}
		c := cursor{b: head, at: len(magic)}
		meta := map[string]string{}
		c.blocks(func() {
			key := string(c.take(c.long()))
			meta[key] = string(c.take(c.long()))
		})
		r.marker = bytes.Clone(c.take(markerSize))
		if c.why != "" {
			if int64(len(head)) < r.file.Size() {
				continue
			}
			return damaged("its header "+c.why, nil)
		}
		r.at = int64(c.at)
		return r.begin(meta)
	}
}

func (r *container) begin(meta map[string]string) error {
	if r.codec = meta["avro.codec"]; r.codec == "" {
		r.codec = "null"
	}
	if codecs[r.codec].unpack == nil {
		return errs.Userf("the Avro file is compressed with '%s', which is not supported", r.codec)
	}
	root, err := parse(meta["avro.schema"])
	if err != nil {
		return damaged("its schema", err)
	}
	if root.kind != "record" {
		return damaged("its schema is "+root.kind+", not a record", nil)
	}
	r.program = r.decoder.program(root)
	return nil
}

// seek goes to the first block whose marker in front begins at from or behind.
func (r *container) seek(from int64) error {
	if from <= r.at-markerSize {
		return nil
	}
	const window = 256 << 10
	buf := make([]byte, window+markerSize)
	for at := from; at < r.to && at < r.file.Size(); at += window {
		n, err := r.file.ReadAt(buf, at)
		if err != nil && err != io.EOF {
			return err
		}
		if i := bytes.Index(buf[:n], r.marker); i >= 0 {
			r.at = at + int64(i) + markerSize
			return nil
		}
	}
	r.at = r.file.Size()
	return nil
}

// next reads the next block; false: there is none.
func (r *container) next() (bool, error) {
	if r.at >= r.file.Size() || r.at-markerSize >= r.to {
		return false, nil
	}
	head := make([]byte, min(2*binary.MaxVarintLen64, r.file.Size()-r.at))
	if _, err := r.file.ReadAt(head, r.at); err != nil && err != io.EOF {
		return false, err
	}
	c := cursor{b: head}
	count, size := c.long(), c.long()
	if c.why != "" || count < 0 || size < 0 || size > maxBlock ||
		r.at+int64(c.at)+size+markerSize > r.file.Size() {
		return false, damaged(fmt.Sprintf("it is cut short in the block at byte %d", r.at), nil)
	}
	packed := make([]byte, size+markerSize)
	if _, err := r.file.ReadAt(packed, r.at+int64(c.at)); err != nil && err != io.EOF {
		return false, err
	}
	if !bytes.Equal(packed[size:], r.marker) {
		return false, damaged(fmt.Sprintf("the block at byte %d does not end as it should", r.at), nil)
	}
	var err error
	if r.block, err = codecs[r.codec].unpack(r.buf, packed[:size]); err != nil {
		return false, damaged(fmt.Sprintf("the block at byte %d", r.at), err)
	}
	if r.codec != "null" {
		r.buf = r.block
	}
	r.left = count
	r.at += int64(c.at) + size + markerSize
	return true, nil
}

// Next implements format.FileReader.
func (r *container) Next(rows int) (*batch.Batch, error) {
	for r.decoder.Len() < rows {
		if r.left == 0 {
			more, err := r.next()
			if err != nil {
				return nil, err
			}
			if !more {
				break
			}
			continue
		}
		used, err := r.decoder.record(r.program, r.block, r.block)
		if err != nil {
			return nil, err
		}
		r.block = r.block[used:]
		if r.left--; r.left == 0 && len(r.block) > 0 {
			return nil, damaged(fmt.Sprintf("the block before byte %d has more than its records", r.at),
				nil)
		}
	}
	if r.decoder.Len() == 0 {
		return nil, io.EOF
	}
	return r.decoder.Finish(), nil
}

// Skip implements format.FileReader.
func (r *container) Skip(n int64) error {
	for n > 0 {
		if r.left == 0 {
			if more, err := r.next(); err != nil || !more {
				return err
			}
			continue
		}
		c := cursor{b: r.block}
		for ; n > 0 && r.left > 0; n, r.left = n-1, r.left-1 {
			c.skip(r.program.root, 0)
		}
		if c.why != "" {
			return damaged("a record "+c.why, nil)
		}
		r.block = r.block[c.at:]
	}
	return nil
}

// Close implements format.FileReader.
func (r *container) Close() error { return nil }

// containerWriter writes a file.
type containerWriter struct {
	encoder *encoder
	out     io.Writer
	codec   string
	marker  []byte
	block   []byte
	rows    int64
	written int64
}

var _ format.FileWriter = (*containerWriter)(nil)

func createContainer(c *format.Config, w io.Writer) (*containerWriter, error) {
	codec := c.Options.Enum("codec", "snappy", "snappy", "null", "deflate", "zstandard")
	if err := c.Options.Err(); err != nil {
		return nil, err
	}
	e, err := newEncoder(c, nil)
	if err != nil {
		return nil, err
	}
	out := &containerWriter{encoder: e, out: w, codec: codec, marker: make([]byte, markerSize)}
	if _, err := rand.Read(out.marker); err != nil {
		return nil, err
	}
	head := long([]byte(magic), 2)
	for _, s := range []string{"avro.schema", e.text, "avro.codec", codec} {
		head = append(long(head, int64(len(s))), s...)
	}
	head = append(long(head, 0), out.marker...)
	return out, out.put(head)
}

func (w *containerWriter) put(b []byte) error {
	n, err := w.out.Write(b)
	w.written += int64(n)
	return err
}

// blockSize is about how many bytes of records a block has.
const blockSize = 64 << 10

// Write implements format.FileWriter.
func (w *containerWriter) Write(b *batch.Batch) error {
	var err error
	for i := range b.Len() {
		if w.block, err = w.encoder.Encode(w.block, b, i, i+1, nil); err != nil {
			return err
		}
		if w.rows++; len(w.block) >= blockSize {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *containerWriter) flush() error {
	if w.rows == 0 {
		return nil
	}
	packed, err := codecs[w.codec].pack(nil, w.block)
	if err != nil {
		return err
	}
	out := long(long(nil, w.rows), int64(len(packed)))
	out = append(append(out, packed...), w.marker...)
	w.block, w.rows = w.block[:0], 0
	return w.put(out)
}

// Buffered implements format.FileWriter.
func (w *containerWriter) Buffered() int64 { return w.written + int64(len(w.block)) }

// Close implements format.FileWriter.
func (w *containerWriter) Close() error { return w.flush() }
