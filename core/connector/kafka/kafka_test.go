package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	_ "github.com/headrace/headrace/core/connector/kafka" // registers itself
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	_ "github.com/headrace/headrace/core/format/json" // registers itself
	_ "github.com/headrace/headrace/core/format/json/cdc"
	_ "github.com/headrace/headrace/core/format/raw"
)

// cluster is a broker in this process and a client of its own.
type cluster struct {
	t       testing.TB
	fake    *kfake.Cluster
	brokers string
	client  *kgo.Client
}

func start(t testing.TB, topics ...string) *cluster {
	t.Helper()
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, topics...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	c := &cluster{t: t, fake: fake, brokers: strings.Join(fake.ListenAddrs(), ",")}
	c.client, err = kgo.NewClient(kgo.SeedBrokers(fake.ListenAddrs()...),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.UnknownTopicRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.client.Close)
	return c
}

func limit(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func (c *cluster) send(records ...*kgo.Record) {
	c.t.Helper()
	if err := c.client.ProduceSync(limit(c.t), records...).FirstErr(); err != nil {
		c.t.Fatal(err)
	}
}

// text sends values to the partitions of a topic in turn.
func (c *cluster) text(topic string, values ...string) {
	c.t.Helper()
	for i, v := range values {
		c.send(&kgo.Record{Topic: topic, Partition: int32(i % 3), Value: []byte(v),
			Timestamp: time.UnixMilli(int64(1000 * (i + 1)))})
	}
}

// committed reads what a reader of committed records sees in a topic, as "key=value".
func (c *cluster) committed(topic string) []string {
	c.t.Helper()
	ctx := limit(c.t)
	adm := kadm.NewClient(c.client)
	ends, err := adm.ListCommittedOffsets(ctx, topic)
	if err != nil {
		c.t.Fatal(err)
	}
	at, want := map[int32]kgo.Offset{}, map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			at[o.Partition], want[o.Partition] = kgo.NewOffset().AtStart(), o.Offset
		}
	})
	if len(at) == 0 {
		return nil
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(c.fake.ListenAddrs()...), kgo.KeepControlRecords(),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: at}))
	if err != nil {
		c.t.Fatal(err)
	}
	defer reader.Close()
	var out []string
	for len(want) > 0 {
		fetches := reader.PollFetches(ctx)
		if ctx.Err() != nil {
			c.t.Fatalf("topic %s: partitions %v were not read to their end", topic, want)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if r.Offset >= want[r.Partition]-1 {
				delete(want, r.Partition)
			}
			if r.Attrs.IsControl() {
				return
			}
			value := "null"
			if r.Value != nil {
				value = string(r.Value)
			}
			out = append(out, string(r.Key)+"="+value)
		})
	}
	slices.Sort(out)
	return out
}

var textSchema = types.NewSchema(types.F("v", types.String()))

func (c *cluster) table(schema *types.Schema, options ...string) *connector.Table {
	t := &connector.Table{Name: "t", Schema: schema, Metadata: map[string]string{}, Zone: "UTC",
		Options: map[string]string{"connector": "kafka",
			"properties.bootstrap.servers": c.brokers}}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = options[i+1]
	}
	return t
}

