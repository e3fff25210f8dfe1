package rabbitmq

import (
	"context"
	"strconv"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/errs"
)

// Where a consumer is halted: so many messages, or bytes of them, wait to be read.
const (
	waitingMax      = 1 << 14
	waitingBytesMax = 64 << 20
)

func (r *reader) full() bool {
	return len(r.waiting) >= waitingMax || r.bytes >= waitingBytesMax
}

// consume keeps a session going until the reader is closed.
func (r *reader) consume() {
	defer r.done.Done()
	for n := 1; ; n++ {
		err := r.src.wrap(r.converse(n))
		r.mu.Lock()
		r.conn, r.channel, r.waiting, r.bytes = nil, nil, nil, 0 // the messages come again
		closing := r.closing
		r.mu.Unlock()
		if closing || r.run.Err() != nil {
			return
		}
		if errs.MarkOf(err) != errs.Transient || !r.src.recovers {
			r.fail(err)
			return
		}
		r.ctx.Log.Warn("rabbitmq: reading is interrupted; connecting again", "table", r.src.table,
			"pause", r.src.pause, "error", err)
		if !wait(r.run, r.ctx.Clock, r.src.pause) {
			return
		}
	}
}

// wait lets time pass; false: ctx has ended.
func wait(ctx context.Context, c clock.Clock, d time.Duration) bool {
	due := make(chan struct{})
	stop := c.AfterFunc(d, func() { close(due) })
	select {
	case <-due:
		return true
	case <-ctx.Done():
		stop()
		return false
	}
}

func (r *reader) fail(err error) {
	r.mu.Lock()
	r.err = err
	r.mu.Unlock()
	r.ctx.Wake()
}

// converse connects and takes what comes until the connection or the reader ends.
func (r *reader) converse(number int) error {
	ctx, end := context.WithCancel(r.run)
	defer end()
	conn, err := r.src.dial(ctx, r.ctx.Log, r.met)
	if err != nil {
		return err
	}
	r.met = true
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	ended := ch.NotifyClose(make(chan *amqp.Error, 1))
	cancelled := ch.NotifyCancel(make(chan string, 1))
	if r.ctx.Checkpoints {
		if err := ch.Tx(); err != nil { // its commits say that acknowledgements have come
			return err
		}
	}
	if r.src.prefetch > 0 {
		if err := ch.Qos(r.src.prefetch, 0, false); err != nil {
			return err
		}
	}
	r.mu.Lock()
	r.session, r.conn, r.channel, r.halted = number, conn, ch, false
	r.seen.leave(r.ctx.Clock.NowMs())
	r.mu.Unlock()
	for turn := 0; ; turn++ {
		if err := r.receive(ch, "headrace-"+strconv.Itoa(turn)); err != nil {
			return err
		}
		select {
		case <-r.room:
		case <-cancelled:
			if !ch.IsClosed() {
				return errs.Transientf("table '%s': the queue '%s' was deleted, or its node has stopped",
					r.src.table, r.src.queue)
			}
			return closed(<-ended)
		case e := <-ended:
			return closed(e)
		}
	}
}

// closed is why a channel has ended.
func closed(e *amqp.Error) error {
	if e == nil {
		return amqp.ErrClosed
	}
	return e
}

// receive takes messages until the consumer ends, or is halted because too many wait.
func (r *reader) receive(ch *amqp.Channel, name string) error {
	deliveries, err := ch.Consume(r.src.queue, name, false, false, false, false, nil)
	if err != nil {
		return err
	}
	for d := range deliveries {
		r.mu.Lock()
		r.waiting = append(r.waiting, message{tag: d.DeliveryTag, id: d.CorrelationId, body: d.Body})
		r.bytes += len(d.Body)
		wake := r.waits
		r.waits = false
		halt := !r.halted && r.full()
		r.halted = r.halted || halt
		r.mu.Unlock()
		if wake {
			r.ctx.Wake()
		}
		if halt && name != "" {
			if err := ch.Cancel(name, false); err != nil {
				return err
			}
			name = "" // what has been sent still comes
		}
	}
	return nil
}
