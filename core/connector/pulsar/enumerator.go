package pulsar

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/pulsar/broker"
)

// enumerator finds partitions, makes their subscriptions and gives each to the reader that owns
// it. The brokers are asked in a goroutine, again and again with growing pauses while they do not
// answer.
type enumerator struct {
	src    *Source
	ctx    *connector.EnumeratorContext
	cancel context.CancelFunc
	done   sync.WaitGroup
	client *broker.Client

	mu      sync.Mutex
	known   map[string]bool // handed out, or in pending
	pending []*split
	looked  bool // partitions were found at least once: those of now on are new ones
	final   bool // nothing more will be found
	err     error
	absent  map[string]bool // topics that were said not to be there
}

var _ connector.Enumerator = (*enumerator)(nil)

// NewEnumerator implements connector.Source.
func (s *Source) NewEnumerator(
	ctx *connector.EnumeratorContext, restored []byte,
) (connector.Enumerator, error) {
	e := &enumerator{src: s, ctx: ctx, known: map[string]bool{}, absent: map[string]bool{}}
	if restored != nil {
		if err := e.restore(restored); err != nil {
			return nil, err
		}
	}
	var err error
	if e.client, err = s.cluster.open(ctx.Log); err != nil {
		return nil, errs.Userf("table '%s'", s.table.Name).Wrap(err)
	}
	run, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	e.done.Add(1)
	go e.run(run)
	return e, nil
}

// Pauses between questions that were not answered.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 30 * time.Second
)

// run looks for partitions until there is nothing more to find.
func (e *enumerator) run(ctx context.Context) {
	defer e.done.Done()
	pause := firstPause
	for {
		err := e.discover(ctx)
		wait := e.src.discovery
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && fatal(err):
			e.fail(errs.Userf("table '%s'", e.src.table.Name).Wrap(err))
			return
		case err != nil:
			e.ctx.Log.Warn("pulsar: the brokers do not answer; trying again", "table",
				e.src.table.Name, "brokers", e.src.cluster.url, "pause", pause, "error", err)
			wait, pause = pause, min(2*pause, lastPause)
		default:
			pause = firstPause
			if wait == 0 {
				return
			}
		}
		due := make(chan struct{})
		stop := e.ctx.Clock.AfterFunc(wait, func() { close(due) })
		select {
		case <-due:
		case <-ctx.Done():
			stop()
			return
		}
	}
}

func (e *enumerator) fail(err error) {
	e.mu.Lock()
	e.err = err
	e.mu.Unlock()
	e.ctx.Wake()
}

// discover finds partitions that are not known, with where to begin and end.
func (e *enumerator) discover(ctx context.Context) error {
	all, err := e.src.partitions(ctx, e.client)
	if err != nil {
		return err
	}
	e.mu.Lock()
	looked := e.looked
	found := slices.DeleteFunc(all, func(topic string) bool { return e.known[topic] })
	e.mu.Unlock()
	for _, topic := range found {
		s, err := e.prepare(ctx, topic, looked)
		if broker.Is(err, broker.TopicNotFound) {
			if !e.absent[topic] {
				e.absent[topic] = true
				e.ctx.Log.Warn("pulsar: there is no such topic (yet)", "table", e.src.table.Name,
					"topic", topic)
			}
			continue
		}
		if err != nil {
			return err
		}
		e.mu.Lock()
		e.known[topic] = true
		e.pending = append(e.pending, s)
		e.mu.Unlock()
		e.ctx.Wake()
	}
	e.mu.Lock()
	e.looked = true
	e.final = e.src.discovery == 0
	e.mu.Unlock()
	e.ctx.Wake()
	return nil
}

