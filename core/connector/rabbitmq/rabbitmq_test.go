package rabbitmq_test

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v16/arrow/decimal128"
	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	_ "github.com/headrace/headrace/core/connector/rabbitmq" // registers itself
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	_ "github.com/headrace/headrace/core/format/json" // likewise
	_ "github.com/headrace/headrace/core/format/raw"
)

// broker is a connection of the tests' own.
type broker struct {
	t    *testing.T
	port string
	conn *amqp.Connection
	ch   *amqp.Channel
}

func dial(t *testing.T, port string) *broker {
	t.Helper()
	conn, err := amqp.Dial("amqp://127.0.0.1:" + port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	b := &broker{t: t, port: port, conn: conn}
	b.renew()
	return b
}

// renew opens a channel: the broker closes one on which something is wrong.
func (b *broker) renew() {
	b.t.Helper()
	var err error
	if b.ch, err = b.conn.Channel(); err == nil {
		err = b.ch.Confirm(false)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *broker) declare(queue string) {
	b.t.Helper()
	if _, err := b.ch.QueueDeclare(queue, true, false, false, false, nil); err != nil {
		b.t.Fatal(err)
	}
}

// publish sends messages with the ids "c0", "c1", …; "" is a message without id.
func (b *broker) publish(queue string, bodies ...string) {
	b.t.Helper()
	var last *amqp.DeferredConfirmation
	for _, body := range bodies {
		m := amqp.Publishing{Body: []byte(body), CorrelationId: "c" + body}
		var err error
		if last, err = b.ch.PublishWithDeferredConfirm("", queue, false, false, m); err != nil {
			b.t.Fatal(err)
		}
	}
	if !last.Wait() {
		b.t.Fatal("not confirmed")
	}
}

// left waits until nobody reads the queue and returns how many messages it has.
func (b *broker) left(queue string) int {
	b.t.Helper()
	for range 1200 {
		q, err := b.ch.QueueDeclarePassive(queue, true, false, false, false, nil)
		if err != nil {
			b.t.Fatal(err)
		}
		if q.Consumers == 0 {
			return q.Messages
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.t.Fatal("the queue is still read")
	return 0
}

// peek returns the messages of a queue, which stay.
func (b *broker) peek(queue string) []string {
	b.t.Helper()
	ch, err := b.conn.Channel()
	if err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for {
		m, ok, err := ch.Get(queue, false)
		if err != nil {
			b.t.Fatal(err)
		}
		if !ok {
			if err := ch.Close(); err != nil {
				b.t.Fatal(err)
			}
			for range 1200 { // the broker takes them back beside us
				if b.left(queue) == len(out) {
					return out
				}
				time.Sleep(100 * time.Millisecond)
			}
			b.t.Fatal("the messages do not come back")
		}
		out = append(out, "+I|"+string(m.Body))
	}
}

func table(port, queue string, options ...string) *connector.Table {
	t := &connector.Table{Name: "t", Zone: "UTC",
		Schema: types.NewSchema(types.F("v", types.String())),
		Options: map[string]string{"connector": "rabbitmq", "host": "127.0.0.1", "port": port,
			"queue": queue, "network-recovery-interval": "20 ms"}}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = options[i+1]
		if options[i] == "uri" {
			delete(t.Options, "host")
			delete(t.Options, "port")
		}
	}
	return t
}

func source(t *testing.T, tab *connector.Table) connector.Source {
	t.Helper()
	src, err := connector.NewSource(tab)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// until reads until there are so many rows.
func until(t *testing.T, r *connectortest.Run, rows int) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); len(r.Rows) < rows; {
		if more, err := r.Step(1); err != nil || !more {
			t.Fatal("the reader ended", err)
		}
		if time.Now().After(end) {
			t.Fatalf("%d rows of %d", len(r.Rows), rows)
		}
	}
}

func numbers(from, to int) []string {
	var out []string
	for i := from; i < to; i++ {
		out = append(out, strconv.Itoa(i))
	}
	return out
}

func rowsOf(bodies []string) []string {
	out := slices.Clone(bodies)
	for i := range out {
		out[i] = "+I|" + out[i]
	}
	return out
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

func texts(bodies ...string) *batch.Batch {
	b := batch.NewRowBuilder(types.NewSchema(types.F("v", types.String())), len(bodies))
	for _, s := range bodies {
		b.Cols[0].AppendString(s)
	}
	return b.Finish()
}

// proxy stands in front of the broker and can cut all connections.
type proxy struct {
	port  string
	mu    sync.Mutex
	conns []net.Conn
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{}
	_, p.port, _ = net.SplitHostPort(l.Addr().String())
	t.Cleanup(func() { l.Close(); p.cut() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", "127.0.0.1:"+to)
			if err != nil {
				in.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, in, out)
			p.mu.Unlock()
			for _, c := range [][2]net.Conn{{in, out}, {out, in}} {
				go func() {
					buf := make([]byte, 1<<12)
					for {
						n, err := c[0].Read(buf)
						if err == nil {
							_, err = c[1].Write(buf[:n])
						}
						if err != nil {
							c[0].Close()
							c[1].Close()
							return
						}
					}
				}()
			}
		}
	}()
	return p
}

func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

func TestRabbitMQ(t *testing.T) {
	port := connectortest.Service(t, "rabbitmq")
	for _, c := range []struct {
		name string
		run  func(t *testing.T, b *broker)
	}{{"exactly once", exactlyOnce}, {"at least once", atLeastOnce}, {"cut", cut},
		{"no checkpoints", noCheckpoints}, {"more than fit", moreThanFit}, {"queues", queues},
		{"refusals", refusals}, {"letters", letters}, {"sink", sink}, {"sink cut", sinkCut},
		{"values", values}} {
		t.Run(c.name, func(t *testing.T) { c.run(t, dial(t, port)) })
	}
}

// Wherever the attempt fails, and whether or not the broker has heard of the checkpoint by then,
// each message is read once.
func exactlyOnce(t *testing.T, b *broker) {
	for n, completed := range []int{0, 1, 2} {
		queue := fmt.Sprintf("once-%d", completed)
		b.declare(queue)
		b.publish(queue, numbers(0, 30)...)
		src := source(t, table(b.port, queue, "use-correlation-id", "true"))
		first := connectortest.Checkpointed(t, src, 1+n, nil)
		until(t, first, 8)
		state, before := first.Checkpoint(), slices.Clone(first.Rows)
		until(t, first, 14)
		if completed > 0 {
			first.Complete(1)
			until(t, first, 20)
			if completed > 1 {
				state, before = first.Checkpoint(), slices.Clone(first.Rows)
			}
		}
		first.Close()
		if left := b.left(queue); left != 30-8*min(completed, 1) {
			t.Errorf("%d complete: %d messages are left", completed, left)
		}
		second := connectortest.Checkpointed(t, src, 2, state)
		until(t, second, 30-len(before))
		b.publish(queue, "15", "end") // 15 comes twice of its producer, before it was acknowledged
		until(t, second, 31-len(before))
		want := sorted(rowsOf(append(numbers(0, 30), "end")))
		if got := sorted(append(before, second.Rows...)); !slices.Equal(got, want) {
			t.Errorf("%d complete: %q", completed, got)
		}
		last := second.Checkpoint()
		second.Complete(1)
		second.Close()
		if left := b.left(queue); left != 0 {
			t.Errorf("%d complete: %d messages are left at the end", completed, left)
		}
		third := connectortest.Checkpointed(t, src, 1, last)
		b.publish(queue, "more")
		until(t, third, 1)
		third.Close()
		if !slices.Equal(third.Rows, []string{"+I|more"}) {
			t.Error(third.Rows)
		}
	}
}

// Messages are acknowledged with the checkpoint that covers them, not with the one before.
func atLeastOnce(t *testing.T, b *broker) {
	b.declare("least")
	b.publish("least", numbers(0, 30)...)
	src := source(t, table(b.port, "least", "prefetch-count", "20"))
	first := connectortest.Checkpointed(t, src, 1, nil)
	until(t, first, 5)
	first.Checkpoint()
	until(t, first, 20) // no more come without an acknowledgement
	state := first.Checkpoint()
	first.Complete(1)
	until(t, first, 23)
	first.Close()
	if left := b.left("least"); left != 25 {
		t.Fatalf("%d messages are left", left)
	}
	read := first.Rows[:20]
	second := connectortest.Checkpointed(t, src, 3, state) // three read the queue
	until(t, second, 25)
	second.Checkpoint()
	second.Complete(1)
	second.Close()
	all := sorted(append(read, second.Rows...))
	left, got := b.left("least"), slices.Compact(all)
	if !slices.Equal(got, sorted(rowsOf(numbers(0, 30)))) || left != 0 {
		t.Error(got, left)
	}
}

// The reader connects again by itself; with ids no message is there twice.
func cut(t *testing.T, b *broker) {
	p := newProxy(t, b.port)
	b.declare("cut")
	b.publish("cut", numbers(0, 400)...)
	run := connectortest.Checkpointed(t, source(t, table(p.port, "cut", "use-correlation-id", "true")),
		1, nil)
	for id := int64(1); len(run.Rows) < 400; id++ {
		if id > 1 {
			p.cut()
		}
		until(t, run, min(len(run.Rows)+50, 400))
		run.Checkpoint()
		if id%2 == 0 {
			p.cut() // between the checkpoint and the acknowledgement
		}
		until(t, run, min(len(run.Rows)+20, 400))
		run.Complete(id)
	}
	b.publish("cut", "end")
	until(t, run, 401)
	run.Checkpoint()
	run.Complete(1000)
	run.Close()
	if want := sorted(rowsOf(append(numbers(0, 400), "end"))); !slices.Equal(sorted(run.Rows), want) {
		t.Errorf("%d rows: %q", len(run.Rows), sorted(run.Rows))
	}
	again := connectortest.Checkpointed(t, source(t, table(b.port, "cut")), 1, nil)
	b.publish("cut", "after")
	until(t, again, 1)
	again.Close()
	if again.Rows[0] != "+I|after" {
		t.Error(again.Rows)
	}
}

func noCheckpoints(t *testing.T, b *broker) {
	b.declare("none")
	b.publish("none", numbers(0, 10)...)
	src := source(t, table(b.port, "none", "use-correlation-id", "true"))
	run := connectortest.Start(t, src, 1, nil)
	until(t, run, 5)
	b.publish("none", "0") // no ids are kept
	until(t, run, 11)
	if _, err := run.Step(1); err != nil {
		t.Fatal(err)
	}
	run.Close()
	if left := b.left("none"); left != 0 {
		t.Error(left)
	}
}

// More messages than are to wait at a time: the broker is halted, and they stay in order.
func moreThanFit(t *testing.T, b *broker) {
	b.declare("many")
	b.publish("many", numbers(0, 40000)...)
	run := connectortest.Checkpointed(t, source(t, table(b.port, "many")), 1, nil)
	for len(run.Rows) < 40000 {
		if more, err := run.Step(1000); err != nil || !more {
			t.Fatal(more, err)
		}
		if n := len(run.Rows); n > 0 && n < 2000 { // let them come
			for range 1200 {
				q, err := b.ch.QueueDeclarePassive("many", true, false, false, false, nil)
				if err != nil {
					t.Fatal(err)
				}
				if q.Consumers == 0 {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
		}
	}
	run.Close()
	if !slices.Equal(run.Rows, rowsOf(numbers(0, 40000))) {
		t.Error("not in order")
	}
	if left := b.left("many"); left != 40000 {
		t.Error(left)
	}
}

// A queue that is there may have any properties; one that is not is declared.
func queues(t *testing.T, b *broker) {
	if _, err := b.ch.QueueDeclare("special", false, true, false, false,
		amqp.Table{"x-max-length": 100}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ch.QueueDeclare("quorum", true, false, false, false,
		amqp.Table{"x-queue-type": "quorum"}); err != nil {
		t.Fatal(err)
	}
	for _, queue := range []string{"special", "quorum", "new"} {
		if err := connectortest.Write(t, table(b.port, queue), texts("a", "b")); err != nil {
			t.Fatal(err)
		}
		run := connectortest.Checkpointed(t, source(t, table(b.port, queue, "use-correlation-id", "false",
			"prefetch-count", "10")), 1, nil)
		until(t, run, 2)
		run.Checkpoint()
		run.Complete(1)
		if queue == "new" { // it is deleted while it is read: the reader makes it again
			if _, err := b.ch.QueueDelete(queue, false, false, false); err != nil {
				t.Fatal(err)
			}
			for range 1200 {
				if _, err := b.ch.QueueDeclarePassive(queue, true, false, false, false, nil); err == nil {
					break
				}
				b.renew()
				time.Sleep(100 * time.Millisecond)
			}
			b.publish(queue, "c")
			until(t, run, 3)
		}
		run.Close()
		if !slices.Equal(run.Rows[:2], rowsOf([]string{"a", "b"})) {
			t.Error(queue, run.Rows)
		}
	}
}

func refusals(t *testing.T, b *broker) {
	b.declare("refused")
	b.publish("refused", "x")
	plain := amqp.Publishing{Body: []byte("y")}
	if err := b.ch.Publish("", "refused", false, false, plain); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ch.QueueDeclare("mine", false, false, true, false, nil); err != nil {
		t.Fatal(err)
	}
	uri := "amqp://guest:%s@127.0.0.1:" + b.port + "/%s"
	for _, c := range []struct {
		queue   string
		options []string
		want    []string
	}{
		{"q", []string{"password", "wrong"}, []string{"user 'guest'", "password"}},
		{"q", []string{"uri", fmt.Sprintf(uri, "s3cr3t", "")}, []string{"not let user 'guest' in"}},
		{"q", []string{"virtual-host", "none"}, []string{"virtual host 'none'"}},
		{"q", []string{"uri", fmt.Sprintf(uri, "guest", "none")}, []string{"virtual host 'none'"}},
		{"mine", nil, []string{"RESOURCE_LOCKED", "another connection"}},
		{"amq.x", nil, []string{"'amq.x'"}},
		{"q", []string{"port", "1", "automatic-recovery", "false"}, []string{"127.0.0.1:1", "refused"}},
	} {
		tab := table(b.port, c.queue, c.options...)
		run := connectortest.Checkpointed(t, source(t, tab), 1, nil)
		var err error
		for end := time.Now().Add(2 * time.Minute); err == nil && time.Now().Before(end); {
			_, err = run.Step(1)
		}
		if run.Close(); err == nil {
			t.Fatal(c.options, "no error")
		}
		for _, err := range []error{err, connectortest.Write(t, tab, texts("a"))} {
			if err == nil || strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("%s: %v", c.options, err)
				continue
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%s: %q does not say %q", c.options, err, w)
				}
			}
		}
	}
	src := source(t, table(b.port, "refused", "use-correlation-id", "true"))
	run := connectortest.Checkpointed(t, src, 1, nil)
	var err error
	for err == nil {
		_, err = run.Step(5)
	}
	run.Close()
	if !strings.Contains(err.Error(), "has no correlation id") {
		t.Error(err)
	}
}

func letters(t *testing.T, b *broker) {
	b.declare("letters")
	b.publish("letters", `{"v":"a"}`, "{x", `{"v":"b"}`)
	run := connectortest.Checkpointed(t, source(t, table(b.port, "letters", "format", "json")), 1, nil)
	var err error
	for err == nil {
		_, err = run.Step(5)
	}
	run.Close()
	if !strings.Contains(err.Error(), "queue 'letters'") || !strings.Contains(err.Error(), "c{x") {
		t.Error(err)
	}
	run = connectortest.Checkpointed(t, source(t, table(b.port, "letters", "format", "json",
		"scan.decode-error.policy", "skip")), 1, nil)
	until(t, run, 2)
	run.Checkpoint()
	run.Complete(1)
	run.Close()
	if !slices.Equal(run.Rows, []string{"+I|a", "+I|b"}) || b.left("letters") != 0 {
		t.Error(run.Rows)
	}
}

func sink(t *testing.T, b *broker) {
	b.declare("sink")
	open := func() connector.Sink {
		s, err := connector.NewSink(table(b.port, "sink"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	connectortest.AtLeastOnce(t, open, [3]*batch.Batch{texts("a", "b"), texts("c"), texts("d", "e")},
		false, func() []string { return b.peek("sink") })
	many := numbers(0, 5000)
	b.declare("order")
	if err := connectortest.Write(t, table(b.port, "order"), texts(many...)); err != nil {
		t.Fatal(err)
	}
	if got := b.peek("order"); !slices.Equal(got, rowsOf(many)) {
		t.Error("not in order", len(got))
	}
}

// The writer connects again by itself, and nothing is missing.
func sinkCut(t *testing.T, b *broker) {
	b.declare("sink-cut")
	p := newProxy(t, b.port)
	s, err := connector.NewSink(table(p.port, "sink-cut", "delivery-mode", "transient"))
	if err != nil {
		t.Fatal(err)
	}
	w := connectortest.Open(t, s, connector.WriterContext{}, nil)
	var want []string
	for i := range 40 {
		part := numbers(i*50, i*50+50)
		want = append(want, rowsOf(part)...)
		w.Write(texts(part...))
		if i%10 == 5 {
			p.cut()
		}
	}
	w.Flush()
	p.cut() // while there is nothing to write
	w.Write(texts("end"))
	w.Flush()
	w.Close()
	got := slices.Compact(sorted(b.peek("sink-cut")))
	if want = sorted(append(want, "+I|end")); !slices.Equal(got, want) {
		t.Errorf("%d messages", len(got))
	}
}

// Values of every type go through a queue.
func values(t *testing.T, b *broker) {
	row := types.MustParse("ROW<x INT, y ARRAY<STRING>>")
	schema := types.NewSchema(types.F("id", types.Of(types.BigInt)),
		types.F("ok", types.Of(types.Boolean)),
		types.F("price", types.DecimalOf(20, 3)), types.F("at", types.WithPrecision(types.Timestamp, 3)),
		types.F("bytes", types.Of(types.Varbinary)), types.F("r", row))
	rb := batch.NewRowBuilder(schema, 2)
	batch.Append(rb.Cols[0], int64(1)<<60)
	rb.Cols[1].AppendBool(true)
	batch.Append(rb.Cols[2], decimal128.FromI64(-1234567890123456789))
	batch.Append(rb.Cols[3], int64(1700000000123))
	rb.Cols[4].AppendBytes([]byte{0, 255})
	batch.Append(rb.Cols[5].Child(0), int32(7))
	rb.Cols[5].Child(1).Child(0).AppendString("ü")
	rb.Cols[5].Child(1).Child(0).AppendNull()
	rb.Cols[5].Child(1).CloseList()
	rb.Cols[5].AppendRow()
	for _, c := range rb.Cols {
		c.AppendNull()
	}
	rows := rb.Finish()
	tab := table(b.port, "values", "format", "json")
	tab.Schema = schema
	if err := connectortest.Write(t, tab, rows); err != nil {
		t.Fatal(err)
	}
	run := connectortest.Checkpointed(t, source(t, tab), 1, nil)
	until(t, run, 2)
	run.Close()
	if want := connectortest.Text(rows); !slices.Equal(run.Rows, want) {
		t.Errorf("%q, want %q", run.Rows, want)
	}
}
