package broker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/headrace/headrace/core/connector/pulsar/pulsarpb"
)

// Subscription is what a consumer asks for.
type Subscription struct {
	Topic      string // of one partition
	Name       string
	Consumer   string // its name in the brokers' statistics
	Properties []Property
	FromLatest bool // a subscription that is made begins behind the last message, not at the first
	Queue      int  // messages on their way and waiting
	Compacted  bool // only the newest of each key, where the topic has been compacted
	Transient  bool // without a cursor that outlives it
	Priority   int32
	// Start is where to begin; nil: where the subscription stands.
	Start *Start
	// After leaves out messages up to one, nil: none.
	After *ID
}

// Start is an entry to begin at.
type Start struct {
	At   ID
	Time int64 // milliseconds of publishing; 0: At says it
	// Behind has Prepare move the subscription behind the entry.
	Behind bool
}

// session is a consumer on one connection.
type session struct {
	client *Client
	conn   *conn
	id     uint64
}

// open subscribes.
func (c *Client) open(ctx context.Context, s *Subscription, h handler) (*session, error) {
	k, err := c.of(ctx, s.Topic)
	if err != nil {
		return nil, err
	}
	o := &session{client: c, conn: k, id: c.number.Add(1)}
	if err := k.add(k.consumers, o.id, h); err != nil {
		return nil, err
	}
	_, err = c.ask(ctx, k, func(n uint64) *pulsarpb.Command {
		r := &pulsarpb.Subscribe{Topic: new(s.Topic), Subscription: new(s.Name), Type: new(int32(0)),
			Consumer: new(o.id), Request: new(n), Durable: new(!s.Transient), CreateTopic: new(false),
			InitialPosition: new(int32(1)), Priority: new(s.Priority), ReadCompacted: new(s.Compacted)}
		if s.FromLatest {
			r.InitialPosition = new(int32(0))
		}
		if s.Consumer != "" {
			r.ConsumerName = new(s.Consumer)
		}
		for _, p := range s.Properties {
			r.Properties = append(r.Properties,
				&pulsarpb.KeyValue{Key: new(p.Key), Value: new(p.Value)})
		}
		if s.Transient && s.Start != nil {
			r.Start = s.Start.At.wire()
		}
		return &pulsarpb.Command{Type: new(int32(tSubscribe)), Subscribe: r}
	})
	if err != nil {
		k.forget(k.consumers, o.id)
		if errors.Is(err, context.DeadlineExceeded) {
			o.close() // the broker may have it by now
		}
		return nil, err
	}
	return o, nil
}

// close takes the consumer from the broker, which waits for it no longer than the connection.
func (o *session) close() {
	o.conn.forget(o.conn.consumers, o.id)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, _ = o.client.ask(ctx, o.conn, func(n uint64) *pulsarpb.Command {
		return &pulsarpb.Command{Type: new(int32(tCloseConsumer)),
			CloseConsumer: &pulsarpb.CloseConsumer{Consumer: new(o.id), Request: new(n)}}
	})
}

func (o *session) seek(ctx context.Context, to Start) error {
	_, err := o.client.ask(ctx, o.conn, func(n uint64) *pulsarpb.Command {
		s := &pulsarpb.Seek{Consumer: new(o.id), Request: new(n)}
		if to.Time > 0 {
			s.PublishTime = new(uint64(to.Time))
		} else {
			at := to.At
			at.Batch = -1 // whole entries: who reads leaves out what is before At
			s.Id = at.wire()
		}
		return &pulsarpb.Command{Type: new(int32(tSeek)), Seek: s}
	})
	return err
}

// last returns the last message of the topic, and the last one that the subscription is done with.
func (o *session) last(ctx context.Context) (last, done ID, err error) {
	a, err := o.client.ask(ctx, o.conn, func(n uint64) *pulsarpb.Command {
		return &pulsarpb.Command{Type: new(int32(tLastID)),
			GetLastMessageId: &pulsarpb.GetLastMessageId{Consumer: new(o.id), Request: new(n)}}
	})
	if err != nil {
		return ID{}, ID{}, err
	}
	r := a.GetLastMessageIdResponse
	done = Earliest
	if r.MarkDelete != nil {
		done = idOf(r.MarkDelete)
	}
	return idOf(r.Last), done, nil
}

// deaf is a handler of who does not wait for messages.
type deaf struct{}

func (deaf) message(*pulsarpb.Message, []byte)          {}
func (deaf) receipt(uint64, *pulsarpb.MessageId, error) {}
func (deaf) closed(error)                               {}

