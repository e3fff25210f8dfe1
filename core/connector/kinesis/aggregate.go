package kinesis

import (
	"bytes"
	"crypto/md5"
	"math/big"

	"google.golang.org/protobuf/encoding/protowire"
)

// aggregateMark is what records that Amazon's producer library makes of several begin with. A
// Protobuf message and its MD5 follow.
var aggregateMark = []byte{0xF3, 0x89, 0x9A, 0xC2}

// Fields of that message.
const (
	partitionKeys    = 1 // texts
	explicitHashKeys = 2 // texts
	packedRecords    = 3
)

// Fields of a packed record.
const (
	partitionKeyIndex = 1
	explicitHashIndex = 2
	packedData        = 3
)

// packed is a record in an aggregate.
type packed struct {
	key, hash int // positions of its keys, hash -1: none
	data      []byte
}

// disaggregate returns the records that a record is an aggregate of; ok false: it is none. Records
// whose key belongs to another shard are left out: a producer that did not know of a resharding yet
// sends them again.
func (s *split) disaggregate(data []byte) (parts [][]byte, ok bool) {
	body, ok := bytes.CutPrefix(data, aggregateMark)
	if !ok || len(body) < md5.Size {
		return nil, false
	}
	message := body[:len(body)-md5.Size]
	if sum := md5.Sum(message); !bytes.Equal(sum[:], body[len(message):]) {
		return nil, false
	}
	var keys, hashes []string
	var records []packed
	for len(message) > 0 {
		number, value, n := field(message)
		if n < 0 {
			return nil, false
		}
		message = message[n:]
		switch number {
		case partitionKeys:
			keys = append(keys, string(value.bytes))
		case explicitHashKeys:
			hashes = append(hashes, string(value.bytes))
		case packedRecords:
			p, ok := unpackRecord(value.bytes)
			if !ok {
				return nil, false
			}
			records = append(records, p)
		}
	}
	from, to, known := s.keys()
	for _, p := range records {
		if p.key >= len(keys) || p.hash >= len(hashes) {
			return nil, false
		}
		sum := md5.Sum([]byte(keys[p.key]))
		hash := new(big.Int).SetBytes(sum[:])
		if p.hash >= 0 {
			hash.SetString(hashes[p.hash], 10)
		}
		if known && (hash.Cmp(from) < 0 || hash.Cmp(to) > 0) {
			continue
		}
		parts = append(parts, p.data)
	}
	return parts, true
}

func unpackRecord(message []byte) (p packed, ok bool) {
	p.hash = -1
	for len(message) > 0 {
		number, value, n := field(message)
		if n < 0 {
			return p, false
		}
		message = message[n:]
		switch number {
		case partitionKeyIndex:
			p.key = int(value.number)
		case explicitHashIndex:
			p.hash = int(value.number)
		case packedData:
			p.data = value.bytes
		}
	}
	return p, p.key >= 0
}

// fieldValue is a number or bytes.
type fieldValue struct {
	number uint64
	bytes  []byte
}

// field reads a field of a message; n < 0: it cannot be read.
func field(message []byte) (number protowire.Number, v fieldValue, n int) {
	number, kind, n := protowire.ConsumeTag(message)
	if n < 0 {
		return 0, v, n
	}
	m := 0
	switch kind {
	case protowire.VarintType:
		v.number, m = protowire.ConsumeVarint(message[n:])
	case protowire.BytesType:
		v.bytes, m = protowire.ConsumeBytes(message[n:])
	default:
		m = protowire.ConsumeFieldValue(number, kind, message[n:])
	}
	if m < 0 {
		return 0, v, m
	}
	return number, v, n + m
}
