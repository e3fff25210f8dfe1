package pulsar

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/pulsar/broker"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/format"
)

// Entries that wait or are on their way.
const (
	maxHeld      = 50_000
	maxHeldBytes = 32 << 20
)

// writer makes entries and hands them to a goroutine, which sends them: each partition has a
// producer. Exactly once, each checkpoint has a transaction of its own.
type writer struct {
	sink    *Sink
	ctx     *connector.WriterContext
	encoder format.Encoder
	client  *broker.Client
	run     context.Context
	cancel  context.CancelFunc
	done    sync.WaitGroup
	kick    chan struct{}

	producers map[string]*broker.Producer // the goroutine's own

	mu        sync.Mutex
	parts     []string // partitions, nil: not known yet
	turn      int      // of the partitions
	queue     []outgoing
	held      int // messages in queue and on their way
	heldBytes int
	waiting   bool // the engine waits to be woken
	err       error
	txns      []*transaction // the one of now, and spare ones
}

// outgoing is an entry for a partition.
type outgoing struct {
	topic string
	entry broker.Entry
	txn   *transaction // nil: none
}

func newWriter(s *Sink, ctx *connector.WriterContext) (*writer, error) {
	w := &writer{sink: s, ctx: ctx, kick: make(chan struct{}, 1), turn: ctx.Subtask,
		producers: map[string]*broker.Producer{}}
	var left []broker.Txn
	for _, b := range ctx.Restored {
		list, err := decodeTxns(b)
		if err != nil {
			return nil, err
		}
		left = append(left, list...)
	}
	var err error
	if w.encoder, err = s.format.NewEncoder(&s.config); err != nil {
		return nil, err
	}
	if w.client, err = s.cluster.open(ctx.Log); err != nil {
		return nil, errs.Userf("table '%s'", s.table.Name).Wrap(err)
	}
	w.run, w.cancel = context.WithCancel(context.Background())
	w.done.Add(1)
	go w.work(left)
	return w, nil
}

// work sends what is handed over until the writer is closed.
func (w *writer) work(left []broker.Txn) {
	defer w.done.Done()
	if err := w.retry(func() error { return w.prepare(left) }); err != nil {
		w.fail(err)
		return
	}
	refresh := time.Now()
	for {
		select {
		case <-w.kick:
		case <-w.run.Done():
			return
		}
		if every := w.sink.refresh; every > 0 && time.Since(refresh) > every {
			refresh = time.Now()
			if err := w.list(); err != nil {
				w.ctx.Log.Warn("pulsar: the partitions cannot be listed", "error", err)
			}
		}
		w.mu.Lock()
		queue := w.queue
		w.queue = nil
		w.mu.Unlock()
		for _, o := range queue {
			if err := w.sendOut(o); err != nil {
				w.fail(err)
				return
			}
		}
		if err := w.retry(w.fill); err != nil {
			w.fail(err)
			return
		}
	}
}

// retry does something again while it fails for passing reasons.
func (w *writer) retry(do func() error) error {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := do()
		if err == nil || w.run.Err() != nil || fatal(err) {
			return err
		}
		w.ctx.Log.Warn("pulsar: the brokers do not answer; trying again", "table",
			w.sink.table.Name, "brokers", w.sink.cluster.url, "pause", pause, "error", err)
		select {
		case <-time.After(pause):
		case <-w.run.Done():
			return w.run.Err()
		}
	}
}

// prepare ends what an earlier attempt left, lists the partitions and begins transactions.
func (w *writer) prepare(left []broker.Txn) error {
	for _, t := range left {
		err := w.client.End(w.run, t, false)
		if err != nil && !broker.Is(err, broker.TransactionNotFound) &&
			!broker.Is(err, broker.InvalidTxnStatus) {
			return err
		}
	}
	if err := w.fill(); err != nil {
		return err
	}
	return w.list()
}

// list finds the partitions of the topics.
func (w *writer) list() error {
	var parts []string
	for _, topic := range w.sink.topics {
		more, err := partitionsOf(w.run, w.client, topic)
		if broker.Is(err, broker.TopicNotFound) { // writing makes it, where brokers allow that
			more, err = []string{topic}, nil
		}
		if err != nil {
			return err
		}
		parts = append(parts, more...)
	}
	slices.Sort(parts)
	w.mu.Lock()
	w.parts = slices.Compact(parts)
	w.mu.Unlock()
	w.ctx.Wake()
	return nil
}

// sendOut hands an entry to the producer of its partition.
func (w *writer) sendOut(o outgoing) error {
	if o.txn != nil && !o.txn.enlisted[o.topic] {
		if err := w.client.Enlist(w.run, o.txn.id, []string{o.topic}); err != nil {
			return err
		}
		o.txn.enlisted[o.topic] = true
	}
	p := w.producers[o.topic]
	if p == nil {
		c := w.sink.cluster
		spec := broker.Production{Topic: o.topic, Compression: w.sink.compression,
			Properties:    c.properties("pulsar.producer.properties"),
			Transactional: o.txn != nil, Once: o.txn != nil, Timeout: w.sink.timeout}
		if w.sink.guarantee == connector.NoGuarantee {
			spec.Timeout = 0
		}
		if name := c.get("pulsar.producer.producerName", ""); name != "" {
			spec.Name = producerName(name)
		}
		p = w.client.Produce(spec)
		w.producers[o.topic] = p
	}
	n, size := len(o.entry.Messages), 0
	for i := range o.entry.Messages {
		size += o.entry.Messages[i].Size()
	}
	p.Send(o.entry, func(id broker.ID, err error) {
		if err == nil && o.txn != nil {
			o.txn.wrote(o.topic, id)
		}
		w.delivered(o.topic, n, size, err)
	})
	return nil
}

