package kafka_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/types"
)

// catalog is a metadata service as one in Python answers.
type catalog struct {
	mu      sync.Mutex
	streams map[string]map[string]any
	fails   int
}

// at says where a stream is: clusters by name, each with its broker and topics.
func (c *catalog) at(stream string, clusters map[string][]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.streams == nil {
		c.streams = map[string]map[string]any{}
	}
	c.streams[stream] = map[string]any{}
	for id, topics := range clusters {
		c.streams[stream][id] = map[string]any{"topics": topics[1:],
			"properties": map[string]string{"bootstrap.servers": topics[0]}}
	}
}

func (c *catalog) call(class string, parameters []string, method string, question []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if class != "m:Service" || method != "_locate" || !slices.Equal(parameters, []string{"p"}) {
		return nil, fmt.Errorf("call of %s.%s %v", class, method, parameters)
	}
	if c.fails > 0 {
		c.fails--
		return nil, fmt.Errorf("the service is unwell")
	}
	return json.Marshal(c.streams)
}

func (c *catalog) table(options ...string) *connector.Table {
	t := &connector.Table{Name: "t", Schema: textSchema, Metadata: map[string]string{}, Zone: "UTC",
		Call: c.call, Options: map[string]string{"connector": "dynamic-kafka", "format": "raw",
			"metadata-service": "m:Service", "metadata-service.parameters": "p",
			"scan.startup.mode": "earliest-offset", "stream-ids": "s",
			"properties.stream-metadata-discovery-interval-ms": "20"}}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = options[i+1]
	}
	return t
}

// until steps until the rows are there.
func until(t *testing.T, r *connectortest.Run, want ...string) {
	t.Helper()
	for ctx := limit(t); len(r.Rows) < len(want); {
		if _, err := r.Step(3); err != nil || ctx.Err() != nil {
			t.Fatal(r.Rows, err, ctx.Err())
		}
	}
	slices.Sort(r.Rows)
	same(t, r.Rows, want...)
}

// TestStreamsOfTwoClustersConformance: restored at every place and another parallelism.
func TestStreamsOfTwoClustersConformance(t *testing.T) {
	a, b := start(t, "in"), start(t, "in", "more")
	var want []string
	for i := range 15 {
		for _, x := range []struct {
			c     *cluster
			name  string
			topic string
		}{{a, "a", "in"}, {b, "b", "in"}, {b, "c", "more"}} {
			v := fmt.Sprintf("%s%02d", x.name, i)
			x.c.text(x.topic, v)
			want = append(want, "+I|"+v)
		}
	}
	c := &catalog{}
	c.at("one", map[string][]string{"A": {a.brokers, "in"}, "B": {b.brokers, "in"}})
	c.at("two", map[string][]string{"B": {b.brokers, "more"}})
	c.at("not this", map[string][]string{"B": {"127.0.0.1:1", "none"}})
	table := c.table("stream-pattern", "one|two", "scan.bounded.mode", "latest-offset")
	delete(table.Options, "stream-ids")
	connectortest.Bounded(t, func() connector.Source { return source(t, table) }, want, 4)
}

// TestStreamsMove: clusters and topics come and go while they are read, and nothing is read twice or
// not at all, over a restore too.
func TestStreamsMove(t *testing.T) {
	a, b := start(t, "in"), start(t, "in", "more")
	c := &catalog{}
	c.at("s", map[string][]string{"A": {a.brokers, "in"}})
	a.text("in", "a1", "a2")
	src := func() connector.Source { return source(t, c.table()) }
	r := connectortest.Start(t, src(), 2, nil)
	until(t, r, "+I|a1", "+I|a2")

	b.text("in", "b1")
	c.at("s", map[string][]string{"A": {a.brokers, "in"}, "B": {b.brokers, "in"}})
	until(t, r, "+I|a1", "+I|a2", "+I|b1")

	b.text("more", "m1", "m2", "m3") // a topic of a cluster that is read: from its first record on
	c.at("s", map[string][]string{"B": {b.brokers, "in", "more"}})
	until(t, r, "+I|a1", "+I|a2", "+I|b1", "+I|m1", "+I|m2", "+I|m3")
	a.text("in", "a3", "a4") // of a cluster that is put aside by now
	b.text("in", "b2", "b3")
	until(t, r, "+I|a1", "+I|a2", "+I|b1", "+I|b2", "+I|b3", "+I|m1", "+I|m2", "+I|m3")
	state, rows := r.Checkpoint(), r.Rows
	r.Close()

	c.at("s", map[string][]string{"A": {a.brokers, "in"}, "B": {b.brokers, "more"}})
	b.text("more", "m4")
	r = connectortest.Start(t, src(), 3, state)
	r.Rows = rows
	until(t, r, "+I|a1", "+I|a2", "+I|a3", "+I|a4", "+I|b1", "+I|b2", "+I|b3", "+I|m1", "+I|m2",
		"+I|m3", "+I|m4")
	r.Close()
}

