package jdbc

import (
	"context"
	"database/sql"
	"log/slog"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
)

// writer gathers changes and writes them in a goroutine, one transaction a time.
type writer struct {
	*connector.Buffered[change]
	sink *Sink
	log  *slog.Logger
	db   *sql.DB // of the goroutine that writes
}

// change is one row to be written, or (values nil) deleted.
type change struct {
	key, values []any
}

var _ connector.Writer = (*writer)(nil)

func newWriter(s *Sink, ctx *connector.WriterContext) *writer {
	w := &writer{sink: s, log: ctx.Log}
	w.Buffered = connector.NewBuffered(s.table.Name, connector.Buffering{Rows: s.most, Whole: true,
		Every: s.every, Retries: s.retries}, ctx, w.write)
	return w
}

// Write implements connector.Writer.
func (w *writer) Write(b *batch.Batch) error {
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
		key = key[:0]
		for _, k := range w.sink.key {
			c.key = append(c.key, argument(cols[k], i))
			key = kernel.AppendValue(key, cols[k], i)
		}
		w.Put(key, c)
	}
	return w.Begin()
}

// write writes changes in one transaction.
func (w *writer) write(ctx context.Context, changes []change) (err error) {
	if w.db == nil {
		if w.db, err = w.sink.connect(ctx, 1, w.log); err != nil {
			return err
		}
	}
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return w.sink.wrap("", err)
	}
	if w.sink.sql != "" {
		err = w.statements(ctx, tx, changes)
	} else {
		err = w.rows(ctx, tx, changes)
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
func (w *writer) statements(ctx context.Context, tx *sql.Tx, changes []change) error {
	stmt, err := tx.PrepareContext(ctx, w.sink.sql)
	if err != nil {
		return err
	}
	defer func() { _ = stmt.Close() }() // the transaction's end tells
	for _, c := range changes {
		if _, err := stmt.ExecContext(ctx, c.values...); err != nil {
			return err
		}
	}
	return nil
}

// rows deletes, and inserts many rows with a statement; the changes are of different keys.
func (w *writer) rows(ctx context.Context, tx *sql.Tx, changes []change) error {
	width := w.sink.table.Schema.Len()
	perStatement := min(max(w.sink.dialect.parameters/max(width, 1), 1), 256)
	var args []any
	send := func() error {
		if len(args) == 0 {
			return nil
		}
		_, err := tx.ExecContext(ctx, w.sink.insert(len(args)/width), args...)
		args = args[:0]
		return err
	}
	for _, c := range changes {
		if c.values == nil {
			if _, err := tx.ExecContext(ctx, w.sink.delete(), c.key...); err != nil {
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
	err := w.Buffered.Close()
	if w.db == nil {
		return err
	}
	return w.db.Close()
}
