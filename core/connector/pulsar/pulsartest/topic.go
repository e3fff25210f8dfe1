package pulsartest

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/proto"

	"github.com/headrace/headrace/core/connector/pulsar/pulsarpb"
)

// topic is a log of entries; the identifier of one is its ledger and its number.
type topic struct {
	ledger  int64
	entries []entry
	subs    map[string]*subscription
}

type entry struct {
	payload []byte
	meta    *pulsarpb.Metadata
	txn     *txn // nil: none
}

// subscription is a cursor.
type subscription struct {
	next     int // the first entry that has not been acknowledged
	consumer *consumer
}

type consumer struct {
	p       *peer
	id      uint64
	t       *topic
	sub     *subscription
	next    int
	permits int
}

// txn is a transaction.
type txn struct {
	id    uint64
	state int // open, committed, aborted
}

const (
	open = iota
	committed
	aborted
)

// id is the identifier of an entry; batch is its last message.
func (t *topic) id(i int) *pulsarpb.MessageId {
	m := &pulsarpb.MessageId{Ledger: new(uint64(t.ledger)), Entry: new(uint64(int64(i)))}
	if i >= 0 && t.entries[i].meta.BatchSize != nil {
		m.BatchIndex = new(t.entries[i].meta.GetBatchSize() - 1)
	}
	return m
}

// readable is how many entries readers may see: those before the first open transaction.
func (t *topic) readable() int {
	for i, e := range t.entries {
		if e.txn != nil && e.txn.state == open {
			return i
		}
	}
	return len(t.entries)
}

// hidden says that no reader sees the entry.
func (e *entry) hidden() bool { return e.txn != nil && e.txn.state == aborted }

// last is the last entry that readers see, -1: none.
func (t *topic) last() int {
	for i := t.readable() - 1; i >= 0; i-- {
		if !t.entries[i].hidden() {
			return i
		}
	}
	return -1
}

// index is the number of an entry by its identifier, or the nearest one behind it.
func (t *topic) index(m *pulsarpb.MessageId) int {
	ledger, entry := int64(m.GetLedger()), int64(m.GetEntry())
	switch {
	case ledger == math.MaxInt64 || ledger > t.ledger:
		return len(t.entries)
	case ledger < t.ledger:
		return 0
	}
	return int(min(max(entry, 0), int64(len(t.entries))))
}

// dispatch sends a consumer what it may have.
func (c *consumer) dispatch() {
	for c.permits > 0 && c.next < c.t.readable() {
		e := &c.t.entries[c.next]
		if !e.hidden() {
			id := c.t.id(c.next)
			id.BatchIndex = nil
			c.p.send(&pulsarpb.Command{Type: new(int32(9)),
				Message: &pulsarpb.Message{Consumer: new(c.id), Id: id}}, e.payload)
			c.permits -= max(int(e.meta.GetBatchSize()), 1)
		}
		c.next++
	}
}

// dispatchAll sends all consumers of a topic what they may have.
func (s *Server) dispatchAll() {
	for p := range s.peers {
		for _, c := range p.consumers {
			c.dispatch()
		}
	}
}

// metadata of an entry, whose checksum has been checked by nobody.
func metadata(b []byte) (*pulsarpb.Metadata, error) {
	m := &pulsarpb.Metadata{}
	n := binary.BigEndian.Uint32(b[6:])
	return m, proto.Unmarshal(b[10:10+n], m)
}

// seek moves a subscription to an identifier or a time of publishing.
func (t *topic) seek(sub *subscription, s *pulsarpb.Seek) {
	if s.Id != nil {
		sub.next = t.index(s.Id)
		return
	}
	sub.next = 0
	for sub.next < len(t.entries) && t.entries[sub.next].meta.GetPublishTime() < s.GetPublishTime() {
		sub.next++
	}
}
