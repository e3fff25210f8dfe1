package rabbitmq

import amqp "github.com/rabbitmq/amqp091-go"

// owe has marks acknowledged; mu is held.
func (r *reader) owe(marks ...mark) {
	if len(marks) > 0 {
		r.owed = append(r.owed, marks...)
		poke(r.work)
	}
}

// release acknowledges what has been read, where no checkpoint will.
func (r *reader) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.read.tag > 0 {
		r.owe(r.read)
		r.read = mark{}
	}
}

// acknowledge pays what is owed until the reader is closed.
func (r *reader) acknowledge() {
	defer r.done.Done()
	for {
		select {
		case <-r.work:
		case <-r.run.Done():
			return
		}
		r.mu.Lock()
		owed, ch, session, closing := r.owed, r.channel, r.session, r.closing
		r.owed = nil
		r.mu.Unlock()
		if ch != nil {
			r.pay(owed, ch, session)
		}
		if closing {
			close(r.idle)
			return
		}
	}
}

// pay acknowledges the marks of a session. The broker has that for sure when the transaction is
// committed; then the ids are forgotten. What other sessions had comes again.
func (r *reader) pay(owed []mark, ch *amqp.Channel, session int) {
	var tag uint64
	var ids []string
	for _, m := range owed {
		if m.session == session && m.tag > 0 {
			tag = max(tag, m.tag)
			ids = append(ids, m.ids...)
		}
	}
	if tag == 0 {
		return
	}
	err := ch.Ack(tag, true)
	if err == nil && r.ctx.Checkpoints {
		err = ch.TxCommit()
	}
	if err != nil {
		return // the channel has ended, and the session with it
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.session != session {
		return // they have been left, and may stay so
	}
	for _, id := range ids {
		r.seen.pay(id)
	}
}
