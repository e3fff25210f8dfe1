// Package fold has the sums, minima and maxima by key of typed streams in batch mode: keys are
// numbered, and columns hold one value each. No row enters Python.
package fold

import (
	"strconv"

	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
)

const (
	// mostBytes is how much is held before the exchange.
	mostBytes = 64 << 20
	// mostKeyBytes is how many bytes of keys can be numbered.
	mostKeyBytes = 1 << 30
	// probeRows is after how many rows it is asked whether keys repeat.
	probeRows = 50_000
	// smallChunk is up to how many rows chunks are joined.
	smallChunk = 1 << 12
)

// Inner is the operator that does the same by functions, row by row.
type Inner interface {
	operator.Operator
	operator.Resumable
	operator.Selectable
	operator.Interruptible
	operator.Pinned
}

// Spec says what is done: Kind is sum, min or max, Field the place in a Row or Tuple, −1: the
// elements are numbers themselves.
type Spec struct {
	Kind  string
	Field int
}

// SpecOf reads the options that the API gives such a reduce; ok says whether elements of the type
// can be folded here.
func SpecOf(options map[string]string, elements types.Type) (Spec, bool) {
	field, err := strconv.Atoi(options["field"])
	s := Spec{Kind: options["fold"], Field: field}
	if s.Kind == "" || err != nil {
		return s, false
	}
	if field < 0 {
		return s, numeric(elements)
	}
	return s, elements.Kind == types.Row && field < len(elements.Fields) &&
		numeric(elements.Fields[field].Type)
}

// Operator folds rows with the columns value, key and keybytes. What it cannot fold (rows with times,
// which count in their order, changes, nulls, sums that are too large) and what it has no memory for
// goes to the inner operator, as do all rows behind: parts of a fold can be folded again.
type Operator struct {
	Inner
	spec   Spec
	part   bool // of a fold: results have keys
	in     *types.Schema
	schema *types.Schema

	memory *memory.Account
	held   int64
	table  table
	values values
	chunks []*batch.Column // the first element of each key; its field counts no more
	ids    []int32
	rows   int
	passes bool // part: rows are not worth folding
	inside bool // rows go to the inner operator

	queue   []*batch.Batch // for the inner operator
	used    bool           // the inner operator has got rows
	emitted int            // keys
	chunk   int
	phase   phase
}

type phase uint8

const (
	folding phase = iota
	emitting
	ending
	over
)

var (
	_ operator.Operator  = (*Operator)(nil)
	_ operator.Resumable = (*Operator)(nil)
	_ operator.Pinned    = (*Operator)(nil)
)

// New makes the operator of a whole fold: its results are elements, at the end of time. in and
// schema are those of its input and output.
func New(inner Inner, spec Spec, in, schema *types.Schema) *Operator {
	return &Operator{Inner: inner, spec: spec, in: in, schema: schema}
}

// NewPart makes the operator in front of the exchange: its output is like its input, with fewer rows
// of each key.
func NewPart(inner Inner, spec Spec, schema *types.Schema) *Operator {
	return &Operator{Inner: inner, spec: spec, in: schema, schema: schema, part: true}
}

// Open implements operator.Operator.
func (o *Operator) Open(ctx *operator.Context) error {
	o.memory = ctx.OpenMemory()
	o.values = values{kind: o.spec.Kind, typ: o.fieldType()}
	return o.Inner.Open(ctx)
}

func (o *Operator) fieldType() types.Type {
	t := o.schema.Fields[0].Type
	if o.spec.Field < 0 {
		return t
	}
	return t.Fields[o.spec.Field].Type
}

// field is the column of the values that are folded.
func (o *Operator) field(value *batch.Column) *batch.Column {
	if o.spec.Field < 0 {
		return value
	}
	return value.Child(o.spec.Field)
}

// Process implements operator.Operator.
func (o *Operator) Process(port int, b *batch.Batch, out operator.Output) error {
	if b.Len() == 0 {
		return nil
	}
	plain := *b
	plain.Marks = nil
	if o.inside {
		return o.Inner.Process(port, &plain, out)
	}
	at := 0
	switch folds := o.folds(b); {
	case folds && o.passes:
		b.Retain()
		out.Emit(0, &plain)
		return nil
	case folds:
		at = o.absorb(b)
	}
	switch {
	case at < b.Len():
		o.inside = true
		o.give(out)
		o.enqueue(plain.Slice(at, b.Len()))
	case o.full():
		o.passes = o.part && o.hopeless()
		o.inside = !o.part && o.hopeless()
		o.give(out)
	}
	return o.drive(out)
}

// folds says whether the rows of a batch can be folded.
func (o *Operator) folds(b *batch.Batch) bool {
	value := b.Cols[0]
	if value.Type.Kind == types.Object || value.NullCount() > 0 || o.field(value).NullCount() > 0 {
		return false
	}
	for _, k := range b.Kinds {
		if k != types.Insert {
			return false
		}
	}
	for _, t := range b.Times {
		if t != batch.NoTime {
			return false
		}
	}
	return true
}