// producerName makes a name that no other producer has.
func producerName(name string) string {
	id := make([]byte, 8)
	_, _ = rand.Read(id) // never fails
	if strings.Contains(name, "%s") {
		return strings.Replace(name, "%s", hex.EncodeToString(id), 1)
	}
	return name + " - " + hex.EncodeToString(id)
}

// delivered hears of the end of an entry.
func (w *writer) delivered(topic string, n, size int, err error) {
	w.mu.Lock()
	w.held -= n
	w.heldBytes -= size
	wake := w.waiting && (w.held == 0 || w.held < maxHeld/2 && w.heldBytes < maxHeldBytes/2)
	if wake {
		w.waiting = false
	}
	w.mu.Unlock()
	switch {
	case err == nil || w.run.Err() != nil:
	case w.sink.guarantee == connector.NoGuarantee && !fatal(err):
		w.ctx.Log.Warn("pulsar: messages are lost", "topic", topic, "messages", n, "error", err)
	default:
		w.fail(w.refused(topic, err))
	}
	if wake {
		w.ctx.Wake()
	}
}

func (w *writer) refused(topic string, err error) error {
	var large *broker.TooLarge
	switch {
	case errors.As(err, &large):
		return errs.Dataf("topic '%s'", topic).Wrap(err).
			Fix("raise the brokers' maxMessageSize, or write smaller messages")
	case broker.Is(err, broker.TopicNotFound):
		return errs.Userf("table '%s': there is no topic '%s'", w.sink.table.Name, topic).
			Fix("create it first, or have the brokers do it: allowAutoTopicCreation=true")
	case fatal(err):
		return errs.Userf("topic '%s'", topic).Wrap(err)
	case w.sink.guarantee == connector.ExactlyOnce:
		return errs.Transientf("topic '%s': it is not known which messages of the transaction have "+
			"arrived", topic).Wrap(err)
	}
	return errs.Transientf("topic '%s' cannot be written", topic).Wrap(err)
}

func (w *writer) fail(err error) {
	if w.run.Err() != nil {
		return
	}
	if errs.MarkOf(err) == errs.Internal {
		err = w.trouble(err)
	}
	w.mu.Lock()
	if w.err == nil {
		w.err = err
	}
	w.mu.Unlock()
	w.ctx.Wake()
}

func (w *writer) trouble(err error) error {
	switch {
	case broker.Is(err, broker.NotAllowed) && w.sink.guarantee == connector.ExactlyOnce:
		return errs.Userf("table '%s': the brokers do no transactions", w.sink.table.Name).Wrap(err).
			Fix("set transactionCoordinatorEnabled=true for them, or 'sink.delivery-guarantee' = " +
				"'at-least-once'")
	case fatal(err):
		return errs.Userf("table '%s'", w.sink.table.Name).Wrap(err)
	}
	return errs.Transientf("table '%s'", w.sink.table.Name).Wrap(err)
}

// Ready implements connector.Writer.
func (w *writer) Ready() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	ready := w.err != nil ||
		len(w.parts) > 0 && w.held < maxHeld && w.heldBytes < maxHeldBytes
	w.waiting = !ready
	return ready
}

// Watermark implements connector.Writer.
func (w *writer) Watermark(int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Write implements connector.Writer.
func (w *writer) Write(b *batch.Batch) error {
	messages, err := w.encode(b)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil || len(messages) == 0 {
		return w.err
	}
	var txn *transaction
	if w.sink.guarantee == connector.ExactlyOnce {
		txn = w.txns[0]
		txn.used = true
	}
	for _, o := range w.route(messages) {
		o.txn = txn
		if txn != nil {
			o.entry.Txn = &txn.id
		}
		w.queue = append(w.queue, o)
		w.held += len(o.entry.Messages)
		for i := range o.entry.Messages {
			w.heldBytes += o.entry.Messages[i].Size()
		}
	}
	w.poke()
	return nil
}

func (w *writer) poke() {
	select {
	case w.kick <- struct{}{}:
	default:
	}
}

// Flush implements connector.Writer: all messages have been taken by the brokers, and there are
// transactions for what comes next.
func (w *writer) Flush(end bool) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	done := w.held == 0 || w.sink.guarantee == connector.NoGuarantee && !end
	if w.sink.guarantee == connector.ExactlyOnce {
		if !w.filled() {
			done = false
			w.poke()
		}
	}
	w.waiting = !done
	return done && w.err == nil, w.err
}

// Prepare implements connector.Writer: the transaction is handed to the committer.
func (w *writer) Prepare(int64) ([][]byte, error) {
	if w.sink.guarantee != connector.ExactlyOnce {
		return nil, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.txns[0]
	if !t.used {
		return nil, nil
	}
	w.txns = w.txns[1:]
	w.poke()
	return [][]byte{t.encode()}, nil
}

// Snapshot implements connector.Writer: the transactions that the next attempt has to abort.
func (w *writer) Snapshot(int64) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.txns) == 0 {
		return nil, nil
	}
	return encodeTxns(w.txns), nil
}

// abortTime is how long a writer that ends waits for the brokers to abort what it has not prepared.
const abortTime = 3 * time.Second

// Close implements connector.Writer: a transaction that was not prepared is aborted, so that it
// holds up no reader. After a crash the next attempt does that.
func (w *writer) Close() error {
	w.cancel()
	w.done.Wait()
	for _, p := range w.producers {
		p.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), abortTime)
	defer cancel()
	for _, t := range w.txns {
		if err := w.client.End(ctx, t.id, false); err != nil && t.used {
			w.ctx.Log.Warn("pulsar: a transaction is left open", "transaction", t.id.String(),
				"error", err)
		}
	}
	w.client.Close()
	return nil
}
