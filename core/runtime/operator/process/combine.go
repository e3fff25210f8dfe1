package process

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
)

const (
	// combineKeyBytes is about what a key costs besides its value.
	combineKeyBytes = 256
	// combineMost is how many bytes of keys are held at once.
	combineMost = 64 << 20
	// combineProbe is after how many rows it is asked whether combining is worth it.
	combineProbe = 50_000
)

// Combine joins the rows of each key by a reduce before they are exchanged, in batch mode: its
// output has the columns of its input, with one row a key and no key object, which a reduce does
// not look at. The keys are in memory; when there are too many, what there is goes on and it starts
// anew. Where keys hardly repeat, rows just pass.
type Combine struct {
	*Operator
	memory *memory.Account
	held   int64
	rows   int // since the last flush
	keyed  int // keys since the last flush
	have   []bool
	times  []int64 // the largest of each slot
	timed  bool
	slotsN []int32
	passes bool
}

var (
	_ operator.Operator  = (*Combine)(nil)
	_ operator.Resumable = (*Combine)(nil)
	_ operator.Pinned    = (*Combine)(nil)
)

// NewCombine makes the operator of a stage whose kind is reduce; schema is that of its input and
// output, with the columns value, key and keybytes.
func NewCombine(stage Stage, schema *types.Schema) *Combine {
	return &Combine{Operator: New([]Stage{stage}, []*types.Schema{schema})}
}

// Open implements operator.Operator.
func (o *Combine) Open(ctx *operator.Context) error {
	o.memory = ctx.OpenMemory()
	return o.Operator.Open(ctx)
}

// Process implements operator.Operator.
func (o *Combine) Process(port int, b *batch.Batch, out operator.Output) error {
	if b.Len() == 0 {
		return nil
	}
	if o.passes || b.Times != nil && o.rows == 0 && hasTimes(b) { // they are joined in order of time
		o.passes = true
		b.Retain()
		out.Emit(0, b)
		return nil
	}
	plain := *b
	plain.Marks = nil
	if err := o.Operator.Process(port, &plain, out); err != nil {
		return err
	}
	o.note(b)
	return nil
}

func hasTimes(b *batch.Batch) bool {
	for _, t := range b.Times {
		if t != batch.NoTime {
			return true
		}
	}
	return false
}

// note learns of the slots of a batch that has been fed.
func (o *Combine) note(b *batch.Batch) {
	o.timed = o.timed || b.Times != nil
	before := o.keyed
	for i, s := range o.slots {
		for int(s) >= len(o.have) {
			o.have, o.times = append(o.have, false), append(o.times, batch.NoTime)
		}
		t := b.Time(i)
		if !o.have[s] {
			o.have[s], o.times[s] = true, t
			o.keyed++
		} else if t > o.times[s] || o.times[s] == batch.NoTime {
			o.times[s] = t
		}
	}
	o.rows += b.Len()
	if o.keyed == before {
		return
	}
	perKey := combineKeyBytes + b.MemBytes()/int64(b.Len())
	n := perKey * int64(o.keyed-before)
	o.held += n
	o.memory.Add(n)
}

// full says that what there is has to go on.
func (o *Combine) full() bool {
	return o.keyed > 0 && (o.held > combineMost || o.memory.Over() > 0 ||
		o.rows >= combineProbe && o.keyed > o.rows/2)
}

// Pending implements operator.Resumable.
func (o *Combine) Pending() bool { return o.Operator.Pending() || !o.passes && o.full() }

// Resume implements operator.Resumable.
func (o *Combine) Resume(out operator.Output) error {
	if o.Operator.Pending() {
		return o.Operator.Resume(out)
	}
	o.passes = o.rows >= combineProbe && o.keyed > o.rows/2
	return o.flushKeys(out)
}

// EndInput implements operator.Operator.
func (o *Combine) EndInput(_ int, out operator.Output) error {
	o.report()
	return o.flushKeys(out)
}

// flushKeys emits one row a key and forgets the keys.
func (o *Combine) flushKeys(out operator.Output) error {
	o.slotsN = o.slotsN[:0]
	err := o.Ctx.Keyed.Each(func(slots []int32) error {
		if err := o.visitSlots(slots); err != nil {
			return err
		}
		o.slotsN = append(o.slotsN, slots...)
		return o.emitKeys(slots, out)
	})
	if err != nil {
		return err
	}
	o.Ctx.Keyed.Drop(o.slotsN)
	o.memory.Add(-o.held)
	clear(o.have)
	o.held, o.rows, o.keyed = 0, 0, 0
	return nil
}

// emitKeys emits the values of slots that have been visited, with the bytes of their keys.
func (o *Combine) emitKeys(slots []int32, out operator.Output) error {
	schema := o.schemas[0]
	for {
		values, err := o.process.Take(0)
		if err != nil {
			return err
		}
		if values == nil {
			break
		}
		n := values.Len()
		if n > len(slots) {
			values.Release()
			return errs.Internalf("a combine of %d keys gave more rows", len(slots))
		}
		keys := batch.NewBuilder(schema.Fields[2].Type, n)
		var times []int64
		for _, s := range slots[:n] {
			key, _ := o.Ctx.Keyed.Key(s)
			keys.AppendBytes(key)
			if o.timed {
				times = append(times, o.times[s])
			}
		}
		slots = slots[n:]
		values.Cols[0].Retain()
		b := batch.New(schema, []*batch.Column{values.Cols[0],
			batch.MakeNull(schema.Fields[1].Type, n), keys.Finish()}, n)
		values.Release()
		b.Times = times
		out.Emit(0, b)
	}
	if len(slots) > 0 {
		return errs.Internalf("a combine has no row of %d keys", len(slots))
	}
	return nil
}

// Close implements operator.Operator.
func (o *Combine) Close() error {
	if o.memory != nil {
		o.memory.Close()
	}
	return o.Operator.Close()
}
