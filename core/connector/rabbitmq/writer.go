package rabbitmq

import (
	"context"
	"errors"
	"log/slog"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/format"
)

// lotMax is how many messages wait for the broker's confirmation at most.
const lotMax = 1000

// outgoing is a message to be written.
type outgoing struct {
	body []byte
	done bool // the broker has it
}

// writer writes messages in the order of the rows, over a connection that it makes when there is
// something to write.
type writer struct {
	*connector.Buffered[*outgoing]
	sink    *Sink
	log     *slog.Logger
	encoder format.Encoder

	conn     *amqp.Connection // nil: there is none
	channel  *amqp.Channel
	returned chan amqp.Return
	leave    context.CancelFunc // the connection
	met      bool               // there was one before
}

// Write implements connector.Writer.
func (w *writer) Write(b *batch.Batch) error {
	rows := w.sink.rows(b)
	for i := range b.Len() {
		body, err := w.encoder.Encode(nil, rows, i, i+1, nil)
		if err != nil {
			return err
		}
		w.Put(nil, &outgoing{body: body})
	}
	return w.Begin()
}

// send writes messages; those that another try has brought to the broker are left out.
func (w *writer) send(ctx context.Context, messages []*outgoing) error {
	err := w.connect(ctx)
	for len(messages) > 0 && err == nil {
		n := min(len(messages), lotMax)
		err = w.publish(ctx, messages[:n])
		messages = messages[n:]
	}
	if err == nil {
		return nil
	}
	w.hangUp()
	return w.sink.wrap(err)
}

func (w *writer) connect(ctx context.Context) error {
	if w.channel != nil && !w.channel.IsClosed() {
		return nil
	}
	w.hangUp()
	ctx, w.leave = context.WithCancel(ctx)
	var err error
	if w.conn, err = w.sink.dial(ctx, w.log, w.met); err != nil {
		return err
	}
	w.met = true
	if w.channel, err = w.conn.Channel(); err != nil {
		return err
	}
	w.returned = w.channel.NotifyReturn(make(chan amqp.Return, lotMax))
	return w.channel.Confirm(false)
}

// hangUp ends the connection.
func (w *writer) hangUp() {
	if w.conn != nil { // an error is that of a connection that has ended
		_ = w.conn.CloseDeadline(time.Now().Add(time.Second))
	}
	if w.leave != nil {
		w.leave()
	}
	w.conn, w.channel, w.leave = nil, nil, nil
}

// publish writes messages and waits until the broker has confirmed them.
func (w *writer) publish(ctx context.Context, messages []*outgoing) error {
	confirmed := make([]*amqp.DeferredConfirmation, len(messages))
	var err error
	for i, m := range messages {
		if m.done {
			continue
		}
		confirmed[i], err = w.channel.PublishWithDeferredConfirm("", w.sink.queue, true, false,
			amqp.Publishing{DeliveryMode: w.sink.mode, Body: m.body})
		if err != nil {
			return err
		}
	}
	for i, c := range confirmed {
		if c == nil {
			continue
		}
		ok, err := c.WaitContext(ctx)
		if err != nil {
			return err
		}
		if messages[i].done = ok; !ok {
			return w.refused()
		}
	}
	select {
	case r := <-w.returned: // it comes before the confirmation
		for _, m := range messages { // which of them is not known
			m.done = false
		}
		return errs.Transientf("table '%s': the broker has no queue '%s' for a message: %s",
			w.sink.table, w.sink.queue, r.ReplyText)
	default:
		return nil
	}
}

// refused is why a message was not confirmed: the channel has ended, or the broker said no.
func (w *writer) refused() error {
	if w.channel.IsClosed() {
		return amqp.ErrClosed
	}
	return errs.Transientf("table '%s': the broker refused a message for queue '%s'", w.sink.table,
		w.sink.queue).Wrap(errors.New("basic.nack")).Fix("the queue may be full: see its limits")
}

// Close implements connector.Writer.
func (w *writer) Close() error {
	err := w.Buffered.Close()
	w.hangUp()
	return err
}
