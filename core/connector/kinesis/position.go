package kinesis

import (
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/kernel"
)

// Kinds of positions.
const (
	fromStart = "TRIM_HORIZON"
	fromTime  = "AT_TIMESTAMP"
	fromNow   = "LATEST" // only where it is asked for: in a split it is the time that it was then
	behind    = "BEHIND" // a sequence number
	within    = "WITHIN" // a record that holds several, of which some have been read
	shardEnd  = "SHARD_END"
)

// position is a place in a shard, as it is in state.
type position struct {
	Kind     string `json:"kind"`
	Millis   int64  `json:"millis,omitempty"`   // of AT_TIMESTAMP
	Sequence string `json:"sequence,omitempty"` // of the last record that was read
	Parts    int    `json:"parts,omitempty"`    // of that record: how many have been read
}

// start asks for an iterator at the position.
func (p *position) start(in *api.GetShardIteratorInput) {
	switch p.Kind {
	case fromTime:
		in.ShardIteratorType = types.ShardIteratorTypeAtTimestamp
		in.Timestamp = aws.Time(time.UnixMilli(p.Millis))
	case behind:
		in.ShardIteratorType = types.ShardIteratorTypeAfterSequenceNumber
		in.StartingSequenceNumber = aws.String(p.Sequence)
	case within:
		in.ShardIteratorType = types.ShardIteratorTypeAtSequenceNumber
		in.StartingSequenceNumber = aws.String(p.Sequence)
	default:
		in.ShardIteratorType = types.ShardIteratorTypeTrimHorizon
	}
}

const defaultTimeFormat = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"

// readPosition reads where reading begins.
func readPosition(s *settings) position {
	p := position{Kind: s.o.Enum(s.name("stream.initpos"), fromNow, fromNow, fromStart, fromTime)}
	if p.Kind != fromTime {
		return p
	}
	option := s.name("stream.initpos.timestamp")
	text := strings.TrimSpace(s.o.String(option, ""))
	if text == "" {
		s.o.Fail(s.name("stream.initpos"), "complete without '"+option+"'")
		return p
	}
	form := s.o.String(s.name("stream.initpos.timestamp.format"), defaultTimeFormat)
	pattern, err := kernel.NewContext(clock.System{}).DatePattern(form)
	if err != nil {
		s.o.Fail(s.name("stream.initpos.timestamp.format"), "a pattern of dates")
		return p
	}
	if c, offset, ok := pattern.ParseZoned(text, false); ok {
		ms, _ := c.Ticks(3)
		if offset != nil {
			ms -= int64(*offset) * 1000
		}
		p.Millis = ms
		return p
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || seconds < 0 {
		s.o.Fail(option, "a date like '"+form+"', nor seconds since 1970")
	}
	p.Millis = int64(seconds * 1000)
	return p
}
