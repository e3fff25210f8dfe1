// Package pulsar reads and writes topics of Apache Pulsar.
//
// Reading: the enumerator makes the subscription and moves it to the start cursor, readers keep
// the identifier of the last message in their splits, so that a restore goes on exactly there. The
// subscription's cursor follows the complete checkpoints.
//
// Writing exactly once: the messages between two checkpoints of a writer are one transaction. The
// committer ends it by its identifier when the checkpoint is complete, in this process or, from the
// checkpoint, in the next one.
package pulsar

import (
	"slices"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
)

func init() {
	connector.Register(&connector.Factory{
		Name: "pulsar",
		Doc: "Topics of Apache Pulsar as logs of rows. Positions are part of checkpoints; the " +
			"subscription's cursor follows when a checkpoint is complete.",
		Options:    slices.Concat(options, connector.DecodeErrorOptions),
		Metadata:   metadata,
		UsesFormat: true,
		NewSource:  func(t *connector.Table) (connector.Source, error) { return newSource(t) },
		NewSink:    func(t *connector.Table) (connector.Sink, error) { return newSink(t) },
	})
}

var options = []connector.Option{
	{Name: "topics", Type: "list", Doc: "Topics, or single partitions of them ('t-partition-0'), " +
		"with ';' in between. A name without tenant and namespace is of 'public/default'."},
	{Name: "topic-pattern", Type: "string", Doc: "Regular expression that the names of the topics to " +
		"read match, 'tenant/namespace/…'; instead of 'topics'."},
	{Name: "service-url", Type: "string", Required: true,
		Doc: "Address of the brokers, 'pulsar://host:6650' or 'pulsar+ssl://host:6651'."},
	{Name: "admin-url", Type: "string", Doc: "Address of the administrative interface, " +
		"'http://host:8080'. Only a start at a message or a time needs it: to know whether there is " +
		"a subscription to go on with."},
	{Name: "format", Type: "string", Doc: "Format of a message's value."},
	{Name: "authentication.plugin", Type: "string",
		Doc: "How to prove who one is: AuthenticationToken, AuthenticationBasic or AuthenticationTls, " +
			"also with the name of their Java package in front."},
	{Name: "authentication.params", Type: "string",
		Doc: "The plugin's parameters: 'token:…', 'file:///path', 'key1:val1,key2:val2' or JSON."},
	{Name: "source.subscription-name", Type: "string", Doc: "The subscription, needed for reading. " +
		"It is exclusive: one job reads with it."},
	{Name: "source.start.from-message-id", Type: "string", Default: "earliest",
		Doc: "Where a new subscription begins: 'earliest', 'latest', or a message's identifier, " +
			"'ledger:entry:partition' with ':batch index' behind it for one of a batch, or, after " +
			"'0x', the bytes that Pulsar's clients give for it, in hexadecimal. One that exists " +
			"goes on where it stands, unless 'pulsar.source.resetSubscriptionCursor' = 'true'."},
	{Name: "source.start.inclusive", Type: "boolean", Default: "true",
		Doc: "Whether the message of 'source.start.from-message-id' is read too."},
	{Name: "source.start.from-publish-time", Type: "int",
		Doc: "Begin with the first message published at this time (milliseconds since 1970) or later."},
	{Name: "source.stop.at-message-id", Type: "string", Default: "never",
		Doc: "End before a message: 'never', 'latest' (behind the last one there is at the start), or " +
			"an identifier."},
	{Name: "source.stop.after-message-id", Type: "string", Doc: "End behind a message."},
	{Name: "source.stop.at-publish-time", Type: "int",
		Doc: "End before the first message published at this time or later."},
	{Name: "source.stop.after-publish-time", Type: "int",
		Doc: "End before the first message published later than this."},
	{Name: "source.stop.at-event-time", Type: "int",
		Doc: "End before the first message of this event time or a later one."},
	{Name: "source.stop.after-event-time", Type: "int",
		Doc: "End before the first message of a later event time."},
	{Name: "source.stop.streaming", Type: "boolean", Default: "false",
		Doc: "The job is a streaming one although a stop ends it."},
	{Name: "source.key-range.keys", Type: "string",
		Doc: "Read only messages whose key has the hash of one of these, a JSON array of texts."},
	{Name: "source.key-range.key-bytes", Type: "string",
		Doc: "Read messages whose key has the hash of these bytes, in hexadecimal, too."},
	{Name: "source.key-range.ordering-key-bytes", Type: "string",
		Doc: "Read messages whose ordering key has the hash of these bytes, in hexadecimal, too."},
	{Name: "source.key-range.null-key", Type: "boolean", Default: "false",
		Doc: "Read messages without a key too."},
	{Name: "sink.topic-routing-mode", Type: "enum(round-robin|message-key-hash)",
		Default: "round-robin", Doc: "Which partition a message goes to: one after the other, a batch " +
			"each; or by its key, which a column with METADATA FROM 'key' holds."},
	{Name: "sink.custom-topic-router", Type: "string", Doc: "A Java class, which cannot be run here: " +
		"refused."},
	{Name: "sink.message-delay-interval", Type: "duration", Default: "0 s",
		Doc: "How long consumers of shared subscriptions do not see a message."},
	{Name: "sink.delivery-guarantee", Type: "enum(exactly-once|at-least-once|none)",
		Default: "at-least-once", Doc: "exactly-once writes in transactions that are committed with " +
			"checkpoints: the brokers need transactionCoordinatorEnabled=true."},
	{Name: "pulsar.", Type: "string", Prefix: true, Doc: "Settings of Flink's connector: " +
		"pulsar.client.*, pulsar.source.*, pulsar.consumer.*, pulsar.sink.*, pulsar.producer.*. Those " +
		"that tune the Java client's threads and buffers change nothing here."},
}

// The metadata keys.
const (
	metaTopic      = "topic"
	metaSize       = "message_size"
	metaProducer   = "producer_name"
	metaID         = "message_id"
	metaSequence   = "sequenceId"
	metaPublished  = "publish_time"
	metaEventTime  = "event_time"
	metaProperties = "properties"
	metaKey        = "key"
	metaOrdering   = "ordering_key"
)

var metadata = map[string]types.Type{
	metaTopic:     types.String().Nullable(false),
	metaSize:      types.Of(types.Int).Nullable(false),
	metaProducer:  types.String().Nullable(false),
	metaID:        types.Of(types.Varbinary).Nullable(false),
	metaSequence:  types.Of(types.BigInt).Nullable(false),
	metaPublished: types.WithPrecision(types.TimestampLTZ, 3).Nullable(false),
	metaEventTime: types.WithPrecision(types.TimestampLTZ, 3),
	metaProperties: types.MapOf(types.String().Nullable(false), types.String().Nullable(false)).
		Nullable(false),
	metaKey:      types.Of(types.Varbinary),
	metaOrdering: types.Of(types.Varbinary),
}
