package kafka

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// transaction is what a committer needs to end one: no client but this id, producer and epoch.
type transaction struct {
	id       string
	producer int64
	epoch    int16
}

const transactionVersion = 1

// transactionID names the transaction that a subtask begins behind the barrier of a checkpoint. A
// job that is restored from checkpoint c knows by it what to do with one that is still open: below
// c it is in that checkpoint and will be committed, from c on nobody will ever commit it.
func transactionID(prefix string, subtask int, checkpoint int64) string {
	return fmt.Sprintf("%s-%d-%d", prefix, subtask, checkpoint)
}

func parseTransactionID(id, prefix string) (subtask int, checkpoint int64, ok bool) {
	rest, ok := strings.CutPrefix(id, prefix+"-")
	if !ok {
		return 0, 0, false
	}
	s, c, ok := strings.Cut(rest, "-")
	if !ok {
		return 0, 0, false
	}
	subtask, err := strconv.Atoi(s)
	checkpoint, cerr := strconv.ParseInt(c, 10, 64)
	return subtask, checkpoint, err == nil && cerr == nil && subtask >= 0
}

func (t *transaction) encode() []byte {
	b := binary.AppendUvarint([]byte{transactionVersion}, uint64(len(t.id)))
	b = append(b, t.id...)
	b = binary.AppendVarint(b, t.producer)
	return binary.AppendVarint(b, int64(t.epoch))
}

func decodeTransaction(b []byte) (*transaction, error) {
	bad := errs.Corruptf("a transaction of a Kafka sink cannot be read")
	if len(b) == 0 || b[0] != transactionVersion {
		return nil, bad
	}
	n, k := binary.Uvarint(b[1:])
	if k <= 0 || uint64(len(b)-1-k) < n {
		return nil, bad
	}
	b = b[1+k:]
	t := &transaction{id: string(b[:n])}
	b = b[n:]
	var k2 int
	if t.producer, k2 = binary.Varint(b); k2 <= 0 {
		return nil, bad
	}
	epoch, k3 := binary.Varint(b[k2:])
	if k3 <= 0 {
		return nil, bad
	}
	t.epoch = int16(epoch)
	return t, nil
}

// committer ends transactions. Committing one twice is harmless: the brokers know that it is done.
type committer struct {
	sink   *Sink
	ctx    *connector.WriterContext
	client *kgo.Client
	ending []string // ids of the newest transactions that were committed
}

// endingMax is how many subtasks' worth of newest transactions Close looks after; those before
// them ended long ago.
const endingMax = 32

// commitTime is how long brokers may keep a task waiting; what they have not done until then is
// tried again with the next checkpoint.
const commitTime = 20 * time.Second

// Commit implements connector.Committer.
func (c *committer) Commit(committables [][]byte) (retry [][]byte, err error) {
	if len(committables) == 0 {
		return nil, nil
	}
	if c.client == nil {
		if c.client, err = c.sink.admin(c.ctx, "committer"); err != nil {
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
		switch err := t.commit(ctx, c.client); {
		case err == nil:
			c.ending = append(c.ending[max(0, len(c.ending)+1-endingMax):], t.id)
		case errs.MarkOf(err) == errs.Data, errs.MarkOf(err) == errs.User:
			return nil, err
		default:
			c.ctx.Log.Warn("kafka: a transaction could not be committed yet; trying again",
				"transaction", t.id, "error", err)
			retry = append(retry, b)
		}
	}
	return retry, nil
}

// visibleTime is how long a committer that ends waits until what it has committed can be read.
const visibleTime = 10 * time.Second

// Close implements connector.Committer. Brokers confirm a commit before its markers are in the
// partitions; a job that has ended well leaves records behind that can be read.
func (c *committer) Close() error {
	if c.client == nil {
		return nil
	}
	defer c.client.Close()
	if len(c.ending) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), visibleTime)
	defer cancel()
	if err := visible(ctx, c.client, c.ending); err != nil {
		c.ctx.Log.Warn("kafka: committed records may not be readable yet", "error", err)
	}
	return nil
}

