// Package rabbitmq reads and writes queues of RabbitMQ, and of brokers that speak AMQP 0-9-1 as it
// does.
//
// Reading: a message is acknowledged when the checkpoint that covers it is complete, so that none
// is lost. With correlation ids, those of the messages that the broker may still deliver again are
// part of the checkpoints: a message that has been counted is left out and acknowledged anew.
//
// Writing: a checkpoint waits until the broker has confirmed every message in front of it.
package rabbitmq

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/format"
)

func init() {
	connector.Register(&connector.Factory{
		Name: "rabbitmq",
		Doc: "A queue of RabbitMQ. Messages are acknowledged when the checkpoint that covers them is " +
			"complete: each is read at least once and, with 'use-correlation-id', exactly once; " +
			"without checkpoints they are acknowledged as they are read. A sink writes at least once: " +
			"checkpoints wait until the broker has confirmed what was written.",
		Options:    slices.Concat(options, connector.DecodeErrorOptions),
		UsesFormat: true,
		NewSource:  func(t *connector.Table) (connector.Source, error) { return newSource(t) },
		NewSink:    func(t *connector.Table) (connector.Sink, error) { return newSink(t) },
	})
}

var options = []connector.Option{
	{Name: "queue", Type: "string", Required: true,
		Doc: "Queue. One that is not there is declared: durable, not exclusive, not auto-deleted."},
	{Name: "uri", Type: "string", Doc: "Address of the broker: " +
		"'amqp://user:password@host:5672/vhost', with TLS 'amqps://…'; 'cacertfile', 'certfile' and 'keyfile' may follow '?'. Instead of " +
		"'host' and what belongs to it."},
	{Name: "host", Type: "string", Doc: "Host of the broker."},
	{Name: "port", Type: "int", Default: "5672", Doc: "Port of the broker."},
	{Name: "virtual-host", Type: "string", Default: "/", Doc: "Virtual host."},
	{Name: "username", Type: "string", Default: "guest", Doc: "User."},
	{Name: "password", Type: "string", Default: "guest", Doc: "Password."},
	{Name: "connection-timeout", Type: "duration", Default: "60 s",
		Doc: "How long connecting may take."},
	{Name: "automatic-recovery", Type: "boolean", Default: "true",
		Doc: "Whether to connect again by itself, again and again, when the broker cannot be reached; " +
			"else the job fails and its restart strategy counts."},
	{Name: "network-recovery-interval", Type: "duration", Default: "5 s",
		Doc: "Pause before connecting again."},
	{Name: "topology-recovery", Type: "boolean", Default: "true",
		Doc: "Whether to declare the queue, if it has gone, when connecting again."},
	{Name: "requested-heartbeat", Type: "duration", Default: "60 s",
		Doc: "How often broker and job show each other that they are there; 0: never."},
	{Name: "requested-frame-max", Type: "int", Default: "0",
		Doc: "Size of a frame at most, in bytes; 0: what the broker says."},
	{Name: "requested-channel-max", Type: "int", Default: "2047", Doc: "Channels at most."},
	{Name: "prefetch-count", Type: "int", Doc: "How many messages may wait for their " +
		"acknowledgement, which a checkpoint brings: at most 65535. Not set: any number of them; those " +
		"that wait to be read are bounded in either case."},
	{Name: "use-correlation-id", Type: "boolean", Default: "false",
		Doc: "Whether messages have correlation ids, by which those that come again are left out. Then " +
			"one reader reads the queue, whatever the parallelism is."},
	{Name: "correlation-id.retention", Type: "duration", Default: "1 h",
		Doc: "How long, after a failure, a correlation id is remembered of which the broker may not " +
			"have got the acknowledgement."},
	{Name: "delivery-mode", Type: "enum(persistent|transient)", Default: "persistent",
		Doc: "Whether what is written to a durable queue stays when the broker is started anew."},
	{Name: "field-index", Type: "int",
		Doc: "Field of a DataStream's ROW that is the message; not set: all of them."},
	{Name: "format", Type: "string", Default: "raw", Doc: "Format of a message."},
}

// formatOf finds the format of the messages.
func formatOf(t *connector.Table) (*format.Format, *connector.Options, error) {
	named := *t
	if _, ok := t.Options["format"]; !ok {
		named.Options = map[string]string{"format": "raw"}
	}
	f, o, err := format.Of(&named, "format")
	if err != nil {
		return nil, nil, err
	}
	if f.Bulk() {
		return nil, nil, errs.Userf("table '%s': format '%s' is for whole files, not for messages",
			t.Name, f.Name).Fix("use json, csv, avro, protobuf or raw")
	}
	return f, o, nil
}
