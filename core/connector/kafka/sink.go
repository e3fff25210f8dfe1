package kafka

import (
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
)

// Sink writes to topics.
type Sink struct {
	*layout
	guarantee   connector.Guarantee
	prefix      string // of the ids of transactions
	partitioner string
	flushRows   int64
	flushEvery  time.Duration
	topicAt     int // column with the topic, -1: none
	headersAt   int
	timeAt      int
}

var (
	_ connector.Sink          = (*Sink)(nil)
	_ connector.ChangelogSink = (*Sink)(nil)
)

func newSink(t *connector.Table, upsert bool) (*Sink, error) {
	l, err := newLayout(t, upsert)
	if err != nil {
		return nil, err
	}
	o := t.OptionReader()
	s := &Sink{layout: l, prefix: o.String("sink.transactional-id-prefix", ""),
		partitioner: strings.ToLower(o.String("sink.partitioner", "default")),
		flushRows:   o.Int("sink.buffer-flush.max-rows", 0, 0),
		flushEvery:  o.Duration("sink.buffer-flush.interval", 0),
		topicAt:     -1, headersAt: -1, timeAt: -1}
	switch o.Enum("sink.delivery-guarantee", "at-least-once", "exactly-once", "at-least-once",
		"none") {
	case "exactly-once":
		s.guarantee = connector.ExactlyOnce
	case "none":
		s.guarantee = connector.NoGuarantee
	}
	if s.guarantee == connector.ExactlyOnce && s.prefix == "" {
		return nil, errs.Userf("table '%s': exactly-once delivery needs the option "+
			"'sink.transactional-id-prefix'", t.Name).Fix("give each sink a prefix of its own")
	}
	if (s.flushRows > 0) != (s.flushEvery > 0) {
		return nil, errs.Userf("table '%s': 'sink.buffer-flush.max-rows' and "+
			"'sink.buffer-flush.interval' must be set to more than zero together", t.Name)
	}
	if err := s.metadata(); err != nil {
		return nil, err
	}
	if err := s.route(o); err != nil {
		return nil, err
	}
	for _, p := range []*part{l.value, l.key} {
		if p == nil {
			continue
		}
		if p.format.NewEncoder == nil {
			return nil, errs.Userf("table '%s': format '%s' cannot be written, only read", t.Name,
				p.format.Name)
		}
		if _, err := p.format.NewEncoder(&p.config); err != nil {
			return nil, err
		}
	}
	return s, o.Err()
}

// metadata finds the columns that are written as metadata.
func (s *Sink) metadata() error {
	for _, m := range s.meta {
		switch m.key {
		case metaTopic:
			s.topicAt = m.column
		case metaHeaders:
			s.headersAt = m.column
		case metaTimestamp:
			s.timeAt = m.column
		default:
			return errs.Userf("table '%s': metadata '%s' of column '%s' can only be read",
				s.table.Name, m.key, s.table.Schema.Fields[m.column].Name).
				Fix("declare the column VIRTUAL")
		}
	}
	for _, m := range s.valueAt {
		return errs.Userf("table '%s': metadata 'value.%s' can only be read", s.table.Name, m.key).
			Fix("declare the column VIRTUAL")
	}
	if s.headersAt >= 0 {
		if t := s.table.Schema.Fields[s.headersAt].Type; t.Kind != types.Map || !t.Key.IsString() ||
			!t.Elem.IsBytes() {
			return errs.Userf("table '%s': metadata 'headers' is MAP<STRING, BYTES>, not %s",
				s.table.Name, t)
		}
	}
	if s.timeAt >= 0 {
		if t := s.table.Schema.Fields[s.timeAt].Type; !t.IsTimestamp() {
			return errs.Userf("table '%s': metadata 'timestamp' is TIMESTAMP_LTZ(3), not %s",
				s.table.Name, t)
		}
	}
	return nil
}

// route checks where records go.
func (s *Sink) route(o *connector.Options) error {
	t := s.table
	switch {
	case o.Has("topic-pattern"):
		return errs.Userf("table '%s': 'topic-pattern' is for reading", t.Name).
			Fix("write to one topic: 'topic' = '…'")
	case s.topicAt < 0 && !s.pair && len(s.topics) != 1:
		return errs.Userf("table '%s': a sink needs exactly one 'topic', not %d", t.Name,
			len(s.topics)).Fix("or a column with METADATA FROM 'topic'")
	}
	known := []string{"default", "fixed", "round-robin"}
	if !slices.Contains(known, s.partitioner) {
		e := errs.Userf("table '%s': option 'sink.partitioner' = '%s' is not one of %s", t.Name,
			s.partitioner, strings.Join(known, ", "))
		return e.Fix("%s", errs.DidYouMean(s.partitioner, known))
	}
	if s.partitioner == "round-robin" && s.key != nil && !s.upsert {
		return errs.Userf("table '%s': 'sink.partitioner' = 'round-robin' does not go with a key",
			t.Name).Fix("use 'default', which keeps the records of a key together")
	}
	return nil
}

// Accepts implements connector.ChangelogSink.
func (s *Sink) Accepts() connector.Kinds {
	if s.upsert {
		return connector.UpsertOnly
	}
	return max(s.value.format.Writes, connector.InsertOnly)
}

// partition is the option that picks partitions.
func (s *Sink) partition(subtask int) kgo.Opt {
	switch s.partitioner {
	case "fixed":
		return kgo.RecordPartitioner(kgo.BasicConsistentPartitioner(
			func(string) func(*kgo.Record, int) int {
				return func(_ *kgo.Record, n int) int { return subtask % n }
			}))
	case "round-robin":
		return kgo.RecordPartitioner(kgo.RoundRobinPartitioner())
	}
	return kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil))
}

// NewWriter implements connector.Sink.
func (s *Sink) NewWriter(ctx *connector.WriterContext) (connector.Writer, error) {
	w := &writer{sink: s, ctx: ctx, last: ctx.RestoredCheckpoint}
	var err error
	if w.value, err = s.value.format.NewEncoder(&s.value.config); err != nil {
		return nil, err
	}
	if s.key != nil {
		if w.key, err = s.key.format.NewEncoder(&s.key.config); err != nil {
			return nil, err
		}
	}
	if s.flushRows > 0 {
		w.buffer = newBuffer(w)
	}
	if s.guarantee == connector.ExactlyOnce {
		return w, s.abortLeft(ctx)
	}
	return w, nil
}

// NewCommitter implements connector.Sink.
func (s *Sink) NewCommitter(ctx *connector.WriterContext) (connector.Committer, error) {
	if s.guarantee != connector.ExactlyOnce {
		return nil, nil
	}
	return &committer{sink: s, ctx: ctx}, nil
}
