package broker

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/headrace/headrace/core/connector/pulsar/pulsarpb"
)

// ID is the place of a message in its topic. Entries of a ledger hold one message (Batch -1) or
// a batch of them.
type ID struct {
	Ledger, Entry int64
	Batch         int32
}

// Earliest is before all messages; Latest is behind them.
var (
	Earliest = ID{Ledger: -1, Entry: -1, Batch: -1}
	Latest   = ID{Ledger: math.MaxInt64, Entry: math.MaxInt64, Batch: -1}
)

// Compare orders places; a whole entry is before the messages of its batch.
func (a ID) Compare(b ID) int {
	return cmp.Or(cmp.Compare(a.Ledger, b.Ledger), cmp.Compare(a.Entry, b.Entry),
		cmp.Compare(a.Batch, b.Batch))
}

// SameEntry says whether both are of one entry.
func (a ID) SameEntry(b ID) bool { return a.Ledger == b.Ledger && a.Entry == b.Entry }

// Before says whether the entry is before another one.
func (a ID) Before(b ID) bool {
	return a.Ledger < b.Ledger || a.Ledger == b.Ledger && a.Entry < b.Entry
}

func (a ID) String() string {
	s := strconv.FormatInt(a.Ledger, 10) + ":" + strconv.FormatInt(a.Entry, 10)
	if a.Batch >= 0 {
		s += ":" + strconv.Itoa(int(a.Batch))
	}
	return s
}

func (a ID) wire() *pulsarpb.MessageId {
	m := &pulsarpb.MessageId{Ledger: new(uint64(a.Ledger)), Entry: new(uint64(a.Entry))}
	if a.Batch >= 0 {
		m.BatchIndex = new(a.Batch)
	}
	return m
}

func idOf(m *pulsarpb.MessageId) ID {
	return ID{int64(m.GetLedger()), int64(m.GetEntry()), m.GetBatchIndex()}
}

// ParseID reads the bytes that Pulsar's clients give for a message's identifier.
func ParseID(b []byte) (ID, error) {
	m := &pulsarpb.MessageId{}
	if err := proto.Unmarshal(b, m); err != nil {
		return ID{}, err
	}
	return idOf(m), nil
}

// AppendID writes the bytes that Pulsar's clients read.
func (a ID) AppendID(b []byte) ([]byte, error) {
	return proto.MarshalOptions{}.MarshalAppend(b, a.wire())
}

// Property is a pair of a message's properties.
type Property struct{ Key, Value string }

// Message is one message.
type Message struct {
	ID          ID
	Key         []byte // nil: none
	OrderingKey []byte
	Value       []byte // nil: none
	Properties  []Property
	PublishTime int64 // milliseconds
	EventTime   int64 // 0: none
	Producer    string
	Sequence    uint64
	Last        bool // of its entry
}

// Size is about how much memory the message takes.
func (m *Message) Size() int { return 128 + len(m.Key) + len(m.Value) + 32*len(m.Properties) }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const (
	magicChecksum = 0x0e01
	magicBroker   = 0x0e02
)

// parseEntry reads what follows a MESSAGE command.
func parseEntry(b []byte) (*pulsarpb.Metadata, []byte, error) {
	if len(b) >= 6 && binary.BigEndian.Uint16(b) == magicBroker {
		n := int(binary.BigEndian.Uint32(b[2:]))
		if n > len(b)-6 {
			return nil, nil, fmt.Errorf("it is cut short")
		}
		b = b[6+n:]
	}
	if len(b) >= 6 && binary.BigEndian.Uint16(b) == magicChecksum {
		if sum := binary.BigEndian.Uint32(b[2:]); crc32.Checksum(b[6:], castagnoli) != sum {
			return nil, nil, fmt.Errorf("its checksum is wrong")
		}
		b = b[6:]
	}
	if len(b) < 4 {
		return nil, nil, fmt.Errorf("it is cut short")
	}
	n := int(binary.BigEndian.Uint32(b))
	if n > len(b)-4 {
		return nil, nil, fmt.Errorf("it is cut short")
	}
	meta := &pulsarpb.Metadata{}
	if err := proto.Unmarshal(b[4:4+n], meta); err != nil {
		return nil, nil, err
	}
	return meta, b[4+n:], nil
}

