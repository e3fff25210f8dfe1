// Package kinesis reads and writes streams of Amazon Kinesis, and writes delivery streams of Amazon
// Data Firehose.
//
// Reading: the enumerator lists shards and hands them out, those that a resharding made when their
// parents have been read to the end. Readers keep the sequence number of the last record of each
// shard in their splits, so that a restore goes on exactly behind it.
//
// Writing: many records a request and several requests at a time, at least once.
package kinesis

import (
	"slices"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
)

func init() {
	connector.Register(&connector.Factory{
		Name: "kinesis",
		Doc: "Streams of Amazon Kinesis. Sequence numbers are part of checkpoints; after a " +
			"resharding new shards are read when their parents have been read to the end. Rows are " +
			"written at least once.",
		Options: slices.Concat(streamOptions, awsOptions, scanOptions(), connector.DecodeErrorOptions,
			[]connector.Option{consumerOptions}, partitionOptions, sinkOptions("500", "5 mb", "1 mb"),
			[]connector.Option{formatOption}),
		Metadata:   metadata,
		UsesFormat: true,
		NewSource:  newSource,
		NewSink:    newStreamsSink,
	})
	connector.Register(&connector.Factory{
		Name: "firehose",
		Doc:  "Delivery streams of Amazon Data Firehose. Rows are written at least once.",
		Options: slices.Concat([]connector.Option{{Name: "delivery-stream", Type: "string",
			Required: true, Doc: "Name of the delivery stream."}}, awsOptions,
			sinkOptions("500", "4 mb", "1000 kb"), []connector.Option{formatOption}),
		UsesFormat: true,
		NewSink:    newFirehoseSink,
	})
}

var streamOptions = []connector.Option{
	{Name: "stream", Type: "list", Required: true,
		Doc: "Name or ARN of the stream; several to read from with ';' in between."},
	{Name: "scan.shard-assigner", Type: "enum(default|uniform)", Default: "default",
		Doc: "Which reader a shard goes to: by its name, or each the same share of the hash keys."},
}

var formatOption = connector.Option{Name: "format", Type: "string", Required: true,
	Doc: "Format of the records."}

// The metadata keys.
const (
	metaTimestamp = "timestamp"
	metaSequence  = "sequence-number"
	metaShard     = "shard-id"
)

var metadata = map[string]types.Type{
	metaTimestamp: types.WithPrecision(types.TimestampLTZ, 3).Nullable(false),
	metaSequence:  types.String().Nullable(false),
	metaShard:     types.String().Nullable(false),
}
