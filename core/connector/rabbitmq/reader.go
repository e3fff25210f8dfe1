package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/format"
)

// reader reads a queue. One goroutine keeps a connection and takes what comes, one acknowledges;
// Poll decodes. Delivery tags count on one channel: those of an earlier session mean nothing, and
// the broker delivers again what was not acknowledged there.
type reader struct {
	src     *Source
	ctx     *connector.ReaderContext
	decoder format.Decoder
	config  *format.Config
	letters *connector.DeadLetters
	good    [][]byte // messages of the batch so far, for decoding them anew behind a bad one
	split   string
	active  bool
	noMore  bool
	number  int64 // of the checkpoint that Snapshot is for

	met    bool // the broker was there; consume's own
	run    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu      sync.Mutex
	session int              // counts the connections, from 1
	conn    *amqp.Connection // nil: there is no session
	channel *amqp.Channel
	waiting []message // have come and are to be read
	bytes   int       // of waiting
	waits   bool      // Poll has said that there is nothing
	halted  bool      // the broker is to send nothing until there is room
	err     error
	read    mark   // messages read since the last snapshot
	marks   []mark // those of snapshots that are not complete, in order
	seen    seen   // with correlation ids
	owed    []mark // to be acknowledged
	room    chan struct{}
	work    chan struct{}
	idle    chan struct{} // closed when the reader closes and owes nothing
	closing bool
}

// message is one that has come.
type message struct {
	tag  uint64
	id   string
	body []byte
}

// mark is a stretch of messages of one session: those behind the previous mark, to tag.
type mark struct {
	checkpoint int64
	session    int
	tag        uint64
	ids        []string
}

var (
	_ connector.Reader             = (*reader)(nil)
	_ connector.Numbered           = (*reader)(nil)
	_ connector.CheckpointListener = (*reader)(nil)
)

// NewReader implements connector.Source.
func (s *Source) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	config := *s.config
	config.Dropped = ctx.Dropped
	d, err := s.format.NewDecoder(&config)
	if err != nil {
		return nil, err
	}
	r := &reader{src: s, ctx: ctx, decoder: d, config: &config, seen: seen{},
		letters: connector.NewDeadLetters(s.decodeErrors, ctx), room: make(chan struct{}, 1),
		work: make(chan struct{}, 1), idle: make(chan struct{})}
	r.run, r.cancel = context.WithCancel(context.Background())
	return r, nil
}

// Add implements connector.Reader.
func (r *reader) Add(splits []connector.Split) error {
	for _, s := range splits {
		ids, err := decodeSeen(s.State)
		if err != nil {
			return err
		}
		ids.leave(r.ctx.Clock.NowMs())
		r.mu.Lock()
		r.seen = ids
		r.mu.Unlock()
		if r.split = s.ID; !r.active {
			r.active = true
			r.done.Add(2)
			go r.consume()
			go r.acknowledge()
		}
	}
	return nil
}

// NoMoreSplits implements connector.Reader.
func (r *reader) NoMoreSplits() { r.noMore = true }

// Poll implements connector.Reader.
func (r *reader) Poll(maxRows, maxBytes int) (connector.Polled, error) {
	if !r.active {
		if r.noMore {
			return connector.Polled{Status: connector.Done}, nil
		}
		return connector.Polled{Status: connector.Starved}, nil
	}
	if !r.ctx.Checkpoints {
		r.release() // what the last call gave has been taken
	}
	for r.decoder.Len() == 0 {
		list, err := r.take(maxRows, maxBytes)
		if err != nil {
			return connector.Polled{}, err
		}
		if len(list) == 0 {
			return connector.Polled{Status: connector.Waiting}, nil
		}
		for i := range list {
			if err := r.decode(&list[i]); err != nil {
				return connector.Polled{}, err
			}
		}
	}
	r.good = nil
	return connector.Polled{Batch: r.decoder.Finish(), Split: r.split}, nil
}

