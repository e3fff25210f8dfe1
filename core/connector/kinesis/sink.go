package kinesis

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	firehosetypes "github.com/aws/aws-sdk-go-v2/service/firehose/types"
	api "github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	rowtypes "github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

var partitionOptions = []connector.Option{
	{Name: "sink.partitioner", Type: "enum(random|fixed)", Default: "random",
		Doc: "Shards of rows: any, or one for each writer. Rows of a table with PARTITIONED BY go by " +
			"those columns."},
	{Name: "sink.partitioner-field-delimiter", Type: "string", Default: "|",
		Doc: "Text between the values of several columns of PARTITIONED BY."},
}

// sinkOptions are how rows are written; what the services allow differs.
func sinkOptions(rows, size, record string) []connector.Option {
	return []connector.Option{
		{Name: "sink.batch.max-size", Type: "int", Default: rows, Doc: "Rows of a request."},
		{Name: "sink.flush-buffer.size", Type: "memory", Default: size, Doc: "Bytes of a request."},
		{Name: "sink.record.max-size", Type: "memory", Default: record,
			Doc: "Bytes of a row; one that is larger fails the job."},
		{Name: "sink.flush-buffer.timeout", Type: "duration", Default: "5 s",
			Doc: "How long rows wait for a request to be full."},
		{Name: "sink.requests.max-inflight", Type: "int", Default: "50",
			Doc: "Requests at a time, of each writer."},
		{Name: "sink.requests.max-buffered", Type: "int", Default: "10000",
			Doc: "Rows that wait, of each writer; it takes no more then."},
		{Name: "sink.fail-on-error", Type: "boolean", Default: "false",
			Doc: "Fail the job when a row is refused, also where another try may help."},
	}
}

// limits are how a writer gathers rows.
type limits struct {
	rows, bytes, record int
	every               time.Duration
	inFlight, waiting   int
	failFast            bool
}

func readLimits(o *connector.Options, bytes, record int64) limits {
	const most = 500 // rows of a request, of both services
	l := limits{rows: int(o.Int("sink.batch.max-size", most, 1)),
		bytes:    int(o.Memory("sink.flush-buffer.size", bytes)),
		record:   int(o.Memory("sink.record.max-size", record)),
		every:    o.Duration("sink.flush-buffer.timeout", 5*time.Second),
		inFlight: int(o.Int("sink.requests.max-inflight", 50, 1)),
		waiting:  int(o.Int("sink.requests.max-buffered", 10000, 1)),
		failFast: o.Bool("sink.fail-on-error", false)}
	switch {
	case l.rows > most:
		o.Fail("sink.batch.max-size", "at most "+strconv.Itoa(most))
	case l.waiting < l.rows:
		o.Fail("sink.requests.max-buffered", "at least 'sink.batch.max-size', "+strconv.Itoa(l.rows))
	case l.bytes < l.record:
		o.Fail("sink.flush-buffer.size", "at least 'sink.record.max-size', "+strconv.Itoa(l.record))
	}
	return l
}

// entry is a row as it is written.
type entry struct {
	key  string // of its partition
	data []byte
}

func (e *entry) size() int { return len(e.data) + len(e.key) }

// Sink writes rows to a stream or a delivery stream.
type Sink struct {
	table    *connector.Table
	schema   *rowtypes.Schema
	format   *format.Format
	config   format.Config
	account  *account
	limits   limits
	target   string
	keyed    bool // rows have partition keys
	fixed    bool // which are the writer's number
	columns  []int
	between  string // text between the values of columns
	put      func(ctx context.Context, entries []entry) (refused []int, why string, err error)
	sentence string // "stream 'x' cannot be written"
}

var (
	_ connector.Sink          = (*Sink)(nil)
	_ connector.ChangelogSink = (*Sink)(nil)
)

