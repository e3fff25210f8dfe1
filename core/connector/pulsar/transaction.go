package pulsar

import (
	"context"
	"encoding/binary"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/pulsar/broker"
)

// pool is how many transactions a writer has at a barrier: that of now, and two for the time until
// the checkpoint behind the next one. A snapshot names those that may be open when a job goes on from
// it: nobody else could end them before their time, and readers would wait that long.
const pool = 3

// transaction is one of a writer's.
type transaction struct {
	id       broker.Txn
	begun    int64 // by the job's clock, milliseconds
	used     bool
	enlisted map[string]bool // topics that the coordinator knows of; the sending goroutine's own

	mu   sync.Mutex
	last map[string]broker.ID // the last entry of each topic
}

func (t *transaction) wrote(topic string, id broker.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last[topic] = id
}

// aged says that nothing was written in the transaction for half of its time: there may be too little
// left when it is needed.
func (w *writer) aged(t *transaction) bool {
	return !t.used && w.ctx.Clock.NowMs()-t.begun > w.sink.ttl.Milliseconds()/2
}

// filled says whether there are enough transactions; mu is held.
func (w *writer) filled() bool { return len(w.txns) >= pool && !slices.ContainsFunc(w.txns, w.aged) }

// fill begins transactions until there are enough. New ones take the place of aged ones: there always
// is one to write in.
func (w *writer) fill() error {
	if w.sink.guarantee != connector.ExactlyOnce {
		return nil
	}
	for {
		w.mu.Lock()
		enough := w.filled()
		w.mu.Unlock()
		if enough {
			w.ctx.Wake()
			return nil
		}
		n, err := w.client.Coordinators(w.run)
		if err == nil && n == 0 {
			err = &broker.Error{Code: broker.NotAllowed, Message: "there is no transaction coordinator"}
		}
		if err != nil {
			return err
		}
		t := &transaction{begun: w.ctx.Clock.NowMs(), enlisted: map[string]bool{},
			last: map[string]broker.ID{}}
		if t.id, err = w.client.Begin(w.run, uint64(w.ctx.Subtask%n), w.sink.ttl); err != nil {
			return err
		}
		w.mu.Lock()
		var old *transaction
		if i := slices.IndexFunc(w.txns, w.aged); i >= 0 {
			old, w.txns[i] = w.txns[i], t
		} else {
			w.txns = append(w.txns, t)
		}
		w.mu.Unlock()
		if old != nil {
			_ = w.client.End(w.run, old.id, false) // else it ends by itself
		}
	}
}

const transactionVersion = 1

// encode makes what the committer gets.
func (t *transaction) encode() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := binary.AppendUvarint([]byte{transactionVersion}, t.id.Most)
	b = binary.AppendUvarint(b, t.id.Least)
	for _, topic := range slices.Sorted(maps.Keys(t.last)) {
		b = binary.AppendUvarint(b, uint64(len(topic)))
		b = appendID(append(b, topic...), t.last[topic])
	}
	return b
}

var errTransaction = errs.Corruptf("a transaction of a Pulsar sink cannot be read")

func decodeTransaction(b []byte) (*transaction, error) {
	if len(b) == 0 || b[0] != transactionVersion {
		return nil, errTransaction
	}
	t := &transaction{last: map[string]broker.ID{}}
	b = b[1:]
	for _, v := range []*uint64{&t.id.Most, &t.id.Least} {
		var k int
		if *v, k = binary.Uvarint(b); k <= 0 {
			return nil, errTransaction
		}
		b = b[k:]
	}
	for len(b) > 0 {
		n, k := binary.Uvarint(b)
		if k <= 0 || uint64(len(b)-k) < n {
			return nil, errTransaction
		}
		topic := string(b[k : k+int(n)])
		b = b[k+int(n):]
		var batch int64
		id := broker.ID{}
		for _, v := range []*int64{&id.Ledger, &id.Entry, &batch} {
			var k int
			if *v, k = binary.Varint(b); k <= 0 {
				return nil, errTransaction
			}
			b = b[k:]
		}
		id.Batch = int32(batch)
		t.last[topic] = id
	}
	return t, nil
}

func encodeTxns(list []*transaction) []byte {
	b := []byte{transactionVersion}
	for _, t := range list {
		b = binary.AppendUvarint(b, t.id.Most)
		b = binary.AppendUvarint(b, t.id.Least)
	}
	return b
}

func decodeTxns(b []byte) (out []broker.Txn, err error) {
	if len(b) == 0 {
		return nil, nil
	}
	if b[0] != transactionVersion {
		return nil, errTransaction
	}
	b = b[1:]
	for len(b) > 0 {
		var t broker.Txn
		for _, v := range []*uint64{&t.Most, &t.Least} {
			var k int
			if *v, k = binary.Uvarint(b); k <= 0 {
				return nil, errTransaction
			}
			b = b[k:]
		}
		out = append(out, t)
	}
	return out, nil
}

// committer ends transactions by their identifiers. Committing one twice is harmless: it is looked
// up whether its messages can be read.
type committer struct {
	sink   *Sink
	ctx    *connector.WriterContext
	client *broker.Client
}

// commitTime is how long brokers may keep a task waiting; what they have not done until then is
// tried again with the next checkpoint.
const commitTime = 20 * time.Second

// Commit implements connector.Committer.
func (c *committer) Commit(committables [][]byte) (retry [][]byte, err error) {
	if len(committables) == 0 {
		return nil, nil
	}
	if c.client == nil {
		if c.client, err = c.sink.cluster.open(c.ctx.Log); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), commitTime)
	defer cancel()
	for _, b := range committables {
		t, err := decodeTransaction(b)
		if err != nil {
			return nil, err
		}
		err = c.client.End(ctx, t.id, true)
		if broker.Is(err, broker.TransactionNotFound) || broker.Is(err, broker.InvalidTxnStatus) {
			err = c.settled(ctx, t, err)
		}
		switch mark := errs.MarkOf(err); {
		case err == nil:
		case mark == errs.Data || mark == errs.User:
			return nil, err
		case fatal(err):
			return nil, errs.Userf("transaction %s", t.id).Wrap(err)
		default:
			c.ctx.Log.Warn("pulsar: a transaction could not be committed yet; trying again",
				"transaction", t.id.String(), "error", err)
			retry = append(retry, b)
		}
	}
	return retry, nil
}

// settled says why there is no such transaction any more: it has been committed, or the brokers have
// aborted it and its messages are lost. The last message of it tells, where it has not been removed
// since.
func (c *committer) settled(ctx context.Context, t *transaction, cause error) error {
	for _, topic := range slices.Sorted(maps.Keys(t.last)) {
		there, err := c.client.Visible(ctx, topic, t.last[topic])
		if err != nil {
			return err
		}
		switch there {
		case broker.Shown:
			return nil
		case broker.Unclear:
			return errs.Transientf("topic '%s': what transaction %s wrote cannot be read yet", topic,
				t.id).Wrap(cause)
		case broker.Hidden:
			return errs.Dataf("transaction %s cannot be committed: the brokers have aborted it, and its "+
				"messages are lost", t.id).Wrap(cause).
				Fix("set 'pulsar.sink.transactionTimeoutMillis' to more than the time between " +
					"checkpoints plus the longest time the job may be down, and go on from an older " +
					"savepoint")
		}
	}
	c.ctx.Log.Warn("pulsar: a transaction has ended and its messages are gone from the topic; it is "+
		"taken for committed", "transaction", t.id.String())
	return nil
}

// Close implements connector.Committer.
func (c *committer) Close() error {
	if c.client != nil {
		c.client.Close()
	}
	return nil
}
