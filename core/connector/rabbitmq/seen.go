package rabbitmq

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
)

// seen are the correlation ids of messages that have been read and that the broker may deliver
// again.
type seen map[string]sight

// sight is what is known of a correlation id: how many messages of it await their acknowledgement
// on the present connection or, with none, when the connection or the attempt ended that had one,
// in ms. The broker may have got the acknowledgement then, so that it may never come again.
type sight struct {
	due    int
	leftMs int64
}

// add notes that a message with an id has come; again says that another one had.
func (s seen) add(id string) (again bool) {
	v, again := s[id]
	s[id] = sight{due: v.due + 1}
	return again
}

// pay notes that a message with an id has been acknowledged.
func (s seen) pay(id string) {
	v := s[id]
	switch v.due--; {
	case v.due > 0:
		s[id] = v
	case v.due == 0:
		delete(s, id)
	}
}

// leave notes that the acknowledgements to come will not be, for the messages' connection is gone.
func (s seen) leave(nowMs int64) {
	for id, v := range s {
		if v.leftMs == 0 {
			s[id] = sight{leftMs: nowMs}
		}
	}
}

// prune forgets what was left before a time.
func (s seen) prune(beforeMs int64) {
	maps.DeleteFunc(s, func(_ string, v sight) bool { return v.due == 0 && v.leftMs < beforeMs })
}

const seenVersion = 1

// encode writes the ids, sorted, so that equal states are equal bytes.
func (s seen) encode() []byte {
	out := binary.AppendUvarint([]byte{seenVersion}, uint64(len(s)))
	for _, id := range slices.Sorted(maps.Keys(s)) {
		out = binary.AppendUvarint(out, uint64(len(id)))
		out = append(out, id...)
		out = binary.AppendUvarint(out, uint64(s[id].leftMs))
	}
	return out
}

// decodeSeen reads what encode wrote; nothing is no ids.
func decodeSeen(b []byte) (seen, error) {
	s := seen{}
	if len(b) == 0 {
		return s, nil
	}
	bad := errs.Corruptf("the correlation ids of a queue cannot be read")
	if b[0] != seenVersion {
		return nil, bad
	}
	b = b[1:]
	number := func() (uint64, bool) {
		n, k := binary.Uvarint(b)
		if k <= 0 {
			return 0, false
		}
		b = b[k:]
		return n, true
	}
	count, ok := number()
	for range count {
		var size, since uint64
		if size, ok = number(); !ok || size > uint64(len(b)) {
			return nil, bad
		}
		id := string(b[:size])
		b = b[size:]
		if since, ok = number(); !ok {
			return nil, bad
		}
		s[id] = sight{leftMs: int64(since)}
	}
	if !ok {
		return nil, bad
	}
	return s, nil
}
