package segment

import (
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/s2"
)

// Writer writes a file. Records come in ascending order of (group, key), each key once.
type Writer struct {
	out     io.Writer
	header  Header
	block   []byte
	packed  []byte
	index   []byte
	first   []byte // group and key of the block's first record, as the index has them
	offset  uint64
	records uint64
	err     error
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
	if len(w.block) == 0 {
		w.first = binary.BigEndian.AppendUint16(w.first[:0], r.Group)
		w.first = binary.AppendUvarint(w.first, uint64(len(r.Key)))
		w.first = append(w.first, r.Key...)
	}
	w.block = binary.BigEndian.AppendUint16(w.block, r.Group)
	w.block = binary.AppendUvarint(w.block, uint64(len(r.Key)))
	w.block = append(w.block, r.Key...)
	size := uint64(len(r.Body)) << 1
	if r.Dead {
		size = 1
	}
	w.block = binary.AppendUvarint(w.block, size)
	if !r.Dead {
		w.block = append(w.block, r.Body...)
	}
	w.records++
	if len(w.block) >= blockSize {
		w.flush()
	}
	return w.err
}

func (w *Writer) flush() {
	if len(w.block) == 0 {
		return
	}
	if need := 1 + s2.MaxEncodedLen(len(w.block)); cap(w.packed) < need {
		w.packed = make([]byte, need)
	}
	w.packed = w.packed[:cap(w.packed)]
	w.packed[0] = compressed
	payload := w.packed[:1+len(s2.Encode(w.packed[1:], w.block))]
	if len(payload) > len(w.block) {
		w.packed[0] = plain
		payload = append(w.packed[:1], w.block...)
	}
	w.index = binary.AppendUvarint(w.index, uint64(len(payload)))
	w.index = binary.AppendUvarint(w.index, uint64(len(w.block)))
	w.index = binary.BigEndian.AppendUint32(w.index, crc32.Checksum(payload, castagnoli))
	w.index = append(w.index, w.first...)
	w.write(payload)
	w.block = w.block[:0]
}

// Close writes the index; the caller closes the file.
func (w *Writer) Close() error {
	w.flush()
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
