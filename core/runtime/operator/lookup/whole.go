package lookup

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
)

// whole is a copy of the whole table, read in a goroutine, and again when the options say so. Rows
// wait for the first reading only; a later one takes the place of the one before when it is done.
type whole struct {
	join *Join
	ctx  context.Context

	mu   sync.Mutex
	raw  []*batch.Batch // read, not yet taken over by the operator
	have bool           // raw is something new
	err  error

	byKey map[string][][]byte // nil: nothing has been read yet
	key   []byte
}

func newWhole(ctx context.Context, o *Join) (*whole, error) {
	w := &whole{join: o, ctx: ctx}
	now := o.Ctx.Clock.NowMs()
	if _, _, err := o.options.nextReload(now, now, o.eval.Zone); err != nil {
		return nil, err
	}
	o.wait.Add(1)
	go w.loop()
	return w, nil
}

// ready takes over what has been read and says whether there is a copy.
func (w *whole) ready() (bool, error) {
	w.mu.Lock()
	raw, have, err := w.raw, w.have, w.err
	w.raw, w.have = nil, false
	w.mu.Unlock()
	if err != nil || !have {
		return w.byKey != nil, err
	}
	w.byKey = map[string][][]byte{}
	for _, b := range raw {
		if err := w.index(b); err != nil {
			return false, err
		}
	}
	return true, nil
}

// rows are the rows of a key.
func (w *whole) rows(key string) [][]byte { return w.byKey[key] }

func (w *whole) index(b *batch.Batch) error {
	cols := make([]*batch.Column, len(w.join.op.LookupKeys))
	for i, k := range w.join.op.LookupKeys {
		cols[i] = b.Cols[k]
	}
	enc, err := rowcodec.NewEncoder(cols)
	if err != nil {
		return err
	}
	of := make([]int32, b.Len())
	for i := range of {
		of[i] = int32(i)
	}
	keys := make([]string, b.Len())
	for i := range keys {
		w.key = enc.Append(w.key[:0], i)
		keys[i] = string(w.key)
	}
	return w.join.right.each(connector.Found{Rows: b, Of: of}, func(k int32, row []byte) {
		w.byKey[keys[k]] = append(w.byKey[keys[k]], row)
	})
}

func (w *whole) loop() {
	defer w.join.wait.Done()
	clock := w.join.Ctx.Clock
	for {
		begin := clock.NowMs()
		raw, err := w.read()
		w.mu.Lock()
		w.raw, w.have, w.err = raw, err == nil, err
		w.mu.Unlock()
		w.join.Ctx.Wake()
		if err != nil || w.ctx.Err() != nil {
			return
		}
		now := clock.NowMs()
		at, again, _ := w.join.options.nextReload(begin, now, w.join.eval.Zone)
		if !again || sleep(w.ctx, w.join, time.Duration(at-now)*time.Millisecond) != nil {
			return
		}
	}
}

// read reads the source to its end.
func (w *whole) read() (out []*batch.Batch, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errs.Internalf("reading the table for lookups failed: %v", p)
		}
	}()
	o, src := w.join.Ctx, w.join.op.Copy
	wake := make(chan struct{}, 1)
	signal := func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	enumerator, err := src.NewEnumerator(&connector.EnumeratorContext{Parallelism: 1,
		Clock: o.Clock, Log: o.Log, Wake: signal}, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, enumerator.Close()) }()
	reader, err := src.NewReader(&connector.ReaderContext{Parallelism: 1, Clock: o.Clock,
		Log: o.Log, Wake: signal})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	for {
		p, err := reader.Poll(4096, 4<<20)
		if err != nil {
			return nil, err
		}
		if p.Batch != nil {
			p.Batch.Retain()
			out = append(out, p.Batch)
			continue
		}
		switch p.Status {
		case connector.Done:
			return out, nil
		case connector.Starved:
			splits, done, err := enumerator.Next(0)
			switch {
			case err != nil:
				return nil, err
			case len(splits) > 0:
				if err := reader.Add(splits); err != nil {
					return nil, err
				}
				continue
			case done:
				reader.NoMoreSplits()
				continue
			}
		case connector.Ready:
			continue
		}
		select {
		case <-wake:
		case <-w.ctx.Done():
			return nil, w.ctx.Err()
		}
	}
}
