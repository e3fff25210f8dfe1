package kinesis_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

func texts(values ...string) *batch.Batch {
	b := batch.NewBuilder(types.String(), len(values))
	for _, v := range values {
		b.AppendString(v)
	}
	return batch.New(types.NewSchema(types.F("v", types.String())), []*batch.Column{b.Finish()}, len(values))
}

// writing is a table that is written, which waits for nothing but a full request or a flush.
func (s *server) writing(options ...string) *connector.Table {
	return s.table(append([]string{"stream", "out", "sink.flush-buffer.timeout", "0 s"}, options...)...)
}

func (s *server) delivering(options ...string) *connector.Table {
	t := s.writing(append([]string{"connector", "firehose", "delivery-stream", "out"}, options...)...)
	delete(t.Options, "stream")
	return t
}

// delivered are the values of a delivery stream.
func (s *server) delivered() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.delivery["out"]))
}

func sink(t *testing.T, table *connector.Table) connector.Sink {
	t.Helper()
	s, err := connector.NewSink(table)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAtLeastOnce(t *testing.T) {
	parts := [3]*batch.Batch{texts(numbers(0, 7)...), texts(numbers(7, 30)...), texts(numbers(30, 33)...)}
	inserts := func(values []string) []string {
		out := make([]string, len(values))
		for i, v := range values {
			out[i] = "+I|" + v
		}
		return out
	}
	for _, refused := range []int{0, 3} {
		s := start(t)
		s.create("out", 3)
		s.refuse, s.throttle["PutRecords"] = refused, refused
		connectortest.AtLeastOnce(t, func() connector.Sink {
			return sink(t, s.writing("sink.batch.max-size", "4"))
		}, parts, false, func() []string { return inserts(s.values("out")) })
		if s.largest > 4 {
			t.Errorf("%d rows in a request", s.largest)
		}
		s.refuse, s.throttle["PutRecordBatch"] = refused, refused
		connectortest.AtLeastOnce(t, func() connector.Sink {
			return sink(t, s.delivering("sink.batch.max-size", "4"))
		}, parts, false, func() []string { return inserts(s.delivered()) })
	}
}

// TestRequestsKeepToTheirLimits in rows, bytes and number, and the writer says when it is full.
func TestRequestsKeepToTheirLimits(t *testing.T) {
	s := start(t)
	s.create("out", 1)
	s.hold = make(chan struct{})
	w := connectortest.Open(t, sink(t, s.writing("sink.batch.max-size", "10", "sink.flush-buffer.size", "500",
		"sink.record.max-size", "200", "sink.requests.max-inflight", "3", "sink.requests.max-buffered", "20",
		"sink.partitioner", "fixed")), connector.WriterContext{Subtask: 7, Parallelism: 8}, nil)
	var want []string
	batches := 0
	for ; w.Writer.Ready(); batches++ {
		if batches > 100 {
			t.Fatal("the writer is never full")
		}
		var values []string
		for i := range 10 {
			values = append(values, fmt.Sprintf("%0100d", batches*10+i))
		}
		want = append(want, values...)
		w.Write(texts(values...))
	}
	close(s.hold)
	w.Flush()
	if !slices.Equal(s.values("out"), want) {
		t.Error("other values are there")
	}
	s.mu.Lock()
	if s.most > 3 || s.bytes > 500 || s.largest > 10 {
		t.Errorf("%d requests at a time of %d rows and %d bytes", s.most, s.largest, s.bytes)
	}
	if key := s.streams["out"][0].records[0].key; key != "7" {
		t.Errorf("partition key %s", key)
	}
	s.mu.Unlock()
	err := w.Writer.Write(texts(strings.Repeat("x", 300)))
	if err == nil || !strings.Contains(err.Error(), "200 are allowed") {
		t.Error(err)
	}
	w.Close()
}

// TestRowsDoNotWaitForever: a request that is not full is sent when its time has come.
func TestRowsDoNotWaitForever(t *testing.T) {
	s := start(t)
	s.create("out", 1)
	w := connectortest.Open(t, sink(t, s.writing("sink.flush-buffer.timeout", "5 ms")),
		connector.WriterContext{}, nil)
	w.Write(texts("a"))
	for len(s.values("out")) == 0 {
		if err := w.Writer.Watermark(0); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
}

func TestPartitionKeys(t *testing.T) {
	s := start(t)
	s.create("out", 2)
	table := s.writing("format", "json", "sink.partitioner-field-delimiter", "/")
	table.Schema = types.NewSchema(types.F("a", types.String()), types.F("n", types.Of(types.Int)))
	table.PartitionKeys = []string{"n", "a"}
	a, n := batch.NewBuilder(types.String(), 2), batch.NewBuilder(types.Of(types.Int), 2)
	a.AppendString("x")
	a.AppendNull()
	batch.Append(n, int32(1))
	batch.Append(n, int32(2))
	err := connectortest.Write(t, table, batch.New(table.Schema, []*batch.Column{a.Finish(), n.Finish()}, 2))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, sh := range s.streams["out"] {
		for _, r := range sh.records {
			got = append(got, r.key+"="+string(r.data))
		}
	}
	slices.Sort(got)
	if want := []string{`1/x={"a":"x","n":1}`, `2/={"a":null,"n":2}`}; !slices.Equal(got, want) {
		t.Error(got)
	}

	// Random keys use all shards.
	if err := connectortest.Write(t, s.writing(), texts(numbers(0, 64)...)); err != nil {
		t.Fatal(err)
	}
	for _, sh := range s.streams["out"] {
		if len(sh.records) < 10 {
			t.Errorf("shard %s has %d records", sh.id, len(sh.records))
		}
	}
}

func TestWhatFailsAWriter(t *testing.T) {
	s := start(t)
	s.create("out", 1)
	s.create("in", 1)
	for _, x := range []struct {
		table *connector.Table
		want  []string
	}{
		{s.writing("stream", "im"), []string{"there is no stream 'im'", "did you mean 'in'"}},
		{s.delivering("delivery-stream", "ou"), []string{"there is no delivery stream 'ou'"}},
		{s.writing("aws.credentials.basic.accesskeyid", "other"), []string{"token is invalid", "check the credentials"}},
	} {
		err := connectortest.Write(t, x.table, texts("a"))
		for _, w := range x.want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%v, want %q", err, w)
			}
		}
	}
	s.refuse = 1
	err := connectortest.Write(t, s.writing("sink.fail-on-error", "true"), texts("a", "b"))
	if err == nil || !strings.Contains(err.Error(), "1 of 2 rows were refused: ProvisionedThroughput") {
		t.Error(err)
	}
	s.throttle["PutRecordBatch"] = 1
	if err = connectortest.Write(t, s.delivering("sink.fail-on-error", "true"), texts("a")); err == nil {
		t.Error("a throttled request does not fail the job")
	}
	for _, x := range []struct{ name, value, want string }{
		{"sink.batch.max-size", "501", "at most 500"},
		{"sink.requests.max-buffered", "3", "at least 'sink.batch.max-size'"},
		{"sink.flush-buffer.size", "1000", "at least 'sink.record.max-size'"},
		{"sink.partitioner", "rondom", "did you mean 'random'"},
		{"stream", "a;b", "the name of one stream"},
	} {
		if _, err := connector.NewSink(s.writing(x.name, x.value)); err == nil ||
			!strings.Contains(err.Error(), x.want) {
			t.Errorf("%s = %s: %v", x.name, x.value, err)
		}
	}
}
