package segment

import (
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"io"
	"slices"

	"github.com/klauspost/compress/s2"
)

// writeSize is how much is written at a time, about.
const writeSize = 256 << 10

// Writer writes a file. Records come in ascending order of (group, key), each key once.
type Writer struct {
	out     io.Writer
	header  Header
	block   []byte
	packed  []byte // payloads that are still to be written
	index   []byte
	first   []byte // group and key of the block's first record, as the index has them
	offset  uint64
	records uint64
	err     error

	blocks   int
	failures int // blocks in a row that did not become smaller
}

// NewWriter starts a file.
func NewWriter(out io.Writer, h Header) *Writer {
	w := &Writer{out: out, header: h}
	w.write([]byte(magic))
	return w
}

// Records is the number of records added.
func (w *Writer) Records() int64 { return int64(w.records) }

func (w *Writer) write(b []byte) {
	if w.err != nil {
		return
	}
	_, w.err = w.out.Write(b)
	w.offset += uint64(len(b))
}

// Add writes a record.
func (w *Writer) Add(r Record) error {
	w.block = AppendRecord(w.block, r)
	w.records++
	if len(w.block) >= blockSize {
		w.flush()
	}
	return w.err
}

// A block is compressed when that saves a worthwhile part of it. After a number of hopeless blocks
// in a row only one in sixteen is tried: most states compress alike all over.
const (
	worthwhile = 6
	hopeless   = 4
	tryEvery   = 16
)

func (w *Writer) flush() {
	if len(w.block) == 0 {
		return
	}
	w.first = append(w.first[:0], w.block[:2]...)
	n, at := binary.Uvarint(w.block[2:])
	w.first = append(w.first, w.block[2:2+at+int(n)]...)
	from := len(w.packed)
	w.pack()
	payload := w.packed[from:]
	w.index = binary.AppendUvarint(w.index, uint64(len(payload)))
	w.index = binary.AppendUvarint(w.index, uint64(len(w.block)))
	w.index = binary.BigEndian.AppendUint32(w.index, crc32.Checksum(payload, castagnoli))
	w.index = append(w.index, w.first...)
	w.block = w.block[:0]
	if len(w.packed) >= writeSize {
		w.send()
	}
}

// pack appends the payload of the block to packed.
func (w *Writer) pack() {
	from := len(w.packed)
	w.blocks++
	if w.failures < hopeless || w.blocks%tryEvery == 0 {
		w.packed = slices.Grow(w.packed, 1+s2.MaxEncodedLen(len(w.block)))
		n := len(s2.Encode(w.packed[from+1:cap(w.packed)], w.block))
		if n < len(w.block)-len(w.block)/worthwhile {
			w.failures = 0
			w.packed = w.packed[:from+1+n]
			w.packed[from] = compressed
			return
		}
		w.failures++
	}
	w.packed = append(append(w.packed, plain), w.block...)
}

// send hands over what was packed.
func (w *Writer) send() {
	w.write(w.packed)
	w.packed = w.packed[:0]
}

// Close writes the index; the caller closes the file.
func (w *Writer) Close() error {
	w.flush()
	w.send()
	head, err := json.Marshal(w.header)
	if err != nil {
		return err
	}
	index := binary.AppendUvarint(nil, uint64(len(head)))
	index = append(append(index, head...), w.index...)
	at := w.offset
	w.write(index)
	foot := binary.BigEndian.AppendUint64(nil, at)
	foot = binary.BigEndian.AppendUint32(foot, uint32(len(index)))
	foot = binary.BigEndian.AppendUint32(foot, crc32.Checksum(index, castagnoli))
	foot = binary.BigEndian.AppendUint64(foot, w.records)
	w.write(append(foot, magic...))
	return w.err
}