// visible waits until the brokers have ended the transactions in all partitions.
func visible(ctx context.Context, client *kgo.Client, ids []string) error {
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		all, err := kadm.NewClient(client).DescribeTransactions(ctx, ids...)
		if err != nil {
			return err
		}
		ids = ids[:0]
		for _, d := range all.Sorted() {
			if d.State == "PrepareCommit" {
				ids = append(ids, d.TxnID)
			}
		}
		if len(ids) == 0 {
			return nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Sink) admin(ctx *connector.WriterContext, role string) (*kgo.Client, error) {
	client, err := kgo.NewClient(s.client.client(ctx.Log, role)...)
	if err != nil {
		return nil, errs.Userf("table '%s'", s.table.Name).Wrap(err)
	}
	return client, nil
}

// commit ends the transaction.
func (t *transaction) commit(ctx context.Context, client *kgo.Client) error {
	req := kmsg.NewPtrEndTxnRequest()
	req.TransactionalID, req.ProducerID, req.ProducerEpoch = t.id, t.producer, t.epoch
	req.Commit = true
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		resp, err := req.RequestWith(ctx, client)
		if err == nil {
			err = kerr.ErrorForCode(resp.ErrorCode)
		}
		switch {
		case err == nil:
			return nil
		case lost(err):
			return t.settled(ctx, client, err)
		case fatal(err):
			return errs.Userf("transaction '%s'", t.id).Wrap(err)
		case ctx.Err() != nil:
			return errs.Transientf("transaction '%s'", t.id).Wrap(err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// lost says that the brokers do not know the transaction as open (any more).
func lost(err error) bool {
	for _, e := range []error{kerr.InvalidTxnState, kerr.InvalidProducerEpoch, kerr.ProducerFenced,
		kerr.InvalidProducerIDMapping, kerr.UnknownProducerID} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// settled says why the transaction cannot be committed: it has been, or its records are lost.
func (t *transaction) settled(ctx context.Context, client *kgo.Client, cause error) error {
	all, err := kadm.NewClient(client).DescribeTransactions(ctx, t.id)
	if err != nil {
		return errs.Transientf("transaction '%s'", t.id).Wrap(err)
	}
	d := all[t.id]
	if d.Err == nil && d.ProducerID == t.producer &&
		(d.State == "CompleteCommit" || d.State == "PrepareCommit") {
		return nil
	}
	return errs.Dataf("transaction '%s' cannot be committed: the brokers have ended it (state %s), "+
		"and its records are lost", t.id, d.State).Wrap(cause).
		Fix("set 'properties.transaction.timeout.ms' to more than the time between checkpoints plus " +
			"the longest time the job may be down, and go on from an older savepoint")
}

// abortLeft ends what earlier attempts left open and nobody will commit: of the subtasks that this
// one stands for, since the job may have another parallelism now.
func (s *Sink) abortLeft(wc *connector.WriterContext) error {
	client, err := s.admin(wc, "cleaner")
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ctx, stop := s.client.refusal.guard(ctx)
	defer stop()
	open, err := kadm.NewClient(client).ListTransactions(ctx, nil, []string{"Ongoing"})
	if err = s.client.refusal.reason(err); err != nil && fatal(err) {
		return errs.Userf("table '%s'", s.table.Name).Wrap(err)
	}
	if err != nil {
		return errs.Transientf("table '%s': the open transactions cannot be listed", s.table.Name).
			Wrap(err)
	}
	for _, t := range open.Sorted() {
		subtask, checkpoint, ok := parseTransactionID(t.TxnID, s.prefix)
		if !ok || t.State != "Ongoing" || subtask%max(wc.Parallelism, 1) != wc.Subtask ||
			checkpoint < wc.RestoredCheckpoint {
			continue
		}
		wc.Log.Info("kafka: aborting a transaction that an earlier attempt left", "transaction",
			t.TxnID)
		if err := s.abort(ctx, client, t.TxnID); err != nil {
			return errs.Transientf("transaction '%s' of an earlier attempt cannot be aborted",
				t.TxnID).Wrap(err)
		}
	}
	return nil
}

// abort fences the producer of a transaction, which ends it, and waits until it has ended: a
// reader of committed records sees nothing behind an open one.
func (s *Sink) abort(ctx context.Context, client *kgo.Client, id string) error {
	req := kmsg.NewPtrInitProducerIDRequest()
	req.TransactionalID = kmsg.StringPtr(id)
	req.TransactionTimeoutMillis = int32(s.client.transactionTimeout().Milliseconds())
	req.ProducerID, req.ProducerEpoch = -1, -1
	for {
		resp, err := req.RequestWith(ctx, client)
		if err == nil {
			err = kerr.ErrorForCode(resp.ErrorCode)
		}
		if err == nil || !errors.Is(err, kerr.ConcurrentTransactions) {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
