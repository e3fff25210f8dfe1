package pulsar

import (
	"errors"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/pulsar/broker"
	"github.com/headrace/headrace/core/format"
)

// reader reads partitions, each with a consumer of its own.
type reader struct {
	src     *Source
	ctx     *connector.ReaderContext
	client  *broker.Client
	rows    *rows
	open    []*reading
	turn    int
	ended   []string   // splits that ended since the last Poll
	done    []*reading // read to their end, but the broker has not been told
	noMore  bool
	letters *connector.DeadLetters

	begins int64 // the checkpoint that Snapshot is for
	marks  map[int64]map[string]broker.ID
	due    atomic.Bool // a job without checkpoints is to acknowledge
	alarm  func() bool
}

// reading is a split and its consumer.
type reading struct {
	*split
	consumer *broker.Consumer
	now      []broker.Message // taken from the consumer
	checked  bool             // whether the first message is the one after the last
}

var (
	_ connector.Reader             = (*reader)(nil)
	_ connector.CheckpointListener = (*reader)(nil)
	_ connector.Growing            = (*reader)(nil)
	_ connector.Numbered           = (*reader)(nil)
)

// NewReader implements connector.Source.
func (s *Source) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	client, err := s.cluster.open(ctx.Log)
	if err != nil {
		return nil, errs.Userf("table '%s'", s.table.Name).Wrap(err)
	}
	r := &reader{src: s, ctx: ctx, client: client, marks: map[int64]map[string]broker.ID{},
		letters: connector.NewDeadLetters(s.decodeErrors, ctx)}
	if r.rows, err = newRows(s, ctx.Dropped); err != nil {
		return nil, err
	}
	if s.auto > 0 && !ctx.Checkpoints {
		r.schedule()
	}
	return r, nil
}

// Growing implements connector.Growing: partitions are discovered while others are read.
func (r *reader) Growing() bool { return r.src.discovery > 0 }

// Add implements connector.Reader.
func (r *reader) Add(splits []connector.Split) error {
	for _, c := range splits {
		s, err := decodeSplit(c)
		if err != nil {
			return err
		}
		if s.ended {
			r.ended = append(r.ended, s.topic)
			continue
		}
		sub := r.src.subscribe(s.topic)
		if s.begun {
			sub.Start = &broker.Start{At: s.read}
		}
		from := s.read
		sub.After = &from
		r.open = append(r.open, &reading{split: s, checked: !s.begun,
			consumer: r.client.Consume(sub, r.ctx.Wake)})
	}
	return nil
}

// NoMoreSplits implements connector.Reader.
func (r *reader) NoMoreSplits() { r.noMore = true }

// Poll implements connector.Reader.
func (r *reader) Poll(maxRows, maxBytes int) (connector.Polled, error) {
	if r.due.Swap(false) {
		r.acknowledge(r.places())
		r.schedule()
	}
	for range len(r.open) {
		r.turn = (r.turn + 1) % len(r.open)
		p := r.open[r.turn]
		if err := r.take(p, maxRows, maxBytes); err != nil {
			return connector.Polled{}, err
		}
		if p.ended {
			r.end(p)
		}
		if r.rows.len() > 0 {
			out := connector.Polled{Batch: r.rows.finish(), Split: p.topic, Ended: r.ended}
			r.ended = nil
			return out, nil
		}
		if p.ended {
			break // the list has changed
		}
	}
	return r.nothing()
}

// nothing is the answer when no messages wait.
func (r *reader) nothing() (connector.Polled, error) {
	out := connector.Polled{Status: connector.Waiting, Ended: r.ended}
	switch {
	case len(r.ended) > 0:
		out.Status = connector.Ready
	case len(r.open) == 0 && r.noMore:
		out.Status = connector.Done
	case len(r.open) == 0:
		out.Status = connector.Starved
	}
	r.ended = nil
	if len(r.open) == 0 {
		return out, r.letters.Flush()
	}
	return out, nil
}

// take decodes messages of a partition until there are enough rows.
func (r *reader) take(p *reading, maxRows, maxBytes int) error {
	size := 0
	for r.rows.len() < maxRows && size < maxBytes {
		if len(p.now) == 0 {
			list, err := p.consumer.Take()
			if err != nil {
				return r.failure(p, err)
			}
			if list == nil {
				return nil
			}
			p.now = list
			if err := r.check(p); err != nil {
				return err
			}
		}
		m := &p.now[0]
		read, end := p.stop.verdict(m)
		if read {
			size += m.Size()
			if r.src.keys.reads(m) {
				if err := r.add(p, m); err != nil {
					return err
				}
			}
			p.begun, p.read, p.whole = true, m.ID, m.Last
			p.now = p.now[1:]
		}
		if end {
			p.ended = true
			return nil
		}
	}
	return nil
}