// decodeEntry returns the messages of an entry, and how many there were; left are the bits of
// those that are still to be read, nil: all are.
func decodeEntry(id ID, left []int64, b []byte) (list []Message, size int, err error) {
	meta, payload, err := parseEntry(b)
	switch {
	case err != nil:
		return nil, 0, err
	case meta.MarkerType != nil:
		return nil, 1, nil // of the brokers' own
	case len(meta.EncryptionKeys) > 0:
		return nil, 0, fmt.Errorf("it is encrypted, which is not supported")
	case meta.GetChunks() > 1:
		return nil, 0, fmt.Errorf("it is part of a message in chunks, which is not supported")
	}
	payload, err = decompress(meta.GetCompression(), payload, int(meta.GetUncompressedSize()))
	if err != nil {
		return nil, 0, err
	}
	common := Message{ID: id, PublishTime: int64(meta.GetPublishTime()),
		EventTime: int64(meta.GetEventTime()), Producer: meta.GetProducerName(),
		Sequence: meta.GetSequence()}
	if meta.BatchSize == nil { // one message without metadata of its own
		m := common
		m.ID.Batch, m.Last = -1, true
		m.OrderingKey, m.Properties = meta.OrderingKey, properties(meta.Properties)
		if m.Key, err = key(meta.Key, meta.GetKeyBase64()); err != nil {
			return nil, 0, err
		}
		if !meta.GetNullValue() {
			if m.Value = payload; payload == nil {
				m.Value = []byte{}
			}
		}
		return []Message{m}, 1, nil
	}
	common.EventTime = 0 // each message of a batch says its own
	list, err = decodeBatch(common, int(meta.GetBatchSize()), left, payload)
	return list, int(meta.GetBatchSize()), err
}

// decodeBatch takes the messages of a batch apart.
func decodeBatch(common Message, n int, left []int64, payload []byte) ([]Message, error) {
	short := fmt.Errorf("its batch is cut short")
	if n < 0 || n > len(payload)/4 {
		return nil, short
	}
	out := make([]Message, 0, n)
	for i := range n {
		if len(payload) < 4 {
			return nil, short
		}
		size := int(binary.BigEndian.Uint32(payload))
		if size > len(payload)-4 {
			return nil, short
		}
		m := common
		m.ID.Batch, m.Last = int32(i), i == n-1
		single, err := m.describe(payload[4 : 4+size])
		if err != nil {
			return nil, err
		}
		payload = payload[4+size:]
		if single.size < 0 || single.size > int64(len(payload)) {
			return nil, short
		}
		if !single.null {
			m.Value = payload[:single.size:single.size]
		}
		payload = payload[single.size:]
		if !single.gone && isLeft(left, i) {
			out = append(out, m)
		}
	}
	return out, nil
}

// single is what the metadata of a message of a batch says beside what is in a Message.
type single struct {
	size int64 // of its value
	null bool  // it has none
	gone bool  // a newer one of its key has taken its place
}

// describe takes what a message of a batch says of itself, which is pulsarpb.Single; b is kept.
func (m *Message) describe(b []byte) (s single, err error) {
	coded := false
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return s, protowire.ParseError(n)
		}
		b = b[n:]
		var text []byte
		var value uint64
		switch kind {
		case protowire.BytesType:
			text, n = protowire.ConsumeBytes(b)
			text = text[:len(text):len(text)]
		case protowire.VarintType:
			value, n = protowire.ConsumeVarint(b)
		default:
			n = protowire.ConsumeFieldValue(number, kind, b)
		}
		if n < 0 {
			return s, protowire.ParseError(n)
		}
		b = b[n:]
		switch {
		case kind == protowire.BytesType && number == 1:
			p := &pulsarpb.KeyValue{}
			if err := proto.Unmarshal(text, p); err != nil {
				return s, err
			}
			m.Properties = append(m.Properties, Property{p.GetKey(), p.GetValue()})
		case kind == protowire.BytesType && number == 2:
			m.Key = text
		case kind == protowire.BytesType && number == 7:
			m.OrderingKey = text
		case kind != protowire.VarintType:
		case number == 3:
			s.size = int64(int32(value))
		case number == 4:
			s.gone = value != 0
		case number == 5:
			m.EventTime = int64(value)
		case number == 6:
			coded = value != 0
		case number == 8:
			m.Sequence = value
		case number == 9:
			s.null = value != 0
		}
	}
	if coded && m.Key != nil {
		m.Key, err = base64.StdEncoding.DecodeString(string(m.Key))
	}
	return s, err
}

// isLeft says whether a message of a batch is still to be read.
func isLeft(bits []int64, i int) bool {
	return len(bits) == 0 || i/64 < len(bits) && bits[i/64]&(1<<(i%64)) != 0
}

func properties(list []*pulsarpb.KeyValue) []Property {
	if len(list) == 0 {
		return nil
	}
	out := make([]Property, len(list))
	for i, p := range list {
		out[i] = Property{p.GetKey(), p.GetValue()}
	}
	return out
}

