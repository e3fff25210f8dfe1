package worker

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/udf"
)

// sampledSlots is how many dirty slots of a run are looked at to estimate what a slot holds.
const sampledSlots = 16

// served is a process with what it was fed.
type served struct {
	udf.Process
	outputs int
	columns []udf.StateColumn
	fed     []*batch.Column
}

func (s *Server) create(code, n int64, r *reader) error {
	switch code {
	case opProcess:
		return s.newProcess(n, r)
	case opTimes:
		var spec udf.TimesSpec
		r.json(&spec)
		t, err := s.host.NewTimes(&spec)
		if err == nil {
			s.functions[n] = t
		}
		return err
	case opPartitioner:
		var f, selector *planpb.Function
		r.json(&f)
		r.json(&selector)
		p, err := s.host.NewPartitioner(f, selector)
		if err == nil {
			s.functions[n] = p
		}
		return err
	}
	return s.createSQL(code, n, r)
}

func (s *Server) newProcess(n int64, r *reader) error {
	spec := &udf.ProcessSpec{}
	r.json(spec)
	if err := r.failed(); err != nil {
		return err
	}
	spec.Metrics = counted{&s.metrics, n}
	p, err := s.host.NewProcess(spec)
	if err != nil {
		return err
	}
	s.functions[n] = &served{Process: p, outputs: len(spec.Schemas)}
	s.w.num(int64(len(p.Lists())))
	for _, l := range p.Lists() {
		s.w.text(l.Name)
		s.w.text(l.Mode)
	}
	return nil
}

// operate does one operation of a process.
func (p *served) operate(s *Server, code int64, r *reader) error {
	switch code {
	case opOpen:
		return p.open(s, r)
	case opRun:
		return p.run(s, r)
	case opTake:
		return p.take(s, r.int())
	case opState:
		lists, err := p.OperatorState(r.num())
		writeLists(&s.w, lists)
		return err
	case opReport:
		p.Report()
		return nil
	case opComplete:
		return p.CheckpointComplete(r.num())
	case opGrow, opEncode, opDecode, opClear:
		at := r.int()
		if at < 0 || at >= len(p.columns) {
			return errs.Internalf("a worker is asked for state %d of %d", at, len(p.columns))
		}
		return s.column(p.columns[at], code, r)
	}
	return p.feed(code, r)
}

func (p *served) open(s *Server, r *reader) error {
	isRestored := r.flag()
	restored := readLists(r)
	if !isRestored {
		restored = nil
	}
	if err := p.Open(restored); err != nil {
		return err
	}
	states := p.States()
	s.w.flag(p.Polls())
	s.w.num(int64(len(states)))
	for _, st := range states {
		s.w.text(st.Name)
		s.w.num(st.TTLMs)
		p.columns = append(p.columns, st.Column)
	}
	return nil
}

// feed does an operation without a result.
func (p *served) feed(code int64, r *reader) error {
	switch code {
	case opFeedRows:
		return p.feedRows(r)
	case opFeedRest:
		return p.FeedRest(listOf[int32](r))
	case opMark:
		return p.Mark(r.num())
	case opFeedTimers:
		domain := r.int()
		timers := make([]udf.Fired, 0, 16)
		for range r.int() {
			timers = append(timers, udf.Fired{Time: r.num(), Slot: int32(r.num()), Key: r.bytes()})
		}
		return p.FeedTimers(domain, timers)
	case opFeedKeys:
		slots := listOf[int32](r)
		keys := make([][]byte, len(slots))
		for i := range keys {
			keys[i] = r.bytes()
		}
		return p.FeedKeys(slots, keys)
	case opEndEach:
		p.EndEach()
		return nil
	case opFeedEnd:
		return p.FeedEnd(r.int())
	case opFeedWatermark:
		return p.FeedWatermark(r.num())
	case opFeedPoll:
		return p.FeedPoll()
	case opRewind:
		p.Rewind()
		return nil
	}
	return errs.Internalf("a worker does not know operation %d of a process", code)
}