// check says when the first message behind a restore is not the one that was to come.
func (r *reader) check(p *reading) error {
	if p.checked {
		return nil
	}
	p.checked = true
	if !p.consumer.Missing() {
		return nil
	}
	e := errs.Dataf("topic '%s': message %s, which was read last, is not there any more", p.topic,
		p.read)
	if r.src.strict {
		return e.Fix("messages behind it may be lost: look at the topic's retention and time to " +
			"live, or set 'pulsar.source.verifyInitialOffsets' = 'WARN_ON_MISMATCH'")
	}
	r.ctx.Log.Warn("pulsar: the message that was read last is not there any more: its ledger has been "+
		"removed, or the subscription was", "topic", p.topic, "message", p.read.String())
	return nil
}

func (r *reader) failure(p *reading, err error) error {
	var refused *broker.Error
	switch {
	case broker.Fatal(err):
		return errs.Userf("topic '%s'", p.topic).Wrap(err)
	case errors.As(err, &refused):
		return errs.Transientf("topic '%s'", p.topic).Wrap(err)
	}
	return errs.Dataf("topic '%s'", p.topic).Wrap(err)
}

// add decodes a message. One that cannot be decoded is dealt with as the table says.
func (r *reader) add(p *reading, m *broker.Message) error {
	err := r.rows.add(p.topic, m)
	if err == nil {
		return nil
	}
	place := "topic '" + p.topic + "', message " + m.ID.String()
	cause := format.At(err, place)
	if r.src.decodeErrors.Fail() || errs.MarkOf(cause) != errs.Data {
		return cause
	}
	if err := r.rows.again(); err != nil {
		return err
	}
	return r.letters.Bury(m.Value, place, cause)
}

// end stops reading a partition.
func (r *reader) end(p *reading) {
	r.open = slices.DeleteFunc(r.open, func(o *reading) bool { return o == p })
	r.ended = append(r.ended, p.topic)
	r.done = append(r.done, p)
}

// CheckpointBegins implements connector.Numbered.
func (r *reader) CheckpointBegins(id int64) { r.begins = id }

// Snapshot implements connector.Reader.
func (r *reader) Snapshot() ([]connector.Split, error) {
	if err := r.letters.Flush(); err != nil {
		return nil, err
	}
	out := make([]connector.Split, len(r.open))
	for i, p := range r.open {
		out[i] = p.encode()
	}
	slices.SortFunc(out, func(a, b connector.Split) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	r.marks[r.begins] = r.places()
	return out, nil
}

// places are the last entries of the partitions that have been read whole.
func (r *reader) places() map[string]broker.ID {
	out := map[string]broker.ID{}
	for _, p := range slices.Concat(r.open, r.done) {
		id := p.read
		if !p.begun {
			continue
		}
		if !p.whole {
			id.Entry--
		}
		if id.Entry >= 0 {
			out[p.topic] = id
		}
	}
	return out
}

// CheckpointComplete implements connector.CheckpointListener: the subscription's cursor follows.
func (r *reader) CheckpointComplete(id int64) error {
	marks, ok := r.marks[id]
	if !ok {
		return nil
	}
	maps.DeleteFunc(r.marks, func(n int64, _ map[string]broker.ID) bool { return n <= id })
	r.acknowledge(marks)
	return nil
}

// acknowledge tells the brokers what the subscription is done with. What they do not hear they will
// hear with the next checkpoint; a restart does not depend on it.
func (r *reader) acknowledge(marks map[string]broker.ID) {
	for _, p := range slices.Concat(r.open, r.done) {
		id, ok := marks[p.topic]
		if !ok {
			continue
		}
		if err := p.consumer.Ack(id); err != nil {
			r.ctx.Log.Warn("pulsar: a subscription's cursor could not be moved", "topic", p.topic,
				"error", err)
		}
	}
}

// schedule acknowledges at an interval, in a job without checkpoints.
func (r *reader) schedule() {
	r.alarm = r.ctx.Clock.AfterFunc(r.src.auto, func() {
		r.due.Store(true)
		r.ctx.Wake()
	})
}

// Close implements connector.Reader.
func (r *reader) Close() error {
	if r.alarm != nil {
		r.alarm()
	}
	for _, p := range slices.Concat(r.open, r.done) {
		p.consumer.Close()
	}
	r.client.Close()
	return nil
}
