package pulsar

import (
	"encoding/binary"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/pulsar/broker"
)

// split is a partition and how far it has been read.
type split struct {
	topic string
	begun bool      // read is that of a message that was read; else where the subscription stands
	read  broker.ID // messages up to it are left out
	whole bool      // read is the last one of its entry
	stop  stopCursor
	ended bool // there is nothing to be read
}

const splitVersion = 1

func appendID(b []byte, id broker.ID) []byte {
	b = binary.AppendVarint(b, id.Ledger)
	b = binary.AppendVarint(b, id.Entry)
	return binary.AppendVarint(b, int64(id.Batch))
}

func (s *split) encode() connector.Split {
	b := binary.AppendUvarint([]byte{splitVersion}, uint64(len(s.topic)))
	b = append(b, s.topic...)
	flags := byte(0)
	for i, on := range []bool{s.begun, s.whole, s.ended} {
		if on {
			flags |= 1 << i
		}
	}
	b = appendID(append(b, flags, byte(s.stop.kind)), s.read)
	b = binary.AppendVarint(appendID(b, s.stop.id), s.stop.time)
	return connector.Split{ID: s.topic, State: b}
}

func decodeSplit(c connector.Split) (*split, error) {
	b := c.State
	short := errs.Corruptf("split '%s' of a topic: cut short", c.ID)
	if len(b) == 0 || b[0] != splitVersion {
		return nil, errs.Corruptf("split '%s' of a topic: unknown version", c.ID)
	}
	n, k := binary.Uvarint(b[1:])
	if k <= 0 || uint64(len(b)-1-k) < n+2 {
		return nil, short
	}
	b = b[1+k:]
	s := &split{topic: string(b[:n])}
	flags := b[n]
	s.begun, s.whole, s.ended = flags&1 != 0, flags&2 != 0, flags&4 != 0
	s.stop.kind = int(b[n+1])
	b = b[n+2:]
	var batch, stopBatch int64
	for _, v := range []*int64{&s.read.Ledger, &s.read.Entry, &batch, &s.stop.id.Ledger,
		&s.stop.id.Entry, &stopBatch, &s.stop.time} {
		var k int
		if *v, k = binary.Varint(b); k <= 0 {
			return nil, short
		}
		b = b[k:]
	}
	s.read.Batch, s.stop.id.Batch = int32(batch), int32(stopBatch)
	return s, nil
}