// TestReaderThatStartsAloneKnowsTheClusters: it is given no metadata again.
func TestReaderThatStartsAloneKnowsTheClusters(t *testing.T) {
	a := start(t, "in")
	c := &catalog{}
	c.at("s", map[string][]string{"A": {a.brokers, "in"}})
	a.text("in", "1", "2", "3", "4")
	src := source(t, c.table())
	r := connectortest.Start(t, src, 1, nil)
	until(t, r, "+I|1", "+I|2", "+I|3", "+I|4")
	state, rows := r.Checkpoint(), r.Rows
	r.Close()
	c.fails = 1 << 30
	a.text("in", "5")
	r = connectortest.Start(t, source(t, c.table(
		"properties.stream-metadata-discovery-failure-threshold", "1000000000")), 1, state)
	r.Rows = rows
	until(t, r, "+I|1", "+I|2", "+I|3", "+I|4", "+I|5")
	r.Close()
}

func TestMetadataServiceThatFails(t *testing.T) {
	a := start(t, "in")
	a.text("in", "1")
	c := &catalog{fails: 2}
	c.at("s", map[string][]string{"A": {a.brokers, "in"}})
	_, err := connectortest.Start(t, source(t, c.table()), 1, nil).All(10)
	if err == nil || !strings.Contains(err.Error(), "the service is unwell") {
		t.Fatal(err)
	}
	r := connectortest.Start(t, source(t, c.table(
		"properties.stream-metadata-discovery-failure-threshold", "3")), 1, nil)
	until(t, r, "+I|1")
	r.Close()
	_, err = connectortest.Start(t, source(t, c.table("stream-ids", "z")), 1, nil).All(10)
	if err == nil || !strings.Contains(err.Error(), "knows no stream 'z'") {
		t.Fatal(err)
	}
}

func TestStreamsOfASingleCluster(t *testing.T) {
	a := start(t, "in", "in2", "other")
	a.text("in", "1", "2", "3")
	a.text("in2", "4")
	a.text("other", "5")
	table := func(options ...string) *connector.Table {
		x := (&catalog{}).table(append([]string{"metadata-service", "single-cluster",
			"metadata-service.cluster-id", "c", "metadata-service.properties",
			`{"bootstrap.servers": "` + a.brokers + `"}`, "scan.bounded.mode", "latest-offset"},
			options...)...)
		delete(x.Options, "metadata-service.parameters")
		return x
	}
	same(t, read(t, table("stream-ids", "in;in2")), "+I|1", "+I|2", "+I|3", "+I|4")
	pattern := table("stream-pattern", "in.*")
	delete(pattern.Options, "stream-ids")
	same(t, read(t, pattern), "+I|1", "+I|2", "+I|3", "+I|4")
	same(t, read(t, table("stream-ids", "in", "scan.startup.mode", "specific-offsets",
		"scan.startup.specific-offsets", "topic:in,partition:0,offset:1")), "+I|2", "+I|3")

	_, err := connectortest.Start(t, source(t, table("stream-ids", "im")), 1, nil).All(10)
	if err == nil || !strings.Contains(err.Error(), "there is no topic 'im'") ||
		!strings.Contains(err.Error(), "did you mean 'in") {
		t.Fatal(err)
	}
	for _, x := range []struct{ name, value, want string }{
		{"stream-pattern", "x", "exactly one of 'stream-ids' and 'stream-pattern'"},
		{"metadata-service", "singel-cluster", "did you mean 'single-cluster'"},
		{"metadata-service.properties", "[]", "a JSON object"},
		{"metadata-service.properties", "{}", "bootstrap.servers"},
		{"stream-id", "x", "did you mean 'stream-ids'"},
		{"properties.stream-metadata-discovery-interval-ms", "soon", "a whole number"},
	} {
		if _, err := connector.NewSource(table(x.name, x.value)); err == nil ||
			!strings.Contains(err.Error(), x.want) {
			t.Errorf("%s = %s: %v", x.name, x.value, err)
		}
	}
}

// TestStreamsProjection: each cluster decodes what is asked for.
func TestStreamsProjection(t *testing.T) {
	a := start(t, "in")
	a.send(&kgo.Record{Topic: "in", Partition: 2, Value: []byte(`{"x": 1, "y": 2}`)})
	c := &catalog{}
	c.at("s", map[string][]string{"A": {a.brokers, "in"}})
	table := c.table("format", "json", "scan.bounded.mode", "latest-offset")
	table.Schema = types.NewSchema(types.F("x", types.Of(types.Int)), types.F("y", types.Of(types.Int)),
		types.F("p", types.Of(types.Int)))
	table.Metadata = map[string]string{"p": "partition"}
	src, err := source(t, table).(connector.ProjectionPushDown).Project([]int{2, 1})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := connectortest.Start(t, src, 1, nil).All(10)
	if err != nil {
		t.Fatal(err)
	}
	same(t, rows, "+I|2|2")
}
