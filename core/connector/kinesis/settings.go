package kinesis

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// scan are the options of reading, without what they begin with: 'scan.' in SQL, 'flink.' in the
// properties of FlinkKinesisConsumer.
var scan = []connector.Option{
	{Name: "stream.initpos", Type: "enum(LATEST|TRIM_HORIZON|AT_TIMESTAMP)", Default: "LATEST",
		Doc: "Where reading begins when there is no checkpoint."},
	{Name: "stream.initpos.timestamp", Type: "string", Doc: "The time of AT_TIMESTAMP: a date in the " +
		"format, or seconds since 1970."},
	{Name: "stream.initpos.timestamp.format", Type: "string",
		Default: defaultTimeFormat, Doc: "Java's pattern of that date."},
	{Name: "stream.initpos-for-new-streams", Type: "boolean", Default: "false",
		Doc: "Streams that the checkpoint does not know are read from 'stream.initpos' on, not from " +
			"their beginning."},
	{Name: "stream.recordpublisher", Type: "enum(POLLING|EFO)", Default: "POLLING",
		Doc: "How records come. EFO (enhanced fan-out) is refused: it is not built in."},
	{Name: "stream.efo.", Type: "string", Prefix: true, Doc: "Settings of EFO, without effect."},
	{Name: "shard.discovery.intervalmillis", Type: "int", Default: "10000",
		Doc: "Look for new shards this often; -1: never."},
	{Name: "shard.getrecords.maxrecordcount", Type: "int", Default: "10000",
		Doc: "Records of a request."},
	{Name: "shard.getrecords.intervalmillis", Type: "int", Default: "200",
		Doc: "Pause between requests to a shard, which allows five a second."},
	{Name: "shard.adaptivereads", Type: "boolean", Default: "false", Doc: "Without effect."},
	{Name: "shard.idle.interval", Type: "int", Default: "-1", Doc: "Watermarks do not wait for shards " +
		"that have been silent for so long, in ms. For FlinkKinesisConsumer; in SQL it is " +
		"'table.exec.source.idle-timeout'."},
	{Name: "watermark.sync.interval", Type: "int", Default: "30000",
		Doc: "A watermark tracker of FlinkKinesisConsumer compares event times this often, in ms."},
	{Name: "watermark.lookahead.millis", Type: "int", Default: "0",
		Doc: "How far a shard may be ahead of the others then, at least three intervals."},
	{Name: "watermark.sync.queue.capacity", Type: "int", Default: "100", Doc: "Without effect."},
}

// retried are the requests that are tried again, by what their settings begin with.
var retried = []struct {
	name      string
	base, max int
	what      string
}{
	{name: "list.shards", base: 1000, max: 5000, what: "the list of shards"},
	{name: "shard.getiterator", base: 300, max: 1000, what: "a place in a shard"},
	{name: "shard.getrecords", base: 300, max: 1000, what: "records"},
	{name: "stream.describe", base: 2000, max: 5000, what: "streams; without effect"},
}

// scanOptions are all options of reading, as in SQL.
func scanOptions() []connector.Option {
	out := slices.Clone(scan)
	for _, r := range retried {
		out = append(out,
			connector.Option{Name: r.name + ".maxretries", Type: "int", Doc: "How often a request for " +
				r.what + " that failed for a passing reason is tried again; not set: until it works."},
			connector.Option{Name: r.name + ".backoff.base", Type: "int", Default: strconv.Itoa(r.base),
				Doc: "The first pause before that, in ms."},
			connector.Option{Name: r.name + ".backoff.max", Type: "int", Default: strconv.Itoa(r.max),
				Doc: "The longest pause, in ms."},
			connector.Option{Name: r.name + ".backoff.expconst", Type: "float", Default: "1.5",
				Doc: "Pauses grow by this factor."})
	}
	for i := range out {
		out[i].Name = "scan." + out[i].Name
	}
	return out
}

// consumerOptions are the same as FlinkKinesisConsumer names them.
var consumerOptions = connector.Option{Name: "flink.", Type: "string", Prefix: true,
	Doc: "The same settings as those that begin with 'scan.', as FlinkKinesisConsumer has them: " +
		"'flink.stream.initpos'."}

// settings reads options of reading by either name.
type settings struct {
	o *connector.Options
}

// readSettings refuses settings that there are not; the registry has seen those of SQL.
func readSettings(t *connector.Table) (*settings, error) {
	known := scanOptions()
	names := make([]string, len(known))
	for i, o := range known {
		names[i] = "flink." + strings.TrimPrefix(o.Name, "scan.")
	}
	for name := range t.Options {
		if !strings.HasPrefix(name, "flink.") || strings.HasPrefix(name, "flink.stream.efo.") ||
			slices.Contains(names, name) {
			continue
		}
		err := errs.Userf("table '%s': there is no property '%s'", t.Name, name)
		if hint := errs.DidYouMean(name, names); hint != "" {
			return nil, err.Fix("%s", hint)
		}
		return nil, err.Fix("there are %s", strings.Join(names, ", "))
	}
	return &settings{o: t.OptionReader()}, nil
}

// name is the option that is set.
func (s *settings) name(setting string) string {
	if s.o.Has("flink." + setting) {
		return "flink." + setting
	}
	return "scan." + setting
}

func (s *settings) millis(setting string, def, low int64) time.Duration {
	return time.Duration(s.o.Int(s.name(setting), def, low)) * time.Millisecond
}

// backoff is how a request is tried again.
type backoff struct {
	retries   int
	base, max time.Duration
	factor    float64
}

func (s *settings) backoff(name string) backoff {
	b := backoff{retries: math.MaxInt, factor: s.o.Float(s.name(name+".backoff.expconst"), 1.5)}
	for _, r := range retried {
		if r.name == name {
			b.base = s.millis(name+".backoff.base", int64(r.base), 1)
			b.max = s.millis(name+".backoff.max", int64(r.max), 1)
		}
	}
	if key := s.name(name + ".maxretries"); s.o.Has(key) {
		b.retries = int(s.o.Int(key, 0, 0))
	}
	if b.factor < 1 {
		s.o.Fail(s.name(name+".backoff.expconst"), "at least 1")
	}
	return b
}

// pause is how long to wait before try, counted from 0: a random part of a bound that grows, so that
// readers that were refused together do not come back together.
func (b *backoff) pause(try int) time.Duration {
	bound := min(float64(b.base)*math.Pow(b.factor, float64(try)), float64(b.max))
	return time.Duration(bound * (0.5 + rand.Float64()/2))
}
