package pulsar

import (
	"regexp"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/pulsar/broker"
	"github.com/headrace/headrace/core/data/types"
)

// Source reads topics.
type Source struct {
	*layout
	projection   []int // columns of the table, in the order of the output
	pattern      *regexp.Regexp
	namespace    string // of pattern
	subscription string
	start        startCursor
	stop         stopCursor
	streaming    bool
	keys         keyRange
	reset        bool          // the subscription starts anew whenever the job does
	strict       bool          // what is not there any more fails the job
	auto         time.Duration // without checkpoints, acknowledge this often; 0: never
	discovery    time.Duration
	queue        int
	priority     int
	compacted    bool
	decodeErrors connector.DecodeErrors
}

var (
	_ connector.Source             = (*Source)(nil)
	_ connector.ChangelogSource    = (*Source)(nil)
	_ connector.ProjectionPushDown = (*Source)(nil)
	_ connector.WatermarkPushDown  = (*Source)(nil)
)

func newSource(t *connector.Table) (*Source, error) {
	l, err := newLayout(t)
	if err != nil {
		return nil, err
	}
	o := t.OptionReader()
	s := &Source{layout: l, start: readStart(o), stop: readStop(o), keys: readRange(o),
		streaming:    o.Bool("source.stop.streaming", false),
		decodeErrors: connector.ReadDecodeErrors(t, o)}
	s.subscription = o.String("source.subscription-name",
		l.cluster.get("pulsar.consumer.subscriptionName", ""))
	for i := range t.Schema.Fields {
		s.projection = append(s.projection, i)
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	if s.subscription == "" {
		return nil, errs.Userf("table '%s': reading needs the option 'source.subscription-name'",
			t.Name)
	}
	if err := s.readPattern(o); err != nil {
		return nil, err
	}
	if err := s.readSettings(); err != nil {
		return nil, err
	}
	if s.start.placed() && !s.reset && l.cluster.admin == "" {
		return nil, errs.Userf("table '%s': a start at a message or a time needs the option "+
			"'admin-url'", t.Name).Fix("the brokers do not tell a new subscription from one to go on " +
			"with; or set 'pulsar.source.resetSubscriptionCursor' = 'true'")
	}
	if l.format.NewDecoder == nil {
		return nil, errs.Userf("table '%s': format '%s' cannot be read, only written", t.Name,
			l.format.Name)
	}
	_, err = newRows(s, nil) // for the checks of the format
	return s, err
}

func (s *Source) readPattern(o *connector.Options) error {
	p := o.String("topic-pattern", "")
	if (p == "") == (len(s.topics) == 0) {
		return errs.Userf("table '%s': exactly one of 'topics' and 'topic-pattern' is needed",
			s.table.Name)
	}
	if p == "" {
		return nil
	}
	p = strings.TrimPrefix(p, scheme)
	if strings.Count(p, "/") < 2 {
		p = "public/default/" + p
	}
	parts := strings.SplitN(p, "/", 3)
	s.namespace = parts[0] + "/" + parts[1]
	var err error
	if s.pattern, err = regexp.Compile("^(?:" + p + ")$"); err != nil ||
		regexp.QuoteMeta(s.namespace) != strings.ReplaceAll(s.namespace, ".", `\.`) {
		o.Fail("topic-pattern", "a regular expression behind 'tenant/namespace/'")
	}
	return o.Err()
}

// readSettings reads 'pulsar.source.*' and 'pulsar.consumer.*'.
func (s *Source) readSettings() error {
	c := s.cluster
	every, err := c.number("pulsar.source.partitionDiscoveryIntervalMs", 5*60_000, -1<<62)
	if err != nil {
		return err
	}
	s.discovery = time.Duration(max(every, 0)) * time.Millisecond
	if s.stop.kind != stopNever { // what comes later is behind the end
		s.discovery = 0
	}
	queue, err := c.number("pulsar.consumer.receiverQueueSize", 1000, 0)
	if err != nil {
		return err
	}
	s.queue = max(int(min(queue, 1<<20)), 1)
	priority, err := c.number("pulsar.consumer.priorityLevel", 0, 0)
	if err != nil {
		return err
	}
	s.priority = int(priority)
	if s.compacted, err = c.flag("pulsar.consumer.readCompacted", false); err != nil {
		return err
	}
	if s.reset, err = c.flag("pulsar.source.resetSubscriptionCursor", false); err != nil {
		return err
	}
	verify, err := c.word("pulsar.source.verifyInitialOffsets", "WARN_ON_MISMATCH",
		"WARN_ON_MISMATCH", "FAIL_ON_MISMATCH")
	if err != nil {
		return err
	}
	s.strict = verify == "FAIL_ON_MISMATCH"
	auto, err := c.flag("pulsar.source.enableAutoAcknowledgeMessage", false)
	if err != nil {
		return err
	}
	interval, err := c.number("pulsar.source.autoCommitCursorInterval", 5000, 1)
	if auto {
		s.auto = time.Duration(interval) * time.Millisecond
	}
	return err
}

// subscribe is what a consumer of a partition asks for.
func (s *Source) subscribe(topic string) broker.Subscription {
	return broker.Subscription{Topic: topic, Name: s.subscription,
		Consumer:   s.cluster.get("pulsar.consumer.consumerName", ""),
		Properties: s.cluster.properties("pulsar.consumer.properties"),
		FromLatest: s.start.latest, Queue: s.queue, Compacted: s.compacted,
		Priority: int32(s.priority)}
}

// Schema implements connector.Source.
func (s *Source) Schema() *types.Schema {
	return connector.ProjectSchema(s.table.Schema, s.projection)
}

// Bounded implements connector.Source.
func (s *Source) Bounded() bool { return s.stop.kind != stopNever && !s.streaming }

// Kinds implements connector.ChangelogSource.
func (s *Source) Kinds() connector.Kinds { return max(s.format.Reads, connector.InsertOnly) }

// Project implements connector.ProjectionPushDown.
func (s *Source) Project(columns []int) (connector.Source, error) {
	out := *s
	out.projection = make([]int, len(columns))
	for i, c := range columns {
		out.projection[i] = s.projection[c]
	}
	return &out, nil
}

// PushWatermarks implements connector.WatermarkPushDown.
func (s *Source) PushWatermarks() {}
