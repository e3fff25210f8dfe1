package pulsar_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	_ "github.com/headrace/headrace/core/connector/pulsar" // registers itself
	"github.com/headrace/headrace/core/connector/pulsar/broker"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	_ "github.com/headrace/headrace/core/format/json" // likewise
	_ "github.com/headrace/headrace/core/format/raw"
)

// cluster is a server of the tests.
type cluster interface {
	url() string
	admin() string
	partitioned(t testing.TB, topic string, n int)
	// life is a time for transactions that expire waits for, in milliseconds.
	life() string
	expire()
}

var (
	schema = types.NewSchema(types.F("id", types.Of(types.BigInt)), types.F("name", types.String()))
	count  atomic.Int64
)

// patience is how long anything may take.
const patience = 2 * time.Minute

func topicName(t testing.TB) string {
	name := strings.NewReplacer("/", "-", " ", "-").Replace(t.Name())
	return fmt.Sprintf("%s-%x-%d", name, time.Now().UnixNano(), count.Add(1))
}

// table describes a table with the options given as pairs.
func table(c cluster, topics string, pairs ...string) *connector.Table {
	t := &connector.Table{Name: "t", Schema: schema, Options: map[string]string{
		"connector": "pulsar", "service-url": c.url(), "topics": topics, "format": "json",
		"source.subscription-name": "s"}}
	for i := 0; i < len(pairs); i += 2 {
		if t.Options[pairs[i]] = pairs[i+1]; pairs[i+1] == "" {
			delete(t.Options, pairs[i])
		}
	}
	return t
}

func source(t testing.TB, tab *connector.Table) connector.Source {
	t.Helper()
	s, err := connector.NewSource(tab)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sink(t testing.TB, tab *connector.Table) connector.Sink {
	t.Helper()
	s, err := connector.NewSink(tab)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func client(t testing.TB, c cluster) *broker.Client {
	t.Helper()
	k, err := broker.NewClient(broker.Config{URL: c.url(), Log: slog.Default()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	return k
}

// later waits until the clock of the machine has moved on, and returns what it shows.
func later() int64 {
	now := time.Now().UnixMilli()
	for time.Now().UnixMilli() <= now {
		time.Sleep(100 * time.Microsecond)
	}
	return now + 1
}

func full(topic string) string { return "persistent://public/default/" + topic }

// produce writes entries to a topic, one after the other, and returns where they are.
func produce(t testing.TB, c cluster, topic string, entries ...broker.Entry) []broker.ID {
	t.Helper()
	p := client(t, c).Produce(broker.Production{Topic: full(topic)})
	defer p.Close()
	var out []broker.ID
	for _, e := range entries {
		type result struct {
			id  broker.ID
			err error
		}
		came := make(chan result, 1)
		p.Send(e, func(id broker.ID, err error) { came <- result{id, err} })
		select {
		case r := <-came:
			if r.err != nil {
				t.Fatal(r.err)
			}
			out = append(out, r.id)
		case <-time.After(patience):
			t.Fatal("the broker does not confirm")
		}
	}
	return out
}

func value(i int) []byte { return fmt.Appendf(nil, `{"id": %d, "name": "n%d"}`, i, i) }

func text(i int) string { return fmt.Sprintf("+I|%d|n%d", i, i) }

func texts(from, to int) []string {
	var out []string
	for i := from; i < to; i++ {
		out = append(out, text(i))
	}
	return out
}

// single is an entry of one message.
func single(i int) broker.Entry {
	return broker.Entry{Single: true, Messages: []broker.Message{{Value: value(i)}}}
}

// many is a batch of messages.
func many(from, to int) broker.Entry {
	var e broker.Entry
	for i := from; i < to; i++ {
		e.Messages = append(e.Messages, broker.Message{Value: value(i)})
	}
	return e
}

// fill writes n numbered messages, in batches and alone.
func fill(t testing.TB, c cluster, topic string, from, n int) []broker.ID {
	t.Helper()
	var list []broker.Entry
	for i := from; i < from+n; {
		if i%3 == 0 {
			list = append(list, single(i))
			i++
			continue
		}
		to := min(i+5, from+n)
		list = append(list, many(i, to))
		i = to
	}
	return produce(t, c, topic, list...)
}

func rows(from, to int) *batch.Batch {
	ids, names := batch.NewBuilder(types.Of(types.BigInt), to-from), batch.NewBuilder(types.String(), to-from)
	for i := from; i < to; i++ {
		batch.Append(ids, int64(i))
		names.AppendString("n" + strconv.Itoa(i))
	}
	return batch.New(schema, []*batch.Column{ids.Finish(), names.Finish()}, to-from)
}

// visible reads what there is, in the order of the numbers.
func visible(t testing.TB, c cluster, topics string) func() []string {
	return func() []string {
		t.Helper()
		s := source(t, table(c, topics, "source.stop.at-message-id", "latest",
			"source.subscription-name", fmt.Sprintf("look-%d", count.Add(1))))
		got, err := connectortest.Start(t, s, 1, nil).All(100)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

func same(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(sorted(got), sorted(want)) {
		t.Fatalf("%s: %q, want %q", what, got, want)
	}
}

// all runs every test against a server.
func all(t *testing.T, c cluster) {
	for _, p := range []struct {
		name string
		run  func(t *testing.T, c cluster)
	}{
		{"bounded", testBounded}, {"at least once", testAtLeastOnce}, {"exactly once", testExactlyOnce},
		{"starts", testStarts}, {"stops", testStops}, {"nothing left", testNothingLeft},
		{"keys", testKeys}, {"pattern", testPattern}, {"discovery", testDiscovery},
		{"cursor", testCursor}, {"left open", testLeftOpen}, {"timed out", testTimedOut},
		{"packed", testPacked}, {"metadata", testMetadata}, {"routes", testRoutes},
	} {
		t.Run(p.name, func(t *testing.T) { p.run(t, c) })
	}
}

func testBounded(t *testing.T, c cluster) {
	topic := topicName(t)
	c.partitioned(t, topic, 3)
	for p := range 3 {
		fill(t, c, broker.PartitionName(topic, p), 100*p, 40)
	}
	want := slices.Concat(texts(0, 40), texts(100, 140), texts(200, 240))
	connectortest.Bounded(t, func() connector.Source {
		return source(t, table(c, topic, "source.stop.at-message-id", "latest",
			"pulsar.source.resetSubscriptionCursor", "true"))
	}, want, 6)
}

func testAtLeastOnce(t *testing.T, c cluster) {
	topic := topicName(t)
	c.partitioned(t, topic, 2)
	connectortest.AtLeastOnce(t, func() connector.Sink { return sink(t, table(c, topic)) },
		[3]*batch.Batch{rows(0, 10), rows(10, 20), rows(20, 30)}, false, visible(t, c, topic))
}

func testExactlyOnce(t *testing.T, c cluster) {
	topic := topicName(t)
	c.partitioned(t, topic, 2)
	connectortest.ExactlyOnce(t, func() connector.Sink {
		return sink(t, table(c, topic, "sink.delivery-guarantee", "exactly-once",
			"pulsar.producer.batchingMaxMessages", "2"))
	}, [3]*batch.Batch{rows(0, 10), rows(10, 20), rows(20, 30)}, visible(t, c, topic))
}
