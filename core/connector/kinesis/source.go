package kinesis

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// Source reads streams.
type Source struct {
	table     *connector.Table
	account   *account
	client    *api.Client
	streams   []string
	format    *format.Format
	config    format.Config // of the columns that records hold
	physical  []int         // those columns of the table
	columns   []int         // of the table, in the order of the output
	errors    connector.DecodeErrors
	first     position
	newFirst  bool // streams that a checkpoint does not know begin at first
	assign    assigner
	discovery time.Duration // 0: once
	interval  time.Duration // between requests to a shard
	limit     int32         // records of a request
	listing   backoff
	iterators backoff
	getting   backoff
}

var (
	_ connector.Source             = (*Source)(nil)
	_ connector.ChangelogSource    = (*Source)(nil)
	_ connector.ProjectionPushDown = (*Source)(nil)
)

func newSource(t *connector.Table) (connector.Source, error) {
	o := t.OptionReader()
	s := &Source{table: t, errors: connector.ReadDecodeErrors(t, o), streams: list(o, "stream")}
	if len(s.streams) == 0 {
		o.Fail("stream", "the name of a stream")
	}
	name := o.Enum("scan.shard-assigner", "default", "default", "uniform")
	s.assign = assigners[name]
	if err := o.Err(); err != nil {
		return nil, err
	}
	if err := s.settings(); err != nil {
		return nil, err
	}
	var err error
	if s.account, err = readAccount(t); err != nil {
		return nil, err
	}
	s.client = api.NewFromConfig(s.account.config)
	if err := s.layout(); err != nil {
		return nil, err
	}
	_, err = newRows(s, nil) // for the checks of the format
	return s, err
}

func list(o *connector.Options, name string) []string {
	var out []string
	for _, p := range strings.Split(o.String(name, ""), ";") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// settings reads how streams are read.
func (s *Source) settings() error {
	set, err := readSettings(s.table)
	if err != nil {
		return err
	}
	s.first = readPosition(set)
	s.newFirst = set.o.Bool(set.name("stream.initpos-for-new-streams"), false)
	s.discovery = max(set.millis("shard.discovery.intervalmillis", 10000, -1), 0)
	s.interval = set.millis("shard.getrecords.intervalmillis", 200, 0)
	s.limit = int32(min(set.o.Int(set.name("shard.getrecords.maxrecordcount"), 10000, 1), 10000))
	s.listing, s.iterators = set.backoff("list.shards"), set.backoff("shard.getiterator")
	s.getting = set.backoff("shard.getrecords")
	if name := set.name("stream.recordpublisher"); set.o.Enum(name, "POLLING", "POLLING", "EFO") == "EFO" {
		return errs.Userf("table '%s': option '%s' = 'EFO': enhanced fan-out is not built in",
			s.table.Name, name).Fix("leave '%s' out: POLLING reads the same records, each shard at up to "+
			"2 MB a second, which its readers share", name)
	}
	return set.o.Err()
}

// layout finds the columns that records hold.
func (s *Source) layout() error {
	t := s.table
	var fields []types.Field
	for i, f := range t.Schema.Fields {
		s.columns = append(s.columns, i)
		key, isMeta := t.Metadata[f.Name]
		if !isMeta {
			s.physical = append(s.physical, i)
			fields = append(fields, f)
			continue
		}
		if metadata[key].Kind == types.Null {
			names := []string{metaTimestamp, metaSequence, metaShard}
			e := errs.Userf("table '%s': column '%s': connector 'kinesis' has no metadata '%s'", t.Name,
				f.Name, key)
			if hint := errs.DidYouMean(key, names); hint != "" {
				return e.Fix("%s", hint)
			}
			return e.Fix("it has %s", strings.Join(names, ", "))
		}
	}
	f, options, err := format.Of(t, "format")
	if err != nil {
		return err
	}
	if f.NewDecoder == nil {
		return errs.Userf("table '%s': format '%s' is not for records that are read", t.Name, f.Name).
			Fix("use json, csv, avro, protobuf or raw")
	}
	s.format = f
	s.config = format.Config{Table: t.Name, Schema: types.NewSchema(fields...), Options: options,
		Zone: t.Zone, Subject: s.streams[0] + "-value"}
	return nil
}

// Schema implements connector.Source.
func (s *Source) Schema() *types.Schema {
	return connector.ProjectSchema(s.table.Schema, s.columns)
}

// Bounded implements connector.Source.
func (s *Source) Bounded() bool { return false }

// Kinds implements connector.ChangelogSource.
func (s *Source) Kinds() connector.Kinds { return max(s.format.Reads, connector.InsertOnly) }

// Project implements connector.ProjectionPushDown.
func (s *Source) Project(columns []int) (connector.Source, error) {
	out := *s
	out.columns = make([]int, len(columns))
	for i, c := range columns {
		out.columns[i] = s.columns[c]
	}
	return &out, nil
}

// stream is a stream by name or by ARN.
func stream(of string) (name, arn *string) {
	if strings.HasPrefix(of, "arn:") {
		return nil, aws.String(of)
	}
	return aws.String(of), nil
}

// noStream says which streams there are when one is not.
func noStream(ctx context.Context, a *account, c *api.Client, of string, cause error) error {
	e := errs.Userf("table '%s': there is no stream '%s'", a.table, of).Wrap(cause)
	out, err := c.ListStreams(ctx, &api.ListStreamsInput{Limit: aws.Int32(1000)})
	if err != nil || slices.Contains(out.StreamNames, of) {
		return e
	}
	if hint := errs.DidYouMean(of, out.StreamNames); hint != "" {
		return e.Fix("%s", hint)
	}
	return e.Fix("create it first, or check region and account")
}
