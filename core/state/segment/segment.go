// Package segment is the file format of keyed state, the same for every back end: records sorted
// by key group and key in compressed blocks, each with a checksum, and an index of the blocks.
//
//	file   = magic, blocks, index, footer
//	block  = codec (0 plain, 1 S2), payload
//	record = group (2 bytes, big-endian), key length (uvarint), key,
//	         body length * 2 + dead (uvarint), body
//	index  = JSON of Header, then per block: length, raw length, CRC-32C, first group, first key
//	footer = offset and length of the index, its CRC-32C, records, magic
//
// A body is a list of entries: column * 2 + delta (uvarint), length (uvarint), bytes. A column
// without entries is empty. One whose first entry is a delta has its value in an older file;
// deltas follow in the order in which they are applied.
package segment

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/headrace/headrace/core/state"
)

const (
	magic      = "HRSTATE\x01" // the last byte is the version
	footerSize = 8 + 4 + 4 + 8 + len(magic)
	blockSize  = 32 << 10
)

const (
	plain = iota
	compressed
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Header says what the bodies hold.
type Header struct {
	Columns    []state.ColumnInfo `json:"columns"`
	KeyVersion int                `json:"keyVersion"`
}

// Record is the state of one key. Key and Body are valid until the next call of the iterator that
// gave it.
type Record struct {
	Group uint16
	Dead  bool // the key has been dropped; Body is empty
	Key   []byte
	Body  []byte
}

// AppendRecord adds a record, as blocks hold it.
func AppendRecord(dst []byte, r Record) []byte {
	dst = binary.BigEndian.AppendUint16(dst, r.Group)
	dst = binary.AppendUvarint(dst, uint64(len(r.Key)))
	dst = append(dst, r.Key...)
	if r.Dead {
		return binary.AppendUvarint(dst, 1)
	}
	dst = binary.AppendUvarint(dst, uint64(len(r.Body))<<1)
	return append(dst, r.Body...)
}

// RecordBytes is the most that AppendRecord adds.
func RecordBytes(r Record) int {
	return 2 + 2*binary.MaxVarintLen64 + len(r.Key) + len(r.Body)
}

// NextRecord takes the first record off bytes that AppendRecord made.
func NextRecord(b []byte) (r Record, rest []byte) {
	n, at := binary.Uvarint(b[2:])
	at += 2
	end := at + int(n)
	r.Group, r.Key = binary.BigEndian.Uint16(b), b[at:end:end]
	size, m := binary.Uvarint(b[end:])
	at = end + m
	end = at + int(size>>1)
	r.Dead, r.Body = size&1 != 0, b[at:end:end]
	return r, b[end:]
}

// AppendEntry adds a column's value, or a delta of it, to a body.
func AppendEntry(body []byte, column int, delta bool, v []byte) []byte {
	tag := uint64(column) << 1
	if delta {
		tag |= 1
	}
	body = binary.AppendUvarint(body, tag)
	body = binary.AppendUvarint(body, uint64(len(v)))
	return append(body, v...)
}

// NextEntry takes the first entry off a body; ok is false at its end, or when it does not decode
// (rest is then not empty).
func NextEntry(body []byte) (column int, delta bool, v, rest []byte, ok bool) {
	tag, n := binary.Uvarint(body)
	if n <= 0 {
		return 0, false, nil, body, false
	}
	size, m := binary.Uvarint(body[n:])
	if m <= 0 || size > uint64(len(body)-n-m) {
		return 0, false, nil, body, false
	}
	at := n + m
	return int(tag >> 1), tag&1 != 0, body[at : at+int(size)], body[at+int(size):], true
}
