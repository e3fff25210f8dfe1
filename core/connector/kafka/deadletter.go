package kafka

import (
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/format"
)

// undecodable does with a record that cannot be decoded what the table says.
func (r *reader) undecodable(rec *kgo.Record, cause error) error {
	place := fmt.Sprintf("topic '%s', partition %d, offset %d", rec.Topic, rec.Partition, rec.Offset)
	cause = format.At(cause, place)
	if r.src.policy == "fail" || errs.MarkOf(cause) != errs.Data {
		return cause
	}
	if err := r.again(); err != nil {
		return err
	}
	if r.letters != nil {
		return r.letters.Bury(rec.Value, place, cause)
	}
	if r.ctx.Dropped != nil {
		r.ctx.Dropped()
	}
	if r.skipped++; r.skipped&(r.skipped-1) == 0 { // the 1st, 2nd, 4th, 8th, …
		r.ctx.Log.Warn("kafka: a record cannot be decoded and is left out", "so far", r.skipped,
			"error", cause)
	}
	if r.src.policy == "dead-letter" {
		r.bury(rec, cause)
	}
	return nil
}

// written has the letters written that go to files, when it is time.
func (r *reader) written(now bool) error {
	if r.letters == nil || !now {
		return nil
	}
	return r.letters.Flush()
}

// again decodes the good records of the batch anew: an error leaves a decoder in the middle of one.
func (r *reader) again() error {
	records := r.rows.records
	fresh, err := newRows(r.src, r.ctx.Dropped)
	if err != nil {
		return err
	}
	for _, rec := range records {
		if err := fresh.add(rec); err != nil {
			return err
		}
	}
	r.rows = fresh
	return nil
}

// bury sends a record to the topic for such records. Snapshot waits until it is there.
func (r *reader) bury(rec *kgo.Record, cause error) {
	letter := &kgo.Record{Topic: r.src.deadTopic, Key: rec.Key, Value: rec.Value,
		Timestamp: rec.Timestamp, Headers: append(rec.Headers[:len(rec.Headers):len(rec.Headers)],
			header("headrace.error", cause.Error()),
			header("headrace.topic", rec.Topic),
			header("headrace.partition", strconv.Itoa(int(rec.Partition))),
			header("headrace.offset", strconv.FormatInt(rec.Offset, 10)))}
	r.dead.Add(1)
	r.client.Produce(r.run, letter, func(_ *kgo.Record, err error) {
		defer r.dead.Done()
		if err == nil || r.run.Err() != nil {
			return
		}
		select {
		case r.deadErr <- errs.Transientf("topic '%s' for records that cannot be decoded",
			r.src.deadTopic).Wrap(err):
			r.ctx.Wake()
		default:
		}
	})
}

func header(key, value string) kgo.RecordHeader {
	return kgo.RecordHeader{Key: key, Value: []byte(value)}
}
