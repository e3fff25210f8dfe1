// Package lookup joins rows with those of an external table that have their key.
package lookup

import (
	"context"
	"sync"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// Join is plan.LookupJoin. A batch is taken apart into keys; those that the cache does not know are
// asked for, together, in a goroutine. Batches leave in the order in which they came, or, when that
// is allowed, as soon as they are answered, but never past a watermark. Barriers and the end wait
// for what is outstanding, so the operator has no state.
type Join struct {
	operator.Base
	op      *plan.LookupJoin
	in      *types.Schema
	schema  *types.Schema
	options options
	cache   *cache
	whole   *whole
	finder  *finder
	answers mailbox
	queue   []*work
	running int
	enc     []byte
	right   *right
	cond    *expr.Program
	eval    *expr.EvalContext
	cancel  context.CancelFunc
	wait    sync.WaitGroup
	hits    operator.Counter
	misses  operator.Counter
}

// work is a batch that waits for answers, or a watermark behind one.
type work struct {
	rows  *batch.Batch // nil: a watermark
	time  int64
	keys  []string            // by row; "" for a key with a NULL
	found map[string][][]byte // by key
	asked bool                // answers are outstanding
}

var (
	_ operator.Operator  = (*Join)(nil)
	_ operator.Async     = (*Join)(nil)
	_ operator.Resumable = (*Join)(nil)
	_ operator.Waiter    = (*Join)(nil)
)

// New makes the operator; in and schema are those of its input and output.
func New(op *plan.LookupJoin, in, schema *types.Schema) *Join {
	return &Join{op: op, in: in, schema: schema}
}

// Open implements operator.Operator.
func (o *Join) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	var err error
	if o.options, err = readOptions(ctx.Name, o.op.Options); err != nil {
		return err
	}
	if o.eval, err = operator.EvalContext(ctx); err != nil {
		return err
	}
	if o.op.Condition != nil {
		if o.cond, err = expr.Compile(o.op.Condition); err != nil {
			return err
		}
	}
	if o.right, err = newRight(o.op, o.eval, o.rightSchema()); err != nil {
		return err
	}
	o.hits, o.misses = ctx.Metrics.Counter("hitCount"), ctx.Metrics.Counter("missCount")
	var running context.Context
	running, o.cancel = context.WithCancel(context.Background())
	if o.op.Copy != nil {
		o.whole, err = newWhole(running, o)
		return err
	}
	if o.options.partial {
		o.cache = newCache(&o.options, ctx.Clock)
	}
	o.finder, err = newFinder(running, o)
	return err
}

func (o *Join) rightSchema() *types.Schema {
	return &types.Schema{Fields: o.schema.Fields[o.in.Len():]}
}

// Process implements operator.Operator.
func (o *Join) Process(_ int, b *batch.Batch, out operator.Output) error {
	if b.Len() == 0 {
		for _, m := range b.Marks {
			if err := o.Watermark(m.Time, out); err != nil {
				return err
			}
		}
		return nil
	}
	w := &work{rows: b, found: map[string][][]byte{}}
	if err := o.keysOf(w); err != nil {
		return err
	}
	b.Retain()
	o.queue = append(o.queue, w)
	if o.whole == nil {
		if err := o.ask(w); err != nil {
			return err
		}
	}
	return o.Poll(out)
}

// keysOf encodes the key of each row.
func (o *Join) keysOf(w *work) error {
	cols := make([]*batch.Column, len(o.op.Keys))
	for i, k := range o.op.Keys {
		cols[i] = w.rows.Cols[k]
	}
	enc, err := rowcodec.NewEncoder(cols)
	if err != nil {
		return err
	}
	w.keys = make([]string, w.rows.Len())
rows:
	for i := range w.keys {
		for _, c := range cols {
			if c.IsNull(i) {
				continue rows
			}
		}
		o.enc = enc.Append(o.enc[:0], i)
		w.keys[i] = string(o.enc)
	}
	return nil
}

