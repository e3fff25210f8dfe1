package broker

import (
	"context"
	"sync"
	"time"

	"github.com/headrace/headrace/core/connector/pulsar/pulsarpb"
)

// Production is what a producer asks for.
type Production struct {
	Topic         string // of one partition
	Name          string // "": the broker gives one
	Properties    []Property
	Compression   Compression
	Transactional bool
	// Once: what may have arrived when a connection breaks is not sent again; it fails instead.
	Once bool
	// Timeout is how long an entry may take, 0: for ever.
	Timeout time.Duration
}

// Producer sends entries to a topic, in order. It connects again by itself and sends again what
// the broker has not confirmed.
type Producer struct {
	client *Client
	spec   Production
	number uint64
	run    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu      sync.Mutex
	name    string
	epoch   uint64
	next    uint64 // sequence number of the next entry
	waiting []*sending
	sent    int // how many of waiting are on their way
	kick    chan struct{}
	gone    chan struct{}
	err     error
}

// sending is an entry that has not been confirmed.
type sending struct {
	entry    Entry
	sequence uint64
	since    time.Time
	done     func(id ID, err error)
}

// Produce begins to write to a topic.
func (c *Client) Produce(s Production) *Producer {
	p := &Producer{client: c, spec: s, number: c.number.Add(1), name: s.Name,
		kick: make(chan struct{}, 1)}
	p.run, p.cancel = context.WithCancel(context.Background())
	p.done.Add(1)
	go p.keep()
	return p
}

// Send hands over an entry; done is called once, from another goroutine, and must not block. The
// entry must not change until then.
func (p *Producer) Send(e Entry, done func(id ID, err error)) {
	p.mu.Lock()
	if p.err != nil {
		err := p.err
		p.mu.Unlock()
		done(ID{}, err)
		return
	}
	p.waiting = append(p.waiting, &sending{entry: e, sequence: p.next, since: time.Now(), done: done})
	p.next += uint64(len(e.Messages))
	p.mu.Unlock()
	p.poke()
}

func (p *Producer) poke() {
	select {
	case p.kick <- struct{}{}:
	default:
	}
}

// keep stays connected until the producer is closed.
func (p *Producer) keep() {
	defer p.done.Done()
	pause := firstPause
	for p.run.Err() == nil {
		k, err := p.connect()
		if err == nil {
			pause = firstPause
			err = p.write(k)
		}
		if p.run.Err() != nil {
			break
		}
		if Fatal(err) || Is(err, TopicNotFound) {
			p.fail(err)
			return
		}
		p.client.Log.Warn("pulsar: a topic cannot be written; trying again", "topic", p.spec.Topic,
			"error", err)
		p.late(err)
		pause = rest(p.run, pause)
	}
	p.fail(errClosed)
}

// late fails all entries when the oldest one has taken too long, or must not be sent twice.
func (p *Producer) late(cause error) {
	p.mu.Lock()
	bad := len(p.waiting) > 0 && (p.spec.Once && p.sent > 0 ||
		p.spec.Timeout > 0 && time.Since(p.waiting[0].since) > p.spec.Timeout)
	p.sent = 0
	p.mu.Unlock()
	if bad {
		p.fail(cause)
	}
}

// fail ends the producer with an error for all that waits.
func (p *Producer) fail(err error) {
	p.mu.Lock()
	if p.err == nil {
		p.err = err
	}
	list := p.waiting
	p.waiting, p.sent = nil, 0
	p.mu.Unlock()
	p.cancel()
	for _, s := range list {
		s.done(ID{}, err)
	}
}

