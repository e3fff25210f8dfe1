package cassandra

import (
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
)

// lotMax is how many rows wait for those that are being written.
const lotMax = 5000

// writer writes rows as they come.
type writer struct {
	*connector.Buffered[*write]
	session
	clock stamps
}

func newWriter(s *Sink, ctx *connector.WriterContext) *writer {
	w := &writer{session: session{sink: s}, clock: stamps{fixed: s.at, now: ctx.Clock.NowMs}}
	w.Buffered = connector.NewBuffered(s.table.Name, connector.Buffering{Rows: lotMax, Eager: true,
		Whole: true, Retries: s.retries}, ctx, w.run)
	return w
}

// Write implements connector.Writer.
func (w *writer) Write(b *batch.Batch) error {
	for _, x := range w.sink.writesOf(b, w.clock.next) {
		w.Put(nil, x)
	}
	return w.Begin()
}

// Close implements connector.Writer.
func (w *writer) Close() error {
	err := w.Buffered.Close()
	w.session.close()
	return err
}

// stamps gives timestamps in µs that only grow.
type stamps struct {
	fixed int64 // all of them, 0: none
	last  int64
	now   func() int64 // ms
}

func (s *stamps) next() int64 {
	if s.fixed > 0 {
		return s.fixed
	}
	s.last = max(s.last+1, s.now()*1000)
	return s.last
}
