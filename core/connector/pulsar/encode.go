package pulsar

import (
	"math/rand/v2"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/pulsar/broker"
	"github.com/headrace/headrace/core/data/batch"
)

// encode makes the messages of a batch; they lie in a buffer of their own.
func (w *writer) encode(b *batch.Batch) ([]broker.Message, error) {
	s := w.sink
	var cols []*batch.Column
	if s.table.Stream && s.wrapped {
		cols = connector.ElementsOf(s.table, b)
	} else {
		for _, c := range s.columns {
			cols = append(cols, b.Cols[c])
		}
	}
	values := b.WithColumns(s.config.Schema, cols)
	out := make([]broker.Message, b.Len())
	buf := make([]byte, 0, 64*b.Len())
	ends := make([]int, b.Len())
	var err error
	for i := range out {
		if buf, err = w.encoder.Encode(buf, values, i, i+1, nil); err != nil {
			return nil, err
		}
		ends[i] = len(buf)
	}
	from := 0
	for i := range out {
		m := &out[i]
		if s.format.Name != "raw" || !values.Cols[0].IsNull(i) {
			m.Value = buf[from:ends[i]:ends[i]]
		}
		from = ends[i]
		w.describe(m, b, i)
	}
	return out, nil
}

// describe sets what is around the value.
func (w *writer) describe(m *broker.Message, b *batch.Batch, i int) {
	s := w.sink
	bytes := func(at int) []byte {
		if at < 0 || b.Cols[at].IsNull(i) {
			return nil
		}
		return append([]byte{}, b.Cols[at].Bytes(i)...)
	}
	m.Key, m.OrderingKey = bytes(s.keyAt), bytes(s.orderingAt)
	switch {
	case s.timeAt >= 0 && !b.Cols[s.timeAt].IsNull(i):
		c := b.Cols[s.timeAt]
		ticks := batch.Values[int64](c)[i]
		for u := c.Type.Unit(); u > 3; u-- {
			ticks /= 10
		}
		m.EventTime = ticks
	case s.table.Stream && b.Time(i) > 0:
		m.EventTime = b.Time(i)
	}
	if s.propsAt < 0 || b.Cols[s.propsAt].IsNull(i) {
		return
	}
	c := b.Cols[s.propsAt]
	for k := int(c.Offsets()[i]); k < int(c.Offsets()[i+1]); k++ {
		p := broker.Property{Key: string(c.Child(0).Bytes(k))}
		if !c.Child(1).IsNull(k) {
			p.Value = string(c.Child(1).Bytes(k))
		}
		m.Properties = append(m.Properties, p)
	}
}

// route makes entries of messages, in order for each partition; mu is held.
func (w *writer) route(messages []broker.Message) []outgoing {
	s := w.sink
	var deliver int64
	if s.delay > 0 {
		deliver = w.ctx.Clock.NowMs() + s.delay.Milliseconds()
	}
	var out []outgoing
	at := map[string]int{} // the entry of a partition that is not full
	size := map[string]int{}
	topic := ""
	for i := range messages {
		m := &messages[i]
		if s.byKey {
			topic = w.parts[w.byKey(m.Key)]
		} else if topic == "" {
			w.turn = (w.turn + 1) % len(w.parts)
			topic = w.parts[w.turn]
		}
		k, ok := at[topic]
		if !ok {
			k = len(out)
			at[topic], size[topic] = k, 0
			out = append(out, outgoing{topic: topic,
				entry: broker.Entry{Single: s.batch == 1, DeliverAt: deliver}})
		}
		e := &out[k].entry
		e.Messages = append(e.Messages, *m)
		size[topic] += m.Size()
		if len(e.Messages) >= s.batch || size[topic] >= s.batchBytes {
			delete(at, topic)
			if !s.byKey {
				topic = "" // the next one's turn
			}
		}
	}
	return out
}

// byKey is the partition of a key; a message without one goes anywhere.
func (w *writer) byKey(key []byte) int {
	if len(key) == 0 {
		return rand.IntN(len(w.parts))
	}
	return int(w.sink.hash(key)) % len(w.parts)
}
