package watermark

import (
	"slices"

	"github.com/headrace/headrace/core/data/batch"
)

// Strategy tells the event times of rows and how far event time has come in one split of a source
// (or in a stream, in its middle).
type Strategy interface {
	// Assign returns the event times of the rows (nil: they have none, or keep what they have) and
	// the watermarks in force after certain rows: a mark at Row i+1 is one after row i.
	Assign(b *batch.Batch) (times []int64, marks []batch.Mark, err error)
	// Periodic returns the watermark that is due after each interval; ok false: none.
	Periodic() (time int64, ok bool, err error)
	Close() error
}

// Assigner keeps one strategy for each split and combines their watermarks: the least of the
// splits that are neither idle nor read to their end. It never goes back.
type Assigner struct {
	make   func() (Strategy, error)
	idleMs int64
	splits map[string]*split
	order  []*split
	last   int64
	idle   bool
	found  bool // a row came since the last periodic watermark
	nextMs int64
	period int64
	bareMs int64 // since when there has been no split
}

type split struct {
	id        string
	strategy  Strategy
	time      int64
	idle      bool
	lastRowMs int64
}

// NewAssigner makes an assigner. periodMs is the interval of periodic watermarks, 0 for none;
// idleMs the time without rows after which a split is idle, 0 for never.
func NewAssigner(make func() (Strategy, error), periodMs, idleMs, nowMs int64) *Assigner {
	a := &Assigner{make: make, idleMs: idleMs, splits: map[string]*split{},
		last: batch.MinWatermark, period: periodMs, bareMs: nowMs}
	a.schedule(nowMs)
	return a
}

func (a *Assigner) schedule(nowMs int64) {
	switch {
	case a.period > 0:
		a.nextMs = nowMs + a.period
	case a.idleMs > 0:
		a.nextMs = nowMs + max(a.idleMs/4, 1)
	}
}

// Add makes a split known: it holds the watermark back until its rows come.
func (a *Assigner) Add(id string, nowMs int64) error {
	if a.splits[id] != nil {
		return nil
	}
	s, err := a.make()
	if err != nil {
		return err
	}
	x := &split{id: id, strategy: s, time: batch.MinWatermark, lastRowMs: nowMs}
	a.splits[id] = x
	a.order = append(a.order, x)
	return nil
}

// EndAll forgets all splits: they have been read to their end.
func (a *Assigner) EndAll(nowMs int64) error {
	if len(a.order) > 0 {
		a.bareMs = nowMs
	}
	var first error
	for _, s := range a.order {
		if err := s.strategy.Close(); err != nil && first == nil {
			first = err
		}
	}
	clear(a.splits)
	a.order = nil
	return first
}

// End forgets a split that has been read to its end.
func (a *Assigner) End(id string, nowMs int64) error {
	s := a.splits[id]
	if s == nil {
		return nil
	}
	delete(a.splits, id)
	a.order = slices.DeleteFunc(a.order, func(o *split) bool { return o == s })
	a.bareMs = nowMs
	return s.strategy.Close()
}

// Assign returns b with event times and marks; it takes over the reference.
func (a *Assigner) Assign(id string, b *batch.Batch, nowMs int64) (*batch.Batch, error) {
	if err := a.Add(id, nowMs); err != nil {
		return nil, err
	}
	s := a.splits[id]
	s.idle, s.lastRowMs, a.found = false, nowMs, true
	times, marks, err := s.strategy.Assign(b)
	if err != nil {
		return nil, err
	}
	out := *b
	if times != nil {
		out.Times = times
	}
	out.Marks = nil
	others := a.others(s)
	for _, m := range marks {
		s.time = max(s.time, m.Time)
		t := min(s.time, others)
		if t <= a.last {
			continue
		}
		a.last = t
		if k := len(out.Marks); k > 0 && out.Marks[k-1].Row == m.Row {
			out.Marks[k-1].Time = t
			continue
		}
		out.Marks = append(out.Marks, batch.Mark{Row: m.Row, Time: t})
	}
	return &out, nil
}

func (a *Assigner) others(but *split) int64 {
	least := int64(batch.MaxWatermark)
	for _, s := range a.order {
		if s != but && !s.idle {
			least = min(least, s.time)
		}
	}
	return least
}

// Now is the combined watermark.
func (a *Assigner) Now() int64 { return a.last }

// Idle says whether the input was told to be idle.
func (a *Assigner) Idle() bool { return a.idle }

// Next is when Tick is due.
func (a *Assigner) Next() (ms int64, ok bool) { return a.nextMs, a.nextMs > 0 }

// Due is what a Tick found.
type Due struct {
	Watermark int64
	Moved     bool // Watermark is new
	Idle      bool
	Changed   bool // Idle is new
}

// Tick asks for periodic watermarks and looks for idle splits; who has had no split at all for
// that long is idle, too.
func (a *Assigner) Tick(nowMs int64) (Due, error) {
	a.schedule(nowMs)
	idle := a.idleMs > 0 && (len(a.order) > 0 || nowMs-a.bareMs >= a.idleMs)
	for _, s := range a.order {
		if a.period > 0 {
			t, ok, err := s.strategy.Periodic()
			if err != nil {
				return Due{}, err
			}
			if ok {
				s.time = max(s.time, t)
			}
		}
		s.idle = a.idleMs > 0 && nowMs-s.lastRowMs >= a.idleMs
		idle = idle && s.idle
	}
	var d Due
	if t := a.others(nil); len(a.order) > 0 && !idle && t > a.last {
		a.last, d.Watermark, d.Moved = t, t, true
	}
	d.Idle, d.Changed = idle, idle != a.idle
	a.idle = idle
	return d, nil
}

// Active says whether the input was told to be idle although rows come again; it tells so once.
func (a *Assigner) Active() bool {
	was := a.idle
	a.idle = false
	return was
}

// Close closes the strategies.
func (a *Assigner) Close() error { return a.EndAll(0) }
