// Package native is the engine as Python sees it: the functions of the module headrace._native
// (library mode) or _headrace_native (embedded). Only headrace._core calls them.
//
// A function that can fail because of the user's program returns a tuple (result, error,
// exception): error is None, or JSON {mark, place, message, remedy, kind} beside the user's own
// exception if that is the cause; _core raises what fits. Misuse of the functions themselves, and
// Ctrl-C, raise at once.
package native

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/headrace/headrace/arrowbridge"
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Session is an engine session; core/session implements it.
type Session interface {
	// Call answers a planpb.Request in JSON. Cancelling ctx cancels the job that the call waits
	// for.
	Call(ctx context.Context, request []byte) ([]byte, error)
	// PutBatches and PutObjects keep rows for plans, which name them by the handle.
	PutBatches(schema *types.Schema, batches []*batch.Batch) string
	PutObjects(column *batch.Column) string
	// Fetch returns the next batch of a result, false at its end.
	Fetch(ctx context.Context, handle string) (*batch.Batch, bool, error)
	// Drain waits until no job runs, and says whether all have finished.
	Drain() (finished bool)
	Close()
}

// Engine is what the host puts behind the module.
type Engine struct {
	Version string
	// Open starts a session with a JSON configuration.
	Open func(config []byte) (Session, error)
	// Main runs the command line and returns the exit code; without the GIL.
	Main func(args []string) int
}

// grace is how long a call that the user interrupted may take to end; stopLimit how long the end
// of the interpreter waits for threads that are in Python.
const (
	grace     = 5 * time.Second
	stopLimit = 3 * time.Second
)

// host is an engine with its open sessions.
type host struct {
	engine Engine

	mu       sync.Mutex
	sessions map[int64]*opened
	next     int64
	stopped  bool
}

// opened is a session with a context that ends when it is closed.
type opened struct {
	Session
	ctx  context.Context
	stop context.CancelFunc
}

// Functions returns the module's functions.
func Functions(engine Engine) []python.Function {
	arrowbridge.Defer = python.RunLater
	h := &host{engine: engine, sessions: map[int64]*opened{}}
	python.OnStop(h.closeAll)
	return []python.Function{
		{Name: "version", Always: true, Call: h.version,
			Doc: "version() -> str: of the engine."},
		{Name: "main", Call: h.main,
			Doc: "main(args: list[str]) -> int: runs the command line, returns the exit code."},
		{Name: "session_open", Call: h.open,
			Doc: "session_open(config: bytes) -> (int, error, exception): config is JSON."},
		{Name: "session_call", Call: h.call,
			Doc: "session_call(session: int, request: bytes) -> (bytes, error, exception)."},
		{Name: "session_close", Always: true, Call: h.close,
			Doc: "session_close(session: int): cancels its jobs; twice does no harm."},
		{Name: "session_drop", Always: true, Call: h.drop,
			Doc: "session_drop(session: int): closes it once no job of it runs; does not wait."},
		{Name: "put_arrow", Call: h.putArrow,
			Doc: "put_arrow(session: int, stream: capsule) -> (str, error, exception)."},
		{Name: "put_objects", Call: h.putObjects,
			Doc: "put_objects(session: int, values: list) -> (str, error, exception)."},
		{Name: "fetch", Call: h.fetch,
			Doc: "fetch(session: int, handle: str, timeout_ms: int, shape: str | None) -> (rows, " +
				"error, exception): rows is ('arrow', schema, array, kinds), ('objects', list, " +
				"kinds), ('end',) or ('timeout',)."},
		{Name: "numbers", Call: numbers,
			Doc: "numbers(values: list, class: type) -> bytearray | None: ints or floats as memory."},
		{Name: "shutdown", Always: true, Call: h.shutdown,
			Doc: "shutdown() -> int: ends all use of Python; for atexit."},
		{Name: "counters", Always: true, Call: counters,
			Doc: "counters() -> dict[str, int]: what is outstanding at the boundary."},
		{Name: "worker_main", Call: workerMain,
			Doc: "worker_main(): serves as a worker process until the job needs it no more."},
		{Name: "worker_send", Always: true, Call: workerSend,
			Doc: "worker_send(kind: int, data: bytes): output (0, 1) or a log record (2)."},
		{Name: "worker_ask", Always: true, Call: workerAsk,
			Doc: "worker_ask(name: str) -> bytes: an attribute of the program's __main__."},
		{Name: "debug_panic", Call: debugPanic,
			Doc: "debug_panic(text: str): panics on purpose, for tests."},
	}
}

func (h *host) version([]python.Object) (python.Object, error) {
	return python.Str(h.engine.Version), nil
}

func (h *host) main(args []python.Object) (python.Object, error) {
	if len(args) != 1 {
		return python.Nil, misuse("main", "(args)", len(args))
	}
	var argv []string
	if err := args[0].Each(func(o python.Object) error {
		s, err := o.Text()
		argv = append(argv, s)
		return err
	}); err != nil {
		return python.Nil, err
	}
	code, done := 1, make(chan struct{})
	var failed error
	go func() {
		defer close(done)
		defer python.Recover(&failed)
		code = h.engine.Main(argv)
	}()
	if err := python.Await(done, func() {}, grace); err != nil {
		return python.Nil, err
	}
	if failed != nil {
		return python.Nil, failed
	}
	return python.Long(int64(code)), nil
}

func misuse(name, want string, got int) error {
	return fmt.Errorf("%s takes %s, got %d arguments", name, want, got)
}

// closeAll ends every session, without the GIL.
func (h *host) closeAll() {
	h.mu.Lock()
	h.stopped = true
	list := make([]*opened, 0, len(h.sessions))
	for id, s := range h.sessions {
		list = append(list, s)
		delete(h.sessions, id)
	}
	h.mu.Unlock()
	var wg sync.WaitGroup
	for _, s := range list {
		wg.Go(func() {
			s.stop()
			s.Close()
		})
	}
	closed := make(chan struct{})
	go func() {
		wg.Wait()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(stopLimit):
	}
}

func (h *host) shutdown([]python.Object) (python.Object, error) {
	return python.Long(int64(python.Stop(stopLimit))), nil
}

func counters([]python.Object) (python.Object, error) {
	d := python.Dict()
	for name, n := range map[string]int64{
		"arrow_exported":   arrowbridge.Exported(),
		"arrow_imported":   arrowbridge.Imported(),
		"arrow_forgotten":  arrowbridge.Forgotten(),
		"refs_open":        python.OpenRefs(),
		"refs_forgotten":   python.ForgottenRefs(),
		"releases_pending": int64(python.PendingReleases()),
	} {
		v := python.Long(n)
		err := d.DictSet(name, v)
		v.Drop()
		if err != nil {
			d.Drop()
			return python.Nil, err
		}
	}
	return d, nil
}

func debugPanic(args []python.Object) (python.Object, error) {
	text := "on purpose"
	if len(args) > 0 {
		text = args[0].String()
	}
	panic(text)
}

var errStopped = errors.New("the session is closed (open a new one)")

// session returns an open session by the id that Python holds.
func (h *host) session(o python.Object) (*opened, error) {
	id, err := o.Int64()
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.sessions[id]; s != nil {
		return s, nil
	}
	return nil, errStopped
}
