package kafka

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/format"
)

// writer produces records. Exactly once, each checkpoint has a client and a transaction of its own.
type writer struct {
	sink       *Sink
	ctx        *connector.WriterContext
	value, key format.Encoder
	buffer     *buffer // of upserts; nil: none

	mu     sync.Mutex // the buffer's timer writes too
	closed bool
	client *kgo.Client // nil: nothing was written since the last checkpoint
	txn    string      // id of the client's transaction
	last   int64       // the newest checkpoint whose barrier has passed

	held     atomic.Int64 // records on their way
	heldSize atomic.Int64
	full     atomic.Bool // Ready said no
	failed   atomic.Pointer[error]
	flushing bool
	flushed  atomic.Bool
	closing  sync.WaitGroup
}

// Ready implements connector.Writer.
func (w *writer) Ready() bool {
	if w.held.Load() < maxBuffered && w.heldSize.Load() < maxBufferedBytes {
		return true
	}
	w.full.Store(true)
	return w.held.Load() < maxBuffered && w.heldSize.Load() < maxBufferedBytes || w.err() != nil
}

func (w *writer) err() error {
	if p := w.failed.Load(); p != nil {
		return *p
	}
	return nil
}

// Watermark implements connector.Writer.
func (w *writer) Watermark(int64) error { return w.err() }

// Write implements connector.Writer.
func (w *writer) Write(b *batch.Batch) error {
	if err := w.err(); err != nil {
		return err
	}
	records, err := w.encode(b)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.buffer != nil {
		return w.buffer.add(records)
	}
	return w.produce(records)
}

// encode makes the records of a batch; they lie in a buffer of their own.
func (w *writer) encode(b *batch.Batch) ([]kgo.Record, error) {
	s := w.sink
	values := s.columnsOf(s.value, b)
	records := make([]kgo.Record, b.Len())
	buf := make([]byte, 0, 64*b.Len())
	ends := make([]int, 0, 2*b.Len())
	keys := values
	if w.key != nil {
		keys = s.columnsOf(s.key, b)
	}
	var err error
	for i := range records {
		if w.key != nil {
			if buf, err = w.key.Encode(buf, keys, i, i+1, nil); err != nil {
				return nil, err
			}
		}
		ends = append(ends, len(buf))
		if !s.upsert || b.Kind(i).IsAdd() {
			if buf, err = w.value.Encode(buf, values, i, i+1, nil); err != nil {
				return nil, err
			}
		}
		ends = append(ends, len(buf))
	}
	from := 0
	for i := range records {
		r := &records[i]
		if w.key != nil && !nullRaw(s.key, keys, i) {
			r.Key = buf[from:ends[2*i]:ends[2*i]]
		}
		if (!s.upsert || b.Kind(i).IsAdd()) && !nullRaw(s.value, values, i) {
			r.Value = buf[ends[2*i]:ends[2*i+1]:ends[2*i+1]]
		}
		from = ends[2*i+1]
		w.describe(r, b, i)
	}
	return records, nil
}

// nullRaw says that a part in format raw is NULL, which is a record without that part.
func nullRaw(p *part, b *batch.Batch, i int) bool {
	return p.format.Name == "raw" && b.Cols[0].IsNull(i)
}

// describe sets topic, time and headers.
func (w *writer) describe(r *kgo.Record, b *batch.Batch, i int) {
	s := w.sink
	switch {
	case s.pair:
		r.Topic = string(b.Cols[0].Child(0).Bytes(i))
	case s.topicAt >= 0 && !b.Cols[s.topicAt].IsNull(i):
		r.Topic = string(b.Cols[s.topicAt].Bytes(i))
	case len(s.topics) > 0:
		r.Topic = s.topics[0]
	}
	if s.timeAt >= 0 && !b.Cols[s.timeAt].IsNull(i) {
		c := b.Cols[s.timeAt]
		ticks := batch.Values[int64](c)[i]
		for u := c.Type.Unit(); u > 3; u-- {
			ticks /= 10
		}
		r.Timestamp = time.UnixMilli(ticks)
	} else if s.table.Stream && b.Time(i) > 0 {
		r.Timestamp = time.UnixMilli(b.Time(i))
	}
	if s.headersAt < 0 || b.Cols[s.headersAt].IsNull(i) {
		return
	}
	c := b.Cols[s.headersAt]
	for k := int(c.Offsets()[i]); k < int(c.Offsets()[i+1]); k++ {
		h := kgo.RecordHeader{Key: string(c.Child(0).Bytes(k))}
		if !c.Child(1).IsNull(k) {
			h.Value = append([]byte{}, c.Child(1).Bytes(k)...)
		}
		r.Headers = append(r.Headers, h)
	}
}

