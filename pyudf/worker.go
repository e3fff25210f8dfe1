package pyudf

import (
	"errors"
	"os"
	"strings"
	"sync/atomic"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/udf"
	"github.com/headrace/headrace/core/udf/worker"
)

const (
	parentModule = "headrace._runtime.parent"
	workerModule = "headrace._runtime.worker"
)

// WorkerPrefix is what stands before Python's arguments in the command of a worker: empty in
// library mode, where Python starts with the engine in its wheel; the program that embeds Python
// in runner mode. It gets Python's executable.
var WorkerPrefix = func(executable string) []string { return []string{executable} }

// NewWorkerHost makes the host of a task in a worker process of its own.
func NewWorkerHost(ctx *udf.Context) (*worker.Host, error) {
	var command worker.Command
	err := python.Do(func() error {
		o, err := callObject(parentModule, "command")
		if err != nil {
			return err
		}
		defer o.Drop()
		var argv []string
		if err := o.TupleItem(0).Each(func(s python.Object) error {
			text, err := s.Text()
			argv = append(argv, text)
			return err
		}); err != nil {
			return err
		}
		command.Argv = append(WorkerPrefix(argv[0]), argv[1:]...)
		env, err := o.TupleItem(1).View()
		if err != nil {
			return err
		}
		command.Env = strings.Split(string(env), "\x00")
		command.Setup, err = callBytes(parentModule, "setup")
		return err
	})
	if err != nil {
		return nil, errs.Userf("no worker process can be started").Wrap(err)
	}
	return worker.Spawn(command, worker.Options{
		Task: ctx.TaskName, Objects: NewHost(nil).Objects(), DecodeError: decodeError,
		Print: printed, Log: logged, Ask: asked,
	})
}

// printed, logged and asked do what workers send. When Python has gone there is nobody to tell.
func printed(stderr bool, text []byte) {
	out := python.Stdout
	if stderr {
		out = python.Stderr
	}
	_, _ = out.Write(text)
}

func logged(record []byte) {
	_ = python.Do(func() error {
		none, err := callObject(parentModule, "log", python.Bytes(record))
		none.Drop()
		return err
	})
}

func asked(name string) (raw []byte) {
	_ = python.Do(func() (err error) {
		raw, err = callBytes(parentModule, "ask", python.Str(name))
		return err
	})
	return raw
}

// orphaned is the exit code of a worker whose job's process has gone.
const orphaned = 3

// serving is the server of this process, if it is a worker.
var serving atomic.Pointer[worker.Server]

// ErrNoWorker says that a function of workers was called in another process.
var ErrNoWorker = errs.Userf("this process is not a worker")

// Serve makes this process a worker until its job needs it no more; an error means that the job's
// process has gone. It is called on a goroutine of its own, without the GIL.
func Serve() error {
	var thread atomic.Pointer[python.Thread]
	var host *TaskHost
	s, err := worker.Connect(worker.Runtime{
		Setup: func(data []byte) error {
			return python.Do(func() error {
				none, err := callObject(workerModule, "setup", python.Bytes(data))
				none.Drop()
				return err
			})
		},
		Host: func() (worker.ProcessHost, error) {
			var err error
			if host, err = NewTaskHost(nil); err != nil {
				return nil, err
			}
			thread.Store(host.thread)
			return host, nil
		},
		Flush: func() {
			_ = python.Do(func() error { // what cannot be flushed is lost with the process
				none, err := callObject(workerModule, "flush")
				none.Drop()
				return err
			})
		},
		EncodeError: encodeError,
	})
	if err != nil {
		return err
	}
	serving.Store(s)
	go func() {
		s.Listen(func() {
			if t := thread.Load(); t != nil {
				_ = t.Interrupt() // without an interpreter nothing runs
			}
		})
		os.Exit(orphaned) // in the midst of whatever user code does
	}()
	err = s.Serve()
	if errors.Is(err, worker.ErrGone) {
		os.Exit(orphaned)
	}
	if host != nil {
		_ = host.Close() // never fails
	}
	return err
}

// Send sends what user code printed (kind 0 and 1: to standard output and error) or logged (2, a
// pickled record) to the job's process; without the GIL.
func Send(kind int, data []byte) error {
	s := serving.Load()
	switch {
	case s == nil:
		return ErrNoWorker
	case kind == 2:
		return s.Log(data)
	}
	return s.Print(kind == 1, data)
}

// Ask returns an attribute of the program's __main__, pickled; empty: it has none. Without the GIL.
func Ask(name string) ([]byte, error) {
	s := serving.Load()
	if s == nil {
		return nil, ErrNoWorker
	}
	return s.Ask(name)
}
