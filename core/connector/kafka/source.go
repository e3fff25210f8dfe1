package kafka

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
)

// Source reads topics.
type Source struct {
	*layout
	columns     []int // of the table, in the order of the output
	pattern     *regexp.Regexp
	parts       []partition // given one by one; nil: of topics
	start, stop bound
	streaming   bool // the source counts as unbounded although it ends
	discovery   time.Duration
	policy      string // for records that cannot be decoded
	deadTopic   string
	toFiles     *connector.DecodeErrors // dead letters go to files instead; nil: not
}

var (
	_ connector.Source             = (*Source)(nil)
	_ connector.ChangelogSource    = (*Source)(nil)
	_ connector.ProjectionPushDown = (*Source)(nil)
	_ connector.WatermarkPushDown  = (*Source)(nil)
)

func newSource(t *connector.Table, upsert bool) (*Source, error) {
	l, err := newLayout(t, upsert)
	if err != nil {
		return nil, err
	}
	o := t.OptionReader()
	s := &Source{layout: l, streaming: o.Bool("scan.bounded.streaming", false)}
	for i := range t.Schema.Fields {
		s.columns = append(s.columns, i)
	}
	if err := s.subscription(o); err != nil {
		return nil, err
	}
	s.start, s.stop = readBounds(o, l)
	s.discovery = o.Duration("scan.topic-partition-discovery.interval", 5*time.Minute)
	l.client.number("partition.discovery.interval.ms",
		func(n int) { s.discovery = max(ms(n), 0) })
	if s.stop.mode != "unbounded" { // what comes later is behind the end
		s.discovery = 0
	}
	s.policy = o.Enum("scan.decode-error.policy", "fail", "fail", "skip", "dead-letter")
	s.deadTopic = o.String("scan.decode-error.topic", "")
	switch files := o.Has("scan.decode-error.path"); {
	case files && s.deadTopic != "":
		o.Fail("scan.decode-error.path", "possible beside 'scan.decode-error.topic'")
	case files && s.policy == "dead-letter":
		d := connector.ReadDecodeErrors(t, o)
		s.toFiles = &d
	case s.policy == "dead-letter" && s.deadTopic == "":
		o.Fail("scan.decode-error.policy", "possible without 'scan.decode-error.topic' or "+
			"'scan.decode-error.path'")
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	for _, p := range []*part{l.value, l.key} {
		if p == nil {
			continue
		}
		if p.format.NewDecoder == nil {
			return nil, errs.Userf("table '%s': format '%s' cannot be read, only written", t.Name,
				p.format.Name)
		}
	}
	_, err = newRows(s, nil) // for the checks of the formats
	return s, err
}

// subscription reads topic, topic-pattern and topic-partitions: one of them.
func (s *Source) subscription(o *connector.Options) error {
	given := 0
	for _, name := range []string{"topic", "topic-pattern", "topic-partitions"} {
		if o.Has(name) {
			given++
		}
	}
	if given != 1 {
		return errs.Userf("table '%s': exactly one of 'topic' and 'topic-pattern' is needed",
			s.table.Name)
	}
	if p := o.String("topic-pattern", ""); p != "" {
		var err error
		if s.pattern, err = regexp.Compile("^(?:" + p + ")$"); err != nil {
			o.Fail("topic-pattern", "a regular expression")
		}
	}
	for _, name := range splitList(o.String("topic-partitions", "")) {
		topic, number, _ := cutLast(name, ":")
		n, err := strconv.ParseInt(number, 10, 32)
		if err != nil || topic == "" || n < 0 {
			o.Fail("topic-partitions", "a list like 'topic:0;topic:1'")
			break
		}
		s.parts = append(s.parts, partition{topic, int32(n)})
	}
	return o.Err()
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// Schema implements connector.Source.
func (s *Source) Schema() *types.Schema {
	return connector.ProjectSchema(s.table.Schema, s.columns)
}

// Bounded implements connector.Source.
func (s *Source) Bounded() bool { return s.stop.mode != "unbounded" && !s.streaming }

// Kinds implements connector.ChangelogSource.
func (s *Source) Kinds() connector.Kinds {
	if s.upsert {
		return connector.UpsertOnly
	}
	return max(s.value.format.Reads, connector.InsertOnly)
}

// Project implements connector.ProjectionPushDown.
func (s *Source) Project(columns []int) (connector.Source, error) {
	out := *s
	out.columns = connector.Picked(s.columns, columns)
	return &out, nil
}

func isUnknownTopic(err error) bool { return errors.Is(err, kerr.UnknownTopicOrPartition) }

// PushWatermarks implements connector.WatermarkPushDown.
func (s *Source) PushWatermarks() {}
