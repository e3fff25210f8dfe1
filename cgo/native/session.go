package native

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"time"
	"unsafe"

	"github.com/headrace/headrace/arrowbridge"
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/parser"
)

func (h *host) open(args []python.Object) (python.Object, error) {
	if len(args) != 1 {
		return python.Nil, misuse("session_open", "(config)", len(args))
	}
	config, err := copyBytes(args[0])
	if err != nil {
		return python.Nil, err
	}
	var s Session
	err, interrupted := h.await(context.Background(), func(context.Context) (err error) {
		s, err = h.engine.Open(config)
		return err
	})
	if interrupted != nil {
		return python.Nil, interrupted
	}
	if err != nil {
		return reply(python.None(), err)
	}
	o := &opened{Session: s}
	o.ctx, o.stop = context.WithCancel(context.Background())
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return python.Nil, errStopped
	}
	h.next++
	h.sessions[h.next] = o
	return reply(python.Long(h.next), nil)
}

func (h *host) call(args []python.Object) (python.Object, error) {
	if len(args) != 2 {
		return python.Nil, misuse("session_call", "(session, request)", len(args))
	}
	s, err := h.session(args[0])
	if err != nil {
		return python.Nil, err
	}
	request, err := copyBytes(args[1])
	if err != nil {
		return python.Nil, err
	}
	var answer []byte
	err, interrupted := h.await(s.ctx, func(ctx context.Context) (err error) {
		answer, err = s.Call(ctx, request)
		return err
	})
	if interrupted != nil {
		return python.Nil, interrupted
	}
	if err != nil {
		return reply(python.None(), err)
	}
	return reply(python.Bytes(answer), nil)
}

func (h *host) close(args []python.Object) (python.Object, error) {
	if len(args) != 1 {
		return python.Nil, misuse("session_close", "(session)", len(args))
	}
	id, err := args[0].Int64()
	if err != nil {
		return python.Nil, err
	}
	h.mu.Lock()
	s := h.sessions[id]
	delete(h.sessions, id)
	h.mu.Unlock()
	if s != nil {
		_, interrupted := h.await(context.Background(), func(context.Context) error {
			s.stop()
			s.Close()
			return nil
		})
		if interrupted != nil {
			return python.Nil, interrupted
		}
	}
	return python.None(), nil
}

// drop is for a session that the program has no hold on any more: what it started goes on.
func (h *host) drop(args []python.Object) (python.Object, error) {
	if len(args) != 1 {
		return python.Nil, misuse("session_drop", "(session)", len(args))
	}
	id, err := args[0].Int64()
	if err != nil {
		return python.Nil, err
	}
	h.mu.Lock()
	s := h.sessions[id]
	h.mu.Unlock()
	if s != nil {
		go h.closeDrained(id, s)
	}
	return python.None(), nil
}

func (h *host) closeDrained(id int64, s *opened) {
	finished := s.Drain()
	h.mu.Lock()
	_, open := h.sessions[id]
	delete(h.sessions, id)
	h.mu.Unlock()
	if !open {
		return
	}
	s.stop()
	s.Close()
	if !finished {
		// Exceptions hold frames, and those the program's objects: Go, which sees only a small
		// error, would keep it for minutes.
		runtime.GC()
	}
}

func (h *host) putArrow(args []python.Object) (python.Object, error) {
	if len(args) != 2 {
		return python.Nil, misuse("put_arrow", "(session, stream)", len(args))
	}
	s, err := h.session(args[0])
	if err != nil {
		return python.Nil, err
	}
	stream, err := args[1].CapsulePointer("arrow_array_stream")
	if err != nil {
		return python.Nil, err
	}
	var handle string
	var failed error
	// A stream may run Python of its own on this thread, so it is read here, with the GIL free.
	python.Unlocked(func() {
		defer python.Recover(&failed)
		schema, batches, err := arrowbridge.ImportStream(stream, nil)
		if err != nil {
			failed = errs.Userf("%v", err)
			return
		}
		handle = s.PutBatches(schema, batches)
	})
	return reply(python.Str(handle), failed)
}

func (h *host) putObjects(args []python.Object) (python.Object, error) {
	if len(args) != 2 {
		return python.Nil, misuse("put_objects", "(session, values)", len(args))
	}
	s, err := h.session(args[0])
	if err != nil {
		return python.Nil, err
	}
	column, err := objectColumn(args[1])
	if err != nil {
		return python.Nil, err
	}
	var handle string
	python.Unlocked(func() { handle = s.PutObjects(column) })
	return reply(python.Str(handle), nil)
}

func (h *host) fetch(args []python.Object) (python.Object, error) {
	if len(args) != 4 {
		return python.Nil, misuse("fetch", "(session, handle, timeout_ms, shape)", len(args))
	}
	s, err := h.session(args[0])
	if err != nil {
		return python.Nil, err
	}
	handle, err := args[1].Text()
	if err != nil {
		return python.Nil, err
	}
	ms, err := args[2].Int64()
	if err != nil {
		return python.Nil, err
	}
	ctx, cancel := s.ctx, context.CancelFunc(func() {})
	if ms >= 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(ms)*time.Millisecond)
	}
	defer cancel()
	var b *batch.Batch
	more := false
	err, interrupted := h.await(ctx, func(ctx context.Context) (err error) {
		b, more, err = s.Fetch(ctx, handle)
		return err
	})
	switch {
	case interrupted != nil:
		return python.Nil, interrupted
	case errors.Is(err, context.DeadlineExceeded):
		return reply(python.Tuple(python.Str("timeout")), nil)
	case err != nil:
		return reply(python.None(), err)
	case !more:
		return reply(python.Tuple(python.Str("end")), nil)
	}
	defer b.Release()
	payload, made, err := elements(b, args[3])
	if err == nil && !made {
		payload, err = rows(b)
	}
	if err != nil {
		return reply(python.None(), err)
	}
	return reply(payload, nil)
}