func source(t testing.TB, table *connector.Table) connector.Source {
	t.Helper()
	s, err := connector.NewSource(table)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t *testing.T, table *connector.Table) []string {
	t.Helper()
	rows, err := connectortest.Start(t, source(t, table), 2, nil).All(100)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(rows)
	return rows
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

func TestSourceConformance(t *testing.T) {
	c := start(t, "in")
	var values, want []string
	for i := range 40 {
		values = append(values, fmt.Sprintf(`{"id": %d, "name": "n%d"}`, i, i))
		want = append(want, fmt.Sprintf("+I|%d|n%d", i, i))
	}
	c.text("in", values...)
	table := c.table(types.NewSchema(types.F("id", types.Of(types.Int)), types.F("name", types.String())),
		"topic", "in", "format", "json", "scan.startup.mode", "earliest-offset",
		"scan.bounded.mode", "latest-offset")
	connectortest.Bounded(t, func() connector.Source { return source(t, table) }, want, 4)

	table.Options["scan.bounded.streaming"] = "true" // it ends all the same
	slices.Sort(want)
	if source(t, table).Bounded() {
		t.Error("a streaming source counts as bounded")
	}
	same(t, read(t, table), want...)
}

func TestStartAndEnd(t *testing.T) {
	c := start(t, "in")
	c.text("in", "a", "b", "c", "d", "e", "f") // partition 0: a d, 1: b e, 2: c f, times 1 s, 2 s, …
	if err := kadm.NewClient(c.client).CommitAllOffsets(limit(t), "g", kadm.Offsets{
		"in": {0: {Topic: "in", Partition: 0, At: 1}, 1: {Topic: "in", Partition: 1, At: 2}}}); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		options []string
		want    string
	}{
		{[]string{"scan.startup.mode", "earliest-offset"}, "a b c d e f"},
		{[]string{"scan.startup.mode", "latest-offset"}, ""},
		{[]string{"scan.startup.mode", "timestamp", "scan.startup.timestamp-millis", "3500"}, "d e f"},
		{[]string{"properties.group.id", "g", "properties.auto.offset.reset", "earliest"}, "c d f"},
		{[]string{"properties.group.id", "g", "properties.auto.offset.reset", "latest"}, "d"},
		{[]string{"scan.startup.mode", "specific-offsets", "scan.startup.specific-offsets",
			"partition:0,offset:1;partition:1,offset:0;partition:2,offset:2"}, "b d e"},
		{[]string{"scan.startup.mode", "earliest-offset", "scan.bounded.mode", "timestamp",
			"scan.bounded.timestamp-millis", "4500"}, "a b c d"},
		{[]string{"scan.startup.mode", "earliest-offset", "scan.bounded.mode", "group-offsets",
			"properties.group.id", "g", "properties.auto.offset.reset", "earliest"}, "a b e"},
		{[]string{"scan.startup.mode", "earliest-offset", "scan.bounded.mode", "specific-offsets",
			"scan.bounded.specific-offsets", "partition:0,offset:2;partition:1,offset:0;" +
				"partition:2,offset:1"}, "a c d"},
	} {
		table := c.table(textSchema, append([]string{"topic", "in", "format", "raw",
			"scan.bounded.mode", "latest-offset"}, x.options...)...)
		var want []string
		for _, v := range strings.Fields(x.want) {
			want = append(want, "+I|"+v)
		}
		if got := read(t, table); !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", x.options, got, want)
		}
	}
}

func TestGroupWithoutOffsetIsAnError(t *testing.T) {
	c := start(t, "in")
	_, err := connectortest.Start(t, source(t, c.table(textSchema, "topic", "in", "format", "raw",
		"properties.group.id", "g", "scan.bounded.mode", "latest-offset")), 1, nil).All(10)
	if err == nil || !strings.Contains(err.Error(), "auto.offset.reset") {
		t.Fatal(err)
	}
}

func TestKeysMetadataAndHeaders(t *testing.T) {
	c := start(t, "in")
	c.send(&kgo.Record{Topic: "in", Partition: 1, Key: []byte(`{"id": 7}`),
		Value: []byte(`{"name": "x"}`), Timestamp: time.UnixMilli(5000),
		Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("1")}, {Key: "h", Value: []byte("2")}}},
		&kgo.Record{Topic: "in", Partition: 1, Key: []byte(`{"id": 8}`), Value: nil})
	table := c.table(types.NewSchema(
		types.F("k_id", types.Of(types.Int)), types.F("name", types.String()),
		types.F("t", types.String()), types.F("p", types.Of(types.BigInt)),
		types.F("o", types.Of(types.BigInt)), types.F("ts", types.WithPrecision(types.TimestampLTZ, 3)),
		types.F("h", types.MapOf(types.String(), types.Of(types.Varbinary))),
		types.F("kind", types.String())),
		"topic-pattern", "i.", "key.format", "json", "key.fields", "k_id", "key.fields-prefix", "k_",
		"value.format", "json", "value.fields-include", "EXCEPT_KEY",
		"scan.startup.mode", "earliest-offset", "scan.bounded.mode", "latest-offset")
	table.Metadata = map[string]string{"t": "topic", "p": "partition", "o": "offset",
		"ts": "timestamp", "h": "headers", "kind": "timestamp-type"}
	same(t, read(t, table), "+I|7|x|in|1|0|1970-01-01 00:00:05.000|{h=2}|CreateTime")

	projected, err := source(t, table).(connector.ProjectionPushDown).Project([]int{4, 0})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := connectortest.Start(t, projected, 1, nil).All(10)
	if err != nil {
		t.Fatal(err)
	}
	same(t, rows, "+I|0|7")
}

