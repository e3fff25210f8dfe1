// Package all registers every connector and format that is built in.
package all

import (
	_ "github.com/headrace/headrace/core/connector/blackhole" // each registers itself
	_ "github.com/headrace/headrace/core/connector/cassandra"
	_ "github.com/headrace/headrace/core/connector/datagen"
	_ "github.com/headrace/headrace/core/connector/elasticsearch"
	_ "github.com/headrace/headrace/core/connector/filesystem"
	_ "github.com/headrace/headrace/core/connector/hybrid"
	_ "github.com/headrace/headrace/core/connector/jdbc"
	_ "github.com/headrace/headrace/core/connector/kafka"
	_ "github.com/headrace/headrace/core/connector/kinesis"
	_ "github.com/headrace/headrace/core/connector/nexmark"
	_ "github.com/headrace/headrace/core/connector/objectstore"
	_ "github.com/headrace/headrace/core/connector/print"
	_ "github.com/headrace/headrace/core/connector/pulsar"
	_ "github.com/headrace/headrace/core/connector/pysource"
	_ "github.com/headrace/headrace/core/connector/rabbitmq"
	_ "github.com/headrace/headrace/core/connector/redis"
	_ "github.com/headrace/headrace/core/connector/sequence"
	_ "github.com/headrace/headrace/core/connector/socket"
	_ "github.com/headrace/headrace/core/connector/web"
	_ "github.com/headrace/headrace/core/format/arrow"
	_ "github.com/headrace/headrace/core/format/avro"
	_ "github.com/headrace/headrace/core/format/csv"
	_ "github.com/headrace/headrace/core/format/json"
	_ "github.com/headrace/headrace/core/format/json/cdc"
	_ "github.com/headrace/headrace/core/format/parquet"
	_ "github.com/headrace/headrace/core/format/protobuf"
	_ "github.com/headrace/headrace/core/format/raw"
)