func key(text *string, coded bool) ([]byte, error) {
	switch {
	case text == nil:
		return nil, nil
	case coded:
		return base64.StdEncoding.DecodeString(*text)
	}
	return []byte(*text), nil
}

// appendSingle adds a message to the payload of a batch.
func appendSingle(b []byte, m *Message) []byte {
	at := len(b)
	b = append(b, 0, 0, 0, 0)
	for _, p := range m.Properties {
		b = protowire.AppendTag(b, 1, protowire.BytesType)
		b = protowire.AppendVarint(b, uint64(protowire.SizeTag(1)+protowire.SizeBytes(len(p.Key))+
			protowire.SizeTag(2)+protowire.SizeBytes(len(p.Value))))
		b = protowire.AppendString(protowire.AppendTag(b, 1, protowire.BytesType), p.Key)
		b = protowire.AppendString(protowire.AppendTag(b, 2, protowire.BytesType), p.Value)
	}
	if m.Key != nil {
		b = protowire.AppendBytes(protowire.AppendTag(b, 2, protowire.BytesType), m.Key)
	}
	b = protowire.AppendTag(b, 3, protowire.VarintType)
	b = protowire.AppendVarint(b, uint64(len(m.Value)))
	if m.EventTime > 0 {
		b = protowire.AppendTag(b, 5, protowire.VarintType)
		b = protowire.AppendVarint(b, uint64(m.EventTime))
	}
	if m.OrderingKey != nil {
		b = protowire.AppendBytes(protowire.AppendTag(b, 7, protowire.BytesType), m.OrderingKey)
	}
	if m.Value == nil {
		b = protowire.AppendVarint(protowire.AppendTag(b, 9, protowire.VarintType), 1)
	}
	binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return append(b, m.Value...)
}

// Entry is what is sent together: one message, or a batch of them.
type Entry struct {
	Messages  []Message
	Single    bool  // a message without a batch around it
	DeliverAt int64 // milliseconds, 0: at once
	Txn       *Txn  // nil: none
}

// oneKey says whether all messages have the same key, which is then that of the entry: brokers
// dispatch by it.
func (e *Entry) oneKey() bool {
	for i := range e.Messages {
		if m := &e.Messages[i]; m.Key == nil || string(m.Key) != string(e.Messages[0].Key) {
			return false
		}
	}
	return true
}

// encode makes what follows a SEND command.
func (e *Entry) encode(producer string, sequence uint64, now int64, c Compression) ([]byte, error) {
	meta := &pulsarpb.Metadata{ProducerName: new(producer), Sequence: new(sequence),
		PublishTime: new(uint64(now))}
	var payload []byte
	first := &e.Messages[0]
	if e.Single {
		meta.Properties = make([]*pulsarpb.KeyValue, len(first.Properties))
		for i, p := range first.Properties {
			meta.Properties[i] = &pulsarpb.KeyValue{Key: new(p.Key), Value: new(p.Value)}
		}
		meta.OrderingKey = first.OrderingKey
		if first.Value == nil {
			meta.NullValue = new(true)
		}
		payload = first.Value
	} else {
		meta.BatchSize = new(int32(len(e.Messages)))
		size := 0
		for i := range e.Messages {
			size += e.Messages[i].Size()
		}
		payload = make([]byte, 0, size)
		for i := range e.Messages {
			payload = appendSingle(payload, &e.Messages[i])
		}
	}
	if first.Key != nil && e.oneKey() {
		meta.Key = new(string(first.Key))
	}
	if e.Single && first.EventTime > 0 {
		meta.EventTime = new(uint64(first.EventTime))
	}
	if e.DeliverAt > 0 {
		meta.DeliverAt = new(e.DeliverAt)
	}
	if e.Txn != nil {
		meta.TxnMost, meta.TxnLeast = new(e.Txn.Most), new(e.Txn.Least)
	}
	if c != None {
		meta.Compression, meta.UncompressedSize = new(int32(c)), new(uint32(len(payload)))
		payload = compress(c, payload)
	}
	head := proto.Size(meta)
	out := make([]byte, 10, 10+head+len(payload))
	binary.BigEndian.PutUint16(out, magicChecksum)
	binary.BigEndian.PutUint32(out[6:], uint32(head))
	out, err := proto.MarshalOptions{}.MarshalAppend(out, meta)
	if err != nil {
		return nil, err
	}
	out = append(out, payload...)
	binary.BigEndian.PutUint32(out[2:], crc32.Checksum(out[6:], castagnoli))
	return out, nil
}

func sizeText(n int) string { return strconv.Itoa(n) + " bytes" }
