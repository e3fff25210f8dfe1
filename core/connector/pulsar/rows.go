package pulsar

import (
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/pulsar/broker"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// rows decodes messages into batches.
type rows struct {
	src      *Source
	out      *types.Schema
	dropped  func()
	value    format.Decoder
	from     []int // for each output column, its position in the decoder's output; -1: metadata
	messages []located
	of       []int32 // for each row, its message
}

// located is a message that gave rows since the last batch.
type located struct {
	topic string
	*broker.Message
}

func newRows(s *Source, dropped func()) (*rows, error) {
	r := &rows{src: s, out: s.Schema(), dropped: dropped}
	config := s.config
	config.Dropped = dropped
	if !s.wrapped {
		config.Columns = []int{}
	}
	for _, c := range s.projection {
		if _, ok := s.meta[c]; ok {
			r.from = append(r.from, -1)
			continue
		}
		r.from = append(r.from, len(config.Columns))
		for i, column := range s.columns {
			if column == c && !s.wrapped {
				config.Columns = append(config.Columns, i)
			}
		}
	}
	var err error
	r.value, err = s.format.NewDecoder(&config)
	return r, err
}

func (r *rows) len() int { return len(r.of) }

// add decodes a message. One without a value is no row, except in format raw.
func (r *rows) add(topic string, m *broker.Message) error {
	if m.Value == nil && r.src.format.Name != "raw" {
		return nil
	}
	before := r.value.Len()
	if err := r.value.DecodeOne(m.Value); err != nil {
		return err
	}
	n := r.value.Len() - before
	if n == 0 {
		return nil
	}
	at := int32(len(r.messages))
	r.messages = append(r.messages, located{topic, m})
	for range n {
		r.of = append(r.of, at)
	}
	return nil
}

// again decodes the good messages of the batch anew: an error leaves a decoder in the middle of one.
func (r *rows) again() error {
	fresh, err := newRows(r.src, r.dropped)
	if err != nil {
		return err
	}
	for _, m := range r.messages {
		if err := fresh.add(m.topic, m.Message); err != nil {
			return err
		}
	}
	*r = *fresh
	return nil
}

// finish returns the rows decoded since the last call.
func (r *rows) finish() *batch.Batch {
	n := len(r.of)
	values := r.value.Finish()
	cols := make([]*batch.Column, len(r.from))
	for i, at := range r.from {
		t := r.out.Fields[i].Type
		switch {
		case r.src.wrapped:
			cols[i] = batch.MakeRow(t, n, values.Cols, nil)
		case at >= 0:
			cols[i] = values.Cols[at]
		default:
			cols[i] = batch.Take(r.metadata(r.src.meta[r.src.projection[i]], t), r.of)
		}
	}
	out := batch.New(r.out, cols, n)
	out.Kinds = values.Kinds
	if r.src.table.Stream {
		out.Times = make([]int64, n)
		for i, at := range r.of {
			out.Times[i] = batch.NoTime
			if t := r.messages[at].EventTime; t > 0 {
				out.Times[i] = t
			}
		}
	}
	r.messages, r.of = nil, r.of[:0]
	return out
}

// metadata is a metadata column of the messages.
func (r *rows) metadata(key string, t types.Type) *batch.Column {
	b := batch.NewBuilder(metadata[key], len(r.messages))
	optional := func(v []byte) {
		if v == nil {
			b.AppendNull()
		} else {
			b.AppendBytes(v)
		}
	}
	for _, m := range r.messages {
		switch key {
		case metaTopic:
			b.AppendString(m.topic)
		case metaSize:
			batch.Append(b, int32(len(m.Value)))
		case metaProducer:
			b.AppendString(m.Producer)
		case metaID:
			id, err := m.ID.AppendID(nil)
			if err != nil {
				panic(err) // its fields are numbers
			}
			b.AppendBytes(id)
		case metaSequence:
			batch.Append(b, int64(m.Sequence))
		case metaPublished:
			batch.Append(b, m.PublishTime)
		case metaEventTime:
			if m.EventTime == 0 {
				b.AppendNull()
			} else {
				batch.Append(b, m.EventTime)
			}
		case metaKey:
			optional(m.Key)
		case metaOrdering:
			optional(m.OrderingKey)
		case metaProperties:
			for _, p := range m.Properties {
				b.Child(0).AppendString(p.Key)
				b.Child(1).AppendString(p.Value)
			}
			b.CloseList()
		}
	}
	return connector.ConvertMetadata(b.Finish(), t)
}
