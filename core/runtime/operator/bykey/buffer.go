package bykey

import (
	"slices"
	"sync/atomic"

	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
)

// buffer holds rows until all have come, in memory and, when they are too many, in sorted runs on
// disk.
type buffer struct {
	ctx     *operator.Context
	limit   int64
	held    int64
	batches []held
	refs    []ref
	timed   bool   // some batch has times
	ports   uint64 // bit set of those that rows came from
	spill   *spill // nil: everything is in memory
	account *memory.Account
}

// held is a batch with its port.
type held struct {
	*batch.Batch
	port int
}

func newBuffer(ctx *operator.Context, limit int64) *buffer {
	return &buffer{ctx: ctx, limit: limit, account: ctx.OpenMemory()}
}

// add keeps a batch of a port.
func (f *buffer) add(port int, b *batch.Batch) error {
	b.Retain()
	f.keep(port, b)
	size := b.MemBytes() + int64(refBytes*b.Len())
	f.held += size
	room := f.account.Reserve(size)
	if !room {
		f.account.Add(size) // it is here already
	}
	if f.ctx.FS == nil || room && (f.limit <= 0 || f.held <= f.limit) {
		return nil
	}
	return f.toDisk()
}

// keep takes a batch over.
func (f *buffer) keep(port int, b *batch.Batch) {
	f.batches = append(f.batches, held{b, port})
	f.timed = f.timed || b.Times != nil
	f.ports |= 1 << port
	at, col := int32(len(f.batches)-1), b.Cols[keyBytes]
	f.refs = slices.Grow(f.refs, b.Len())
	for i := range b.Len() {
		f.refs = append(f.refs, ref{prefix: prefix(col.Bytes(i), 0), batch: at, row: int32(i)})
	}
}

// toDisk writes what is in memory as a run.
func (f *buffer) toDisk() error {
	if f.spill == nil {
		var err error
		if f.spill, err = newSpill(f.ctx); err != nil {
			return err
		}
	}
	f.sort()
	if err := f.spill.write(f); err != nil {
		return err
	}
	f.clear()
	return nil
}

func (f *buffer) clear() {
	for _, b := range f.batches {
		b.Release()
	}
	clear(f.batches)
	f.account.Add(-f.held)
	f.batches, f.refs, f.held = f.batches[:0], f.refs[:0], 0
	f.timed, f.ports = false, 0
}

// sorted returns all rows in order; nothing is added any more.
func (f *buffer) sorted() (rows, error) {
	if f.spill == nil {
		f.sort()
		return &inMemory{buffer: f}, nil
	}
	if len(f.refs) > 0 {
		if err := f.toDisk(); err != nil {
			return nil, err
		}
	}
	return f.spill.merged()
}

func (f *buffer) close() error {
	f.clear()
	f.account.Close()
	if f.spill != nil {
		return f.spill.close()
	}
	return nil
}

// inMemory gives out the rows of a sorted buffer.
type inMemory struct {
	buffer *buffer
	at     int
	which  []int32
	rows   []int32
	seen   []bool                    // by batch; false between calls
	cols   map[int][][]*batch.Column // by port, place in the schema, and batch
}

// next implements rows.
func (m *inMemory) next(n int) (int, *batch.Batch, error) {
	rest := m.buffer.refs[m.at:]
	if len(rest) == 0 {
		return 0, nil, nil
	}
	batches := m.buffer.batches
	port, to := batches[rest[0].batch].port, min(n, len(rest))
	if m.buffer.ports&(m.buffer.ports-1) != 0 {
		to = 1
		for to < len(rest) && to < n && batches[rest[to].batch].port == port {
			to++
		}
	}
	m.at += to
	return port, m.gather(port, rest[:to]), nil
}

// gather makes a batch of rows of one port.
func (m *inMemory) gather(port int, refs []ref) *batch.Batch {
	m.which, m.rows = m.which[:0], m.rows[:0]
	for i := range refs {
		m.which, m.rows = append(m.which, refs[i].batch), append(m.rows, refs[i].row)
	}
	batches := m.buffer.batches
	schema := batches[refs[0].batch].Schema
	out := batch.New(schema, make([]*batch.Column, schema.Len()), len(refs))
	for c, cols := range m.columns(port, schema.Len()) {
		out.Cols[c] = batch.Gather(cols, m.which, m.rows)
		if col := out.Cols[c]; col.Type.Kind == types.Object {
			out.Cols[c] = batch.MakeObjects(batch.Values[uint64](col), m.owners(cols))
		}
	}
	timed, changes := false, false
	for i := range refs {
		b := batches[refs[i].batch]
		timed, changes = timed || b.Times != nil, changes || b.Kinds != nil
	}
	for i := range refs {
		b, row := batches[refs[i].batch], int(refs[i].row)
		if timed {
			out.Times = append(out.Times, b.Time(row))
		}
		if changes {
			out.Kinds = append(out.Kinds, b.Kind(row))
		}
	}
	return out
}

// columns are those of the batches of a port; nil where a batch is of another one.
func (m *inMemory) columns(port, n int) [][]*batch.Column {
	if cols := m.cols[port]; cols != nil {
		return cols
	}
	cols := make([][]*batch.Column, n)
	for c := range cols {
		cols[c] = make([]*batch.Column, len(m.buffer.batches))
		for i, b := range m.buffer.batches {
			if b.port == port {
				cols[c][i] = b.Cols[c]
			}
		}
	}
	if m.cols == nil {
		m.cols = map[int][][]*batch.Column{}
	}
	m.cols[port] = cols
	return cols
}

// owners keeps alive what the rows gathered refer to in an object column.
func (m *inMemory) owners(cols []*batch.Column) batch.Owner {
	o := &owners{}
	o.users.Store(1)
	if m.seen == nil {
		m.seen = make([]bool, len(cols))
	}
	for _, at := range m.which {
		if !m.seen[at] {
			m.seen[at] = true
			cols[at].Retain()
			o.columns = append(o.columns, cols[at])
		}
	}
	for _, at := range m.which {
		m.seen[at] = false
	}
	return o
}

// owners is the owner of objects of several columns.
type owners struct {
	users   atomic.Int64
	columns []*batch.Column
}

var _ batch.Owner = (*owners)(nil)

// Retain implements batch.Owner.
func (o *owners) Retain() { o.users.Add(1) }

// Release implements batch.Owner.
func (o *owners) Release() {
	if o.users.Add(-1) == 0 {
		for _, c := range o.columns {
			c.Release()
		}
	}
}
