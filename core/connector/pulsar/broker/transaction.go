package broker

import (
	"context"
	"fmt"
	"time"

	"github.com/headrace/headrace/core/connector/pulsar/pulsarpb"
)

// coordinators is the topic whose partitions are the transaction coordinators.
const coordinators = "persistent://pulsar/system/transaction_coordinator_assign"

// Txn is the identifier of a transaction; Most is the number of its coordinator.
type Txn struct{ Most, Least uint64 }

func (t Txn) String() string { return fmt.Sprintf("(%d,%d)", t.Most, t.Least) }

// Coordinators returns how many transaction coordinators the cluster has; 0: transactions are off.
func (c *Client) Coordinators(ctx context.Context) (int, error) {
	return c.Partitions(ctx, coordinators)
}

// coordinator connects to a transaction coordinator.
func (c *Client) coordinator(ctx context.Context, number uint64) (*conn, error) {
	k, err := c.of(ctx, PartitionName(coordinators, int(number)))
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	ready := k.ready[number]
	k.mu.Unlock()
	if ready {
		return k, nil
	}
	a, err := c.ask(ctx, k, func(n uint64) *pulsarpb.Command {
		return &pulsarpb.Command{Type: new(int32(tCoordinator)),
			CoordinatorConnect: &pulsarpb.CoordinatorConnect{Request: new(n), Coordinator: new(number)}}
	})
	if err != nil {
		return nil, err
	}
	if r := a.CoordinatorConnectResponse; r.Error != nil {
		return nil, &Error{r.GetError(), r.GetMessage()}
	}
	k.mu.Lock()
	k.ready[number] = true
	k.mu.Unlock()
	return k, nil
}

// txn asks a coordinator, again and again while it is not there.
func (c *Client) txn(
	ctx context.Context, number uint64, make func(n uint64) *pulsarpb.Command,
	answer func(a *pulsarpb.Command) *pulsarpb.TxnResponse,
) (*pulsarpb.TxnResponse, error) {
	for pause := firstPause; ; pause = rest(ctx, pause) {
		k, err := c.coordinator(ctx, number)
		var a *pulsarpb.Command
		if err == nil {
			a, err = c.ask(ctx, k, make)
		}
		if err == nil {
			r := answer(a)
			if r.Error == nil {
				return r, nil
			}
			err = &Error{r.GetError(), r.GetMessage()}
			if r.GetError() == coordinatorNotFound {
				k.mu.Lock()
				delete(k.ready, number)
				k.mu.Unlock()
			}
		}
		if ctx.Err() != nil || Fatal(err) || Is(err, TransactionNotFound) ||
			Is(err, InvalidTxnStatus) {
			return nil, err
		}
		c.Log.Warn("pulsar: a transaction coordinator does not answer; trying again", "error", err)
	}
}

// Begin begins a transaction that the coordinator aborts after a time.
func (c *Client) Begin(ctx context.Context, coordinator uint64, ttl time.Duration) (Txn, error) {
	r, err := c.txn(ctx, coordinator, func(n uint64) *pulsarpb.Command {
		return &pulsarpb.Command{Type: new(int32(tNewTxn)), NewTxn: &pulsarpb.NewTxn{Request: new(n),
			Ttl: new(uint64(ttl.Milliseconds())), Coordinator: new(coordinator)}}
	}, (*pulsarpb.Command).GetNewTxnResponse)
	if err != nil {
		return Txn{}, err
	}
	return Txn{Most: r.GetTxnMost(), Least: r.GetTxnLeast()}, nil
}

// Enlist tells the coordinator of topics that the transaction will write to.
func (c *Client) Enlist(ctx context.Context, t Txn, topics []string) error {
	_, err := c.txn(ctx, t.Most, func(n uint64) *pulsarpb.Command {
		return &pulsarpb.Command{Type: new(int32(tAddPartition)), AddPartition: &pulsarpb.AddPartition{
			Request: new(n), TxnMost: new(t.Most), TxnLeast: new(t.Least), Partitions: topics}}
	}, (*pulsarpb.Command).GetAddPartitionResponse)
	return err
}

// End commits or aborts a transaction.
func (c *Client) End(ctx context.Context, t Txn, commit bool) error {
	action := int32(1)
	if commit {
		action = 0
	}
	_, err := c.txn(ctx, t.Most, func(n uint64) *pulsarpb.Command {
		return &pulsarpb.Command{Type: new(int32(tEndTxn)), EndTxn: &pulsarpb.EndTxn{
			Request: new(n), TxnMost: new(t.Most), TxnLeast: new(t.Least), Action: new(action)}}
	}, (*pulsarpb.Command).GetEndTxnResponse)
	return err
}
