package pulsar_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/connector/pulsar/broker"
	"github.com/headrace/headrace/core/connector/pulsar/pulsartest"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// fake is a broker in this process.
type fake struct{ *pulsartest.Server }

func (f fake) url() string                                   { return f.URL() }
func (f fake) admin() string                                 { return f.Admin() }
func (f fake) partitioned(_ testing.TB, topic string, n int) { f.Create(full(topic), n) }
func (f fake) life() string                                  { return "3600000" }
func (f fake) expire()                                       { f.Expire() }

func TestInProcess(t *testing.T) { all(t, fake{pulsartest.New(t)}) }

// TestReadingThroughFaults: brokers that break connections and hand topics on lose and repeat
// nothing, also when everything has been read but nothing acknowledged.
func TestReadingThroughFaults(t *testing.T) {
	c := fake{pulsartest.New(t)}
	topic := topicName(t)
	c.partitioned(t, topic, 2)
	for p := range 2 {
		fill(t, c, broker.PartitionName(topic, p), 1000*p, 300)
	}
	want := slices.Concat(texts(0, 300), texts(1000, 1300))
	for _, queue := range []string{"1", "10", "1000"} {
		tab := table(c, topic, "source.stop.at-message-id", "latest",
			"source.subscription-name", fresh(), "pulsar.consumer.receiverQueueSize", queue)
		r := connectortest.Start(t, source(t, tab), 2, nil)
		for step := 0; ; step++ {
			more, err := r.Step(20)
			if err != nil {
				t.Fatal(err)
			}
			if !more {
				break
			}
			if step < 60 && step%12 == 5 {
				c.Break()
			}
			if step < 60 && step%12 == 11 {
				c.Unload()
			}
		}
		same(t, "queue of "+queue, r.Rows, want)
		r.Close()
	}
}

// TestAwayAtStart: a broker that is not there yet is waited for.
func TestAwayAtStart(t *testing.T) {
	c := fake{pulsartest.New(t)}
	topic := topicName(t)
	c.partitioned(t, topic, 1)
	c.Stop()
	w := connectortest.Open(t, sink(t, table(c, topic)), connector.WriterContext{}, nil)
	if w.Writer.Ready() {
		t.Fatal("the writer is ready without a broker")
	}
	c.Start()
	w.Write(rows(0, 20))
	w.Barrier(true)
	w.Close()
	c.Stop()
	r := connectortest.Start(t, source(t, table(c, topic, "source.stop.at-message-id", "latest")), 1, nil)
	if more, err := r.Step(1); err != nil || !more || r.Asked() {
		t.Fatal(more, err)
	}
	c.Start()
	got, err := r.All(100)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rows", got, texts(0, 20))
}

// TestWritingThroughFaults: at least once, what brokers may not have got is sent again.
func TestWritingThroughFaults(t *testing.T) {
	c := fake{pulsartest.New(t)}
	topic := topicName(t)
	c.partitioned(t, topic, 2)
	tab := table(c, topic, "pulsar.producer.batchingMaxMessages", "3")
	w := connectortest.Open(t, sink(t, tab), connector.WriterContext{}, nil)
	for i := range 20 {
		w.Write(rows(10*i, 10*i+10))
		if i%4 == 1 {
			c.Break()
		}
		if i%4 == 3 {
			c.Unload()
		}
	}
	w.Barrier(true)
	w.Close()
	same(t, "rows", slices.Compact(sorted(visible(t, c, topic)())), texts(0, 200))
}

// TestOnceThroughFaults: exactly once, an attempt that does not know what has arrived fails, and the
// next one writes it again; each row is there once.
func TestOnceThroughFaults(t *testing.T) {
	c := fake{pulsartest.New(t)}
	topic := topicName(t)
	c.partitioned(t, topic, 2)
	open := func() connector.Sink {
		return sink(t, table(c, topic, "sink.delivery-guarantee", "exactly-once",
			"pulsar.producer.batchingMaxMessages", "3"))
	}
	job := connector.WriterContext{JobID: "job", Operator: "sink"}
	var left [][]byte
	failed := 0
	for part := 0; part < 8; {
		w := connectortest.Open(t, open(), job, left)
		err := w.Try(rows(100*part, 100*part+100), func() {
			if failed < 6 {
				c.Break()
			}
		})
		job.Attempt++
		if err != nil {
			if errs.MarkOf(err) != errs.Transient {
				t.Fatal(err)
			}
			failed++
			w.Close()
			continue
		}
		var state []byte
		left, state = w.Barrier(false)
		job.RestoredCheckpoint, job.Restored = job.RestoredCheckpoint+1, [][]byte{state}
		if part%2 == 0 { // else the next attempt commits
			w.Commit(left)
		}
		part++
		w.Close()
	}
	w := connectortest.Open(t, open(), job, left)
	w.Close()
	var want []string
	for part := range 8 {
		want = append(want, texts(100*part, 100*part+100)...)
	}
	same(t, "rows", visible(t, c, topic)(), want)
	if n := c.Open(); n > 0 {
		t.Errorf("%d transactions are left open", n)
	}
}