// await runs f on a goroutine of its own while the calling Python thread waits without the GIL.
// interrupted is the exception of a signal's handler (KeyboardInterrupt): f's context has been
// cancelled then, and f been given time to end. A panic in f comes back as an error.
func (h *host) await(ctx context.Context, f func(context.Context) error) (err, interrupted error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan struct{})
	result := make(chan error, 1)
	go func() {
		defer close(done)
		result <- guarded(ctx, f)
	}()
	if interrupted = python.Await(done, cancel, grace); interrupted != nil {
		return nil, interrupted
	}
	return <-result, nil
}

func guarded(ctx context.Context, f func(context.Context) error) (err error) {
	defer python.Recover(&err)
	return f(ctx)
}

// rows turns a batch into the payload of fetch.
func rows(b *batch.Batch) (python.Object, error) {
	kinds := python.None()
	if b.Kinds != nil {
		kinds = python.Bytes(unsafe.Slice((*byte)(unsafe.SliceData(b.Kinds)), len(b.Kinds)))
	}
	if len(b.Cols) == 1 && b.Cols[0].Type.Kind == types.Object {
		col := b.Cols[0]
		if batch.AnyEncoded(col) { // of a worker process
			live, err := python.LiveObjects(col)
			if err != nil {
				kinds.Drop()
				return python.Nil, err
			}
			defer live.Release()
			col = live
		}
		return python.Tuple(python.Str("objects"), python.ListOfColumn(col), kinds), nil
	}
	array, schema := arrowbridge.NewArray(), arrowbridge.NewSchema()
	arrowbridge.ExportBatch(b, array)
	arrowbridge.ExportSchema(b.Schema, schema)
	return python.Tuple(python.Str("arrow"),
		python.Capsule(schema, "arrow_schema", arrowbridge.FreeSchema),
		python.Capsule(array, "arrow_array", arrowbridge.FreeArray), kinds), nil
}

// failure is an error on its way to Python.
type failure struct {
	Mark      string `json:"mark"`
	Place     string `json:"place"`
	Message   string `json:"message"`
	Remedy    string `json:"remedy"`
	Kind      string `json:"kind"` // "python", "panic", a class of headrace.util.exceptions, or ""
	Note      string `json:"note"` // operator and row of a Python exception
	Traceback string `json:"traceback"`
}

// reply makes the tuple (result, error, exception); it takes over the reference to result.
func reply(result python.Object, err error) (python.Object, error) {
	if err == nil {
		return python.Tuple(result, python.None(), python.None()), nil
	}
	result.Drop()
	f := failure{Mark: errs.MarkOf(err).String(), Message: err.Error()}
	var e *errs.Error
	if errors.As(err, &e) {
		f.Place, f.Remedy, f.Message = e.Place, e.Remedy, e.Msg
		if e.Cause != nil {
			f.Message = joinText(e.Msg, e.Cause.Error())
		}
		if e.Snippet != "" {
			whole := errs.Error{Msg: f.Message, Remedy: e.Remedy, Snippet: e.Snippet}
			f.Message, f.Remedy = whole.Error(), ""
		}
	}
	var syntax *parser.Error
	if errors.As(err, &syntax) { // its own text shows the place, with a caret
		f.Kind, f.Message, f.Place, f.Remedy = "SqlParserException", syntax.Error(), "", ""
	}
	var panicked *python.PanicError
	if errors.As(err, &panicked) {
		f.Kind = "panic"
	}
	exception := python.None()
	var p *python.Error
	if errors.As(err, &p) {
		f.Kind, f.Note, f.Traceback = "python", noteOf(e, p), p.Traceback
		if o := p.Take(); !o.IsNil() {
			exception = o
		}
	}
	text, jsonErr := json.Marshal(f)
	if jsonErr != nil {
		return python.Nil, jsonErr
	}
	return python.Tuple(python.None(), python.Bytes(text), exception), nil
}

// noteOf says where a Python exception comes from: what the engine's error around it says, and the
// row; else what the exception's wrapper knows.
func noteOf(e *errs.Error, p *python.Error) string {
	if e == nil || e.Place == "" && e.Msg == "" {
		return p.Note()
	}
	note := (&errs.Error{Place: e.Place, Msg: e.Msg, Snippet: e.Snippet}).Error()
	if p.Row != "" {
		note += " while processing " + p.Row
	}
	return note
}

func joinText(a, b string) string {
	if a == "" {
		return b
	}
	return a + ": " + b
}

func copyBytes(o python.Object) ([]byte, error) {
	view, err := o.View()
	if err != nil {
		return nil, err
	}
	return append([]byte(nil), view...), nil
}
