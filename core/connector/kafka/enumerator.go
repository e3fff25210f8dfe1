package kafka

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// enumerator finds partitions and gives each to the reader that owns it. The brokers are asked
// in a goroutine, again and again with growing pauses while they do not answer.
type enumerator struct {
	src    *Source
	ctx    *connector.EnumeratorContext
	cancel context.CancelFunc
	done   sync.WaitGroup
	client *kgo.Client

	mu      sync.Mutex
	known   map[partition]bool // handed out, or in pending
	pending []*split
	looked  bool // partitions were found at least once: those of now on are new ones
	final   bool // nothing more will be found
	err     error
}

var _ connector.Enumerator = (*enumerator)(nil)

// NewEnumerator implements connector.Source.
func (s *Source) NewEnumerator(
	ctx *connector.EnumeratorContext, restored []byte,
) (connector.Enumerator, error) {
	e := &enumerator{src: s, ctx: ctx, known: map[partition]bool{}}
	if restored != nil {
		if err := e.restore(restored); err != nil {
			return nil, err
		}
	}
	client, err := kgo.NewClient(s.client.client(ctx.Log, "enumerator")...)
	if err != nil {
		return nil, errs.Userf("table '%s'", s.table.Name).Wrap(err)
	}
	e.client = client
	run, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	e.done.Add(1)
	go e.run(run)
	return e, nil
}

// run looks for partitions until there is nothing more to find.
func (e *enumerator) run(ctx context.Context) {
	defer e.done.Done()
	a := asking{clock: e.ctx.Clock, every: e.src.discovery, warn: func(err error, pause time.Duration) {
		e.ctx.Log.Warn("kafka: the brokers do not answer; trying again", "table",
			e.src.table.Name, "brokers", e.src.client.brokers, "pause", pause, "error", err)
	}}
	if err := a.run(ctx, e.discover, fatal); err != nil {
		e.fail(err)
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
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ctx, stop := e.src.client.refusal.guard(ctx)
	defer stop()
	admin := kadm.NewClient(e.client)
	all, err := e.src.partitions(ctx, admin)
	if err != nil {
		return e.src.client.refusal.reason(err)
	}
	e.mu.Lock()
	looked := e.looked
	var found []partition
	for _, p := range all {
		if !e.known[p] {
			found = append(found, p)
		}
	}
	e.mu.Unlock()
	start := e.src.start
	if looked { // nothing of a new partition may be missed
		start = bound{mode: "earliest-offset"}
	}
	from, err := start.resolve(ctx, admin, e.src.client.group, found, e.src.client.readOnly)
	if err != nil {
		return err
	}
	to, err := e.src.stop.resolve(ctx, admin, e.src.client.group, found, e.src.client.readOnly)
	if err != nil {
		return err
	}
	e.mu.Lock()
	for _, p := range found {
		e.known[p] = true
		e.pending = append(e.pending, &split{partition: p, next: from[p], stop: to[p]})
	}
	e.looked = true
	e.final = e.src.discovery == 0
	e.mu.Unlock()
	e.ctx.Wake()
	return nil
}

// partitions lists what the table reads.
func (s *Source) partitions(ctx context.Context, admin *kadm.Client) ([]partition, error) {
	var out []partition
	if len(s.parts) > 0 {
		return s.parts, nil
	}
	topics, err := admin.ListTopics(ctx, s.topics...)
	if err != nil {
		return nil, err
	}
	for _, t := range topics {
		if s.pattern != nil && !s.pattern.MatchString(t.Topic) {
			continue
		}
		if t.Err != nil && s.pattern == nil {
			return nil, s.noTopic(ctx, admin, t)
		}
		for _, p := range t.Partitions {
			out = append(out, partition{t.Topic, p.Partition})
		}
	}
	sortPartitions(out)
	return out, nil
}

// noTopic says which topics there are when one is not.
func (s *Source) noTopic(ctx context.Context, admin *kadm.Client, t kadm.TopicDetail) error {
	if !isUnknownTopic(t.Err) {
		return t.Err
	}
	e := errs.Userf("table '%s': there is no topic '%s'", s.table.Name, t.Topic)
	all, err := admin.ListTopics(ctx)
	if err != nil {
		return e
	}
	if hint := errs.DidYouMean(t.Topic, all.Names()); hint != "" {
		return e.Fix("%s", hint)
	}
	return e.Fix("create it first")
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
		if connector.TopicOwner(s.partition.topic, int(s.partition.number),
			e.ctx.Parallelism) == subtask {
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
		e.known[s.partition] = true
		e.pending = append(e.pending, s)
	}
}

// Snapshot implements connector.Enumerator: the partitions that are known, and the splits not
// handed out.
func (e *enumerator) Snapshot() ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var known []partition
	for p := range e.known {
		known = append(known, p)
	}
	sortPartitions(known)
	flag := byte(0)
	if e.looked {
		flag = 1
	}
	b := binary.AppendUvarint([]byte{splitVersion, flag}, uint64(len(known)))
	for _, p := range known {
		b = binary.AppendUvarint(b, uint64(len(p.topic)))
		b = append(b, p.topic...)
		b = binary.AppendUvarint(b, uint64(p.number))
	}
	pending := make([]connector.Split, len(e.pending))
	for i, s := range e.pending {
		pending[i] = s.encode()
	}
	return append(b, connector.EncodeSplits(pending)...), nil
}

func (e *enumerator) restore(b []byte) error {
	bad := errs.Corruptf("the state of a Kafka source cannot be read")
	if len(b) < 3 || b[0] != splitVersion {
		return bad
	}
	e.looked = b[1] == 1
	n, k := binary.Uvarint(b[2:])
	if k <= 0 {
		return bad
	}
	b = b[2+k:]
	for range n {
		size, k := binary.Uvarint(b)
		if k <= 0 || uint64(len(b)-k) < size {
			return bad
		}
		p := partition{topic: string(b[k : k+int(size)])}
		b = b[k+int(size):]
		number, k := binary.Uvarint(b)
		if k <= 0 {
			return bad
		}
		p.number = int32(number)
		b = b[k:]
		e.known[p] = true
	}
	pending, err := connector.DecodeSplits(b)
	if err != nil {
		return err
	}
	for _, c := range pending {
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
	e.done.Wait()
	e.client.Close()
	return nil
}
