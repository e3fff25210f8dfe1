package jdbc

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
)

// writer gathers changes and writes them in a goroutine, one transaction a time.
type writer struct {
	sink *Sink
	ctx  *connector.WriterContext
	run  context.Context
	stop context.CancelFunc
	done sync.WaitGroup
	db   *sql.DB // of the goroutine that writes

	mu      sync.Mutex
	changes []change
	at      map[string]int // of a key in changes
	busy    bool           // a goroutine writes
	waiting bool           // the engine waits to be woken
	closed  bool
	err     error
	timer   func() bool
}

// change is one row to be written, or (values nil) deleted.
type change struct {
	key, values []any
}

var _ connector.Writer = (*writer)(nil)

func newWriter(s *Sink, ctx *connector.WriterContext) *writer {
	w := &writer{sink: s, ctx: ctx, at: map[string]int{}}
	w.run, w.stop = context.WithCancel(context.Background())
	if s.every > 0 {
		w.schedule()
	}
	return w
}

func (w *writer) schedule() {
	w.timer = w.ctx.Clock.AfterFunc(w.sink.every, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.closed {
			w.begin()
			w.schedule()
		}
	})
}

// Ready implements connector.Writer.
func (w *writer) Ready() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	ready := !w.busy || len(w.changes) < w.sink.most || w.err != nil
	w.waiting = !ready
	return ready
}

// Watermark implements connector.Writer.
func (w *writer) Watermark(int64) error { return w.failure() }

func (w *writer) failure() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Write implements connector.Writer.
func (w *writer) Write(b *batch.Batch) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	cols := b.Cols
	if w.sink.sql != "" {
		cols = make([]*batch.Column, b.Cols[0].NumChildren())
		for i := range cols {
			cols[i] = b.Cols[0].Child(i)
		}
	}
	var key []byte
	for i := range b.Len() {
		c := change{}
		if b.Kind(i).IsAdd() {
			c.values = make([]any, len(cols))
			for k, col := range cols {
				c.values[k] = argument(col, i)
			}
		}
		if len(w.sink.key) == 0 {
			w.changes = append(w.changes, c)
			continue
		}
		key = key[:0]
		for _, k := range w.sink.key {
			c.key = append(c.key, argument(cols[k], i))
			key = kernel.AppendValue(key, cols[k], i)
		}
		if at, ok := w.at[string(key)]; ok {
			w.changes[at] = c
			continue
		}
		w.at[string(key)] = len(w.changes)
		w.changes = append(w.changes, c)
	}
	if len(w.changes) >= w.sink.most {
		w.begin()
	}
	return w.err
}

// begin writes what has been gathered, unless a write is on its way; mu is held.
func (w *writer) begin() {
	if w.busy || len(w.changes) == 0 || w.err != nil {
		return
	}
	changes := w.changes
	w.changes = nil
	clear(w.at)
	w.busy = true
	w.done.Add(1)
	go func() {
		defer w.done.Done()
		err := w.write(changes)
		w.mu.Lock()
		w.busy = false
		if err != nil && w.run.Err() == nil {
			w.err = err
		}
		if len(w.changes) >= w.sink.most {
			w.begin()
		}
		wake := w.waiting || err != nil
		w.waiting = false
		w.mu.Unlock()
		if wake {
			w.ctx.Wake()
		}
	}()
}

// Flush implements connector.Writer.
func (w *writer) Flush(bool) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begin()
	done := !w.busy && len(w.changes) == 0
	w.waiting = !done
	return done && w.err == nil, w.err
}

// Prepare implements connector.Writer.
func (w *writer) Prepare(int64) ([][]byte, error) { return nil, nil }

// Snapshot implements connector.Writer.
func (w *writer) Snapshot(int64) ([]byte, error) { return nil, nil }

// write writes changes in one transaction, and tries again what may work then.
func (w *writer) write(changes []change) error {
	pause := 100 * time.Millisecond
	for try := 0; ; try++ {
		err := w.once(changes)
		if err == nil || w.run.Err() != nil {
			return err
		}
		if errs.MarkOf(err) != errs.Transient || try >= w.sink.retries {
			return err
		}
		w.ctx.Log.Warn("jdbc: a write failed; trying again", "table", w.sink.table.Name, "error", err)
		select {
		case <-time.After(pause):
		case <-w.run.Done():
		}
		pause = min(2*pause, 10*time.Second)
	}
}

func (w *writer) once(changes []change) (err error) {
	if w.db == nil {
		if w.db, err = w.sink.connect(w.run, 1); err != nil {
			return err
		}
	}
	tx, err := w.db.BeginTx(w.run, nil)
	if err != nil {
		return w.sink.wrap("", err)
	}
	if w.sink.sql != "" {
		err = w.statements(tx, changes)
	} else {
		err = w.rows(tx, changes)
	}
	if err != nil {
		_ = tx.Rollback() // the first error is the one that counts
		return w.sink.wrap("", err)
	}
	if err := tx.Commit(); err != nil {
		return w.sink.wrap("", err)
	}
	return nil
}

// statements runs the statement of a DataStream's sink for each row.
func (w *writer) statements(tx *sql.Tx, changes []change) error {
	stmt, err := tx.PrepareContext(w.run, w.sink.sql)
	if err != nil {
		return err
	}
	defer func() { _ = stmt.Close() }() // the transaction's end tells
	for _, c := range changes {
		if _, err := stmt.ExecContext(w.run, c.values...); err != nil {
			return err
		}
	}
	return nil
}

// rows deletes, and inserts many rows with a statement; the changes are of different keys.
func (w *writer) rows(tx *sql.Tx, changes []change) error {
	width := w.sink.table.Schema.Len()
	perStatement := min(max(w.sink.dialect.parameters/max(width, 1), 1), 256)
	var args []any
	send := func() error {
		if len(args) == 0 {
			return nil
		}
		_, err := tx.ExecContext(w.run, w.sink.insert(len(args)/width), args...)
		args = args[:0]
		return err
	}
	for _, c := range changes {
		if c.values == nil {
			if _, err := tx.ExecContext(w.run, w.sink.delete(), c.key...); err != nil {
				return err
			}
			continue
		}
		if args = append(args, c.values...); len(args) == perStatement*width {
			if err := send(); err != nil {
				return err
			}
		}
	}
	return send()
}

// Close implements connector.Writer: what has not been flushed is written again by the next attempt.
func (w *writer) Close() error {
	w.mu.Lock()
	w.closed = true
	if w.timer != nil {
		w.timer()
	}
	w.mu.Unlock()
	w.stop()
	w.done.Wait()
	if w.db != nil {
		return w.db.Close()
	}
	return nil
}
