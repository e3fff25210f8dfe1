package filesystem

import (
	"encoding/binary"
	"fmt"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/format"
)

// split is a byte range of a file and how far it has been read.
type split struct {
	path       string
	from, to   int64 // records or row groups that begin in [from, to)
	size, mod  int64 // of the file when it was found
	state      format.State
	pos        int64 // records: bytes of the file, -1: not begun; bulk: rows of the range
	stateKnown bool  // state holds at byte from-1
}

const splitVersion = 1

func (s *split) id() string { return fmt.Sprintf("%s:%d", s.path, s.from) }

func (s *split) encode() connector.Split {
	b := binary.AppendUvarint([]byte{splitVersion}, uint64(len(s.path)))
	b = append(b, s.path...)
	known := int64(0)
	if s.stateKnown {
		known = 1
	}
	for _, v := range []int64{s.from, s.to, s.size, s.mod, int64(s.state), s.pos, known} {
		b = binary.AppendVarint(b, v)
	}
	return connector.Split{ID: s.id(), State: b}
}

func decodeSplit(c connector.Split) (*split, error) {
	b := c.State
	if len(b) == 0 || b[0] != splitVersion {
		return nil, errs.Corruptf("split '%s': unknown version", c.ID)
	}
	n, k := binary.Uvarint(b[1:])
	if k <= 0 || uint64(len(b)-1-k) < n {
		return nil, errs.Corruptf("split '%s': cut short", c.ID)
	}
	b = b[1+k:]
	s := &split{path: string(b[:n])}
	b = b[n:]
	var state, known int64
	for _, v := range []*int64{&s.from, &s.to, &s.size, &s.mod, &state, &s.pos, &known} {
		var k int
		if *v, k = binary.Varint(b); k <= 0 {
			return nil, errs.Corruptf("split '%s': cut short", c.ID)
		}
		b = b[k:]
	}
	s.state, s.stateKnown = format.State(state), known == 1
	return s, nil
}
