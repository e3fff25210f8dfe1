package worker

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/udf"
)

// process is a fused chain of functions in a worker.
type process struct {
	h      *Host
	n      int64
	spec   *udf.ProcessSpec
	lists  []udf.NamedList
	states []*column
	polls  bool

	// What the last Run brought.
	row       int
	watermark int64
	unfired   []udf.Fired
	effects   udf.Effects
	taken     [][]*batch.Batch // by output: taken there, not yet here
	left      bool             // something may wait in the outputs there
	closed    bool
}

var _ udf.Process = (*process)(nil)

// NewProcess implements udf.ProcessHost.
func (h *Host) NewProcess(spec *udf.ProcessSpec) (udf.Process, error) {
	p := &process{h: h, n: h.number(), spec: spec, taken: make([][]*batch.Batch, len(spec.Schemas))}
	err := h.made(opProcess, p.n, spec.Metrics, func(w *writer) { w.json(spec) }, func(r *reader) {
		for range r.int() {
			p.lists = append(p.lists, udf.NamedList{Name: r.text(), Mode: r.text()})
		}
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Open implements udf.Process.
func (p *process) Open(restored map[string][][]byte) error {
	return p.h.call(opOpen, p.n, func(w *writer) {
		w.flag(restored != nil)
		writeLists(w, restored)
	}, func(r *reader) {
		p.polls = r.flag()
		for i := range r.int() {
			p.states = append(p.states, &column{h: p.h, n: p.n, at: int64(i), name: r.text(),
				ttl: r.num(), mean: stateBytes})
		}
	})
}

// States implements udf.Process.
func (p *process) States() []udf.NamedState {
	out := make([]udf.NamedState, len(p.states))
	for i, c := range p.states {
		out[i] = udf.NamedState{Name: c.name, TTLMs: c.ttl, Column: c}
	}
	return out
}

// Lists implements udf.Process.
func (p *process) Lists() []udf.NamedList { return p.lists }

// FeedRows implements udf.Process.
func (p *process) FeedRows(r udf.Rows) error {
	return p.h.void(opFeedRows, p.n, func(w *writer) {
		w.num(int64(r.Port))
		w.num(int64(r.From))
		w.column(r.Value)
		w.column(r.Key)
		list(w, r.Slots)
		list(w, r.Times)
		list(w, r.Kinds)
		w.marks(r.Marks)
		list(w, r.Starts)
		w.flag(r.Merged != nil)
		if r.Merged == nil {
			return
		}
		list(w, r.Merged.Ports)
		list(w, r.Merged.At)
		w.num(int64(len(r.Merged.Sides)))
		for _, side := range r.Merged.Sides {
			w.column(side.Value)
			w.column(side.Key)
			list(w, side.Kinds)
		}
	})
}

// FeedRest implements udf.Process.
func (p *process) FeedRest(slots []int32) error {
	return p.h.void(opFeedRest, p.n, func(w *writer) { list(w, slots) })
}

// Mark implements udf.Process.
func (p *process) Mark(watermark int64) error {
	p.left = true
	return p.h.void(opMark, p.n, func(w *writer) { w.num(watermark) })
}

// FeedTimers implements udf.Process.
func (p *process) FeedTimers(domain int, timers []udf.Fired) error {
	return p.h.void(opFeedTimers, p.n, func(w *writer) {
		w.num(int64(domain))
		w.num(int64(len(timers)))
		for _, t := range timers {
			w.num(t.Time)
			w.num(int64(t.Slot))
			w.bytes(t.Key)
		}
	})
}

// FeedKeys implements udf.Process.
func (p *process) FeedKeys(slots []int32, keys [][]byte) error {
	return p.h.void(opFeedKeys, p.n, func(w *writer) {
		list(w, slots)
		for _, k := range keys {
			w.bytes(k)
		}
	})
}

// EndEach implements udf.Process.
func (p *process) EndEach() { p.later(opEndEach, nil) }

// later is void for methods that return no error: the next call meets it again.
func (p *process) later(code int64, write func(w *writer)) { _ = p.h.void(code, p.n, write) }

// FeedEnd implements udf.Process.
func (p *process) FeedEnd(port int) error {
	return p.h.void(opFeedEnd, p.n, func(w *writer) { w.num(int64(port)) })
}

// FeedWatermark implements udf.Process.
func (p *process) FeedWatermark(watermark int64) error {
	return p.h.void(opFeedWatermark, p.n, func(w *writer) { w.num(watermark) })
}

// Rewind implements udf.Process.
func (p *process) Rewind() { p.later(opRewind, nil) }

// Polls implements udf.Process.
func (p *process) Polls() bool { return p.polls }

// FeedPoll implements udf.Process.
func (p *process) FeedPoll() error { return p.h.void(opFeedPoll, p.n, nil) }

// Run implements udf.Process.
func (p *process) Run(c udf.ProcessClock, maxRows int, maxBytes int64) (udf.Stop, error) {
	var stop udf.Stop
	err := p.h.call(opRun, p.n, func(w *writer) {
		for _, v := range []int64{c.Watermark, c.NowMs, c.NextTimer, int64(maxRows), maxBytes} {
			w.num(v)
		}
	}, func(r *reader) {
		stop = udf.Stop(r.num())
		p.row, p.watermark = r.int(), r.num()
		p.effects = udf.Effects{Dirty: listOf[int32](r), Timers: readTimers(r)}
		p.unfired = readFired(r)
		for _, c := range p.states {
			c.sized(r.num())
		}
		if p.left = !r.flag(); p.left {
			return
		}
		for i := range p.taken {
			if b := p.batch(r, i); b != nil {
				p.taken[i] = append(p.taken[i], b)
			}
		}
	})
	return stop, err
}

// batch reads what waited in an output; nil: nothing.
func (p *process) batch(r *reader, output int) *batch.Batch {
	if !r.flag() {
		return nil
	}
	n := r.int()
	cols := r.columns()
	times, kinds, marks := listOf[int64](r), kindsOf(r), r.marks()
	if r.failed() != nil {
		return nil
	}
	b := batch.New(p.spec.Schemas[output], cols, n)
	b.Times, b.Kinds, b.Marks = times, kinds, marks
	return b
}

// Position implements udf.Process.
func (p *process) Position() (row int, watermark int64) { return p.row, p.watermark }

// Unfired implements udf.Process.
func (p *process) Unfired() []udf.Fired { return p.unfired }

// Effects implements udf.Process.
func (p *process) Effects() udf.Effects {
	e := p.effects
	p.effects = udf.Effects{}
	return e
}

// Rows implements udf.Process.
func (p *process) Rows(output int) int {
	n := 0
	for _, b := range p.taken[output] {
		n += b.Len()
	}
	return n
}

// Take implements udf.Process. Outputs may wait in several batches: the next call gives the next.
func (p *process) Take(output int) (*batch.Batch, error) {
	if q := p.taken[output]; len(q) > 0 {
		p.taken[output] = q[1:]
		return q[0], nil
	}
	if !p.left {
		return nil, nil
	}
	var b *batch.Batch
	err := p.h.call(opTake, p.n, func(w *writer) { w.num(int64(output)) }, func(r *reader) {
		b = p.batch(r, output)
	})
	return b, err
}

// OperatorState implements udf.Process.
func (p *process) OperatorState(id int64) (out map[string][][]byte, err error) {
	err = p.h.call(opState, p.n, func(w *writer) { w.num(id) }, func(r *reader) { out = readLists(r) })
	return out, err
}

// Report implements udf.Process.
func (p *process) Report() {
	_ = p.h.call(opReport, p.n, nil, nil) // the next call meets the error again
}

// CheckpointComplete implements udf.Process.
func (p *process) CheckpointComplete(id int64) error {
	return p.h.call(opComplete, p.n, func(w *writer) { w.num(id) }, nil)
}

// Interrupt asks for an early end of Run; from another goroutine.
func (p *process) Interrupt() { p.h.Interrupt() }

// Close implements udf.Process.
func (p *process) Close() error {
	if p.closed {
		return nil
	}
	p.closed = true
	for _, q := range p.taken {
		for _, b := range q {
			b.Release()
		}
	}
	return p.h.closeFunction(p.n)
}

// closeFunction closes a function. With a worker that has gone there is nothing to close, and its
// end has been reported.
func (h *Host) closeFunction(n int64) error {
	if h.err != nil {
		return nil
	}
	err := h.call(opClose, n, nil, nil)
	delete(h.sinks, n)
	return err
}