// absorb takes rows in; it returns how many.
func (o *Operator) absorb(b *batch.Batch) int {
	o.ids = o.table.resolve(b.Cols[2], o.ids[:0])
	n := o.values.add(o.field(b.Cols[0]), o.ids)
	fresh := o.table.fresh
	for len(fresh) > 0 && int(fresh[len(fresh)-1]) >= n {
		fresh = fresh[:len(fresh)-1]
	}
	if len(fresh) > 0 {
		o.keep(batch.Take(b.Cols[0], fresh))
	}
	o.rows += n
	size := o.table.bytes() + o.values.bytes()
	for _, c := range o.chunks {
		size += c.MemBytes()
	}
	o.memory.Add(size - o.held)
	o.held = size
	return n
}

// keep adds first elements, and joins small chunks.
func (o *Operator) keep(first *batch.Column) {
	o.chunks = append(o.chunks, first)
	for k := len(o.chunks); k > 1; k-- {
		last := o.chunks[k-2:]
		if last[0].Len() >= smallChunk || last[0].Len() > 2*last[1].Len() {
			return
		}
		o.chunks = append(o.chunks[:k-2], join(last))
	}
}

// join puts one column behind the other.
func join(cols []*batch.Column) *batch.Column {
	which, rows := []int32(nil), []int32(nil)
	for i, c := range cols {
		for r := range c.Len() {
			which, rows = append(which, int32(i)), append(rows, int32(r))
		}
	}
	return batch.Gather(cols, which, rows)
}

// hopeless says that keys hardly repeat.
func (o *Operator) hopeless() bool {
	return o.rows >= probeRows && o.table.count() > o.rows/2
}

// full says that what there is has to go on.
func (o *Operator) full() bool {
	return o.memory.Over() > 0 || len(o.table.arena) > mostKeyBytes ||
		o.part && (o.held > mostBytes || o.hopeless())
}

// give lets everything go on: behind the exchange or to the inner operator.
func (o *Operator) give(out operator.Output) {
	for o.chunk < len(o.chunks) {
		if b := o.nextChunk(true); o.part {
			out.Emit(0, b)
		} else {
			o.enqueue(b)
		}
	}
	o.forget()
}

func (o *Operator) enqueue(b *batch.Batch) { o.queue, o.used = append(o.queue, b), true }

func (o *Operator) forget() {
	o.table.reset()
	o.values.reset()
	o.memory.Add(-o.held)
	o.chunks, o.chunk, o.emitted, o.held, o.rows = nil, 0, 0, 0, 0
}

// EndInput implements operator.Operator.
func (o *Operator) EndInput(_ int, out operator.Output) error {
	if o.used && !o.part {
		o.give(out)
	}
	o.phase = emitting
	return o.drive(out)
}

// Pending implements operator.Resumable.
func (o *Operator) Pending() bool {
	return o.Inner.Pending() || len(o.queue) > 0 || o.phase == emitting || o.phase == ending
}

// Resume implements operator.Resumable.
func (o *Operator) Resume(out operator.Output) error {
	if o.Inner.Pending() {
		if err := o.Inner.Resume(out); err != nil {
			return err
		}
	}
	return o.drive(out)
}

// drive goes on until nothing waits or the output is full.
func (o *Operator) drive(out operator.Output) error {
	for !o.Inner.Pending() && o.Pending() && !out.Full() {
		switch {
		case len(o.queue) > 0:
			b := o.queue[0]
			o.queue = o.queue[1:]
			err := o.Inner.Process(0, b, out)
			b.Release()
			if err != nil {
				return err
			}
		case o.chunk < len(o.chunks):
			out.Emit(0, o.nextChunk(o.part))
		case o.phase == emitting:
			o.forget()
			o.phase = ending
		default:
			o.phase = over
			return o.Inner.EndInput(0, out)
		}
	}
	return nil
}

// Close implements operator.Operator.
func (o *Operator) Close() error {
	for _, b := range o.queue {
		b.Release()
	}
	o.queue = nil
	if o.memory != nil {
		o.memory.Close()
	}
	return o.Inner.Close()
}

// nextChunk makes a batch of the next keys.
func (o *Operator) nextChunk(keyed bool) *batch.Batch {
	first := o.chunks[o.chunk]
	o.chunks[o.chunk] = nil
	o.chunk++
	n := first.Len()
	from, to := o.emitted, o.emitted+n
	o.emitted = to
	value := o.values.column(from, to)
	if o.spec.Field >= 0 {
		kids := make([]*batch.Column, first.NumChildren())
		for i := range kids {
			kids[i] = first.Child(i)
		}
		kids[o.spec.Field] = value
		value = batch.MakeRow(first.Type, n, kids, nil)
	}
	if keyed {
		return batch.New(o.in, []*batch.Column{value, batch.MakeNull(o.in.Fields[1].Type, n),
			o.table.column(o.in.Fields[2].Type, from, to)}, n)
	}
	b := batch.New(o.schema, []*batch.Column{value}, n)
	b.Times = make([]int64, n)
	for i := range b.Times {
		b.Times[i] = batch.MaxWatermark // Flink emits them in a timer at the end of time
	}
	return b
}
