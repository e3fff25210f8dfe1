// Package kafka reads and writes topics of Apache Kafka.
//
// Reading: the enumerator turns the start mode into an offset for each partition once, readers keep
// the offset of the next record in their splits, so that a restore goes on exactly there.
//
// Writing exactly once: the records between two checkpoints are one transaction with an id of its
// own. Its producer is closed at the barrier; the committer ends the transaction when the
// checkpoint is complete, in this process or, from the checkpoint, in the next one.
package kafka

import (
	"slices"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
)

func init() {
	connector.Register(&connector.Factory{
		Name: "kafka",
		Doc: "Topics of Apache Kafka as logs of rows. Offsets are part of checkpoints and are " +
			"committed to the consumer group when a checkpoint is complete.",
		Options:    slices.Concat(common, plainOptions),
		Metadata:   metadata,
		UsesFormat: true,
		NewSource:  func(t *connector.Table) (connector.Source, error) { return newSource(t, false) },
		NewSink:    func(t *connector.Table) (connector.Sink, error) { return newSink(t, false) },
	})
	connector.Register(&connector.Factory{
		Name: "upsert-kafka",
		Doc: "A topic as a table: the newest record of a key is its row, a record without a value " +
			"deletes it. It needs a PRIMARY KEY.",
		Options:    slices.Concat(common, upsertOptions),
		Metadata:   metadata,
		UsesFormat: true,
		NewSource:  func(t *connector.Table) (connector.Source, error) { return newSource(t, true) },
		NewSink:    func(t *connector.Table) (connector.Sink, error) { return newSink(t, true) },
	})
}

var common = []connector.Option{
	{Name: "topic", Type: "list", Doc: "Topics, with ';' in between."},
	{Name: "properties.bootstrap.servers", Type: "string", Required: true,
		Doc: "Brokers, 'host:port,host:port'."},
	{Name: "properties.", Type: "string", Prefix: true,
		Doc: "Properties of Kafka's own clients: group.id, isolation.level, security.protocol, " +
			"sasl.mechanism, sasl.jaas.config, ssl.* (PEM), transaction.timeout.ms (15 minutes " +
			"when not set), compression.type, linger.ms, fetch.* and others."},
	{Name: "key.format", Type: "string", Doc: "Format of the key."},
	{Name: "key.fields-prefix", Type: "string",
		Doc: "Begin of the names of key columns, which the key's format does not see."},
	{Name: "value.format", Type: "string", Doc: "Format of the value."},
	{Name: "value.fields-include", Type: "enum(ALL|EXCEPT_KEY)", Default: "ALL",
		Doc: "Whether the value holds the key columns too."},
	{Name: "scan.topic-partition-discovery.interval", Type: "duration", Default: "5 min",
		Doc: "Look for new topics and partitions this often; 0: never."},
	{Name: "scan.bounded.mode", Default: "unbounded",
		Type: "enum(unbounded|latest-offset|group-offsets|timestamp|specific-offsets)",
		Doc:  "Where reading ends."},
	{Name: "scan.bounded.specific-offsets", Type: "string",
		Doc: "Offsets to end before: 'partition:0,offset:42;partition:1,offset:300'."},
	{Name: "scan.bounded.timestamp-millis", Type: "int",
		Doc: "End before the first record of this time."},
	{Name: "scan.decode-error.policy", Type: "enum(fail|skip|dead-letter)", Default: "fail",
		Doc: "What to do with a record that cannot be decoded: fail the job with its topic, " +
			"partition and offset, leave it out, or send it on to another topic or to files."},
	{Name: "scan.decode-error.topic", Type: "string",
		Doc: "Topic of the policy dead-letter. Key, value and headers are kept; where the record " +
			"came from and why it is wrong are added as headers."},
	{Name: "scan.decode-error.path", Type: "string",
		Doc: "Directory of the policy dead-letter in place of a topic: files of JSON lines with 'table', " +
			"'place', 'error' and 'record'."},
	{Name: "sink.delivery-guarantee", Type: "enum(exactly-once|at-least-once|none)",
		Default: "at-least-once", Doc: "exactly-once writes in transactions that are committed " +
			"with checkpoints: consumers need isolation.level=read_committed."},
	{Name: "sink.transactional-id-prefix", Type: "string",
		Doc: "Begin of the ids of transactions, needed for exactly-once and different for each sink."},
	{Name: "client-id-prefix", Type: "string", Doc: "Begin of the client ids."},
}

var plainOptions = []connector.Option{
	{Name: "topic-pattern", Type: "string",
		Doc: "Regular expression that the names of the topics to read match; instead of 'topic'."},
	{Name: "topic-partitions", Type: "list",
		Doc: "Partitions to read, 'topic:0;topic:1'; instead of 'topic'."},
	{Name: "format", Type: "string", Doc: "Format of the value; the same as 'value.format'."},
	{Name: "key.fields", Type: "list", Doc: "Columns in the key, with ';' in between."},
	{Name: "scan.startup.mode", Default: "group-offsets",
		Type: "enum(earliest-offset|latest-offset|group-offsets|timestamp|specific-offsets)",
		Doc:  "Where reading begins when there is no checkpoint."},
	{Name: "scan.startup.specific-offsets", Type: "string",
		Doc: "Offsets to begin at: 'partition:0,offset:42;partition:1,offset:300'."},
	{Name: "scan.startup.timestamp-millis", Type: "int",
		Doc: "Begin at the first record of this time."},
	{Name: "scan.startup.offset-reset", Type: "enum(none|earliest|latest)",
		Doc: "Where to begin in a partition without an offset; 'properties.auto.offset.reset' " +
			"when not set."},
	{Name: "scan.bounded.streaming", Type: "boolean", Default: "false",
		Doc: "The job is a streaming one although 'scan.bounded.mode' ends it."},
	{Name: "sink.partitioner", Type: "enum(default|fixed|round-robin)", Default: "default",
		Doc: "Kafka's own (by key, else sticky), one partition for each writer, or in turn."},
	{Name: "sink.topic-in-element", Type: "boolean", Default: "false",
		Doc: "Elements of a DataStream are pairs of topic and value."},
	{Name: "key.field-index", Type: "int", Doc: "Field of a DataStream's ROW that is the key."},
	{Name: "value.field-index", Type: "int", Doc: "Field of a DataStream's ROW that is the value."},
}

var upsertOptions = []connector.Option{
	{Name: "sink.buffer-flush.max-rows", Type: "int", Default: "0",
		Doc: "Keep the newest row of each key until so many rows have come; 0: write at once."},
	{Name: "sink.buffer-flush.interval", Type: "duration", Default: "0 s",
		Doc: "Write what is kept this often; 0: write at once."},
}

// The metadata keys.
const (
	metaTopic         = "topic"
	metaPartition     = "partition"
	metaHeaders       = "headers"
	metaLeaderEpoch   = "leader-epoch"
	metaOffset        = "offset"
	metaTimestamp     = "timestamp"
	metaTimestampType = "timestamp-type"
)

var metadata = map[string]types.Type{
	metaTopic:     types.String().Nullable(false),
	metaPartition: types.Of(types.Int).Nullable(false),
	metaHeaders: types.MapOf(types.String().Nullable(false), types.Of(types.Varbinary)).
		Nullable(false),
	metaLeaderEpoch:   types.Of(types.Int),
	metaOffset:        types.Of(types.BigInt).Nullable(false),
	metaTimestamp:     types.WithPrecision(types.TimestampLTZ, 3).Nullable(false),
	metaTimestampType: types.String().Nullable(false),
}
