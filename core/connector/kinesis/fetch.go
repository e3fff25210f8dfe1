package kinesis

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/headrace/headrace/core/base/errs"
)

// record is a record of a shard, or one of several that a producer has put into it.
type record struct {
	data    []byte
	arrived int64 // in ms since 1970
	seq     string
	shard   string
	after   position // behind it
}

// chunk is some records of a shard, that there are no more, or why there are none.
type chunk struct {
	id      string // of the split
	records []record
	end     bool
	err     error
}

// fetcher reads one shard in a goroutine and hands chunks to its reader.
type fetcher struct {
	r     *reader
	split split // its position is behind the last chunk
	at    *string
}

// run fetches until the shard or the reader ends.
func (f *fetcher) run(ctx context.Context) {
	for {
		began := time.Now()
		c := chunk{id: f.split.id()}
		out, err := f.get(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			c.err = err
		default:
			f.records(&c, out)
		}
		if c.err != nil || c.end || len(c.records) > 0 {
			if !f.r.hand(ctx, c) || c.err != nil || c.end {
				return
			}
		}
		if !sleep(ctx, f.r.src.interval-time.Since(began)) {
			return
		}
	}
}

// get asks for records.
func (f *fetcher) get(ctx context.Context) (out *api.GetRecordsOutput, err error) {
	s := f.r.src
	for expired := true; expired && err == nil; {
		if f.at == nil {
			if err := f.place(ctx); err != nil {
				return nil, f.gone(err)
			}
			if f.at == nil { // the shard ends there
				return &api.GetRecordsOutput{}, nil
			}
		}
		_, arn := stream(f.split.Stream)
		in := &api.GetRecordsInput{ShardIterator: f.at, Limit: aws.Int32(s.limit), StreamARN: arn}
		err = s.account.again(ctx, s.getting, "shard '"+f.split.id()+"' cannot be read", f.refused,
			func(ctx context.Context) (err error) {
				out, err = s.client.GetRecords(ctx, in)
				if expired = codeOf(err) == "ExpiredIteratorException"; expired {
					f.at = nil
					return nil
				}
				return err
			})
	}
	return out, f.gone(err)
}

// gone explains the error of a shard that is not there any more.
func (f *fetcher) gone(err error) error {
	if codeOf(err) != notFound {
		return err
	}
	return errs.Dataf("shard '%s': its records are gone", f.split.id()).Wrap(err).
		Fix("the stream was deleted, or its retention has passed the job: start without the checkpoint")
}

// place gets an iterator at the position; nil: the shard ends there.
func (f *fetcher) place(ctx context.Context) error {
	s := f.r.src
	in := &api.GetShardIteratorInput{ShardId: aws.String(f.split.Shard)}
	in.StreamName, in.StreamARN = stream(f.split.Stream)
	f.split.At.start(in)
	return s.account.again(ctx, s.iterators, "no place in shard '"+f.split.id()+"'", f.refused,
		func(ctx context.Context) error {
			out, err := s.client.GetShardIterator(ctx, in)
			if err == nil {
				f.at = out.ShardIterator
			}
			return err
		})
}

func (f *fetcher) refused(err error, pause time.Duration) {
	f.r.ctx.Log.Warn("kinesis: a request was refused; trying again", "table", f.r.src.table.Name,
		"shard", f.split.id(), "pause", pause, "error", err)
}

// records fills a chunk from an answer.
func (f *fetcher) records(c *chunk, out *api.GetRecordsOutput) {
	skip := 0
	if f.split.At.Kind == within {
		skip = f.split.At.Parts
	}
	for i := range out.Records {
		rec := &out.Records[i]
		seq := aws.ToString(rec.SequenceNumber)
		parts, whole := f.split.unpack(rec)
		for k, data := range parts {
			if skip > k && seq == f.split.At.Sequence {
				continue
			}
			r := record{data: data, seq: seq, shard: f.split.Shard,
				after: position{Kind: within, Sequence: seq, Parts: k + 1}}
			if rec.ApproximateArrivalTimestamp != nil {
				r.arrived = rec.ApproximateArrivalTimestamp.UnixMilli()
			}
			if whole || k == len(parts)-1 {
				r.after = position{Kind: behind, Sequence: seq}
			}
			c.records = append(c.records, r)
		}
	}
	if n := len(out.Records); n > 0 {
		f.split.At = position{Kind: behind, Sequence: aws.ToString(out.Records[n-1].SequenceNumber)}
	}
	f.at = out.NextShardIterator
	c.end = f.at == nil
}

// unpack returns what a record holds; whole: it is one record by itself.
func (s *split) unpack(rec *types.Record) (parts [][]byte, whole bool) {
	if parts, ok := s.disaggregate(rec.Data); ok {
		return parts, false
	}
	return [][]byte{rec.Data}, true
}
