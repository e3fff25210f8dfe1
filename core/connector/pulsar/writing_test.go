package pulsar_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/connector/pulsar/broker"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// testLeftOpen: a writer that is killed leaves a transaction open, and one that was prepared. The
// next attempt ends the first and commits the second, and nobody waits for the time they have.
func testLeftOpen(t *testing.T, c cluster) {
	topic := topicName(t)
	open := func() connector.Sink {
		return sink(t, table(c, topic, "sink.delivery-guarantee", "exactly-once"))
	}
	job := connector.WriterContext{JobID: "job", Operator: "sink"}
	w := connectortest.Open(t, open(), job, nil)
	w.Write(rows(0, 3))
	first, state := w.Barrier(false)
	w.Write(rows(10, 13))
	w.Barrier(false) // this checkpoint is never complete
	w.Write(rows(20, 23))
	w.Flush()
	// Nothing is closed: as after a kill.
	job.Attempt, job.RestoredCheckpoint, job.Restored = 1, 1, [][]byte{state}
	again := connectortest.Open(t, open(), job, first)
	again.Write(rows(3, 6))
	second, _ := again.Barrier(true)
	again.Commit(second)
	again.Close()
	same(t, "rows", visible(t, c, topic)(), texts(0, 6))
	w.Close()
}

// testTimedOut: brokers that have aborted a transaction are not taken for ones that committed it.
func testTimedOut(t *testing.T, c cluster) {
	topic := topicName(t)
	s := sink(t, table(c, topic, "sink.delivery-guarantee", "exactly-once",
		"pulsar.sink.transactionTimeoutMillis", c.life()))
	w := connectortest.Open(t, s, connector.WriterContext{JobID: "job", Operator: "sink"}, nil)
	w.Write(rows(0, 3))
	list, _ := w.Barrier(false)
	c.expire()
	fill(t, c, topic, 50, 1) // readers see it when the transaction in front of it has ended
	look := visible(t, c, topic)
	eventually(t, "the end of the transaction", func() bool { return len(look()) == 1 })
	_, err := w.Committer.Commit(list)
	if errs.MarkOf(err) != errs.Data || !strings.Contains(err.Error(), "aborted") ||
		!strings.Contains(err.Error(), "transactionTimeoutMillis") {
		t.Fatal(err)
	}
	w.Close()
}

// testPacked: every compression, and entries without a batch.
func testPacked(t *testing.T, c cluster) {
	for i, name := range broker.Compressions {
		topic := topicName(t)
		for k, pairs := range [][]string{{"pulsar.producer.batchingEnabled", "false"},
			{"pulsar.producer.batchingMaxMessages", "7"}} {
			tab := table(c, topic, "pulsar.producer.compressionType", name, pairs[0], pairs[1])
			if err := connectortest.Write(t, tab, rows(100*k, 100*k+50)); err != nil {
				t.Fatal(i, name, err)
			}
		}
		same(t, name, visible(t, c, topic)(), slices.Concat(texts(0, 50), texts(100, 150)))
	}
}

var around = types.NewSchema(types.F("id", types.Of(types.BigInt)), types.F("k", types.String()),
	types.F("at", types.WithPrecision(types.TimestampLTZ, 3)),
	types.F("props", types.MapOf(types.String(), types.String())))

func metadataTable(c cluster, topic string) *connector.Table {
	tab := table(c, topic)
	tab.Schema = around
	tab.Metadata = map[string]string{"k": "key", "at": "event_time", "props": "properties"}
	return tab
}

func metadataRows() *batch.Batch {
	n := 4
	ids, keys := batch.NewBuilder(types.Of(types.BigInt), n), batch.NewBuilder(types.String(), n)
	times := batch.NewBuilder(around.Fields[2].Type, n)
	props := batch.NewBuilder(around.Fields[3].Type, n)
	for i := range n {
		batch.Append(ids, int64(i))
		if i == 2 {
			keys.AppendNull()
			times.AppendNull()
		} else {
			keys.AppendString(fmt.Sprint("key", i))
			batch.Append(times, int64(1_700_000_000_000+i))
		}
		for p := range i {
			props.Child(0).AppendString(fmt.Sprint("p", p))
			props.Child(1).AppendString(fmt.Sprint("v", i))
		}
		props.CloseList()
	}
	return batch.New(around, []*batch.Column{ids.Finish(), keys.Finish(), times.Finish(),
		props.Finish()}, n)
}

// testRoutes: by key all messages of a key are in one partition, round-robin uses all.
func testRoutes(t *testing.T, c cluster) {
	topic := topicName(t)
	c.partitioned(t, topic, 3)
	byKey := metadataTable(c, topic)
	byKey.Options["sink.topic-routing-mode"] = "message-key-hash"
	for range 3 {
		if err := connectortest.Write(t, byKey, metadataRows()); err != nil {
			t.Fatal(err)
		}
	}
	at := map[string]map[int]bool{}
	for p := range 3 {
		for _, row := range visible(t, c, broker.PartitionName(topic, p))() {
			id := strings.Split(row, "|")[1]
			if at[id] == nil {
				at[id] = map[int]bool{}
			}
			at[id][p] = true
		}
	}
	for i := range 4 { // the one of 2 has no key
		want := int(broker.Murmur(fmt.Append(nil, "key", i))) % 3
		if i != 2 && (len(at[fmt.Sprint(i)]) != 1 || !at[fmt.Sprint(i)][want]) {
			t.Errorf("key%d is in %v, want %d", i, at[fmt.Sprint(i)], want)
		}
	}
	topic = topicName(t)
	c.partitioned(t, topic, 3)
	if err := connectortest.Write(t, table(c, topic), rows(0, 1), rows(1, 2), rows(2, 3)); err != nil {
		t.Fatal(err)
	}
	for p := range 3 {
		if got := visible(t, c, broker.PartitionName(topic, p))(); len(got) != 1 {
			t.Errorf("partition %d has %q", p, got)
		}
	}
}