func newStreamsSink(t *connector.Table) (connector.Sink, error) {
	o := t.OptionReader()
	s := &Sink{table: t, keyed: true, limits: readLimits(o, 5<<20, 1<<20),
		between: o.String("sink.partitioner-field-delimiter", "|"),
		fixed:   o.Enum("sink.partitioner", "random", "random", "fixed") == "fixed"}
	if names := list(o, "stream"); len(names) == 1 {
		s.target = names[0]
	} else {
		o.Fail("stream", "the name of one stream")
	}
	if len(t.PartitionKeys) > 0 && o.Has("sink.partitioner") {
		o.Fail("sink.partitioner", "possible for a table with PARTITIONED BY")
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	if err := s.init(); err != nil {
		return nil, err
	}
	for _, name := range t.PartitionKeys {
		s.columns = append(s.columns, s.schema.Index(name))
	}
	client := api.NewFromConfig(s.account.config)
	s.sentence = "stream '" + s.target + "' cannot be written"
	s.put = func(ctx context.Context, entries []entry) ([]int, string, error) {
		in := &api.PutRecordsInput{Records: make([]types.PutRecordsRequestEntry, len(entries))}
		in.StreamName, in.StreamARN = stream(s.target)
		for i, e := range entries {
			in.Records[i] = types.PutRecordsRequestEntry{Data: e.data, PartitionKey: aws.String(e.key)}
		}
		out, err := client.PutRecords(ctx, in)
		if err != nil {
			if codeOf(err) == notFound {
				err = noStream(ctx, s.account, client, s.target, err)
			}
			return nil, "", err
		}
		var refused []int
		why := ""
		for i, r := range out.Records {
			if r.ErrorCode != nil {
				refused = append(refused, i)
				why = *r.ErrorCode + ": " + aws.ToString(r.ErrorMessage)
			}
		}
		return refused, why, nil
	}
	return s, nil
}

func newFirehoseSink(t *connector.Table) (connector.Sink, error) {
	o := t.OptionReader()
	s := &Sink{table: t, limits: readLimits(o, 4<<20, 1000<<10),
		target: o.String("delivery-stream", "")}
	if err := o.Err(); err != nil {
		return nil, err
	}
	if err := s.init(); err != nil {
		return nil, err
	}
	client := firehose.NewFromConfig(s.account.config)
	s.sentence = "delivery stream '" + s.target + "' cannot be written"
	s.put = func(ctx context.Context, entries []entry) ([]int, string, error) {
		in := &firehose.PutRecordBatchInput{DeliveryStreamName: aws.String(s.target),
			Records: make([]firehosetypes.Record, len(entries))}
		for i, e := range entries {
			in.Records[i] = firehosetypes.Record{Data: e.data}
		}
		out, err := client.PutRecordBatch(ctx, in)
		if err != nil {
			if codeOf(err) == notFound {
				err = errs.Userf("table '%s': there is no delivery stream '%s'", t.Name, s.target).
					Wrap(err).Fix("create it first, or check region and account")
			}
			return nil, "", err
		}
		var refused []int
		why := ""
		for i, r := range out.RequestResponses {
			if r.ErrorCode != nil {
				refused = append(refused, i)
				why = *r.ErrorCode + ": " + aws.ToString(r.ErrorMessage)
			}
		}
		return refused, why, nil
	}
	return s, nil
}

// init finds out how rows become bytes, and the account.
func (s *Sink) init() (err error) {
	t := s.table
	if s.schema, err = connector.Elements(t); err != nil {
		return err
	}
	f, options, err := format.Of(t, "format")
	if err != nil {
		return err
	}
	if f.NewEncoder == nil {
		return errs.Userf("table '%s': format '%s' is not for records that are written", t.Name, f.Name).
			Fix("use json, csv, avro, protobuf or raw")
	}
	s.format = f
	s.config = format.Config{Table: t.Name, Schema: s.schema, Options: options, Zone: t.Zone,
		Subject: s.target + "-value"}
	if _, err := f.NewEncoder(&s.config); err != nil {
		return err
	}
	s.account, err = readAccount(t)
	return err
}

// Accepts implements connector.ChangelogSink.
func (s *Sink) Accepts() connector.Kinds { return max(s.format.Writes, connector.InsertOnly) }

// NewCommitter implements connector.Sink: writing is all there is to do.
func (s *Sink) NewCommitter(*connector.WriterContext) (connector.Committer, error) { return nil, nil }

// key is the partition key of a row.
func (s *Sink) key(subtask int, b *batch.Batch, row int) (string, error) {
	switch {
	case !s.keyed:
		return "", nil
	case len(s.columns) > 0:
		var text []byte
		for i, c := range s.columns {
			if i > 0 {
				text = append(text, s.between...)
			}
			if !b.Cols[c].IsNull(row) {
				text = kernel.AppendText(text, b.Cols[c], row, nil)
			}
		}
		// A key has one character at least, and 256 at most.
		return strings.ToValidUTF8(cmp.Or(string(text[:min(len(text), 256)]), "-"), ""), nil
	case s.fixed:
		return strconv.Itoa(subtask), nil
	}
	var random [16]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", errs.Internalf("there are no random bytes").Wrap(err)
	}
	return hex.EncodeToString(random[:]), nil
}