// prepare makes the subscription of a partition. late says that the partition is new: nothing of it
// may be missed.
func (e *enumerator) prepare(ctx context.Context, topic string, late bool) (*split, error) {
	src := e.src
	s := &split{topic: topic, stop: src.stop, read: broker.Earliest}
	sub := src.subscribe(topic)
	sub.FromLatest = src.start.latest && !late
	move := src.reset
	if src.start.placed() && !move {
		there, err := src.cluster.subscribed(ctx, topic, src.subscription)
		if err != nil {
			return nil, err
		}
		move = !there
	}
	start, after := src.start.start()
	if move && !(late && !src.start.placed()) {
		sub.Start = start
	}
	last, done, err := e.client.Prepare(ctx, &sub)
	if err != nil {
		return nil, err
	}
	if after != nil && (sub.Start != nil || src.start.stands(done)) {
		s.read = *after // brokers begin with whole entries
	}
	s.ended = src.stop.reached(last, done)
	if src.stop.kind == stopLatest {
		s.stop.kind, s.stop.id = stopAfter, last
	}
	return s, nil
}

// partitions lists what the table reads.
func (s *Source) partitions(ctx context.Context, client *broker.Client) ([]string, error) {
	var out []string
	if s.pattern != nil {
		all, err := client.Topics(ctx, s.namespace)
		if err != nil {
			return nil, err
		}
		for _, name := range all {
			full, ok := fullName(name)
			if ok && s.pattern.MatchString(whole(full)[len(scheme):]) {
				out = append(out, full)
			}
		}
	}
	for _, topic := range s.topics {
		more, err := partitionsOf(ctx, client, topic)
		if err != nil && !broker.Is(err, broker.TopicNotFound) {
			return nil, err
		}
		out = append(out, more...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// partitionsOf lists the partitions of a topic; it is its own one where there are none.
func partitionsOf(ctx context.Context, client *broker.Client, topic string) ([]string, error) {
	if isPartition(topic) {
		return []string{topic}, nil
	}
	n, err := client.Partitions(ctx, topic)
	if err != nil || n == 0 {
		return []string{topic}, err
	}
	out := make([]string, n)
	for i := range out {
		out[i] = broker.PartitionName(topic, i)
	}
	return out, nil
}

// owner is the reader of a partition: those of one topic go round.
func owner(topic string, parallelism int) int {
	number := 0
	if isPartition(topic) {
		_, text, _ := cutLast(topic, "-partition-")
		for _, d := range text {
			number = 10*number + int(d-'0')
		}
	}
	return connector.TopicOwner(whole(topic), number, parallelism)
}

// Next implements connector.Enumerator.
func (e *enumerator) Next(subtask int) ([]connector.Split, bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return nil, false, e.err
	}
	var out []connector.Split
	rest := e.pending[:0]
	for _, s := range e.pending {
		if owner(s.topic, e.ctx.Parallelism) == subtask {
			out = append(out, s.encode())
		} else {
			rest = append(rest, s)
		}
	}
	e.pending = rest
	return out, len(out) == 0 && e.final, nil
}

// AddBack implements connector.Enumerator.
func (e *enumerator) AddBack(splits []connector.Split) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range splits {
		s, err := decodeSplit(c)
		if err != nil {
			e.err = errors.Join(e.err, err)
			continue
		}
		e.known[s.topic] = true
		e.pending = append(e.pending, s)
	}
}

// Snapshot implements connector.Enumerator: the partitions that are known, and the splits not
// handed out.
func (e *enumerator) Snapshot() ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	flag := byte(0)
	if e.looked {
		flag = 1
	}
	pending := map[string]*split{}
	for _, s := range e.pending {
		pending[s.topic] = s
	}
	var list []connector.Split
	for topic := range e.known {
		c := connector.Split{ID: topic}
		if s := pending[topic]; s != nil {
			c = s.encode()
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b connector.Split) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return append([]byte{splitVersion, flag}, connector.EncodeSplits(list)...), nil
}

func (e *enumerator) restore(b []byte) error {
	if len(b) < 3 || b[0] != splitVersion {
		return errs.Corruptf("the state of a Pulsar source cannot be read")
	}
	e.looked = b[1] == 1
	list, err := connector.DecodeSplits(b[2:])
	if err != nil {
		return err
	}
	for _, c := range list {
		e.known[c.ID] = true
		if len(c.State) == 0 {
			continue
		}
		s, err := decodeSplit(c)
		if err != nil {
			return err
		}
		e.pending = append(e.pending, s)
	}
	return nil
}

// Close implements connector.Enumerator.
func (e *enumerator) Close() error {
	e.cancel()
	e.client.Close()
	e.done.Wait()
	return nil
}
