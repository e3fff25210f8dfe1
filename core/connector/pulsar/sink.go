package pulsar

import (
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/pulsar/broker"
	"github.com/headrace/headrace/core/data/types"
)

// Sink writes to topics.
type Sink struct {
	*layout
	guarantee   connector.Guarantee
	byKey       bool
	hash        func(key []byte) int32
	delay       time.Duration
	batch       int // messages of an entry; 1: each is one without a batch around it
	batchBytes  int
	compression broker.Compression
	timeout     time.Duration // of an entry
	ttl         time.Duration // of a transaction
	refresh     time.Duration // look for new partitions this often; 0: never
	keyAt       int           // column with the key, -1: none
	orderingAt  int
	timeAt      int
	propsAt     int
}

var (
	_ connector.Sink          = (*Sink)(nil)
	_ connector.ChangelogSink = (*Sink)(nil)
)

func newSink(t *connector.Table) (*Sink, error) {
	l, err := newLayout(t)
	if err != nil {
		return nil, err
	}
	o := t.OptionReader()
	s := &Sink{layout: l, keyAt: -1, orderingAt: -1, timeAt: -1, propsAt: -1,
		delay: o.Duration("sink.message-delay-interval", 0)}
	s.byKey = o.Enum("sink.topic-routing-mode", "round-robin", "round-robin", "message-key-hash") ==
		"message-key-hash"
	if err := s.readGuarantee(o); err != nil {
		return nil, err
	}
	switch {
	case o.Has("sink.custom-topic-router"):
		return nil, errs.Userf("table '%s': 'sink.custom-topic-router' is a Java class, which cannot "+
			"be run", t.Name).Fix("give each element a key and set 'sink.topic-routing-mode' = " +
			"'message-key-hash', or write to several sinks")
	case o.Has("topic-pattern"):
		return nil, errs.Userf("table '%s': 'topic-pattern' is for reading", t.Name).
			Fix("name the topics to write to: 'topics' = '…'")
	case len(l.topics) == 0:
		return nil, errs.Userf("table '%s': writing needs the option 'topics'", t.Name)
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	if err := s.metadata(); err != nil {
		return nil, err
	}
	if err := s.readSettings(); err != nil {
		return nil, err
	}
	if l.format.NewEncoder == nil {
		return nil, errs.Userf("table '%s': format '%s' cannot be written, only read", t.Name,
			l.format.Name)
	}
	_, err = l.format.NewEncoder(&l.config)
	return s, err
}

func (s *Sink) readGuarantee(o *connector.Options) error {
	word, err := s.cluster.word("pulsar.sink.deliveryGuarantee", "AT_LEAST_ONCE", "EXACTLY_ONCE",
		"AT_LEAST_ONCE", "NONE")
	if err != nil {
		return err
	}
	own := map[string]string{"EXACTLY_ONCE": "exactly-once", "AT_LEAST_ONCE": "at-least-once",
		"NONE": "none"}[word]
	switch o.Enum("sink.delivery-guarantee", own, "exactly-once", "at-least-once", "none") {
	case "exactly-once":
		s.guarantee = connector.ExactlyOnce
	case "none":
		s.guarantee = connector.NoGuarantee
	}
	return nil
}

// metadata finds the columns that are written around the value.
func (s *Sink) metadata() error {
	for i, key := range s.meta {
		f := s.table.Schema.Fields[i]
		need := ""
		switch key {
		case metaKey, metaOrdering:
			if !f.Type.IsBytes() && !f.Type.IsString() {
				need = "BYTES or STRING"
			}
			if key == metaKey {
				s.keyAt = i
			} else {
				s.orderingAt = i
			}
		case metaEventTime:
			s.timeAt = i
			if !f.Type.IsTimestamp() {
				need = "TIMESTAMP_LTZ(3)"
			}
		case metaProperties:
			s.propsAt = i
			if f.Type.Kind != types.Map || !f.Type.Key.IsString() || !f.Type.Elem.IsString() {
				need = "MAP<STRING, STRING>"
			}
		default:
			return errs.Userf("table '%s': metadata '%s' of column '%s' can only be read",
				s.table.Name, key, f.Name).Fix("declare the column VIRTUAL")
		}
		if need != "" {
			return errs.Userf("table '%s': metadata '%s' is %s, not %s", s.table.Name, key, need, f.Type)
		}
	}
	return nil
}

// readSettings reads 'pulsar.sink.*' and 'pulsar.producer.*'.
func (s *Sink) readSettings() error {
	c := s.cluster
	type number struct {
		key      string
		def, low int64
		to       func(n int64)
	}
	ms := func(to *time.Duration) func(n int64) {
		return func(n int64) { *to = time.Duration(n) * time.Millisecond }
	}
	for _, n := range []number{
		{"pulsar.producer.batchingMaxMessages", 1000, 1, func(n int64) { s.batch = int(n) }},
		{"pulsar.producer.batchingMaxBytes", 128 << 10, 1, func(n int64) { s.batchBytes = int(n) }},
		{"pulsar.producer.sendTimeoutMs", 30_000, 0, ms(&s.timeout)},
		{"pulsar.sink.transactionTimeoutMillis", 3 * 3600_000, 1000, ms(&s.ttl)},
		{"pulsar.sink.topicMetadataRefreshInterval", 30 * 60_000, 0, ms(&s.refresh)},
	} {
		v, err := c.number(n.key, n.def, n.low)
		if err != nil {
			return err
		}
		n.to(v)
	}
	batching, err := c.flag("pulsar.producer.batchingEnabled", true)
	if err != nil {
		return err
	}
	if !batching || s.delay > 0 { // brokers hold whole entries back
		s.batch = 1
	}
	word, err := c.word("pulsar.producer.compressionType", "NONE", broker.Compressions...)
	if err != nil {
		return err
	}
	for i, name := range broker.Compressions {
		if name == word {
			s.compression = broker.Compression(i)
		}
	}
	if word, err = c.word("pulsar.sink.messageKeyHash", "murmur-3-32-hash", "murmur-3-32-hash",
		"java-hash", "MURMUR3_32_HASH", "JAVA_HASH"); err != nil {
		return err
	}
	s.hash = broker.Murmur
	if word == "java-hash" || word == "JAVA_HASH" {
		s.hash = broker.JavaHash
	}
	return nil
}

// Accepts implements connector.ChangelogSink.
func (s *Sink) Accepts() connector.Kinds { return max(s.format.Writes, connector.InsertOnly) }

// NewWriter implements connector.Sink.
func (s *Sink) NewWriter(ctx *connector.WriterContext) (connector.Writer, error) {
	return newWriter(s, ctx)
}

// NewCommitter implements connector.Sink.
func (s *Sink) NewCommitter(ctx *connector.WriterContext) (connector.Committer, error) {
	if s.guarantee != connector.ExactlyOnce {
		return nil, nil
	}
	return &committer{sink: s, ctx: ctx}, nil
}
