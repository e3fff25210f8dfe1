package lookup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// finder asks the connector, in goroutines.
type finder struct {
	join   *Join
	ctx    context.Context
	table  connector.Lookup
	schema *types.Schema // of the keys
}

func newFinder(ctx context.Context, o *Join) (*finder, error) {
	f := &finder{join: o, ctx: ctx, schema: &types.Schema{}}
	rows := o.op.Table.Schema()
	for _, k := range o.op.LookupKeys {
		f.schema.Fields = append(f.schema.Fields, rows.Fields[k])
	}
	var err error
	f.table, err = o.op.Table.NewLookup(&connector.LookupContext{Keys: o.op.LookupKeys,
		Subtask: o.Ctx.Subtask, Parallelism: o.Ctx.Parallelism, Clock: o.Ctx.Clock,
		Log: o.Ctx.Log, Concurrency: max(1, o.op.Async.Concurrency)})
	return f, err
}

// request is the keys of some rows as the connector wants them. It owns its memory.
func (f *finder) request(b *batch.Batch, rows []int32) *batch.Batch {
	cols := make([]*batch.Column, len(f.schema.Fields))
	for i, k := range f.join.op.Keys {
		cols[i] = batch.Take(b.Cols[k], rows).WithType(f.schema.Fields[i].Type)
	}
	return batch.New(f.schema, cols, len(rows))
}

// start asks for keys; the answer comes through the mailbox.
func (f *finder) start(w *work, keys *batch.Batch, names []string) {
	f.join.wait.Add(1)
	go func() {
		defer f.join.wait.Done()
		a := &answer{work: w, keys: names}
		a.parts, a.err = f.all(keys, names)
		f.join.answers.put(a)
		f.join.Ctx.Wake()
	}()
}

// all finds keys, and again those of which there was no row, as the hint says.
func (f *finder) all(keys *batch.Batch, names []string) (parts []part, err error) {
	defer func() {
		if p := recover(); p != nil { // in a connector's library: nobody else would catch it
			err = errs.Internalf("the lookup failed: %v", p)
		}
	}()
	retry := f.join.op.Retry
	for try := 0; ; try++ {
		found, err := f.once(keys)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{keys: names, found: found})
		if try >= retry.Attempts {
			return parts, nil
		}
		keys, names = missed(keys, names, found)
		if len(names) == 0 {
			return parts, nil
		}
		if err := f.sleep(time.Duration(retry.DelayMs) * time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// missed are the keys without a row.
func missed(keys *batch.Batch, names []string, f connector.Found) (*batch.Batch, []string) {
	hit := make([]bool, len(names))
	for _, k := range f.Of {
		hit[k] = true
	}
	var rows []int32
	var left []string
	for i, h := range hit {
		if !h {
			rows, left = append(rows, int32(i)), append(left, names[i])
		}
	}
	return keys.Take(rows), left
}

// once asks, and again after a failure that may pass.
func (f *finder) once(keys *batch.Batch) (connector.Found, error) {
	ctx := f.ctx
	if ms := f.join.op.Async.TimeoutMs; ms > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(ms)*time.Millisecond)
		defer cancel()
	}
	for try := 0; ; try++ {
		found, err := f.table.Find(ctx, keys)
		if err == nil {
			if n := found.Rows; n != nil && n.Len() != len(found.Of) {
				return found, errs.Internalf("a lookup gave %d rows for %d keys", n.Len(),
					len(found.Of))
			}
			return found, nil
		}
		if f.ctx.Err() != nil {
			return found, err
		}
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return found, errs.Transientf("a lookup took longer than %d ms",
				f.join.op.Async.TimeoutMs).Wrap(err).
				Fix("raise table.exec.async-lookup.timeout, or 'timeout' of the LOOKUP hint")
		}
		var e *errs.Error
		transient := errors.As(err, &e) && e.Mark == errs.Transient
		if !transient || try >= f.join.options.maxRetries {
			return found, fmt.Errorf("lookup of %d keys: %w", keys.Len(), err)
		}
		if err := f.sleep(time.Duration(try+1) * time.Second); err != nil {
			return found, err
		}
	}
}

// sleep waits by the operator's clock; an error when the job ends meanwhile.
func (f *finder) sleep(d time.Duration) error { return sleep(f.ctx, f.join, d) }

func sleep(ctx context.Context, o *Join, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	up := make(chan struct{})
	stop := o.Ctx.Clock.AfterFunc(d, func() { close(up) })
	defer stop()
	select {
	case <-up:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
