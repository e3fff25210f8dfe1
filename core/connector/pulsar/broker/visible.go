package broker

import (
	"context"
	"time"
)

// Visibility is what readers see of a message.
type Visibility int

// What readers see.
const (
	Shown   Visibility = iota
	Hidden             // its transaction was aborted
	Removed            // its ledger is gone
	Unclear            // nothing is to be read there yet: it is hidden, or an open transaction is before it
)

// Visible looks a message up that was written in a transaction which has ended.
func (c *Client) Visible(ctx context.Context, topic string, id ID) (Visibility, error) {
	at := ID{Ledger: id.Ledger, Entry: id.Entry - 1, Batch: -1} // also where a start is left out
	s := Subscription{Topic: topic, Name: "headrace-look-" + id.String(), Transient: true, Queue: 1,
		Start: &Start{At: at}}
	last, done, err := c.Prepare(ctx, &s)
	switch {
	case Is(err, TopicNotFound):
		return Removed, nil
	case err != nil:
		return 0, err
	case done.Ledger > id.Ledger: // the cursor could not be set there
		return Removed, nil
	case last.Entry < 0 || last.Before(id):
		return Unclear, nil
	}
	came := make(chan struct{}, 1)
	k := c.Consume(s, func() {
		select {
		case came <- struct{}{}:
		default:
		}
	})
	defer k.Close()
	for {
		list, err := k.Take()
		switch {
		case err != nil:
			return 0, err
		case len(list) > 0 && list[0].ID.SameEntry(id):
			return Shown, nil
		case len(list) > 0 && id.Before(list[0].ID):
			return Hidden, nil
		case len(list) > 0: // brokers begin with the entry that was named
			continue
		}
		select {
		case <-came:
		case <-time.After(time.Second):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}