// Prepare makes the subscription where there is none, moves it to where it should start, and
// returns the last message of the topic and the last one that the subscription is done with.
func (c *Client) Prepare(ctx context.Context, s *Subscription) (last, done ID, err error) {
	o, err := c.open(ctx, s, deaf{})
	if err != nil {
		return ID{}, ID{}, err
	}
	if s.Start != nil && !s.Transient {
		err := o.seek(ctx, *s.Start)
		o.close()
		if err != nil {
			return ID{}, ID{}, err
		}
		if o, err = c.reopen(ctx, s, deaf{}); err != nil {
			return ID{}, ID{}, err
		}
	}
	defer o.close()
	if s.Start != nil && s.Start.Behind {
		if err := o.pass(ctx, s.Start.At); err != nil {
			return ID{}, ID{}, err
		}
	}
	return o.last(ctx)
}

// pass has the subscription be done with an entry, and waits until the broker has it so.
func (o *session) pass(ctx context.Context, entry ID) error {
	entry.Batch = -1
	a, err := o.client.ask(ctx, o.conn, func(n uint64) *pulsarpb.Command {
		return &pulsarpb.Command{Type: new(int32(tAck)), Ack: &pulsarpb.Ack{Consumer: new(o.id),
			Type: new(int32(1)), Ids: []*pulsarpb.MessageId{entry.wire()}, Request: new(n)}}
	})
	if err == nil && a.AckResponse.Error != nil {
		err = &Error{a.AckResponse.GetError(), a.AckResponse.GetMessage()}
	}
	return err
}

// reopen subscribes to a subscription that the broker may not have let go yet.
func (c *Client) reopen(ctx context.Context, s *Subscription, h handler) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, c.RequestTimeout)
	defer cancel()
	for pause := firstPause; ; pause = rest(ctx, pause) {
		o, err := c.open(ctx, s, h)
		if err == nil || Fatal(err) || Is(err, TopicNotFound) || ctx.Err() != nil {
			return o, err
		}
	}
}

// Consumer reads a topic from a place on. It connects again by itself when a connection breaks or
// the topic goes to another broker, and gives each message once, in order.
type Consumer struct {
	client *Client
	sub    Subscription
	wake   func()
	cancel context.CancelFunc
	run    context.Context
	done   sync.WaitGroup

	mu      sync.Mutex
	session *session // nil: not connected
	owner   uint64   // counts sessions: what comes from an earlier one is dropped
	gone    chan struct{}
	queue   [][]Message
	got     ID   // the last message that came
	began   bool // a message came, or Start says where to go on
	owed    int  // messages taken that the broker has not been told of
	err     error
	passed  bool // the first message after Start was looked at
	missing bool // the entry to begin at was not there any more
}

// Consume begins to read; wake is called when Take has something.
func (c *Client) Consume(s Subscription, wake func()) *Consumer {
	k := &Consumer{client: c, sub: s, wake: wake, got: Earliest}
	if s.After != nil {
		k.got = *s.After
	}
	k.run, k.cancel = context.WithCancel(context.Background())
	k.done.Add(1)
	go k.keep()
	return k
}

// keep stays connected until the consumer is closed.
func (k *Consumer) keep() {
	defer k.done.Done()
	pause := firstPause
	for k.run.Err() == nil {
		gone, err := k.connect()
		switch {
		case k.run.Err() != nil:
			return
		case err != nil && Fatal(err):
			k.fail(err)
			return
		case err != nil:
			k.client.Log.Warn("pulsar: a topic cannot be read; trying again", "topic", k.sub.Topic,
				"error", err)
			pause = rest(k.run, pause)
			continue
		}
		pause = firstPause
		select {
		case <-gone:
			pause = rest(k.run, pause)
		case <-k.run.Done():
		}
	}
}

func (k *Consumer) fail(err error) {
	k.mu.Lock()
	if k.err == nil {
		k.err = err
	}
	k.mu.Unlock()
	k.wake()
}

// attached hears of one session.
type attached struct {
	k     *Consumer
	owner uint64
}

func (a attached) message(m *pulsarpb.Message, payload []byte) { a.k.take(a.owner, m, payload) }
func (attached) receipt(uint64, *pulsarpb.MessageId, error)    {}
func (a attached) closed(error)                                { a.k.lost(a.owner) }