// take takes messages off those that wait, without those that have been read before.
func (r *reader) take(most, maxBytes int) ([]message, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return nil, r.err
	}
	if r.read.session != r.session { // what is left of an earlier one comes again
		r.read = mark{session: r.session}
	}
	var out []message
	n, size := 0, 0
	for n < len(r.waiting) && len(out) < most && size < maxBytes {
		m := r.waiting[n]
		n++
		r.bytes -= len(m.body)
		r.read.tag = m.tag
		if again, err := r.known(&m); err != nil || again {
			if r.err = err; err != nil {
				return nil, err
			}
			continue
		}
		out = append(out, m)
		size += len(m.body)
	}
	r.waiting = r.waiting[n:]
	r.waits = len(out) == 0
	if r.halted && len(r.waiting) < waitingMax/4 && r.bytes < waitingBytesMax/4 {
		r.halted = false
		poke(r.room)
	}
	return out, nil
}

// known says whether a message has been read before; mu is held.
func (r *reader) known(m *message) (bool, error) {
	if !r.src.byID || !r.ctx.Checkpoints {
		return false, nil
	}
	if m.id == "" {
		return false, errs.Dataf("table '%s': a message of queue '%s' has no correlation id",
			r.src.table, r.src.queue).Fix("have its producer set one, or do without 'use-correlation-id'")
	}
	r.read.ids = append(r.read.ids, m.id)
	return r.seen.add(m.id), nil
}

// poke wakes the goroutine that waits for a signal, now or when it does.
func poke(signal chan struct{}) {
	select {
	case signal <- struct{}{}:
	default:
	}
}

func (r *reader) decode(m *message) error {
	err := r.decoder.DecodeOne(m.body)
	if err == nil {
		if !r.letters.Fail() {
			r.good = append(r.good, m.body)
		}
		return nil
	}
	var bad *format.RecordError
	if !errors.As(err, &bad) {
		return err
	}
	place := fmt.Sprintf("queue '%s', message %d", r.src.queue, m.tag)
	if m.id != "" {
		place = fmt.Sprintf("queue '%s', message with correlation id '%s'", r.src.queue, m.id)
	}
	if err := r.letters.Bury(m.body, place, bad.At(place)); err != nil {
		return err
	}
	// an error leaves a decoder in the middle of a message
	if r.decoder, err = r.src.format.NewDecoder(r.config); err != nil {
		return err
	}
	for _, g := range r.good {
		if err := r.decoder.DecodeOne(g); err != nil {
			return err
		}
	}
	return nil
}

// CheckpointBegins implements connector.Numbered.
func (r *reader) CheckpointBegins(id int64) { r.number = id }

// Snapshot implements connector.Reader. With correlation ids it holds those of the messages that
// may come again; without there is nothing to hold.
func (r *reader) Snapshot() ([]connector.Split, error) {
	if err := r.letters.Flush(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.read.checkpoint = r.number
	r.marks = append(r.marks, r.read)
	r.read = mark{}
	if !r.active || !r.src.byID {
		return nil, nil
	}
	r.seen.prune(r.ctx.Clock.NowMs() - r.src.retention.Milliseconds())
	return []connector.Split{{ID: r.split, State: r.seen.encode()}}, nil
}

// CheckpointComplete implements connector.CheckpointListener.
func (r *reader) CheckpointComplete(id int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for n < len(r.marks) && r.marks[n].checkpoint <= id {
		n++
	}
	r.owe(r.marks[:n]...)
	r.marks = slices.Clone(r.marks[n:])
	return nil
}

// Close implements connector.Reader: what is owed is paid first, if the broker takes it soon.
func (r *reader) Close() error {
	if r.active {
		r.mu.Lock()
		r.closing = true
		r.mu.Unlock()
		poke(r.work)
		select {
		case <-r.idle:
		case <-time.After(closeMax):
			r.ctx.Log.Warn("rabbitmq: the broker does not take the last acknowledgements: it delivers "+
				"their messages again", "table", r.src.table)
		}
		r.mu.Lock()
		conn := r.conn
		r.mu.Unlock()
		if conn != nil { // an error is that of a connection that has ended
			_ = conn.CloseDeadline(time.Now().Add(time.Second))
		}
	}
	r.cancel()
	r.done.Wait()
	return r.letters.Flush()
}

// closeMax is how long the end of a reader waits for the broker.
const closeMax = 10 * time.Second