// feedRows feeds rows, which the process may read until others are fed: beyond this message.
func (p *served) feedRows(r *reader) error {
	r.Copy = true
	defer func() { r.Copy = false }()
	rows := udf.Rows{Port: r.int(), From: r.int(), Value: r.column(), Key: r.column(),
		Slots: listOf[int32](r), Times: listOf[int64](r)}
	rows.Kinds = kindsOf(r)
	rows.Marks, rows.Starts = r.marks(), listOf[int32](r)
	old := p.fed
	p.fed = nil
	p.keep(rows)
	if r.flag() {
		rows.Merged = &udf.Merged{Ports: listOf[int32](r), At: listOf[int32](r)}
		for range r.int() {
			if r.failed() != nil {
				break
			}
			side := udf.Rows{Value: r.column(), Key: r.column()}
			side.Kinds = kindsOf(r)
			p.keep(side)
			rows.Merged.Sides = append(rows.Merged.Sides, side)
		}
	}
	defer release(old)
	if err := r.failed(); err != nil {
		return err
	}
	return p.FeedRows(rows)
}

// keep holds the columns of rows until others are fed.
func (p *served) keep(r udf.Rows) {
	for _, c := range []*batch.Column{r.Value, r.Key} {
		if c != nil {
			p.fed = append(p.fed, c)
		}
	}
}

func release(cols []*batch.Column) {
	for _, c := range cols {
		c.Release()
	}
}

// run runs the process and answers with all that came of it.
func (p *served) run(s *Server, r *reader) error {
	clock := udf.ProcessClock{Watermark: r.num(), NowMs: r.num(), NextTimer: r.num()}
	maxRows, maxBytes := r.int(), r.num()
	stop, err := p.Run(clock, maxRows, maxBytes)
	if err != nil {
		return err
	}
	w := &s.w
	w.num(int64(stop))
	row, watermark := p.Position()
	w.num(int64(row))
	w.num(watermark)
	var unfired []udf.Fired
	if stop == udf.StopOrder {
		unfired = p.Unfired()
	}
	effects := p.Effects()
	list(w, effects.Dirty)
	writeTimers(w, effects.Timers)
	writeFired(w, unfired)
	for _, c := range p.columns {
		w.num(mean(c, effects.Dirty))
	}
	// Where the task goes on to hand outputs on, they come along.
	along := stop == udf.StopDone || stop == udf.StopFull || stop == udf.StopSlice
	w.flag(along)
	for i := range p.outputs {
		if along {
			if err := p.take(s, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// mean estimates what a slot of a column holds, 0 for unknown.
func mean(c interface{ SizeBytes([]int32) int64 }, slots []int32) int64 {
	n := min(len(slots), sampledSlots)
	if n == 0 {
		return 0
	}
	return c.SizeBytes(slots[:n]) / int64(n)
}

// take answers with what waits in an output.
func (p *served) take(s *Server, output int) error {
	b, err := p.Take(output)
	if err != nil {
		return err
	}
	s.w.flag(b != nil)
	if b == nil {
		return nil
	}
	s.w.num(int64(b.Len()))
	s.w.columns(b.Cols)
	list(&s.w, b.Times)
	list(&s.w, b.Kinds)
	s.w.marks(b.Marks)
	b.Release()
	return nil
}

// Close closes the functions and drops what was fed.
func (p *served) Close() error {
	err := p.Process.Close()
	release(p.fed)
	p.fed = nil
	return err
}

// column does an operation of a column of state.
func (s *Server) column(c udf.StateColumn, code int64, r *reader) error {
	switch code {
	case opGrow:
		c.Grow(r.int())
	case opClear:
		c.Clear(listOf[int32](r))
	case opDecode:
		slots, ends := listOf[int32](r), listOf[int32](r)
		return c.Decode(slots, r.bytes(), ends)
	case opEncode:
		slots := listOf[int32](r)
		data, ends, err := c.Encode(slots, nil, nil)
		if err != nil {
			return err
		}
		list(&s.w, ends)
		s.w.bytes(data)
		s.w.num(mean(c, slots))
	}
	return nil
}

func (s *Server) times(t udf.Times, code int64, r *reader) error {
	if code == opPeriodic {
		watermark, ok, err := t.Periodic()
		s.w.num(watermark)
		s.w.flag(ok)
		return err
	}
	value := r.column()
	times := append([]int64(nil), listOf[int64](r)...)
	if err := r.failed(); err != nil {
		return err
	}
	defer value.Release()
	marks, err := t.Assign(value, times, nil)
	list(&s.w, times)
	s.w.marks(marks)
	return err
}

func (s *Server) partition(p udf.Partitioner, r *reader) error {
	value, n := r.column(), r.int()
	if err := r.failed(); err != nil {
		return err
	}
	defer value.Release()
	targets := make([]int32, value.Len())
	if err := p.Partition(value, n, targets); err != nil {
		return err
	}
	list(&s.w, targets)
	return nil
}