// connect makes the producer known to the broker of its topic.
func (p *Producer) connect() (*conn, error) {
	k, err := p.client.of(p.run, p.spec.Topic)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.gone = make(chan struct{})
	name, epoch := p.name, p.epoch
	p.epoch++
	p.mu.Unlock()
	if err := k.add(k.producers, p.number, p); err != nil {
		return nil, err
	}
	a, err := p.client.ask(p.run, k, func(n uint64) *pulsarpb.Command {
		r := &pulsarpb.Producer{Topic: new(p.spec.Topic), Producer: new(p.number), Request: new(n),
			Epoch: new(epoch), NameGiven: new(p.spec.Name != ""),
			Transactional: new(p.spec.Transactional)}
		if name != "" {
			r.Name = new(name)
		}
		for _, o := range p.spec.Properties {
			r.Properties = append(r.Properties,
				&pulsarpb.KeyValue{Key: new(o.Key), Value: new(o.Value)})
		}
		return &pulsarpb.Command{Type: new(int32(tProducer)), Producer: r}
	})
	if err != nil {
		k.forget(k.producers, p.number)
		return nil, err
	}
	p.mu.Lock()
	p.name = a.ProducerSuccess.GetName()
	if last := a.ProducerSuccess.GetLastSequence(); len(p.waiting) == 0 && last >= 0 &&
		p.next <= uint64(last) {
		p.next = uint64(last) + 1 // the topic drops numbers that it has seen
	}
	p.sent = 0
	p.mu.Unlock()
	return k, nil
}

// write sends what waits until the connection is gone.
func (p *Producer) write(k *conn) error {
	p.mu.Lock()
	gone := p.gone
	p.mu.Unlock()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		for {
			p.mu.Lock()
			var s *sending
			if p.sent < len(p.waiting) {
				s = p.waiting[p.sent]
				p.sent++
			}
			name := p.name
			p.mu.Unlock()
			if s == nil {
				break
			}
			if err := p.one(k, name, s); err != nil {
				return err
			}
		}
		select {
		case <-p.kick:
		case <-tick.C:
			if err := p.slow(); err != nil {
				return err
			}
		case <-gone:
			if err := k.why(); err != nil {
				return err
			}
			return errClosed
		case <-p.run.Done():
			return p.run.Err()
		}
	}
}

// slow is an error when the oldest entry has taken too long.
func (p *Producer) slow() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spec.Timeout > 0 && len(p.waiting) > 0 && time.Since(p.waiting[0].since) > p.spec.Timeout {
		return context.DeadlineExceeded
	}
	return nil
}

// one sends an entry. One that is too large is answered at once.
func (p *Producer) one(k *conn, name string, s *sending) error {
	e := &s.entry
	payload, err := e.encode(name, s.sequence, time.Now().UnixMilli(), p.spec.Compression)
	if err != nil {
		return err
	}
	send := &pulsarpb.Send{Producer: new(p.number), Sequence: new(s.sequence),
		Messages: new(int32(len(e.Messages)))}
	if e.Txn != nil {
		send.TxnMost, send.TxnLeast = new(e.Txn.Most), new(e.Txn.Least)
	}
	if len(payload) > k.maxMessage {
		p.fail(&TooLarge{len(payload), k.maxMessage})
		return errClosed
	}
	return k.send(&pulsarpb.Command{Type: new(int32(tSend)), Send: send}, payload)
}

// message implements handler.
func (p *Producer) message(*pulsarpb.Message, []byte) {}

// receipt implements handler: the oldest entry has been written, or refused.
func (p *Producer) receipt(sequence uint64, id *pulsarpb.MessageId, err error) {
	p.mu.Lock()
	if p.sent == 0 || p.waiting[0].sequence != sequence {
		p.mu.Unlock()
		return // of an earlier connection
	}
	if err != nil && !Fatal(err) && !p.spec.Once && !Is(err, 9) {
		p.drop()
		p.mu.Unlock()
		return // it is sent again
	}
	s := p.waiting[0]
	p.waiting[0] = nil
	p.waiting = p.waiting[1:]
	p.sent--
	p.mu.Unlock()
	if err != nil {
		s.done(ID{}, err)
		p.fail(err)
		return
	}
	s.done(idOf(id), nil)
}

// drop has the producer connect again; mu is held.
func (p *Producer) drop() {
	if p.gone != nil {
		close(p.gone)
		p.gone = nil
	}
}

// closed implements handler.
func (p *Producer) closed(error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop()
}

// Close ends the producer; what has not been confirmed fails.
func (p *Producer) Close() {
	p.cancel()
	p.done.Wait()
}

// TooLarge is the error of an entry that brokers do not take.
type TooLarge struct{ Size, Max int }

func (e *TooLarge) Error() string {
	return "an entry of " + sizeText(e.Size) + " is larger than the brokers take (" +
		sizeText(e.Max) + ")"
}
