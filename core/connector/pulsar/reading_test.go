package pulsar_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/connector/pulsar/broker"
)

// read is what a table gives to its end.
func read(t testing.TB, tab *connector.Table) []string {
	t.Helper()
	got, err := connectortest.Start(t, source(t, tab), 1, nil).All(100)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// fresh is the option of a subscription of its own.
func fresh() string { return fmt.Sprintf("s-%d", count.Add(1)) }

func hexID(t testing.TB, id broker.ID) string {
	b, err := id.AppendID(nil)
	if err != nil {
		t.Fatal(err)
	}
	return "0x" + hex.EncodeToString(b)
}

func testStarts(t *testing.T, c cluster) {
	topic := topicName(t)
	c.partitioned(t, topic, 1)
	part := broker.PartitionName(topic, 0)
	ids := produce(t, c, part, many(0, 4), single(4))
	at := later()
	ids = append(ids, produce(t, c, part, single(5), many(6, 9))...)
	inBatch := ids[0]
	inBatch.Batch = 1
	for _, p := range []struct {
		name  string
		want  []string
		pairs []string
	}{
		{"earliest", texts(0, 9), nil},
		{"latest", nil, []string{"source.start.from-message-id", "latest"}},
		{"message", texts(4, 9), []string{"source.start.from-message-id", hexID(t, ids[1])}},
		{"behind message", texts(5, 9), []string{"source.start.from-message-id", hexID(t, ids[1]),
			"source.start.inclusive", "false"}},
		{"in batch", texts(1, 9), []string{"source.start.from-message-id", hexID(t, inBatch)}},
		{"behind in batch", texts(2, 9), []string{"source.start.from-message-id",
			fmt.Sprintf("%d:%d:0:1", inBatch.Ledger, inBatch.Entry), "source.start.inclusive", "false"}},
		{"time", texts(5, 9), []string{"source.start.from-publish-time", strconv.FormatInt(at, 10)}},
	} {
		t.Run(p.name, func(t *testing.T) {
			sub := fresh()
			pairs := append([]string{"source.subscription-name", sub, "admin-url", c.admin(),
				"source.stop.at-message-id", "latest"}, p.pairs...)
			same(t, "new", read(t, table(c, topic, pairs...)), p.want)
			same(t, "not acknowledged", read(t, table(c, topic, pairs...)), p.want)
			moved := append(pairs, "pulsar.source.resetSubscriptionCursor", "true",
				"admin-url", "")
			same(t, "reset", read(t, table(c, topic, moved...)), p.want)
		})
	}
}

func testStops(t *testing.T, c cluster) {
	topic := topicName(t)
	c.partitioned(t, topic, 1)
	part := broker.PartitionName(topic, 0)
	timed := many(6, 9)
	for i := range timed.Messages {
		timed.Messages[i].EventTime = int64(1000 + i)
	}
	ids := produce(t, c, part, many(0, 4), single(4))
	at := later()
	ids = append(ids, produce(t, c, part, single(5), timed, single(9))...)
	inBatch := ids[0]
	inBatch.Batch = 1
	last := at - 1 // the latest time that anything before was published at
	for _, p := range []struct {
		name  string
		want  []string
		pairs []string
	}{
		{"at message", texts(0, 4), []string{"at-message-id", hexID(t, ids[1])}},
		{"after message", texts(0, 5), []string{"after-message-id", hexID(t, ids[1])}},
		{"at in batch", texts(0, 1), []string{"at-message-id", hexID(t, inBatch)}},
		{"after in batch", texts(0, 2), []string{"after-message-id", hexID(t, inBatch)}},
		{"after batch", texts(0, 4), []string{"after-message-id",
			fmt.Sprintf("%d:%d:0", ids[0].Ledger, ids[0].Entry)}},
		{"latest", texts(0, 10), []string{"at-message-id", "latest"}},
		{"at publish time", texts(0, 5), []string{"at-publish-time", strconv.FormatInt(at, 10)}},
		{"after publish time", texts(0, 5), []string{"after-publish-time", strconv.FormatInt(last, 10)}},
		{"at event time", texts(0, 7), []string{"at-event-time", "1001"}},
		{"after event time", texts(0, 8), []string{"after-event-time", "1001"}},
	} {
		t.Run(p.name, func(t *testing.T) {
			tab := table(c, topic, "source.subscription-name", fresh(), "source.stop."+p.pairs[0],
				p.pairs[1])
			same(t, "rows", read(t, tab), p.want)
			streaming := table(c, topic, "source.subscription-name", fresh(),
				"source.stop."+p.pairs[0], p.pairs[1], "source.stop.streaming", "true")
			if source(t, streaming).Bounded() {
				t.Error("the job is to be a streaming one")
			}
			same(t, "rows of a streaming job", read(t, streaming), p.want)
			connectortest.Bounded(t, func() connector.Source {
				tab.Options["pulsar.source.resetSubscriptionCursor"] = "true"
				return source(t, tab)
			}, p.want, 3)
		})
	}
}

// testNothingLeft: a bounded job ends though no message comes that is behind its end.
func testNothingLeft(t *testing.T, c cluster) {
	topic := topicName(t)
	c.partitioned(t, topic, 2)
	pairs := []string{"source.subscription-name", fresh(), "source.stop.at-message-id", "latest"}
	same(t, "empty", read(t, table(c, topic, pairs...)), nil)
	fill(t, c, broker.PartitionName(topic, 0), 0, 10)
	r := connectortest.Start(t, source(t, table(c, topic, pairs...)), 1, nil)
	for len(r.Rows) < 10 {
		if _, err := r.Step(100); err != nil {
			t.Fatal(err)
		}
	}
	r.Checkpoint()
	r.Complete(1)
	r.Close()
	eventually(t, "nothing is left", func() bool {
		return len(read(t, table(c, topic, pairs...))) == 0
	})
	same(t, "no topic", read(t, table(c, topic+"-none", pairs...)), nil)
}

// eventually waits until something is so.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

func testKeys(t *testing.T, c cluster) {
	topic := topicName(t)
	c.partitioned(t, topic, 1)
	e := many(0, 5)
	for i, k := range []string{"a", "b", "", "c", "a"} {
		if k != "" {
			e.Messages[i].Key = []byte(k)
		}
	}
	e.Messages[3].OrderingKey = []byte("o")
	alone := single(5)
	alone.Messages[0].Key = []byte("b")
	produce(t, c, broker.PartitionName(topic, 0), e, alone)
	for _, p := range []struct {
		want  []string
		pairs []string
	}{
		{[]string{text(0), text(4)}, []string{"keys", `["a"]`}},
		{[]string{text(0), text(1), text(4), text(5)}, []string{"keys", `["a", "b"]`}},
		{[]string{text(2)}, []string{"null-key", "true"}},
		{[]string{text(1), text(5)}, []string{"key-bytes", hex.EncodeToString([]byte("b"))}},
		{[]string{text(3)}, []string{"ordering-key-bytes", hex.EncodeToString([]byte("o"))}},
		{nil, []string{"keys", `["c"]`}},
	} {
		got := read(t, table(c, topic, "source.subscription-name", fresh(),
			"source.stop.at-message-id", "latest", "source.key-range."+p.pairs[0], p.pairs[1]))
		same(t, fmt.Sprint(p.pairs), got, p.want)
	}
}

func testPattern(t *testing.T, c cluster) {
	topic := topicName(t)
	c.partitioned(t, topic+"-x", 2)
	fill(t, c, broker.PartitionName(topic+"-x", 1), 0, 5)
	fill(t, c, topic+"-y", 5, 5)
	fill(t, c, topic+"-other", 10, 5)
	fill(t, c, "a"+topic+"-x", 15, 5)
	got := read(t, table(c, "", "topics", "", "topic-pattern", topic+"-[xy]",
		"source.stop.at-message-id", "latest"))
	same(t, "rows", got, texts(0, 10))
}

// testDiscovery: topics that come later are read from their first message.
func testDiscovery(t *testing.T, c cluster) {
	topic := topicName(t)
	fill(t, c, topic+"-a", 0, 3)
	tab := table(c, topic+"-a;"+topic+"-b", "source.start.from-message-id", "latest",
		"pulsar.source.partitionDiscoveryIntervalMs", "20")
	r := connectortest.Start(t, source(t, tab), 2, nil)
	defer r.Close()
	step := func() {
		if more, err := r.Step(10); err != nil || !more {
			t.Fatal("an unbounded source ended", err)
		}
	}
	eventually(t, "splits", func() bool { step(); return r.Asked() })
	fill(t, c, topic+"-a", 10, 5)
	fill(t, c, topic+"-b", 20, 5)
	want := slices.Concat(texts(10, 15), texts(20, 25))
	eventually(t, "rows", func() bool { step(); return len(r.Rows) >= len(want) })
	same(t, "rows", r.Rows, want)
}

// testCursor: the subscription follows complete checkpoints, never what is behind them.
func testCursor(t *testing.T, c cluster) {
	topic := topicName(t)
	fill(t, c, topic, 0, 20)
	tab := table(c, topic)
	r := connectortest.Start(t, source(t, tab), 1, nil)
	upTo := func(n int) {
		for len(r.Rows) < n {
			if _, err := r.Step(1); err != nil {
				t.Fatal(err)
			}
		}
	}
	upTo(9)
	r.Checkpoint()
	upTo(15) // read, but in no checkpoint
	r.Complete(1)
	r.Close()
	eventually(t, "the cursor", func() bool {
		tab.Options["source.stop.at-message-id"] = "latest"
		got := read(t, tab)
		for _, want := range texts(9, 20) { // whole entries: up to 4 more
			if !slices.Contains(got, want) {
				t.Fatalf("%s was acknowledged, but is in no checkpoint", want)
			}
		}
		return len(got) < 15
	})
}

// testMetadata: what is around a value, written and read.
func testMetadata(t *testing.T, c cluster) {
	topic := topicName(t)
	c.partitioned(t, topic, 1)
	tab := metadataTable(c, topic)
	if err := connectortest.Write(t, tab, metadataRows()); err != nil {
		t.Fatal(err)
	}
	tab.Options["source.stop.at-message-id"] = "latest"
	same(t, "rows", read(t, tab), connectortest.Text(metadataRows()))
}
