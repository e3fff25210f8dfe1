// Package cassandra writes rows to tables of Apache Cassandra, and of databases that speak its
// native protocol.
//
// Each row is a statement with a timestamp of its own, which grows with the rows: requests that
// overtake one another, and rows that are written again after a failure, leave what was written
// last. With the write-ahead log, rows are kept until their checkpoint is complete, and then
// written with the timestamps that they have been given.
package cassandra

import (
	"slices"

	"github.com/headrace/headrace/core/connector"
)

func init() {
	connector.Register(&connector.Factory{
		Name: "cassandra",
		Doc: "A table of Apache Cassandra, written at least once: statements that set values leave " +
			"the same when they are written again. With 'write-ahead-log' rows are written when their " +
			"checkpoint is complete, and not those of attempts that have failed.",
		Options: slices.Concat(options, connector.BufferOptions[2:]),
		NewSink: func(t *connector.Table) (connector.Sink, error) { return newSink(t) },
	})
}

// levels are how many replicas must answer.
var levels = []string{"ANY", "ONE", "TWO", "THREE", "QUORUM", "ALL", "LOCAL_QUORUM", "EACH_QUORUM",
	"SERIAL", "LOCAL_SERIAL", "LOCAL_ONE"}

const levelType = "enum(ANY|ONE|TWO|THREE|QUORUM|ALL|LOCAL_QUORUM|EACH_QUORUM|SERIAL|" +
	"LOCAL_SERIAL|LOCAL_ONE)"

var options = []connector.Option{
	{Name: "host", Type: "list", Required: true,
		Doc: "Servers to begin with, with ';' in between; the others are found."},
	{Name: "port", Type: "int", Default: "9042", Doc: "Port of the servers."},
	{Name: "username", Type: "string", Doc: "User."},
	{Name: "password", Type: "string", Doc: "Password."},
	{Name: "keyspace", Type: "string", Doc: "Keyspace of names that have none in front."},
	{Name: "query", Type: "string",
		Doc: "Statement with a ? for each column, in their order: " +
			"'INSERT INTO ks.t (a, b) VALUES (?, ?)'."},
	{Name: "table-name", Type: "string", Doc: "Table into which columns of the same names go; in " +
		"place of 'query'. With a PRIMARY KEY rows replace one another and are deleted."},
	{Name: "ignore-null-fields", Type: "boolean", Default: "false",
		Doc: "Leave NULLs unwritten: what the table holds there stays."},
	{Name: "mapper.consistency-level", Type: levelType, Default: "LOCAL_ONE",
		Doc: "How many replicas must answer."},
	{Name: "mapper.ttl", Type: "int", Doc: "Seconds after which what an INSERT has written expires."},
	{Name: "mapper.timestamp", Type: "int",
		Doc: "Time of writing in µs, for all rows; not set: it grows with the rows."},
	{Name: "mapper.if-not-exists", Type: "boolean", Default: "false",
		Doc: "Whether an INSERT leaves a row that is there."},
	{Name: "mapper.save-null-fields", Type: "boolean", Default: "true",
		Doc: "Whether NULLs are written; false is 'ignore-null-fields'."},
	{Name: "mapper.tracing", Type: "boolean", Default: "false",
		Doc: "Whether the servers trace requests."},
	{Name: "failure-handler", Type: "enum(no-op)", Default: "no-op",
		Doc: "What is done before a write that failed fails the job: nothing."},
	{Name: "max-concurrent-requests", Type: "int", Default: "256",
		Doc: "Requests that are under way at a time, of one writer."},
	{Name: "max-concurrent-requests.timeout", Type: "duration",
		Doc: "How long to wait until there are fewer; not set: as long as it takes."},
	{Name: "write-ahead-log", Type: "boolean", Default: "false",
		Doc: "Keep rows until their checkpoint is complete, and write them then."},
	{Name: "committer.key-space", Type: "string", Default: "flink_auxiliary",
		Doc: "Keyspace of the write-ahead log's notes on what has been written; it is made if it is " +
			"not there."},
	{Name: "request-timeout", Type: "duration", Default: "11 s", Doc: "How long a request may take."},
}