// ask looks up the keys that the cache does not know.
func (o *Join) ask(w *work) error {
	var rows []int32
	var keys []string
	for i, k := range w.keys {
		if k == "" {
			continue
		}
		if _, known := w.found[k]; known {
			continue
		}
		w.found[k] = nil
		if o.cache != nil {
			if found, ok := o.cache.get(k); ok {
				w.found[k] = found
				o.hits.Add(1)
				continue
			}
		}
		o.misses.Add(1)
		rows, keys = append(rows, int32(i)), append(keys, k)
	}
	if len(rows) == 0 {
		return nil
	}
	w.asked = true
	o.running++
	o.finder.start(w, o.finder.request(w.rows, rows), keys)
	return nil
}

// Watermark implements operator.Operator: it waits for the rows before it.
func (o *Join) Watermark(t int64, out operator.Output) error {
	if len(o.queue) == 0 {
		out.Watermark(t)
		return nil
	}
	o.queue = append(o.queue, &work{time: t})
	return nil
}

// Poll implements operator.Async.
func (o *Join) Poll(out operator.Output) error {
	for _, a := range o.answers.take() {
		o.running--
		if err := o.answered(a); err != nil {
			return err
		}
	}
	if o.whole != nil {
		ready, err := o.whole.ready()
		if err != nil || !ready {
			return err
		}
	}
	return o.emitReady(out)
}

// answered takes in the answer to a request.
func (o *Join) answered(a *answer) error {
	a.work.asked = false
	if a.err != nil {
		return a.err
	}
	for _, p := range a.parts {
		if err := o.right.each(p.found, func(of int32, row []byte) {
			k := p.keys[of]
			a.work.found[k] = append(a.work.found[k], row)
		}); err != nil {
			return err
		}
	}
	if o.cache != nil {
		for _, k := range a.keys {
			o.cache.put(k, a.work.found[k])
		}
	}
	return nil
}

func (o *Join) emitReady(out operator.Output) error {
	left := o.queue[:0]
	blocked, ordered := false, !o.op.Async.Unordered
	for i, w := range o.queue {
		switch {
		case w.rows == nil && len(left) > 0: // nothing passes a watermark
			o.queue = append(left, o.queue[i:]...)
			return nil
		case w.rows == nil:
			out.Watermark(w.time)
		case w.asked || blocked && ordered:
			blocked = true
			left = append(left, w)
		default:
			if err := o.emit(w, out); err != nil {
				return err
			}
			w.rows.Release()
		}
	}
	o.queue = left
	return nil
}

// Pending implements operator.Resumable: enough lookups are running.
func (o *Join) Pending() bool {
	if o.whole != nil {
		return len(o.queue) > 0
	}
	return o.running >= o.op.Async.Concurrency
}

// Waiting implements operator.Waiter.
func (o *Join) Waiting() bool { return true }

// Resume implements operator.Resumable.
func (o *Join) Resume(out operator.Output) error { return o.Poll(out) }

// Idle implements operator.Async.
func (o *Join) Idle() bool { return len(o.queue) == 0 }

// Close implements operator.Operator.
func (o *Join) Close() error {
	if o.cancel == nil {
		return nil
	}
	o.cancel()
	o.wait.Wait()
	for _, w := range o.queue {
		if w.rows != nil {
			w.rows.Release()
		}
	}
	o.queue = nil
	if o.finder != nil && o.finder.table != nil {
		return o.finder.table.Close()
	}
	return nil
}

// part is what was found of some keys.
type part struct {
	keys  []string
	found connector.Found
}

// answer is what a goroutine found for a work.
type answer struct {
	work  *work
	keys  []string
	parts []part
	err   error
}

// mailbox hands answers to the operator's thread.
type mailbox struct {
	sync.Mutex
	list []*answer
}

func (m *mailbox) put(a *answer) {
	m.Lock()
	m.list = append(m.list, a)
	m.Unlock()
}

func (m *mailbox) take() []*answer {
	m.Lock()
	defer m.Unlock()
	out := m.list
	m.list = nil
	return out
}