// TestIdle: a writer that has had nothing to write for long begins with transactions that have time.
func TestIdle(t *testing.T) {
	c := fake{pulsartest.New(t)}
	topic := topicName(t)
	now := clock.NewManual(0)
	w := connectortest.Open(t, sink(t, table(c, topic, "sink.delivery-guarantee", "exactly-once")),
		connector.WriterContext{JobID: "job", Operator: "sink", Clock: now}, nil)
	w.Flush()
	before := c.Begun()
	now.Advance(2 * time.Hour) // of the three that transactions have
	w.Flush()
	if n := c.Begun() - before; n != before {
		t.Errorf("%d transactions were begun anew, not all %d", n, before)
	}
	w.Write(rows(0, 3))
	list, _ := w.Barrier(true)
	w.Commit(list)
	w.Close()
	same(t, "rows", visible(t, c, topic)(), texts(0, 3))
}

func TestTokens(t *testing.T) {
	c := fake{pulsartest.New(t)}
	topic := topicName(t)
	fill(t, c, topic, 0, 5)
	c.Token = "secret"
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const plugin = "org.apache.pulsar.client.impl.auth.AuthenticationToken"
	for _, params := range []string{"token:secret", "secret", "file://" + file, `{"token": "secret"}`} {
		got := read(t, table(c, topic, "authentication.plugin", plugin, "authentication.params", params,
			"source.stop.at-message-id", "latest", "admin-url", c.admin(),
			"source.start.from-publish-time", "1", "source.subscription-name", fresh()))
		same(t, params, got, texts(0, 5))
	}
	_, err := connectortest.Start(t, source(t, table(c, topic, "authentication.plugin", plugin,
		"authentication.params", "token:wrong", "source.stop.at-message-id", "latest")), 1, nil).All(1)
	if errs.MarkOf(err) != errs.User || !strings.Contains(err.Error(), "authentication failed") {
		t.Error(err)
	}
	err = connectortest.Write(t, table(c, topic, "authentication.plugin", plugin,
		"authentication.params", "token:wrong"), rows(0, 1))
	if errs.MarkOf(err) != errs.User || !strings.Contains(err.Error(), "authentication failed") {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	c := fake{pulsartest.New(t)}
	c.NoTxn = true
	topic := topicName(t)
	err := connectortest.Write(t, table(c, topic, "sink.delivery-guarantee", "exactly-once"), rows(0, 1))
	if errs.MarkOf(err) != errs.User || !strings.Contains(err.Error(), "transactionCoordinatorEnabled") {
		t.Error(err)
	}
	long := batch.NewBuilder(types.String(), 1)
	long.AppendString(strings.Repeat("x", 2<<20))
	id := batch.NewBuilder(types.Of(types.BigInt), 1)
	batch.Append(id, int64(1))
	large := batch.New(schema, []*batch.Column{id.Finish(), long.Finish()}, 1)
	err = connectortest.Write(t, table(c, topic), large)
	if errs.MarkOf(err) != errs.Data || !strings.Contains(err.Error(), "maxMessageSize") {
		t.Error(err)
	}
}

// TestUndecodable: a message that is no row fails the job, or is left out, or goes to files.
func TestUndecodable(t *testing.T) {
	c := fake{pulsartest.New(t)}
	topic := topicName(t)
	e := many(0, 3)
	e.Messages[1].Value = []byte("{no row")
	ids := produce(t, c, topic, e, single(3))
	tab := func(pairs ...string) *connector.Table {
		return table(c, topic, append([]string{"source.stop.at-message-id", "latest",
			"source.subscription-name", fresh()}, pairs...)...)
	}
	_, err := connectortest.Start(t, source(t, tab()), 1, nil).All(100)
	if place := "topic '" + full(topic) + "', message " + ids[0].String() + ":1"; errs.MarkOf(err) !=
		errs.Data || !strings.Contains(err.Error(), place) {
		t.Errorf("%v, want %s", err, place)
	}
	want := []string{text(0), text(2), text(3)}
	same(t, "skip", read(t, tab("scan.decode-error.policy", "skip")), want)
	dir := t.TempDir()
	same(t, "dead letter", read(t, tab("scan.decode-error.policy", "dead-letter",
		"scan.decode-error.path", dir)), want)
	files, err := filepath.Glob(dir + "/*")
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	line, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	letter := map[string]string{}
	if err := json.Unmarshal(line, &letter); err != nil || letter["record"] != "{no row" {
		t.Error(string(line), err)
	}
}
