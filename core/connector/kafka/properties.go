package kafka

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// properties are the options of a table that begin with 'properties.', as options of the client.
type properties struct {
	table    string
	values   map[string]string
	brokers  []string
	group    string
	prefix   string // of client ids
	secure   []kgo.Opt
	readOnly bool // only what is committed is read
	refusal  *refusal
}

func readProperties(t *connector.Table) (*properties, error) {
	p := &properties{table: t.Name, values: map[string]string{}, refusal: newRefusal()}
	for k, v := range t.Options {
		if name, ok := strings.CutPrefix(k, "properties."); ok {
			p.values[name] = v
		}
	}
	for _, b := range strings.Split(p.values["bootstrap.servers"], ",") {
		if b = strings.TrimSpace(b); b != "" {
			p.brokers = append(p.brokers, b)
		}
	}
	if len(p.brokers) == 0 {
		return nil, errs.Userf("table '%s': 'properties.bootstrap.servers' is empty", t.Name).
			Fix("name a broker, as 'localhost:9092'")
	}
	p.group, p.prefix = p.values["group.id"], t.Options["client-id-prefix"]
	switch level := p.get("isolation.level", "read_uncommitted"); level {
	case "read_committed":
		p.readOnly = true
	case "read_uncommitted":
	default:
		return nil, p.wrong("isolation.level", "read_committed or read_uncommitted")
	}
	var err error
	p.secure, err = p.security()
	if err != nil {
		return nil, err
	}
	return p, p.check()
}

func (p *properties) get(name, def string) string {
	if v, ok := p.values[name]; ok {
		return strings.TrimSpace(v)
	}
	return def
}

func (p *properties) wrong(name, need string) error {
	return errs.Userf("table '%s': option 'properties.%s' = '%s' is not %s", p.table, name,
		p.values[name], need)
}

// numbers are the properties that must be whole numbers.
var numbers = []string{"fetch.min.bytes", "fetch.max.bytes", "fetch.max.wait.ms",
	"max.partition.fetch.bytes", "linger.ms", "batch.size", "max.request.size",
	"transaction.timeout.ms", "request.timeout.ms", "delivery.timeout.ms", "metadata.max.age.ms",
	"max.in.flight.requests.per.connection"}

func (p *properties) check() error {
	for _, n := range numbers {
		if v, ok := p.values[n]; ok {
			if _, err := strconv.ParseInt(strings.TrimSpace(v), 10, 32); err != nil {
				return p.wrong(n, "a whole number")
			}
		}
	}
	if c, ok := p.values["compression.type"]; ok && codecs[c] == nil {
		return p.wrong("compression.type", "one of none, gzip, snappy, lz4, zstd")
	}
	return nil
}

var codecs = map[string]func() kgo.CompressionCodec{
	"none": kgo.NoCompression, "gzip": kgo.GzipCompression, "snappy": kgo.SnappyCompression,
	"lz4": kgo.Lz4Compression, "zstd": kgo.ZstdCompression,
}

// number calls f with a whole number that is set.
func (p *properties) number(name string, f func(n int)) {
	if v, ok := p.values[name]; ok {
		n, _ := strconv.Atoi(strings.TrimSpace(v)) // check has seen it
		f(n)
	}
}