// produce hands records to the client, which sends them in the background.
func (w *writer) produce(records []kgo.Record) error {
	if len(records) == 0 {
		return nil
	}
	if w.client == nil {
		if err := w.begin(); err != nil {
			return err
		}
	}
	for i := range records {
		r := &records[i]
		size := int64(len(r.Key) + len(r.Value) + 64)
		w.held.Add(1)
		w.heldSize.Add(size)
		w.client.Produce(context.Background(), r, func(r *kgo.Record, err error) {
			w.delivered(r, size, err)
		})
	}
	return w.err()
}

func (w *writer) fail(err error) {
	w.failed.CompareAndSwap(nil, &err)
}

// delivered hears of the end of a record.
func (w *writer) delivered(r *kgo.Record, size int64, err error) {
	n, bytes := w.held.Add(-1), w.heldSize.Add(-size)
	if err != nil && !errors.Is(err, kgo.ErrClientClosed) && w.sink.guarantee != connector.NoGuarantee {
		w.fail(w.refused(r, err))
	}
	if n < maxBuffered/2 && bytes < maxBufferedBytes/2 && w.full.Swap(false) || err != nil {
		w.ctx.Wake()
	}
}

func (w *writer) refused(r *kgo.Record, err error) error {
	place := "topic '" + r.Topic + "'"
	switch {
	case errors.Is(err, kerr.MessageTooLarge):
		return errs.Dataf("%s: a record of %d bytes is too large", place, len(r.Key)+len(r.Value)).
			Wrap(err).Fix("raise 'properties.max.request.size' and the topic's max.message.bytes")
	case isUnknownTopic(err):
		return errs.Userf("table '%s': there is no %s", w.sink.table.Name, place).
			Fix("create it first")
	case fatal(err):
		return errs.Userf("%s", place).Wrap(err)
	}
	return errs.Transientf("%s cannot be written", place).Wrap(err)
}

// begin makes the client, and begins its transaction.
func (w *writer) begin() error {
	s := w.sink
	opts := append(s.client.client(w.ctx.Log, "writer"), s.client.producer()...)
	opts = append(opts, s.partition(w.ctx.Subtask))
	if s.guarantee == connector.ExactlyOnce {
		w.txn = transactionID(s.prefix, w.ctx.Subtask, w.last)
		opts = append(opts, kgo.TransactionalID(w.txn),
			kgo.TransactionTimeout(s.client.transactionTimeout()))
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return errs.Userf("table '%s'", s.table.Name).Wrap(err)
	}
	w.client = client
	if w.txn == "" {
		return nil
	}
	return client.BeginTransaction()
}

// Flush implements connector.Writer: all records have been taken by the brokers.
func (w *writer) Flush(end bool) (bool, error) {
	if err := w.err(); err != nil {
		return false, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.buffer != nil && !w.flushing {
		if err := w.buffer.flush(); err != nil {
			return false, err
		}
	}
	if w.client == nil || w.held.Load() == 0 && !w.flushing ||
		w.sink.guarantee == connector.NoGuarantee && !end {
		return true, nil
	}
	if !w.flushing {
		w.flushing = true
		w.flushed.Store(false)
		client := w.client
		w.closing.Add(1)
		go func() {
			defer w.closing.Done()
			_ = client.Flush(context.Background()) // records tell their own errors
			w.flushed.Store(true)
			w.ctx.Wake()
		}()
	}
	if !w.flushed.Load() {
		return false, nil
	}
	w.flushing = false
	return w.err() == nil, w.err()
}

// Prepare implements connector.Writer: the transaction is handed to the committer.
func (w *writer) Prepare(id int64) ([][]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = id
	if w.sink.guarantee != connector.ExactlyOnce || w.client == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	producer, epoch, err := w.client.ProducerID(ctx)
	if err != nil {
		return nil, errs.Transientf("transaction '%s'", w.txn).Wrap(err)
	}
	c := transaction{id: w.txn, producer: producer, epoch: epoch}
	client := w.client
	w.client, w.txn = nil, ""
	w.closing.Add(1)
	go func() { // nothing is left to send; the transaction stays open
		defer w.closing.Done()
		client.Close()
	}()
	return [][]byte{c.encode()}, nil
}

// Snapshot implements connector.Writer.
func (w *writer) Snapshot(int64) ([]byte, error) { return nil, nil }

// abortTime is how long a writer that ends waits for the brokers to abort what it has not prepared.
const abortTime = 3 * time.Second

// Close implements connector.Writer: a transaction that was not prepared is aborted, so that it
// holds up no reader of committed records. After a crash the next attempt does that.
func (w *writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	if w.buffer != nil {
		w.buffer.stop()
	}
	if w.client != nil {
		if w.txn != "" {
			ctx, cancel := context.WithTimeout(context.Background(), abortTime)
			defer cancel()
			err := w.client.AbortBufferedRecords(ctx)
			if err == nil {
				err = w.client.EndTransaction(ctx, kgo.TryAbort)
			}
			if err != nil {
				w.ctx.Log.Warn("kafka: a transaction is left open", "transaction", w.txn, "error", err)
			}
		}
		w.client.Close()
	}
	w.closing.Wait()
	return nil
}
