package kafka_test

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// counts returns how many records each partition of a topic has.
func (c *cluster) counts(topic string) (n [3]int64) {
	c.t.Helper()
	ends, err := kadm.NewClient(c.client).ListEndOffsets(limit(c.t), topic)
	if err != nil {
		c.t.Fatal(err)
	}
	ends.Each(func(o kadm.ListedOffset) { n[o.Partition] = o.Offset })
	return n
}

// javaKeys are keys whose hash by Java's client is known from its own tests: topics that both write
// to must fit together.
var javaKeys = []string{"21", "foobar", "a-little-bit-long-string", "a-little-bit-longer-string",
	"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"}

func TestPartitioners(t *testing.T) {
	c := start(t, "fixed", "turns", "keyed")
	fields := types.NewSchema(types.F("k", types.String()), types.F("id", types.Of(types.Int)))
	rows := batch.NewRowBuilder(fields, 0)
	for i := range int32(30) {
		rows.Cols[0].AppendString(javaKeys[i%5])
		batch.Append(rows.Cols[1], i)
	}
	b := rows.Finish()
	put := func(topic string, options ...string) [3]int64 {
		t.Helper()
		table := c.table(fields, append([]string{"topic", topic}, options...)...)
		w := connectortest.Open(t, sink(t, table), connector.WriterContext{Subtask: 1, Parallelism: 2}, nil)
		w.Write(b)
		w.Barrier(true)
		w.Close()
		return c.counts(topic)
	}
	if n := put("fixed", "format", "json", "sink.partitioner", "fixed"); n != [3]int64{0, 30, 0} {
		t.Errorf("fixed: %v", n)
	}
	if n := put("turns", "format", "json", "sink.partitioner", "round-robin"); n != [3]int64{10, 10, 10} {
		t.Errorf("round-robin: %v", n)
	}
	keyed := put("keyed", "key.format", "raw", "key.fields", "k", "value.format", "json",
		"value.fields-include", "ALL")
	// "21" and "foobar" hash to 0, the others to 2.
	want := [3]int64{12, 0, 18}
	if keyed != want {
		t.Errorf("by key: %v, want %v", keyed, want)
	}
}