// connect subscribes, and goes to the start if that has not been done.
func (k *Consumer) connect() (gone chan struct{}, err error) {
	k.mu.Lock()
	k.owner++
	h := attached{k, k.owner}
	gone = make(chan struct{})
	k.gone = gone
	seek := k.sub.Start != nil && !k.began && !k.sub.Transient
	k.mu.Unlock()
	o, err := k.client.open(k.run, &k.sub, h)
	if err != nil {
		return nil, err
	}
	if seek {
		err := o.seek(k.run, *k.sub.Start)
		o.close()
		if err != nil {
			return nil, fmt.Errorf("the subscription cannot be moved: %w", err)
		}
		k.mu.Lock()
		k.owner++
		h.owner = k.owner
		gone = make(chan struct{}) // what the broker said about the first session is past
		k.gone = gone
		k.mu.Unlock()
		if o, err = k.client.reopen(k.run, &k.sub, h); err != nil {
			return nil, err
		}
	}
	k.mu.Lock()
	k.session, k.began = o, true
	k.owed = 0
	waiting := 0
	for _, q := range k.queue {
		waiting += len(q)
	}
	k.mu.Unlock()
	return gone, k.flow(o, max(k.sub.Queue-waiting, 1))
}

func (k *Consumer) flow(o *session, n int) error {
	return o.conn.send(&pulsarpb.Command{Type: new(int32(tFlow)),
		Flow: &pulsarpb.Flow{Consumer: new(o.id), Permits: new(uint32(n))}}, nil)
}

// lost hears that a session has ended.
func (k *Consumer) lost(owner uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if owner != k.owner || k.gone == nil {
		return
	}
	close(k.gone)
	k.gone, k.session = nil, nil
}

// take puts an entry into the queue.
func (k *Consumer) take(owner uint64, m *pulsarpb.Message, payload []byte) {
	id := idOf(m.GetId())
	list, size, err := decodeEntry(id, m.AckSet, payload)
	if err != nil {
		k.fail(fmt.Errorf("message %s cannot be read: %w", id, err))
		return
	}
	if o, n := k.put(owner, id, list, size); n > 0 {
		_ = k.flow(o, n) // when it fails the session ends, and the next one begins with a flow
	}
}

// put adds messages to the queue. Those that nobody will take are asked for again: n of them.
func (k *Consumer) put(owner uint64, id ID, list []Message, size int) (o *session, n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if owner != k.owner || k.err != nil {
		return nil, 0
	}
	if !k.passed {
		k.passed = true
		s := k.sub.Start
		k.missing = s != nil && s.Time == 0 && !id.SameEntry(s.At)
	}
	for len(list) > 0 && list[0].ID.Compare(k.got) <= 0 {
		list = list[1:]
	}
	k.owed += size - len(list) // the brokers count them
	if len(list) > 0 {
		k.got = list[len(list)-1].ID
		k.queue = append(k.queue, list)
		if len(k.queue) == 1 {
			k.wake()
		}
	}
	if o, n = k.session, k.owed; o == nil || n < (k.sub.Queue+1)/2 {
		return nil, 0
	}
	k.owed = 0
	return o, n
}

// Take returns the messages that wait, nil if there are none; an error comes behind them.
func (k *Consumer) Take() ([]Message, error) {
	k.mu.Lock()
	if len(k.queue) == 0 {
		defer k.mu.Unlock()
		return nil, k.err
	}
	list := k.queue[0]
	k.queue[0] = nil
	k.queue = k.queue[1:]
	k.owed += len(list)
	o, n := k.session, k.owed
	if o == nil || n < (k.sub.Queue+1)/2 {
		k.mu.Unlock()
		return list, nil
	}
	k.owed = 0
	k.mu.Unlock()
	_ = k.flow(o, n) // when it fails the session ends, and the next one begins with a flow
	return list, nil
}

// Missing says that the entry to begin at was not in the topic any more.
func (k *Consumer) Missing() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.missing
}

// Ack tells the broker that the subscription is done with all entries up to one.
func (k *Consumer) Ack(up ID) error {
	k.mu.Lock()
	o := k.session
	k.mu.Unlock()
	if o == nil {
		return errClosed
	}
	return o.ack(up)
}

func (o *session) ack(up ID) error {
	up.Batch = -1
	return o.conn.send(&pulsarpb.Command{Type: new(int32(tAck)), Ack: &pulsarpb.Ack{
		Consumer: new(o.id), Type: new(int32(1)), Ids: []*pulsarpb.MessageId{up.wire()}}}, nil)
}

// Close ends reading.
func (k *Consumer) Close() {
	k.cancel()
	k.done.Wait()
	k.mu.Lock()
	o := k.session
	k.session, k.owner = nil, k.owner+1
	k.mu.Unlock()
	if o != nil {
		o.close()
	}
}
