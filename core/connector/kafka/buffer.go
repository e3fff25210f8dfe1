package kafka

import "github.com/twmb/franz-go/pkg/kgo"

// buffer keeps the newest record of each key, in the order of their first one, until enough have
// come, the interval is over or a checkpoint comes. The writer's mu guards it.
type buffer struct {
	w    *writer
	at   map[string]int
	list []kgo.Record
	stop func() bool
}

func newBuffer(w *writer) *buffer {
	b := &buffer{w: w, at: map[string]int{}}
	b.schedule()
	return b
}

// schedule writes what is kept when the interval is over, though no row comes.
func (b *buffer) schedule() {
	b.stop = b.w.ctx.Clock.AfterFunc(b.w.sink.flushEvery, func() {
		b.w.mu.Lock()
		defer b.w.mu.Unlock()
		if b.w.closed {
			return
		}
		if !b.w.flushing { // else a barrier has just taken all
			if err := b.flush(); err != nil {
				b.w.fail(err)
				b.w.ctx.Wake()
			}
		}
		b.schedule()
	})
}

func (b *buffer) add(records []kgo.Record) error {
	for _, r := range records {
		key := r.Topic + "\x00" + string(r.Key)
		if i, ok := b.at[key]; ok {
			b.list[i] = r
			continue
		}
		b.at[key] = len(b.list)
		b.list = append(b.list, r)
	}
	if int64(len(b.list)) < b.w.sink.flushRows {
		return nil
	}
	return b.flush()
}

func (b *buffer) flush() error {
	list := b.list
	b.list = nil
	clear(b.at)
	return b.w.produce(list)
}
