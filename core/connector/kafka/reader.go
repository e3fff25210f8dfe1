package kafka

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// reader reads partitions with one client. A goroutine fetches; Poll decodes.
type reader struct {
	src    *Source
	ctx    *connector.ReaderContext
	client *kgo.Client // nil before the first split
	rows   *rows
	open   map[partition]*split
	ended  []string // splits that ended since the last Poll
	noMore bool

	chunks chan []chunk
	now    []chunk // what Poll is at
	cancel context.CancelFunc
	done   sync.WaitGroup
	run    context.Context

	snapshot map[partition]int64 // offsets of the newest snapshot, to be committed
	skipped  int64               // records that could not be decoded
	dead     sync.WaitGroup      // dead letters on their way
	deadErr  chan error
	letters  *connector.DeadLetters // those that go to files; nil: none do
}

// chunk is records of one partition, or why there are none.
type chunk struct {
	part    partition
	records []*kgo.Record
	err     error
}

var (
	_ connector.Reader             = (*reader)(nil)
	_ connector.CheckpointListener = (*reader)(nil)
	_ connector.Growing            = (*reader)(nil)
)

// NewReader implements connector.Source.
func (s *Source) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	r := &reader{src: s, ctx: ctx, open: map[partition]*split{}, chunks: make(chan []chunk, 1),
		deadErr: make(chan error, 1)}
	r.run, r.cancel = context.WithCancel(context.Background())
	var err error
	r.rows, err = newRows(s, ctx.Dropped)
	if s.toFiles != nil {
		r.letters = connector.NewDeadLetters(*s.toFiles, ctx)
	}
	return r, err
}

// Growing implements connector.Growing: partitions are discovered while others are read.
func (r *reader) Growing() bool { return r.src.discovery > 0 }

// Add implements connector.Reader.
func (r *reader) Add(splits []connector.Split) error {
	at := map[string]map[int32]kgo.Offset{}
	for _, c := range splits {
		s, err := decodeSplit(c)
		if err != nil {
			return err
		}
		if s.finished() {
			r.ended = append(r.ended, s.String())
			continue
		}
		r.open[s.partition] = s
		if at[s.topic] == nil {
			at[s.topic] = map[int32]kgo.Offset{}
		}
		at[s.topic][s.number] = kgo.NewOffset().At(s.next)
	}
	if len(at) == 0 {
		return nil
	}
	if r.client != nil {
		r.client.AddConsumePartitions(at)
		return nil
	}
	opts := append(r.src.client.client(r.ctx.Log, "reader"), r.src.client.consumer()...)
	opts = append(opts, kgo.ConsumePartitions(at))
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return errs.Userf("table '%s'", r.src.table.Name).Wrap(err)
	}
	r.client = client
	r.done.Add(1)
	go r.fetch()
	return nil
}

// NoMoreSplits implements connector.Reader.
func (r *reader) NoMoreSplits() { r.noMore = true }

// fetch hands over what comes.
func (r *reader) fetch() {
	defer r.done.Done()
	for {
		fetches := r.client.PollFetches(r.run)
		if r.run.Err() != nil {
			return
		}
		var list []chunk
		fetches.EachPartition(func(p kgo.FetchTopicPartition) {
			c := chunk{part: partition{p.Topic, p.Partition}, records: p.Records}
			if p.Err != nil {
				c.err = r.failure(c.part, p.Err)
			}
			if c.err != nil || len(c.records) > 0 {
				list = append(list, c)
			}
		})
		if len(list) == 0 {
			continue
		}
		select {
		case r.chunks <- list:
			r.ctx.Wake()
		case <-r.run.Done():
			return
		}
	}
}

// failure is the error of a partition that the client cannot go on with; it tries again by
// itself after others.
func (r *reader) failure(p partition, err error) error {
	switch {
	case errors.Is(err, kerr.OffsetOutOfRange):
		return errs.Dataf("topic '%s', partition %d: the records to read next are gone", p.topic,
			p.number).Wrap(err).Fix("the topic's retention has passed the job: start it without " +
			"the checkpoint, or with 'scan.startup.mode' = 'earliest-offset'")
	case kerr.IsRetriable(err), errors.Is(err, context.DeadlineExceeded):
		r.ctx.Log.Warn("kafka: reading is interrupted; trying again", "partition", p.String(),
			"error", err)
		return nil
	case fatal(err):
		return errs.Userf("topic '%s', partition %d", p.topic, p.number).Wrap(err)
	}
	return errs.Transientf("topic '%s', partition %d", p.topic, p.number).Wrap(err)
}

