package worker

import (
	"math"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/udf"
)

// Runtime is what a worker process runs functions with.
type Runtime struct {
	// Setup prepares the process; Command.Setup says how. It runs once, before all else.
	Setup func(data []byte) error
	// Host makes the host of the functions. It and all calls of the host come from one goroutine.
	Host func() (ProcessHost, error)
	// Flush sends what user code has printed and not sent yet.
	Flush func()
	// EncodeError keeps of an error what Options.DecodeError is to make of it.
	EncodeError func(err error) []byte
}

// ProcessHost is a host of functions of all kinds.
type ProcessHost interface {
	udf.Host
	udf.ProcessHost
}

// Server is the worker's side.
type Server struct {
	runtime Runtime
	calls   *pipe
	control *control
	answers chan []byte // to Ask
	asking  sync.Mutex

	host      ProcessHost
	functions map[int64]any
	types     typeTable // of requests
	w         writer
	metrics   metrics
	busy      atomic.Bool // a call is under way
}

// Connect makes the server of this process, which Spawn has started.
func Connect(runtime Runtime) (*Server, error) {
	for fd := callsFD; fd <= answersFD; fd++ {
		syscall.CloseOnExec(fd)
	}
	if err := syscall.SetNonblock(controlFD, true); err != nil {
		return nil, errs.Userf("this process was not started as a worker").
			Fix("workers are started by jobs: set python.execution-mode: process")
	}
	s := &Server{runtime: runtime, functions: map[int64]any{}, answers: make(chan []byte, 1)}
	s.calls = &pipe{fd: callsFD, in: &arena{file: os.NewFile(requestsFD, "requests")},
		out: &arena{file: os.NewFile(answersFD, "answers")}}
	s.control = &control{file: os.NewFile(controlFD, "control")}
	if err := s.calls.out.follow(arenaBytes); err != nil {
		return nil, err
	}
	return s, nil
}

// Listen handles what the job's process sends beside calls, until that process has gone. interrupt
// breaks off the call that runs.
func (s *Server) Listen(interrupt func()) {
	s.control.serve(func(kind byte, data []byte) {
		switch kind {
		case controlAnswer:
			s.answers <- data
		case controlInterrupt:
			if s.busy.Load() {
				interrupt()
			}
		}
	})
}

// Print sends text that user code printed, Log a pickled log record; safe from any goroutine.
func (s *Server) Print(stderr bool, text []byte) error {
	if stderr {
		return s.control.send(controlErr, text)
	}
	return s.control.send(controlOut, text)
}

// Log sends a pickled log record.
func (s *Server) Log(record []byte) error { return s.control.send(controlLog, record) }

// Ask returns an attribute of the program's __main__, pickled; empty: it has none.
func (s *Server) Ask(name string) ([]byte, error) {
	s.asking.Lock()
	defer s.asking.Unlock()
	if err := s.control.send(controlAsk, []byte(name)); err != nil {
		return nil, err
	}
	return <-s.answers, nil
}

// Serve answers calls until the job's process needs this one no more; an error means that it has
// gone.
func (s *Server) Serve() error {
	for {
		message, _, err := s.calls.receive()
		if err != nil {
			return err
		}
		r := &reader{types: &s.types}
		r.Data = message
		if s.host != nil {
			r.Objects = s.host.Objects()
		}
		s.busy.Store(true)
		bye, answer := s.answer(r)
		s.busy.Store(false)
		if err := s.calls.send(answer, s.control.sent.Load()); err != nil || bye {
			return err
		}
	}
}

// answer does the operations of a message: the last one's result is the answer, or the error of
// the first that failed. Behind it stands what functions have counted.
func (s *Server) answer(r *reader) (bye bool, message []byte) {
	var err error
	for r.More() && err == nil {
		code, n := r.num(), r.num()
		bye = code == opBye
		s.begin(false)
		err = s.operate(code, n, r)
		for _, e := range []error{s.w.err, r.failed()} {
			if err == nil {
				err = e
			}
		}
	}
	if err != nil {
		s.begin(true)
		s.w.bytes(s.runtime.EncodeError(err))
	}
	s.metrics.write(&s.w)
	return bye, s.w.b
}

// begin starts an answer.
func (s *Server) begin(failed bool) {
	s.w.b, s.w.err = s.calls.message(), nil
	s.w.flag(failed)
}

// operate does one operation.
func (s *Server) operate(code, n int64, r *reader) error {
	switch code {
	case opSetup:
		return s.setup(r)
	case opNone:
		return nil
	case opBye:
		s.runtime.Flush()
		return nil
	case opClose:
		return s.closeFunction(n)
	}
	if code <= opGroup {
		return s.create(code, n, r)
	}
	f := s.functions[n]
	if f == nil {
		return errs.Internalf("a worker is asked for function %d, which it has not", n)
	}
	switch f := f.(type) {
	case *served:
		return f.operate(s, code, r)
	case udf.Times:
		return s.times(f, code, r)
	case udf.Partitioner:
		return s.partition(f, r)
	}
	return s.sql(f, code, r)
}

func (s *Server) setup(r *reader) error {
	if err := s.runtime.Setup(append([]byte(nil), r.bytes()...)); err != nil {
		return err
	}
	host, err := s.runtime.Host()
	if err != nil {
		return err
	}
	s.host, s.w.objects = host, host.Objects()
	return nil
}

func (s *Server) closeFunction(n int64) error {
	f := s.functions[n]
	delete(s.functions, n)
	if c, ok := f.(interface{ Close() error }); ok {
		return c.Close()
	}
	return nil
}

// metrics keeps what functions count until the next answer.
type metrics []metric

type metric struct {
	of     int64 // the number of the function
	kind   int64
	name   string
	value  int64
	values []int64
}

// counted takes what one function counts.
type counted struct {
	all *metrics
	of  int64
}

var _ udf.Metrics = counted{}

// Count implements udf.Metrics.
func (c counted) Count(name string, n int64) {
	*c.all = append(*c.all, metric{of: c.of, kind: metricCount, name: name, value: n})
}

// Gauge implements udf.Metrics.
func (c counted) Gauge(name string, value float64) {
	*c.all = append(*c.all, metric{of: c.of, kind: metricGauge, name: name,
		value: int64(math.Float64bits(value))})
}

// Record implements udf.Metrics.
func (c counted) Record(name string, values []int64) {
	*c.all = append(*c.all, metric{of: c.of, kind: metricRecord, name: name, values: values})
}

// write puts what was counted into an answer.
func (m *metrics) write(w *writer) {
	w.num(int64(len(*m)))
	for _, x := range *m {
		w.num(x.of)
		w.num(x.kind)
		w.text(x.name)
		w.num(x.value)
		list(w, x.values)
	}
	*m = (*m)[:0]
}
