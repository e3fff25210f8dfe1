package operatortest

import (
	"fmt"
	"log/slog"
	"math"
	"slices"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/fsys"
	managed "github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/base/metrics"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// subtask drives one instance of the operator, as a task would.
type subtask struct {
	script *Script
	op     operator.Operator
	ctx    *operator.Context
	store  state.Store
	clock  *clock.Manual
	out    []string
	wm     int64
	wmOut  []int64
	woken  chan struct{}
}

var _ operator.IdleOutput = (*subtask)(nil)

func openSubtask(s *Script, backend state.Backend, files state.Files, c *clock.Manual,
	index, parallelism int, restore []state.Handle) (*subtask, error) {
	sub := &subtask{script: s, op: s.New(), clock: c, wm: math.MinInt64, woken: make(chan struct{}, 1)}
	for range max(s.Outputs, 1) {
		sub.wmOut = append(sub.wmOut, math.MinInt64)
	}
	info := state.OperatorInfo{JobID: "test", UID: "op", Subtask: index, Parallelism: parallelism,
		MaxParallelism: maxParallelism}
	store, err := backend.Open(&state.StoreContext{OperatorInfo: info, Files: files, Clock: c},
		restore)
	if err != nil {
		return nil, err
	}
	sub.store = store
	sub.ctx = &operator.Context{
		Task: operator.Task{JobID: "test", JobName: "test", Operator: "op", Name: "op",
			Subtask: index, Parallelism: parallelism, MaxParallelism: maxParallelism,
			BatchMode: s.BatchMode},
		Clock: c, Config: s.Config, Log: slog.New(slog.DiscardHandler), Keyed: store.Keyed(),
		OperatorState: store.Operator(), UDF: s.UDF, BatchRows: 1024, BatchBytes: 1 << 20,
		Wake: func() {
			select {
			case sub.woken <- struct{}{}:
			default:
			}
		},
		Watermark: func() int64 { return sub.wm },
		Escapes:   make([]bool, len(sub.wmOut)),
		Metrics:   groupMetrics{&metrics.Group{}},
		FS:        fsys.NewMem(), Dir: "/work",
	}
	if s.FS != nil {
		sub.ctx.FS = s.FS()
	}
	if s.Memory > 0 {
		sub.ctx.Memory = managed.New(s.Memory)
	}
	if s.BatchRows > 0 {
		sub.ctx.BatchRows = s.BatchRows
	}
	return sub, sub.op.Open(sub.ctx)
}

type groupMetrics struct{ group *metrics.Group }

func (m groupMetrics) Counter(name string) operator.Counter     { return m.group.Counter(name) }
func (m groupMetrics) Gauge(name string, read func() int64)     { m.group.Gauge(name, read) }
func (m groupMetrics) Histogram(name string) operator.Histogram { return m.group.Histogram(name) }

// Emit implements operator.Output.
func (s *subtask) Emit(output int, b *batch.Batch) {
	if output < 0 || output >= len(s.wmOut) {
		panic(fmt.Sprintf("operator emits on output %d of %d", output, len(s.wmOut)))
	}
	for _, m := range b.Marks {
		if m.Time < s.wmOut[output] {
			panic(fmt.Sprintf("watermark goes back from %d to %d", s.wmOut[output], m.Time))
		}
		s.wmOut[output] = m.Time
	}
	s.out = append(s.out, lines(output, b)...)
	b.Release()
}

// Watermark implements operator.Output.
func (s *subtask) Watermark(time int64) {
	for o := range s.wmOut {
		if time <= s.wmOut[o] {
			continue
		}
		s.wmOut[o] = time
		if o == 0 {
			s.out = append(s.out, fmt.Sprintf("wm %d", time))
		}
	}
}

// Idle implements operator.IdleOutput.
func (s *subtask) Idle(idle bool) { s.out = append(s.out, fmt.Sprintf("idle %v", idle)) }

// Full implements operator.Output: it always stops a Resumable operator, which then has to find
// its place again.
func (s *subtask) Full() bool { return true }

// settle resumes the operator until nothing is pending.
func (s *subtask) settle() error {
	for {
		if r, ok := s.op.(operator.Resumable); ok && r.Pending() {
			if w, ok := s.op.(operator.Waiter); ok && w.Waiting() {
				<-s.woken
			}
			if err := r.Resume(s); err != nil {
				return err
			}
			continue
		}
		return nil
	}
}

// wait polls an asynchronous operator until nothing is outstanding.
func (s *subtask) wait() error {
	a, ok := s.op.(operator.Async)
	for ok {
		if err := a.Poll(s); err != nil {
			return err
		}
		if err := s.settle(); err != nil {
			return err
		}
		if a.Idle() {
			break
		}
		<-s.woken
	}
	return nil
}

func (s *subtask) process(port int, b *batch.Batch) error {
	last, n := int64(math.MinInt64), len(b.Marks)
	if n > 0 {
		last = b.Marks[n-1].Time
	}
	err := s.op.Process(port, b, s)
	b.Release()
	if err == nil {
		err = s.settle()
	}
	s.wm = max(s.wm, last)
	if n > 0 && err == nil { // as the driver does: other outputs learn of carried marks
		s.Watermark(slices.Max(s.wmOut))
	}
	return err
}

func (s *subtask) watermark(time int64) error {
	s.wm = max(s.wm, time)
	if err := s.op.Watermark(time, s); err != nil {
		return err
	}
	return s.settle()
}

// tick fires the processing-time timers that are due.
func (s *subtask) tick() error {
	timed, ok := s.op.(operator.ProcessingTimed)
	for ok {
		at, any := timed.NextProcessingTime()
		if !any || at > s.clock.NowMs() {
			return nil
		}
		if err := timed.OnProcessingTime(s.clock.NowMs(), s); err != nil {
			return err
		}
		if err := s.settle(); err != nil {
			return err
		}
	}
	return nil
}

func (s *subtask) end(port int) error {
	if err := s.op.EndInput(port, s); err != nil {
		return err
	}
	if err := s.settle(); err != nil {
		return err
	}
	return s.wait()
}

// barrier brings the operator to a barrier and takes its snapshot.
func (s *subtask) barrier(id int64, files state.Files) (state.Handle, error) {
	if err := s.wait(); err != nil {
		return state.Handle{}, err
	}
	if err := s.op.PrepareBarrier(s); err != nil {
		return state.Handle{}, err
	}
	if err := s.settle(); err != nil {
		return state.Handle{}, err
	}
	if err := s.op.Snapshot(id); err != nil {
		return state.Handle{}, err
	}
	c, err := s.store.Capture(state.CaptureOptions{ID: id, Full: id%2 == 0})
	if err != nil {
		return state.Handle{}, err
	}
	h, err := c.Write(files)
	if err != nil {
		return h, err
	}
	s.store.Settled(id, true)
	if l, ok := s.op.(operator.CheckpointListener); ok {
		err = l.CheckpointComplete(id)
	}
	return h, err
}

func (s *subtask) close() error {
	err := s.op.Close()
	if cerr := s.store.Close(); err == nil {
		err = cerr
	}
	if left, lerr := s.ctx.FS.List(s.ctx.Dir); err == nil && lerr == nil && len(left) > 0 {
		err = fmt.Errorf("left on the disk: %v", left)
	}
	if n := s.ctx.Memory.Used(); err == nil && n != 0 {
		err = fmt.Errorf("%d bytes of the memory budget were not given back", n)
	}
	return err
}