// Poll implements connector.Reader.
func (r *reader) Poll(maxRows, maxBytes int) (connector.Polled, error) {
	for {
		if len(r.now) == 0 {
			select {
			case r.now = <-r.chunks:
			case err := <-r.deadErr:
				return connector.Polled{}, err
			default:
				return r.nothing(), r.written(len(r.open) == 0)
			}
		}
		c := &r.now[0]
		if c.err != nil {
			return connector.Polled{}, c.err
		}
		s := r.open[c.part]
		if s == nil { // it has ended
			r.now = r.now[1:]
			continue
		}
		if err := r.take(c, s, maxRows, maxBytes); err != nil {
			return connector.Polled{}, err
		}
		if s.finished() {
			r.end(s)
		}
		if len(c.records) == 0 {
			r.now = r.now[1:]
		}
		if r.rows.len() == 0 {
			continue
		}
		out := connector.Polled{Batch: r.rows.finish(), Split: s.String(), Ended: r.ended}
		r.ended = nil
		return out, nil
	}
}

// nothing is the answer when no records wait.
func (r *reader) nothing() connector.Polled {
	out := connector.Polled{Status: connector.Waiting, Ended: r.ended}
	r.ended = nil
	if len(r.open) == 0 {
		out.Status = connector.Starved
		if r.noMore {
			out.Status = connector.Done
		}
	}
	return out
}

// take decodes records of a chunk until there are enough rows.
func (r *reader) take(c *chunk, s *split, maxRows, maxBytes int) error {
	size := 0
	for len(c.records) > 0 && r.rows.len() < maxRows && size < maxBytes {
		rec := c.records[0]
		if s.stop != noStop && rec.Offset >= s.stop {
			s.next, c.records = s.stop, nil
			return nil
		}
		c.records = c.records[1:]
		if rec.Offset < s.next {
			continue
		}
		if !rec.Attrs.IsControl() {
			size += len(rec.Value) + len(rec.Key)
			if err := r.rows.add(rec); err != nil {
				if err := r.undecodable(rec, err); err != nil {
					return err
				}
			}
		}
		s.next = rec.Offset + 1
	}
	return nil
}

// end stops reading a partition.
func (r *reader) end(s *split) {
	delete(r.open, s.partition)
	r.ended = append(r.ended, s.String())
	r.client.RemoveConsumePartitions(map[string][]int32{s.topic: {s.number}})
}

// Snapshot implements connector.Reader.
func (r *reader) Snapshot() ([]connector.Split, error) {
	r.dead.Wait() // dead letters are written before the checkpoint that leaves them behind
	select {
	case err := <-r.deadErr:
		return nil, err
	default:
	}
	if err := r.written(true); err != nil {
		return nil, err
	}
	parts := slices.SortedFunc(maps.Keys(r.open), func(a, b partition) int {
		return strings.Compare(a.String(), b.String())
	})
	out := make([]connector.Split, len(parts))
	r.snapshot = make(map[partition]int64, len(parts))
	for i, p := range parts {
		out[i] = r.open[p].encode()
		r.snapshot[p] = r.open[p].next
	}
	return out, nil
}

// CheckpointComplete implements connector.CheckpointListener: the group hears of the offsets. They
// are for others to see; the engine reads those of its checkpoint.
func (r *reader) CheckpointComplete(int64) error {
	p := r.src.client
	if len(r.snapshot) == 0 || p.group == "" || p.get("commit.offsets.on.checkpoint", "true") != "true" {
		return nil
	}
	var offsets kadm.Offsets
	for p, at := range r.snapshot {
		offsets.AddOffset(p.topic, p.number, at, -1)
	}
	r.snapshot = nil
	r.done.Add(1)
	go func() {
		defer r.done.Done()
		ctx, cancel := context.WithTimeout(r.run, time.Minute)
		defer cancel()
		err := kadm.NewClient(r.client).CommitAllOffsets(ctx, p.group, offsets)
		if err != nil && r.run.Err() == nil {
			r.ctx.Log.Warn("kafka: the group's offsets could not be committed", "group", p.group,
				"error", err)
		}
	}()
	return nil
}

// Close implements connector.Reader.
func (r *reader) Close() error {
	r.cancel()
	if r.client != nil {
		r.client.Close()
	}
	r.done.Wait()
	return nil
}