// client are the options that every client has.
func (p *properties) client(log *slog.Logger, role string) []kgo.Opt {
	id := p.get("client.id", "headrace")
	if p.prefix != "" {
		id = p.prefix
	}
	opts := []kgo.Opt{kgo.SeedBrokers(p.brokers...), kgo.ClientID(id + "-" + role),
		kgo.SoftwareNameAndVersion("headrace", "1"), kgo.WithLogger(clientLog{log}),
		kgo.DisableClientMetrics()}
	p.number("metadata.max.age.ms", func(n int) {
		opts = append(opts, kgo.MetadataMaxAge(max(ms(n), 100*time.Millisecond)),
			kgo.MetadataMinAge(min(max(ms(n), 10*time.Millisecond), 2500*time.Millisecond)))
	})
	return append(opts, p.secure...)
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// consumer are the options of readers.
func (p *properties) consumer() []kgo.Opt {
	opts := []kgo.Opt{kgo.KeepControlRecords(), kgo.ConsumeResetOffset(kgo.NoResetOffset())}
	if p.readOnly {
		opts = append(opts, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	}
	p.number("fetch.min.bytes", func(n int) { opts = append(opts, kgo.FetchMinBytes(int32(n))) })
	p.number("fetch.max.bytes", func(n int) {
		opts = append(opts, kgo.FetchMaxBytes(int32(n)),
			kgo.BrokerMaxReadBytes(int32(max(n, 100<<20))))
	})
	p.number("fetch.max.wait.ms", func(n int) { opts = append(opts, kgo.FetchMaxWait(ms(n))) })
	p.number("max.partition.fetch.bytes",
		func(n int) { opts = append(opts, kgo.FetchMaxPartitionBytes(int32(n))) })
	return opts
}

// Limits of what a producer holds before its writer has to wait.
const (
	maxBuffered      = 200_000
	maxBufferedBytes = 64 << 20
)

// producer are the options of writers.
func (p *properties) producer() []kgo.Opt {
	opts := []kgo.Opt{kgo.MaxBufferedRecords(4 * maxBuffered), kgo.ProducerLinger(0),
		kgo.ProducerBatchMaxBytes(1_000_012)}
	if acks := p.get("acks", "all"); acks == "0" || acks == "1" {
		level := kgo.LeaderAck()
		if acks == "0" {
			level = kgo.NoAck()
		}
		opts = append(opts, kgo.RequiredAcks(level), kgo.DisableIdempotentWrite())
	}
	p.number("linger.ms", func(n int) { opts = append(opts, kgo.ProducerLinger(ms(n))) })
	p.number("batch.size", func(n int) {
		opts = append(opts, kgo.ProducerBatchMaxBytes(int32(max(n, 1_000_012))))
	})
	p.number("max.request.size",
		func(n int) { opts = append(opts, kgo.ProducerBatchMaxBytes(int32(n))) })
	p.number("request.timeout.ms",
		func(n int) { opts = append(opts, kgo.ProduceRequestTimeout(max(ms(n), time.Second))) })
	if c := codecs[p.values["compression.type"]]; c != nil {
		opts = append(opts, kgo.ProducerBatchCompression(c()))
	} else {
		opts = append(opts, kgo.ProducerBatchCompression(kgo.Lz4Compression(), kgo.NoCompression()))
	}
	return opts
}

// transactionTimeout is how long a transaction may be open: as long as brokers allow by default.
func (p *properties) transactionTimeout() time.Duration {
	d := 15 * time.Minute
	p.number("transaction.timeout.ms", func(n int) { d = ms(n) })
	return d
}

// clientLog gives the client's warnings to the engine's log.
type clientLog struct{ log *slog.Logger }

func (l clientLog) Level() kgo.LogLevel { return kgo.LogLevelWarn }

func (l clientLog) Log(level kgo.LogLevel, msg string, keyvals ...any) {
	if l.log == nil {
		return
	}
	for i := 1; i < len(keyvals); i += 2 {
		if e, ok := keyvals[i].(error); ok {
			keyvals[i] = e.Error()
		}
	}
	msg = "kafka: " + msg
	if level == kgo.LogLevelError {
		l.log.Error(msg, keyvals...)
		return
	}
	l.log.Warn(msg, keyvals...)
}

// offsets reads 'partition:0,offset:42;…', with a topic in front where there are several.
func offsets(o *connector.Options, option string, topics []string) map[partition]int64 {
	out := map[partition]int64{}
	for _, entry := range splitList(o.String(option, "")) {
		p, at := partition{}, int64(-1)
		if len(topics) == 1 {
			p.topic = topics[0]
		}
		number := -1
		for _, pair := range strings.Split(entry, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), ":")
			n, err := strconv.ParseInt(value, 10, 64)
			switch {
			case name == "topic":
				p.topic = value
			case name == "partition" && err == nil:
				number = int(n)
			case name == "offset" && err == nil:
				at = n
			default:
				number = -2
			}
		}
		p.number = int32(number)
		if number < 0 || at < 0 || p.topic == "" {
			o.Fail(option, "a list like 'partition:0,offset:42;partition:1,offset:300'")
			return nil
		}
		out[p] = at
	}
	return out
}

// partition is a partition of a topic.
type partition struct {
	topic  string
	number int32
}

func (p partition) String() string { return fmt.Sprintf("%s-%d", p.topic, p.number) }

func sortPartitions(list []partition) {
	slices.SortFunc(list, func(a, b partition) int {
		if c := strings.Compare(a.topic, b.topic); c != 0 {
			return c
		}
		return int(a.number) - int(b.number)
	})
}
