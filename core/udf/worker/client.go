package worker

import (
	"errors"
	"math"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/udf"
)

// Options are what the process of the job gives a worker.
type Options struct {
	// Task names the task in errors.
	Task string
	// Objects encodes live objects of this process.
	Objects udf.Objects
	// DecodeError makes an error of what Server.EncodeError made.
	DecodeError func(data []byte) error
	// Print takes what user code prints, Log a record of Python's logging, pickled; Ask returns an
	// attribute of the program's __main__, pickled, nil when it has none.
	Print func(stderr bool, text []byte)
	Log   func(record []byte)
	Ask   func(name string) []byte
}

// How long a worker may take to break off after Interrupt and to end after Close.
const (
	interruptGrace = 500 * time.Millisecond
	endGrace       = 5 * time.Second
)

// pendingMax is how many bytes of operations without a result may wait for one with a result.
const pendingMax = 4 << 20

// Host is a udf.Host in a worker process. But for Interrupt and Kill its methods, and those of the
// functions that it makes, are called by one goroutine at a time.
type Host struct {
	opts    Options
	calls   *pipe
	control *control
	cmd     *exec.Cmd
	exited  chan struct{} // closed when the process has ended
	state   string        // how it ended; valid then

	w       writer
	types   typeTable             // of answers
	next    int64                 // number of the next function
	sinks   map[int64]udf.Metrics // by function; those that nobody reads are not there
	wakes   sync.Map              // of asynchronous functions, by number
	err     error                 // why the worker cannot be called any more
	closed  bool
	killed  atomic.Bool
	stopped atomic.Bool // Interrupt has been called
	arrived arrivals
}

// arrivals counts the control messages that have been handled.
type arrivals struct {
	mu   sync.Mutex
	cond sync.Cond
	n    uint64
	over bool
}

var (
	_ udf.Host        = (*Host)(nil)
	_ udf.ProcessHost = (*Host)(nil)
)

func (h *Host) listen() {
	h.arrived.cond.L = &h.arrived.mu
	go func() {
		h.control.serve(h.heard)
		h.arrived.mu.Lock()
		h.arrived.over = true
		h.arrived.mu.Unlock()
		h.arrived.cond.Broadcast()
	}()
}

// heard handles a control message.
func (h *Host) heard(kind byte, data []byte) {
	switch kind {
	case controlOut, controlErr:
		h.opts.Print(kind == controlErr, data)
	case controlLog:
		h.opts.Log(data)
	case controlWake:
		if f, ok := h.wakes.Load(int64(le(data))); ok {
			f.(func())()
		}
	case controlAsk:
		_ = h.control.send(controlAnswer, h.opts.Ask(string(data))) // gone: the call tells
	}
	h.arrived.mu.Lock()
	h.arrived.n++
	h.arrived.mu.Unlock()
	h.arrived.cond.Broadcast()
}

// settle waits until n control messages have been handled, or no more come.
func (h *Host) settle(n uint64) {
	h.arrived.mu.Lock()
	defer h.arrived.mu.Unlock()
	for h.arrived.n < n && !h.arrived.over {
		h.arrived.cond.Wait()
	}
}

// op appends an operation; one that cannot be written leaves no trace.
func (h *Host) op(code, number int64, write func(w *writer)) error {
	if h.err != nil {
		return h.err
	}
	w := &h.w
	if w.b == nil {
		w.b = h.calls.message()
	}
	at, known := len(w.b), len(w.types.known)
	w.num(code)
	w.num(number)
	if write != nil {
		write(w)
	}
	if err := w.err; err != nil {
		w.b, w.err, w.types.known = w.b[:at], nil, w.types.known[:known]
		return err
	}
	return nil
}

// void is op for an operation without a result: its error comes with the next result.
func (h *Host) void(code, number int64, write func(w *writer)) error {
	if err := h.op(code, number, write); err != nil {
		return err
	}
	if len(h.w.b) > pendingMax {
		return h.call(opNone, 0, nil, nil)
	}
	return nil
}

// call does what waits and the operation, and has its result read.
func (h *Host) call(code, number int64, write func(w *writer), read func(r *reader)) error {
	if err := h.op(code, number, write); err != nil {
		return err
	}
	message := h.w.b
	h.w.b = nil
	if err := h.calls.send(message, 0); err != nil {
		return h.lost(err)
	}
	answer, sent, err := h.calls.receive()
	if err != nil {
		return h.lost(err)
	}
	h.settle(sent)
	r := &reader{types: &h.types}
	r.Data, r.Copy = answer, true
	if r.flag() {
		failure := r.bytes()
		h.metrics(r)
		return h.opts.DecodeError(failure)
	}
	if read != nil {
		read(r)
	}
	h.metrics(r)
	return r.failed()
}

// lost says why the worker does not answer.
func (h *Host) lost(err error) error {
	if !errors.Is(err, ErrGone) {
		h.kill()
		h.err = errs.Internalf("the worker of task '%s' cannot be reached", h.opts.Task).Wrap(err)
		return h.err
	}
	<-h.exited // its sockets have closed, or been closed
	switch {
	case h.stopped.Load() || h.killed.Load():
		h.err = &errs.Error{Mark: errs.Cancelled, Msg: "the worker was ended"}
	default:
		h.err = errs.Transientf("the worker process of task '%s' ended: %s", h.opts.Task, h.state).
			Fix("look at its standard error; python.execution-mode: thread runs functions in " +
				"the job's process")
	}
	return h.err
}

// metrics hands on what functions counted.
func (h *Host) metrics(r *reader) {
	for range r.int() {
		m, kind, name, value := h.sinks[r.num()], r.num(), r.text(), r.num()
		values := listOf[int64](r)
		switch {
		case r.failed() != nil:
			return
		case m == nil:
		case kind == metricCount:
			m.Count(name, value)
		case kind == metricGauge:
			m.Gauge(name, math.Float64frombits(uint64(value)))
		default:
			m.Record(name, values)
		}
	}
}

// number gives out the number of a new function.
func (h *Host) number() int64 {
	h.next++
	return h.next
}

// Interrupt asks for an early end of what runs, because the job is being cancelled; a worker that
// has not ended soon after is killed. Safe from any goroutine.
func (h *Host) Interrupt() {
	if h.stopped.Swap(true) {
		return
	}
	go func() {
		_ = h.control.send(controlInterrupt, nil) // gone: so be it
		select {
		case <-h.exited:
		case <-time.After(interruptGrace):
			h.kill()
		}
	}()
}

func (h *Host) kill() {
	h.killed.Store(true)
	_ = h.cmd.Process.Kill() // it may have ended already
	h.calls.shut()
}

// PID is the number of the worker process.
func (h *Host) PID() int { return h.cmd.Process.Pid }

// Close ends the worker: what it printed has arrived then. A worker that does not end is killed.
func (h *Host) Close() error {
	if h.closed {
		return nil
	}
	h.closed = true
	if h.err == nil {
		_ = h.call(opBye, 0, nil, nil) // whatever is wrong, it ends
	}
	h.calls.shut()
	go func() {
		select {
		case <-h.exited:
		case <-time.After(endGrace):
			h.kill()
			<-h.exited
		}
		_ = h.control.file.Close()
	}()
	h.calls.close()
	return nil
}