func TestUpsertSource(t *testing.T) {
	c := start(t, "in")
	for _, kv := range [][2]string{{"1", `{"id": 1, "name": "a"}`}, {"2", `{"id": 2, "name": "b"}`},
		{"1", ""}, {"2", `{"id": 2, "name": "c"}`}} {
		r := &kgo.Record{Topic: "in", Key: []byte(`{"id": ` + kv[0] + `}`)}
		if kv[1] != "" {
			r.Value = []byte(kv[1])
		}
		c.send(r)
	}
	table := c.table(types.NewSchema(types.F("name", types.String()),
		types.F("id", types.Of(types.Int).Nullable(false))), "connector", "upsert-kafka", "topic", "in",
		"key.format", "json", "value.format", "json", "scan.bounded.mode", "latest-offset")
	table.PrimaryKey = []string{"id"}
	rows, err := connectortest.Start(t, source(t, table), 1, nil).All(100)
	if err != nil {
		t.Fatal(err)
	}
	same(t, rows, "+U|a|1", "+U|b|2", "-D|NULL|1", "+U|c|2")
}

func TestNewPartitionsAreFound(t *testing.T) {
	c := start(t, "in")
	c.text("in", "a")
	run := connectortest.Start(t, source(t, c.table(textSchema, "topic", "in", "format", "raw",
		"scan.startup.mode", "latest-offset", "scan.topic-partition-discovery.interval", "20 ms")),
		1, nil)
	defer run.Close()
	step := func(until func() bool) {
		t.Helper()
		for ctx := limit(t); !until(); {
			if _, err := run.Step(10); err != nil || ctx.Err() != nil {
				t.Fatal(run.Rows, err, ctx.Err())
			}
		}
	}
	step(run.Asked)
	if _, err := kadm.NewClient(c.client).CreatePartitions(limit(t), 1, "in"); err != nil {
		t.Fatal(err)
	}
	late, err := kgo.NewClient(kgo.SeedBrokers(c.fake.ListenAddrs()...),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	if err := late.ProduceSync(limit(t), &kgo.Record{Topic: "in", Partition: 3,
		Value: []byte("x")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	step(func() bool { return len(run.Rows) > 0 })
	same(t, run.Rows, "+I|x")
}

func TestUndecodableRecords(t *testing.T) {
	c := start(t, "in", "dead")
	for _, v := range []string{`{"id": 1}`, `{"id": "x"}`, `{"id": 3}`, `{`, `{"id": 5}`} {
		c.send(&kgo.Record{Topic: "in", Value: []byte(v), Key: []byte("k")})
	}
	options := []string{"topic", "in", "format", "json", "scan.startup.mode", "earliest-offset",
		"scan.bounded.mode", "latest-offset"}
	schema := types.NewSchema(types.F("id", types.Of(types.Int)))
	_, err := connectortest.Start(t, source(t, c.table(schema, options...)), 1, nil).All(10)
	if err == nil || !strings.Contains(err.Error(), "topic 'in', partition 0, offset 1") {
		t.Fatal(err)
	}
	want := []string{"+I|1", "+I|3", "+I|5"}
	same(t, read(t, c.table(schema, append(options, "scan.decode-error.policy", "skip")...)), want...)
	run := connectortest.Start(t, source(t, c.table(schema, append(options,
		"scan.decode-error.policy", "dead-letter", "scan.decode-error.topic", "dead")...)), 1, nil)
	for more := true; more; {
		if more, err = run.Step(2); err != nil {
			t.Fatal(err)
		}
	}
	run.Checkpoint()
	run.Close()
	same(t, run.Rows, want...)
	same(t, c.committed("dead"), `k={`, `k={"id": "x"}`)

	dir := t.TempDir()
	same(t, read(t, c.table(schema, append(options, "scan.decode-error.policy", "dead-letter",
		"scan.decode-error.path", dir)...)), want...)
	names, err := filepath.Glob(dir + "/letters-*.json")
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	letters, err := os.ReadFile(names[0])
	if err != nil || strings.Count(string(letters), "\n") != 2 ||
		!strings.Contains(string(letters), `"place":"topic 'in', partition 0, offset 3","record":"{"`) {
		t.Fatalf("%s, %v", letters, err)
	}
}

func numbers(from, to int) *batch.Batch {
	b := batch.NewRowBuilder(types.NewSchema(types.F("id", types.Of(types.Int))), to-from)
	for i := from; i < to; i++ {
		batch.Append(b.Cols[0], int32(i))
	}
	return b.Finish()
}

func sink(t testing.TB, table *connector.Table) connector.Sink {
	t.Helper()
	s, err := connector.NewSink(table)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSinkExactlyOnce(t *testing.T) {
	c := start(t, "out")
	table := c.table(types.NewSchema(types.F("id", types.Of(types.Int))), "topic", "out",
		"format", "json", "sink.delivery-guarantee", "exactly-once",
		"sink.transactional-id-prefix", "p")
	connectortest.ExactlyOnce(t, func() connector.Sink { return sink(t, table) },
		[3]*batch.Batch{numbers(0, 10), numbers(10, 20), numbers(20, 30)}, func() []string {
			return ids(c.committed("out"))
		})
	open, err := kadm.NewClient(c.client).ListTransactions(limit(t), nil, []string{"Ongoing"})
	if err != nil || len(open) > 0 {
		t.Fatal("transactions are left open:", open, err)
	}
}

func TestSinkAtLeastOnce(t *testing.T) {
	c := start(t, "out")
	table := c.table(types.NewSchema(types.F("id", types.Of(types.Int))), "topic", "out", "format", "json")
	connectortest.AtLeastOnce(t, func() connector.Sink { return sink(t, table) },
		[3]*batch.Batch{numbers(0, 10), numbers(10, 20), numbers(20, 30)}, false, func() []string {
			return ids(c.committed("out"))
		})
}

// ids shows records like ={"id":1} as the rows that they hold.
func ids(records []string) []string {
	rows := make([]string, len(records))
	for i, r := range records {
		rows[i] = "+I|" + strings.TrimSuffix(strings.TrimPrefix(r, `={"id":`), "}")
	}
	return rows
}

func TestSmallerJobAbortsWhatALargerOneLeft(t *testing.T) {
	c := start(t, "out")
	table := c.table(types.NewSchema(types.F("id", types.Of(types.Int))), "topic", "out",
		"format", "json", "sink.delivery-guarantee", "exactly-once",
		"sink.transactional-id-prefix", "p")
	var left [][]byte
	for i := range 4 {
		w := connectortest.Open(t, sink(t, table), connector.WriterContext{JobID: "job", Subtask: i,
			Parallelism: 4}, nil)
		w.Write(numbers(10*i, 10*i+1))
		committables, _ := w.Barrier(false)
		left = append(left, committables...)
		w.Write(numbers(10*i+1, 10*i+2)) // in a transaction that nobody will commit
		w.Flush()
		t.Cleanup(w.Close) // as if killed: it ends too late
	}
	for i := range 2 {
		mine := left[2-2*i : 4-2*i] // not those that the subtask aborts for
		connectortest.Open(t, sink(t, table), connector.WriterContext{JobID: "job", Subtask: i,
			Parallelism: 2, RestoredCheckpoint: 1}, mine).Close()
	}
	same(t, c.committed("out"), `={"id":0}`, `={"id":10}`, `={"id":20}`, `={"id":30}`)
	open, err := kadm.NewClient(c.client).ListTransactions(limit(t), nil, []string{"Ongoing"})
	if err != nil || len(open) > 0 {
		t.Fatal("transactions are left open:", open, err)
	}
}

func TestLostTransactionIsAnError(t *testing.T) {
	c := start(t, "out")
	table := c.table(types.NewSchema(types.F("id", types.Of(types.Int))), "topic", "out",
		"format", "json", "sink.delivery-guarantee", "exactly-once",
		"sink.transactional-id-prefix", "p")
	ctx := connector.WriterContext{JobID: "job"}
	w := connectortest.Open(t, sink(t, table), ctx, nil)
	w.Write(numbers(0, 1))
	left, _ := w.Barrier(false)
	w.Close()
	w = connectortest.Open(t, sink(t, table), ctx, nil) // a fresh start aborts what is open
	defer w.Close()
	ctx.Log, ctx.Wake, ctx.Parallelism = slog.Default(), func() {}, 1
	committer, err := sink(t, table).NewCommitter(&ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer committer.Close()
	if _, err := committer.Commit(left); err == nil ||
		!strings.Contains(err.Error(), "transaction.timeout.ms") {
		t.Fatal(err)
	}
}

func TestEndWaitsUntilWhatIsCommittedCanBeRead(t *testing.T) {
	c := start(t, "out")
	table := c.table(types.NewSchema(types.F("id", types.Of(types.Int))), "topic", "out",
		"format", "json", "sink.delivery-guarantee", "exactly-once",
		"sink.transactional-id-prefix", "p")
	var asked atomic.Int64
	c.fake.ControlKey(int16(kmsg.DescribeTransactions), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		resp := r.ResponseKind().(*kmsg.DescribeTransactionsResponse)
		state := "PrepareCommit" // confirmed, but markers are missing
		if asked.Add(1) > 3 {
			state = "CompleteCommit"
		}
		for _, id := range r.(*kmsg.DescribeTransactionsRequest).TransactionalIDs {
			d := kmsg.NewDescribeTransactionsResponseTransactionState()
			d.TransactionalID, d.State = id, state
			resp.TransactionStates = append(resp.TransactionStates, d)
		}
		return resp, nil, true
	})
	w := connectortest.Open(t, sink(t, table), connector.WriterContext{JobID: "job"}, nil)
	w.Write(numbers(0, 1))
	committables, _ := w.Barrier(true)
	if retry, err := w.Committer.Commit(committables); err != nil || len(retry) > 0 {
		t.Fatal(retry, err)
	}
	w.Close()
	if n := asked.Load(); n != 4 {
		t.Errorf("the brokers were asked %d times whether the transaction has ended, not 4", n)
	}
}

func TestUpsertSink(t *testing.T) {
	for _, buffered := range []bool{false, true} {
		c := start(t, "out")
		schema := types.NewSchema(types.F("id", types.Of(types.Int)), types.F("n", types.String()))
		table := c.table(schema, "connector", "upsert-kafka", "topic", "out", "key.format", "json",
			"value.format", "json", "value.fields-include", "EXCEPT_KEY")
		table.PrimaryKey = []string{"id"}
		want := []string{`{"id":1}=null`, `{"id":1}={"n":"a"}`, `{"id":2}={"n":"b"}`,
			`{"id":2}={"n":"c"}`}
		if buffered {
			table.Options["sink.buffer-flush.max-rows"] = "100"
			table.Options["sink.buffer-flush.interval"] = "1 h"
			want = []string{`{"id":1}=null`, `{"id":2}={"n":"c"}`}
		}
		b := batch.NewRowBuilder(schema, 4)
		for i, r := range []struct {
			id   int32
			name string
		}{{1, "a"}, {2, "b"}, {1, "a"}, {2, "c"}} {
			batch.Append(b.Cols[0], r.id)
			b.Cols[1].AppendString(r.name)
			b.Kinds = append(b.Kinds, []types.RowKind{types.Insert, types.Insert, types.Delete,
				types.UpdateAfter}[i])
		}
		w := connectortest.Open(t, sink(t, table), connector.WriterContext{}, nil)
		w.Write(b.Finish())
		w.Barrier(true)
		w.Close()
		same(t, c.committed("out"), want...)
	}
}

func TestOffsetsAreCommittedToTheGroup(t *testing.T) {
	c := start(t, "in")
	c.text("in", "a", "b", "c", "d")
	run := connectortest.Start(t, source(t, c.table(textSchema, "topic", "in", "format", "raw",
		"properties.group.id", "g", "scan.startup.mode", "earliest-offset")), 1, nil)
	defer run.Close()
	for len(run.Rows) < 4 {
		if _, err := run.Step(10); err != nil {
			t.Fatal(err)
		}
	}
	run.Checkpoint()
	run.Complete(1)
	for ctx := limit(t); ; {
		got, err := kadm.NewClient(c.client).FetchOffsets(ctx, "g")
		if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
			t.Fatal(err)
		}
		if at, ok := got.Lookup("in", 0); ok && at.At == 2 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestBadOptions(t *testing.T) {
	c := start(t, "in")
	for _, x := range []struct {
		options []string
		sink    bool
		want    string
	}{
		{[]string{"topic", "in"}, false, "has no option 'value.format'"},
		{[]string{"format", "raw"}, false, "exactly one of 'topic'"},
		{[]string{"topic", "in", "format", "raw"}, false, "properties.group.id"},
		{[]string{"topic", "in", "format", "raw", "topik", "x"}, false, "did you mean 'topic'?"},
		{[]string{"topic", "in", "format", "raw", "scan.startup.mode", "x"}, false,
			"one of earliest-offset, latest-offset, group-offsets, timestamp, specific-offsets"},
		{[]string{"topic", "in", "format", "raw", "key.format", "raw"}, false, "needs 'key.fields'"},
		{[]string{"topic", "in", "format", "raw", "sink.delivery-guarantee", "exactly-once"}, true,
			"sink.transactional-id-prefix"},
		{[]string{"topic", "a;b", "format", "raw"}, true, "exactly one 'topic'"},
		{[]string{"topic", "in", "format", "raw", "sink.partitioner", "fixd"}, true,
			"did you mean 'fixed'?"},
		{[]string{"topic", "in", "format", "parquet"}, true, "there is no format 'parquet'"},
		{[]string{"topic", "in", "format", "raw", "properties.security.protocol", "TLS"}, true,
			"one of PLAINTEXT, SSL"},
		{[]string{"topic", "in", "format", "raw", "properties.compression.type", "lzma"}, true,
			"one of none, gzip"},
		{[]string{"topic", "in", "format", "raw", "properties.security.protocol", "SASL_PLAINTEXT",
			"properties.sasl.mechanism", "PLAIN"}, true, "username"},
	} {
		var err error
		if x.sink {
			_, err = connector.NewSink(c.table(textSchema, x.options...))
		} else {
			_, err = connector.NewSource(c.table(textSchema, x.options...))
		}
		if err == nil || !strings.Contains(err.Error(), x.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v, want %q", x.options, err, x.want)
		}
	}
}

func TestMissingTopicNamesTheNearest(t *testing.T) {
	c := start(t, "orders")
	_, err := connectortest.Start(t, source(t, c.table(textSchema, "topic", "order", "format", "raw",
		"scan.startup.mode", "earliest-offset")), 1, nil).All(10)
	if err == nil || !strings.Contains(err.Error(), "did you mean 'orders'?") {
		t.Fatal(err)
	}
}

func TestBrokerThatComesLater(t *testing.T) {
	c := start(t, "in")
	c.text("in", "a")
	var away atomic.Bool
	away.Store(true)
	c.fake.ControlKey(int16(kmsg.Metadata), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		return nil, errors.New("away"), away.Load()
	})
	run := connectortest.Start(t, source(t, c.table(textSchema, "topic", "in", "format", "raw",
		"scan.startup.mode", "earliest-offset", "scan.bounded.mode", "latest-offset")), 1, nil)
	for range 5 {
		if more, err := run.Step(10); err != nil || !more {
			t.Fatal(more, err)
		}
	}
	away.Store(false)
	rows, err := run.All(10)
	if err != nil {
		t.Fatal(err)
	}
	same(t, rows, "+I|a")
}
