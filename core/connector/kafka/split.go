package kafka

import (
	"encoding/binary"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// noStop is the stop offset of a partition without an end.
const noStop = -1

// split is a partition and how far it has been read.
type split struct {
	partition
	next int64 // offset of the next record
	stop int64 // records before it are read; noStop: all
}

const splitVersion = 1

func (s *split) finished() bool { return s.stop != noStop && s.next >= s.stop }

func (s *split) encode() connector.Split {
	b := binary.AppendUvarint([]byte{splitVersion}, uint64(len(s.topic)))
	b = append(b, s.topic...)
	for _, v := range []int64{int64(s.number), s.next, s.stop} {
		b = binary.AppendVarint(b, v)
	}
	return connector.Split{ID: s.String(), State: b}
}

func decodeSplit(c connector.Split) (*split, error) {
	b := c.State
	if len(b) == 0 || b[0] != splitVersion {
		return nil, errs.Corruptf("split '%s' of a topic: unknown version", c.ID)
	}
	n, k := binary.Uvarint(b[1:])
	if k <= 0 || uint64(len(b)-1-k) < n {
		return nil, errs.Corruptf("split '%s' of a topic: cut short", c.ID)
	}
	b = b[1+k:]
	s := &split{partition: partition{topic: string(b[:n])}}
	b = b[n:]
	var number int64
	for _, v := range []*int64{&number, &s.next, &s.stop} {
		var k int
		if *v, k = binary.Varint(b); k <= 0 {
			return nil, errs.Corruptf("split '%s' of a topic: cut short", c.ID)
		}
		b = b[k:]
	}
	s.number = int32(number)
	return s, nil
}
